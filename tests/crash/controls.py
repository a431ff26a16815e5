"""The two usual ways to deliver, as controls: what the crash and fault scripts must be able to tell from ours."""

from bot.chats import SendError
from bot.jobs.deliver import Deliver
from bot.store.outbox import Owed


class MarkThenSend(Deliver):
    """Marked as sent before it is: a crash or a failed send in between loses the alert without a trace."""

    async def _attempt(self, owed: Owed) -> None:
        message = self._worded(owed)
        if message is None:
            return
        self._store.outbox.sent(owed, 0, int(self._clock()))
        try:
            await self._chat.send(owed.chat_id, message)
        except SendError:
            return


class SendThenMark(Deliver):
    """Nothing is noted before the send: a repeat after a crash or an unclear end looks like a second event."""

    async def _attempt(self, owed: Owed) -> None:
        message = self._worded(owed)
        if message is None:
            return
        try:
            message_id = await self._chat.send(owed.chat_id, message)
        except SendError as error:
            self._note_fault(owed, error)
            self._store.db.conn.execute("update outbox set doubtful = 0, in_flight = 0")
        else:
            self._store.outbox.sent(owed, message_id, int(self._clock()))


WAYS: dict[str, type[Deliver]] = {"ours": Deliver, "mark, then send": MarkThenSend, "send, then mark": SendThenMark}
"""By the name under which the three are printed side by side."""
