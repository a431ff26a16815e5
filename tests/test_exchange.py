"""Opening hours: a golden table of New York, other exchanges, and what never closes."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.market import Session
from bot.exchange import CalendarError, Exchange, has_extended_hours, is_known

PRE, REGULAR, POST, CLOSED = Session.PRE, Session.REGULAR, Session.POST, Session.CLOSED
ALL_DAY = frozenset({PRE, REGULAR, POST})


def at(text: str, zone: str = "America/New_York") -> int:
    """Epoch seconds of a local time written like 2025-11-28 13:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


NOW = at("2025-12-06 12:00")


@pytest.fixture(scope="module")
def new_york() -> Exchange:
    return Exchange("XNYS", NOW)


ORDINARY = {"03:59:59": CLOSED, "04:00": PRE, "09:29:59": PRE, "09:30": REGULAR, "15:59:59": REGULAR}
ORDINARY |= {"16:00": POST, "19:59:59": POST, "20:00": CLOSED, "23:59": CLOSED, "00:00": CLOSED}
EARLY = {"03:59:59": CLOSED, "04:00": PRE, "09:30": REGULAR, "12:59:59": REGULAR}
EARLY |= {"13:00": POST, "16:59:59": POST, "17:00": CLOSED, "19:00": CLOSED}
SHUT = dict.fromkeys(["04:00", "09:30", "12:00", "16:00", "19:59"], CLOSED)

DAYS = {
    "2025-12-05": ORDINARY,
    "2025-03-07": ORDINARY,  # the Friday before summer time begins
    "2025-03-10": ORDINARY,  # and the Monday after
    "2025-10-31": ORDINARY,  # the Friday before it ends
    "2025-11-03": ORDINARY,
    "2026-03-06": ORDINARY,
    "2026-03-09": ORDINARY,
    "2026-10-30": ORDINARY,
    "2026-11-02": ORDINARY,
    "2025-07-03": EARLY,
    "2025-11-28": EARLY,
    "2025-12-24": EARLY,
    "2026-11-27": EARLY,
    "2026-12-24": EARLY,
    "2025-11-27": SHUT,  # Thanksgiving
    "2025-12-25": SHUT,
    "2026-01-01": SHUT,
    "2026-04-03": SHUT,  # Good Friday
    "2026-07-03": SHUT,  # the fourth is a Saturday
    "2025-12-06": SHUT,  # a Saturday
    "2025-12-07": SHUT,
    "2025-03-09": SHUT,  # the Sundays on which the clocks change
    "2025-11-02": SHUT,
    "2026-03-08": SHUT,
    "2026-11-01": SHUT,
}


@pytest.mark.parametrize("day", DAYS)
def test_new_york_keeps_its_hours_by_its_own_clocks(new_york, day):
    found = {hour: new_york.session_at(at(f"{day} {hour}")) for hour in DAYS[day]}
    assert found == DAYS[day]


@pytest.mark.parametrize(
    ("day", "opens", "utc"),
    [
        ("2025-03-07", "09:30", "14:30"),
        ("2025-03-10", "09:30", "13:30"),
        ("2025-10-31", "09:30", "13:30"),
        ("2025-11-03", "09:30", "14:30"),
        ("2026-03-09", "04:00", "08:00"),
        ("2026-11-02", "04:00", "09:00"),
    ],
)
def test_the_change_of_clocks_moves_the_hours_in_utc(new_york, day, opens, utc):
    moment = at(f"{day} {utc}", "UTC")
    assert moment == at(f"{day} {opens}")
    assert new_york.session_at(moment) != new_york.session_at(moment - 1)


@pytest.mark.parametrize(
    ("watched", "moment", "window"),
    [
        (ALL_DAY, "2025-12-05 12:00", ("2025-12-05 04:00", "2025-12-05 20:00")),
        (ALL_DAY, "2025-11-28 16:59:59", ("2025-11-28 04:00", "2025-11-28 17:00")),
        ({REGULAR}, "2025-12-05 09:30", ("2025-12-05 09:30", "2025-12-05 16:00")),
        ({PRE, POST}, "2025-12-05 17:00", ("2025-12-05 16:00", "2025-12-05 20:00")),
        ({PRE, POST}, "2025-12-05 12:00", None),
        (ALL_DAY, "2025-12-05 20:00", None),
        (ALL_DAY, "2025-12-06 12:00", None),
    ],
)
def test_watched_sessions_without_a_gap_are_one_window(new_york, watched, moment, window):
    expected = window and (at(window[0]), at(window[1]))
    assert new_york.watched_window(at(moment), frozenset(watched)) == expected


@pytest.mark.parametrize(
    ("watched", "moment", "opens"),
    [
        (ALL_DAY, "2025-12-05 20:00", "2025-12-08 04:00"),
        (ALL_DAY, "2025-12-05 12:00", "2025-12-08 04:00"),
        (ALL_DAY, "2025-12-08 03:59:59", "2025-12-08 04:00"),
        (ALL_DAY, "2025-12-08 04:00", "2025-12-09 04:00"),
        ({REGULAR}, "2025-11-26 16:00", "2025-11-28 09:30"),
        ({POST}, "2025-11-28 10:00", "2025-11-28 13:00"),
    ],
)
def test_the_next_opening_is_strictly_ahead_and_skips_weekends_and_holidays(new_york, watched, moment, opens):
    assert new_york.next_open(at(moment), frozenset(watched)) == at(opens)


