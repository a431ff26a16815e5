"""`targetwatch restore`: what is listed, what is put back, and what is refused with a sentence."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.restore import listed, restored
from bot.store import open_store
from bot.store.backups import copies, keep_copy
from bot.store.errors import StoreError
from bot.store.lock import AlreadyRunningError, Lock

NOW = 1_759_413_600


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One with an older copy from before the first pairing, and a newer one."""
    file = tmp_path / "t.db"
    with closing(open_store(file)) as store:
        keep_copy(file, NOW, keep=9)
        store.chats.add(7, "private", "paired", 7, NOW)
        keep_copy(file, NOW + 3600, keep=9)
    return file


NOT_USED = [
    ("wrong.db", "There is no copy wrong.db"),
    ("latest", "no whole copy"),
    ("t-20251002T140000Z.db", "cannot be used: file is not a database. `targetwatch restore` lists"),
]


def spoil(file: Path) -> None:
    file.write_bytes(b"\0" * 100 + file.read_bytes()[100:])


def test_copies_are_listed_the_newest_first_each_whole_or_not(database: Path) -> None:
    spoil(copies(database)[1])
    newest, oldest, *_ = listed(database).splitlines()
    assert newest.startswith("t-20251002T150000Z.db  ")
    assert (newest.endswith("whole"), oldest.endswith("cannot be used (file is not a database)")) == (True, True)


def test_a_copy_that_knows_nobody_is_put_back_with_a_warning(database: Path) -> None:
    warned = ["so nobody is told: `targetwatch pair`" in restored(database, kept.name) for kept in copies(database)]
    assert warned == [False, True]


@pytest.mark.parametrize(("named", "said"), NOT_USED)
def test_what_is_not_there_or_not_whole_is_refused_and_the_database_left_alone(
    database: Path, named: str, said: str
) -> None:
    for kept in copies(database):
        spoil(kept)
    before = database.read_bytes()
    with pytest.raises(StoreError, match=said):
        restored(database, named)
    assert database.read_bytes() == before


def test_beside_a_daemon_nothing_is_put_back(database: Path) -> None:
    with Lock(database), pytest.raises(AlreadyRunningError):
        restored(database, "latest")
