"""Where prices come from: one file per source behind the `Feed` protocol."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

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
    """

    symbol: str
    currency: str | None
    bars: tuple[Bar, ...]
    quoted_at: int
    reference: float | None
    source: str
    name: str | None = None
    splits: tuple[Split, ...] = ()


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
