"""/delete 7: the alert watches no more."""

from html import escape

from bot.commands.desk import ALERTS, Desk, Request, number
from bot.core.language import Wish, describe, parse
from bot.core.message import Button, Message

NAME = "delete"
SUMMARY = "delete an alert: /delete 7"


def run(desk: Desk, request: Request) -> Message:
    wanted = number(request.arguments)
    if wanted is None:
        return Message("Which one? /delete 7 deletes alert #7; /alerts lists yours.", ((ALERTS,),))
    alert = desk.store.alerts.numbered(request.chat_id, wanted)
    if alert is None:
        return Message(f"There is no alert #{wanted} (any more). /alerts lists yours.", ((ALERTS,),))
    desk.store.alerts.end(alert, request.now, by="deleted")
    return _deleted(desk, wanted, describe(alert, desk.vocabulary()))


def _deleted(desk: Desk, number: int, normal: str) -> Message:
    """What was deleted, and the way back, where the language still knows the stock and the level."""
    text, again = f"🗑 Deleted #{number} {escape(normal)}.", Button("Make it again", f"/alert {normal}")
    if not isinstance(parse(normal, desk.vocabulary()), Wish):
        return Message(text)
    if not again.fits:
        return Message(f"{text}\nTo make it again: {escape(again.command)}")
    return Message(text, ((again,),))
