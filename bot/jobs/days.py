"""The days of two years and more, kept up to date: what is asked for, when it is tried again, what is stored.

Never disturbs a poll: a source that fails is asked again at another time.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.core.crossing import rebase
from bot.core.days import believed, last_settled
from bot.core.market import Day, Session
from bot.core.metrics import of_key
from bot.core.splits import is_nearer_to_one, rescaled_day, split_of, usual
from bot.feeds import FaultKind, Feed, FeedError
from bot.jobs.chosen import is_current
from bot.jobs.records import BACK, present_values
from bot.jobs.splits import apart, is_applied
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.fault_counts import Source

log = logging.getLogger(__name__)

RETRY_S = 900
"""How often in seconds it is to be seen whether a day is missing, and so between two tries."""

_AGAIN = timedelta(days=5)  # fetched once more, so that corrections arrive
_RESTATED_PCT = 1.0
_TRIES = 8  # for one session: all but the last at once, that one before the next session
_BEFORE_OPEN_S = 1_800
_TRADED = frozenset({Session.PRE, Session.REGULAR, Session.POST})


@dataclass(frozen=True, slots=True)
class _Effort:
    """The tries for one missing session; `fault` is what the last one ran into, `not_before` the source's wish then."""

    session: date
    tries: int = 0
    fault: FaultKind | None = None
    tried_at: int = 0
    not_before: float = 0


class Days:
    """Keeps the days of the watched stocks. `clock` gives epoch seconds. To be called every `RETRY_S`."""

    def __init__(self, store: Store, feed: Feed, clock: Callable[[], float]) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._efforts: dict[str, _Effort] = {}

    async def keep(self, watched: Watched) -> None:
        """One try, where the last session that is settled is missing and a try is due; FeedError is noted."""
        now, symbol = int(self._clock()), watched.stock.symbol
        effort = self._effort(symbol, last_settled(watched.hours, now))
        if not self._is_missing(symbol, effort.session) or not self._is_due(watched, effort, now):
            return
        effort = replace(effort, tries=effort.tries + 1, tried_at=now)
        self._efforts[symbol] = effort  # whatever goes wrong, it has been a try
        try:
            await keep_days(self._store, self._feed, watched, now)
        except FeedError as error:
            self._note(symbol, effort, error.kind, now + (error.retry_after_s or 0))
            self._store.faults.note(Source.PRICES, error.kind.value, now)
        else:
            missing = self._is_missing(symbol, effort.session)
            self._note(symbol, effort, FaultKind.NO_DATA if missing else None)

    def _effort(self, symbol: str, session: date) -> _Effort:
        known = self._efforts.get(symbol, _Effort(session))
        return known if known.session == session else replace(known, session=session, tries=0)

    def _is_missing(self, symbol: str, session: date) -> bool:
        kept = self._store.history.last_day(symbol)
        return kept is None or kept < session

    def _is_due(self, watched: Watched, effort: _Effort, now: int) -> bool:
        polls_wait = self._store.history.feed(watched.stock.symbol).is_paused(now)
        if polls_wait or effort.tried_at <= now < effort.not_before:
            return False
        if effort.tries < _TRIES - 1:
            return True
        opens_at = watched.hours.next_open(now, watched.rules.sessions & _TRADED)
        return effort.tries < _TRIES and opens_at is not None and opens_at - now <= _BEFORE_OPEN_S

    def _note(self, symbol: str, effort: _Effort, fault: FaultKind | None, not_before: float = 0) -> None:
        if fault is not None and fault is not effort.fault:
            log.warning("days failed symbol=%s fault=%s, tried again later", symbol, fault.value)
        self._efforts[symbol] = replace(effort, fault=fault, not_before=not_before)


async def keep_days(store: Store, feed: Feed, watched: Watched, now: int) -> None:
    """Fetch the settled days since the last stored one, or of the last 800, and store them as one.

    The last few are fetched again; where they are not what they were, because of a correction, all
    are. A split listed among them is applied. Days on a scale that nothing explains are left for the
    next try. Raises FeedError, with no day stored.
    """
    symbol, settled = watched.stock.symbol, last_settled(watched.hours, now)
    last, oldest = store.history.last_day(symbol), settled - BACK
    since = oldest if last is None else max(oldest, last - _AGAIN)
    days = await _ask(feed, watched, since, settled, now)
    if last is not None:
        _apply_splits(store, watched, days, now)
    days = _on_our_scale(store, watched, days)
    is_restated = _are_restated(store.history.days(symbol, since, settled), days)
    if is_restated:
        days = _on_our_scale(store, watched, await _ask(feed, watched, oldest, settled, now))
    with store.transaction():
        store.history.add_days(symbol, days)
        if is_restated:
            _settle_anew(store, watched, now)


def _apply_splits(store: Store, watched: Watched, days: Iterable[Day], now: int) -> None:
    """Those that no poll has been told of in time: too small to be waited for, or listed late in their day."""
    symbol, hours = watched.stock.symbol, watched.hours
    with store.transaction():
        if is_current(store, symbol, watched.chosen_at):
            for day in days:
                is_applied(store, symbol, hours, split_of(day.day, day.split), now)


def _on_our_scale(store: Store, watched: Watched, days: tuple[Day, ...]) -> tuple[Day, ...]:
    """The days on the scale of the minutes recorded, which splits applied explain; none where nothing does."""
    symbol, zone = watched.stock.symbol, watched.hours.zone
    for split in store.splits.every(symbol):
        far = apart(store, symbol, zone, [day for day in days if day.day < split.day])
        if far is not None and not is_nearer_to_one(far, 1 / split.factor):
            days = tuple(rescaled_day(day, split.factor) if day.day < split.day else day for day in days)
    far = apart(store, symbol, zone, days)
    return days if far is None or usual(far) is None else ()


def _settle_anew(store: Store, watched: Watched, now: int) -> None:
    """A new baseline is no crossing (rule 6): what is measured against the days takes its side from where it is now."""
    symbol = watched.stock.symbol
    alerts = [alert for alert in store.alerts.on(symbol) if _is_measured(alert.metric)]
    for rth in {alert.policy.regular_only for alert in alerts}:
        those = [alert for alert in alerts if alert.policy.regular_only is rth]
        keys = {alert.metric for alert in those}
        values = present_values(store, symbol, watched.hours, keys, now, regular_only=rth)
        for alert in those:
            moved = rebase(alert, alert.line, alert.upper, values.get(alert.metric))
            store.alerts.change(moved, "its baseline moved")


def _is_measured(key: str) -> bool:
    metric = of_key(key)[0]
    return not metric.in_money and not metric.is_standing


async def _ask(feed: Feed, watched: Watched, since: date, settled: date, now: int) -> tuple[Day, ...]:
    days = await feed.days(watched.stock, since, now)
    return tuple(day for day in believed(days) if day.day <= settled)


def _are_restated(stored: Iterable[Day], fetched: Iterable[Day]) -> bool:
    closes = {day.day: day.close for day in stored}
    moved = (abs(day.close / closes[day.day] - 1) * 100 for day in fetched if day.day in closes)
    return any(pct > _RESTATED_PCT for pct in moved)
