"""The daemon and the database under it: begun again on a copy where the file is damaged, later where the disk is full.

Owns what is done about a database that cannot be used; all else is the app's.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.app import Exit
from bot.entry import end_on_sigterm
from bot.jobs.upkeep import tell_put_back
from bot.liveness import systemd
from bot.store import Store, open_store
from bot.store.backups import copied_at, copies, finish_put_back, newest_good, put_back
from bot.store.errors import StoreError, unusable

log = logging.getLogger(__name__)

PAUSE_S = 10.0
"""How long in seconds until a database that cannot be used for the moment is tried again."""

_MOST_REPLACEMENTS = 3  # a disk that breaks every copy would be filled with what is set aside


def run(database: Path, daemon: Callable[[Store], Exit], pause_s: float = PAUSE_S) -> Exit:
    """Run the daemon on its database until it ends for good, with a copy in its place where it is damaged.

    Raises StoreError where only a person can help.
    """
    replaced, said = 0, ""
    while True:
        end_on_sigterm()  # each daemon takes its own handler along when it ends
        try:
            end = _run_once(database, daemon)
            if end is not Exit.DAMAGED:
                return end
            replaced = _replace(database, replaced)
        except StoreError as error:
            if error.damaged:
                replaced = _replace(database, replaced)
            elif error.passing:
                if str(error) != said:
                    log.error("the database cannot be used for now, tried again every %d s: %s", pause_s, error)
                said = str(error)
                systemd.notify(systemd.ALIVE, systemd.PATIENCE, systemd.status("waits until the database can be used"))
                time.sleep(pause_s)
            else:
                raise


def put_back_and_tell(database: Path, kept: Path, now: int, *, damaged: bool) -> Path | None:
    """Put the copy in the place of the database and leave word of it there; where the old file lies now."""
    made_at = copied_at(kept)
    aside = put_back(database, kept, now)
    with closing(open_store(database)) as store:
        tell_put_back(store, made_at, now, damaged=damaged)
    return aside


def serves_anybody(database: Path) -> bool:
    """Whether there is a chat in it that is told: a copy may be older than the first pairing."""
    with closing(open_store(database)) as store:
        return bool(store.chats.members())


def _run_once(database: Path, daemon: Callable[[Store], Exit]) -> Exit:
    try:
        with closing(_opened(database)) as store:
            return daemon(store)
    except sqlite3.Error as error:
        raise unusable(database, error) from None


def _opened(database: Path) -> Store:
    """The database, all of it looked at: what is broken in a corner would be met when an alert is due."""
    if finish_put_back(database, int(time.time())):
        log.warning("a copy was on its way into the place of the database when that was cut off; it is there now")
    if database.exists() and not database.stat().st_size and copies(database):
        raise StoreError(f"{database} is empty, and was not.", damaged=True)
    store = open_store(database)
    if problem := store.damage():
        store.close()
        raise StoreError(f"{database} is damaged ({problem}).", damaged=True)
    return store


def _replace(database: Path, replaced: int) -> int:
    """Put the newest good copy in the place of a damaged database; how often that was done by now."""
    kept = newest_good(database)
    if kept is None or replaced == _MOST_REPLACEMENTS:
        why = "no copy of it is whole." if kept is None else "so was every copy put in its place: is the disk broken?"
        raise StoreError(f"The database {database} is damaged, and {why} To begin anew, move it away and start again.")
    aside = put_back_and_tell(database, kept, int(time.time()), damaged=True)
    log.error("the database was damaged; %s is in its place, and it lies in %s", kept, aside)
    if not serves_anybody(database):
        log.error("the copy knows no chat: unless telegram.chats lists one nobody is told, so run targetwatch pair")
    return replaced + 1
