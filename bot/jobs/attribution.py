"""Why upsides crossed: what the price and the target did since an alert last told or was made, out of the store.

Owns what a crossing is measured against; asks the store nothing where no upside has crossed.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from bot.core.alerts import Alert, Crossing
from bot.core.attribution import Known, attribution
from bot.core.levels import Level
from bot.core.market import Hours
from bot.core.metrics import follows
from bot.core.splits import factor_since, scaled_since
from bot.store import Store
from bot.store.crossings import Earlier

Fired = Sequence[tuple[Alert, Crossing]]


def attributed(store: Store, hours: Hours, fired: Fired) -> Fired:
    """The same crossings, which are stored already; those of an upside with what price and target did to it."""
    by_alert = (list(of_alert) for _, of_alert in groupby(fired, key=lambda one: one[0].id))
    return [one for of_alert in by_alert for one in _of_alert(store, hours, of_alert)]


def _of_alert(store: Store, hours: Hours, fired: Fired) -> Fired:
    alert, crossings = fired[0][0], [crossing for _, crossing in fired]
    firm = follows(alert.metric)
    if firm is None:
        return fired
    target = store.levels.last_price(alert.symbol, firm)  # the one they were judged by
    here = [Known(crossing.at, crossing.price, target) for crossing in crossings]
    moves = pairwise([_before(store, hours.zone, alert, firm, crossings), *here])
    return [(alert, replace(one, cause=attribution(*move))) for one, move in zip(crossings, moves, strict=True)]


def _before(store: Store, zone: str, alert: Alert, firm: str, crossings: Sequence[Crossing]) -> Known:
    """What was known when the alert last told before these, or when it was made, whichever is later."""
    earlier = store.crossings.earlier(alert, len(crossings))
    if earlier is None or earlier.noticed_at <= alert.created_at:
        return _at_making(store, zone, alert, firm)
    # After a revision was told, the prices of a silence from before it may come.
    is_in_order = earlier.at <= crossings[0].at
    told = _when_told(store, zone, alert, firm, earlier) if is_in_order else None
    return told or Known(earlier.at, None, None)


def _at_making(store: Store, zone: str, alert: Alert, firm: str) -> Known:
    at = alert.created_at
    found = store.levels.valid_since(alert.symbol, firm, at)
    target = _on_todays_scale(store, zone, *found) if found is not None else None
    return Known(at, store.history.last_price_at(alert.symbol, at), target)


def _when_told(store: Store, zone: str, alert: Alert, firm: str, earlier: Earlier) -> Known | None:
    """The level of then, and the price that gave with it the upside told; None where that cannot be said."""
    found = store.levels.valid_since(alert.symbol, firm, earlier.noticed_at)
    if found is None or earlier.value <= -100:
        return None
    level, since = found
    factor = factor_since(store.splits.every(alert.symbol), earlier.at, zone)
    per_target = factor / (1 + earlier.value / 100)
    if since == earlier.noticed_at and not _is_told_by_move(store, level, since, per_target):
        return None  # told by a poll of the very second in which the level moved, not by the move
    return Known(earlier.at, level.price * per_target, _on_todays_scale(store, zone, level, since))


def _is_told_by_move(store: Store, level: Level, since: int, per_target: float) -> bool:
    """Whether the price told lies nearer to the one of then with this level than with the one before it.

    Not on it: the move was judged by the last poll's price, and of the seconds since then another is known by now.
    """
    known = store.history.last_price_at(level.symbol, since)
    before = store.levels.valid_since(level.symbol, level.firm, since - 1)
    if known is None or before is None:
        return known is not None
    return abs(level.price * per_target - known) < abs(before[0].price * per_target - known)


def _on_todays_scale(store: Store, zone: str, level: Level, since: int) -> float:
    """A split moves a level later than its day begins, but every level from before that day."""
    return scaled_since(level.price, store.splits.every(level.symbol), since, zone)
