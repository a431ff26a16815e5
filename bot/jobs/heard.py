"""When each part of what a source says of a stock was last heard, in this life of the stock.

What may have been told by a database that a copy took the place of is answered here too.
"""

from collections.abc import Collection
from datetime import date

from bot.core.days import date_of
from bot.feeds import Part
from bot.store import Store


def note(store: Store, symbol: str, parts: Collection[Part], now: int) -> None:
    """Note that these are heard by now."""
    for part in parts:
        store.remember(_name(symbol, part), now)


def last(store: Store, symbol: str, part: Part) -> int | None:
    """When (epoch seconds UTC) it was last heard; None where never, or before the stock was chosen anew."""
    heard, chosen = store.fact(_name(symbol, part)), store.stocks.one(symbol)
    if heard is None or (chosen is not None and int(heard) < chosen.added_at):
        return None
    return int(heard)


def is_watched_anew(store: Store, symbol: str) -> bool:
    """Whether it was heard of in an earlier life, and not yet in this one: what happened between is not told."""
    return store.fact(_name(symbol, Part.ACTIONS)) is not None and last(store, symbol, Part.ACTIONS) is None


def days_since(store: Store, symbol: str, zone: str, today: date) -> int:
    """For how many days the targets may have been what they are now; 0 where they never were heard."""
    heard = last(store, symbol, Part.TARGETS)
    return (today - date_of(heard, zone)).days if heard is not None else 0


def missing_since(store: Store, symbol: str) -> int | None:
    """Since when (epoch seconds UTC) something has been missing, once its chats have been told so; else None."""
    since = store.fact(missing(symbol)) if store.fact(missing_told(symbol)) is not None else None
    return int(since) if since is not None else None


def missing(symbol: str) -> str:
    """The fact that holds since when something has been missing."""
    return f"unheard/{symbol}"


def missing_told(symbol: str) -> str:
    """The fact that stands while that is told, and its end is not."""
    return f"unheard_told/{symbol}"


def may_be_told(store: Store, since: int) -> bool:
    """Whether what could be known from that moment on may have been told by a database now lost."""
    return since < int(store.fact("put_back_at") or 0)


def _name(symbol: str, part: Part) -> str:
    return f"heard/{part.value}/{symbol}"
