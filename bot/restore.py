"""targetwatch restore: the copies there are, and one of them put in the place of the database."""

import time
from datetime import UTC, datetime
from pathlib import Path

from bot.core.clock import lasting
from bot.core.wording.running import NOBODY_IS_TOLD
from bot.recovery import put_back_and_tell, serves_anybody
from bot.store.backups import FOLDER, copied_at, copies, damage, newest_good
from bot.store.errors import StoreError
from bot.store.lock import Lock

LATEST = "latest"


def listed(database: Path) -> str:
    """A line for each copy, the newest first, and what to type to use one."""
    kept = copies(database)
    if not kept:
        return f"No copies of {database} in {database.parent / FOLDER}; the daemon makes one every hour."
    now = int(time.time())
    return "\n".join([*(_line(one, now) for one in kept), "", "To use one: targetwatch restore latest, or its name."])


def restored(database: Path, named: str) -> str:
    """Put the copy in place; a sentence that says so.

    Raises StoreError where there is none such or it is damaged, AlreadyRunningError while a daemon runs.
    """
    with Lock(database):
        kept = _meant(database, named)
        if problem := damage(kept):
            raise StoreError(f"{kept} cannot be used: {problem}. `targetwatch restore` lists the others.")
        aside = put_back_and_tell(database, kept, int(time.time()), damaged=False)
    old = "" if aside is None else f" What was there lies in {aside}."
    said = f"{database} is now the copy of {_moment(copied_at(kept))}.{old} Start targetwatch again; it catches up."
    return said if serves_anybody(database) else f"{said}\nIn that copy {NOBODY_IS_TOLD}."


def _meant(database: Path, named: str) -> Path:
    if named == LATEST:
        kept = newest_good(database)
        if kept is None:
            raise StoreError(f"There is no whole copy of {database} in {database.parent / FOLDER}.")
        return kept
    for file in (database.parent / FOLDER / named, Path(named)):
        if file.is_file():
            return file
    raise StoreError(f"There is no copy {named}. `targetwatch restore` lists those there are.")


def _line(kept: Path, now: int) -> str:
    at, size, problem = copied_at(kept), kept.stat().st_size / 1e6, damage(kept)
    state = "whole" if problem is None else f"cannot be used ({problem})"
    return f"{kept.name}  {_moment(at)}, {lasting(now - at)} ago  {size:.1f} MB  {state}"


def _moment(at: int) -> str:
    """By the clocks of this machine."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M %Z}"
