"""A company's dates: which change is told, and that each chat is reminded once, by its own clocks."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.commands.desk import Desk
from bot.core.alerts import Policy, Way
from bot.core.clock import Place
from bot.core.company import CompanyDate, Occasion
from bot.core.events import from_json, kind_of, to_json
from bot.core.language import Wish
from bot.core.news import DateMoved, DateNear
from bot.core.wording import render
from bot.core.wording.view import View
from bot.jobs.company import Reminders, take_in_dates
from bot.jobs.make import make
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.desk import NOW, Keyboard, by_three_clocks, new_york, watchlist
from tests.fakes.research import earnings

NEW_YORK, TOKYO, HONOLULU = "America/New_York", "Asia/Tokyo", "Pacific/Honolulu"
REPORT = earnings("2025-11-25")
EXPECTED = earnings("2025-11-20", "2025-11-25", expected=True)


def ex_dividend(day: str) -> CompanyDate:
    return CompanyDate(Occasion.EX_DIVIDEND, date.fromisoformat(day), date.fromisoformat(day))


def moment(text: str, zone: str = NEW_YORK) -> int:
    return int(datetime.fromisoformat(f"2025-{text}").replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.fixture
def house(store: Store) -> Store:
    return by_three_clocks(store)


def hear(store: Store, *dates: CompanyDate, now: int = NOW) -> None:
    with store.transaction():
        take_in_dates(store, "BABA", NEW_YORK, dates, now)


def look(store: Store, now: int) -> list[tuple[int, int]]:
    """Who is reminded at that moment, and how many days before."""
    Reminders(store, Clock(now)).look(watchlist(store).watched())
    rows = store.db.execute("select chat_id, facts ->> 'days_left' from outbox where kind = 'datenear' order by id")
    found = [(int(chat), int(days)) for chat, days in rows]
    store.db.execute("delete from outbox where kind = 'datenear'")
    return found


def moves(store: Store) -> list[tuple[str | None, str]]:
    """The changes told to the first chat, as days before and after."""
    rows = store.db.execute("select facts from outbox where kind = 'datemoved' and chat_id = 1 order by id")
    events = [from_json("datemoved", facts) for (facts,) in rows]
    return [
        (one.old.day.isoformat() if one.old else None, one.new.day.isoformat())
        for one in events
        if isinstance(one, DateMoved)
    ]


def test_the_first_dates_heard_of_a_stock_are_no_change(house: Store) -> None:
    hear(house, REPORT, ex_dividend("2026-06-11"))
    assert moves(house) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (REPORT, earnings("2025-11-20"), True),
        (REPORT, REPORT, False),
        (EXPECTED, earnings("2025-11-20", "2025-11-26", expected=True), False),
        (EXPECTED, earnings("2025-11-20"), True),
        (earnings("2025-11-25", expected=True), REPORT, True),
        (earnings("2025-08-29"), REPORT, False),  # the next quarter's is expected anyway
        (REPORT, earnings("2025-08-29"), False),  # what is over is nothing to wait for
        (ex_dividend("2025-06-12"), ex_dividend("2026-06-11"), True),
    ],
)  # fmt: skip
def test_a_date_still_to_come_that_changes_is_told(
    house: Store, old: CompanyDate, new: CompanyDate, told: bool
) -> None:
    hear(house, old)
    hear(house, new, now=NOW + 86_400)
    hear(house, new, now=NOW + 2 * 86_400)
    assert len(moves(house)) == told
    assert house.company_dates.present("BABA")[new.occasion] == new


def test_each_chat_is_reminded_the_day_before_and_on_the_morning_by_its_own_clocks(house: Store) -> None:
    hear(house, REPORT)
    told = {}
    for hour in range(moment("11-23 00:00", TOKYO), moment("11-26 12:00", HONOLULU), 3_600):
        for one in look(house, hour):
            assert one not in told
            told[one] = hour
    zones = {1: NEW_YORK, 2: TOKYO, 3: HONOLULU}
    assert told == {
        (chat, days): moment(f"11-{25 - days} 08:00", zone) for chat, zone in zones.items() for days in (0, 1)
    }


def test_a_reminder_missed_in_a_night_without_the_program_comes_with_its_start(house: Store) -> None:
    hear(house, REPORT)
    assert look(house, moment("11-25 15:00")) == [(1, 0), (3, 0)]  # in Tokyo the day is over


def test_a_stretch_is_reminded_of_at_its_beginning_alone(house: Store) -> None:
    hear(house, earnings("2025-11-24", "2025-11-28", expected=True))
    told = [one for hour in range(moment("11-22 00:30"), moment("11-29 00:00"), 3_600) for one in look(house, hour)]
    assert sorted(told) == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]


def test_a_chat_that_wants_none_gets_none_and_one_that_watches_nothing_neither(house: Store) -> None:
    hear(house, REPORT)
    house.chats.set_reminders(1, False)
    house.chats.add(4, "private", "paired", 4, 0)
    assert look(house, moment("11-25 08:00")) == [(2, 0)]
    assert look(house, moment("11-25 08:00", HONOLULU)) == [(3, 0)]


def test_a_date_that_moved_is_reminded_of_anew(house: Store) -> None:
    hear(house, REPORT)
    assert (1, 1) in look(house, moment("11-24 09:00"))
    hear(house, earnings("2025-11-26"), now=moment("11-24 10:00"))
    assert (1, 1) in look(house, moment("11-25 09:00"))


def alerts(store: Store, now: int) -> list[tuple[int, int]]:
    """Which alerts of the first chat tell at that moment, and how many days before."""
    Reminders(store, Clock(now)).look(watchlist(store).watched())
    rows = store.db.execute(
        "select facts ->> 'alert', facts ->> 'days_left' from outbox"
        " where kind = 'datenear' and chat_id = 1 order by id"
    ).fetchall()
    store.db.execute("delete from outbox where kind = 'datenear'")
    return [(int(number or 0), int(days)) for number, days in rows]


def wish(store: Store, days: float, *, once: bool = False) -> None:
    made = Wish("BABA", Way.BELOW, days, metric="until:earnings", policy=Policy(once=once))
    make(store, made, 1, new_york(), "chat", NOW)


def test_the_next_date_comes_first_and_what_is_over_last(desk: Desk, say: Keyboard) -> None:
    for one in (earnings("2025-11-24"), ex_dividend("2025-06-11")):
        desk.store.company_dates.revise("BABA", one, NOW)
    lines = say("/dates").html.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["Earnings", "Ex-dividend"]


def test_what_is_no_stock_is_answered_with_what_works(say: Keyboard) -> None:
    assert say("/dates tomorrow").html == (
        "tomorrow is not watched. Watched: BABA. /dates lists all dates, /dates on and /dates off are for reminders."
    )


def test_an_alert_tells_so_many_days_before_and_takes_the_place_of_the_reminder(house: Store) -> None:
    hear(house, REPORT)
    wish(house, 3)
    wish(house, 1)
    told = {day: alerts(house, moment(f"11-{day} 09:00")) for day in range(20, 28)}
    assert told == {20: [], 21: [], 22: [(2, 3)], 23: [], 24: [(3, 1)], 25: [(0, 0)], 26: [], 27: []}


@pytest.mark.parametrize("knows", [True, False])
def test_a_date_that_comes_near_by_being_moved_or_first_known_is_told(house: Store, knows: bool) -> None:
    wish(house, 3)
    if knows:
        hear(house, earnings("2026-01-20"))
        assert alerts(house, moment("11-21 09:00")) == []
    hear(house, REPORT, now=moment("11-23 10:00"))
    assert [alerts(house, moment("11-23 11:00")), alerts(house, moment("11-23 12:00"))] == [[(2, 2)], []]


def test_an_alert_tells_before_every_report_and_once_where_it_is_to(house: Store) -> None:
    wish(house, 3)
    wish(house, 3, once=True)
    for report, near in (("2025-11-25", "11-22"), ("2026-02-20", None)):
        hear(house, earnings(report))
        if near:
            assert alerts(house, moment(f"{near} 09:00")) == [(2, 3), (3, 3)]
    later = moment("12-31 09:00") + 48 * 86_400
    assert alerts(house, moment("12-31 09:00")) == []
    assert alerts(house, later) == [(2, 3)]


@pytest.mark.parametrize(
    ("read_on", "when"),
    [
        ("11-22", "in 3 days"),
        ("11-24", "tomorrow"),
        ("11-25", "today"),
        ("11-26", "yesterday"),
        ("11-28", "3 days ago"),
    ],
)
def test_how_near_a_date_is_is_said_as_of_the_day_on_which_it_is_read(read_on: str, when: str) -> None:
    said = render(DateNear("BABA", REPORT, 3, None, NOW), View(moment(f"{read_on} 09:00"), Place(NEW_YORK), (), None))
    assert said.html == f"<b>📅 BABA earnings {when}</b>: Tue 25 Nov 2025."


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            DateNear("BABA", earnings("2025-11-24", "2025-11-28", expected=True), 3, 9, NOW, note="<sell?>"),
            (
                "<b>📅 BABA earnings in 53 days</b>: Mon 24 Nov – Fri 28 Nov 2025 (expected, not confirmed).\n"
                "📌 &lt;sell?&gt;\n#9 · tells before the next one too"
            ),
        ),
        (
            DateMoved("BABA", REPORT, earnings("2025-11-20"), NOW),
            "📅 BABA earnings moved from Tue 25 Nov 2025 to Thu 20 Nov 2025 · Yahoo, seen 10:00 New York",
        ),
        (
            DateMoved("BABA", earnings("2025-11-25", expected=True), REPORT, NOW),
            "📅 BABA earnings confirmed: Tue 25 Nov 2025 · Yahoo, seen 10:00 New York",
        ),
        (
            DateMoved("BABA", None, ex_dividend("2026-06-11"), NOW),
            "📅 BABA ex-dividend date: Thu 11 Jun 2026 · Yahoo, seen 10:00 New York",
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_date(event: DateNear | DateMoved, text: str) -> None:
    again = from_json(kind_of(event), to_json(event))
    assert again == event
    assert render(again, View(NOW, Place(NEW_YORK), (), None)).html == text
