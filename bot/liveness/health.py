"""Whether a running daemon is well: judged by itself at every heartbeat, read from outside."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.core.clock import lasting
from bot.core.market import Session
from bot.core.screen import Fault
from bot.core.wording import running
from bot.jobs.reach import Reach
from bot.jobs.upkeep import last_copy
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.lock import is_held

HEARTBEAT_S = 15
"""How often in seconds the daemon notes that it lives."""

LEAST_FREE_BYTES = 100_000_000
"""With less space than that on the disk of the database, a person is needed soon."""

_BEATS_MISSED = 4
_STUCK_S = 600
_UNREACHED_S = 600
_BACKUP_S = 3 * 3600


def begin(store: Store, version: str, now: int) -> None:
    """A daemon starts: what the last one suffered from is over, until the first heartbeat says otherwise."""
    store.remember("heartbeat", now)
    store.remember("started_at", now)
    store.remember("version", version)
    store.remember("ailment", "")


def beat(
    store: Store, watched: Iterable[Watched], poll_seconds: int, now: int, reach: Reach | None = None,
    least_free_bytes: int = LEAST_FREE_BYTES,
) -> bool:  # fmt: skip
    """Note that the daemon lives, what it suffers from, and which sessions it waits for; whether it is well."""
    watching = tuple(watched)
    ailments = [*_silent(watching, poll_seconds, store, now), *_stuck(store, reach or Reach(), now)]
    ailments += [*_unsaved(store, now), *_cramped(store, least_free_bytes)]
    with store.transaction():
        store.remember("heartbeat", now)
        store.remember("ailment", "\n".join(ailments))
        store.remember("sessions", json.dumps(_sessions(watching, now)))
        store.faults.settle(now)
    return not ailments


def ailment(database: Path, store: Store, now: int, least_free_bytes: int = LEAST_FREE_BYTES) -> str | None:
    """What is wrong, a sentence a line, or None where the daemon lives, is fed and pays what it owes."""
    if not is_held(database):
        return f"No daemon runs on {database}."
    known = (store.fact("ailment") or "").splitlines()
    heartbeat = int(store.fact("heartbeat") or 0)
    if now - heartbeat > HEARTBEAT_S * _BEATS_MISSED:
        known = ["The daemon runs but has stopped working: its heartbeat is missing."]
    return "\n".join(dict.fromkeys([*known, *_cramped(store, least_free_bytes)])) or None


def _silent(watched: Iterable[Watched], poll_seconds: int, store: Store, now: int) -> Iterator[str]:
    """The first stock whose prices stay away, which for most causes is that of all."""
    stale = (_stale(one, poll_seconds, store, now) for one in watched)
    yield from filter(None, [next(filter(None, stale), None)])


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
    started_at = int(store.fact("started_at") or 0)  # a stretch that is watched always begins in 1970
    since = max(feed.good_at or started_at, window[0])
    if now - since <= max(watched.stale_after_s, 3 * poll_seconds):
        return None
    fault = f" ({feed.fault})" if feed.fault else ""
    return f"No good answer for {watched.stock.symbol} for {lasting(now - since)}{fault}."


def _stuck(store: Store, reach: Reach, now: int) -> Iterator[str]:
    """Messages that do not go out, or commands that do not come in, and why."""
    if reach.lost_since is not None and now - reach.lost_since >= _UNREACHED_S:
        yield f"Telegram has not been reached for {lasting(now - reach.lost_since)}."
    elif (since := store.outbox.depth(now).due_since) is not None and now - since > _STUCK_S:
        yield f"The outbox does not move: a message is due for {lasting(now - since)}."
    if reach.rival_since is not None:
        yield "Another program reads this bot's updates and takes half of the commands; stop it."


def _unsaved(store: Store, now: int) -> Iterator[str]:
    """Backups that fail or have stopped; nothing where none were ever made."""
    made_at, fault = last_copy(store)
    if fault:
        yield f"The last backup failed ({fault})."
        return
    started_at = int(store.fact("started_at") or 0)
    if made_at is not None and now - max(made_at, started_at) > _BACKUP_S:
        yield f"The last backup is {lasting(now - made_at)} old."


def _cramped(store: Store, least_bytes: int) -> Iterator[str]:
    if store.free_bytes() < least_bytes:
        yield f"The disk of the database is nearly full: less than {running.room(least_bytes)} are left."


def _sessions(watched: Iterable[Watched], now: int) -> list[tuple[str, str, int | None]]:
    """(time zone, session, when a watched one opens, None while one is open) of every exchange."""
    found = {}
    for one in watched:
        session, wanted = one.hours.session_at(now), one.rules.sessions
        opens_at = None if session in wanted else one.hours.next_open(now, wanted)
        found[one.hours.zone] = (one.hours.zone, session.value, opens_at)
    return list(found.values())
