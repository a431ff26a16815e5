"""/alerts: what is watched for this chat, the nearest first, with a button to delete each."""

from collections.abc import Mapping, Sequence
from html import escape

from bot.commands.desk import LEVELS, Desk, Request, counted
from bot.commands.help import examples
from bot.core.alerts import Alert
from bot.core.language import Vocabulary, describe
from bot.core.market import Quote
from bot.core.message import Button, Message, clipped, fitted
from bot.core.metrics.price import money
from bot.core.phrases import delete_button, distance

NAME = "alerts"
SUMMARY = "your alerts, nearest first"

_PAGE = 20

Quotes = Mapping[str, Quote | None]


def run(desk: Desk, request: Request) -> Message:
    stock, page = _read(request.arguments)
    own: Sequence[Alert] = desk.store.alerts.of_chat(request.chat_id)
    if stock:
        chosen = desk.chosen(stock)
        if isinstance(chosen, Message):
            return chosen
        own = [alert for alert in own if alert.symbol in chosen]
    if not own:
        return Message(f"No alerts. This makes one:\n{examples(desk)[0]}", ((LEVELS,),))
    quotes = {symbol: desk.quote(symbol) for symbol in {alert.symbol for alert in own}}
    nearest = sorted(own, key=lambda alert: _far(alert, quotes))
    return _page(desk, nearest, quotes, stock, page)


def _read(arguments: str) -> tuple[str, int]:
    """The stock named, if any, and the page asked for: "BABA 2" is ("BABA", 2)."""
    *words, last = arguments.split() or [""]
    if last.isascii() and last.isdigit():
        return " ".join(words), int(last[:6])
    return arguments, 1


def _far(alert: Alert, quotes: Quotes) -> float:
    """How many percent the price has to go; what has no price yet comes last."""
    quote = quotes[alert.symbol]
    return abs(alert.threshold / quote.price - 1) if quote is not None else float("inf")


def _page(desk: Desk, own: Sequence[Alert], quotes: Quotes, stock: str, wanted: int) -> Message:
    pages = -(-len(own) // _PAGE)
    page = min(max(wanted, 1), pages)
    shown = own[(page - 1) * _PAGE : page * _PAGE]
    head = f"<b>{counted(len(own), 'alert')}, nearest first</b>"
    place = "" if pages == 1 else f" · page {page} of {pages}"
    words = desk.vocabulary()
    rows = [_row(alert, quotes[alert.symbol], words) for alert in shown]
    text = fitted(rows, "… the rest is too long to be shown", head=[head + place])
    return Message(text, (*_deletes(shown), *_turns(stock, page, pages)))


def _deletes(shown: Sequence[Alert]) -> list[tuple[Button, ...]]:
    buttons = [delete_button(alert.number) for alert in shown]
    return [tuple(buttons[index : index + 3]) for index in range(0, len(buttons), 3)]


def _turns(stock: str, page: int, pages: int) -> list[tuple[Button, ...]]:
    turns = (("← Nearer", page - 1), ("Further →", page + 1))
    buttons = [Button(label, f"/alerts {stock} {to}".replace("  ", " ")) for label, to in turns if 1 <= to <= pages]
    return [tuple(buttons)] if buttons else []


def _row(alert: Alert, quote: Quote | None, words: Vocabulary) -> str:
    """#7 BABA crosses consensus at 192.00 · +21.4 %."""
    price = f" at {money(alert.threshold)}" if alert.level is not None else ""
    far = f" · {distance(quote.price, alert.threshold)}" if quote is not None else ""
    unwatched = "" if alert.symbol in words.levels else " · not watched any more"
    return f"#{alert.number} {escape(clipped(describe(alert, words), 80))}{price}{far}{_resting(alert)}{unwatched}"


def _resting(alert: Alert) -> str:
    """What has to happen before it tells again, where it has just told."""
    if alert.state.side is None or alert.state.armed:
        return ""
    return f" · resting until {money(alert.lower_end)} or {money(alert.upper_end)}"
