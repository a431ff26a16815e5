"""Reads what people type and tap, has it answered, and never reads an update twice.

The effect of a command and the offset behind its update are committed together; the reply follows, at
the pace that alerts keep too. What nobody is to be answered for is only counted, once a look.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace

from bot.chats import Chat, Incoming, SendError, SendFault
from bot.core.message import File, Message
from bot.jobs.backoff import backoff_s
from bot.jobs.pace import Pace
from bot.jobs.reach import Reach
from bot.jobs.rival import Rival
from bot.store import Store
from bot.store.errors import is_full
from bot.store.fault_counts import Source

log = logging.getLogger(__name__)

Respond = Callable[[Incoming, int], Message | None]
"""The reply to an update at a moment (epoch seconds UTC); None is silence."""

_FULL = Message("The disk is full or cannot be written here. Nothing was changed; please try again later.")
_BROKEN = Message("That went wrong on this side. Nothing was changed; the owner finds the cause in the log.")
_NOT_MADE = "The picture or file for this could not be made; the owner finds the cause in the log."
_NOT_TAKEN = "The picture or file for this was not accepted in this chat."
_FORGOTTEN = Message("What this button did is not known here any more. /help lists what can be typed.")
_MOST_WAITING = 20
"""So many replies wait in one chat; the commands beyond are carried out without a word."""

_REPLY_TRIES = 3
_REPLY_PATIENCE_S = 75.0
_AFTER_ALERTS_S = 0.05
"""Where both wait for the same moment, the alert goes out and the reply waits for the next."""

_LAST_REPLIES_S = 1.0
_REPLY_PAUSE_S = 2.0
_REFUSED = (SendFault.MALFORMED, SendFault.BLOCKED)


class _ChangedError(Exception):
    """What was only to be looked up has changed something."""


class Listen:
    """The reading loop. `offset_name` keeps the place of each messenger's updates apart."""

    def __init__(
        self,
        store: Store,
        chat: Chat,
        respond: Respond,
        clock: Callable[[], float],
        offset_name: str,
        wake: Callable[[], None] = lambda: None,
        sleep: Callable[[float], "asyncio.Future[None]"] = asyncio.sleep,  # type: ignore[assignment]
        heeds: Callable[[Incoming, int], bool] = lambda incoming, now: True,
        pace: Pace | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        reach: Reach | None = None,
    ) -> None:
        """`heeds` says whether anything can come of an update at a moment; `pace`, which counts in seconds of
        `monotonic`, is the one that alerts keep.
        """
        self._store = store
        self._chat = chat
        self._respond = respond
        self._clock = clock
        self._offset_name = offset_name
        self._wake = wake
        self._sleep = sleep
        self._heeds = heeds
        self._pace = pace or Pace()
        self._monotonic = monotonic
        self.reach = reach or Reach()
        self._rival = Rival(store, clock, self.reach)
        self._offset = self._noted = int(store.fact(offset_name) or 0)
        self._is_offset_stored = True
        self._replies: dict[int, list[asyncio.Task[None]]] = {}
        self.rejected = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled, or until the messenger rejects the bot; replies under way get a second more."""
        try:
            await self._read()
        finally:
            if replies := [task for queue in self._replies.values() for task in queue]:
                _, late = await asyncio.wait(replies, timeout=_LAST_REPLIES_S)
                for task in late:
                    task.cancel()

    async def _read(self) -> None:
        failures = 0
        while not self.rejected.is_set():
            try:
                updates = await self._chat.receive(self._offset)
            except SendError as error:
                failures += 1
                self.note_unreached(error)
                await self._pause(error, failures)
                continue
            if failures:
                log.info("updates can be read again")
                self._pace.note_reached()
                self._wake()
            failures = 0
            self.reach.answered()
            self._rival.absent()
            for incoming in updates:
                self._begin_guarded(incoming)
                await asyncio.sleep(0)  # a flood of commands holds up neither alerts nor a stop
            self._note_offset()

    def note_unreached(self, error: SendError) -> None:
        """Remember and count that the messenger did not answer as it should."""
        now = int(self._clock())
        self.reach.failed(error.fault, now)
        self._store.faults.note(Source.TELEGRAM, error.fault.value, now)

    def _begin_guarded(self, incoming: Incoming) -> None:
        """The boundary of an update: whatever goes wrong with one, the next is taken."""
        try:
            self._begin(incoming)
        except Exception:
            log.exception("update passed over update=%d", incoming.update_id)

    async def take(self, incoming: Incoming) -> None:
        """Do what one update asks for, remember that it is done, then reply."""
        replying = self._begin(incoming)
        self._note_offset()
        if replying is not None:
            await replying

    def _begin(self, incoming: Incoming) -> "asyncio.Task[None] | None":
        """Do it now; the reply goes out by itself, behind the chat's earlier ones and beside other chats'."""
        self._offset = incoming.update_id + 1
        if not self._concerns(incoming):
            return None
        reply = self._done(incoming)
        self._wake()
        return None if reply is None else self._queue(incoming, reply)

    def _concerns(self, incoming: Incoming) -> bool:
        if incoming.moved_to is not None:
            return self._store.chats.serves(incoming.chat_id)
        return incoming.text is not None and self._heeds(incoming, int(self._clock()))

    def _queue(self, incoming: Incoming, reply: Message) -> "asyncio.Task[None] | None":
        queue = self._replies.setdefault(incoming.chat_id, [])
        if len(queue) >= _MOST_WAITING:
            return None
        task = asyncio.create_task(self._reply(incoming, reply, queue[-1] if queue else None))
        task.add_done_callback(lambda done: self._forget(incoming.chat_id, done))
        queue.append(task)
        if len(queue) == _MOST_WAITING:
            log.warning("a chat asks faster than it can be answered; some replies are left out")
        return task

    def _note_offset(self) -> None:
        """Of updates that were only counted the offset is stored once for all: read again, they change nothing."""
        if self._offset == self._noted:
            return
        try:
            self._store.remember(self._offset_name, self._offset)
            self._noted, self._is_offset_stored = self._offset, True
        except sqlite3.Error as error:
            # Once when it begins: an idle hour on a full disk would fill the log.
            log.log(logging.ERROR if self._is_offset_stored else logging.DEBUG,
                    "offset not stored offset=%d cause=%s", self._offset, error)  # fmt: skip
            self._is_offset_stored = False

    def _kept(self, incoming: Incoming) -> Incoming:
        """A tap under an alert is answered below it: edited away, the alert would be gone."""
        tapped = incoming.tapped_message_id
        if tapped is None or not self._store.outbox.delivered(incoming.chat_id, tapped):
            return incoming
        return replace(incoming, tapped_message_id=None)

    def _forget(self, chat_id: int, done: "asyncio.Task[None]") -> None:
        self._replies[chat_id].remove(done)
        if not self._replies[chat_id]:
            del self._replies[chat_id]

    async def _reply(self, incoming: Incoming, reply: Message, earlier: "asyncio.Task[None] | None") -> None:
        if earlier is not None:
            await asyncio.wait([earlier])
        reply, file = await _made(reply)
        await self._answer(self._kept(incoming), reply, file)

    def _done(self, incoming: Incoming) -> Message | None:
        try:
            with self._store.transaction():
                self._store.remember(self._offset_name, incoming.update_id + 1)
                reply = self._understood(incoming)
                reply = None if reply is None else self._store.buttons.shortened(reply)
            self._noted = incoming.update_id + 1
            return reply
        except sqlite3.OperationalError as error:
            log.error("update not taken update=%d cause=%s", incoming.update_id, error)
            return (is_full(error) and self._looked_up(incoming)) or self._excuse(incoming, _FULL)
        except Exception:
            log.exception("update failed update=%d", incoming.update_id)
            self._store.faults.note(Source.PROGRAM, "command failed", self._clock())
            return self._excuse(incoming, _BROKEN)

    def _looked_up(self, incoming: Incoming) -> Message | None:
        """The reply to what changes nothing: how things stand is asked for most when nothing can be stored."""
        try:
            with self._store.transaction():
                before = self._store.changes
                reply = self._understood(incoming)
                if self._store.changes != before:
                    raise _ChangedError
                return reply
        except (sqlite3.Error, _ChangedError):
            return None
        except Exception:
            log.exception("update failed update=%d", incoming.update_id)
            return None

    def _understood(self, incoming: Incoming) -> Message | None:
        """The reply; a tap means the command its button stands for. A chat that moves is followed without a word."""
        if incoming.moved_to is not None:
            self._store.chats.migrate(incoming.chat_id, incoming.moved_to)
            return None
        if incoming.tap_id is None or incoming.text is None:
            return self._respond(incoming, int(self._clock()))
        command = self._store.buttons.meant(incoming.text)
        if command is None:
            return _FORGOTTEN if self._store.chats.obeys(incoming.user_id, incoming.chat_id) else None
        return self._respond(replace(incoming, text=command), int(self._clock()))

    def _excuse(self, incoming: Incoming, sentence: Message) -> Message | None:
        """The sentence, for those who are obeyed; it ends the update, which no later start takes up again."""
        self._note_offset()
        return sentence if self._store.chats.obeys(incoming.user_id, incoming.chat_id) else None

    async def _answer(self, incoming: Incoming, reply: Message, file: File | None) -> None:
        """Try a few times: a reply lost is asked for again, so it is not worth an outbox row."""
        not_before = 0.0
        for _ in range(_REPLY_TRIES):
            if not await self._turn(incoming.chat_id, not_before):
                return
            try:
                await self._chat.answer(incoming, reply, file)
                return
            except SendError as error:
                log.warning("reply failed update=%d fault=%s", incoming.update_id, error.fault.value)
                self._store.faults.note(Source.TELEGRAM, error.fault.value, self._clock())
                if file is not None and error.fault in _REFUSED:  # a group may forbid pictures, not words
                    await self._answer(incoming, _without_file(reply, _NOT_TAKEN), None)
                    return
                if error.fault is SendFault.SLOW_DOWN:
                    self._pace.hold(self._monotonic(), error.retry_after_s)
                elif error.fault is SendFault.UNSENT:
                    not_before = self._monotonic() + _REPLY_PAUSE_S
                else:  # it may have arrived, or never will
                    return

    async def _turn(self, chat_id: int, not_before: float) -> bool:
        """Wait until this chat may be written to, which counts as written; False where that takes minutes."""
        while (wait_s := max(self._pace.reply_at(chat_id), not_before) - self._monotonic()) > 0:
            if wait_s > _REPLY_PATIENCE_S:
                return False
            await self._sleep(wait_s + _AFTER_ALERTS_S)
        self._pace.note_sent(chat_id, self._monotonic())
        return True

    async def _pause(self, error: SendError, failures: int) -> None:
        if error.fault is SendFault.REJECTED:
            self.rejected.set()
            return
        if error.fault is SendFault.CONFLICT:
            await self._sleep(self._rival.met())
            return
        if failures == 1:
            log.warning("cannot read updates fault=%s; trying again", error.fault.value)
        await self._sleep(error.retry_after_s or backoff_s(failures))


async def _made(reply: Message) -> tuple[Message, File | None]:
    """The reply and its file, made once however often it is then sent; the words alone where that fails."""
    if reply.attach is None:
        return reply, None
    try:
        return reply, await asyncio.to_thread(reply.attach)
    except Exception:
        log.exception("a file was not made")
        return _without_file(reply, _NOT_MADE), None


def _without_file(reply: Message, sentence: str) -> Message:
    return replace(reply, html=f"{reply.html}\n{sentence}", attach=None)
