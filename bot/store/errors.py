"""What is wrong with a database, in words fit for people and in the kinds that decide what happens next."""

import errno
import sqlite3
from pathlib import Path

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PASSING = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR)
_PASSING_ERRNO = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class StoreError(Exception):
    """The database cannot be used; the text says why and what to do, fit for people.

    `passing` where it may well be used later, unchanged: a full disk, another program that holds it.
    `damaged` where the file itself is broken: a copy has to take its place.
    """

    def __init__(self, text: str, *, passing: bool = False, damaged: bool = False) -> None:
        super().__init__(text)
        self.passing = passing
        self.damaged = damaged


def unusable(path: Path, error: Exception) -> StoreError:
    """What people are told of a database that SQLite or the system refuses."""
    if is_damage(error):
        what = "is not a database of targetwatch" if "not a database" in str(error) else "is damaged"
        return StoreError(
            f"{path} {what} ({cause_of(error)}). `targetwatch restore` lists the copies that can take its place; "
            "or move it away, or name another file in storage.path.",
            damaged=True,
        )
    return StoreError(
        f"The database {path} cannot be used ({cause_of(error)}). Check that the folder exists, is writable and "
        "has space and that no other program holds the file, or name another in storage.path.",
        passing=is_passing(error),
    )


def damage_in(connection: sqlite3.Connection) -> str | None:
    """The first thing SQLite finds wrong with the file, or None; reads all of it."""
    (answer,) = connection.execute("pragma integrity_check(1)").fetchone()
    return None if answer == "ok" else str(answer).splitlines()[-1]


def is_damage(error: Exception) -> bool:
    """Whether SQLite has met something in the file that cannot be."""
    return _code(error) in _DAMAGED


def is_passing(error: Exception) -> bool:
    """Whether the same may work later: no space, no turn, a disk that stumbles."""
    return _code(error) in _PASSING or (isinstance(error, OSError) and error.errno in _PASSING_ERRNO)


def is_full(error: Exception) -> bool:
    """Whether there was no room on the disk."""
    return _code(error) == sqlite3.SQLITE_FULL


def cause_of(error: Exception) -> str:
    """The reason in lower case and without an address, as SQLite and the system give it."""
    return (error.strerror or "" if isinstance(error, OSError) else str(error)).casefold()


def _code(error: Exception) -> int | None:
    """SQLite's primary result code; the extended ones keep it in their last byte."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
