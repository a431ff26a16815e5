"""The same rule over history: what an alert would have told of bars that are all known already.

Owns nothing but the order of the steps; walk, metric and crossing rule are those of the daemon.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.alerts import Alert, Crossing, Side, State, Way
from bot.core.course import Record, course
from bot.core.crossing import evaluate
from bot.core.first import begin_afresh, settle
from bot.core.market import Bar, Path
from bot.core.metrics import of_key, path


def replay(alert: Alert, bars: Sequence[Bar], record: Record) -> tuple[Crossing, ...]:
    """What the alert tells along these bars, in order of time, as if they had been polled one by one.

    It goes on from the state it has; `fresh_from` lets it begin. `record` is what was known before
    the first bar. What only concerns delivery (every, daily, silent, snooze) changes nothing.
    """
    return told_along(alert, way_of(alert, bars, record))


def way_of(alert: Alert, bars: Sequence[Bar], record: Record) -> Path | None:
    """The path of the alert's metric along these bars; None where it has no value there."""
    return path(course(alert.symbol, bars, None, record), alert.metric)


def told_along(alert: Alert, way: Path | None) -> tuple[Crossing, ...]:
    """What the alert tells along a path."""
    return () if way is None else evaluate(alert, way).crossings


def fresh_from(alert: Alert, at: int) -> Alert:
    """The alert as if it had been made just before that moment (epoch seconds UTC), nothing being known yet."""
    return replace(alert, created_at=at - 1, line_at=None, state=starting(alert, None))


def starting(alert: Alert, value: float | None) -> State:
    """The first state of an alert whose metric stands at `value`, or has shown none so far.

    What no price moves stays where it is for days: exactly on the line that it falls to, it has come.
    """
    metric = of_key(alert.metric)[0]
    if value is None:
        return begin_afresh(alert) if metric.starts_afresh else State()
    if metric.is_standing and alert.way is Way.BELOW and value == alert.threshold:
        return State(Side.BELOW)
    return settle(alert, value)
