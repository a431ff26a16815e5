"""The crossing rule: given an alert and the path of its metric, what is told and what is remembered.

Owns side, arming and bands, and nothing else: when a message may be delivered is decided elsewhere.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.market import Path, Point, Session

UNBOUNDED = 1e300
"""Stands for no limit in the stored interval; SQLite has no portable literal for infinity."""


class Side(StrEnum):
    """Where the metric was last, as seen from the threshold."""

    BELOW = "below"
    ABOVE = "above"


class Direction(StrEnum):
    """Which way the threshold was crossed."""

    UP = "up"
    DOWN = "down"


class Way(StrEnum):
    """Which crossings an alert tells; the state moves alike for all three."""

    ABOVE = "above"
    BELOW = "below"
    CROSSES = "crosses"

    def tells(self, direction: Direction) -> bool:
        """Whether a crossing in this direction is what was wished for."""
        if self is Way.CROSSES:
            return True
        return (self is Way.ABOVE) == (direction is Direction.UP)


class Reason(StrEnum):
    """Why a look at an alert ended as it did."""

    FIRED = "fired"
    NOT_REACHED = "not reached"
    ALREADY_THERE = "already there"
    NOT_ARMED = "not armed"
    OTHER_WAY = "crossed the other way"
    FIRST_LOOK = "first look"
    BEFORE_CREATION = "only prices from before the alert"


@dataclass(frozen=True, slots=True)
class State:
    """What an alert remembers: the side it is on, whether it is armed, since when it is there.

    `side` is None until the first price. `since` is the start of the bar of the last flip
    (epoch seconds UTC), None before the first flip.
    """

    side: Side | None = None
    armed: bool = False
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One chat's wish to be told when a metric of a symbol reaches a threshold.

    `number` is the chat's own name for it (#7). `band` is in units of the metric; `level` is the
    firm whose level the threshold follows, or None for a fixed number. `created_at` in epoch
    seconds UTC: what happened earlier is not its business.
    """

    id: int
    chat_id: int
    number: int
    symbol: str
    metric: str
    way: Way
    threshold: float
    band: float
    level: str | None
    once: bool
    created_at: int
    state: State = State()

    @property
    def upper_end(self) -> float:
        """The upper end of the band, rounded so that 192 − 1.92 is 190.08 exactly."""
        return round(self.threshold + self.band, 6)

    @property
    def lower_end(self) -> float:
        return round(self.threshold - self.band, 6)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One crossing that is told; `at` is the start of its bar, `since` the flip before it, if any.

    `place` is its position in the path it was found on, by which crossings of one poll are ordered.
    """

    place: int
    at: int
    value: float
    threshold: float
    direction: Direction
    session: Session
    since: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at an alert gave; `crossings` in the order of the path, empty unless FIRED."""

    reason: Reason
    state: State
    crossings: tuple[Crossing, ...] = ()


def evaluate(alert: Alert, path: Path) -> Verdict:
    """Take the alert along the path of its metric.

    Points that may lie before the alert's creation are passed over; an alert without a side yet
    takes it from the last of them. An alert told `once` stops at its first crossing.
    """
    state = alert.state
    below, above = rest_interval(alert, state)
    crossings: list[Crossing] = []
    flipped = seen = False
    for place, point in enumerate(path.points):
        if point.since <= alert.created_at:
            state = state if alert.state.side else _side_before(alert, point)
            continue
        seen = True
        if below < point.value < above:  # nearly every point of nearly every path
            continue
        before, state = state, step(alert, state, point)
        below, above = rest_interval(alert, state)
        direction = _flip(before, state)
        flipped = flipped or direction is not None
        if direction is not None and alert.way.tells(direction):
            crossings.append(_crossing(alert, place, point, direction, before))
            if alert.once:
                break
    return Verdict(_reason(alert, state, seen, flipped, bool(crossings)), state, tuple(crossings))


