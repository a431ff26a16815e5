"""When stocks are looked at, checked on real opening hours and on arbitrary ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from hypothesis import given
from hypothesis import strategies as st

from bot.core.market import Session
from bot.exchange import Exchange
from bot.jobs.schedule import SessionTrigger, stagger, watch_for_wakes
from tests.fakes.desk import new_york

ALL_DAY = frozenset({Session.PRE, Session.REGULAR, Session.POST})
REGULAR = frozenset({Session.REGULAR})
CLOSING_LOOK_S = 75


def local(text: str) -> datetime:
    """A moment in New York, written like 2025-11-28 13:00."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


NEW_YORK = new_york()


@dataclass(frozen=True)
class Stretches:
    """Opening hours made of given stretches, every one watched; a second statement of `Hours`."""

    spans: tuple[tuple[int, int], ...]
    zone: str = "UTC"

    def session_at(self, at: int) -> Session:
        return Session.REGULAR if self.watched_window(at, REGULAR) else Session.CLOSED

    def watched_window(self, at: int, watched: frozenset[Session]) -> tuple[int, int] | None:
        return next((span for span in self.spans if span[0] <= at < span[1]), None)

    def next_open(self, at: int, watched: frozenset[Session]) -> int | None:
        return next((start for start, _ in self.spans if start > at), None)


def looks(trigger: SessionTrigger, since: datetime, count: int) -> list[datetime]:
    """The looks of a scheduler that is never late."""
    found: list[datetime] = []
    for _ in range(count):
        look = trigger.get_next_fire_time(found[-1] if found else None, found[-1] if found else since)
        if look is None:
            break
        found.append(look)
    return found


@pytest.mark.parametrize(
    ("watched", "since", "expected"),
    [
        (ALL_DAY, "2025-12-05 03:00", ["2025-12-05 04:00:00", "2025-12-05 04:00:30"]),
        (ALL_DAY, "2025-12-05 12:00:01", ["2025-12-05 12:00:30", "2025-12-05 12:01:00"]),
        (REGULAR, "2025-12-05 09:29", ["2025-12-05 09:30:00", "2025-12-05 09:30:30"]),
        (ALL_DAY, "2025-12-05 19:59:30", ["2025-12-05 19:59:30", "2025-12-05 20:01:15", "2025-12-08 04:00"]),
        (ALL_DAY, "2025-11-28 16:59:31", ["2025-11-28 17:01:15", "2025-12-01 04:00"]),
        (REGULAR, "2026-11-27 12:59:45", ["2026-11-27 13:01:15", "2026-11-30 09:30"]),
        (REGULAR, "2026-12-24 12:59:45", ["2026-12-24 13:01:15", "2026-12-28 09:30"]),
        (ALL_DAY, "2025-12-24 17:00", ["2025-12-24 17:01:15", "2025-12-26 04:00"]),
        (ALL_DAY, "2025-12-05 20:01:15", ["2025-12-05 20:01:15", "2025-12-08 04:00"]),
        (ALL_DAY, "2025-12-05 20:01:16", ["2025-12-08 04:00"]),
        (ALL_DAY, "2025-03-07 19:59:45", ["2025-03-07 20:01:15", "2025-03-10 04:00"]),
        (ALL_DAY, "2025-10-31 19:59:45", ["2025-10-31 20:01:15", "2025-11-03 04:00"]),
        (ALL_DAY, "2026-03-06 19:59:45", ["2026-03-06 20:01:15", "2026-03-09 04:00"]),
        (ALL_DAY, "2026-10-30 19:59:45", ["2026-10-30 20:01:15", "2026-11-02 04:00"]),
    ],
)
def test_new_york_is_looked_at_while_it_is_open_and_once_after_the_close(watched, since, expected):
    trigger = SessionTrigger(NEW_YORK, watched, 30)
    assert looks(trigger, local(since), len(expected)) == [local(text) for text in expected]


def test_between_pre_and_post_market_alone_there_is_a_closing_look_each():
    trigger = SessionTrigger(NEW_YORK, frozenset({Session.PRE, Session.POST}), 30)
    found = looks(trigger, local("2025-12-05 09:29:31"), 2)
    assert found == [local("2025-12-05 09:31:15"), local("2025-12-05 16:00")]


def test_the_closing_look_can_be_left_out():
    trigger = SessionTrigger(NEW_YORK, ALL_DAY, 30, closing_look_s=None)
    assert looks(trigger, local("2025-12-05 19:59:31"), 1) == [local("2025-12-08 04:00")]


def test_what_never_closes_is_looked_at_through_the_weekend():
    trigger = SessionTrigger(NEW_YORK, frozenset(Session), 3600)
    found = looks(trigger, local("2025-12-05 12:00"), 72)
    assert found[-1] - found[0] == timedelta(hours=71)


def test_a_stock_no_watched_session_reaches_is_never_looked_at():
    trigger = SessionTrigger(Exchange("always", 0), frozenset({Session.PRE}), 30)
    assert trigger.get_next_fire_time(None, local("2025-12-05 12:00")) is None


def test_a_restart_keeps_the_rhythm():
    first, second = (
        looks(SessionTrigger(NEW_YORK, ALL_DAY, 17, offset_s=5), local(f"2025-12-05 {hour}"), 400)
        for hour in ("10:00:00.4", "10:30:03")
    )
    assert set(second[:100]) <= set(first)


