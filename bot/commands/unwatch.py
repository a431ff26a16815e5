"""/unwatch NVDA: a stock chosen in a chat is looked at no more; what is stored of it stays."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.message import Button, Message, clipped, counted, enumerated

NAME = "unwatch"
SUMMARY = "stop watching a stock chosen here: /unwatch NVDA"

_ANYWAY = "anyway"


def run(desk: Desk, request: Request) -> Message:
    symbol, *others = request.arguments.upper().removeprefix("$").split() or [""]
    if not symbol or others not in ([], [_ANYWAY.upper()]):
        return Message(f"Which one? /unwatch takes one symbol. {_chosen(desk)}")
    if desk.store.stocks.one(symbol) is None:
        return _refused(desk, symbol)
    question = None if others else _question(desk, request, symbol)
    return question or _stop(desk, symbol)


def _chosen(desk: Desk) -> str:
    symbols = [one.stock.symbol for one in desk.store.stocks.every()]
    return (
        f"Chosen in a chat: {escape(enumerated(symbols, most=30))}." if symbols else "None is chosen; /watch adds one."
    )


def _refused(desk: Desk, symbol: str) -> Message:
    if symbol not in desk.stocks:
        return Message(f"{escape(clipped(symbol))} is not watched. {_chosen(desk)}")
    table = escape(f'[watch."{symbol}"]' if "." in symbol else f"[watch.{symbol}]")
    return Message(
        f"{escape(symbol)} is in the settings file, which a chat does not change. "
        f"Take the table {table} out of it and start again. {_chosen(desk)}"
    )


def _question(desk: Desk, request: Request, symbol: str) -> Message | None:
    """Where alerts are on it: are they to rest? The alert itself is kept."""
    alerts = desk.store.alerts.on(symbol)
    here = sum(alert.chat_id == request.chat_id for alert in alerts)
    others = len(alerts) - here
    if not alerts:
        return None
    parts = [f"{counted(here, 'alert')} of this chat"] if here else []
    parts += [f"{counted(others, 'alert')} of other chats"] if others else []
    verb, they = ("watches", "it") if len(alerts) == 1 else ("watch", "they")
    text = f"{' and '.join(parts)} {verb} {escape(symbol)}; {they} would rest until it is watched again."
    return Message(text, ((Button("Stop watching", f"/unwatch {symbol} {_ANYWAY}"), Button("Keep", "/cancel")),))


def _stop(desk: Desk, symbol: str) -> Message:
    desk.store.stocks.remove(symbol)
    desk.replan()
    text = f"{escape(symbol)} is watched no more. Its history, levels and alerts are kept."
    return Message(text, ((Button("Watch it again", f"/watch {symbol}"),),))
