"""What keeps the database itself well: an hourly copy that is checked, and minutes grown old thinned to days.

Owns when that is due and what a put-back copy owes its chats; the files are `store/backups`'s.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from bot.core import events
from bot.core.days import date_of, midnight
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.backups import keep_copy
from bot.store.errors import StoreError

log = logging.getLogger(__name__)

LOOK_S = 300
"""How often in seconds it is to be seen whether something is due, and so between two tries."""

COPY_EVERY_S = 3_600

_DAYS_A_LOOK = 10  # a backlog is thinned a few days at a time, each day a commit


class Upkeep:
    """Sees to one database. `keep` copies are kept, minutes for `minutes_s`; `watched` are the stocks of the moment.

    `damaged` is set once the file is found to be broken.
    """

    def __init__(
        self,
        store: Store,
        path: Path,
        clock: Callable[[], float],
        watched: Callable[[], Iterable[Watched]],
        keep: int,
        minutes_s: int,
    ) -> None:
        self._store = store
        self._path = path
        self._clock = clock
        self._watched = watched
        self._keep = keep
        self._minutes_s = minutes_s
        self.damaged = asyncio.Event()

    async def look(self) -> None:
        """Do what is due."""
        now = int(self._clock())
        if self._keep and self._is_copy_due(now):
            await self._copy(now)
        for one in self._watched():
            thin(self._store, one, now - self._minutes_s)
            await asyncio.sleep(0)
        self._store.outbox.forget_paid(now - self._minutes_s)

    def note_damage(self) -> None:
        """Whether anybody has met damage is to be seen often: no alert is safe from then on."""
        if self._store.met_damage:
            self.damaged.set()

    def _is_copy_due(self, now: int) -> bool:
        """Also where the last one lies in the future, because the clock was set back, and where one is wanted."""
        if self._store.fact("copy_wanted") is not None:
            return True
        last = last_copy(self._store)[0] or 0
        return not last <= now < last + COPY_EVERY_S

    async def _copy(self, now: int) -> None:
        try:
            await asyncio.to_thread(keep_copy, self._path, now, self._keep)
        except StoreError as error:
            self._note_failure(error)
        else:
            with self._store.transaction():
                self._store.forget("copy_wanted")
                self._store.remember("backup", now)
                self._store.remember("backup_fault", "")

    def _note_failure(self, error: StoreError) -> None:
        if error.damaged:
            self.damaged.set()
        if str(error) != last_copy(self._store)[1]:
            log.error("the hourly copy failed cause=%s", error)
            self._store.remember("backup_fault", str(error))


def last_copy(store: Store) -> tuple[int | None, str]:
    """When the last good copy was made (epoch seconds UTC), and why the last try failed; empty where it did not."""
    return int(store.fact("backup") or 0) or None, store.fact("backup_fault") or ""


def thin(store: Store, watched: Watched, before: int) -> None:
    """Let each of the oldest exchange days that ended by `before` (epoch seconds UTC) be one row, its minutes gone.

    The day of the last price stays, however old: without it nobody would know from where to catch up, be it on
    crossings or on a split.
    """
    symbol, zone = watched.stock.symbol, watched.hours.zone
    last = store.history.last_bar(symbol)
    if last is None:
        return
    for _ in range(_DAYS_A_LOOK):
        day = date_of(store.history.first_minute(symbol) or last.at, zone)
        start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        if end > min(before, last.at):
            return
        with store.transaction():
            session = store.history.session(symbol, day, start, end)
            if session is not None and not store.history.has_day(symbol, day):
                store.history.add_days(symbol, [session])
            store.history.drop_minutes(symbol, end)


def tell_put_back(store: Store, copied_at: int, now: int, *, damaged: bool) -> None:
    """A copy took the place of the database: say so everywhere, and mark what may have been told already."""
    with store.transaction():
        store.remember("put_back_at", now)
        store.outbox.doubt_all()
        chats = [member.chat_id for member in store.chats.members()]
        store.outbox.owe(chats, events.PutBack(copied_at, now, damaged), now)
