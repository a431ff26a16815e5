"""A daemon killed in the middle, again and again: nothing is lost, nothing made up, every repeat says so.

The long run, a thousand lives, is `python -m tests.crash`.
"""

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import recovery
from bot.app import Exit
from bot.core.market import Bar
from bot.store import Store
from bot.store.backups import copy
from tests.crash import power
from tests.crash.kills import ACCEPTED, ALL_MOMENTS, ARRIVED, AT_RANDOM, Deadly, Run, Tally
from tests.crash.oracle import Wish, dues
from tests.crash.script import LADDER
from tests.fakes.nursery import shared

Lives = Callable[..., Tally]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    with Deadly() as telegram:
        yield lambda way, *moments: Run(way, 1, shared(), telegram, tmp_path).lives(moments)


def test_whenever_it_is_killed_nothing_is_lost_or_made_up_and_every_repeat_is_marked(lives: Lives) -> None:
    tally = lives("ours", *ALL_MOMENTS, AT_RANDOM, AT_RANDOM)
    assert (tally.lost, tally.unmarked, tally.false, tally.amiss) == ([], [], [], [])
    assert len(tally.repeated) <= tally.in_flight
    assert (set(tally.kills), len(tally.repeated) > 0) == ({*ALL_MOMENTS, AT_RANDOM}, True)


def test_marking_before_sending_is_seen_to_lose(lives: Lives) -> None:
    tally = lives("mark, then send", *3 * [ARRIVED])
    assert (len(tally.lost) > 0, tally.unmarked, tally.false) == (True, [], [])


def test_marking_after_sending_alone_is_seen_to_repeat_without_a_mark(lives: Lives) -> None:
    tally = lives("send, then mark", *3 * [ACCEPTED])
    assert (tally.lost, len(tally.unmarked) > 0, tally.false) == ([], True, [])


def test_a_backup_killed_half_way_leaves_nothing_by_its_name_and_is_made_anew(store: Store, tmp_path: Path) -> None:
    store.db.execute("create table ballast as select zeroblob(30000000) as blob")
    target = tmp_path / "copy.db"
    environment = {"TARGETWATCH_STORAGE__PATH": str(tmp_path / "t.db")}
    child = shared().bear("bot.cli:main", ["backup", str(target)], tmp_path, environment, tmp_path / "log")
    while child.poll() is None and not list(tmp_path.glob("copy.db*-journal")):
        pass
    child.kill()
    assert target.exists() == (child.wait(10) == 0)  # it may have been the quicker one
    target.unlink(missing_ok=True)
    copy(tmp_path / "t.db", target)
    with closing(sqlite3.connect(target)) as made:
        assert made.execute("select length(blob) from ballast").fetchone() == (30_000_000,)


@pytest.mark.parametrize("nth", range(1, 7))
def test_a_start_after_a_copy_was_put_back_in_part_finds_one_of_the_two_databases_whole(
    store: Store, tmp_path: Path, nth: int
) -> None:
    database, kept = tmp_path / "t.db", tmp_path / "kept.db"
    store.remember("whose", "the copy's")
    copy(database, kept)
    store.remember("whose", "its own")
    arguments = [str(database), str(kept), str(nth)]
    child = shared().bear("tests.crash.life:put_back_in_part", arguments, tmp_path, {}, tmp_path / "log")
    ended = child.wait(10)
    found: list[str | None] = []

    def daemon(opened: Store) -> Exit:
        found.append(opened.fact("whose"))
        return Exit.STOPPED

    recovery.run(database, daemon)
    whose = "its own" if nth <= 2 else "the copy's"  # first the copy gets its name, then the old files are renamed
    assert (ended, found) == (0 if nth == 6 else -signal.SIGKILL, [whose])
    assert not (tmp_path / "t.db.part").exists()


@pytest.mark.skipif(not power.can_be_seen(), reason="strace is not here or may not trace")
def test_no_message_goes_out_before_its_debt_is_synced_to_the_disk(tmp_path: Path) -> None:
    sent = power.sends(tmp_path)
    assert sum(len(one.unsafe) for one in sent) == 0
    telling = sent[len(LADDER) :]  # behind the answers to what was typed
    assert (len(telling) > 5, all(r"\"told\"" in one.safe for one in telling)) == (True, True)


@pytest.mark.parametrize(
    ("way", "once", "bars", "told"),
    [
        ("crosses", False, [(99, 100, 99, 99.9)], [(True, 60)]),  # exactly on the line, and noise below it
        ("crosses", False, [(99, 102, 99, 99.9)], [(True, 60), (False, 60)]),  # a spike a full band away
        ("crosses", False, [(101, 101, 101, 101), (98, 98, 98, 98)], [(True, 60), (False, 120)]),  # two gaps
        ("above", False, [(101, 102, 98, 101)], [(True, 60), (True, 60)]),  # the nearer extreme comes first
        ("below", False, [(101, 102, 98, 101)], [(False, 60)]),
        ("above", True, [(101, 102, 98, 101)], [(True, 60)]),
        ("crosses", False, [(100, 100.9, 99.1, 100)], [(True, 60)]),  # within the band nothing more
        ("above", False, [(100, 100, 99.5, 99.5), (99, 99, 99, 99), (100, 100, 100, 100)], [(True, 60), (True, 180)]),
    ],
)
def test_the_oracle_goes_by_the_written_rules(
    way: str, once: bool, bars: list[tuple[float, float, float, float]], told: list[tuple[bool, int]]
) -> None:
    minutes = [Bar(60 * place, *prices, 1) for place, prices in enumerate([(99.5, 99.5, 99.5, 99.5), *bars])]
    due = dues(Wish(1, way, 100, once, made_at=0), minutes, rearm_pct=1)
    assert [(one.up, one.at) for one in due] == told
