"""Moments and spans as people read them, by the clock of the place."""

from datetime import UTC, datetime

import pytest

from bot.core.clock import Place, lasting

NEW_YORK = Place("America/New_York")


def at(*moment: int) -> int:
    """Epoch seconds of a moment by UTC."""
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "name"),
    [("America/New_York", "New York"), ("Asia/Hong_Kong", "Hong Kong"), ("UTC", "UTC"),
     ("America/Argentina/Buenos_Aires", "Buenos Aires")],
)  # fmt: skip
def test_a_place_is_called_as_people_call_it(zone: str, name: str) -> None:
    assert Place(zone).name == name


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (at(2025, 10, 2, 20), "09:45 New York"),
        (at(2025, 10, 3, 3, 59), "09:45 New York"),  # still the 2nd in New York
        (at(2025, 10, 3, 4), "2 Oct 09:45 New York"),
        (at(2026, 1, 1, 4), "2 Oct 09:45 New York"),  # still 2025 in New York
        (at(2026, 1, 1, 5), "2 Oct 2025 09:45 New York"),
    ],
)
def test_a_recent_moment_is_told_as_far_as_it_is_needed(now: int, text: str) -> None:
    assert NEW_YORK.recent(at(2025, 10, 2, 13, 45), now) == text


def test_the_clock_of_the_place_counts_in_winter_too() -> None:
    winter = at(2025, 12, 5, 14, 30)
    assert NEW_YORK.moment(winter, winter) == "5 Dec 09:30 New York"
    assert Place("Asia/Hong_Kong").moment(winter, winter) == "5 Dec 22:30 Hong Kong"


def test_a_span_of_one_day_names_it_once() -> None:
    start, end = at(2025, 10, 2, 13, 28), at(2025, 10, 2, 18, 5)
    assert NEW_YORK.span(start, end, end) == "2 Oct 09:28–14:05 New York"


def test_a_span_over_new_year_names_the_year_that_is_over() -> None:
    eve, january = at(2025, 12, 31, 15), at(2026, 1, 2, 15)
    assert NEW_YORK.span(eve, january, january) == "31 Dec 2025 10:00 – 2 Jan 10:00 New York"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (119 * 60, "119 min"), (7200, "2 h"),
     (11_100, "3 h 5 min"), (47 * 3600, "47 h"), (96 * 3600, "4 days")],
)  # fmt: skip
def test_a_length_of_time_in_its_largest_sensible_unit(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
