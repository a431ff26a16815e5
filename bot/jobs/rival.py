"""Another program that reads this bot's updates: how long to wait for it, and whom to tell.

Never stops listening, and never touches delivery.
"""

import logging
import sqlite3
from collections.abc import Callable

from bot.core.contact import ReaderGone, SecondReader
from bot.core.events import Event
from bot.jobs.backoff import backoff_s
from bot.jobs.reach import Reach
from bot.store import Store

log = logging.getLogger(__name__)

_TOLD_AT = 3
"""A program that is just being replaced meets the new one once or twice; that is worth no message."""

_GONE_AFTER_S = 300
"""Two that read in turn both succeed now and then: one good look does not mean that the other is gone."""

_SAID_AGAIN_S = 3600


class Rival:
    """One stretch after the other in which somebody else reads too; `reach` is told of them.

    `clock` gives epoch seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float], reach: Reach) -> None:
        self._store = store
        self._clock = clock
        self._reach = reach
        self._times = 0
        self._since = self._met_at = self._said_at = 0

    def met(self) -> float:
        """It was there: seconds to wait before the next look, more each time."""
        self._met_at = now = int(self._clock())
        self._times += 1
        if self._times == 1:
            self._since = now
        if self._times == 1 or now - self._said_at >= _SAID_AGAIN_S:
            self._said_at = now
            log.error("another program reads this bot's updates; stop it, or it takes half of the commands")
        if self._times == _TOLD_AT:
            self._reach.rival_since = self._since
            self._tell_owner(SecondReader(self._since))
        return backoff_s(self._times)

    def absent(self) -> None:
        """A look was not disturbed; after five such minutes the stretch is over."""
        if not self._times or int(self._clock()) - self._met_at < _GONE_AFTER_S:
            return
        log.warning("no other program reads this bot's updates any more")
        if self._times >= _TOLD_AT:
            self._tell_owner(ReaderGone(self._since, self._met_at))
        self._times, self._reach.rival_since = 0, None

    def _tell_owner(self, event: Event) -> None:
        try:
            owner = self._store.owner
            if owner is not None:
                self._store.outbox.owe([owner], event, int(self._clock()))
        except sqlite3.Error as error:
            log.error("the owner cannot be told cause=%s", error)
