"""/delete 7: the alert watches no more."""

from html import escape

from bot.commands.desk import Desk, Request, called
from bot.core.language import Vocabulary, Wish, describe, parse
from bot.core.message import Button, Message

NAME = "delete"
SUMMARY = "delete an alert: /delete 7"


def run(desk: Desk, request: Request) -> Message:
    alert = called(desk, request, request.arguments)
    if isinstance(alert, Message):
        return alert
    desk.store.alerts.end(alert, request.now, by="deleted")
    words = desk.vocabulary(request.now)
    return _deleted(words, alert.number, describe(alert, words))


def _deleted(words: Vocabulary, number: int, normal: str) -> Message:
    """What was deleted, and the way back, where the language still knows the stock and the level."""
    text, again = f"🗑 Deleted #{number} {escape(normal)}.", Button("Make it again", f"/alert {normal}")
    if not isinstance(parse(normal, words), Wish):
        return Message(text)
    if not again.fits:
        return Message(f"{text}\nTo make it again: {escape(again.command)}")
    return Message(text, ((again,),))
