"""Whether a running daemon is well: judged by itself at every heartbeat, read from outside."""

from collections.abc import Iterable
from pathlib import Path

from bot.core.clock import lasting
from bot.core.market import Session
from bot.core.screen import Fault
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.lock import is_held

HEARTBEAT_S = 15
"""How often in seconds the daemon notes that it lives."""

_BEATS_MISSED = 4


def beat(store: Store, watched: Iterable[Watched], poll_seconds: int, now: int) -> None:
    """Note that the daemon lives, and what its feeds suffer from, if anything."""
    with store.transaction():
        store.remember("heartbeat", now)
        stale = (_stale(one, poll_seconds, store, now) for one in watched)
        store.remember("ailment", next(filter(None, stale), ""))


def ailment(database: Path, store: Store, now: int) -> str | None:
    """What is wrong in one sentence, or None where the daemon lives and its prices are fresh."""
    if not is_held(database):
        return f"No daemon runs on {database}."
    heartbeat = int(store.fact("heartbeat") or 0)
    if now - heartbeat > HEARTBEAT_S * _BEATS_MISSED:
        return "The daemon runs but has stopped working: its heartbeat is missing."
    return store.fact("ailment") or None


def _stale(watched: Watched, poll_seconds: int, store: Store, now: int) -> str | None:
    """A feed that gave no good answer, or in a regular session no price, for too long."""
    window = watched.hours.watched_window(now, watched.rules.sessions)
    if window is None:
        return None
    feed = store.history.feed(watched.stock.symbol)
    if feed.fault == Fault.CLOCK:
        return f"The clock of this machine is not that of {watched.stock.symbol}'s prices: set it right."
    if feed.silent_since is not None and watched.hours.session_at(now) is Session.REGULAR:
        return f"No {watched.stock.symbol} price for {lasting(now - feed.silent_since)}."
    since = max(feed.good_at or 0, window[0])
    if now - since <= max(watched.stale_after_s, 3 * poll_seconds):
        return None
    fault = f" ({feed.fault})" if feed.fault else ""
    return f"No good answer for {watched.stock.symbol} for {lasting(now - since)}{fault}."
