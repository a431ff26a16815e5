"""What an alert is: way, lines, policy, and the state it remembers. What becomes of it is `crossing`'s to say."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.attribution import Attribution
from bot.core.market import Session


class Side(StrEnum):
    """Where the metric was last, as seen from a line."""

    BELOW = "below"
    ABOVE = "above"


class Direction(StrEnum):
    """Which way a line was crossed."""

    UP = "up"
    DOWN = "down"


class Way(StrEnum):
    """Which crossings an alert tells; the state moves alike for all of them.

    `between` and `outside` have two lines and tell the entry into the channel, or the exit from it.
    """

    ABOVE = "above"
    BELOW = "below"
    CROSSES = "crosses"
    BETWEEN = "between"
    OUTSIDE = "outside"

    def tells(self, direction: Direction) -> bool:
        """Whether a crossing of its single line in this direction is what was wished for."""
        if self is Way.CROSSES:
            return True
        return (self is Way.ABOVE) == (direction is Direction.UP)


class Reason(StrEnum):
    """Why a look at an alert ended as it did."""

    FIRED = "fired"
    DEFERRED = "deferred"
    NOT_REACHED = "not reached"
    ALREADY_THERE = "already there"
    NOT_ARMED = "not armed"
    OTHER_WAY = "crossed the other way"
    FIRST_LOOK = "first look"
    BEFORE_CREATION = "only prices from before the alert"
    HOLDING = "reached, waiting for it to hold"
    OUT_OF_SESSION = "outside of the regular session"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Policy:
    """How an alert tells: everything about it besides metric, way and line.

    `rearm_pct` is the band in percent of the line (of a metric in percent: points), `hold_s` how long
    it must stay true first, `every_s` the least time between two tellings, `expires_at` epoch seconds UTC.
    """

    once: bool = False
    daily: bool = False
    every_s: int | None = None
    rearm_pct: float = 1.0
    hold_s: int | None = None
    expires_at: int | None = None
    regular_only: bool = False
    silent: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A line reached but not yet for long enough.

    `side` is the side reached, `starts_at` the first bar that counts, `held_s` the seconds counted,
    `counted_at` the start of the last bar counted.
    """

    side: Side
    starts_at: int
    held_s: int = 0
    counted_at: int = -1


@dataclass(frozen=True, slots=True)
class State:
    """What an alert remembers of a line: the side it is on, whether it is armed, since when it is there.

    `side` is None until the first price. `since` is the start of the bar of the last flip (epoch
    seconds UTC), None before the first. `upper` is the state of a channel's second line.
    """

    side: Side | None = None
    armed: bool = False
    since: int | None = None
    hold: Hold | None = None
    upper: "State | None" = None


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold and the band around it, in units of the metric."""

    value: float
    band: float

    @property
    def upper_end(self) -> float:
        """The upper end of the band, rounded so that 192 − 1.92 is 190.08 exactly."""
        return round(self.value + self.band, 6)

    @property
    def lower_end(self) -> float:
        return round(self.value - self.band, 6)


@dataclass(frozen=True, slots=True)
class Alert:
    """One chat's wish to be told when a metric of a symbol reaches a threshold.

    `number` is the chat's own name for it (#7). `line` is the threshold, of a channel the lower one;
    `upper` the channel's other. `level` is the firm whose level the threshold follows, or None for
    a fixed number, `within` the distance from it in percent. `created_at` is when it was made, `line_at`
    when its line was last moved, if ever (epoch seconds UTC).
    """

    id: int
    chat_id: int
    number: int
    symbol: str
    metric: str
    way: Way
    line: Line
    created_at: int
    upper: Line | None = None
    level: str | None = None
    within: float | None = None
    policy: Policy = Policy()
    state: State = State()
    line_at: int | None = None

    @property
    def counts_from(self) -> int:
        """Prices from before this moment met no such alert, or another line: they are not its business."""
        return max(self.created_at, self.line_at or 0)

    @property
    def threshold(self) -> float:
        return self.line.value

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its one line, or the two of a channel, the lower first."""
        return (self.line,) if self.upper is None else (self.line, self.upper)

    @property
    def states(self) -> tuple[State, ...]:
        """What it remembers of each of its lines."""
        return (self.state,) if self.upper is None else (self.state, self.state.upper or State())


@dataclass(frozen=True, slots=True)
class Crossing:
    """One crossing that is told; `at` is the start of its bar, `since` the flip before it, if any.

    `place` is its position in the walk, by which crossings of one poll are ordered, `price` the
    price there. `passed` where both lines of a channel were crossed in one step. `cause` is what moved
    an upside, once that is known.
    """

    place: int
    at: int
    value: float
    price: float
    threshold: float
    direction: Direction
    session: Session
    since: int | None
    passed: bool = False
    cause: Attribution | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at an alert gave; `crossings` in the order of the path, empty unless FIRED.

    `moved_at` is the start of the last bar that changed its state, None where none did.
    """

    reason: Reason
    state: State
    crossings: tuple[Crossing, ...] = ()
    moved_at: int | None = None
