"""Whole days: folded from bars, believed or not, fetched when one is missing and never more often than allowed."""

import logging
from datetime import date, datetime, timedelta
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Side, State, Way
from bot.core.company import CompanyDate, Occasion
from bot.core.days import believed, fold, last_over, last_settled
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session, Stock
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.feeds import FaultKind, FeedError
from bot.jobs.days import RETRY_S, Days, keep_days
from bot.jobs.make import make
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from bot.store.history import FeedHealth
from tests.conftest import Clock
from tests.fakes.desk import new_york
from tests.fakes.feed import ScriptedFeed, answer

ZONE = "America/New_York"
NEW_YORK = new_york()
ALL_DAY = frozenset({Session.PRE, Session.REGULAR, Session.POST})
BABA = Watched(Stock("BABA", "Alibaba", "XNYS", "USD"), NEW_YORK, Rules(20, ALL_DAY), stale_after_s=300)
DOWN = FeedError("BABA", FaultKind.SERVER_ERROR)
FRIDAY = date(2025, 12, 5)


def at(text: str, zone: str = ZONE) -> int:
    """A moment on the clocks of a zone, New York unless given, in epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def bar(start: int, price: float, session: Session = Session.REGULAR, width_s: int = 60) -> Bar:
    return Bar(start, price, price + 1, price - 1, price + 0.5, 10, session, width_s)


def day(of: date, close: float = 100.0) -> Day:
    return Day(of, close, close, close, close, 1)


def days_until(last: date, count: int = 10, close: float = 100.0) -> tuple[Day, ...]:
    """So many dates in a row, weekends and all."""
    return tuple(day(last - timedelta(days=back), close) for back in reversed(range(count)))


def test_bars_of_a_regular_session_are_one_day():
    start = at("2025-12-05 09:30")
    (made,) = fold([bar(start, 10), bar(start + 60, 12), bar(start + 120, 9)], ZONE)
    assert made == Day(FRIDAY, open=10, high=13, low=8, close=9.5, volume=30)


def test_bars_before_and_after_the_session_are_no_part_of_a_day():
    sessions = {"08:00": Session.PRE, "09:30": Session.REGULAR, "17:00": Session.POST}
    bars = [bar(at(f"2025-12-05 {hour}"), price, sessions[hour]) for price, hour in enumerate(sessions, start=10)]
    assert [(made.open, made.high, made.volume) for made in fold(bars, ZONE)] == [(11, 12, 10)]


@pytest.mark.parametrize(
    ("zone", "start", "belongs_to"),
    [
        (ZONE, "2025-12-05T23:59:00", FRIDAY),
        (ZONE, "2025-12-06T04:59:00", FRIDAY),
        (ZONE, "2025-12-06T05:00:00", date(2025, 12, 6)),
        ("Asia/Tokyo", "2025-12-05T00:00:00", FRIDAY),
        ("Asia/Tokyo", "2025-12-04T23:00:00", FRIDAY),
        ("UTC", "2025-12-05T23:59:00", FRIDAY),
    ],
)
def test_a_bar_belongs_to_the_date_on_the_exchanges_clock(zone: str, start: str, belongs_to: date):
    assert [made.day for made in fold([bar(at(start, "UTC"), 10)], zone)] == [belongs_to]


@pytest.mark.parametrize("session", [Session.CLOSED, Session.POST, Session.REGULAR])
def test_a_bar_of_half_a_day_or_more_is_the_day_of_its_utc_date(session: Session):
    wide = [bar(at(f"2025-12-0{number}", "UTC"), number, session, 86_400) for number in (4, 5)]
    assert [(made.day, made.open) for made in fold(wide, ZONE)] == [(date(2025, 12, 4), 4), (FRIDAY, 5)]


@given(st.lists(st.tuples(st.integers(1, 4000), st.floats(1, 500)), max_size=60), st.sampled_from([ZONE, "UTC"]))
def test_folding_loses_no_extreme_and_gives_each_date_once_across_the_changes_of_the_clock(steps, zone):
    start, bars = at("2025-10-30 00:00"), []
    for minutes, price in steps:
        start += 60 * minutes
        bars.append(bar(start, price))
    folded = fold(bars, zone)
    dates = [datetime.fromtimestamp(one.at, ZoneInfo(zone)).date() for one in bars]
    assert [made.day for made in folded] == sorted(set(dates))
    for made in folded:
        own = [one for one, of in zip(bars, dates, strict=True) if of == made.day]
        assert (made.open, made.close) == (own[0].open, own[-1].close)
        assert (made.high, made.low) == (max(one.high for one in own), min(one.low for one in own))


@pytest.mark.parametrize(
    ("code", "now", "over"),
    [
        ("XNYS", "2025-12-05 15:59:59", date(2025, 12, 4)),
        ("XNYS", "2025-12-05 16:00:00", FRIDAY),
        ("XNYS", "2025-12-05 04:00:00", date(2025, 12, 4)),
        ("XNYS", "2025-12-06 12:00:00", date(2025, 12, 6)),
        ("XNYS", "2025-11-28 13:00:00", date(2025, 11, 28)),  # an early close
        ("XNYS", "2025-11-28 12:59:59", date(2025, 11, 27)),
        ("XTKS", "2025-12-05 12:00:00", date(2025, 12, 4)),  # in the lunch break
        ("XTKS", "2025-12-05 15:30:00", FRIDAY),
        ("always", "2025-12-05 23:59:59", date(2025, 12, 4)),
    ],
)
def test_a_day_is_over_when_nothing_of_its_session_is_to_come(code: str, now: str, over: date):
    hours = Exchange(code, 1764000000)
    assert last_over(hours.session_at, hours.zone, at(now, hours.zone)) == over


@pytest.mark.parametrize(
    ("code", "now", "settled"),
    [
        ("XNYS", "2025-12-05 16:19:59", date(2025, 12, 4)),
        ("XNYS", "2025-12-05 16:20:00", FRIDAY),
        ("XNYS", "2025-12-08 09:00:00", FRIDAY),
        ("XNYS", "2025-11-28 13:20:00", date(2025, 11, 28)),
        ("XTKS", "2025-12-05 12:20:00", date(2025, 12, 4)),
        ("always", "2025-12-06 00:19:59", date(2025, 12, 4)),
        ("always", "2025-12-06 00:20:00", FRIDAY),
    ],
)
def test_a_session_is_settled_twenty_minutes_after_its_close(code: str, now: str, settled: date):
    hours = Exchange(code, 1764000000)
    assert last_settled(hours, at(now, hours.zone)) == settled


@pytest.mark.parametrize(
    ("prices", "extremes"),
    [
        ((100, 101, 99, 100), (101, 99)),
        ((100, 100, 100, 100.4), (100.4, 100)),
        ((99.6, 100, 100, 100), (100, 99.6)),
        ((100, 100, 100, 100.6), None),
        ((99.4, 100, 100, 100), None),
        ((100, 99, 101, 100), None),
        ((nan, 101, 99, 100), None),
        ((100, inf, 99, 100), None),
        ((0, 101, 0, 100), None),
        ((100, 101, -1, 100), None),
    ],
)
def test_a_day_is_believed_where_high_and_low_are_right_but_for_half_a_percent(prices, extremes):
    found = [(one.high, one.low) for one in believed([Day(FRIDAY, *prices)])]
    assert found == ([extremes] if extremes else [])


def test_days_are_kept_in_order_and_a_later_form_replaces_the_earlier(store: Store):
    thursday, saturday = date(2025, 12, 4), date(2025, 12, 6)
    store.history.add_days("BABA", [day(FRIDAY, 1.0), day(thursday, 2.0)])
    store.history.add_days("BABA", [day(FRIDAY, 3.0)])
    store.history.add_days("JD", [day(saturday)])
    assert store.history.days("BABA", thursday, saturday) == (day(thursday, 2.0), day(FRIDAY, 3.0))
    assert store.history.days("BABA", thursday, FRIDAY) == (day(thursday, 2.0),)
    assert (store.history.last_day("BABA"), store.history.last_day("PDD")) == (FRIDAY, None)


def stored(store: Store) -> dict[date, float]:
    return {one.day: one.close for one in store.history.days("BABA", date.min, date.max)}


async def test_the_first_time_days_are_asked_from_800_days_ago(store: Store):
    feed = ScriptedFeed(days=[days_until(FRIDAY, 900)])
    await keep_days(store, feed, BABA, at("2025-12-05 17:00"))
    assert feed.asked_days == [(FRIDAY - timedelta(days=800), at("2025-12-05 17:00"))]
    assert (len(stored(store)), max(stored(store))) == (801, FRIDAY)


async def test_later_only_five_days_are_asked_for_again_and_a_correction_replaces(store: Store):
    store.history.add_days("BABA", days_until(date(2025, 12, 3)))
    feed = ScriptedFeed(days=[days_until(FRIDAY, close=100.9)])
    await keep_days(store, feed, BABA, at("2025-12-05 17:00"))
    assert [since for since, _ in feed.asked_days] == [date(2025, 11, 28)]
    assert (stored(store)[date(2025, 12, 3)], stored(store)[date(2025, 11, 27)]) == (100.9, 100.0)


async def test_after_a_split_every_day_is_fetched_again(store: Store):
    store.history.add_days("BABA", days_until(date(2025, 12, 4), 100))
    feed = ScriptedFeed(days=[days_until(FRIDAY, 100, close=25.0)])
    await keep_days(store, feed, BABA, at("2025-12-05 17:00"))
    assert [since for since, _ in feed.asked_days] == [date(2025, 11, 29), FRIDAY - timedelta(days=800)]
    assert len([one for one in stored(store).values() if one == 25.0]) == 100


async def test_days_restated_after_a_split_cross_nothing(store: Store):
    store.history.add_days("BABA", days_until(date(2025, 12, 4), 100))
    store.chats.add(7, "private", "paired", 7, 0)
    bars = [bar(at("2025-12-05 15:58") + 60 * place, 25.2, session) for place, session in enumerate(
        [Session.REGULAR, Session.REGULAR, Session.POST])]  # fmt: skip
    take_in(store, BABA, answer(bars[0], reference=25.2), bars[0].ends_at)
    for key in ("average:1/50", "change:5d", "range52:low"):
        make(store, Wish("BABA", Way.CROSSES, -5.0, metric=key), 7, NEW_YORK, "chat", bars[0].ends_at)
    feed = ScriptedFeed(days=[days_until(FRIDAY, 100, close=25.0)])
    await keep_days(store, feed, BABA, at("2025-12-05 17:00"))
    take_in(store, BABA, answer(*bars), bars[2].ends_at)
    assert store.crossings.count() == 0
    assert {alert.state.side for alert in store.alerts.on("BABA")} == {Side.ABOVE}


async def test_days_restated_leave_what_no_price_moves_as_it_stands(store: Store):
    store.history.add_days("BABA", days_until(date(2025, 12, 4), 100))
    earnings, now = date(2025, 12, 8), at("2025-12-05 17:00")
    store.company_dates.revise("BABA", CompanyDate(Occasion.EARNINGS, earnings, earnings), 0)
    make(store, Wish("BABA", Way.BELOW, 3.0, metric="until:earnings"), 7, NEW_YORK, "chat", now)
    await keep_days(store, ScriptedFeed(days=[days_until(FRIDAY, 100, close=25.0)]), BABA, now)
    assert [alert.state for alert in store.alerts.on("BABA")] == [State(Side.BELOW)]


async def test_a_session_that_is_not_settled_and_a_day_that_cannot_be_are_not_stored(store: Store):
    impossible = Day(date(2025, 12, 3), 100, 90, 110, 100)
    feed = ScriptedFeed(days=[(day(date(2025, 12, 2)), impossible, day(date(2025, 12, 4)), day(FRIDAY))])
    await keep_days(store, feed, BABA, at("2025-12-05 16:19"))
    assert list(stored(store)) == [date(2025, 12, 2), date(2025, 12, 4)]


async def test_a_source_that_fails_halfway_leaves_what_was_stored(store: Store):
    store.history.add_days("BABA", days_until(date(2025, 12, 4), 3))
    with pytest.raises(FeedError):
        await keep_days(store, ScriptedFeed(days=[days_until(FRIDAY, close=25.0), DOWN]), BABA, at("2025-12-05 17:00"))
    assert stored(store) == {one.day: 100.0 for one in days_until(date(2025, 12, 4), 3)}


async def tries(store: Store, feed: ScriptedFeed, since: str, until: str, step_s: int = RETRY_S) -> list[str]:
    """When days were asked for by a daemon started at `since`, New York time."""
    clock = Clock(at(since))
    days = Days(store, feed, clock)
    while clock.now <= at(until):
        await days.keep(BABA)
        clock.now += step_s
    return [f"{datetime.fromtimestamp(now, ZoneInfo(ZONE)):%a %H:%M}" for _, now in feed.asked_days]


async def test_each_session_is_asked_for_once_after_its_close(store: Store):
    feed = ScriptedFeed(days=[days_until(date(2026, 1, 1), 900)])
    found = await tries(store, feed, "2025-12-04 10:00", "2025-12-09 12:00")
    assert found == ["Thu 10:00", "Thu 16:30", "Fri 16:30", "Mon 16:30"]
    assert max(stored(store)) == date(2025, 12, 8)


async def test_nothing_is_asked_at_a_start_where_nothing_is_missing(store: Store):
    store.history.add_days("BABA", [day(FRIDAY)])
    assert await tries(store, ScriptedFeed(), "2025-12-06 10:00", "2025-12-08 16:15") == []


@pytest.mark.parametrize("answer", [DOWN, (), days_until(date(2025, 12, 4))])
async def test_a_missing_session_is_tried_every_quarter_of_an_hour_and_once_before_the_next(
    store: Store, answer: tuple[Day, ...] | FeedError
):
    store.history.add_days("BABA", [day(date(2025, 12, 4))])
    found = await tries(store, ScriptedFeed(days=[answer]), "2025-12-05 10:00", "2025-12-08 16:15")
    evening = ["Fri 16:30", "Fri 16:45", "Fri 17:00", "Fri 17:15", "Fri 17:30", "Fri 17:45", "Fri 18:00"]
    assert found == [*evening, "Mon 03:30"]


async def test_however_often_it_is_called_a_session_is_asked_for_eight_times_at_most(store: Store):
    assert len(await tries(store, ScriptedFeed(days=[DOWN]), "2025-12-05 17:00", "2025-12-08 16:00", 60)) == 8


async def test_a_source_that_recovers_is_believed_at_the_next_try(store: Store):
    feed = ScriptedFeed(days=[DOWN, DOWN, days_until(FRIDAY)])
    assert await tries(store, feed, "2025-12-05 17:00", "2025-12-07 12:00") == ["Fri 17:00", "Fri 17:15", "Fri 17:30"]
    assert store.history.last_day("BABA") == FRIDAY


async def test_the_sources_wish_to_wait_is_obeyed_that_to_the_polls_too(store: Store):
    limited = FeedError("BABA", FaultKind.RATE_LIMITED, retry_after_s=3000)
    store.history.note_feed(FeedHealth("BABA", retry_at=at("2025-12-05 17:20")))
    found = await tries(store, ScriptedFeed(days=[limited, ()]), "2025-12-05 17:00", "2025-12-05 18:30")
    assert found == ["Fri 17:30", "Fri 18:30"]


async def test_a_fault_is_logged_once_until_it_changes_and_no_poll_is_counted_as_failed(
    store: Store, caplog: pytest.LogCaptureFixture
):
    late = FeedError("BABA", FaultKind.TIMEOUT)
    script: list[tuple[Day, ...] | FeedError] = [DOWN, DOWN, late, (), (), days_until(FRIDAY)]
    with caplog.at_level(logging.INFO):
        await tries(store, ScriptedFeed(days=script), "2025-12-05 17:00", "2025-12-05 19:00")
    assert [(one.levelname, one.args) for one in caplog.records] == [
        ("WARNING", ("BABA", fault)) for fault in ("server error", "timeout", "no data")
    ]
    assert store.history.feed("BABA").failures == 0
