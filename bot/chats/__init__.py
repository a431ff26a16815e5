"""Where people are reached: one file per messenger behind the `Chat` protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.message import File, Message


class SendFault(StrEnum):
    """How a send ended when it did not end well, in words that /status may show."""

    UNSENT = "not sent"  # surely not: no connection came about
    UNCLEAR = "unclear"  # it may have arrived: the answer was lost, late or a server error
    SLOW_DOWN = "slow down"  # surely not: wait `retry_after_s`
    BLOCKED = "blocked"  # for good: the chat does not want us or is gone
    MALFORMED = "malformed"  # for good: this message is refused, others may pass
    MIGRATED = "migrated"  # surely not: the chat lives on as `new_chat_id`
    REJECTED = "token rejected"  # the messenger does not know this bot
    CONFLICT = "second listener"  # another program reads this bot's updates


class SendError(Exception):
    """A send or a look for updates that failed; never holds a token or an address."""

    def __init__(self, fault: SendFault, retry_after_s: float | None = None, new_chat_id: int | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.retry_after_s = retry_after_s
        self.new_chat_id = new_chat_id


class ChatKind(StrEnum):
    """Who can be on the other side."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update: a text typed or a button tapped.

    `update_id` grows by one an update. `text` is None for what is neither text nor tap (a
    sticker, an edit, something unreadable) and for what nobody in particular says (forwarded, in the
    name of a chat or through a bot); such an update is only counted. A tapped button's `text` is its
    command; `tapped_message_id` and `tap_id` then say which message to edit and which tap to answer.
    With `moved_to` the messenger says that the chat lives on under that id.
    """

    update_id: int
    chat_id: int = 0
    chat_kind: ChatKind = ChatKind.PRIVATE
    user_id: int | None = None
    text: str | None = None
    tapped_message_id: int | None = None
    tap_id: str | None = None
    moved_to: int | None = None


class Chat(Protocol):
    """A messenger. Every method raises SendError and nothing else."""

    async def connect(self) -> str:
        """Check the credentials; the bot's own name, with which pairing links are made."""

    async def publish_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        """Show (name, summary) of every command in the messenger's own menu."""

    async def receive(self, offset: int) -> Sequence[Incoming]:
        """Wait for updates with `update_id` ≥ offset, some seconds at most; may be empty."""

    async def send(self, chat_id: int, message: Message, file: File | None = None) -> int:
        """Deliver one message, with the file made for it; the messenger's id of the message.

        `message.attach` is left alone: whoever sends has called it, once, off the event loop.
        """

    async def answer(self, incoming: Incoming, message: Message, file: File | None = None) -> None:
        """Reply to a text with a new message, to a tap by editing `tapped_message_id` where it is given.

        Words with a file are always a new message.
        """

    async def close(self) -> None:
        """Give back connections."""
