"""A second program that reads the updates: said loudly once, waited for with patience, told when it is gone."""

import logging
from collections.abc import Sequence

import pytest

from bot.core.contact import ReaderGone, SecondReader
from bot.core.events import from_json
from bot.jobs.reach import Reach
from bot.jobs.rival import Rival
from bot.store import Store
from tests.conftest import Clock, full_disk

NOW = 1759411800  # 2 October 2025, 09:30 New York
OWNER = 1


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def rival(store: Store, clock: Clock) -> Rival:
    store.chats.add(OWNER, "private", "paired", OWNER, NOW)
    store.remember("owner", OWNER)
    return Rival(store, clock, Reach())


def told(store: Store) -> list[object]:
    """What is owed, to the owner and nobody else."""
    rows = store.db.execute("select chat_id, kind, facts from outbox order by id").fetchall()
    assert {chat_id for chat_id, _, _ in rows} <= {OWNER}
    return [from_json(kind, facts) for _, kind, facts in rows]


def met(rival: Rival, clock: Clock, times: int) -> list[float]:
    """The pauses of so many meetings in a row, each made."""
    pauses = []
    for _ in range(times):
        pauses.append(rival.met())
        clock.now += pauses[-1]
    return pauses


def errors(caplog: pytest.LogCaptureFixture) -> Sequence[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def test_the_pause_grows_to_a_minute(rival: Rival, clock: Clock) -> None:
    assert met(rival, clock, 8) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_two_that_read_in_turn_do_not_end_the_patience(rival: Rival, clock: Clock) -> None:
    pauses = []
    for _ in range(7):
        pauses += met(rival, clock, 1)
        clock.now += 25
        rival.absent()
    assert pauses[-1] == 60


def test_the_log_says_it_at_once_and_then_once_an_hour(
    rival: Rival, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    rival.met()
    assert len(errors(caplog)) == 1
    met(rival, clock, 125)  # a little more than two hours
    assert len(errors(caplog)) == 3


@pytest.mark.parametrize(("times", "is_told"), [(1, False), (2, False), (3, True), (50, True)])
def test_the_owner_is_told_once_where_it_is_no_passing_meeting(
    store: Store, rival: Rival, clock: Clock, times: int, is_told: bool
) -> None:
    met(rival, clock, times)
    assert told(store) == ([SecondReader(NOW)] if is_told else [])


@pytest.mark.parametrize(("quiet_s", "is_gone"), [(299, False), (300, True)])
def test_after_five_minutes_alone_it_is_over_and_the_owner_told(
    store: Store, rival: Rival, clock: Clock, quiet_s: int, is_gone: bool
) -> None:
    met(rival, clock, 3)
    store.db.conn.execute("delete from outbox")
    clock.now = NOW + 1 + 2 + quiet_s  # after the third meeting
    for _ in range(3):
        rival.absent()
    assert told(store) == ([ReaderGone(NOW, NOW + 3)] if is_gone else [])


def test_a_new_stretch_is_told_anew_and_one_that_was_not_told_has_no_end(
    store: Store, rival: Rival, clock: Clock
) -> None:
    rival.met()
    clock.now += 600
    rival.absent()
    assert told(store) == []
    assert met(rival, clock, 3) == [1, 2, 4]
    assert told(store) == [SecondReader(NOW + 600)]


def test_an_owner_who_is_served_no_more_is_told_nothing(store: Store, rival: Rival, clock: Clock) -> None:
    store.chats.remove(OWNER)
    met(rival, clock, 3)
    assert told(store) == []


def test_without_an_owner_or_a_disk_there_is_only_the_log(
    store: Store, rival: Rival, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with full_disk(store, "insert on outbox"):
        met(rival, clock, 3)
    store.db.conn.execute("delete from facts")
    met(Rival(store, clock, Reach()), clock, 3)
    assert (told(store), len(errors(caplog))) == ([], 3)
