"""The real yfinance against a loopback Yahoo: what it gives, and every way in which it fails."""

import asyncio
import json
import math
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from curl_cffi.requests import Session as CurlSession

from bot.core.clock import Place
from bot.core.market import Session, Stock
from bot.core.splits import Split
from bot.exchange import Exchange
from bot.feeds import FaultKind, FeedError, Fetched
from bot.feeds.yahoo import YahooFeed
from tests.conftest import Clock
from tests.fakes.yahoo import FakeYahoo, Where
from tests.fakes.yahoo_chart import Fault, Row

BABA = Stock("BABA", "Alibaba", "XNYS", "USD")
ZONES = {"BABA": "America/New_York"}
OPEN = 1759411800  # 2025-10-02 09:30 in New York
NOW = OPEN + 30 * 60 + 45
MINUTE = NOW - NOW % 60
DAY = 86_400
ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared" / "recordings"


def session_at(at: int) -> Session:
    return Session.PRE if at < OPEN else Session.REGULAR


def row(at: int, price: float = 188.5) -> Row:
    return (at, price, price + 0.2, price - 0.1, price, 100)


@pytest.fixture
def yahoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYahoo]:
    with FakeYahoo(clock=lambda: NOW) as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        fake.set_bars("BABA", [row(MINUTE - 60), row(MINUTE, 188.8)])
        yield fake


@pytest.fixture
def feed(yahoo: FakeYahoo, cache_dir: Path) -> Iterator[YahooFeed]:
    feed = YahooFeed({"BABA": session_at}, ZONES, cache_dir, deadline_s=10)
    yield feed
    feed.close()


@pytest.fixture
def hasty(yahoo: FakeYahoo, cache_dir: Path) -> Iterator[YahooFeed]:
    feed = YahooFeed({"BABA": session_at}, ZONES, cache_dir, deadline_s=0.6)
    yield feed
    feed.close()


async def fault_of(feed: YahooFeed, since: int | None = None, stock: Stock = BABA) -> FeedError:
    with pytest.raises(FeedError) as caught:
        await feed.fetch(stock, since, NOW)
    return caught.value


