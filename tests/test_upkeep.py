"""The database kept well: hourly copies, minutes thinned to days, and what a put-back copy owes its chats."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.chats.terminal_chat import plain_text
from bot.core import events
from bot.core.alerts import Way
from bot.core.clock import Place
from bot.core.language import Wish
from bot.core.market import Bar, Day, Quote, Session
from bot.core.screen import Rules
from bot.core.wording import render
from bot.core.wording.view import View
from bot.jobs.make import make
from bot.jobs.upkeep import Upkeep, tell_put_back, thin
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from bot.store.backups import copied_at, copies
from tests.conftest import Clock
from tests.fakes.desk import new_york
from tests.fakes.feed import STOCK, answer, minute

OPEN = 1_759_411_800  # Thursday, 2 October 2025, 09:30 New York
DAY = 86_400
HOUR = 3_600
WATCHED = Watched(STOCK, new_york(), Rules(20, frozenset({Session.REGULAR})), 300)


@pytest.fixture
def clock() -> Clock:
    return Clock(OPEN)


@pytest.fixture
def upkeep(store: Store, tmp_path: Path, clock: Clock) -> Upkeep:
    return Upkeep(store, tmp_path / "t.db", clock, lambda: [WATCHED], keep=3, minutes_s=30 * DAY)


async def test_a_copy_is_made_at_the_start_and_then_every_hour(upkeep: Upkeep, clock: Clock, tmp_path: Path) -> None:
    for _ in range(30):
        await upkeep.look()
        clock.now += 300
    assert [copied_at(one) for one in reversed(copies(tmp_path / "t.db"))] == [OPEN, OPEN + HOUR, OPEN + 2 * HOUR]


async def test_a_clock_set_back_does_not_end_the_copies(upkeep: Upkeep, clock: Clock, tmp_path: Path) -> None:
    await upkeep.look()
    clock.now -= 40 * DAY
    await upkeep.look()
    assert len(copies(tmp_path / "t.db")) == 2


async def test_a_copy_that_is_wanted_is_made_at_the_next_look_and_once(
    upkeep: Upkeep, store: Store, clock: Clock, tmp_path: Path
) -> None:
    await upkeep.look()
    store.remember("copy_wanted", OPEN)
    for _ in range(3):
        clock.now += 300
        await upkeep.look()
    assert [copied_at(one) for one in reversed(copies(tmp_path / "t.db"))] == [OPEN, OPEN + 300]


async def test_a_copy_that_fails_is_tried_again_and_known(
    upkeep: Upkeep, store: Store, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "backups").write_text("a file where the folder should be")
    await upkeep.look()
    assert "cannot be written" in (store.fact("backup_fault") or "")
    (tmp_path / "backups").unlink()
    clock.now += 300
    await upkeep.look()
    assert (store.fact("backup_fault"), len(copies(tmp_path / "t.db"))) == ("", 1)


async def test_none_are_made_where_none_are_wanted(store: Store, tmp_path: Path, clock: Clock) -> None:
    await Upkeep(store, tmp_path / "t.db", clock, list, keep=0, minutes_s=30 * DAY).look()
    assert not (tmp_path / "backups").exists()


def trade(store: Store, at: int, *closes: float) -> None:
    bars = [Bar(at + 60 * place, close, close + 1, close - 1, close, 10) for place, close in enumerate(closes)]
    store.history.add_bars("BABA", bars)
    store.history.add_quote(Quote("BABA", at, closes[-1], Session.REGULAR, "Yahoo"))


def counts(store: Store) -> list[int]:
    return [store.db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("bars", "quotes", "days")]


def test_minutes_grown_old_become_a_day_and_younger_ones_stay(store: Store) -> None:
    trade(store, OPEN, 100, 101, 102)
    trade(store, OPEN + DAY, 103)
    thin(store, WATCHED, OPEN + DAY)
    assert counts(store) == [1, 1, 1]
    (day,) = store.history.days("BABA", date(2025, 10, 1), date(2025, 10, 4))
    assert day == Day(date(2025, 10, 2), 100, 103, 99, 102, 30)


def test_a_day_that_the_source_gave_is_not_replaced(store: Store) -> None:
    given = Day(date(2025, 10, 2), 100, 110, 90, 105, 7)
    store.history.add_days("BABA", [given])
    trade(store, OPEN, 100, 101)
    trade(store, OPEN + DAY, 102)
    thin(store, WATCHED, OPEN + 2 * DAY)
    assert counts(store)[0] == 1
    assert store.history.days("BABA", date(2025, 10, 1), date(2025, 10, 4)) == (given,)


def test_minutes_before_the_session_make_no_day(store: Store) -> None:
    store.history.add_bars("BABA", [replace(minute(OPEN - 600, 99), session=Session.PRE)])
    trade(store, OPEN + DAY, 100)
    thin(store, WATCHED, OPEN + 2 * DAY)
    assert counts(store) == [1, 1, 0]


def test_the_last_price_stays_however_old_and_what_came_since_is_caught_up_on(store: Store) -> None:
    later = OPEN + 40 * DAY
    store.chats.add(7, "private", "paired", 7, OPEN)
    take_in(store, WATCHED, answer(minute(OPEN, 188), reference=188.0), OPEN + 60)
    make(store, Wish("BABA", Way.CROSSES, 190.0), 7, new_york(), "chat", OPEN + 60)
    thin(store, WATCHED, later)
    assert store.history.last_bar("BABA") == minute(OPEN, 188)
    take_in(store, WATCHED, answer(minute(later - 60, 187), minute(later, 191)), later + 60)
    assert [kind for (kind,) in store.db.execute("select kind from outbox")] == ["crossed"]


def test_a_day_goes_only_when_all_of_it_is_old(store: Store) -> None:
    trade(store, OPEN, 100)
    thin(store, WATCHED, OPEN + 10 * HOUR)
    assert counts(store)[0] == 1


async def test_a_backlog_of_a_year_is_thinned_a_few_days_at_a_time(upkeep: Upkeep, store: Store, clock: Clock) -> None:
    for ago in (0, *range(31, 91)):
        trade(store, OPEN - ago * DAY, 100)
    left = []
    for _ in range(8):
        await upkeep.look()
        left.append(counts(store)[0])
    assert left == [51, 41, 31, 21, 11, 1, 1, 1]


async def test_settled_messages_go_with_their_time_and_what_is_owed_stays(
    upkeep: Upkeep, store: Store, clock: Clock
) -> None:
    event = events.Restored("BABA", 1, 2)
    for made_at in (OPEN - 40 * DAY, OPEN - 40 * DAY, OPEN):
        store.outbox.owe([7], event, made_at)
    store.db.conn.execute("update outbox set status = 'sent' where id != 2")
    await upkeep.look()
    assert [ident for (ident,) in store.db.execute("select id from outbox")] == [2, 3]


def test_nothing_it_asks_at_every_look_reads_a_whole_table(store: Store) -> None:
    asked: list[str] = []
    store.db.conn.set_trace_callback(asked.append)
    thin(store, WATCHED, OPEN)
    store.outbox.forget_paid(OPEN)
    store.db.conn.set_trace_callback(None)
    plans = [row[-1] for query in asked for row in store.db.execute(f"explain query plan {query}")]
    assert [step for step in plans if step.startswith("SCAN bars")] == []


def test_a_copy_put_back_is_told_everywhere_and_marks_what_may_have_been_told(store: Store) -> None:
    for chat in (7, 8):
        store.chats.add(chat, "private", "paired", chat, OPEN)
    store.outbox.owe([7], events.Restored("BABA", 1, 2), OPEN)
    tell_put_back(store, OPEN, OPEN + HOUR, damaged=True)
    rows = store.db.execute("select chat_id, kind, doubtful from outbox order by id").fetchall()
    assert rows == [(7, "restored", 1), (7, "putback", 0), (8, "putback", 0)]


@pytest.mark.parametrize(("at", "doubtful"), [(OPEN, 1), (OPEN + 2 * HOUR, 0)])
def test_what_was_crossed_after_the_copy_was_made_may_have_been_told(store: Store, at: int, doubtful: int) -> None:
    store.chats.add(7, "private", "paired", 7, OPEN - HOUR)
    take_in(store, WATCHED, answer(minute(OPEN - 60, 188), reference=188.0), OPEN)
    make(store, Wish("BABA", Way.CROSSES, 190.0), 7, new_york(), "chat", OPEN - 120)
    tell_put_back(store, OPEN - 600, OPEN + HOUR, damaged=True)
    take_in(store, WATCHED, answer(minute(at, 191.0), reference=188.0), at + 60)
    (found,) = store.db.execute("select doubtful from outbox where kind = 'crossed'").fetchone()
    assert found == doubtful


def test_it_reads_well() -> None:
    view = View(OPEN + HOUR, Place("America/New_York"), (), None)
    text = plain_text(render(events.PutBack(OPEN, OPEN + HOUR, damaged=True), view).html)
    assert "The database was damaged. A copy of 2 Oct 09:30 New York, 60 min older, has taken its place." in text
