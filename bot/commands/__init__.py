"""The chat commands: one file each, listed here; the same for every messenger.

Owns who is obeyed and which command a text means. Strangers get silence.
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from html import escape
from typing import Protocol

from bot.chats import ChatKind, Incoming
from bot.commands import alert, alerts, cancel, delete, help, levels, price, start, status
from bot.commands.desk import Desk, Request
from bot.core.language import Wish, parse
from bot.core.message import Button, Message


class Command(Protocol):
    """A module of this folder."""

    NAME: str
    SUMMARY: str
    run: Callable[[Desk, Request], Message]


COMMANDS: tuple[Command, ...] = (start, help, price, levels, alert, alerts, delete, status, cancel)  # type: ignore[assignment]
_BY_NAME = {command.NAME: command for command in COMMANDS}


def menu() -> Sequence[tuple[str, str]]:
    """(name, summary) of the commands a messenger lists."""
    return tuple((command.NAME, command.SUMMARY) for command in COMMANDS if command.SUMMARY)


def respond(desk: Desk, incoming: Incoming, now: int) -> Message | None:
    """The reply to one update, or None: nothing was said, or by somebody who is not obeyed."""
    if incoming.text is None:
        return None
    if not desk.store.chats.obeys(incoming.user_id, incoming.chat_id):
        return start.pair(desk, incoming, now)
    desk.store.chats.set_lost(incoming.chat_id, None)
    name, arguments = _split(incoming.text)
    request = Request(incoming.chat_id, incoming.user_id, arguments, now)
    if name is not None:
        return _run(desk, request, name)
    # What people say to each other in a group is not said to us.
    return None if incoming.chat_kind is ChatKind.GROUP else _bare(desk, request)


def _split(text: str) -> tuple[str | None, str]:
    """("price", "BABA") of "/price BABA"; (None, text) where it is no command."""
    text = text.strip()
    if not text.startswith("/"):
        return None, text
    word, _, arguments = text[1:].partition(" ")
    return word.casefold(), arguments.strip()


def _run(desk: Desk, request: Request, name: str) -> Message:
    if command := _BY_NAME.get(name):
        return command.run(desk, request)
    meant = get_close_matches(name, _BY_NAME, n=1, cutoff=0.6)
    if not meant:
        return Message(f"There is no command /{escape(name[:30])}. /help lists them.")
    line = f"/{meant[0]} {request.arguments}".strip()
    button = Button("Yes", line)
    return Message(
        f"There is no /{escape(name[:30])}. Did you mean {escape(line[:100])}?",
        ((button, Button("No", "/cancel")),) if button.fits else (),
    )


def _bare(desk: Desk, request: Request) -> Message:
    """Text without a slash: a command's name is that command, everything else is read as an alert."""
    name, _, arguments = request.arguments.partition(" ")
    if name.casefold() in _BY_NAME and not isinstance(parse(request.arguments, desk.vocabulary()), Wish):
        return _BY_NAME[name.casefold()].run(desk, Request(request.chat_id, request.user_id, arguments, request.now))
    return alert.run(desk, request)
