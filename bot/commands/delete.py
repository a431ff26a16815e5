"""/delete 7: the alert watches no more."""

from html import escape

from bot.commands.desk import ALERTS, Desk, Request, number
from bot.core.language import Vocabulary, Wish, describe, parse
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
    words = desk.vocabulary(request.now)
    return _deleted(words, wanted, describe(alert, words))


def _deleted(words: Vocabulary, number: int, normal: str) -> Message:
    """What was deleted, and the way back, where the language still knows the stock and the level."""
    text = f"🗑 Deleted #{number} {escape(normal)}."
    if not isinstance(parse(normal, words), Wish):
        return Message(text)
    return Message(text, ((Button("Make it again", f"/alert {normal}"),),))
