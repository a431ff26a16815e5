"""A source of bars that says what the test tells it to, one answer a fetch."""

from collections.abc import Sequence
from datetime import date

from bot.core.market import Bar, Day, Session, Stock
from bot.feeds import FeedError, Fetched

STOCK = Stock("BABA", "Alibaba", "XNYS", "USD")


def minute(at: int, price: float, *, high: float | None = None, low: float | None = None) -> Bar:
    """A regular minute that opens and closes at `price`."""
    return Bar(at, price, high or price, low or price, price, 100, Session.REGULAR)


def answer(*bars: Bar, symbol: str = "BABA", currency: str = "USD", reference: float | None = None) -> Fetched:
    """What a source says when all is well; its last price is as old as the last bar."""
    return Fetched(symbol, currency, bars, bars[-1].ends_at if bars else 0, reference, "Yahoo")


class ScriptedFeed:
    """Gives its answers in turn, the last one for ever; an error among them is raised.

    `days` is the same for days, each answer cut off at what was asked for; empty, there are none.
    """

    def __init__(self, *script: Fetched | FeedError, days: Sequence[tuple[Day, ...] | FeedError] = ()) -> None:
        self.script = list(script)
        self.day_script = list(days) or [()]
        self.asked: list[tuple[int | None, int]] = []
        self.asked_days: list[tuple[date, int]] = []

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        self.asked.append((since, now))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, FeedError):
            raise step
        return step

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        self.asked_days.append((since, now))
        step = self.day_script.pop(0) if len(self.day_script) > 1 else self.day_script[0]
        if isinstance(step, FeedError):
            raise step
        return tuple(day for day in step if day.day >= since)

    def close(self) -> None:
        """Nothing to give back."""


def answers(*prices: float, start: int) -> Sequence[Fetched]:
    """One answer a minute: the last recorded minute whole, and a new one at the next price."""
    bars = [minute(start + 60 * place, price) for place, price in enumerate(prices)]
    return [answer(*bars[max(0, place - 1) : place + 1], reference=prices[0]) for place in range(len(bars))]
