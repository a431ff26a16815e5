"""/start: a welcome; with a pairing code, the way in."""

import logging

from bot.chats import ChatKind, Incoming
from bot.commands.alerts import run as list_alerts
from bot.commands.desk import ALERTS, LEVELS, Desk, Request
from bot.commands.help import examples
from bot.core.message import Message, fitted
from bot.jobs.configured import give_defaults
from bot.store.chats import Guess

log = logging.getLogger(__name__)

NAME = "start"
SUMMARY = "what this is"


def run(desk: Desk, request: Request) -> Message:
    text = fitted(
        [desk.price_line(symbol, request.now) for symbol in desk.stocks],
        "… and more stocks",
        head=["<b>targetwatch</b> watches stocks against analyst levels and tells you when one is reached."],
        tail=[
            "",
            "Try:",
            *examples(desk),
            "",
            "/help lists everything. No investment advice; prices from Yahoo are for personal use.",
        ],
    )
    return Message(text, ((LEVELS, ALERTS),))


def pair(desk: Desk, incoming: Incoming, now: int) -> Message | None:
    """Let somebody in who shows the open code in a private chat; None for everybody else."""
    code = shown_code(incoming)
    if code is None or incoming.user_id is None:
        return None
    guess = desk.store.chats.redeem(code, now)
    if guess is Guess.LOCKED:
        log.warning("a pairing code was guessed wrong five times and is closed; `targetwatch pair` makes another")
    return _welcome(desk, incoming.chat_id, incoming.user_id, now) if guess is Guess.RIGHT else None


def shown_code(incoming: Incoming) -> str | None:
    """What somebody shows as a pairing code in a private chat, right or wrong, or None."""
    if incoming.chat_kind is not ChatKind.PRIVATE or incoming.tap_id is not None:
        return None
    word, *rest = (incoming.text or "").split(maxsplit=1) or [""]
    code = "".join(rest).strip()
    return code if word.casefold() == "/start" and code.isascii() and 0 < len(code) <= 64 else None


def _welcome(desk: Desk, chat_id: int, user_id: int, now: int) -> Message:
    # A chat that was listed in the settings stays when it leaves them: from now on it is paired.
    desk.store.chats.remove(chat_id)
    desk.store.chats.add(chat_id, ChatKind.PRIVATE.value, "paired", user_id, now)
    owner = desk.store.owner or user_id
    desk.store.remember("owner", owner)
    desk.store.remember("copy_wanted", now)  # the last one knows nobody to tell
    log.info("chat paired")
    give_defaults(desk.store, desk.defaults, desk.hours, chat_id, desk.rearm_pct, now, desk.max_alerts)
    listed = list_alerts(desk, Request(chat_id, user_id, "", now))
    role = "You own this bot." if owner == user_id else "You are in."
    return Message(f"✅ Paired. {role}\n\n{listed.html}\n\n/help lists what you can type.", listed.buttons)
