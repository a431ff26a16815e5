"""Where prices come from, and what analysts say: one file per source behind the `Feed` and `Research` protocols."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from bot.core.analysts import RatingAction, Recommendations, Targets
from bot.core.company import CompanyDate
from bot.core.market import Bar, Day, Session, Stock
from bot.core.splits import Split

SessionAt = Callable[[int], Session]
"""Which session of the stock's exchange a moment (epoch seconds UTC) lies in."""


class FaultKind(StrEnum):
    """Why a source gave no bars, in words that /status may show."""

    RATE_LIMITED = "rate limited"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server error"
    UNREADABLE = "unreadable answer"
    NO_DATA = "no data"
    UNKNOWN_SYMBOL = "unknown symbol"


class FeedError(Exception):
    """A poll that brought nothing; `retry_after_s` is the source's own wish in seconds, if any."""

    def __init__(self, symbol: str, kind: FaultKind, retry_after_s: float | None = None) -> None:
        super().__init__(f"{symbol}: {kind.value}")
        self.symbol = symbol
        self.kind = kind
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source answered, not yet screened.

    `bars` as the source ordered them, prices rounded to the instrument's decimals, NaN left in.
    `quoted_at` is when the last price was made (epoch seconds UTC). `reference` is a second
    witness for the price from the same answer (regular market price or previous close), or None.
    `name` is what the source calls the stock, `splits` are those it lists in the stretch asked for.
    `clock_at` is the time by the source's own clock (epoch seconds UTC), where it gives one by which
    its newest price is fresh; else None.
    """

    symbol: str
    currency: str | None
    bars: tuple[Bar, ...]
    quoted_at: int
    reference: float | None
    source: str
    name: str | None = None
    splits: tuple[Split, ...] = ()
    clock_at: int | None = None


class Feed(Protocol):
    """A source of bars."""

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        """The bars that start at `since` or later, up to `now`; without `since` the last day's.

        Both in epoch seconds UTC. As fine as the source still has them: the first may be a coarser
        one around `since`. No new bar is an empty tuple, not an error.
        Raises FeedError where the source did not answer as it should.
        """

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        """The regular sessions from `since` (a date of the exchange) on that are over at `now`, in order.

        Adjusted for splits, not for dividends. No such session is an empty tuple, not an error.
        Raises FeedError where the source did not answer as it should, or about another stock.
        """

    def close(self) -> None:
        """Give back threads and connections; a feed may be closed twice."""


class Part(StrEnum):
    """What can be asked of a stock's analysts, one request each."""

    TARGETS = "targets"
    ACTIONS = "rating actions"
    RECOMMENDATIONS = "recommendations"
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class Researched:
    """What a source said of a stock's analysts, not yet judged.

    A part that was asked for, is empty here and has no fault is "no data": the source has nothing of
    it. `faults` are the parts that failed; they say nothing. `requests` is how many were sent for all of it,
    cookies and repeats included.
    """

    symbol: str
    source: str
    targets: Targets | None = None
    actions: tuple[RatingAction, ...] = ()
    recommendations: Recommendations | None = None
    dates: tuple[CompanyDate, ...] = ()
    faults: Mapping[Part, FaultKind] = field(default_factory=dict)
    requests: int = 0


class Research(Protocol):
    """A source of what analysts say."""

    async def research(
        self, stock: Stock, zone: str, parts: Collection[Part], most_requests: int, now: int
    ) -> Researched:
        """Ask for these parts, with at most so many requests; what is left out for want of one is a fault.

        `zone` is the exchange's time zone, by which days are dates; `now` epoch seconds UTC. Ends by a
        deadline of its own and never raises for what the source did.
        """

    def close(self) -> None:
        """End what still runs."""
