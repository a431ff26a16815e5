"""The chat commands: one file each, listed here; the same for every messenger.

Owns who is obeyed and which command a text means. Strangers get silence.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from html import escape
from typing import Protocol

from bot.chats import ChatKind, Incoming
from bot.commands import (
    alert,
    alerts,
    cancel,
    chart,
    consensus,
    dates,
    delete,
    digest,
    edit,
    export,
    history,
    level,
    levels,
    mute,
    price,
    resume,
    snooze,
    start,
    status,
    test,
    timezone,
    unwatch,
    watch,
    why,
)  # fmt: skip
from bot.commands import help as help_
from bot.commands.desk import Desk, Request, ask
from bot.core.language import Nearly, Unreadable, Wish, parse
from bot.core.message import Message, clipped
from bot.jobs.lost import find


class Command(Protocol):
    """A module of this folder."""

    NAME: str
    SUMMARY: str
    run: Callable[[Desk, Request], Message]


COMMANDS: tuple[Command, ...] = (
    start, help_, price, levels, chart, alert, alerts, edit, delete, why, test, history, export,
    snooze, mute, resume, level, consensus, dates, watch, unwatch, digest, timezone, status, cancel,
)  # type: ignore[assignment]  # fmt: skip
_BY_NAME = {command.NAME: command for command in COMMANDS}


def menu() -> Sequence[tuple[str, str]]:
    """(name, summary) of the commands a messenger lists."""
    return tuple((command.NAME, command.SUMMARY) for command in COMMANDS if command.SUMMARY)


def heeds(desk: Desk, incoming: Incoming, now: int) -> bool:
    """Whether anything can come of an update: of a stranger's only where it shows a code while one is open."""
    if incoming.text is None or _is_talk(incoming):
        return False
    chats = desk.store.chats
    is_guess = start.shown_code(incoming) is not None and chats.awaits_code(now)
    return is_guess or chats.obeys(incoming.user_id, incoming.chat_id)


def respond(desk: Desk, incoming: Incoming, now: int) -> Message | None:
    """The reply to one update, or None: nothing was said, or by somebody who is not obeyed."""
    if incoming.text is None or _is_talk(incoming):
        return None
    welcome = start.pair(desk, incoming, now)
    if welcome is not None or not desk.store.chats.obeys(incoming.user_id, incoming.chat_id):
        return welcome
    find(desk.store, incoming.chat_id, now)
    desk = replace(desk, zone=desk.store.chats.zone(incoming.chat_id))
    name, arguments = split(incoming.text)
    request = Request(incoming.chat_id, incoming.user_id, arguments, now)
    return _bare(desk, request) if name is None else _run(desk, request, name)


def _is_talk(incoming: Incoming) -> bool:
    """What people say to each other in a group is not said to us."""
    return incoming.chat_kind is ChatKind.GROUP and split(incoming.text or "")[0] is None


def split(text: str) -> tuple[str | None, str]:
    """("price", "BABA") of "/price BABA"; (None, text) where it is no command."""
    text = text.strip()
    if not text.startswith("/"):
        return None, text
    return _first_word(text[1:])


def _first_word(text: str) -> tuple[str, str]:
    word, *others = text.split(maxsplit=1) or [""]
    return word.casefold(), "".join(others)


def _run(desk: Desk, request: Request, name: str) -> Message:
    if command := _BY_NAME.get(name):
        return command.run(desk, request)
    typed = f"There is no command /{escape(clipped(name))}"
    meant = _nearest(name)
    if meant is None:
        return Message(f"{typed}. /help lists those there are.")
    line = f"/{meant} {request.arguments}".strip()
    return ask(f"{typed}. Did you mean {escape(clipped(line, 100))}?", line)


def _bare(desk: Desk, request: Request) -> Message:
    """Text without a slash: a command's name, or nearly one by itself, is that; everything else an alert."""
    name, arguments = _first_word(request.arguments)
    understood = parse(request.arguments, desk.vocabulary(request.now))
    nearly = isinstance(understood, Unreadable) and not arguments and _nearest(name) is not None
    is_alert = isinstance(understood, Wish) or (isinstance(understood, Nearly) and name in understood.text.split())
    if nearly or (name in _BY_NAME and not is_alert):
        return _run(desk, replace(request, arguments=arguments), name)
    return alert.run(desk, request)


def _nearest(name: str) -> str | None:
    return next(iter(get_close_matches(name, _BY_NAME, n=1, cutoff=0.6)), None)