@pytest.mark.parametrize(
    ("moment", "closed_at"),
    [
        ("2025-12-05 16:00", "2025-12-05 16:00"),
        ("2025-12-05 15:59:59", "2025-12-04 16:00"),
        ("2025-12-08 09:00", "2025-12-05 16:00"),
        ("2025-12-01 09:00", "2025-11-28 13:00"),
    ],
)
def test_the_last_close_is_of_the_regular_session_that_is_over(new_york, moment, closed_at):
    assert new_york.last_close(at(moment)) == at(closed_at)


@pytest.mark.parametrize("day", ["1995-06-06", "2015-06-05", "2031-06-06", "2040-06-06"])
def test_years_beyond_the_known_ones_are_learnt_when_asked_for(day):
    new_york = Exchange("XNYS", NOW)
    assert new_york.session_at(at(f"{day} 12:00")) is REGULAR
    assert new_york.next_open(at(f"{day} 20:00"), ALL_DAY) is not None
    assert new_york.session_at(at("2025-12-05 12:00")) is REGULAR


@pytest.mark.parametrize("moment", [-1, 10**13])
def test_a_moment_no_price_can_have_is_closed(moment):
    assert Exchange("XNYS", NOW).session_at(moment) is CLOSED


def test_what_never_closes_is_always_regular():
    always = Exchange("always", NOW)
    assert {always.session_at(moment) for moment in (0, NOW, at("2025-12-25 03:00"), 10**13)} == {REGULAR}
    start, end = always.watched_window(NOW, ALL_DAY) or (NOW, NOW)
    assert start == 0
    assert end > 10**11
    assert (always.zone, always.last_close(NOW), always.next_open(NOW, ALL_DAY)) == ("UTC", None, None)
    assert always.watched_window(NOW, frozenset({PRE})) is None


def test_watching_closed_hours_is_watching_always(new_york):
    saturday = at("2025-12-06 12:00")
    window = new_york.watched_window(saturday, frozenset(Session))
    assert window == Exchange("always", NOW).watched_window(saturday, ALL_DAY)


@pytest.mark.parametrize(
    ("hour", "session"),
    [("08:59", CLOSED), ("09:00", REGULAR), ("17:29:59", REGULAR), ("17:30", CLOSED), ("19:00", CLOSED)],
)
def test_other_exchanges_have_a_regular_session_only(hour, session):
    frankfurt = Exchange("XETR", NOW)
    assert frankfurt.zone == "Europe/Berlin"
    assert frankfurt.session_at(at(f"2025-12-05 {hour}", "Europe/Berlin")) is session


@pytest.mark.parametrize(
    ("hour", "session"), [("11:59:59", REGULAR), ("12:00", CLOSED), ("12:59:59", CLOSED), ("13:00", REGULAR)]
)
def test_a_lunch_break_is_closed(hour, session):
    hong_kong = Exchange("XHKG", NOW)
    assert hong_kong.session_at(at(f"2025-12-05 {hour}", "Asia/Hong_Kong")) is session
    assert hong_kong.last_close(at("2025-12-05 12:30", "Asia/Hong_Kong")) == at("2025-12-04 16:00", "Asia/Hong_Kong")


def test_an_alias_keeps_new_yorks_hours():
    assert Exchange("NASDAQ", NOW).session_at(at("2025-12-05 04:00")) is PRE


def test_a_calendar_recorded_to_a_certain_year_says_so_once_and_is_closed_after_it(caplog):
    hong_kong = Exchange("XHKG", at("2047-06-03 12:00"))
    with caplog.at_level(logging.ERROR):
        assert hong_kong.session_at(at("2049-06-02 10:00", "Asia/Hong_Kong")) is REGULAR
        assert not caplog.records
        assert {hong_kong.session_at(at(f"{year}-06-07 10:00")) for year in (2050, 2051, 2052)} == {CLOSED}
    assert len(caplog.records) == 1
    assert "update exchange-calendars" in caplog.text


@pytest.mark.parametrize("code", ["XNYZ", "", "xnys"])
def test_an_exchange_without_a_calendar_is_an_error_with_a_name(code):
    assert not is_known(code)
    with pytest.raises(CalendarError):
        Exchange(code, NOW)


@pytest.mark.parametrize("code", ["XNYS", "NYSE", "XHKG", "24/7", "always"])
def test_calendars_and_their_aliases_are_known(code):
    assert is_known(code)


@pytest.mark.parametrize(("code", "extended"), [("XNYS", True), ("NASDAQ", True), ("XETR", False), ("always", False)])
def test_pre_and_post_market_are_known_of_new_york_alone(code, extended):
    assert has_extended_hours(code) is extended
