"""The look at the analysts: when it is due, how often it is tried, what it costs."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.core.analysts import Targets
from bot.core.clock import Place
from bot.core.company import CompanyDate
from bot.core.events import from_json
from bot.core.market import Stock
from bot.core.wording import render
from bot.core.wording.view import View
from bot.exchange import Exchange
from bot.feeds import FaultKind, Part, Researched
from bot.jobs import heard
from bot.jobs.chosen import choose
from bot.jobs.research import MOST_REQUESTS, Researcher, last_due
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.history import FeedHealth
from tests.conftest import Clock
from tests.fakes.desk import ME, Keyboard, furnished, new_york, watchlist
from tests.fakes.research import NOTHING, ScriptedResearch, earnings

AT = time(8, 30)
ALL, AFTER_EARNINGS = frozenset(Part), frozenset({Part.ACTIONS, Part.TARGETS})


def moment(text: str, zone: str = "America/New_York") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.fixture
def watched(store: Store) -> Watched:
    return watchlist(store).watched()[0]


def failed(*parts: Part, requests: int = 2) -> Researched:
    return Researched("BABA", "Yahoo", faults=dict.fromkeys(parts, FaultKind.TIMEOUT), requests=requests)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-10-02 08:30:00", "2025-10-02 08:30"),
        ("2025-10-02 08:29:59", "2025-10-01 08:30"),
        ("2025-10-03 23:59", "2025-10-03 08:30"),
        ("2025-10-05 12:00", "2025-10-03 08:30"),  # Sunday: Friday's
        ("2025-11-27 12:00", "2025-11-26 08:30"),  # Thanksgiving
        ("2025-03-10 08:30", "2025-03-10 08:30"),  # the clocks have gone forward
    ],
)
def test_a_look_is_due_before_the_open_of_every_trading_day(now: str, due: str) -> None:
    assert last_due(new_york(), AT, None, moment(now)).at == moment(due)


@pytest.mark.parametrize(
    ("what", "now", "due", "parts"),
    [
        (earnings("2025-10-02"), "2025-10-02 17:00", "2025-10-02 17:00", AFTER_EARNINGS),
        (earnings("2025-10-02"), "2025-10-02 16:59", "2025-10-02 08:30", ALL),
        (earnings("2025-10-01"), "2025-10-02 17:00", "2025-10-02 08:30", ALL),
        (earnings("2025-10-01", "2025-10-03"), "2025-10-02 17:00", "2025-10-02 17:00", AFTER_EARNINGS),
        (earnings("2025-11-28"), "2025-11-28 14:00", "2025-11-28 14:00", AFTER_EARNINGS),  # closes at 13:00
    ],
)
def test_after_a_report_what_analysts_change_then_is_asked_once_more(
    what: CompanyDate, now: str, due: str, parts: frozenset[Part]
) -> None:
    found = last_due(new_york(), AT, what, moment(now))
    assert (found.at, frozenset(found.parts)) == (moment(due), parts)


@pytest.mark.parametrize(("code", "zone"), [("XHKG", "Asia/Hong_Kong"), ("always", "UTC")])
def test_each_exchange_goes_by_its_own_clock(code: str, zone: str) -> None:
    hours = Exchange(code, moment("2025-10-02"))
    assert last_due(hours, AT, None, moment("2025-10-03 12:00", zone)).at == moment("2025-10-03 08:30", zone)


async def looks(store: Store, watched: Watched, source: ScriptedResearch, *moments: str) -> list[frozenset[Part]]:
    """What is asked for by looks at these moments, the program being started anew before each."""
    for text in moments:
        await Researcher(store, source, Clock(moment(text)), AT).look(watched)
    return [parts for _, parts, _ in source.asked]


async def test_everything_is_asked_once_a_day_however_often_the_program_starts(store: Store, watched: Watched):
    asked = await looks(store, watched, ScriptedResearch(), "2025-10-02 08:30", "2025-10-02 08:31", "2025-10-02 15:00")
    assert asked == [ALL]
    asked = await looks(store, watched, ScriptedResearch(), "2025-10-03 08:30")
    assert asked == [ALL]


async def test_a_start_looks_at_once_where_it_has_missed_the_morning(store: Store, watched: Watched):
    assert await looks(store, watched, ScriptedResearch(), "2025-10-04 19:00") == [ALL]  # Saturday


async def test_only_what_failed_is_asked_again_and_not_before_a_quarter_of_an_hour(store: Store, watched: Watched):
    source = ScriptedResearch(failed(Part.DATES), Researched("BABA", "Yahoo", requests=1))
    times = ["08:30", "08:31", "08:44", "08:45", "09:30"]
    assert await looks(store, watched, source, *(f"2025-10-02 {one}" for one in times)) == [ALL, {Part.DATES}]
    assert store.analysts.effort("BABA").good_at == moment("2025-10-02 08:45")


async def test_nothing_found_is_no_failure_and_not_asked_again(store: Store, watched: Watched):
    assert await looks(store, watched, ScriptedResearch(), "2025-10-02 08:30", "2025-10-02 08:50") == [ALL]
    assert store.analysts.effort("BABA").faults == ()


async def test_no_more_than_eight_requests_are_spent_a_day_whatever_fails(store: Store, watched: Watched):
    source = ScriptedResearch(failed(*Part, requests=3))
    await looks(store, watched, source, *(f"2025-10-02 {hour:02}:30" for hour in range(9, 24)))
    assert [most for _, _, most in source.asked] == [8, 5, 2]
    await looks(store, watched, source, "2025-10-03 08:30")
    assert source.asked[-1][2] == MOST_REQUESTS


async def test_what_no_request_is_left_for_comes_with_the_next_morning_and_is_no_failure(
    store: Store, watched: Watched
):
    source = ScriptedResearch(replace(NOTHING, requests=5))
    times = ("10-02 07:00", "10-02 08:30", "10-02 09:30", "10-03 00:01", "10-03 08:30")
    asked = await looks(store, watched, source, *(f"2025-{one}" for one in times))
    assert asked == [ALL, AFTER_EARNINGS, ALL]
    assert store.analysts.effort("BABA").faults == ()


async def test_a_look_that_could_not_ask_for_all_is_no_whole_answer(store: Store, watched: Watched):
    source = ScriptedResearch(replace(NOTHING, requests=5))
    await looks(store, watched, source, "2025-10-02 07:00", "2025-10-02 08:30")
    assert store.analysts.effort("BABA").good_at == moment("2025-10-02 07:00")


async def test_of_what_failed_the_rest_is_missing_still_where_no_request_is_left_for_it(store: Store, watched: Watched):
    source = ScriptedResearch(failed(*Part, requests=5), replace(NOTHING, requests=3))
    await looks(store, watched, source, "2025-10-02 08:30", "2025-10-02 08:45", "2025-10-02 09:00")
    effort = store.analysts.effort("BABA")
    assert (effort.good_at, dict(effort.faults)) == (None, {"recommendations": "timeout", "dates": "timeout"})


async def test_nothing_is_asked_again_on_another_day(store: Store, watched: Watched):
    times = ("2025-10-02 23:50", "2025-10-03 00:10", "2025-10-03 08:29")
    assert await looks(store, watched, ScriptedResearch(failed(Part.DATES)), *times) == [ALL]


async def test_a_source_that_asks_for_nothing_is_not_tried_for_ever(store: Store, watched: Watched):
    source = ScriptedResearch(failed(*Part, requests=0))
    await looks(store, watched, source, *(f"2025-10-02 {hour:02}:30" for hour in range(9, 24)))
    assert len(source.asked) == 4


async def test_a_program_that_dies_while_it_asks_does_not_ask_at_every_start(store: Store, watched: Watched):
    class Deadly(ScriptedResearch):
        async def research(self, *asked: object) -> Researched:
            self.asked.append((0, frozenset(), 0))
            raise RuntimeError

    source = Deadly()
    for clock in ("09:30", "10:30", "11:30"):
        with suppress(RuntimeError):
            await Researcher(store, source, Clock(moment(f"2025-10-02 {clock}")), AT).look(watched)
    assert len(source.asked) == 1


async def test_while_prices_are_to_be_left_in_peace_analysts_are_too(store: Store, watched: Watched):
    now = moment("2025-10-02 08:30")
    store.history.note_feed(FeedHealth("BABA", polled_at=now, retry_at=now + 600))
    assert await looks(store, watched, ScriptedResearch(), "2025-10-02 08:30", "2025-10-02 08:41") == [ALL]


async def test_a_failure_is_counted_for_status(store: Store, watched: Watched):
    await looks(store, watched, ScriptedResearch(failed(Part.TARGETS)), "2025-10-02 08:30")
    assert store.faults.recent(moment("2025-10-02 08:31")) == {"analyst data": {"timeout": 1}}


def silences(store: Store) -> list[str]:
    """What was told of silence, in the order in which it was owed."""
    rows = store.db.execute("select kind, facts from outbox order by id").fetchall()
    view = View(moment("2025-10-10 09:00"), Place("America/New_York"), (), None)
    return [render(from_json(kind, facts), view).html for kind, facts in rows]


async def test_what_is_missing_for_days_is_said_once_and_its_end_once(store: Store, watched: Watched):
    desk = furnished(store)
    Keyboard(desk)("/alert above 190")
    ill, well = failed(Part.TARGETS, requests=1), Researched("BABA", "Yahoo", requests=5)
    source = ScriptedResearch(well, ill, ill, ill, ill, ill, ill, ill, ill, ill, well, well)
    days = ("01", "02", "03", "06", "07", "08", "09", "10")
    await looks(store, watched, source, *(f"2025-10-{day} {clock}" for day in days for clock in ("08:30", "09:00")))
    assert silences(store) == [
        (
            "⚠️ Yahoo has not told all of BABA's analysts since 2 Oct: no targets (timeout). Levels stay as they are; "
            "what is new meanwhile will be told with its day."
        ),
        "✅ Yahoo tells of BABA's analysts again (silent 2 Oct 08:30 – 8 Oct 09:00 New York).",
    ]


async def test_a_day_without_an_answer_is_no_silence(store: Store, watched: Watched):
    Keyboard(furnished(store))("/alert above 190")
    source = ScriptedResearch(failed(Part.TARGETS), Researched("BABA", "Yahoo", requests=5))
    await looks(store, watched, source, "2025-10-02 08:30", "2025-10-02 09:30", "2025-10-03 08:30")
    assert silences(store) == []


async def test_a_look_that_fails_is_a_line_of_the_log_for_each_fault_and_the_tries_after_it_none(
    store: Store, watched: Watched, caplog: pytest.LogCaptureFixture
):
    faults = dict.fromkeys((Part.ACTIONS, Part.DATES), FaultKind.TIMEOUT) | {Part.TARGETS: FaultKind.SERVER_ERROR}
    source = ScriptedResearch(Researched("BABA", "Yahoo", faults=faults, requests=2))
    await looks(store, watched, source, "2025-10-02 08:30", "2025-10-02 08:45")
    assert [line.getMessage() for line in caplog.records if line.levelname == "WARNING"] == [
        "research failed symbol=BABA parts=rating-actions,dates fault=timeout",
        "research failed symbol=BABA parts=targets fault=server error",
    ]


def test_the_days_of_a_stretch_are_all_days_of_the_report() -> None:
    what = earnings("2025-10-01", "2025-10-03")
    assert [what.days_left(date(2025, 9, 28 + n) if n < 3 else date(2025, 10, n - 2)) for n in range(8)] == [
        3, 2, 1, 0, 0, 0, -1, -2,
    ]  # fmt: skip


async def test_what_was_not_asked_for_is_not_heard(store: Store, watched: Watched):
    furnished(store)
    wrong = Researched("BABA", "Yahoo", Targets(1399.0), faults={Part.DATES: FaultKind.TIMEOUT}, requests=5)
    await looks(store, watched, ScriptedResearch(wrong, NOTHING), "2025-10-02 08:30", "2025-10-02 08:45")
    parts = (Part.TARGETS, Part.ACTIONS, Part.DATES)
    assert [heard.last(store, "BABA", part) for part in parts] == [
        None, moment("2025-10-02 08:30"), moment("2025-10-02 08:45"),
    ]  # fmt: skip


async def test_what_was_missing_is_not_said_to_be_back_by_a_look_that_did_not_ask_for_it(
    store: Store, watched: Watched
):
    Keyboard(furnished(store))("/alert above 190")
    store.company_dates.revise("BABA", earnings("2025-10-07"), moment("2025-10-01"))
    ill, well = failed(Part.DATES, requests=1), Researched("BABA", "Yahoo", requests=3)
    times = ("02 08:30", "07 08:30", "07 17:00", "08 08:30")
    await looks(store, watched, ScriptedResearch(ill, ill, well, ill), *(f"2025-10-{one}" for one in times))
    assert [text[:3] for text in silences(store)] == ["⚠️ "]


async def test_a_silence_from_before_a_stock_was_chosen_anew_is_over(store: Store):
    stocks = watchlist(store)
    choose(store, Stock("NVDA", "Nvidia", "XNYS", "USD"), ME, moment("2025-10-02"))
    store.remember("unheard/NVDA", moment("2025-01-02"))
    store.remember("unheard_told/NVDA", moment("2025-01-06"))
    (chosen,) = (replace(one, is_confirmed=True) for one in stocks.watched() if one.stock.symbol == "NVDA")
    Keyboard(furnished(store))("/alert NVDA above 190")
    await looks(store, chosen, ScriptedResearch(), "2025-10-02 08:30")
    assert silences(store) == []
