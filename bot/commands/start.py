"""/start: a welcome; with a pairing code, the way in."""

import logging
from html import escape

from bot.chats import ChatKind, Incoming
from bot.commands.alerts import run as list_alerts
from bot.commands.desk import Desk, Request
from bot.commands.help import examples
from bot.core.message import Button, Message
from bot.jobs.configured import give_defaults

log = logging.getLogger(__name__)

NAME = "start"
SUMMARY = "what this is"


def run(desk: Desk, request: Request) -> Message:
    prices = [desk.price_line(symbol, request.now) for symbol in desk.stocks]
    lines = [
        "<b>targetwatch</b> watches stocks against their analysts and tells you when a line is reached.",
        *prices,
        "",
        "Try:",
        *examples(desk),
        "",
        "/help lists everything. No investment advice; prices from Yahoo are for personal use.",
    ]
    return Message("\n".join(lines), ((Button("Levels", "/levels"), Button("Alerts", "/alerts")),))


def pair(desk: Desk, incoming: Incoming, now: int) -> Message | None:
    """Let somebody in who shows the open code in a private chat; everybody else hears nothing."""
    word, _, code = (incoming.text or "").strip().partition(" ")
    if word.casefold() != "/start" or not code.strip() or len(code) > 64:
        return None
    if incoming.chat_kind is not ChatKind.PRIVATE or incoming.user_id is None:
        return None
    if not desk.store.chats.redeem(code, now):
        return None
    return _welcome(desk, incoming.chat_id, incoming.user_id, now)


def _welcome(desk: Desk, chat_id: int, user_id: int, now: int) -> Message:
    desk.store.chats.add(chat_id, ChatKind.PRIVATE.value, "paired", user_id, now)
    owner = desk.store.fact("owner") or str(user_id)
    desk.store.remember("owner", owner)
    log.info("chat paired")
    give_defaults(desk.store, desk.defaults, chat_id, desk.rearm_pct, now)
    listed = list_alerts(desk, Request(chat_id, user_id, "", now))
    role = "You own this bot." if owner == str(user_id) else "You are in."
    return Message(f"✅ Paired. {escape(role)}\n\n{listed.html}\n\n/help lists what you can type.", listed.buttons)
