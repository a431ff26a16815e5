"""The crossing rule: given an alert and the path of its metric, what is told and what is remembered.

Owns how sides, arming, bands and holds change, and nothing else: when a message may be delivered is
decided elsewhere.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.core.alerts import (
    Alert,
    Crossing,
    Direction,
    Hold,
    Line,
    Reason,
    Side,
    State,
    Verdict,
    Way,
)
from bot.core.first import begin_afresh, settle, side_of
from bot.core.market import Path, Point, Session
from bot.core.rest import rest_interval


def evaluate(alert: Alert, path: Path) -> Verdict:
    """Take the alert along the path of its metric.

    Points that may lie before the alert, or its present line, was made are passed over; an alert without a side yet
    takes it from the last of them. An alert told `once` stops at its first crossing.
    """
    state = alert.state
    below, above = rest_interval(alert, state)
    crossings: list[Crossing] = []
    flipped = False
    moved_at: int | None = None
    for start, stop, fresh in _stretches(path):
        if fresh and path.points[start].since > alert.counts_from:
            state = begin_afresh(alert)
            moved_at = path.points[start].at
            below, above = rest_interval(alert, state)
        for place in range(start, stop):
            value = path.values[place]
            if below < value < above or value != value:  # nearly every point of nearly every path; or NaN
                continue
            point = path.points[place]
            if not _concerns(alert, point):
                if alert.state.side is None and point.since <= alert.counts_from:
                    state = _side_before(alert, point, value)
                continue
            before, state = state, advance(alert, state, point, value, path.settled_at)
            moved_at = moved_at if state == before else point.at
            below, above = rest_interval(alert, state)
            flips = _flips(alert, before, state)
            flipped = flipped or bool(flips)
            crossings += _told(alert, flips, place, point, value)
            if crossings and alert.policy.once:
                return Verdict(Reason.FIRED, state, tuple(crossings), moved_at)
    return Verdict(_reason(alert, path, state, flipped, bool(crossings)), state, tuple(crossings), moved_at)


def _stretches(path: Path) -> Iterator[tuple[int, int, bool]]:
    """(start, stop, whether it begins afresh) of the parts of a path; one for all but day metrics."""
    starts = sorted({0, *path.fresh})
    for start, stop in zip(starts, [*starts[1:], len(path.values)], strict=True):
        yield start, stop, start in path.fresh


def _concerns(alert: Alert, point: Point) -> bool:
    """Whether the point lies after the alert's creation, before its end and in a session it watches."""
    policy = alert.policy
    if point.since <= alert.counts_from or (policy.regular_only and point.session is not Session.REGULAR):
        return False
    return policy.expires_at is None or point.at < policy.expires_at


def advance(alert: Alert, state: State, point: Point, value: float, settled_at: float) -> State:
    """The state after one more value, for each of the alert's lines."""
    if state.side is None:
        return settle(alert, value)
    hold_s = alert.policy.hold_s
    after = _after(alert.line, state, point, value, hold_s, settled_at)
    if alert.upper is None or state.upper is None:
        return after
    return replace(after, upper=_after(alert.upper, state.upper, point, value, hold_s, settled_at))


def _after(line: Line, state: State, point: Point, value: float, hold_s: int | None, settled_at: float) -> State:
    if hold_s is None:
        return step(line, state, point.at, value)
    if state.hold is not None:
        return _held(line, state, state.hold, point, value, hold_s, settled_at)
    after = step(line, state, point.at, value)
    if after.side is state.side or after.side is None:
        return after
    # The bar of the reach lies wholly on the new side only where it opened there.
    return replace(state, hold=Hold(after.side, point.at if point.opens else point.at + 1))


def step(line: Line, state: State, at: int, value: float) -> State:
    """The state after one more value: reaching flips and disarms, a full band away arms again.

    A value that reaches the line and lies a full band beyond does both at once, so that the same
    value seen twice changes nothing the second time.
    """
    away = _band_away(line, value)
    reached = _opposite_reached(line, state.side, value) if state.armed else away
    if reached is None:
        return state
    since = state.since if reached is state.side else at
    return replace(state, side=reached, armed=away is not None, since=since)


def _held(line: Line, state: State, hold: Hold, point: Point, value: float, hold_s: int, settled_at: float) -> State:
    """One more value while a reach has to hold: back through the line ends it, a whole bar beyond counts."""
    if _is_back(line, hold.side, value):
        return replace(state, hold=None)
    is_whole = point.at < point.since <= settled_at and point.at >= hold.starts_at and point.at > hold.counted_at
    if not is_whole:
        return state
    held_s = hold.held_s + point.since - point.at
    if held_s < hold_s:
        return replace(state, hold=replace(hold, held_s=held_s, counted_at=point.at))
    armed = _band_away(line, value) is not None
    return replace(state, side=hold.side, armed=armed, since=point.at, hold=None)


