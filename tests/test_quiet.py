"""When a chat wants nothing unasked: quiet hours by its own clocks, also where these leap, and mutes."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.quiet import Quiet, hours_until, quiet_until
from bot.core.reading.durations import seconds
from bot.core.reading.zones import zone_named, zones_like

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
LEAPING = (BERLIN, NEW_YORK, "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "UTC")
NIGHT = (22 * 60, 7 * 60)

zones = st.sampled_from(LEAPING) | st.sampled_from(sorted(available_timezones()))
minutes = st.integers(0, 1439)
hours = st.tuples(minutes, minutes).filter(lambda both: both[0] != both[1])
moments = st.integers(1_000_000_000, 2_100_000_000)


def at(text: str, zone: str = BERLIN, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def minute_of_day(moment: int, zone: str) -> int:
    local = datetime.fromtimestamp(moment, ZoneInfo(zone))
    return local.hour * 60 + local.minute


def is_within(minute: int, begins: int, ends: int) -> bool:
    return begins <= minute < ends if begins < ends else not ends <= minute < begins


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2025-10-02 21:59", None),
        ("2025-10-02 22:00", "2025-10-03 07:00"),
        ("2025-10-03 06:59", "2025-10-03 07:00"),
        ("2025-10-03 07:00", None),
        ("2025-10-25 23:00", "2025-10-26 07:00"),  # an hour longer: summer time ends
        ("2026-03-28 23:00", "2026-03-29 07:00"),
    ],
)
def test_quiet_hours_last_from_one_time_of_day_to_another(now: str, until: str | None) -> None:
    assert quiet_until(Quiet(BERLIN, NIGHT), at(now)) == (until and at(until))


def test_a_time_that_the_clocks_leap_over_is_the_moment_they_leap() -> None:
    until_half_past_two = Quiet(BERLIN, (22 * 60, 150))
    assert quiet_until(until_half_past_two, at("2026-03-29 01:30")) == at("2026-03-29 03:00")
    from_half_past_two = Quiet(BERLIN, (150, 420))
    assert quiet_until(from_half_past_two, at("2026-03-29 01:59")) is None
    assert quiet_until(from_half_past_two, at("2026-03-29 03:00")) == at("2026-03-29 07:00")


def test_a_time_that_the_clocks_show_twice_begins_the_quiet_first_and_ends_it_last() -> None:
    quiet = Quiet(BERLIN, (22 * 60, 150))
    assert quiet_until(quiet, at("2025-10-26 02:40")) == at("2025-10-26 02:30", fold=1)
    assert hours_until(Quiet(BERLIN, (150, 420)), at("2025-10-26 02:10", fold=1)) == at("2025-10-26 07:00")


@given(zone=zones, set_hours=hours, now=moments)
def test_whenever_the_clocks_show_a_quiet_hour_it_is_quiet(zone: str, set_hours: tuple[int, int], now: int) -> None:
    until = quiet_until(Quiet(zone, set_hours), now)
    if is_within(minute_of_day(now, zone), *set_hours):
        assert until is not None
        assert now < until


@given(zone=zones, set_hours=hours, now=moments)
def test_quiet_hours_end_when_the_clocks_say_so_and_not_before(zone: str, set_hours: tuple[int, int], now: int) -> None:
    quiet = Quiet(zone, set_hours)
    until = quiet_until(quiet, now)
    if until is not None:
        assert quiet_until(quiet, until) is None
        assert quiet_until(quiet, until - 1) == until
        assert until - now <= 49 * 3600  # the longest quiet day, and a day set back


@given(zone=zones, set_hours=hours, now=moments, muted_s=st.integers(1, 300_000))
def test_a_mute_and_quiet_hours_that_touch_are_one_quiet(
    zone: str, set_hours: tuple[int, int], now: int, muted_s: int
) -> None:
    quiet = Quiet(zone, set_hours, muted_until=now + muted_s)
    until = quiet_until(quiet, now)
    assert until is not None
    assert until >= now + muted_s
    assert quiet_until(quiet, until) is None
    assert quiet_until(quiet, now + muted_s - 1) == until


@given(zone=zones, set_hours=hours, now=moments)
def test_lifted_quiet_hours_begin_again_the_next_time(zone: str, set_hours: tuple[int, int], now: int) -> None:
    end = hours_until(Quiet(zone, set_hours), now)
    if end is not None:
        awake = Quiet(zone, set_hours, awake_until=end)
        assert quiet_until(awake, now) is None
        again = next(moment for moment in range(end, end + 200_000, 60) if hours_until(awake, moment) is not None)
        assert quiet_until(awake, again) == hours_until(awake, again)


def test_without_anything_set_a_chat_is_never_quiet() -> None:
    assert quiet_until(Quiet("UTC"), 0) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", 7200), ("30 min", 1800), ("1d", 86_400), ("2 Weeks", 1_209_600), ("90m", 5400), ("1 hour", 3600),
        ("0m", None), ("2", None), ("h", None), ("-2h", None), ("2x", None), ("1.5h", None), ("9999999d", None),
        ("٢h", None), ("", None),
    ],
)  # fmt: skip
def test_lengths_of_time_are_read_as_people_type_them(text: str, expected: int | None) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Berlin", BERLIN), ("new york", NEW_YORK), ("europe/BERLIN", BERLIN), ("America/New_York", NEW_YORK),
        ("utc", "UTC"), ("  Hong   Kong ", "Asia/Hong_Kong"), ("Berlni", None), ("", None), ("../../etc/passwd", None),
    ],
)  # fmt: skip
def test_a_zone_is_known_by_its_name_or_its_city(text: str, zone: str | None) -> None:
    assert zone_named(text) == zone


def test_a_zone_nearly_named_is_guessed() -> None:
    assert zones_like("Berlni")[0] == BERLIN
    assert zones_like("qqqqqqqq") == []
