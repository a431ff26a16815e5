"""/levels: the stored lines from the highest down, with the price between them."""

from collections.abc import Sequence
from html import escape

from bot.commands.desk import Desk, Request
from bot.core.levels import Level
from bot.core.market import Quote
from bot.core.message import Message, clipped
from bot.core.metrics.price import money
from bot.core.wording.phrases import distance

NAME = "levels"
SUMMARY = "the stored analyst levels and how far they are"

_MOST = 30


def run(desk: Desk, request: Request) -> Message:
    return desk.of_each(request.arguments, lambda symbol: _ladder(desk, symbol, request.now), NAME)


def _ladder(desk: Desk, symbol: str, now: int) -> str:
    quote, levels = desk.quote(symbol), desk.levels(symbol)
    head = desk.price_line(symbol, now)
    if not levels:
        name = escape(symbol)
        return f'{head}\nNo levels are stored for {name}. This adds one: /level {name} "Morgan Stanley" 200'
    rows = [_row(level, quote) for level in levels]
    if quote is None:
        return "\n".join([head, *_around(rows, 0)])
    above = sum(level.price > quote.price for level in levels)
    rows.insert(above, f"── price {money(quote.price)} ──")
    return "\n".join([head, *_around(rows, above)])


def _around(rows: Sequence[str], middle: int) -> list[str]:
    """Of very many rows those around the middle, with how many lie beyond."""
    start = max(0, min(middle - _MOST // 2, len(rows) - _MOST))
    beyond = len(rows) - start - _MOST
    above = [f"… {start} more above"] if start else []
    return [*above, *rows[start : start + _MOST], *([f"… {beyond} more below"] if beyond > 0 else [])]


def _row(level: Level, quote: Quote | None) -> str:
    what = level.rating or ("stored" if level.kind == level.name.casefold() else level.kind)
    far = f"  {distance(quote.price, level.price)}" if quote is not None else ""
    name = f"{escape(clipped(level.name))}, {escape(clipped(what, 20))}"
    return f"<b>{money(level.price)}</b>  {name}{far} · {level.as_of.isoformat()}"