def _is_back(line: Line, reached: Side, value: float) -> bool:
    return value < line.value if reached is Side.ABOVE else value > line.value


def _side_before(alert: Alert, point: Point, value: float) -> State:
    """Where a value from before the creation leaves an alert that knew none.

    Without it, the gap over a weekend would pass for the first price. Only closes count: a minute
    that began before the creation and went on after it has its close still ahead on the path.
    """
    return settle(alert, value) if point.since > point.at else State()


def rebase(alert: Alert, line: Line, upper: Line | None, value: float | None) -> Alert:
    """The alert after its line has moved, which is never a crossing.

    Its side comes from the present value. It is armed a full band away, or if it was armed, is on
    the same side still and not exactly on the line: there the next equal price would tell a
    crossing although only the line had moved. What had to hold begins anew.
    """
    moved = replace(alert, line=line, upper=upper)
    if value is None or alert.state.side is None:
        return replace(moved, state=State())
    states = [_rebased(new, old, value) for new, old in zip(moved.lines, alert.states, strict=False)]
    return replace(moved, state=states[0] if upper is None else replace(states[0], upper=states[-1]))


def _rebased(line: Line, state: State, value: float) -> State:
    side = side_of(line, value)
    kept = state.armed and side is state.side and value != line.value
    return State(side, kept or _band_away(line, value) is not None, state.since if side is state.side else None)


def is_true_already(way: Way, value: float, lower: float, upper: float | None = None) -> bool:
    """Whether the value already is where the wish wants it; a `crosses` never is."""
    match way:
        case Way.ABOVE:
            return value >= lower
        case Way.BELOW:
            return value <= lower
        case Way.BETWEEN:
            return upper is not None and lower <= value <= upper
        case Way.OUTSIDE:
            return upper is not None and not lower < value < upper
        case Way.CROSSES:
            return False


def _opposite_reached(line: Line, side: Side | None, value: float) -> Side | None:
    if side is Side.BELOW:
        return Side.ABOVE if value >= line.value else None
    return Side.BELOW if value <= line.value else None


def _band_away(line: Line, value: float) -> Side | None:
    if value >= line.upper_end:
        return Side.ABOVE
    return Side.BELOW if value <= line.lower_end else None


Flip = tuple[Line, Direction, State]
"""A line whose side has changed, which way, and its state before."""


def _flips(alert: Alert, before: State, after: State) -> list[Flip]:
    lines = [(alert.line, before, after)]
    if alert.upper is not None and before.upper is not None and after.upper is not None:
        lines.append((alert.upper, before.upper, after.upper))
    return [
        (line, Direction.UP if now.side is Side.ABOVE else Direction.DOWN, old)
        for line, old, now in lines
        if old.side is not None and old.side is not now.side
    ]


def _told(alert: Alert, flips: list[Flip], place: int, point: Point, value: float) -> Iterator[Crossing]:
    """The crossing these flips are told as, if that is what was wished for."""
    if not flips:
        return
    passed = len(flips) > 1 and flips[0][1] is flips[1][1]
    line, direction, old = flips[0] if flips[0][1] is Direction.DOWN else flips[-1]
    if passed or _is_wished(alert, direction, value):
        yield Crossing(place, point.at, value, point.price, line.value, direction, point.session, old.since, passed)


def _is_wished(alert: Alert, direction: Direction, value: float) -> bool:
    if alert.upper is None:
        return alert.way.tells(direction)
    return is_true_already(alert.way, value, alert.line.value, alert.upper.value)


def _reason(alert: Alert, path: Path, state: State, flipped: bool, fired: bool) -> Reason:
    if fired:
        return Reason.FIRED
    if flipped:
        return Reason.OTHER_WAY
    if alert.state.side is None and state.side is not None:
        return Reason.FIRST_LOOK
    last = path.points[-1]
    if last.since <= alert.counts_from:
        return Reason.BEFORE_CREATION
    if not _concerns(alert, last):
        policy = alert.policy
        ended = policy.expires_at is not None and last.at >= policy.expires_at
        return Reason.EXPIRED if ended else Reason.OUT_OF_SESSION
    return _standing(alert, state)


def _standing(alert: Alert, state: State) -> Reason:
    states = [state] if state.upper is None else [state, state.upper]
    if any(one.hold is not None for one in states):
        return Reason.HOLDING
    if not all(one.armed for one in states):
        return Reason.NOT_ARMED
    wanted = {Way.ABOVE: Side.ABOVE, Way.BELOW: Side.BELOW}.get(alert.way)
    return Reason.ALREADY_THERE if state.side is wanted else Reason.NOT_REACHED