def test_looks_missed_by_a_suspended_machine_are_not_made_up_for():
    trigger = SessionTrigger(NEW_YORK, ALL_DAY, 30)
    look = trigger.get_next_fire_time(local("2025-12-05 09:00"), local("2025-12-05 14:00:10"))
    assert look == local("2025-12-05 14:00:30")


def test_a_clock_set_back_does_not_bring_a_look_again():
    trigger = SessionTrigger(NEW_YORK, ALL_DAY, 30)
    look = trigger.get_next_fire_time(local("2025-12-05 12:00"), local("2025-12-05 11:00"))
    assert look == local("2025-12-05 12:00:30")


async def test_apscheduler_takes_the_trigger():
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.start(paused=True)
    job = scheduler.add_job(print, SessionTrigger(NEW_YORK, frozenset(Session), 30, offset_s=7))
    scheduler.shutdown(wait=False)
    assert job.next_run_time.timestamp() % 30 == 7


@st.composite
def _opening_hours(draw: st.DrawFn) -> Stretches:
    gaps = draw(st.lists(st.tuples(st.integers(0, 5000), st.integers(600, 5000)), min_size=1, max_size=5))
    spans, end = [], 1_000_000
    for closed_s, open_s in gaps:
        start = end + closed_s + 1
        end = start + open_s
        spans.append((start, end))
    return Stretches(tuple(spans))


@given(
    hours=_opening_hours(),
    every_s=st.integers(1, 400),
    place=st.floats(0, 0.999),
    since=st.integers(999_000, 1_030_000),
    late_s=st.floats(0, 50),
)
def test_looks_only_go_forward_and_lie_in_a_watched_session_or_close_it(hours, every_s, place, since, late_s):
    offset_s = int(place * every_s)
    trigger = SessionTrigger(hours, REGULAR, every_s, offset_s, CLOSING_LOOK_S)
    found = list(_delayed_looks(trigger, since, late_s))
    assert all(before < after for before, after in pairwise(found))
    closing = {end + CLOSING_LOOK_S + offset_s for _, end in hours.spans}
    for look in found:
        window = hours.watched_window(look, REGULAR)
        assert look in closing or (window and (look - window[0] - offset_s) % every_s == 0)


def _delayed_looks(trigger: SessionTrigger, since: int, late_s: float) -> Iterator[int]:
    previous, now = None, float(since)
    for _ in range(200):
        look = trigger.get_next_fire_time(previous, datetime.fromtimestamp(now, UTC))
        if look is None:
            return
        yield int(look.timestamp())
        previous, now = look, look.timestamp() + late_s


@given(hours=_opening_hours(), every_s=st.integers(1, 400), place=st.floats(0, 0.999))
def test_every_stretch_is_looked_at_to_its_end_and_closed_once(hours, every_s, place):
    offset_s = int(place * every_s)
    trigger = SessionTrigger(hours, REGULAR, every_s, offset_s, CLOSING_LOOK_S)
    found, at = [], 999_000
    while (look := trigger.next_look(at)) is not None:
        found.append(look)
        at = look + 1
    expected = {look for start, end in hours.spans for look in range(start + offset_s, end, every_s)}
    assert found == sorted(expected | {end + CLOSING_LOOK_S + offset_s for _, end in hours.spans})


@pytest.mark.parametrize(
    ("count", "every_s", "offsets"),
    [(0, 30, []), (1, 30, [0]), (3, 30, [0, 10, 20]), (4, 30, [0, 7, 15, 22]), (3, 2, [0, 0, 1])],
)
def test_stocks_are_spread_over_the_interval(count, every_s, offsets):
    assert stagger(count, every_s) == offsets


@given(count=st.integers(1, 300), spare_s=st.integers(0, 300))
def test_no_two_stocks_share_a_second_where_there_are_enough_seconds(count, spare_s):
    offsets = stagger(count, count + spare_s)
    assert len(set(offsets)) == count
    assert max(offsets) < count + spare_s


class _StoppedError(Exception):
    pass


@pytest.mark.parametrize(
    ("wall", "woken_at"),
    [
        ([0, 0.5, 1, 1.5, 2], []),
        ([0, 0.5, 3601, 3601.5, 3602], [2]),
        ([0, 0.5, -3600, -3599.5, -3599], [2]),
        ([0, 0.5, 101, 101.5, 202], [2, 4]),
        ([0, 1.5, 3, 4.5, 6], [3]),
        ([0, 2.5, 3, 3.5, 4], []),
    ],
)
async def test_a_wall_clock_that_leaves_the_monotonic_one_wakes_the_scheduler_once_each_time(wall, woken_at):
    step, woken = 0, []

    async def sleep(seconds: float) -> None:
        nonlocal step
        assert seconds == 0.5
        step += 1
        if step == len(wall):
            raise _StoppedError

    with pytest.raises(_StoppedError):
        await watch_for_wakes(
            lambda: woken.append(step),
            clock=lambda: 1_764_000_000 + wall[step],
            monotonic=lambda: 50 + step * 0.5,
            sleep=sleep,
        )
    assert woken == woken_at
