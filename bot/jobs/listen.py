"""Reads what people type and tap, has it answered, and never reads an update twice.

The effect of a command and the offset behind its update are committed together; the reply follows.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace

from bot.chats import Chat, Incoming, SendError, SendFault
from bot.core.message import File, Message
from bot.jobs.reach import Reach
from bot.store import Store
from bot.store.faults import Source

log = logging.getLogger(__name__)

Respond = Callable[[Incoming, int], Message | None]
"""The reply to an update at a moment (epoch seconds UTC); None is silence."""

_FULL = Message("The disk is full or cannot be written here. Nothing was changed; please try again later.")
_BROKEN = Message("That went wrong on this side. Nothing was changed; the owner finds the cause in the log.")
_NOT_MADE = "The picture or file for this could not be made; the owner finds the cause in the log."
_NOT_TAKEN = "The picture or file for this was not accepted in this chat."
_FORGOTTEN = Message("What this button did is not known here any more. /help lists what can be typed.")
_LONGEST_PAUSE_S = 60.0
_REPLY_TRIES = 3
_LAST_REPLIES_S = 1.0
_REPLY_PAUSE_S = 2.0
_REFUSED = (SendFault.MALFORMED, SendFault.BLOCKED)
_SURELY_UNSENT = (SendFault.UNSENT, SendFault.SLOW_DOWN)


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
        reach: Reach | None = None,
    ) -> None:
        self._store = store
        self._chat = chat
        self._respond = respond
        self._clock = clock
        self._offset_name = offset_name
        self._wake = wake
        self._sleep = sleep
        self.reach = reach or Reach()
        self._offset = int(store.fact(offset_name) or 0)
        self._replies: dict[int, asyncio.Task[None]] = {}
        self.rejected = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled, or until the messenger rejects the bot; replies under way get a second more."""
        try:
            await self._read()
        finally:
            if self._replies:
                _, late = await asyncio.wait(self._replies.values(), timeout=_LAST_REPLIES_S)
                for task in late:
                    task.cancel()

    async def _read(self) -> None:
        failures = 0
        while not self.rejected.is_set():
            try:
                updates = await self._chat.receive(self._offset)
                failures = 0
                self.reach.answered()
            except SendError as error:
                failures += 1
                self.note_unreached(error)
                await self._pause(error, failures)
                continue
            for incoming in updates:
                self._begin_guarded(incoming)

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
        await self._begin(incoming)

    def _begin(self, incoming: Incoming) -> "asyncio.Task[None]":
        """Do it now; the reply goes out by itself, behind the chat's earlier ones and beside other chats'."""
        self._offset = incoming.update_id + 1
        reply, earlier = self._done(incoming), self._replies.get(incoming.chat_id)
        task = asyncio.create_task(self._reply(incoming, reply, earlier))
        self._replies[incoming.chat_id] = task
        task.add_done_callback(lambda done: self._forget(incoming.chat_id, done))
        self._wake()
        return task

    def _kept(self, incoming: Incoming) -> Incoming:
        """A tap under an alert is answered below it: edited away, the alert would be gone."""
        tapped = incoming.tapped_message_id
        if tapped is None or not self._store.outbox.delivered(incoming.chat_id, tapped):
            return incoming
        return replace(incoming, tapped_message_id=None)

    def _forget(self, chat_id: int, done: "asyncio.Task[None]") -> None:
        if self._replies.get(chat_id) is done:
            del self._replies[chat_id]

    async def _reply(self, incoming: Incoming, reply: Message | None, earlier: "asyncio.Task[None] | None") -> None:
        if earlier is not None:
            await asyncio.wait([earlier])
        if reply is not None:
            reply, file = await _made(reply)
            await self._answer(self._kept(incoming), reply, file)

    def _done(self, incoming: Incoming) -> Message | None:
        try:
            with self._store.transaction():
                self._store.remember(self._offset_name, incoming.update_id + 1)
                reply = self._understood(incoming)
                return None if reply is None else self._store.buttons.shortened(reply)
        except sqlite3.OperationalError as error:
            log.error("update not taken update=%d cause=%s", incoming.update_id, error)
            return self._excuse(incoming, _FULL)
        except Exception:
            log.exception("update failed update=%d", incoming.update_id)
            self._store.faults.note(Source.PROGRAM, "command failed", self._clock())
            return self._excuse(incoming, _BROKEN)

    def _understood(self, incoming: Incoming) -> Message | None:
        """The reply; a tap means the command its button stands for."""
        if incoming.tap_id is None or incoming.text is None:
            return self._respond(incoming, int(self._clock()))
        command = self._store.buttons.meant(incoming.text)
        if command is None:
            return _FORGOTTEN if self._store.chats.obeys(incoming.user_id, incoming.chat_id) else None
        return self._respond(replace(incoming, text=command), int(self._clock()))

    def _excuse(self, incoming: Incoming, sentence: Message) -> Message | None:
        """The sentence, for those who are obeyed; it ends the update, which no later start takes up again."""
        try:
            self._store.remember(self._offset_name, incoming.update_id + 1)
        except sqlite3.Error as error:
            log.error("offset not stored update=%d cause=%s", incoming.update_id, error)
        return sentence if self._store.chats.obeys(incoming.user_id, incoming.chat_id) else None

    async def _answer(self, incoming: Incoming, reply: Message, file: File | None) -> None:
        """Try a few times: a reply lost is asked for again, so it is not worth an outbox row."""
        for tries_left in reversed(range(_REPLY_TRIES)):
            try:
                await self._chat.answer(incoming, reply, file)
                return
            except SendError as error:
                log.warning("reply failed update=%d fault=%s", incoming.update_id, error.fault.value)
                self._store.faults.note(Source.TELEGRAM, error.fault.value, self._clock())
                if file is not None and error.fault in _REFUSED:  # a group may forbid pictures, not words
                    await self._answer(incoming, _without_file(reply, _NOT_TAKEN), None)
                    return
                wait_s = error.retry_after_s or _REPLY_PAUSE_S
                if not tries_left or error.fault not in _SURELY_UNSENT or wait_s > _LONGEST_PAUSE_S:
                    return
            await self._sleep(wait_s)

    async def _pause(self, error: SendError, failures: int) -> None:
        if error.fault is SendFault.REJECTED:
            self.rejected.set()
            return
        if error.fault is SendFault.CONFLICT:
            log.error("another program reads this bot's updates; stop it, or it takes half of the commands")
        elif failures == 1:
            log.warning("cannot read updates fault=%s; trying again", error.fault.value)
        await self._sleep(error.retry_after_s or min(2.0 ** min(failures - 1, 6), _LONGEST_PAUSE_S))


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
