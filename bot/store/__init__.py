"""The only room that speaks SQL: one SQLite file, opened once, used on one thread.

Never decides anything: what is a crossing, what may be sent and to whom is said elsewhere.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.store import ahead, schema
from bot.store.alerts import Alerts
from bot.store.analysts import Analysts
from bot.store.buttons import Buttons
from bot.store.chats import Chats
from bot.store.company_dates import CompanyDates
from bot.store.crossings import Crossings
from bot.store.errors import StoreError, damage_in, is_damage, unusable
from bot.store.exports import Exports
from bot.store.fault_counts import FaultCounts
from bot.store.history import History
from bot.store.levels import Levels
from bot.store.outbox import Outbox
from bot.store.splits import Splits
from bot.store.stocks import Stocks

BUSY_TIMEOUT_S = 2.0
"""How long in seconds a write waits for another program's (`targetwatch pair`, somebody's editor).

The daemon stands still for so long, a stop included, which must end within five.
"""


_CACHE_KB = 8_192
"""Holds the upper pages of every index of a million alerts; SQLite takes only what a database fills."""


class _Connection(sqlite3.Connection):
    """Remembers that it has met damage, whoever was told of it."""

    met_damage = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        try:
            return super().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            self.note(error)
            raise

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        try:
            return super().executemany(sql, parameters)
        except sqlite3.DatabaseError as error:
            self.note(error)
            raise

    def note(self, error: Exception) -> None:
        self.met_damage = self.met_damage or is_damage(error)


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
        self.splits = Splits(db)
        self.analysts = Analysts(db)
        self.company_dates = CompanyDates(db)
        self.buttons = Buttons(db)
        self.exports = Exports(db)
        self.faults = FaultCounts(db)

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
        except BaseException as error:
            if isinstance(connection, _Connection) and isinstance(error, sqlite3.DatabaseError):
                connection.note(error)  # met behind the first row of an answer
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

    @property
    def owner(self) -> int | None:
        """The user who owns the bot, whose private chat has the same id; None where nobody does or it is not served."""
        owner = self.fact("owner")
        return int(owner) if owner is not None and self.chats.serves(int(owner)) else None

    def forget(self, name: str) -> None:
        """Remember this fact no longer."""
        self.db.execute("delete from facts where name = ?", [name])

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

    def bring_back(self, now: int) -> bool:
        """Move what a clock that was ahead has stored to the present one (epoch seconds UTC); whether it was ahead."""
        with self.transaction():
            was_ahead = ahead.is_ahead(self.db, now)
            if was_ahead:
                ahead.bring_back(self.db, now)
        return was_ahead

    def size_bytes(self) -> int:
        """How large the database is on disk, its journal not counted."""
        (size,) = self.db.execute(
            "select page_count * page_size from pragma_page_count(), pragma_page_size()"
        ).fetchone()
        return int(size)

    @property
    def changes(self) -> int:
        """How many rows were changed since the database was opened, those of what was rolled back included."""
        return self.db.conn.total_changes

    @property
    def met_damage(self) -> bool:
        """Whether SQLite has met something in the file that cannot be: a copy has to take its place."""
        return isinstance(self.db.conn, _Connection) and self.db.conn.met_damage

    def free_bytes(self) -> int:
        """How much space is left where the database lies."""
        (path,) = self.db.execute("select file from pragma_database_list where name = 'main'").fetchone()
        return shutil.disk_usage(Path(path).parent).free

    def damage(self) -> str | None:
        """The first thing SQLite finds wrong with the file, or None; reads all of it."""
        return damage_in(self.db.conn)

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
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from None
    try:
        _make_ready(store, path)
    except (OSError, sqlite3.Error, StoreError) as error:
        store.close()
        raise error if isinstance(error, StoreError) else unusable(path, error) from None
    return store


def _make_private(path: Path) -> None:
    """SQLite gives its journal the permissions of the file it belongs to."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if str(path) != ":memory:":
        path.touch(mode=0o600, exist_ok=True)


def _connect(path: Path) -> Database:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, factory=_Connection)
    return Database(connection, execute_plugins=False)


def _make_ready(store: Store, path: Path) -> None:
    for setting in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", f"cache_size = -{_CACHE_KB}"):
        store.db.conn.execute(f"pragma {setting}")
    if newer := schema.unknown_migrations(store.db):
        raise StoreError(
            f"The database {path} was written by a newer targetwatch (it has {', '.join(sorted(newer))}). "
            "Install that version again, or name another database in storage.path."
        )
    schema.migrations.apply(store.db)
