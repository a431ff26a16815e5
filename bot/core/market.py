"""What a market tells us: sessions, bars, quotes, and the path a price took through a bar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


class Session(StrEnum):
    """Which part of an exchange's day a moment belongs to."""

    PRE = "pre"
    REGULAR = "regular"
    POST = "post"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Stock:
    """One watched instrument: `exchange` is a calendar of exchange_calendars or "always".

    `currency` is None where nobody has said it yet.
    """

    symbol: str
    name: str
    exchange: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval of trading; prices unadjusted, in the stock's currency.

    `at` is the start in epoch seconds UTC, `width_s` the length in seconds.
    """

    at: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    session: Session = Session.REGULAR
    width_s: int = 60

    @property
    def ends_at(self) -> int:
        """The end of the bar in epoch seconds UTC, itself outside the bar."""
        return self.at + self.width_s


@dataclass(frozen=True, slots=True)
class Day:
    """The regular session of one exchange day; `close` is the session's last price. Unadjusted for dividends."""

    day: date
    open: float
    high: float
    low: float
    close: float
    volume: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """The last price a poll knows; `at` is when it was made, epoch seconds UTC."""

    symbol: str
    at: int
    price: float
    session: Session
    source: str


@dataclass(frozen=True, slots=True)
class Point:
    """One value on a path.

    `at` is the start of the bar it belongs to; `since` the earliest second in which it can
    have happened (the whole bar's start for open and extremes, its end for the close).
    """

    at: int
    value: float
    session: Session
    since: int


@dataclass(frozen=True, slots=True)
class Path:
    """The values a metric of one symbol took since the last poll, in order; never empty."""

    symbol: str
    metric: str
    points: Sequence[Point]

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest value on the way."""
        values = [point.value for point in self.points]
        return min(values), max(values)


def walk(bars: Iterable[Bar], seen: Bar | None = None) -> Iterator[Point]:
    """The path of a price through bars in order of time, `seen` being the last one walked before.

    A bar is walked open → nearer extreme → other extreme → close, the high first where the open
    lies in the middle (the back-testers' convention). Of a bar seen before, only extremes it has
    added since are walked, then its close. Bars older than `seen` are passed over.
    """
    for bar in bars:
        if seen is None or bar.at > seen.at:
            yield from _through(bar)
        elif bar.at == seen.at:
            yield from _further(bar, seen)


def _through(bar: Bar) -> Iterator[Point]:
    high_first = bar.high - bar.open <= bar.open - bar.low
    extremes = (bar.high, bar.low) if high_first else (bar.low, bar.high)
    for value in (bar.open, *extremes):
        yield Point(bar.at, value, bar.session, since=bar.at)
    yield _close(bar)


def _further(bar: Bar, seen: Bar) -> Iterator[Point]:
    added = [value for value in (bar.high, bar.low) if not seen.low <= value <= seen.high]
    for value in sorted(added, key=lambda value: abs(value - seen.close)):
        yield Point(bar.at, value, bar.session, since=bar.at)
    yield _close(bar)


def _close(bar: Bar) -> Point:
    return Point(bar.at, bar.close, bar.session, since=bar.ends_at)


class Hours(Protocol):
    """The opening hours of an exchange; every moment in epoch seconds UTC."""

    @property
    def zone(self) -> str:
        """The IANA time zone of the exchange, UTC for what never closes."""

    def session_at(self, at: int) -> Session:
        """Which session the moment lies in; a session's first second belongs to it, its end does not."""

    def watched_window(self, at: int, watched: frozenset[Session]) -> tuple[int, int] | None:
        """Start and end of the unbroken stretch of watched sessions around the moment, or None."""

    def next_open(self, at: int, watched: frozenset[Session]) -> int | None:
        """When the next watched stretch begins that does not lie around the moment already."""

    def last_close(self, at: int) -> int | None:
        """The end of the latest regular session that was over at the moment, or None."""
