"""Between which values nothing can change for an alert: what lets a poll find the few it concerns (rule 16)."""

from dataclasses import replace

from bot.core.alerts import Alert, Line, Side, State
from bot.core.first import begin_afresh

UNBOUNDED = 1e300
"""Stands for no limit in the stored interval; SQLite has no portable literal for infinity."""


def rest_interval(alert: Alert, state: State) -> tuple[float, float]:
    """(next below, next above): in this state nothing can change strictly between the two."""
    below, above = _rest(alert.line, state)
    if alert.upper is None:
        return below, above
    other_below, other_above = _rest(alert.upper, state.upper or State())
    return max(below, other_below), min(above, other_above)


def rest_until_fresh(alert: Alert, state: State) -> tuple[float, float]:
    """The rest interval where the metric begins anew at 0 some day.

    0 lies outside, so that the fresh start finds the alert, unless it stands as it would begin anyway.
    """
    below, above = rest_interval(alert, state)
    fresh = begin_afresh(alert)
    if not below < 0.0 < above or _standings(alert, state) == _standings(alert, fresh):
        return below, above
    return (0.0, above) if alert.threshold > 0 else (below, 0.0)


def _standings(alert: Alert, state: State) -> list[State]:
    states = [state] if alert.upper is None else [state, state.upper or State()]
    return [replace(one, upper=None) for one in states]


def _rest(line: Line, state: State) -> tuple[float, float]:
    if state.side is None or state.hold is not None:  # every value counts
        return UNBOUNDED, -UNBOUNDED
    if not state.armed:
        return line.lower_end, line.upper_end
    if state.side is Side.BELOW:
        return -UNBOUNDED, line.value
    return line.value, UNBOUNDED