async def test_a_poll_is_one_request_with_pre_and_post_market(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_bars("BABA", [row(OPEN - 60), row(OPEN)])
    fetched = await feed.fetch(BABA, None, NOW)
    assert [(bar.at, bar.session) for bar in fetched.bars] == [
        (OPEN - 60, Session.PRE),
        (OPEN, Session.REGULAR),
    ]
    assert (fetched.symbol, fetched.currency, fetched.source) == ("BABA", "USD", "Yahoo")
    assert [request.params["range"] for request in yahoo.charts] == ["1d"]


@pytest.mark.parametrize("price", [188.70, 192.00, 67.01])
async def test_prices_are_rounded_from_yahoos_32_bit_floats(feed: YahooFeed, yahoo: FakeYahoo, price: float):
    yahoo.set_bars("BABA", [(MINUTE, price, price, price, price, 1)])
    bar = (await feed.fetch(BABA, None, NOW)).bars[0]
    assert (bar.open, bar.high, bar.low, bar.close) == (price, price, price, price)


@pytest.mark.parametrize(("hint", "close"), [(2, 0.12), (4, 0.1235), (0, 0.12), (None, 0.12), ("x", 0.12)])
async def test_the_price_hint_says_the_decimals_but_never_fewer_than_two(
    feed: YahooFeed, yahoo: FakeYahoo, hint: object, close: float
):
    yahoo.set_bars("BABA", [row(MINUTE, 0.12345)])
    yahoo.set_meta("BABA", priceHint=hint)
    assert (await feed.fetch(BABA, None, NOW)).bars[0].close == close


async def test_prices_are_unadjusted(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_adjustment("BABA", 0.9)
    assert (await feed.fetch(BABA, None, NOW)).bars[-1].close == 188.8


@pytest.mark.parametrize("meta", [{"symbol": "BABAF"}, {"currency": "CNY"}])
async def test_a_wrong_symbol_or_currency_is_reported_as_given(feed: YahooFeed, yahoo: FakeYahoo, meta: dict[str, str]):
    yahoo.set_meta("BABA", **meta)
    fetched = await feed.fetch(BABA, None, NOW)
    assert {name: getattr(fetched, name) for name in meta} == meta


async def test_a_close_that_is_null_stays_nan_and_a_row_of_nulls_vanishes(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_bars(
        "BABA",
        [
            row(MINUTE - 120),
            (MINUTE - 60, 188.0, 189.0, 187.0, None, 5),
            (MINUTE, None, None, None, None, None),
        ],
    )
    fetched = await feed.fetch(BABA, None, NOW)
    assert [bar.at for bar in fetched.bars] == [MINUTE - 120, MINUTE - 60]
    assert math.isnan(fetched.bars[-1].close)
    assert fetched.quoted_at == MINUTE - 60


async def test_a_live_row_joins_the_bar_of_its_minute_and_says_when_the_price_was_made(
    feed: YahooFeed, yahoo: FakeYahoo
):
    yahoo.set_bars("BABA", [row(MINUTE, 188.5), (MINUTE + 33, 189.1, 189.1, 189.1, 189.1, 0)])
    fetched = await feed.fetch(BABA, None, NOW)
    (bar,) = fetched.bars
    assert (bar.at, bar.open, bar.high, bar.low, bar.close) == (MINUTE, 188.5, 189.1, 188.4, 189.1)
    assert fetched.quoted_at == MINUTE + 33


async def test_a_live_row_that_opens_a_minute_is_floored_to_it(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_bars("BABA", [row(MINUTE - 60), row(MINUTE + 20, 189.0)])
    fetched = await feed.fetch(BABA, None, NOW)
    assert [bar.at for bar in fetched.bars] == [MINUTE - 60, MINUTE]
    assert fetched.quoted_at == MINUTE + 20


async def test_two_rows_in_a_minute_that_is_not_the_last_become_one_bar(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_bars("BABA", [row(MINUTE - 60, 188.0), row(MINUTE - 31, 190.0), row(MINUTE)])
    bar = (await feed.fetch(BABA, None, NOW)).bars[0]
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (188.0, 190.2, 187.9, 190.0, 200)


@pytest.mark.parametrize(("at", "quoted_at"), [(MINUTE, NOW), (MINUTE - 300, MINUTE - 240)])
async def test_a_plain_bar_was_quoted_at_its_end_or_now(feed: YahooFeed, yahoo: FakeYahoo, at: int, quoted_at: int):
    yahoo.set_bars("BABA", [row(at)])
    assert (await feed.fetch(BABA, None, NOW)).quoted_at == quoted_at


@pytest.mark.parametrize(
    ("meta", "reference"),
    [
        ({"regularMarketPrice": 189.34}, 189.34),
        ({"regularMarketPrice": 0}, 188.0),
        ({"regularMarketPrice": -1, "chartPreviousClose": None, "previousClose": 187.5}, 187.5),
        ({"regularMarketPrice": "x", "chartPreviousClose": None, "previousClose": None}, None),
    ],
)
async def test_the_reference_is_the_first_positive_price_of_the_metadata(
    feed: YahooFeed, yahoo: FakeYahoo, meta: dict[str, Any], reference: float | None
):
    yahoo.set_meta("BABA", **meta)
    assert (await feed.fetch(BABA, None, NOW)).reference == reference


async def test_a_catch_up_asks_from_since_on_and_gives_each_bar_once(feed: YahooFeed, yahoo: FakeYahoo):
    rows = [row(MINUTE - day * DAY) for day in range(20, -1, -1)]
    yahoo.set_bars("BABA", rows)
    fetched = await feed.fetch(BABA, MINUTE - 17 * DAY, NOW)
    assert [bar.at for bar in fetched.bars] == [at for at, *_ in rows[3:]]
    spans = [(int(asked.params["period1"]), int(asked.params["period2"])) for asked in yahoo.charts]
    assert [end - start <= 7 * DAY + 60 for start, end in spans] == [True] * 3
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]


def spans(yahoo: FakeYahoo) -> list[tuple[str, int, int]]:
    """What was asked for: the width, the first second and the one past the last."""
    asked = [request.params for request in yahoo.requests if "period1" in request.params]
    return [(one["interval"], int(one["period1"]), int(one["period2"])) for one in asked]


@pytest.mark.parametrize(
    ("days", "widths"),
    [
        (20, ["1m"] * 3),
        (40, ["5m", *["1m"] * 5]),
        (100, ["60m", "5m", *["1m"] * 5]),
        (800, ["1d", "60m", "5m", *["1m"] * 5]),
    ],
)
async def test_a_catch_up_asks_for_the_finest_bars_there_are_of_each_stretch_once(
    feed: YahooFeed, yahoo: FakeYahoo, days: int, widths: list[str]
):
    await feed.fetch(BABA, MINUTE - days * DAY, NOW)
    asked = spans(yahoo)
    assert [width for width, *_ in asked] == widths
    assert [start for _, start, _ in asked[1:]] == [end for *_, end in asked[:-1]]
    assert asked[0][1] <= MINUTE - days * DAY


@pytest.mark.parametrize(
    ("day", "widths"),
    [
        ("2025-09-02", {"09:25": 5, "09:30": 5, "09:35": 5, "15:55": 5, "16:10": 5}),
        ("2025-07-10", {"09:00": 30, "09:30": 60, "15:30": 30, "16:00": 60}),
        ("2025-07-03", {"09:00": 30, "09:30": 60, "12:30": 30, "13:30": 60}),  # closed at 13:00
        ("2023-07-25", {"09:30": 390}),
    ],
)
async def test_a_coarser_bar_ends_with_its_session(yahoo: FakeYahoo, cache_dir: Path, day: str, widths: dict[str, int]):
    exchange = Exchange("XNYS", NOW)
    starts = ("09:29", "09:30", "09:39", "12:59", "13:40", "15:59", "16:10")
    minutes = [int(datetime.fromisoformat(f"{day} {start}-04:00").timestamp()) for start in starts]
    yahoo.set_bars("BABA", [row(at) for at in minutes])
    yahoo.set_days("BABA", [row(minutes[1])])
    feed = YahooFeed({"BABA": exchange.session_at}, ZONES, cache_dir)
    bars = (await feed.fetch(BABA, minutes[0] - 4 * 3600, NOW)).bars
    found = {Place(exchange.zone).hour(bar.at): bar.width_s // 60 for bar in bars}
    assert {start: found.get(start) for start in widths} == widths
    feed.close()


async def test_the_splits_of_the_stretch_come_with_the_bars_and_no_row_of_their_own(feed: YahooFeed, yahoo: FakeYahoo):
    without_trade: Row = (OPEN, None, None, None, None, None)
    yahoo.set_bars("BABA", [row(OPEN - DAY), without_trade, row(MINUTE)])
    yahoo.split("BABA", OPEN, 1, 8)
    fetched = await feed.fetch(BABA, OPEN - DAY, NOW)
    assert fetched.splits == (Split(date(2025, 10, 2), 1, 8),)
    assert [(bar.at, bar.close) for bar in fetched.bars] == [(OPEN - DAY, 1508.0), (MINUTE, 188.5)]
    assert (await feed.fetch(BABA, MINUTE, NOW)).splits == ()


@pytest.mark.parametrize("fault", ["empty", "no trades", "null rows"])
async def test_no_new_bar_since_is_an_empty_tuple(feed: YahooFeed, yahoo: FakeYahoo, fault: Fault):
    yahoo.fail_with(fault)
    fetched = await feed.fetch(BABA, MINUTE, NOW)
    assert (fetched.symbol, fetched.currency, fetched.bars) == ("BABA", "USD", ())
    assert fetched.quoted_at <= NOW


async def test_since_in_the_future_is_no_bar_and_no_fault(feed: YahooFeed):
    assert (await feed.fetch(BABA, NOW + DAY, NOW)).bars == ()


@pytest.mark.parametrize("since", [None, MINUTE - 10 * DAY])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (429, FaultKind.RATE_LIMITED),
        (999, FaultKind.RATE_LIMITED),
        (500, FaultKind.SERVER_ERROR),
        (503, FaultKind.SERVER_ERROR),
        (401, FaultKind.SERVER_ERROR),
        ("down", FaultKind.SERVER_ERROR),
        (404, FaultKind.UNKNOWN_SYMBOL),
        ("consent", FaultKind.UNREADABLE),
        ("html", FaultKind.UNREADABLE),
        ("no meta", FaultKind.UNREADABLE),
        ("drop", FaultKind.UNREACHABLE),
    ],
)
async def test_every_fault_has_its_name_and_is_forgotten_with_the_next_good_answer(
    feed: YahooFeed, yahoo: FakeYahoo, fault: Fault, kind: FaultKind, since: int | None
):
    yahoo.fail_with(fault)
    assert (await fault_of(feed, since)).kind is kind
    yahoo.recover()
    assert (await feed.fetch(BABA, since, NOW)).bars[-1].close == 188.8


@pytest.mark.parametrize("fault", ["empty", "no trades", "null rows"])
async def test_a_last_day_without_any_bar_is_no_data(feed: YahooFeed, yahoo: FakeYahoo, fault: Fault):
    yahoo.fail_with(fault)
    assert (await fault_of(feed)).kind is FaultKind.NO_DATA


async def test_a_symbol_yahoo_does_not_have_is_unknown(yahoo: FakeYahoo, cache_dir: Path):
    feed = YahooFeed({"BABX": session_at}, {}, cache_dir)
    assert (await fault_of(feed, stock=Stock("BABX", "?", "XNYS", "USD"))).kind is FaultKind.UNKNOWN_SYMBOL
    feed.close()


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("17", 17),
        ("Thu, 02 Oct 2025 14:01:45 GMT", 60),
        ("Thu, 02 Oct 2025 13:00:00 GMT", 0),
        ("9" * 400, DAY),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
async def test_a_wish_to_wait_is_passed_on_in_seconds(
    feed: YahooFeed, yahoo: FakeYahoo, wish: str | None, seconds: float | None
):
    yahoo.fail_with(429, retry_after=wish)
    assert (await fault_of(feed)).retry_after_s == seconds


@pytest.mark.parametrize("where", ["chart", "everywhere"])
async def test_a_hanging_yahoo_is_given_up_within_the_deadline(hasty: YahooFeed, yahoo: FakeYahoo, where: Where):
    await hasty.fetch(BABA, None, NOW)
    yahoo.fail_with("hang", where=where)
    started = time.monotonic()
    assert (await fault_of(hasty)).kind is FaultKind.TIMEOUT
    assert time.monotonic() - started < 0.9
    yahoo.recover()
    assert (await hasty.fetch(BABA, None, NOW)).bars


async def test_a_hanging_cookie_leaves_time_for_the_prices(hasty: YahooFeed, yahoo: FakeYahoo):
    yahoo.fail_with("drop", where="side")
    yahoo.fail_with(500)
    await fault_of(hasty)  # yfinance has thrown its cookie and crumb away and got no others
    yahoo.recover()
    yahoo.fail_with("hang", where="side")
    asked = len(yahoo.requests)
    assert (await hasty.fetch(BABA, None, NOW)).bars
    assert any("/chart/" not in request.path for request in yahoo.requests[asked:])


async def test_a_refused_connection_is_unreachable(monkeypatch: pytest.MonkeyPatch, cache_dir: Path):
    with FakeYahoo() as gone:
        for name, value in gone.environment.items():
            monkeypatch.setenv(name, value)
    feed = YahooFeed({"BABA": session_at}, ZONES, cache_dir)
    assert (await fault_of(feed)).kind is FaultKind.UNREACHABLE
    feed.close()


class Blocking(dict[str, str]):
    """Zones that keep whoever asks waiting: a worker stuck beyond anything curl could end."""

    def __init__(self) -> None:
        super().__init__(ZONES)
        self.opened = threading.Event()

    def get(self, key: str, default: Any = None) -> Any:
        self.opened.wait(10)
        return super().get(key, default)


async def test_a_stuck_worker_fails_the_next_fetch_at_once_and_then_recovers(yahoo: FakeYahoo, cache_dir: Path):
    zones = Blocking()
    feed = YahooFeed({"BABA": session_at}, zones, cache_dir, deadline_s=0.2)
    assert (await fault_of(feed)).kind is FaultKind.TIMEOUT
    started = time.monotonic()
    assert (await fault_of(feed)).kind is FaultKind.TIMEOUT
    assert time.monotonic() - started < 0.1
    zones.opened.set()
    assert (await eventually(feed)).bars
    feed.close()


async def test_a_worker_lost_in_a_request_is_replaced_though_it_holds_the_locks_of_yfinance(
    yahoo: FakeYahoo, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    lost, released = threading.Event(), threading.Event()
    asks = CurlSession.request

    def request(session: Any, *args: Any, **options: Any) -> Any:
        if not lost.is_set():  # a curl that never ends, for the crumb, which yfinance asks for under its lock
            lost.set()
            released.wait(30)
        return asks(session, *args, **options)

    monkeypatch.setattr(CurlSession, "request", request)
    ticks = Clock(1000.0)
    feed = YahooFeed({"BABA": session_at}, ZONES, cache_dir, deadline_s=5, monotonic=ticks)
    fetching = asyncio.ensure_future(feed.fetch(BABA, None, NOW))
    assert await asyncio.to_thread(lost.wait, 10)
    fetching.cancel()
    ticks.now += 14
    assert (await fault_of(feed)).kind is FaultKind.TIMEOUT
    ticks.now += 2
    assert (await feed.fetch(BABA, None, NOW)).bars
    feed.close()
    released.set()


async def test_a_connection_from_before_a_sleep_is_not_trusted(feed: YahooFeed, yahoo: FakeYahoo):
    made = []
    for now in (NOW, NOW + 30, NOW + 6 * 3600, NOW + 6 * 3600 + 30):
        await feed.fetch(BABA, None, now)
        made.append(yahoo.connections.count("query2.finance.yahoo.com"))
    assert made == [1, 1, 2, 2]


async def eventually(feed: YahooFeed) -> Fetched:
    until = time.monotonic() + 10
    while True:
        try:
            return await feed.fetch(BABA, None, NOW)
        except FeedError:
            assert time.monotonic() < until
            await asyncio.sleep(0)


async def test_a_cancelled_fetch_does_not_harm_the_next(feed: YahooFeed, yahoo: FakeYahoo):
    await feed.fetch(BABA, None, NOW)
    yahoo.fail_with("hang")
    polling = asyncio.create_task(feed.fetch(BABA, None, NOW))
    assert await asyncio.to_thread(yahoo.wait_for_charts, 2)
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    yahoo.recover()
    assert (await eventually(feed)).bars


async def test_several_stocks_take_turns_and_none_is_refused(yahoo: FakeYahoo, cache_dir: Path):
    symbols = ("BABA", "JD", "PDD")
    for symbol in symbols:
        yahoo.set_bars(symbol, [row(MINUTE)])
    feed = YahooFeed(dict.fromkeys(symbols, session_at), dict.fromkeys(symbols, ZONES["BABA"]), cache_dir)
    stocks = [Stock(symbol, symbol, "XNYS", "USD") for symbol in symbols]
    fetched = await asyncio.gather(*(feed.fetch(stock, None, NOW) for stock in stocks))
    assert [answer.symbol for answer in fetched] == list(symbols)
    feed.close()


async def test_a_closed_feed_may_be_closed_again_and_answers_nothing(feed: YahooFeed):
    feed.close()
    feed.close()
    assert (await fault_of(feed)).kind is FaultKind.TIMEOUT


async def test_the_cache_belongs_to_its_owner_alone(tmp_path: Path):
    (tmp_path / "cache").mkdir(mode=0o755)
    YahooFeed({}, {}, tmp_path / "cache").close()
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


def test_yfinance_is_not_imported_before_the_first_fetch():
    heavy = "{'yfinance', 'pandas', 'curl_cffi'}"
    code = f"import sys, bot.feeds.yahoo; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


GIVES_UP_AND_ENDS = """
import asyncio, pathlib, sys
from bot.core.market import Session, Stock
from bot.feeds.yahoo import YahooFeed

async def main():
    feed = YahooFeed({"BABA": lambda at: Session.REGULAR}, {}, pathlib.Path(sys.argv[-1]), deadline_s=60)
    polling = asyncio.create_task(feed.fetch(Stock("BABA", "", "XNYS", "USD"), None, 0))
    await asyncio.to_thread(sys.stdin.readline)
    polling.cancel()
    feed.close()

asyncio.run(main())
"""


def test_a_hanging_request_does_not_keep_the_program_from_ending(yahoo: FakeYahoo, tmp_path: Path):
    yahoo.fail_with("hang")
    command = [sys.executable, "-c", GIVES_UP_AND_ENDS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) as child:
        try:
            assert yahoo.wait_for_charts(1)
            started = time.monotonic()
            child.communicate("stop\n", timeout=10)
        finally:
            child.kill()
    assert child.returncode == 0
    assert time.monotonic() - started < 3


async def test_yfinances_own_warnings_are_not_printed_with_every_poll(
    feed: YahooFeed, recwarn: pytest.WarningsRecorder
):
    await feed.fetch(BABA, None, NOW)
    assert [warning for warning in recwarn if "yfinance" in warning.filename] == []


async def test_a_price_pushed_to_the_fake_reads_like_a_trade(feed: YahooFeed, yahoo: FakeYahoo):
    for price in (191.9, 192.1, 191.8):
        yahoo.push_price("BABA", price, at=MINUTE + 60)
    bar = (await feed.fetch(BABA, None, NOW)).bars[-1]
    assert (bar.open, bar.high, bar.low, bar.close) == (191.9, 192.1, 191.8, 191.8)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not part of the project")
async def test_the_recorded_minutes_of_a_real_session_are_read(yahoo: FakeYahoo, cache_dir: Path):
    recorded = json.loads((RECORDINGS / "chart-AMZN-1m-2023-05-02-last30m.json").read_text())
    yahoo.set_answer("AMZN", recorded)
    feed = YahooFeed({"AMZN": session_at}, {"AMZN": "America/New_York"}, cache_dir)
    fetched = await feed.fetch(Stock("AMZN", "Amazon", "XNYS", "USD"), None, 1683057700)
    assert (len(fetched.bars), fetched.bars[0].close, fetched.bars[-1].close) == (31, 103.6, 103.63)
    assert (fetched.symbol, fetched.currency, fetched.reference) == ("AMZN", "USD", 103.63)
    feed.close()


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not part of the project")
async def test_a_recorded_day_without_trade_is_no_bar(yahoo: FakeYahoo, cache_dir: Path):
    name = "chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json"
    yahoo.set_answer("AAPL", json.loads((RECORDINGS / name).read_text())["response"]["bodyJson"])
    feed = YahooFeed({"AAPL": session_at}, {"AAPL": "America/New_York"}, cache_dir)
    fetched = await feed.fetch(Stock("AAPL", "Apple", "XNYS", "USD"), 1738368000, 1738454400)
    assert (fetched.symbol, fetched.bars, fetched.reference) == ("AAPL", (), 244.87)
    feed.close()
