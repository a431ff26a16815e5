"""Says straight to the messenger what cannot be owed first: that the database cannot be written.

Owns when that is worth a word, to whom, and when it is over; once a stretch each.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from html import escape

from bot.chats import Chat, SendError
from bot.core.clock import lasting
from bot.core.message import Message
from bot.store import Store

log = logging.getLogger(__name__)

PATIENCE_S = 60
"""So many seconds of failed writes in a row are worth a word: another program's turn is shorter."""


LONGEST_S = 30.0
"""So long in seconds a heartbeat waits for the messenger: without one for longer, the program passes for stuck."""


class Alarm:
    """To be asked at every heartbeat. `clock` gives epoch seconds."""

    def __init__(self, store: Store, chat: Chat, clock: Callable[[], float], longest_s: float = LONGEST_S) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._longest_s = longest_s
        self._listeners: list[int] = []
        self._failing_since: int | None = None
        self._told: list[int] = []

    async def write_worked(self) -> None:
        """The heartbeat was stored: all-clear, where there was an alarm."""
        since, told = self._failing_since, self._told
        self._listeners, self._failing_since, self._told = _listeners(self._store), None, []
        if since is None:
            return
        lasted = lasting(int(self._clock()) - since)
        log.info("the database can be written again after=%s", lasted)
        await self._say(
            told,
            f"✅ The database can be written again, after {lasted}. What was crossed meanwhile is told with its time.",
        )

    async def write_failed(self, cause: str) -> None:
        """The heartbeat could not be stored."""
        now = int(self._clock())
        if self._failing_since is None:
            log.error("the database cannot be written cause=%s; everything is tried again", cause)
        self._failing_since = min(self._failing_since or now, now)
        if now - self._failing_since >= PATIENCE_S:
            untold = [chat_id for chat_id in self._listeners if chat_id not in self._told]
            self._told += await self._say(
                untold,
                f"⚠️ The database cannot be written ({escape(cause)}). No alert can be decided until it can: free some "
                "space where it lies, or see what holds it. What is crossed meanwhile will be told with its time.",
            )

    async def _say(self, chats: list[int], html: str) -> list[int]:
        """Those who have it now; the others are told at a later heartbeat."""
        reached: list[int] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(self._longest_s):
                for chat_id in chats:
                    reached += await self._sent(chat_id, html)
        return reached

    async def _sent(self, chat_id: int, html: str) -> list[int]:
        try:
            await self._chat.send(chat_id, Message(html))
        except SendError as error:
            log.warning("an alarm could not be sent fault=%s", error.fault.value)
            return []
        return [chat_id]


def _listeners(store: Store) -> list[int]:
    """The owner, else everybody: known before the database fails, since it might not even be read then."""
    if (owner := store.owner) is not None:
        return [owner]
    return [member.chat_id for member in store.chats.members()]
