"""Copies of the database: whole, private, rotated; and what takes the place of a damaged file."""

import resource
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import Store, open_store
from bot.store.backups import copied_at, copies, copy, damage, keep_copy, newest_good, put_back
from bot.store.errors import StoreError

NOW = 1_759_413_600  # 2 October 2025, 14:00 UTC
HOUR = 3600


@pytest.fixture
def database(store: Store, tmp_path: Path) -> Path:
    """The file of the open database."""
    store.remember("a", 1)
    return tmp_path / "t.db"


def fact(file: Path) -> str | None:
    with closing(open_store(file)) as store:
        return store.fact("a")


def flip(file: Path, at: int, count: int = 64) -> None:
    """Turn bytes of the file over, as a bad disk does."""
    with file.open("r+b") as content:
        content.seek(at)
        turned = bytes(byte ^ 0xFF for byte in content.read(count))
        content.seek(at)
        content.write(turned)


def test_a_copy_is_whole_private_one_file_and_never_over_another(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    copy(database, target)
    assert (stat.S_IMODE(target.stat().st_mode), damage(target)) == (0o600, None)
    assert [file.name for file in tmp_path.glob("copy*")] == ["copy.db"]
    assert fact(target) == "1"
    with pytest.raises(StoreError, match="exists already"):
        copy(database, target)


def test_a_copy_that_fails_leaves_no_half_of_it_behind(database: Path, store: Store, tmp_path: Path) -> None:
    store.remember("a", "x" * 100_000)
    target, (soft, hard) = tmp_path / "copy.db", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            copy(database, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not target.exists()


def test_the_newest_copies_are_kept_and_tell_when_they_were_made(database: Path) -> None:
    for hour in range(5):
        keep_copy(database, NOW + hour * HOUR, keep=3)
    assert [copied_at(one) for one in copies(database)] == [NOW + hour * HOUR for hour in (4, 3, 2)]
    assert copies(database)[0].name == "t-20251002T180000Z.db"
    assert stat.S_IMODE(copies(database)[0].parent.stat().st_mode) == 0o700


def test_copies_of_a_clock_ahead_neither_pass_for_the_newest_nor_drive_out_those_made_since(database: Path) -> None:
    for hour in range(3):
        keep_copy(database, NOW + 40 * 24 * HOUR + hour * HOUR, keep=3)
    keep_copy(database, NOW, keep=3)
    assert [copied_at(one) for one in copies(database)] == [NOW, NOW - 1, NOW - 2]
    assert newest_good(database) == copies(database)[0]


def test_what_somebody_else_keeps_in_the_folder_stays(database: Path) -> None:
    keep_copy(database, NOW, keep=1)
    mine = copies(database)[0].with_name("t-before-the-move.db")
    mine.write_text("")
    keep_copy(database, NOW + HOUR, keep=1)
    assert (mine.exists(), len(copies(database))) == (True, 1)


def test_a_copy_interrupted_by_a_crash_is_no_copy(database: Path) -> None:
    keep_copy(database, NOW, keep=3)
    (database.parent / "backups" / "t.part").write_text("half")
    keep_copy(database, NOW + HOUR, keep=3)
    assert [path.suffix for path in (database.parent / "backups").iterdir()] == [".db", ".db"]


def test_a_damaged_database_drives_no_good_copy_out(store: Store, database: Path) -> None:
    fill(store)
    keep_copy(database, NOW, keep=1)
    break_in_the_middle(store, database)
    with pytest.raises(StoreError, match="damaged") as caught:
        keep_copy(database, NOW + HOUR, keep=1)
    assert caught.value.damaged
    assert [copied_at(one) for one in copies(database)] == [NOW]
    assert damage(copies(database)[0]) is None


@pytest.mark.parametrize(
    "met",
    [lambda store: store.db.conn.executemany("update facts set value = name where name > ?", [("",)]),
     lambda store: list(store.db.execute("select * from facts"))],
    ids=["rows written together", "rows behind the first"],
)  # fmt: skip
def test_damage_is_known_wherever_a_poll_meets_it(store: Store, database: Path, met: Callable[[Store], object]) -> None:
    fill(store)
    break_in_the_middle(store, database)
    with pytest.raises(sqlite3.DatabaseError), store.transaction():
        met(store)
    assert store.met_damage


def fill(store: Store) -> None:
    for number in range(400):
        store.remember(f"name {number}", "x" * 200)


def break_in_the_middle(store: Store, database: Path) -> None:
    """Some page of a table, where opening does not look."""
    store.db.conn.execute("pragma wal_checkpoint(truncate)")
    store.db.conn.execute("pragma cache_size = 0")
    page, size = store.db.execute("select max(pageno), pgsize from dbstat where name = 'facts'").fetchone()
    flip(database, (page - 1) * size, count=size)


@pytest.mark.parametrize("kind", ["flipped", "cut", "emptied", "foreign"])
def test_the_newest_whole_copy_is_found_behind_damaged_ones(database: Path, tmp_path: Path, kind: str) -> None:
    for hour in range(3):
        keep_copy(database, NOW + hour * HOUR, keep=3)
    newest = copies(database)[0]
    spoil(newest, kind)
    assert newest_good(database) == copies(database)[1]


def spoil(file: Path, kind: str) -> None:
    content = file.read_bytes()
    file.write_bytes({"flipped": b"\0" * 100 + content[100:], "cut": content[: len(content) // 2]}.get(kind, b""))
    if kind == "foreign":
        with closing(sqlite3.connect(file)) as other:
            other.execute("create table notes (text)")


def test_a_copy_put_back_sets_the_old_file_aside_with_all_its_parts(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    store = open_store(database)
    store.remember("a", "before")
    keep_copy(database, NOW, keep=1)
    store.remember("a", "after")
    shutil.copytree(tmp_path, tmp_path.with_name("crashed"))  # with the journal that no clean end has folded in
    store.close()
    database = tmp_path.with_name("crashed") / "t.db"
    aside = put_back(database, copies(database)[0], NOW + HOUR)
    assert aside is not None
    assert (fact(database), fact(aside)) == ("before", "after")


def test_no_room_leaves_the_database_as_it_was(store: Store, database: Path) -> None:
    fill(store)
    keep_copy(database, NOW, keep=1)
    before, (soft, hard) = database.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StoreError):
            put_back(database, copies(database)[0], NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (database.read_bytes(), database.with_name("t.db.part").exists()) == (before, False)


@pytest.mark.parametrize("seed", range(40))
def test_any_flipped_page_of_a_database_is_noticed_or_harmless(
    store: Store, database: Path, tmp_path: Path, seed: int
) -> None:
    """What a flip may leave unnoticed is the inside of a value, never the structure: no error, no crash."""
    fill(store)
    spoilt = tmp_path / "spoilt.db"
    copy(database, spoilt)
    flip(spoilt, seed * spoilt.stat().st_size // 40, count=512)
    if damage(spoilt) is None:
        with closing(open_store(spoilt)) as opened:
            assert len(opened.db.execute("select * from facts").fetchall()) == 401
