"""What a market tells us: sessions, bars, quotes, and the path a price took through a bar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import inf
from typing import NamedTuple, Protocol


class Session(StrEnum):
    """Which part of an exchange's day a moment belongs to."""

    PRE = "pre"
    REGULAR = "regular"
    POST = "post"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Stock:
    """One watched instrument: `exchange` is a calendar of exchange_calendars or "always".

    `currency` is None where nobody has said it yet. `shares_per_ads` is how many ordinary shares the
    traded one stands for, 1 where it is no depositary share.
    """

    symbol: str
    name: str
    exchange: str
    currency: str | None
    shares_per_ads: int = 1


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
    """The regular session of one exchange day; `close` is the session's last price. Unadjusted for dividends.

    `split` is how many new shares came for one old before it began, as the source lists it.
    """

    day: date
    open: float
    high: float
    low: float
    close: float
    volume: int = 0
    split: float = 1.0


@dataclass(frozen=True, slots=True)
class Quote:
    """The last price a poll knows; `at` is when it was made, epoch seconds UTC."""

    symbol: str
    at: int
    price: float
    session: Session
    source: str


class Point(NamedTuple):
    """One price on the way through a bar.

    `at` is the start of its bar; `since` the earliest second in which it can have happened (the
    bar's start for open and extremes, its end for the close, which alone has `since` > `at`).
    `opens` where it is a bar's first price, so that the whole bar follows.
    """

    at: int
    price: float
    session: Session
    since: int
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """The values a metric of one symbol took along the points of a price walk; never without a value or a fresh start.

    One value a point, NaN where the metric says nothing there. `fresh` are the places at which a
    metric that starts anew every exchange day does so, perhaps hours before its first value. Bars
    that end by `settled_at` (epoch seconds UTC) are complete, later ones may still be forming.
    """

    symbol: str
    metric: str
    points: Sequence[Point]
    values: Sequence[float]
    fresh: tuple[int, ...] = ()
    settled_at: float = inf

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest value on the way; a fresh start stands at 0."""
        known = [value for value in self.values if value == value]  # NaN differs from itself
        known += [0.0] if self.fresh else []
        return min(known), max(known)


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


def _through(bar: Bar) -> tuple[Point, ...]:
    at, opened, high, low, session = bar.at, bar.open, bar.high, bar.low, bar.session
    nearer, other = (high, low) if high - opened <= opened - low else (low, high)
    return (
        Point(at, opened, session, at, True),
        Point(at, nearer, session, at),
        Point(at, other, session, at),
        Point(at, bar.close, session, at + bar.width_s),
    )


def _further(bar: Bar, seen: Bar) -> Iterator[Point]:
    added = [price for price in (bar.high, bar.low) if not seen.low <= price <= seen.high]
    for price in sorted(added, key=lambda price: abs(price - seen.close)):
        yield Point(bar.at, price, bar.session, since=bar.at)
    yield Point(bar.at, bar.close, bar.session, since=bar.ends_at)


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
