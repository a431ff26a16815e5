"""One poll of one stock: fetch, screen, walk, judge, and commit all of it as one.

Owns the order of these steps. Sends nothing: it leaves debts in the outbox.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.core import events
from bot.core.clock import Place
from bot.core.course import Course, course
from bot.core.language import Vocabulary, describe
from bot.core.market import Bar, Hours, Quote, Stock
from bot.core.metrics import moved_by_prices, paths
from bot.core.screen import Fault, Rules, Screened, identity, screen
from bot.feeds import FaultKind, Feed, FeedError, Fetched
from bot.jobs.backoff import backoff_s
from bot.jobs.chosen import adopt, doubt, is_current, present
from bot.jobs.held import held, hold_back, is_doubted
from bot.jobs.judge import judge, owe_crossings
from bot.jobs.late import LATE_S, parted, take_in_late
from bot.jobs.records import record_of
from bot.jobs.silence import clock_off_s, note_silence
from bot.jobs.splits import following
from bot.store import Store
from bot.store.fault_counts import Source
from bot.store.history import FeedHealth

log = logging.getLogger(__name__)

SETTLED_S = 60
"""Seconds after which a bar that has ended and a session that is over are final, even if no later price came."""

_BACKOFF_FIRST_S = 30.0
_BACKOFF_LONGEST_S = 900.0


@dataclass(frozen=True, slots=True)
class Watched:
    """One stock with what its polls need to know.

    `stale_after_s`: without a fresh price for so many seconds an open session is silent. `gap_s`:
    after so many without a good poll, what is found was missed while it happened. `chosen_at`: when
    a chat chose it (epoch seconds UTC), None for a stock of the settings file; until its first price
    it is not confirmed, and nobody is warned that it has none.
    """

    stock: Stock
    hours: Hours
    rules: Rules
    stale_after_s: int
    gap_s: int = 180
    chosen_at: int | None = None
    is_confirmed: bool = True


class Watch:
    """Polls the watched stocks. `clock` gives epoch seconds; `tell` is called when something is owed."""

    def __init__(
        self,
        store: Store,
        feed: Feed,
        clock: Callable[[], float],
        tell: Callable[[], None] = lambda: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._tell = tell
        self._jitter = jitter
        self._turn = asyncio.Lock()

    async def poll(self, watched: Watched) -> None:
        """One look at one stock. A source that fails is noted and asked again later, never an error here.

        One poll at a time: an answer overtaken by a later one would walk the price backwards.
        """
        async with self._turn:
            await self._poll(watched)

    async def _poll(self, watched: Watched) -> None:
        now = int(self._clock())
        health = self._store.history.feed(watched.stock.symbol)
        try:
            answered = not health.is_paused(now) and await self._ask(watched, health, now)
        except Exception:
            self._settle_silence(watched, now)  # whatever broke: that prices stay away is told
            raise
        if not answered and not _was_away(watched, health, now):
            self._settle_silence(watched, now)

    async def _ask(self, watched: Watched, health: FeedHealth, now: int) -> bool:
        """Whether the source answered; what it said is then taken in, the end of a silence included."""
        last = self._store.history.last_bar(watched.stock.symbol)
        try:
            fetched = await self._feed.fetch(watched.stock, last.at - LATE_S if last else None, now)
        except FeedError as error:
            self._note_failure(watched, health, error, now)
            return False
        take_in(self._store, watched, fetched, int(self._clock()))
        self._tell()
        return True

    def _settle_silence(self, watched: Watched, now: int) -> None:
        with self._store.transaction():
            if is_current(self._store, watched.stock.symbol, watched.chosen_at):
                note_silence(self._store, watched, None, now)
        self._tell()

    def _note_failure(self, watched: Watched, health: FeedHealth, error: FeedError, now: int) -> None:
        self._store.faults.note(Source.PRICES, error.kind.value, now)
        failures = health.failures + 1
        wait_s = self._pause(error, failures)
        wait = f"again in {wait_s} s" if wait_s else "again at the next poll"
        # Once when it begins: a night without a network would fill the log, and the terminal that is the chat.
        level = logging.DEBUG if health.fault == error.kind.value else logging.WARNING
        log.log(level, "poll failed symbol=%s fault=%s, %s", error.symbol, error.kind.value, wait)
        failed = replace(
            health,
            polled_at=now,
            failures=failures,
            fault=error.kind.value,
            retry_at=now + wait_s if wait_s else None,
        )
        with self._store.transaction():
            if is_current(self._store, watched.stock.symbol, watched.chosen_at):
                self._store.history.note_feed(failed)
                doubt(self._store, health, error.kind, None, now)

    def _pause(self, error: FeedError, failures: int) -> int:
        """Only a source that asks for less is asked less: doubling, with jitter, up to a quarter of an hour."""
        if error.kind is not FaultKind.RATE_LIMITED:
            return 0
        own_s = backoff_s(failures, _BACKOFF_FIRST_S, _BACKOFF_LONGEST_S, self._jitter())
        return int(max(own_s, error.retry_after_s or 0))


def _was_away(watched: Watched, health: FeedHealth, now: int) -> bool:
    """Whether it was not the source that was silent: nobody asked, and a machine just awake may lack its network."""
    return health.retry_at is None and health.polled_at is not None and now - health.polled_at > watched.gap_s


def take_in(store: Store, watched: Watched, fetched: Fetched, now: int) -> None:
    """Judge what a source answered and commit bars, quote, alert states, crossings and debts together.

    An answer about a stock that was unwatched while it was asked for is dropped.
    """
    with store.transaction():
        if is_current(store, watched.stock.symbol, watched.chosen_at):
            _judge_answer(store, watched, fetched, now)
            note_silence(store, watched, fetched, now)


def _judge_answer(store: Store, watched: Watched, fetched: Fetched, now: int) -> None:
    is_chosen = watched.chosen_at is not None
    stock = present(store, watched.stock) if is_chosen else watched.stock
    health = store.history.feed(stock.symbol)
    wrong = identity(stock, fetched.symbol, fetched.currency)
    if wrong:
        _refuse(store, health, wrong[0], now)
        doubt(store, health, wrong[0], fetched.currency, now)
        return
    _believe(store, watched, fetched, health, now)
    if is_chosen and not store.history.feed(stock.symbol).failures:
        adopt(store, fetched, now)


def _refuse(store: Store, health: FeedHealth, fault: Fault, now: int) -> None:
    if health.fault != fault.value:  # once when it begins
        log.error("answer refused symbol=%s fault=%s", health.symbol, fault.value)
    store.faults.note(Source.PRICES, fault.value, now)
    store.history.note_feed(
        replace(health, polled_at=now, failures=health.failures + 1, fault=fault.value, retry_at=None)
    )


def _believe(store: Store, watched: Watched, fetched: Fetched, health: FeedHealth, now: int) -> None:
    symbol, hours = health.symbol, watched.hours
    fetched = following(store, symbol, hours, fetched, now)
    last = store.history.last_bar(symbol)
    passed, bars = parted(fetched.bars, last)
    screened = screen(bars, last, fetched.reference, now, watched.rules)
    screened, waited = hold_back(store, symbol, hours.zone, screened, last, now)
    if is_doubted(store, symbol, screened, last, watched.rules, now):
        screened = Screened((), (*screened.faults, Fault.UNCONFIRMED_JUMP))
    if clock_off_s(fetched, now):
        screened = replace(screened, faults=(*screened.faults, Fault.CLOCK))
    store.history.note_feed(_looked(health, screened, now))
    for fault in set(screened.faults):
        store.faults.note(Source.PRICES, fault.value, now)
    take_in_late(store, symbol, hours, passed, now, watched.rules)
    if screened.bars:
        _record(store, watched, fetched, screened.bars, last, waited or _gap(watched, health, now), now)


def _looked(health: FeedHealth, screened: Screened, now: int) -> FeedHealth:
    """An answer of which nothing could be believed is a failure, like none at all."""
    if screened.faults and screened.faults[-1].value != health.fault:
        log.warning(
            "answer not all believed symbol=%s faults=%s", health.symbol, ", ".join(sorted(set(screened.faults)))
        )
    fault = screened.faults[-1].value if screened.faults else None
    looked = replace(health, polled_at=now, fault=fault, retry_at=None)
    if screened.faults and not screened.bars:
        return replace(looked, failures=health.failures + 1)
    return replace(looked, good_at=now, failures=0)


def _record(
    store: Store, watched: Watched, fetched: Fetched, bars: Sequence[Bar], last: Bar | None,
    gap: events.Gap | None, now: int,
) -> None:  # fmt: skip
    bars = _with_extremes_of(last, bars)
    symbol, newest = watched.stock.symbol, bars[-1]
    made_at = fetched.quoted_at if newest.at == fetched.bars[-1].at else newest.ends_at
    quote = Quote(symbol, min(made_at, now), newest.close, newest.session, fetched.source)
    keys = moved_by_prices(store.alerts.metrics(symbol))
    walked = _course(store, watched, bars, last, keys, max(quote.at, now - SETTLED_S))
    store.history.add_bars(symbol, bars)
    store.history.add_quote(quote)
    fired = judge(store, paths(walked, keys), now)
    before = last.close if last is not None else None
    owe_crossings(store, watched.hours, fired, walked.points, quote, now, before, gap)
    expire(store, watched, now)


def _course(
    store: Store, watched: Watched, bars: Sequence[Bar], last: Bar | None, keys: Sequence[str], settled_at: int
) -> Course:
    symbol = watched.stock.symbol
    record = record_of(store, symbol, watched.hours, bars[0].at + 1, keys, settled_at, last_at=bars[-1].at)
    return course(symbol, bars, last, record)


def _with_extremes_of(last: Bar | None, bars: Sequence[Bar]) -> Sequence[Bar]:
    """The bars, the first with the extremes it was seen with before.

    A spike that the source takes back and shows again (its servers differ) would be told twice. Where
    that last minute has gone missing it stays as it was seen: it may have been the session's close.
    """
    first = bars[0]
    if last is None:
        return bars
    if first.at != last.at:
        return (last, *bars)
    if _is_older(first, last):
        return (last, *bars[1:])
    return (replace(first, high=max(first.high, last.high), low=min(first.low, last.low)), *bars[1:])


def _is_older(bar: Bar, seen: Bar) -> bool:
    """Whether this form of a minute is one from before it was seen: it shows less of it.

    Walked as news, the closes of two servers that differ would be moves there and back.
    """
    narrower = seen.low <= bar.low and bar.high <= seen.high and (bar.low, bar.high) != (seen.low, seen.high)
    return narrower or bar.volume < seen.volume


def expire(store: Store, watched: Watched, now: int) -> None:
    """End the alerts whose time is over, now that everything up to it has been judged, and say so."""
    symbol = watched.stock.symbol
    ended = store.alerts.expired(symbol, now)
    if not ended or held(store, symbol) is not None:
        return
    levels = store.levels.present(symbol)
    for alert in ended:
        store.alerts.end(alert, now, by="expired")
        if store.chats.serves(alert.chat_id):
            # By the clocks that the chat goes by, as its confirmation was.
            place = Place(store.chats.zone(alert.chat_id) or watched.hours.zone)
            text = describe(alert, Vocabulary({symbol: levels}, place=place))
            event = events.Expired(symbol, alert.number, text, store.crossings.count_of(alert), now)
            store.outbox.owe([alert.chat_id], event, now)


def _gap(watched: Watched, health: FeedHealth, now: int) -> events.Gap | None:
    """The stretch without prices that this poll ends, and whose fault it was; None where there was none."""
    if health.silent_since is not None:
        return events.Gap(health.silent_since, feed_silent=True)
    if health.polled_at is not None and now - health.polled_at > watched.gap_s:
        return events.Gap(health.polled_at, feed_silent=False)
    if health.good_at is not None and now - health.good_at > watched.gap_s:
        return events.Gap(health.good_at, feed_silent=True)
    return None
