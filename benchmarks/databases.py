"""Databases in the state in which a daemon finds them day after day."""

import sqlite3
from pathlib import Path

from bot.store import Store, open_store


def plain(file: Path, table: str) -> sqlite3.Connection:
    """A database with one table, without our schema, journalled and synced as ours is."""
    connection = sqlite3.connect(file)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute(f"create table {table}")
    wear_in(connection)
    return connection


def ours(file: Path) -> Store:
    """An empty database of targetwatch."""
    store = open_store(file)
    wear_in(store.db.conn)
    return store


def wear_in(connection: sqlite3.Connection) -> None:
    """Bring the journal to the length at which SQLite writes it over from its start.

    The first thousand pages of a new one are dearer to sync, because the file grows with them.
    """
    connection.execute("create table ballast (weight)")
    connection.execute("insert into ballast values (zeroblob(5000000))")
    connection.execute("drop table ballast")
    connection.commit()
    connection.execute("pragma wal_checkpoint(restart)")
