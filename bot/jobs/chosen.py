"""A stock chosen in a chat, from the wish to its first price, or to being given up.

Owns when a chosen stock counts as known to the source and when as unknown, so that no dead symbol
is asked for for ever. Every change belongs into the transaction of what caused it.
"""

from dataclasses import replace

from bot.core import events
from bot.core.market import Stock
from bot.core.screen import Fault
from bot.feeds import FaultKind, Fetched
from bot.store import Store
from bot.store.history import FeedHealth
from bot.store.stocks import Chosen

LOOKS = 3
"""So many looks in a row that brought nothing, and a symbol nobody knows is given up. Yahoo answers a new stock
or a thin one with nothing now and then; a stock with a price comes at the first or second look."""

_NOTHING = (FaultKind.NO_DATA, FaultKind.UNKNOWN_SYMBOL, Fault.WRONG_SYMBOL)


def choose(store: Store, stock: Stock, chat_id: int, now: int) -> None:
    """Watch the stock from now on, for this chat to be told when its first price is here.

    Alerts left from an earlier time begin afresh: what happened while nobody watched is not told.
    """
    store.stocks.add(Chosen(stock, chat_id, now))
    store.history.note_feed(FeedHealth(stock.symbol))
    store.alerts.begin_afresh(stock.symbol, now)


def is_current(store: Store, symbol: str, chosen_at: int | None) -> bool:
    """Whether what was begun for a stock is still wanted: it may have been unwatched while it was under way.

    `chosen_at` is None for a stock of the settings file, which always is.
    """
    if chosen_at is None:
        return True
    chosen = store.stocks.one(symbol)
    return chosen is not None and chosen.added_at == chosen_at


def present(store: Store, stock: Stock) -> Stock:
    """The stock as it is known now: its currency may have been told since a poll of it was planned."""
    chosen = store.stocks.one(stock.symbol)
    return stock if chosen is None else chosen.stock


def adopt(store: Store, fetched: Fetched, now: int) -> None:
    """The source has answered rightly for this stock: learn its currency, and tell who asked of the first price."""
    symbol = fetched.symbol.upper()
    chosen, quote = store.stocks.one(symbol), store.history.last_quote(symbol)
    if chosen is None or quote is None or (chosen.confirmed_at and (chosen.stock.currency or not fetched.currency)):
        return
    known = replace(chosen.stock, name=fetched.name or symbol, currency=chosen.stock.currency or fetched.currency)
    store.stocks.confirm(known, now)
    if chosen.confirmed_at is None:
        name = fetched.name if fetched.name != symbol else None
        _tell(store, chosen, events.Watching(symbol, name, known.currency, quote.price, quote.at), now)


def doubt(store: Store, before: FeedHealth, fault: FaultKind | Fault, told: str | None, now: int) -> None:
    """A look has failed: give up a stock that was never seen and that the source does not know.

    `before` is how the feed did until this look, `told` the currency of its answer, if any. What the
    network or the source itself suffers from says nothing of the stock.
    """
    chosen = store.stocks.one(before.symbol)
    if chosen is None or chosen.confirmed_at is not None:
        return
    if fault is Fault.WRONG_CURRENCY:
        give_up(store, chosen, events.Unwatchable.CURRENCY, now, told)
    elif fault is FaultKind.UNKNOWN_SYMBOL:
        give_up(store, chosen, events.Unwatchable.UNKNOWN, now)
    elif fault in _NOTHING and before.fault in _NOTHING and before.failures + 1 >= LOOKS:
        give_up(store, chosen, events.Unwatchable.NO_PRICES, now)


def give_up(store: Store, chosen: Chosen, why: events.Unwatchable, now: int, told: str | None = None) -> None:
    """Watch it no longer, and say so to the chat that asked for it."""
    stock = chosen.stock
    store.stocks.remove(stock.symbol)
    _tell(store, chosen, events.GivenUp(stock.symbol, why, stock.exchange, stock.currency, told), now)


def _tell(store: Store, chosen: Chosen, event: events.Event, now: int) -> None:
    if store.chats.serves(chosen.added_by):
        store.outbox.owe([chosen.added_by], event, now)
