"""The copies of a database file: made whole, checked, rotated, and put in the place of one that is damaged.

Each function opens what it needs and closes it, so that it can run in any thread beside the daemon.
Never decides when.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.store.errors import StoreError, cause_of, damage_in

FOLDER = "backups"
"""Where the copies lie, beside the database."""

_STAMP = "%Y%m%dT%H%M%SZ"
_PARTS = ("", "-wal", "-shm")  # the files that make up one database
_SPARE_BYTES = 64_000_000


def copies(database: Path) -> tuple[Path, ...]:
    """The copies kept of this database, the newest first."""
    pattern = f"{database.stem}-{'[0-9]' * 8}T{'[0-9]' * 6}Z.db"
    return tuple(sorted((database.parent / FOLDER).glob(pattern), reverse=True))


def copied_at(copy: Path) -> int:
    """When a kept copy was made, epoch seconds UTC; of any other file, when it was last written."""
    try:
        return int(datetime.strptime(copy.stem[-16:], _STAMP).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return int(copy.stat().st_mtime)


def keep_copy(database: Path, now: int, keep: int) -> Path:
    """Add a copy of the database as it is now, then let the oldest beyond `keep` go.

    Raises StoreError, `damaged` where the database is, and then drops none of the older ones. Leaves
    room on the disk: the last of it belongs to the alerts.
    """
    folder = database.parent / FOLDER
    with _translated(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        _check_room(database)
        unfinished = folder / f"{database.stem}.part"
        unfinished.unlink(missing_ok=True)  # of a run that was ended in the middle
        try:
            copy(database, unfinished)
            _check(database, unfinished)
            _bring_back(database, now)
            kept = unfinished.rename(_named(database, now))
            _sync(folder)
        finally:
            unfinished.unlink(missing_ok=True)
        for old in copies(database)[keep:]:
            old.unlink()
    return kept


def _bring_back(database: Path, now: int) -> None:
    """Let copies that a clock ahead has named be older than the one made now, or they would pass for the newest."""
    at = now
    for ahead in [one for one in copies(database) if copied_at(one) > now]:
        at = next(free for free in range(at - 1, 0, -1) if not _named(database, free).exists())
        ahead.rename(_named(database, at))


def _named(database: Path, at: int) -> Path:
    return database.parent / FOLDER / f"{database.stem}-{datetime.fromtimestamp(at, UTC):{_STAMP}}.db"


def copy(database: Path, target: Path) -> None:
    """A consistent copy as a new file while others write; readable by its owner only. Raises StoreError.

    It has its name only once it is whole: half a copy, of a run that was ended in the middle, might pass for one.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        if target.exists():
            raise StoreError(f"{target} exists already; please name a new file.")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600, exist_ok=False)
        with closing(_opened(database)) as source, closing(sqlite3.connect(unfinished)) as made:
            source.backup(made)
            made.execute("pragma journal_mode = delete")  # one file, that a read-only disk can hold as well
        unfinished.rename(target)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StoreError(f"{target} cannot be written ({cause_of(error)}).") from None


def damage(file: Path, *, in_use: bool = False) -> str | None:
    """The first thing wrong with a database, or None; reads all of it. `in_use` where others write to it."""
    try:
        with closing(_opened(file, "" if in_use else "&immutable=1")) as connection:
            found = damage_in(connection)
            ours = connection.execute("select 1 from sqlite_master where name = 'outbox'").fetchone()
    except sqlite3.Error as error:
        return cause_of(error)
    return found or (None if ours else "it is not one of targetwatch")


def newest_good(database: Path) -> Path | None:
    """The newest kept copy that is whole, or None."""
    return next((kept for kept in copies(database) if damage(kept) is None), None)


def put_back(database: Path, kept: Path, now: int) -> Path | None:
    """Put a copy in the place of the database, which is set aside; where that lies now, None where there was none.

    Nobody may have the database open. Raises StoreError with the database as it was, where there is no room.
    """
    arriving = _arriving(database)
    with _translated(database):
        arriving.unlink(missing_ok=True)
        try:
            copy(kept, arriving)
            return _exchange(database, now)
        finally:
            arriving.unlink(missing_ok=True)


def finish_put_back(database: Path, now: int) -> bool:
    """End what was cut off when the database had been set aside already and the copy was not yet in its place.

    Otherwise the next start would make an empty one there. A copy that came no further is dropped. Raises StoreError.
    """
    with _translated(database):
        if database.exists():
            _arriving(database).unlink(missing_ok=True)
        elif _arriving(database).exists():
            _exchange(database, now)
            return True
    return False


def _arriving(database: Path) -> Path:
    """The copy that is to take the database's place; whole as soon as it is there."""
    return database.with_name(f"{database.name}.part")


def _exchange(database: Path, now: int) -> Path | None:
    """Set aside what there is of the database, where a journal without its file is a part as well."""
    aside = database.with_name(f"{database.name}.set-aside-{datetime.fromtimestamp(now, UTC):{_STAMP}}")
    was_there = database.exists()
    for part in _PARTS:
        if (file := Path(f"{database}{part}")).exists():
            file.rename(f"{aside}{part}")
    _arriving(database).rename(database)
    _sync(database.parent)
    return aside if was_there else None


def _check(database: Path, made: Path) -> None:
    problem = damage(made)
    if problem is not None:
        # The copy alone may have been written wrongly: the database then stays in use.
        is_source = damage(database, in_use=True) is not None
        raise StoreError(f"The copy of {database} is damaged ({problem}).", damaged=is_source, passing=not is_source)


def _check_room(database: Path) -> None:
    needed = sum(Path(f"{database}{part}").stat().st_size for part in _PARTS if Path(f"{database}{part}").exists())
    if shutil.disk_usage(database.parent).free < needed + _SPARE_BYTES:
        raise StoreError(f"No copy was made: the disk of {database.parent} is nearly full.", passing=True)


def _opened(file: Path, more: str = "") -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro{more}", uri=True)


def _sync(folder: Path) -> None:
    """Renames outlive a loss of power once their folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{place} cannot be written ({cause_of(error)}).", passing=True) from None
