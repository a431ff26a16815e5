"""What is done about a database that cannot be used: waited for, replaced by a copy, or refused with a sentence."""

import logging
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot import recovery
from bot.app import Exit
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Session
from bot.core.screen import Rules
from bot.jobs.make import make
from bot.jobs.watch import Watched, take_in
from bot.store import Store, open_store
from bot.store.backups import copies, damage, keep_copy
from bot.store.errors import StoreError
from tests.fakes.desk import new_york
from tests.fakes.feed import STOCK, answer, minute

NOW = 1_759_413_600
Daemon = Callable[[Store], Exit]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one chat and two copies of it; the newer one is the one that is meant by "latest"."""
    file = tmp_path / "t.db"
    with closing(open_store(file)) as store:
        store.chats.add(7, "private", "paired", 7, NOW)
        for number in (1, 2):
            store.remember("copy", number)
            keep_copy(file, NOW + number, keep=9)
        store.remember("copy", "after")
    return file


class Scripted:
    """Runs as a daemon would, and ends as told; an error among the ends is raised."""

    def __init__(self, *ends: Exit | Exception) -> None:
        self._ends: Iterator[Exit | Exception] = iter(ends)
        self.found: list[str | None] = []
        self.owed: list[str] = []

    def __call__(self, store: Store) -> Exit:
        self.found.append(store.fact("copy"))
        self.owed = [kind for (kind,) in store.db.execute("select kind from outbox")]
        end = next(self._ends)
        if isinstance(end, Exception):
            raise end
        return end


def run(database: Path, daemon: Scripted) -> Exit:
    return recovery.run(database, daemon, pause_s=0)


def spoil(database: Path) -> None:
    database.write_bytes(b"\0" * 100 + database.read_bytes()[100:])


def test_a_sound_database_is_run_on_as_it_is(database: Path) -> None:
    daemon = Scripted(Exit.STOPPED)
    assert (run(database, daemon), daemon.found, daemon.owed) == (Exit.STOPPED, ["after"], [])


@pytest.mark.parametrize("spoilt", [spoil, lambda file: file.write_bytes(b"")], ids=["damaged", "emptied"])
def test_a_damaged_database_is_set_aside_and_the_newest_copy_run_on_and_told(
    database: Path, spoilt: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    spoilt(database)
    daemon = Scripted(Exit.STOPPED)
    run(database, daemon)
    assert (daemon.found, daemon.owed) == (["2"], ["putback"])
    assert len(list(database.parent.glob("t.db.set-aside-*"))) == 1
    assert ("the database was damaged" in caplog.text, "targetwatch pair" in caplog.text) == (True, False)


def test_a_copy_older_than_every_pairing_is_run_on_and_the_log_asks_for_a_person(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(open_store(database)) as store:
        store.db.execute("delete from chats")
        keep_copy(database, NOW + 9, keep=9)
    spoil(database)
    run(database, Scripted(Exit.STOPPED))
    assert "run targetwatch pair" in caplog.records[-1].message


def test_damage_met_while_running_is_mended_without_an_end(database: Path) -> None:
    daemon = Scripted(Exit.DAMAGED, Exit.STOPPED)
    assert (run(database, daemon), daemon.found) == (Exit.STOPPED, ["after", "2"])


def test_a_damaged_copy_is_passed_over(database: Path) -> None:
    spoil(copies(database)[0])
    spoil(database)
    daemon = Scripted(Exit.STOPPED)
    run(database, daemon)
    assert daemon.found == ["1"]


def test_without_a_whole_copy_it_ends_with_a_sentence_and_touches_nothing(database: Path) -> None:
    for copy in copies(database):
        spoil(copy)
    spoil(database)
    before = database.read_bytes()
    with pytest.raises(StoreError, match="no copy of it is whole"):
        run(database, Scripted())
    assert database.read_bytes() == before


def test_a_disk_that_breaks_every_copy_is_not_filled(database: Path) -> None:
    daemon = Scripted(*[Exit.DAMAGED] * 9)
    with pytest.raises(StoreError, match="is the disk broken"):
        run(database, daemon)
    assert len(daemon.found) == 4


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR_WRITE])
def test_what_may_pass_is_waited_for_and_logged_once(
    database: Path, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = code
    daemon = Scripted(error, error, error, Exit.STOPPED)
    assert (run(database, daemon), daemon.found) == (Exit.STOPPED, ["after"] * 4)
    assert caplog.text.count("cannot be used for now") == 1


def test_while_it_waits_systemd_is_told_that_it_lives(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{tmp_path}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{tmp_path}")
        run(database, Scripted(error, Exit.STOPPED))
        assert heard.recv(1000).splitlines()[:2] == [b"WATCHDOG=1", b"EXTEND_TIMEOUT_USEC=60000000"]


def test_a_database_of_a_newer_version_is_neither_replaced_nor_waited_for(database: Path) -> None:
    with closing(open_store(database)) as store:
        store.db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('targetwatch', 'm999', '')"
        )
    with pytest.raises(StoreError, match="newer targetwatch"):
        run(database, Scripted())
    assert list(database.parent.glob("*set-aside*")) == []


def test_a_file_that_nobody_may_write_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        run(tmp_path / "file" / "t.db", Scripted())


WATCHED = Watched(STOCK, new_york(), Rules(20, frozenset({Session.REGULAR})), 300)
CROSSING = answer(*[minute(NOW + 60 * place, 191.0) for place in range(1, 400)], reference=188.0)


def watching(file: Path) -> Store:
    """A database with an alert at 190 and the price at 188."""
    store = open_store(file)
    store.chats.add(7, "private", "paired", 7, NOW)
    take_in(store, WATCHED, answer(minute(NOW, 188.0), reference=188.0), NOW + 60)
    make(store, Wish("BABA", Way.CROSSES, 190.0), 7, new_york(), "chat", NOW)
    return store


class MakesRoom(logging.Handler):
    """Deletes something as soon as it reads that there is no room."""

    def __init__(self, ballast: Path) -> None:
        super().__init__()
        self._ballast = ballast

    def emit(self, record: logging.LogRecord) -> None:
        self._ballast.unlink(missing_ok=True)


def test_a_database_that_another_program_holds_loses_nothing_and_goes_on_when_it_is_free(tmp_path: Path) -> None:
    with closing(watching(tmp_path / "t.db")) as store, closing(sqlite3.connect(tmp_path / "t.db")) as other:
        store.db.conn.execute("pragma busy_timeout = 1")
        other.execute("begin immediate")
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                take_in(store, WATCHED, CROSSING, NOW + 24_000)
        other.rollback()
        take_in(store, WATCHED, CROSSING, NOW + 24_000)
        assert [kind for (kind,) in store.db.execute("select kind from outbox")] == ["crossed"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte and a half, where one may be mounted."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_a_disk_full_at_the_start_is_waited_for(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 1_500_000)
    room = MakesRoom(ballast)
    logging.getLogger("bot.recovery").addHandler(room)
    daemon = Scripted(Exit.STOPPED)
    try:
        assert (run(small_disk / "t.db", daemon), daemon.found) == (Exit.STOPPED, [None])
    finally:
        logging.getLogger("bot.recovery").removeHandler(room)


def test_a_disk_that_fills_up_loses_nothing_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with closing(watching(small_disk / "t.db")) as store:
        with suppress(OSError):
            ballast.write_bytes(b"\0" * 1_500_000)
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError):
                take_in(store, WATCHED, CROSSING, NOW + 24_000)
        ballast.unlink()
        take_in(store, WATCHED, CROSSING, NOW + 24_000)
        assert [kind for (kind,) in store.db.execute("select kind from outbox")] == ["crossed"]
    assert damage(small_disk / "t.db") is None
