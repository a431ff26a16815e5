"""Where the metrics stand that prices do not move: how far the consensus has moved, how many days a date is away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from bot.core.analysts import PROVIDER, Targets, change_pct
from bot.core.company import Occasion
from bot.core.days import date_of, midnight
from bot.core.market import Path, Point, Session
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
            change = consensus_change(store, symbol, zone, span_days(key), now)
            return None if change is None else change.pct
        case "until":
            known = store.company_dates.present(symbol).get(Occasion(argument))
            left = -1 if known is None else known.days_left(date_of(now, zone))
            return float(left) if left >= 0 else None  # of a date that is over, the next one is not known yet
        case _:
            return 0.0  # news: none until some comes


def span_days(key: str) -> int:
    """The span of a metric on the consensus: "consensus:30d" looks 30 days back."""
    return int(key.partition(":")[2].removesuffix("d"))


@dataclass(frozen=True, slots=True)
class Change:
    """The provider's targets as they last were news, as they were until this very moment, and before a span of days.

    `days` are those of the span, or those that are known.
    """

    before: Targets
    until_now: Targets
    after: Targets
    days: int

    @property
    def pct(self) -> float:
        """How far the mean has moved, in percent of where it lay."""
        return change_pct(self.before.mean, self.after.mean)

    @property
    def path(self) -> tuple[float, float]:
        """The way to where it is: a new day begins at none, so that a second day of it is told like the first."""
        return change_pct(self.before.mean, self.until_now.mean), self.pct


def consensus_change(store: Store, symbol: str, zone: str, days: int, now: int) -> Change | None:
    """How the targets have changed since the end of the day so many days ago; None where none are known.

    Where nothing is known from so long ago, since the first that is.
    """
    day = date_of(now, zone) - timedelta(days=days - 1)
    last = store.analysts.counted_targets(symbol, PROVIDER, now + 1)
    before = store.analysts.counted_targets(symbol, PROVIDER, midnight(day, zone))
    first = store.analysts.first_targets(symbol, PROVIDER)
    if last is None or first is None:
        return None
    known = max(1, min(days, (date_of(now, zone) - date_of(first.at, zone)).days))
    until_now = store.analysts.counted_targets(symbol, PROVIDER, now) or last
    return Change((before or first).targets, until_now.targets, last.targets, days if before is not None else known)


def standing_path(store: Store, symbol: str, key: str, values: Sequence[float], now: int) -> Path:
    """The way of a metric that took these values at this very moment, the price standing still."""
    quote = store.history.last_quote(symbol)
    price, session = (quote.price, quote.session) if quote is not None else (0.0, Session.CLOSED)
    point = Point(now - now % 60, price, session, now)
    return Path(symbol, key, [point] * len(values), values, (), -inf)
