"""The same bars lived through the daemon's own path, and looked back on at once."""

from collections.abc import Sequence

from bot.core.events import Crossed, Told, from_json
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session
from bot.core.replay import fresh_from, replay
from bot.core.screen import Rules
from bot.jobs.make import blank, make
from bot.jobs.records import record_of
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from tests.fakes.analysts import LEVELS
from tests.fakes.desk import new_york
from tests.fakes.feed import STOCK, answer
from tests.fakes.house import passing_store

OPEN = 1_759_411_800
"""Thursday, 2 October 2025, 09:30 in New York."""

HOURS = new_york()
CHAT = 7
WATCHED = frozenset({Session.PRE, Session.REGULAR, Session.POST})

Row = tuple[float, str, int, float, bool]
"""(threshold, direction, at, value, passed) of a crossing."""


def lived(wishes: Sequence[Wish], bars: Sequence[Bar], ends: Sequence[int], days: Sequence[Day]) -> list[list[Row]]:
    """What each wish told when the bars were polled up to each of these places; a poll sees the last bar again."""
    told: list[list[Row]] = [[] for _ in wishes]
    with passing_store() as store:
        _furnish(store, days, bars[0].at - 600)
        for wish in wishes:
            make(store, wish, CHAT, HOURS, "chat", bars[0].at - 600)
        watched = Watched(STOCK, HOURS, Rules(20, WATCHED), stale_after_s=300)
        for start, end in zip([0, *ends], ends, strict=False):
            seen = bars[max(0, start - 1) : end]
            take_in(store, watched, answer(*seen, reference=seen[0].open), seen[-1].ends_at)
        for one in _owed(store):
            row = (one.threshold, one.direction.value, one.at, one.value, one.passed)
            told[one.number - 1].append(row)
    return told


def looked_back(wishes: Sequence[Wish], bars: Sequence[Bar], days: Sequence[Day]) -> list[list[Row]]:
    """What each wish would have told, by a replay of all bars at once."""
    first = bars[0].at
    with passing_store() as store:
        _furnish(store, days, first - 600)
        record = record_of(store, STOCK.symbol, HOURS, first, {wish.metric for wish in wishes}, bars[-1].ends_at)
    return [
        [
            (one.threshold, one.direction.value, one.at, one.value, one.passed)
            for one in replay(fresh_from(blank(wish, CHAT, 0), first), bars, record)
        ]
        for wish in wishes
    ]


def _furnish(store: Store, days: Sequence[Day], now: int) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, now)
    store.history.add_days(STOCK.symbol, days)
    for level in LEVELS:
        store.levels.revise(level, now)


def _owed(store: Store) -> list[Told]:
    rows = store.db.execute("select kind, facts from outbox where kind = 'crossed' order by id")
    events = [from_json(kind, facts) for kind, facts in rows]
    return [one for event in events if isinstance(event, Crossed) for one in event.told]
