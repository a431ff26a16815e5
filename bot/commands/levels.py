"""/levels: the stored lines from the highest down, with the price between them."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.levels import Level
from bot.core.market import Quote
from bot.core.message import Message
from bot.core.metrics.price import money
from bot.core.wording import distance

NAME = "levels"
SUMMARY = "the stored analyst levels and how far they are"


def run(desk: Desk, request: Request) -> Message:
    chosen = desk.chosen(request.arguments)
    if isinstance(chosen, Message):
        return chosen
    return Message("\n\n".join(_ladder(desk, symbol, request.now) for symbol in chosen))


def _ladder(desk: Desk, symbol: str, now: int) -> str:
    quote, levels = desk.quote(symbol), desk.levels(symbol)
    head = desk.price_line(symbol, now)
    if not levels:
        return f"{head}\nNo levels are stored for {escape(symbol)}; the configuration file is where they come from."
    rows = [_row(level, quote) for level in levels]
    if quote is not None:
        above = sum(level.price > quote.price for level in levels)
        rows.insert(above, f"── price {money(quote.price)} ──")
    return "\n".join([head, *rows])


def _row(level: Level, quote: Quote | None) -> str:
    what = level.rating or ("stored" if level.kind == level.name.casefold() else level.kind)
    far = f"  {distance(quote.price, level.price)}" if quote is not None else ""
    return f"<b>{money(level.price)}</b>  {escape(level.name)}, {escape(what)}{far} · {level.as_of.isoformat()}"
