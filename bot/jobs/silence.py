"""When prices stay away although they should come: what counts as silence, and what is said of it once.

Knows nothing of why a source failed; a clock of our own that is wrong counts as silence too.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core import events
from bot.core.market import Session
from bot.core.screen import CLOCK_SKEW_S
from bot.feeds import Fetched
from bot.jobs.held import held
from bot.store import Store

if TYPE_CHECKING:
    from bot.jobs.watch import Watched

_REGULAR = frozenset({Session.REGULAR})


def note_silence(store: Store, watched: "Watched", fetched: Fetched | None, now: int) -> None:
    """Owe one warning when prices stay away in a regular session, one all-clear when they are back.

    Judged by the time of the last price, never by whether the source answered: a frozen source
    answers too. Thin minutes before and after the session are no silence. `fetched` is what was
    answered, if anything.
    """
    if not watched.is_confirmed:
        return
    symbol = watched.stock.symbol
    health, quote = store.history.feed(symbol), store.history.last_quote(symbol)
    seen, waits = quote.at if quote is not None else None, held(store, symbol)
    fresh_at = seen if waits is None else max(seen or 0, waits.until)
    clock_s = clock_off_s(fetched, now)
    if health.silent_since is None:
        event: events.Silent | events.Restored | None = _begun(watched, fresh_at, clock_s, now)
    else:
        event = _ended(watched, health.silent_since, fresh_at, now) if fetched is not None and not clock_s else None
    if event is not None:
        silent_since = event.last_at if isinstance(event, events.Silent) else None
        store.history.note_feed(replace(health, silent_since=silent_since))
        store.outbox.owe(store.alerts.chats_watching(symbol), event, now)


def clock_off_s(fetched: Fetched | None, now: int) -> int:
    """How far in seconds our own clock is ahead of the source's, negative behind; 0 where that harms nothing."""
    if fetched is None or fetched.clock_at is None or abs(now - fetched.clock_at) <= CLOCK_SKEW_S:
        return 0
    return now - fetched.clock_at


def _begun(watched: "Watched", fresh_at: int | None, clock_s: int, now: int) -> events.Silent | None:
    window = watched.hours.watched_window(now, _REGULAR)
    if window is None or Session.REGULAR not in watched.rules.sessions:
        return None
    since = max(window[0], fresh_at or window[0])
    if now - since <= watched.stale_after_s and not clock_s:
        return None
    return events.Silent(watched.stock.symbol, fresh_at if fresh_at is not None else since, now, clock_s)


def _ended(watched: "Watched", silent_since: int, fresh_at: int | None, now: int) -> events.Restored | None:
    if fresh_at is None or fresh_at <= silent_since or now - fresh_at > watched.stale_after_s:
        return None
    return events.Restored(watched.stock.symbol, silent_since, fresh_at)
