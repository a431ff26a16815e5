"""Why an upside crossed, in words: how many points of it the price did, and how many the target (rule 6)."""

from html import escape

from bot.core import events
from bot.core.alerts import Direction
from bot.core.formula import signed
from bot.core.message import clipped
from bot.core.metrics import follows, of_key
from bot.core.metrics.price import money
from bot.core.wording.view import View

_MOST = 5
_NOTHING = 1e-5  # points; the values told before, which say where a price then was, are rounded to 1e-6
_FIRM_LENGTH = 60
_NONE = "none"


def causes(event: events.Crossed, view: View) -> list[str]:
    """One line for each firm, of the last that is told of it; where a level moved, from where to where."""
    last = {firm: one for one in event.told if (firm := follows(one.metric)) is not None}
    lines = [_cause(one, event.revision, view) for one in last.values()]
    if not any(lines) and event.revision is not None:
        lines = [f"By the target alone: {_move(event.revision)}, the price did not"]
    said = [line for line in dict.fromkeys(lines) if line]
    unsaid = [f"… and {len(said) - _MOST} more upsides"] if len(said) > _MOST else []
    return [*said[:_MOST], *unsaid]


def caused_then(event: events.Crossed) -> list[str]:
    """The same below rows that say the points themselves: the level that moved, if one did."""
    return [f"By the target: {_move(event.revision)}"] if event.revision is not None else []


def points_of(told: events.Told, view: View) -> str:
    """−3.6 points from the price, −0.5 from the target since 14 Nov; empty where that is not known."""
    cause = told.cause
    if cause is None or cause.price is None or cause.target is None:
        return ""
    return f"{_points(cause.price, cause.target)} since {_since(cause.since, view)}"


def is_explained(told: events.Told) -> bool:
    """Whether `causes` says the value of its metric too."""
    return told.cause is not None and told.cause.price is not None and told.cause.target is not None


def _cause(told: events.Told, revision: events.Revision | None, view: View) -> str:
    """Nothing where it is not known: a level may have moved while its alert did not listen."""
    cause = told.cause
    if cause is None:  # owed before it was asked for
        return "By the price alone; the target did not move" if revision is None else ""
    since = f"(since {_since(cause.since, view)})"
    if cause.price is None or cause.target is None:
        is_price = revision is None and cause.target == 0
        by = f"came to {_shown(told)} by the price alone; the target did not move {since}"
        return f"{_upside(told)} {by}" if is_price else ""
    points = _points(cause.price, cause.target)
    to = f"{_verb(told, cause.price + cause.target)} {_shown(told)}: {points} {since}"
    return f"{_upside(told)} {to}" if revision is None else f"As {_move(revision)}, upside to it {to}"


def _verb(told: events.Told, change: float) -> str:
    """Fell or rose: since it was last told it may have gone the other way, and back untold."""
    if told.direction is Direction.UP:
        return "rose to" if change > 0 else "came to"
    return "fell to" if change < 0 else "came to"


def _upside(told: events.Told) -> str:
    metric, argument = of_key(told.metric)
    title = clipped(metric.title(argument), _FIRM_LENGTH)
    return escape(f"{title[:1].upper()}{title[1:]}")


def _shown(told: events.Told) -> str:
    return of_key(told.metric)[0].show(told.value).removeprefix("+")


def _move(revision: events.Revision) -> str:
    firm = escape(clipped(revision.level, _FIRM_LENGTH))
    return f"{firm} moved from {money(revision.old)} to {money(revision.new)}"


def _points(price: float, target: float) -> str:
    """−3.6 points from the price, none from the target: the unit is said once."""
    by_price = _amount(price, " points")
    by_target = _amount(target, " points" if by_price == _NONE else "")
    return f"{by_price} from the price, {by_target} from the target"


def _amount(points: float, unit: str) -> str:
    if abs(points) < _NOTHING:
        return _NONE
    return f"{signed(points)}{unit}" if round(points, 1) else f"less than 0.1{unit}"


def _since(at: int, view: View) -> str:
    """The day, of today the hour."""
    return view.place.hour(at) if view.place.is_same_day(at, view.now) else view.place.day(at, view.now)
