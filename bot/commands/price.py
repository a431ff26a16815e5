"""/price: where the stock is, how old that is, and which lines lie next to it."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.levels import ahead
from bot.core.market import Quote
from bot.core.message import Button, Message
from bot.core.metrics.price import money
from bot.core.wording import distance, percent

NAME = "price"
SUMMARY = "the price, how old it is, the next levels"


def run(desk: Desk, request: Request) -> Message:
    chosen = desk.chosen(request.arguments)
    if isinstance(chosen, Message):
        return chosen
    text = "\n\n".join(_about(desk, symbol, request.now) for symbol in chosen)
    return Message(text, ((Button("Levels", "/levels"), Button("Alerts", "/alerts")),))


def _about(desk: Desk, symbol: str, now: int) -> str:
    lines = [desk.price_line(symbol, now)]
    quote = desk.quote(symbol)
    if quote is not None:
        lines += _since_close(desk, quote) + _nearest(desk, quote)
    return "\n".join(lines)


def _since_close(desk: Desk, quote: Quote) -> list[str]:
    """The change since the last regular close before this trading day."""
    hours = desk.hours[quote.symbol]
    closed_at = hours.last_close(quote.at)
    if closed_at is None:
        return []
    close = desk.store.history.last_close_before(quote.symbol, closed_at)
    if close is None:
        return []
    return [f"{percent((quote.price / close - 1) * 100)} since the close of {desk.place(quote.symbol).day(closed_at)}"]


def _nearest(desk: Desk, quote: Quote) -> list[str]:
    lines = []
    for word, above in (("above", True), ("below", False)):
        level = ahead(desk.levels(quote.symbol), quote.price, above=above)
        if level is not None:
            far = distance(quote.price, level.price)
            lines.append(f"Next {word}: {money(level.price)} {escape(level.title)} ({far})")
    return lines
