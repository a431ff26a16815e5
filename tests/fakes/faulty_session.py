"""A quarter of an hour of trading for each way in which Yahoo can fail; a program of its own, since yfinance remembers.

`python -m tests.fakes.faulty_session` prints one JSON object a line: what became of each case. The
same minutes every time: prices are good, then spoilt from the second minute to the eighth while
lines are crossed, then good again.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.core import events
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Session
from bot.core.screen import Rules
from bot.feeds.yahoo import YahooFeed
from bot.jobs.make import make
from bot.jobs.watch import Watch, Watched
from bot.store import Store
from tests.fakes.desk import new_york
from tests.fakes.feed import STOCK
from tests.fakes.house import passing_store
from tests.fakes.yahoo import FakeYahoo, Where
from tests.fakes.yahoo_chart import Fault, Row

OPEN = 1759411800  # 2 October 2025, 09:30 New York
CHAT = 7
LINES = (190.0, 192.0, 195.0)
PRICES = (188.5, 189.0, 189.5, 190.5, 191.0, 192.5, 191.0, 189.5, 187.5, 188.0, 190.5, 191.0, 191.5, 190.0, 189.0)
"""The only price of each minute."""

SPOILT = (2, 4, 6, 8)
POLLED = (0, *SPOILT, 10, 14)
"""The minutes in whose middle is looked."""

Spoiling = Callable[[dict[str, Any]], Any]
"""Changes the parsed answer, or gives what stands in its place."""


@dataclass
class Case:
    """`skew_s`: how far our own clock is ahead of Yahoo's while the fault lasts; `minutes`: of which looks it lasts."""

    name: str
    fault: Fault | None = None
    where: Where = "chart"
    retry_after: str | None = None
    spoil: Callable[[str], str] | None = None
    skew_s: int = 0
    symbol: str = "BABA"
    minutes: tuple[int, ...] = SPOILT


class Moved:
    """A clock that stands where it is put."""

    now = float(OPEN)

    def __call__(self) -> float:
        return self.now


