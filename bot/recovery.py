"""The daemon and the database under it: begun again on a copy where the file is damaged, later where the disk is full.

Owns what is done about a database that cannot be used; all else is the app's.
"""

import asyncio
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bot import app
from bot.entry import end_on_sigterm
from bot.jobs.upkeep import tell_put_back
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.backups import copied_at, copies, newest_good, put_back
from bot.store.faults import StoreError, unusable

log = logging.getLogger(__name__)

PAUSE_S = 30.0
"""How long in seconds until a database that cannot be used for the moment is tried again."""

_MOST_REPLACEMENTS = 3  # a disk that breaks every copy would be filled with what is set aside


def run(settings: Settings) -> int:
    """The daemon until it ends for good; its exit code. Raises StoreError where only a person can help."""
    path, replaced = settings.storage.path, 0
    while True:
        end_on_sigterm()
        try:
            code = _run_once(settings)
            if code is not app.Exit.DAMAGED:
                return int(code)
            replaced = _replace(path, replaced)
        except StoreError as error:
            if error.damaged:
                replaced = _replace(path, replaced)
            elif error.passing:
                log.error("the database cannot be used for now, tried again every %d s: %s", PAUSE_S, error)
                time.sleep(PAUSE_S)
            else:
                raise


def put_back_and_tell(path: Path, kept: Path, now: int, *, damaged: bool) -> Path | None:
    """Put the copy in the place of the database and leave word of it there; where the old file lies now."""
    made_at = copied_at(kept)
    aside = put_back(path, kept, now)
    with closing(open_store(path)) as store:
        tell_put_back(store, made_at, now, damaged=damaged)
    return aside


def _run_once(settings: Settings) -> app.Exit:
    try:
        with closing(_opened(settings.storage.path)) as store:
            return asyncio.run(app.run(settings, store))
    except sqlite3.Error as error:
        raise unusable(settings.storage.path, error) from None


def _opened(path: Path) -> Store:
    """The database, all of it looked at: what is broken in a corner would be met when an alert is due."""
    if path.exists() and not path.stat().st_size and copies(path):
        raise StoreError(f"{path} is empty, and was not.", damaged=True)
    store = open_store(path)
    if problem := store.damage():
        store.close()
        raise StoreError(f"{path} is damaged ({problem}).", damaged=True)
    return store


def _replace(path: Path, replaced: int) -> int:
    """Put the newest good copy in the place of a damaged database; how often that was done by now."""
    kept = newest_good(path)
    if kept is None or replaced == _MOST_REPLACEMENTS:
        why = "no copy of it is whole." if kept is None else "so was every copy put in its place: is the disk broken?"
        raise StoreError(f"The database {path} is damaged, and {why} To begin anew, move it away and start again.")
    aside = put_back_and_tell(path, kept, int(time.time()), damaged=True)
    log.error("the database was damaged; %s is in its place, and it lies in %s", kept, aside)
    return replaced + 1
