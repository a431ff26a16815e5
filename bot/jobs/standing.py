"""Where the metrics stand that prices do not move: how far the consensus has moved, how many days a date is away."""

from collections.abc import Iterable
from datetime import timedelta

from bot.core.analysts import PROVIDER, change_pct
from bot.core.company import Occasion
from bot.core.days import date_of, midnight
from bot.core.metrics import is_standing
from bot.store import Store


def standing_values(store: Store, symbol: str, zone: str, keys: Iterable[str], now: int) -> dict[str, float]:
    """The value of each standing metric among these keys, by the clocks of `zone`; one without a value is left out."""
    found = {key: _value(store, symbol, zone, key, now) for key in keys if is_standing(key)}
    return {key: value for key, value in found.items() if value is not None}


def _value(store: Store, symbol: str, zone: str, key: str, now: int) -> float | None:
    name, _, argument = key.partition(":")
    match name:
        case "consensus":
            return consensus_change(store, symbol, zone, int(argument.removesuffix("d")), now)
        case "until":
            known = store.company_dates.present(symbol).get(Occasion(argument))
            left = -1 if known is None else known.days_left(date_of(now, zone))
            return float(left) if left >= 0 else None  # of a date that is over, the next one is not known yet
        case _:
            return 0.0  # news: none until some comes


def consensus_change(store: Store, symbol: str, zone: str, days: int, now: int) -> float | None:
    """How far the provider's mean has moved since the end of the day so many days ago, in percent; None without any.

    Where nothing is known from so long ago, since the first that is.
    """
    day = date_of(now, zone) - timedelta(days=days - 1)
    last = store.analysts.counted_targets(symbol, PROVIDER, now + 1)
    if last is None:
        return None
    before = store.analysts.counted_targets(symbol, PROVIDER, midnight(day, zone))
    before = before or store.analysts.first_targets(symbol, PROVIDER)
    return change_pct(before.targets.mean, last.targets.mean) if before is not None else None
