"""Pays the outbox: every message at least once, in order within a chat, marked where it is a repeat.

Owns when to try again, that nothing is sent to a chat that wants quiet, and what counts as paid or
refused; the words come from the core at the moment of sending, the sending itself is the chat's.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.chats import Chat, SendError, SendFault
from bot.core.clock import Place
from bot.core.message import Message
from bot.core.wording import marked, render
from bot.core.wording.kept import Kept, together
from bot.core.wording.view import View
from bot.jobs.lost import find, lose
from bot.jobs.pace import Pace
from bot.store import Store
from bot.store.fault_counts import Source
from bot.store.outbox import Owed

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Sends in flight together; more gain nothing against Telegram's own limits."""

_IDLE_S = 5.0
_FINISH_S = 3.0


class Deliver:
    """The paying loop. `clock` gives epoch seconds, `monotonic` the seconds that pacing counts in."""

    def __init__(
        self,
        store: Store,
        chat: Chat,
        view: Callable[[str | None], View],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        reachable: Callable[[int], bool] = lambda chat_id: True,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._chat = chat
        self._view = view
        self._clock = clock
        self._monotonic = monotonic
        self._reachable = reachable
        self._pace = pace or Pace()
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._accepted: dict[int, tuple[Owed, int]] = {}
        self._woken = asyncio.Event()
        self.rejected = asyncio.Event()

    def wake(self) -> None:
        """Something new may be due."""
        self._woken.set()

    async def run(self) -> None:
        """Pay until cancelled; sends under way are then given three seconds to end."""
        self._recover()
        try:
            while not self.rejected.is_set():
                self._woken.clear()
                wait_s = self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._woken.wait()
        finally:
            await self._finish()

    async def drain(self) -> None:
        """Pay everything that can be paid at this moment of the clocks, then return."""
        self._round()
        while self._in_flight:
            await asyncio.wait(self._in_flight.values())
            self._round()

    def _recover(self) -> None:
        try:
            recovered = self._store.outbox.recover()
        except sqlite3.OperationalError as error:
            # Nothing is lost by it: the outbox calls these rows doubtful either way.
            log.error("the database cannot be written cause=%s", error)
        else:
            if recovered:
                log.warning("sends of unknown end will be repeated count=%d", recovered)

    def _look(self) -> float:
        """One round that may fail: no fault of the database ends the loop."""
        try:
            return self._round()
        except Exception:
            log.exception("the outbox cannot be read; looking again")
            return _IDLE_S

    def _round(self) -> float:
        """Start every send that may start now; seconds until the next may."""
        now = self._monotonic()
        wait_s = _IDLE_S
        for owed in self._due():
            if owed.chat_id in self._in_flight or not self._reachable(owed.chat_id) or self._waits(owed):
                continue
            pause = self._pace.free_at(owed.chat_id) - now
            if pause > 0 or len(self._in_flight) >= AT_ONCE:
                wait_s = min(wait_s, max(pause, 0.01)) if pause > 0 else wait_s
                continue
            whole = self._store.outbox.together(owed, int(self._clock()))
            self._pace.note_sent(owed.chat_id, now)
            self._in_flight[owed.chat_id] = asyncio.create_task(self._pay(whole))
        return wait_s

    def _due(self) -> tuple[Owed, ...]:
        return self._store.outbox.due(int(self._clock()))

    def _waits(self, owed: Owed) -> bool:
        """Whether the chat wants nothing now: what is due for it is then due at the end of the quiet.

        Asked at this last moment, so that what was owed before the quiet began obeys it too.
        """
        now = int(self._clock())
        until = self._store.chats.quiet_until(owed.chat_id, now)
        if until is None or owed.id in self._accepted:
            return False
        self._store.outbox.put_off(owed.chat_id, until, now)
        return True

    async def _pay(self, owed: Owed) -> None:
        try:
            await self._attempt(owed)
        except Exception:
            # The row stays as it is; without this pause a full disk would be retried in a spin.
            log.exception("delivery failed outbox=%d", owed.id)
            self._store.faults.note(Source.PROGRAM, "delivery failed", self._clock())
            self._pace.back_off(owed.chat_id, self._monotonic())
        finally:
            del self._in_flight[owed.chat_id]
            self.wake()

    async def _attempt(self, owed: Owed) -> None:
        # Accepted before, only not noted as such (a full disk): it must not go out again.
        if owed.id not in self._accepted:
            await self._send(owed)
        if owed.id in self._accepted:
            self._note_sent(owed)

    async def _send(self, owed: Owed) -> None:
        message = self._worded(owed)
        if message is None:
            return
        message = self._store.buttons.shortened(message)
        self._store.outbox.begin(owed, int(self._clock()))
        try:
            self._accepted[owed.id] = (owed, await self._chat.send(owed.chat_id, message))
        except SendError as error:
            self._note_fault(owed, error)

    def _worded(self, owed: Owed) -> Message | None:
        """The message, or None for what no words can be made of, which must not hold up the rest."""
        try:
            message = self._kept_words(owed) if owed.kept else self._words(owed)
        except sqlite3.Error:
            raise  # the words are not at fault
        except Exception:
            log.exception("cannot be worded outbox=%d", owed.id)
            self._refuse(owed, "cannot be worded")
            return None
        return marked(message) if owed.doubtful else message

    def _words(self, owed: Owed) -> Message:
        event = owed.event
        return render(event, self._seen_from(owed.chat_id, getattr(event, "symbol", None)))

    def _kept_words(self, owed: Owed) -> Message:
        kept = [Kept(row.event, row.created_at) for row in owed.rows]
        symbols = dict.fromkeys(getattr(one.event, "symbol", None) for one in kept)
        return together(kept, {symbol: self._seen_from(owed.chat_id, symbol) for symbol in symbols})

    def _seen_from(self, chat_id: int, symbol: str | None) -> View:
        """The view, by the clocks of the chat where it has chosen some."""
        view, zone = self._view(symbol), self._store.chats.zone(chat_id)
        return view if zone is None else replace(view, place=Place(zone))

    def _refuse(self, owed: Owed, fault: str) -> None:
        """For good, where it is one message alone; of several in one, which of them is at fault is still to be seen."""
        if len(owed.rows) > 1:
            self._store.outbox.separate(owed, fault)
        else:
            log.error("refused for good outbox=%d fault=%s", owed.id, fault)
            self._store.outbox.refused(owed, fault)

    def _note_sent(self, owed: Owed) -> None:
        now = int(self._clock())
        with self._store.transaction():
            find(self._store, owed.chat_id, now)
            self._store.outbox.sent(*self._accepted[owed.id], now)
        del self._accepted[owed.id]
        if self._pace.note_accepted(owed.chat_id):
            log.info("sends go through again outbox=%d", owed.id)

    def _note_fault(self, owed: Owed, error: SendError) -> None:
        self._store.faults.note(Source.TELEGRAM, error.fault.value, self._clock())
        match error.fault:
            case SendFault.BLOCKED:
                self._lose(owed, error.fault)
            case SendFault.MALFORMED:
                self._refuse(owed, error.fault.value)
            case SendFault.MIGRATED if error.new_chat_id is not None and error.new_chat_id != owed.chat_id:
                self._move(owed, error.new_chat_id)
            case SendFault.SLOW_DOWN:
                log.warning("told to wait outbox=%d seconds=%s", owed.id, error.retry_after_s)
                # Before the row is written: that may fail, and the wait holds all the same.
                self._pace.hold(self._monotonic(), error.retry_after_s)
                self._store.outbox.failed(owed, error.fault.value, unclear=False)
            case SendFault.REJECTED:
                self.rejected.set()
                self._store.outbox.failed(owed, error.fault.value, unclear=False)
            case _:
                unclear = error.fault is not SendFault.UNSENT
                self._store.outbox.failed(owed, error.fault.value, unclear=unclear)
                is_news = self._pace.back_off(owed.chat_id, self._monotonic())
                # Once when it begins: a night without a network would fill the log.
                level = logging.WARNING if is_news else logging.DEBUG
                log.log(level, "send failed, tried again outbox=%d fault=%s", owed.id, error.fault.value)

    def _lose(self, owed: Owed, fault: SendFault) -> None:
        """The chat wants no messages: this one is dead, and the owner is told once."""
        with self._store.transaction():
            self._store.outbox.refused(owed, fault.value)
            lose(self._store, owed.chat_id, int(self._clock()))

    def _move(self, owed: Owed, new_chat_id: int) -> None:
        with self._store.transaction():
            self._store.outbox.failed(owed, SendFault.MIGRATED.value, unclear=False)
            self._store.chats.migrate(owed.chat_id, new_chat_id)

    async def _finish(self) -> None:
        tasks = list(self._in_flight.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_FINISH_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
