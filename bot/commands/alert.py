"""/alert: read a wish, ask where it is unclear, store it, say what was understood."""

from bot.commands.desk import ALERTS, Desk, Request
from bot.commands.making import Keeping, decide, twin, understood
from bot.core.alerts import Alert
from bot.core.language import Wish, parse
from bot.core.message import Message
from bot.jobs.make import make

NAME = "alert"
SUMMARY = "make an alert: /alert above 192"


def run(desk: Desk, request: Request) -> Message:
    wish = understood(desk, parse(request.arguments, desk.vocabulary(request.now)), "/alert")
    if isinstance(wish, Message):
        return wish

    def keep(wish: Wish) -> Alert:
        return make(desk.store, wish, request.chat_id, desk.hours[wish.symbol], origin="chat", now=request.now)

    refused = twin(desk, request, wish) or _refuse(desk, request)
    return refused or decide(desk, wish, request.now, Keeping("/alert", "✅", keep))


def _refuse(desk: Desk, request: Request) -> Message | None:
    """Why this chat may have no further alert, or None."""
    count = len(desk.store.alerts.of_chat(request.chat_id))
    if count >= desk.max_alerts:
        return Message(
            f"This chat has {count} alerts, the most it may have. Please /delete one first; /alerts lists them.",
            ((ALERTS,),),
        )
    # Somebody we obey may write from any group.
    if not desk.store.chats.serves(request.chat_id):
        return Message(
            "Alerts are not told in this chat, so none was made. Make it in your own chat with this bot, "
            f"or add {request.chat_id} to telegram.chats in the settings and start again."
        )
    return None
