"""/alert: read a wish, ask where it is unclear, store it, say what was understood."""

from bot.commands.desk import ALERTS, Desk, Request
from bot.commands.making import Keeping, decide, twin, understood
from bot.core.alerts import Alert
from bot.core.language import Unreadable, Vocabulary, Wish, describe, parse
from bot.core.message import Button, Message, clipped
from bot.jobs.make import make

NAME = "alert"
SUMMARY = "make an alert: /alert above 192"

_MOST_STOCKS = 8


def run(desk: Desk, request: Request) -> Message:
    words = desk.vocabulary(request.now)
    reading = parse(request.arguments, words)
    which = _which(request.arguments, words) if isinstance(reading, Unreadable) else None
    wish = which or understood(desk, reading, "/alert")
    if isinstance(wish, Message):
        return wish

    def keep(wish: Wish) -> Alert:
        return make(desk.store, wish, request.chat_id, desk.hours[wish.symbol], origin="chat", now=request.now)

    refused = twin(desk, request, wish) or _refuse(desk, request)
    return refused or decide(desk, wish, request.now, Keeping("/alert", "✅", keep))


def _which(text: str, words: Vocabulary) -> Message | None:
    """The question which stock is meant, where the text says all but that; None where that is not what it lacks."""
    symbols = words.symbols[:_MOST_STOCKS] if len(words.symbols) > 1 else ()
    readings = (parse(f"{symbol} {text}", words) for symbol in symbols)
    texts = [describe(wish, words) for wish in readings if isinstance(wish, Wish)]
    rows = tuple((Button(clipped(one), f"/alert {one}"),) for one in texts)
    return Message("Which stock? Its symbol can be typed too, before or after the rest.", rows) if rows else None


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
