"""/watch NVDA: a stock beside those of the settings file, from now on."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.language import Unreadable
from bot.core.market import Stock
from bot.core.message import Message, counted, enumerated, fitted
from bot.core.reading.listing import Pick, picked
from bot.jobs.chosen import choose

NAME = "watch"
SUMMARY = "watch another stock: /watch NVDA"

MOST = 30
"""Yahoo bears about one request a second; so many stocks ask that at the usual 30 s between two looks."""


def run(desk: Desk, request: Request) -> Message:
    picks = picked(request.arguments)
    if isinstance(picks, Unreadable):
        return Message(escape(picks.why))
    new = [pick for pick in picks if not _is_watched(desk, pick.symbol)]
    chosen = len(desk.store.stocks.every())
    if new and chosen + len(new) > MOST:
        return Message(
            f"{counted(chosen, 'stock')} chosen in chats are watched; {MOST} are the most, which is what Yahoo bears. "
            "/unwatch makes room; further ones can stand in the settings file."
        )
    known = [_already(desk, pick.symbol, request.now) for pick in picks if pick not in new]
    if new:
        _choose(desk, request, new)
    return Message(fitted([*_looked_up(desk, request, new), *known], "… and more stocks"))


def _is_watched(desk: Desk, symbol: str) -> bool:
    """Also where the calendar of its exchange is still being made."""
    return symbol in desk.stocks or desk.store.stocks.one(symbol) is not None


def _choose(desk: Desk, request: Request, new: list[Pick]) -> None:
    for pick in new:
        stock = Stock(pick.symbol, pick.symbol, pick.exchange, pick.currency)
        choose(desk.store, stock, request.chat_id, request.now)
    desk.replan()


def _looked_up(desk: Desk, request: Request, new: list[Pick]) -> list[str]:
    if not new:
        return []
    names, first = escape(enumerated([pick.symbol for pick in new], most=len(new))), escape(new[0].symbol)
    verb, prices = ("is", "its first price") if len(new) == 1 else ("are", "their first prices")
    # Somebody we obey may write from any group.
    follows = f"{prices} follow{'s' if len(new) == 1 else ''} in a moment."
    if not desk.store.chats.serves(request.chat_id):
        follows = f"unasked messages are not sent to this chat, so ask a moment later: /price {first}"
    return [f"{names} {verb} looked up; {follows}"]


def _already(desk: Desk, symbol: str, now: int) -> str:
    return f"{escape(symbol)} is watched already: {desk.price_line(symbol, now)}"
