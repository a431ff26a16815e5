"""The state an alert begins with: at its first value, or at the beginning of a day."""

from collections.abc import Callable
from dataclasses import replace

from bot.core.alerts import Alert, Line, Side, State


def settle(alert: Alert, value: float) -> State:
    """The state of a new alert at its first value: on a line counts as above and not armed."""
    return _each(alert, lambda line: State(side_of(line, value), armed=value != line.value))


def begin_afresh(alert: Alert) -> State:
    """The state in which a day metric begins every exchange day: at 0, untold and armed."""
    return _each(alert, lambda line: State(side_of(line, 0.0), armed=True))


def _each(alert: Alert, state_of: Callable[[Line], State]) -> State:
    state = state_of(alert.line)
    return state if alert.upper is None else replace(state, upper=state_of(alert.upper))


def side_of(line: Line, value: float) -> Side:
    """On which side of a line a value lies; exactly on it counts as above."""
    return Side.ABOVE if value >= line.value else Side.BELOW