class Complaints(logging.Handler):
    """Remembers what was logged from WARNING on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[tuple[str, bool]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append((record.getMessage(), record.exc_info is not None))


def spoilt(change: Spoiling) -> Callable[[str], str]:
    def of_text(text: str) -> str:
        answer = json.loads(text)
        other = change(answer)
        return json.dumps(answer if other is None else other)

    return of_text


def within(change: Callable[[dict[str, Any], dict[str, Any]], Any]) -> Callable[[str], str]:
    """Change the chart and its columns, where there are any."""

    def of_answer(answer: dict[str, Any]) -> None:
        for chart in answer["chart"]["result"] or ():
            if "timestamp" in chart:
                change(chart, chart["indicators"]["quote"][0])

    return spoilt(of_answer)


def column(place: int, change: Callable[[float], float | str | None], *names: str) -> Callable[[str], str]:
    def of_chart(chart: dict[str, Any], columns: dict[str, list[Any]]) -> None:
        for name in names or ("open", "high", "low", "close"):
            if len(columns[name]) >= abs(place):
                columns[name][place] = change(columns[name][place])

    return within(of_chart)


def times(**changes: Any) -> Callable[[str], str]:
    """Put the timestamps through one change: shift, reverse, twice."""

    def of_chart(chart: dict[str, Any], columns: dict[str, list[Any]]) -> None:
        chart["timestamp"] = [at + changes.get("shift", 0) for at in chart["timestamp"]]
        if "null" in changes:
            chart["timestamp"][0] = None
        for one in (chart["timestamp"], *columns.values(), chart["indicators"]["adjclose"][0]["adjclose"]):
            if "reverse" in changes:
                one.reverse()
            if "twice" in changes:
                one.append(one[-1])

    return within(of_chart)


def meta(**changes: Any) -> Callable[[str], str]:
    return spoilt(lambda answer: [chart["meta"].update(changes) for chart in answer["chart"]["result"]] and None)


def without(name: str) -> Callable[[str], str]:
    return spoilt(lambda answer: [chart.pop(name, None) for chart in answer["chart"]["result"]] and None)


def frozen() -> Callable[[str], str]:
    """The first answer again and again."""
    first: list[str] = []

    def of_text(text: str) -> str:
        first.append(text)
        return first[0]

    return of_text


def chart_of(result: Any, error: Any = None) -> Callable[[str], str]:
    return lambda text: json.dumps({"chart": {"result": result, "error": error}})


ERROR = {"code": "Internal Server Error", "description": "something went wrong"}

CASES = (
    *(Case(str(status), status) for status in (400, 401, 404, 429, 500, 502, 999)),
    Case("429 for four minutes", 429, retry_after="240"),
    *(Case(name, name) for name in ("consent", "html", "down", "drop", "tls", "hang", "empty", "null rows", "no meta")),
    Case("everything hangs", "hang", "everywhere"),
    Case("500 everywhere", 500, "everywhere"),
    Case("cookies hang", "hang", "side"),
    Case("zone unknown", 500, symbol="BABZ", minutes=(0,)),
    Case("truncated", spoil=lambda text: text[: len(text) // 2]),
    Case("nothing", spoil=lambda text: ""),
    Case("empty object", spoil=lambda text: "{}"),
    Case("no result", spoil=chart_of([])),
    Case("null result", spoil=chart_of(None)),
    Case("a null among results", spoil=chart_of([None])),
    Case("chart error", spoil=chart_of(None, ERROR)),
    Case("no timestamps", spoil=without("timestamp")),
    Case("no indicators", spoil=without("indicators")),
    Case("no meta at all", spoil=without("meta")),
    Case("no word in meta", spoil=meta(symbol=5, currency=None)),
    Case("wrong symbol", spoil=meta(symbol="BABAF")),
    Case("wrong currency", spoil=meta(currency="HKD")),
    Case("yesterday's", spoil=times(shift=-86_400)),
    Case("tomorrow's", spoil=times(shift=86_400)),
    Case("the same again", spoil=frozen()),
    Case("backwards", spoil=times(reverse=True)),
    Case("the last twice", spoil=times(twice=True)),
    Case("a null time", spoil=times(null=True)),
    Case("last close null", spoil=column(-1, lambda _: None, "close")),
    Case("last close 0", spoil=column(-1, lambda _: 0, "close")),
    Case("last close -5", spoil=column(-1, lambda _: -5, "close")),
    Case("a word for a price", spoil=column(-1, lambda _: "188,5", "close")),
    Case("middle minute null", spoil=column(-2, lambda _: None)),
    Case("last minute tenfold", spoil=column(-1, lambda price: price * 10)),
    Case("middle minute tenfold", spoil=column(-2, lambda price: price * 10)),
    Case("last minute a tenth", spoil=column(-1, lambda price: price / 10)),
    Case("last high tenfold", spoil=column(-1, lambda price: price * 10, "high")),
    Case("our clock ten minutes ahead", skew_s=600),
    Case("our clock five minutes behind", skew_s=-300),
)  # fmt: skip


async def live_through(case: Case, yahoo: FakeYahoo, feed: YahooFeed, store: Store, log: Complaints) -> dict[str, Any]:
    """One case from its first look to its last."""
    clock, asked, log.heard = Moved(), [], []
    yahoos = yahoo.clock
    assert isinstance(yahoos, Moved)
    watched = _watched(case.symbol, store)
    watch = Watch(store, feed, clock, jitter=lambda: 0.5)
    for minute in POLLED:
        yahoos.now = OPEN + 60 * minute + 30
        yahoo.set_bars(case.symbol, _rows(minute))
        clock.now = yahoos.now + (case.skew_s if minute in case.minutes else 0)
        before = len(yahoo.requests)
        with _at_fault(yahoo, case if minute in case.minutes else None):
            await watch.poll(watched)
        asked.append(len(yahoo.requests) - before)
    return {"name": case.name, "requests": asked, "log": log.heard} | _became(store)


def _watched(symbol: str, store: Store) -> Watched:
    store.chats.add(CHAT, "private", "paired", CHAT, OPEN - 600)
    for line in LINES:
        make(store, Wish(symbol, Way.CROSSES, line), CHAT, new_york(), "chat", OPEN - 600)
    rules = Rules(20, frozenset({Session.PRE, Session.REGULAR, Session.POST}))
    return Watched(replace(STOCK, symbol=symbol), new_york(), rules, stale_after_s=300)


def _rows(until: int) -> list[Row]:
    return [(OPEN + 60 * minute, price, price, price, price, 100) for minute, price in enumerate(PRICES[: until + 1])]


@contextmanager
def _at_fault(yahoo: FakeYahoo, case: Case | None) -> Iterator[None]:
    if case is not None and case.fault is not None:
        yahoo.fail_with(case.fault, where=case.where, retry_after=case.retry_after)
    if case is not None and case.spoil is not None:
        yahoo.spoil(case.spoil)
    yield
    yahoo.recover()


def _became(store: Store) -> dict[str, Any]:
    rows = store.db.execute("select kind, facts from outbox order by id").fetchall()
    owed = [events.from_json(kind, facts) for kind, facts in rows]
    crossed = [event for event in owed if isinstance(event, events.Crossed)]
    told = [(one.threshold, one.direction.value, (one.at - OPEN) // 60) for event in crossed for one in event.told]
    late = [event.gap is not None for event in crossed]
    return {"told": told, "late": late, "news": [_news(event) for event in owed if event not in crossed]}


def _news(event: events.Event) -> str:
    is_clock = isinstance(event, events.Silent) and event.clock_s != 0
    return "wrong clock" if is_clock else events.kind_of(event)


def _zones(symbol: str) -> Mapping[str, str]:
    """Of the one stock nothing is known beforehand: yfinance has to look its zone up."""
    return {} if symbol == "BABZ" else {symbol: "America/New_York"}


async def main() -> None:
    log = Complaints()
    logging.getLogger().addHandler(log)
    wanted = sys.argv[1:]
    with TemporaryDirectory() as folder, FakeYahoo(Moved()) as yahoo:
        os.environ.update(yahoo.environment)
        for case in CASES:
            if wanted and case.name not in wanted:
                continue
            # Nothing but a hang waits so long, on a machine however busy.
            hurry_s = 0.4 if case.fault == "hang" else 20
            feed = YahooFeed({case.symbol: new_york().session_at}, _zones(case.symbol), Path(folder), hurry_s)
            with passing_store() as store:
                store.db.execute("pragma synchronous = off")
                sys.stdout.write(json.dumps(await live_through(case, yahoo, feed, store, log)) + "\n")
            feed.close()


if __name__ == "__main__":
    asyncio.run(main())
