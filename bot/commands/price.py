"""/price: where the stock is, how old that is, and which lines lie next to it."""

from dataclasses import replace
from datetime import timedelta

from bot.commands.desk import ALERTS, CHART, LEVELS, Desk, Request
from bot.core.days import date_of
from bot.core.formula import percent
from bot.core.market import Quote, Session
from bot.core.message import Message
from bot.core.wording.phrases import neighbours

NAME = "price"
SUMMARY = "the price, how old it is, the next levels"


def run(desk: Desk, request: Request) -> Message:
    said = desk.of_each(request.arguments, lambda symbol: _about(desk, symbol, request.now), NAME)
    return replace(said, buttons=((CHART, LEVELS, ALERTS),))


def _about(desk: Desk, symbol: str, now: int) -> str:
    lines = [desk.price_line(symbol, now)]
    quote = desk.quote(symbol)
    if quote is not None:
        lines += _since_close(desk, quote, now)
        lines += [f"Next {text}" for text in neighbours(desk.levels(symbol), quote.price).values()]
    return "\n".join(lines)


def _since_close(desk: Desk, quote: Quote, now: int) -> list[str]:
    """The change since the last regular close before this price was made."""
    # The session's very last price bears the time of its close, to which it would be compared itself.
    made_at = quote.at - 3600 if quote.session is Session.REGULAR else quote.at
    closed_at = desk.hours[quote.symbol].last_close(made_at)
    close = _close(desk, quote.symbol, closed_at) if closed_at is not None else None
    if closed_at is None or close is None:
        return []
    change = percent((quote.price / close - 1) * 100)
    return [f"{change} since the close of {desk.exchange(quote.symbol).day(closed_at, now)}"]


def _close(desk: Desk, symbol: str, closed_at: int) -> float | None:
    """The close of the session that ended then: as the source gave it, else the last minute recorded of it."""
    day = date_of(closed_at - 1, desk.hours[symbol].zone)
    given = desk.store.history.days(symbol, day, day + timedelta(days=1))
    return given[0].close if given else desk.store.history.last_close_before(symbol, closed_at)
