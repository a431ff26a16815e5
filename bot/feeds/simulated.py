"""Made-up minute bars through given prices, for tests and benchmarks; labelled "simulated" wherever shown.

The same waypoints and seed always give the same bars. It never reads a clock and stands for no
real stock.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate, pairwise
from random import Random

from bot.core.market import Bar, Day, Session, Stock
from bot.feeds import Fetched, SessionAt
from bot.feeds.recorded import RecordedFeed

SOURCE = "simulated"

Waypoint = tuple[int, float]
"""A moment in an open session, epoch seconds UTC, and the price at which its minute closes."""

_MINUTE_S = 60


class SimulatedFeed:
    """Simulated bars of several symbols, shown as time goes on."""

    def __init__(
        self,
        waypoints: Mapping[str, Sequence[Waypoint]],
        session_at: Mapping[str, SessionAt],
        seed: int = 0,
        volatility_pct: float = 0.02,
    ) -> None:
        """Every symbol is simulated on its own, so that another beside it changes nothing."""
        bars = {
            symbol: simulate(through, seed, session_at[symbol], volatility_pct) for symbol, through in waypoints.items()
        }
        self._recorded = RecordedFeed(bars, SOURCE)

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        """See `Feed`; never TIMEOUT or anything else but UNKNOWN_SYMBOL."""
        return await self._recorded.fetch(stock, since, now)

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        """None: only minutes are made up."""
        return await self._recorded.days(stock, since, now)

    def close(self) -> None:
        self._recorded.close()


def simulate(
    waypoints: Sequence[Waypoint],
    seed: int,
    session_at: SessionAt,
    volatility_pct: float = 0.02,
    decimals: int = 2,
) -> tuple[Bar, ...]:
    """A bar for every open minute from the first waypoint to the last, each waypoint a close.

    Between waypoints the price strays from the straight line by about `volatility_pct` percent a
    minute; with 0 it does not leave the range between the two. Raises ValueError for a price that
    is not positive, for a waypoint out of session, and where two are not in order of minutes.
    """
    stops = [(at - at % _MINUTE_S, round(price, decimals)) for at, price in waypoints]
    _check(stops, session_at)
    random, volatility, tick = Random(seed), volatility_pct / 100, 10.0**-decimals
    closes = stops[:1]
    for start, end in pairwise(stops):
        minutes = [at for at in range(start[0], end[0], _MINUTE_S) if session_at(at) is not Session.CLOSED]
        inner = _stray(start[1], end[1], len(minutes), random, volatility)
        closes += [(at, max(round(price, decimals), tick)) for at, price in zip(minutes[1:], inner, strict=True)]
        closes.append(end)
    return tuple(_bars(closes, session_at, random, volatility, decimals))


def _check(stops: Sequence[Waypoint], session_at: SessionAt) -> None:
    for at, price in stops:
        if not 0 < price < math.inf:
            raise ValueError(f"waypoint {at}: {price:g} is not a price")
        if session_at(at) is Session.CLOSED:
            raise ValueError(f"waypoint {at}: the exchange is closed")
    for (at, _), (later, _) in pairwise(stops):
        if later <= at:
            raise ValueError(f"waypoint {later}: not in a later minute than {at}")


def _stray(start: float, end: float, steps: int, random: Random, volatility: float) -> Iterator[float]:
    """The prices between two, `steps` apart: a random walk bent so that it arrives (a Brownian bridge)."""
    walked = list(accumulate(random.gauss(0, volatility) for _ in range(steps)))
    for step, gone in enumerate(walked[:-1], start=1):
        straight = start + (end - start) * step / steps
        yield straight * math.exp(gone - walked[-1] * step / steps)


def _bars(
    closes: Sequence[Waypoint], session_at: SessionAt, random: Random, volatility: float, decimals: int
) -> Iterator[Bar]:
    """Each bar opens where the last one closed and reaches a little beyond the two."""
    opened = closes[0][1] if closes else 0.0
    for at, close in closes:
        beyond, below = (abs(random.gauss(0, volatility / 2)) for _ in range(2))
        yield Bar(
            at=at,
            open=opened,
            high=round(max(opened, close) * (1 + beyond), decimals),
            low=max(round(min(opened, close) * (1 - below), decimals), 10.0**-decimals),
            close=close,
            volume=random.randint(1, 10_000),
            session=session_at(at),
        )
        opened = close
