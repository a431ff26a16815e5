"""What a look at the analysts costs: its requests, and how much later a poll comes that is made at the same time.

The unmodified yfinance for both, over a loopback Yahoo; prices are asked one poll after the other, beside
a look at the analysts, from the start of its process to its end, answered and left hanging, and as often
alone. The worst poll beside it, less the worst alone, against the 50 ms that it may cost at most.
"""

import asyncio
import atexit
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from benchmarks.figure import Figure
from bot.core.market import Stock
from bot.exchange import NEW_YORK, Exchange
from bot.feeds import Part
from bot.feeds.yahoo import YahooFeed
from bot.feeds.yahoo_research import YahooResearch
from bot.jobs.research import AFTER_EARNINGS, MOST_REQUESTS
from tests.fakes.yahoo import FakeYahoo

_BABA = Stock("BABA", "Alibaba", NEW_YORK, "USD")
_ZONE = "America/New_York"
_NOW = 1_759_413_600  # Thursday, 2 October 2025, 10:00 in New York
_AIM_S = 0.05
_PAUSE_S = 0.01
_LEAST_S = 1e-6  # a delay that cannot be told from none


def measure(quick: bool) -> Iterator[Figure]:
    with _yahoo() as yahoo, asyncio.Runner() as runner:
        yield Figure(
            "requests", "requests of the first look ever and of one after earnings", "those allowed",
            [(runner.run(_requests(_cache_dir(), yahoo)), MOST_REQUESTS)], at_most=1, unit="requests",
        )  # fmt: skip
        delays = runner.run(_delays(_cache_dir(), yahoo, 1 if quick else 5))
        yield Figure(
            "research", "the worst delay of a poll by a look at the analysts", f"{_AIM_S * 1000:g} ms",
            [(delay, _AIM_S) for delay in delays], at_most=1,
        )  # fmt: skip


@cache
def _cache_dir() -> Path:
    """Until this process ends: yfinance keeps to the first that it is given."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


@contextmanager
def _yahoo() -> Iterator[FakeYahoo]:
    before = dict(os.environ)
    try:
        with FakeYahoo(clock=lambda: _NOW) as yahoo:
            os.environ |= yahoo.environment
            for minute in range(60):
                yahoo.push_price("BABA", 158.0 + minute / 100, _NOW - 3600 + 60 * minute)
            yahoo.set_summary("BABA", "financialData", {"currentPrice": 158.6, "targetMeanPrice": 185.41})
            yield yahoo
    finally:
        os.environ.clear()
        os.environ |= before


async def _requests(folder: Path, yahoo: FakeYahoo) -> float:
    """How many reach Yahoo, cookie and crumb included, on the day on which the stock reports."""
    research = YahooResearch(folder)
    for parts in (tuple(Part), AFTER_EARNINGS):
        left = MOST_REQUESTS - len(yahoo.requests)
        await research.research(_BABA, _ZONE, parts, left, _NOW)
    return len(yahoo.requests)


async def _delays(folder: Path, yahoo: FakeYahoo, times: int) -> list[float]:
    """By how many seconds the slowest poll beside each look came later than the slowest alone."""
    feed = YahooFeed({"BABA": Exchange(NEW_YORK, _NOW).session_at}, {"BABA": _ZONE}, folder)
    try:
        await _polls(feed, 5)  # the imports and the cookie
        delays = []
        for turn in range(times):
            if turn % 2:
                yahoo.fail_with("hang", where="summary")
            beside = await _beside(feed, folder)
            yahoo.recover()
            delays.append(max(max(beside) - max(await _polls(feed, len(beside))), _LEAST_S))
        return delays
    finally:
        feed.close()


async def _polls(feed: YahooFeed, count: int) -> list[float]:
    took = []
    for _ in range(count):
        took.append(await _poll(feed))
        await asyncio.sleep(_PAUSE_S)
    return took


async def _poll(feed: YahooFeed) -> float:
    begun = time.perf_counter()
    await feed.fetch(_BABA, _NOW - 900, _NOW)
    return time.perf_counter() - begun


async def _beside(feed: YahooFeed, folder: Path) -> list[float]:
    """How long every poll took that was made while the analysts were asked."""
    research = YahooResearch(folder, deadline_s=6)
    looking = asyncio.create_task(research.research(_BABA, _ZONE, tuple(Part), 8, _NOW))
    took = []
    while not looking.done():
        took.append(await _poll(feed))
        await asyncio.sleep(_PAUSE_S)
    return took
