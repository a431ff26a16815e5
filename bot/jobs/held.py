"""Prices held back because a split not listed yet would explain them: they are judged once it is known.

Owns what is remembered of the wait and who is told of it, once; when a price is suspect is the core's to say.
"""

import json
import logging
from dataclasses import dataclass

from bot.core import events
from bot.core.market import Bar
from bot.core.screen import Fault, Rules, Screened, is_retold
from bot.core.splits import SplitSuspected, Suspect, suspect
from bot.store import Store

log = logging.getLogger(__name__)


_DOUBTED_S = 900
"""So long in seconds a source may tell what is recorded quite otherwise; then it may be the record that was wrong."""


@dataclass(frozen=True, slots=True)
class Held:
    """A wait: the last price believed was at `since`, the last one held back at `until` (epoch seconds UTC)."""

    since: int
    until: int


def held(store: Store, symbol: str) -> Held | None:
    """What is held back of the symbol, if anything."""
    noted = store.fact(_name(symbol))
    return None if noted is None else Held(*json.loads(noted))


def hold_back(
    store: Store, symbol: str, zone: str, screened: Screened, last: Bar | None, now: int
) -> tuple[Screened, events.Gap | None]:
    """The bars without those that may stand on another scale; where a wait is over, the stretch that it lasted."""
    before = held(store, symbol)
    if not screened.bars:
        return screened, None
    found = suspect(screened.bars, last, zone)
    if found is None:
        if before is None:  # nearly always
            return screened, None
        store.forget(_name(symbol))
        return screened, events.Gap(before.since, feed_silent=True, held=True)
    since = found.before_at if before is None else before.since
    store.remember(_name(symbol), json.dumps([since, min(screened.bars[-1].ends_at, now)]))
    if before is None:
        log.warning("prices held back symbol=%s, perhaps a split", symbol)
        store.outbox.owe(store.alerts.chats_watching(symbol), _suspected(symbol, found), now)
    kept = tuple(bar for bar in screened.bars if bar.at < found.bar.at)
    return Screened(kept, (*screened.faults, Fault.PERHAPS_A_SPLIT)), None


def is_doubted(store: Store, symbol: str, screened: Screened, last: Bar | None, rules: Rules, now: int) -> bool:
    """Whether these bars wait, since they tell the last recorded minute as it cannot have been.

    One answer out of a row that has all prices wrong would else be a crossing there and one back.
    """
    name = f"doubted/{symbol}"
    noted = store.fact(name)
    since = now if noted is None else int(noted)
    if is_retold(screened.bars, last, rules):
        store.remember(name, since)
        return 0 <= now - since <= _DOUBTED_S
    if screened.bars and noted is not None:
        store.forget(name)
    return False


def _suspected(symbol: str, found: Suspect) -> SplitSuspected:
    price = found.bar.close if found.is_restated else found.bar.open
    split = found.split
    return SplitSuspected(
        symbol, price, found.before, found.before_at, split.numerator, split.denominator, found.is_restated
    )


def _name(symbol: str) -> str:
    return f"held/{symbol}"
