"""The real yfinance against a loopback Yahoo: whole days, and that asking for them harms no poll."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.market import Day, Stock
from bot.exchange import Exchange
from bot.feeds import FaultKind, FeedError
from bot.feeds.yahoo import YahooFeed
from tests.fakes.desk import new_york
from tests.fakes.yahoo import FakeYahoo
from tests.fakes.yahoo_chart import Fault, Row
from tests.test_yahoo import BABA, RECORDINGS, ZONES

NEW_YORK = ZoneInfo("America/New_York")
HOURS = new_york()
FRIDAY = date(2025, 10, 3)
SINCE = date(2025, 9, 29)


def at(day: date, clock: str) -> int:
    return int(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK).timestamp())


EVENING = at(FRIDAY, "17:00")


def row(day: date, close: float | None = 188.7, clock: str = "09:30") -> Row:
    return (at(day, clock), 188.0, 190.0, 187.0, close, 1000)


def kept(day: date, close: float = 188.7) -> Day:
    return Day(day, 188.0, 190.0, 187.0, close, 1000)


def before(days: int) -> date:
    return FRIDAY - timedelta(days)


@pytest.fixture
def yahoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYahoo]:
    with FakeYahoo(clock=lambda: EVENING) as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        fake.set_days("BABA", [row(before(1)), row(FRIDAY)])
        fake.push_price("BABA", 188.8)
        yield fake


@pytest.fixture
def feed(yahoo: FakeYahoo, cache_dir: Path) -> Iterator[YahooFeed]:
    feed = YahooFeed({"BABA": HOURS.session_at}, ZONES, cache_dir, deadline_s=10)
    yield feed
    feed.close()


async def test_two_years_are_one_request_from_the_day_asked_for_on(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_days("BABA", [row(before(days)) for days in range(800, -1, -1)])
    days = await feed.days(BABA, before(730), EVENING)
    assert days == tuple(kept(before(ago)) for ago in range(730, -1, -1))
    (asked,) = yahoo.requests
    assert (asked.params["interval"], asked.params["includePrePost"]) == ("1d", "false")


@pytest.mark.parametrize("price", [188.70, 192.00, 67.01])
async def test_prices_are_rounded_from_yahoos_32_bit_floats(feed: YahooFeed, yahoo: FakeYahoo, price: float):
    yahoo.set_days("BABA", [(at(FRIDAY, "09:30"), price, price, price, price, 1)])
    assert await feed.days(BABA, SINCE, EVENING) == (Day(FRIDAY, price, price, price, price, 1),)


async def test_days_are_adjusted_for_no_dividend_and_events_are_no_days(feed: YahooFeed, yahoo: FakeYahoo):
    split, paid = at(before(1), "09:30"), at(before(2), "09:30")
    yahoo.set_adjustment("BABA", 0.9)
    yahoo.set_days(
        "BABA",
        [row(before(1)), row(FRIDAY)],
        splits={str(split): {"date": split, "numerator": 4, "denominator": 1, "splitRatio": "4:1"}},
        dividends={str(paid): {"date": paid, "amount": 1.05}},
    )
    assert await feed.days(BABA, SINCE, EVENING) == (replace(kept(before(1)), split=4.0), kept(FRIDAY))


@pytest.mark.parametrize(
    "bad",
    [
        row(before(1), None),
        row(before(1), 0.0),
        row(before(1), -5.0),
        (at(before(1), "09:30"), 188.0, 187.0, 190.0, 188.0, 1),
        (at(before(1), "09:30"), None, None, None, None, None),
    ],
)
async def test_a_row_that_is_no_price_is_left_out(feed: YahooFeed, yahoo: FakeYahoo, bad: Row):
    yahoo.set_days("BABA", [row(before(2)), bad, row(FRIDAY)])
    assert await feed.days(BABA, SINCE, EVENING) == (kept(before(2)), kept(FRIDAY))


@pytest.mark.parametrize(
    ("clock", "last"), [("12:00:05", before(1)), ("15:59:59", before(1)), ("16:00:00", FRIDAY), ("23:00:00", FRIDAY)]
)
async def test_the_row_of_a_session_that_is_not_over_is_left_out(
    feed: YahooFeed, yahoo: FakeYahoo, clock: str, last: date
):
    yahoo.set_days("BABA", [row(before(1)), row(FRIDAY, 189.0, clock if clock < "16" else "16:00:01")])
    assert (await feed.days(BABA, SINCE, at(FRIDAY, clock)))[-1].day == last


async def test_a_row_sent_twice_is_one_day_with_the_later_prices(feed: YahooFeed, yahoo: FakeYahoo):
    yahoo.set_days("BABA", [row(before(1)), row(FRIDAY), row(FRIDAY, 189.5, "16:00:02")])
    assert await feed.days(BABA, SINCE, EVENING) == (kept(before(1)), kept(FRIDAY, 189.5))


async def test_on_the_day_that_the_clocks_change_a_day_keeps_its_date(feed: YahooFeed, yahoo: FakeYahoo):
    dates = [date(2025, 10, 31), date(2025, 11, 3), date(2026, 3, 6), date(2026, 3, 9)]
    yahoo.set_days("BABA", [row(day) for day in dates])
    days = await feed.days(BABA, dates[0], at(date(2026, 3, 9), "20:00"))
    assert [day.day for day in days] == dates


@pytest.mark.parametrize("meta", [{"symbol": "BABAF"}, {"currency": "CNY"}])
async def test_days_of_another_stock_or_currency_are_refused(feed: YahooFeed, yahoo: FakeYahoo, meta: dict[str, str]):
    yahoo.set_meta("BABA", **meta)
    assert await fault_of(feed) is FaultKind.UNREADABLE


@pytest.mark.parametrize("fault", ["empty", "no trades", "null rows"])
async def test_no_day_since_is_an_empty_tuple(feed: YahooFeed, yahoo: FakeYahoo, fault: Fault):
    yahoo.fail_with(fault)
    assert await feed.days(BABA, SINCE, EVENING) == ()


async def test_since_in_the_future_is_no_day_and_no_fault(feed: YahooFeed):
    assert await feed.days(BABA, date(2026, 1, 1), EVENING) == ()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (429, FaultKind.RATE_LIMITED),
        (500, FaultKind.SERVER_ERROR),
        ("down", FaultKind.SERVER_ERROR),
        (404, FaultKind.UNKNOWN_SYMBOL),
        ("consent", FaultKind.UNREADABLE),
        ("html", FaultKind.UNREADABLE),
        ("no meta", FaultKind.UNREADABLE),
        ("drop", FaultKind.UNREACHABLE),
    ],
)
async def test_every_fault_has_its_name_spares_the_polls_and_is_forgotten(
    feed: YahooFeed, yahoo: FakeYahoo, fault: Fault, kind: FaultKind
):
    yahoo.fail_with(fault, where="days")
    assert await fault_of(feed) is kind
    assert (await feed.fetch(BABA, None, EVENING)).bars[-1].close == 188.8
    yahoo.recover()
    assert len(await feed.days(BABA, SINCE, EVENING)) == 2


async def test_a_poll_behind_a_request_for_days_that_hangs_is_answered(yahoo: FakeYahoo, cache_dir: Path):
    feed = YahooFeed({"BABA": HOURS.session_at}, ZONES, cache_dir, deadline_s=0.6)
    await feed.fetch(BABA, None, EVENING)
    yahoo.fail_with("hang", where="days")
    asking = asyncio.create_task(fault_of(feed))
    assert await asyncio.to_thread(yahoo.wait_for_day_charts, 1)
    assert (await feed.fetch(BABA, None, EVENING)).bars
    assert await asking is FaultKind.TIMEOUT
    feed.close()


async def test_minutes_are_what_they_were_after_days_were_asked_for(feed: YahooFeed):
    first = await feed.fetch(BABA, None, EVENING)
    await feed.days(BABA, SINCE, EVENING)
    assert await feed.fetch(BABA, None, EVENING) == first


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not part of the project")
async def test_a_recorded_day_is_read(feed: YahooFeed, yahoo: FakeYahoo):
    recorded = json.loads((RECORDINGS / "chart-BABA-2020-01-01-to-2020-01-03.json").read_text())
    yahoo.set_answer("BABA", recorded["response"]["bodyJson"])
    days = await feed.days(BABA, date(2020, 1, 1), EVENING)
    assert days == (Day(date(2020, 1, 2), 216.6, 219.98, 216.54, 219.77, 15873500),)


async def test_what_never_closes_has_its_days_by_yahoos_own_clock(yahoo: FakeYahoo, cache_dir: Path):
    euro = Stock("EURUSD=X", "Euro", "always", "USD")
    london = ZoneInfo("Europe/London")
    yahoo.set_meta(euro.symbol, exchangeTimezoneName="Europe/London")
    midnights = [int(datetime(2025, 7, day, tzinfo=london).timestamp()) for day in (1, 2, 3)]
    yahoo.set_days(euro.symbol, [(start, 1.1, 1.2, 1.0, 1.1, 0) for start in midnights])
    feed = YahooFeed({euro.symbol: Exchange("always", 0).session_at}, {euro.symbol: "UTC"}, cache_dir)
    days = await feed.days(euro, date(2025, 7, 1), int(datetime(2025, 7, 3, 12, tzinfo=london).timestamp()))
    assert [day.day.day for day in days] == [1, 2]
    feed.close()


async def fault_of(feed: YahooFeed) -> FaultKind:
    with pytest.raises(FeedError) as caught:
        await feed.days(BABA, SINCE, EVENING)
    return caught.value.kind
