"""The only room that speaks SQL: one SQLite file, opened once, used on one thread.

Never decides anything: what is a crossing, what may be sent and to whom is said elsewhere.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from bot.store import schema
from bot.store.alerts import Alerts
from bot.store.buttons import Buttons
from bot.store.chats import Chats
from bot.store.crossings import Crossings
from bot.store.exports import Exports
from bot.store.history import History
from bot.store.levels import Levels
from bot.store.outbox import Outbox
from bot.store.stocks import Stocks

BUSY_TIMEOUT_S = 2.0
"""How long in seconds a write waits for another program's (`targetwatch pair`, somebody's editor).

The daemon stands still for so long, a stop included, which must end within five.
"""


_CACHE_KB = 8_192
"""Holds the upper pages of every index of a million alerts; SQLite takes only what a database fills."""


class StoreError(Exception):
    """The database cannot be used; the text says why and what to do, fit for people."""


class Store:
    """The open database. A write outside `transaction` commits by itself."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.history = History(db)
        self.levels = Levels(db)
        self.alerts = Alerts(db)
        self.crossings = Crossings(db)
        self.outbox = Outbox(db)
        self.chats = Chats(db)
        self.stocks = Stocks(db)
        self.buttons = Buttons(db)
        self.exports = Exports(db)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and synced to disk at its end; joins one that is open already.

        Takes the write lock at once: a deferred BEGIN that reads first fails beside another writer
        without waiting. Never await inside.
        """
        connection = self.db.conn
        joins = connection.in_transaction
        if not joins:
            connection.execute("begin immediate")
        try:
            yield
            if not joins:
                connection.execute("commit")
        except BaseException:
            if not joins and connection.in_transaction:
                connection.execute("rollback")
            raise

    def fact(self, name: str) -> str | None:
        """One remembered fact of the program (the update offset, the heartbeat), or None."""
        row = self.db.execute("select value from facts where name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def remember(self, name: str, value: str | int) -> None:
        """Store one fact, replacing the one before."""
        self.db.execute(
            "insert into facts (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
            [name, str(value)],
        )

    def configured(self, name: str) -> str | None:
        """What the configuration file said of this thing when it was last read, or None."""
        row = self.db.execute("select value from configured where name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def note_configured(self, name: str, value: str) -> None:
        """Remember what the file says, so that only a change in it counts at the next start."""
        self.db.execute(
            "insert into configured (name, value) values (?, ?)"
            " on conflict (name) do update set value = excluded.value",
            [name, value],
        )

    def configured_names(self, prefix: str) -> tuple[str, ...]:
        """The things of one kind that the file named when it was last read."""
        rows = self.db.execute(
            "select name from configured where name >= ? and name < ? || char(1114111)", [prefix, prefix]
        )
        return tuple(str(name) for (name,) in rows)

    def forget_configured(self, name: str) -> None:
        """The file names this thing no longer; should it come back, it is new."""
        self.db.execute("delete from configured where name = ?", [name])

    def size_bytes(self) -> int:
        """How large the database is on disk, its journal not counted."""
        (size,) = self.db.execute(
            "select page_count * page_size from pragma_page_count(), pragma_page_size()"
        ).fetchone()
        return int(size)

    def damage(self) -> str | None:
        """The first thing SQLite finds wrong with the file, or None; reads all of it."""
        (answer,) = self.db.execute("pragma quick_check(1)").fetchone()
        return None if answer == "ok" else str(answer)

    def back_up(self, target: Path) -> None:
        """A consistent copy while others write; readable by its owner only. Raises StoreError.

        It has its name only once it is whole and on the disk: half a copy might pass for a whole one.
        """
        part = target.with_name(f"{target.name}.part")
        try:
            if target.exists():
                raise StoreError(f"{target} exists already; please name a new file.")
            part.unlink(missing_ok=True)  # of one that was cut off
            part.touch(mode=0o600, exist_ok=False)
            with closing(sqlite3.connect(part)) as copy:
                self.db.conn.backup(copy)
            part.rename(target)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreError(f"{target} cannot be written ({_cause(error)}).") from None

    def close(self) -> None:
        self.db.conn.close()


def open_store(path: Path) -> Store:
    """Open the database and bring its tables up to date; makes file and folder where they are missing.

    What it makes only its owner can read: chats and wishes are nobody else's business.

    Raises StoreError where it cannot be read or written, is no database, or is from a newer version.
    """
    try:
        _make_private(path)
        store = Store(_connect(path))
        _migrate(store, path)
        return store
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from None


def _make_private(path: Path) -> None:
    """SQLite gives its journal the permissions of the file it belongs to."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if str(path) != ":memory:":
        path.touch(mode=0o600, exist_ok=True)


def unusable(path: Path, error: Exception) -> StoreError:
    """What people are told of a database that SQLite or the system refuses."""
    if "not a database" in str(error):
        return StoreError(
            f"{path} is not a database of targetwatch. Move it away, or name another file in storage.path."
        )
    return StoreError(
        f"The database {path} cannot be used ({_cause(error)}). Check that the folder exists, is writable and "
        "has space and that no other program holds the file, or name another in storage.path."
    )


def _connect(path: Path) -> Database:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute(f"pragma cache_size = -{_CACHE_KB}")
    return Database(connection, execute_plugins=False)


def _migrate(store: Store, path: Path) -> None:
    if newer := schema.unknown_migrations(store.db):
        raise StoreError(
            f"The database {path} was written by a newer targetwatch (it has {', '.join(sorted(newer))}). "
            "Install that version again, or name another database in storage.path."
        )
    schema.migrations.apply(store.db)


def _cause(error: Exception) -> str:
    """The reason in lower case and without an address, as SQLite and the system give it."""
    return (error.strerror or "" if isinstance(error, OSError) else str(error)).casefold()