def step(alert: Alert, state: State, point: Point) -> State:
    """The state after one more value: reaching flips and disarms, a full band away arms again.

    A value that reaches the line and lies a full band beyond does both at once, so that the same
    value seen twice changes nothing the second time.
    """
    if state.side is None:
        return settle(alert, point.value)
    reached = _opposite_reached(alert, state.side, point.value) if state.armed else _band_away(alert, point.value)
    if reached is None:
        return state
    since = state.since if reached is state.side else point.at
    return State(reached, armed=_band_away(alert, point.value) is not None, since=since)


def _side_before(alert: Alert, point: Point) -> State:
    """Where a price from before the creation leaves an alert that knew none.

    Without it, the gap over a weekend would pass for the first price. Only closes count: a minute
    that began before the creation and went on after it has its close still ahead on the path.
    """
    return settle(alert, point.value) if point.since > point.at else State()


def settle(alert: Alert, value: float) -> State:
    """The state of a new alert at its first value: on the line counts as above and not armed."""
    return State(_side(alert, value), armed=value != alert.threshold)


def rebase(alert: Alert, threshold: float, band: float, value: float | None) -> Alert:
    """The alert after its line has moved, which is never a crossing.

    Its side comes from the present value. It is armed a full band away, or if it was armed, is on
    the same side still and not exactly on the line: there the next equal price would tell a
    crossing although only the line had moved.
    """
    moved = replace(alert, threshold=threshold, band=band)
    if value is None or alert.state.side is None:
        return replace(moved, state=State())
    side = _side(moved, value)
    kept = alert.state.armed and side is alert.state.side and value != threshold
    armed = kept or _band_away(moved, value) is not None
    since = alert.state.since if side is alert.state.side else None
    return replace(moved, state=State(side, armed, since))


def rest_interval(alert: Alert, state: State) -> tuple[float, float]:
    """(next below, next above): in this state nothing can change strictly between the two."""
    if state.side is None:
        return UNBOUNDED, -UNBOUNDED
    if not state.armed:
        return alert.lower_end, alert.upper_end
    if state.side is Side.BELOW:
        return -UNBOUNDED, alert.threshold
    return alert.threshold, UNBOUNDED


def is_true_already(way: Way, threshold: float, value: float) -> bool:
    """Whether the value already is where the wish wants it; a `crosses` never is."""
    return (way is Way.ABOVE and value >= threshold) or (way is Way.BELOW and value <= threshold)


def _side(alert: Alert, value: float) -> Side:
    return Side.ABOVE if value >= alert.threshold else Side.BELOW


def _opposite_reached(alert: Alert, side: Side, value: float) -> Side | None:
    if side is Side.BELOW:
        return Side.ABOVE if value >= alert.threshold else None
    return Side.BELOW if value <= alert.threshold else None


def _band_away(alert: Alert, value: float) -> Side | None:
    if value >= alert.upper_end:
        return Side.ABOVE
    return Side.BELOW if value <= alert.lower_end else None


def _flip(before: State, after: State) -> Direction | None:
    if before.side is None or before.side is after.side:
        return None
    return Direction.UP if after.side is Side.ABOVE else Direction.DOWN


def _crossing(alert: Alert, place: int, point: Point, direction: Direction, before: State) -> Crossing:
    return Crossing(place, point.at, point.value, alert.threshold, direction, point.session, before.since)


def _reason(alert: Alert, state: State, seen: bool, flipped: bool, fired: bool) -> Reason:
    if fired:
        return Reason.FIRED
    if flipped:
        return Reason.OTHER_WAY
    if alert.state.side is None and state.side is not None:
        return Reason.FIRST_LOOK
    if not seen:
        return Reason.BEFORE_CREATION
    if not state.armed:
        return Reason.NOT_ARMED
    wanted = {Way.ABOVE: Side.ABOVE, Way.BELOW: Side.BELOW}.get(alert.way)
    return Reason.ALREADY_THERE if state.side is wanted else Reason.NOT_REACHED
