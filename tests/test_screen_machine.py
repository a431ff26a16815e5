"""A source that errs in every way it can, against a small oracle that knows the truth: nothing false, nothing lost.

Rules 1, 2, 4 and 13. The truth is a session of minutes, each of so simple a shape that its bar tells the order of its
prices; an answer shows what is due of it, spoilt in one way, or is none at all.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import inf, nan
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Bar, Session
from bot.core.screen import Rules
from bot.feeds import FaultKind, FeedError, Fetched
from bot.jobs.make import make
from bot.jobs.watch import Watch, Watched
from tests.conftest import Clock
from tests.fakes.desk import new_york
from tests.fakes.feed import STOCK, answer
from tests.fakes.house import passing_store
from tests.fakes.truth import Minute, Told, changes, crossings

OPEN = 1759411800  # 2 October 2025, 09:30 New York
CHAT = 7
LINES = (184.0, 188.0, 190.0, 191.0, 192.0, 196.0, 230.0)
LONGEST = 14  # minutes: all of a session lies within what a poll looks at once more
BABA = Watched(STOCK, new_york(), Rules(20, frozenset({Session.REGULAR})), stale_after_s=300)

Drawn = tuple[int, int, str]
"""How far in cents a minute opens from the last price, how far it moves, and its shape."""

MINUTES: st.SearchStrategy[Drawn] = st.tuples(
    st.integers(-200, 200), st.integers(-300, 300), st.sampled_from(["flat", "move", "spike"])
)


def bar_of(place: int, minute: Minute) -> Bar:
    return Bar(OPEN + 60 * place, minute[0], max(minute), min(minute), minute[-1], 100)


def prices_of(bar: Bar) -> Minute:
    """The minute that a bar of such a simple shape shows."""
    ends = {bar.open, bar.close}
    spikes = [price for price in (bar.high, bar.low) if price not in ends]
    return (bar.open, *spikes, bar.close)


class Source:
    """Says what it was told to say to one question."""

    def __init__(self) -> None:
        self.step: Callable[[int], Fetched] = lambda since: answer()

    async def fetch(self, stock: object, since: int | None, now: int) -> Fetched:
        return self.step(since or 0)


Fault = Callable[[list[Bar], int], list[Bar]]
"""Spoils the bars of an answer, the one at this place in the first line."""


def changed(make_bar: Callable[[Bar], Bar]) -> Fault:
    return lambda bars, place: [*bars[:place], make_bar(bars[place]), *bars[place + 1 :]]


def times(factor: float) -> Fault:
    def spoilt(bar: Bar) -> Bar:
        prices = {name: round(getattr(bar, name) * factor, 2) for name in ("open", "high", "low", "close")}
        return replace(bar, **prices)

    return changed(spoilt)


FAULTS: dict[str, Fault] = {
    "gone": lambda bars, place: [*bars[:place], *bars[place + 1 :]],
    "the newest gone": lambda bars, place: bars[:place],
    "shuffled": lambda bars, place: [*bars[place:], *bars[:place]],
    "backwards": lambda bars, place: bars[::-1],
    "twice": lambda bars, place: [*bars[: place + 1], *bars[place:]],
    "last year's": lambda bars, place: [replace(bars[place], at=bars[place].at - 364 * 86_400, high=1e4), *bars],
    "next year's": lambda bars, place: [*bars, replace(bars[place], at=bars[place].at + 364 * 86_400, high=1e4)],
    "in ten minutes": lambda bars, place: [*bars, replace(bars[-1], at=bars[-1].at + 600, high=240.0)],
    "tenfold": times(10),
    "a tenth": times(0.1),
    "doubled": times(2),
    "tenfold high": changed(lambda bar: replace(bar, high=bar.high * 10)),
    "low of a tenth": changed(lambda bar: replace(bar, low=bar.low / 10)),
    # Not of a minute there and back: without its open nothing says that it went back.
    "tenfold open": changed(
        lambda bar: bar if bar.open == bar.close else replace(bar, open=bar.open * 10, high=bar.open * 10)
    ),
    **{
        f"{name} {wrong}": changed(lambda bar, name=name, wrong=wrong: replace(bar, **{name: wrong}))  # type: ignore[misc]
        for name in ("open", "high", "low", "close")
        for wrong in (nan, 0.0, -190.0, inf)
    },
}  # fmt: skip

WHOLLY_WRONG: dict[str, Any] = {"symbol": {"symbol": "BABAF"}, "currency": {"currency": "HKD"}}


class LivedThrough(RuleBasedStateMachine):
    """A session lived through by the real watch on a real database, one fault at a time."""

    @initialize()
    def begin(self) -> None:
        self.context = passing_store()
        self.store = self.context.__enter__()
        self.store.db.execute("pragma synchronous = off")  # hundreds of polls, and no power cut among them
        self.store.chats.add(CHAT, "private", "paired", CHAT, OPEN - 600)
        for line in LINES:
            make(self.store, Wish("BABA", Way.CROSSES, line), CHAT, BABA.hours, "chat", OPEN - 600)
        self.truth: dict[int, Minute] = {0: (189.0,), 1: (189.0, 189.5)}
        self.blurred: set[float] = set()
        self.has_jumped = False
        self.frozen: Fetched | None = None
        self.clock, self.source = Clock(OPEN + 90), Source()
        self.watch = Watch(self.store, self.source, self.clock, jitter=lambda: 0.5)  # type: ignore[arg-type]
        self.poll(self.honest)

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.poll(self.honest)
            self.prove_nothing_lost()
            self.context.__exit__(None, None, None)

    @property
    def newest(self) -> int:
        return max(self.truth)

    @precondition(lambda self: self.newest < LONGEST)
    @rule(minute=MINUTES)
    def pass_a_minute(self, minute: Drawn) -> None:
        self.trade(minute)

    def trade(self, minute: Drawn) -> None:
        if self.newest >= LONGEST:
            return
        gap, move, shape = minute
        opened = round(self.truth[self.newest][-1] + gap / 100, 2)
        other = round(opened + move / 100, 2)
        shapes = {"flat": (opened,), "move": (opened, other), "spike": (opened, other, opened)}
        self.add(shapes[shape])

    @precondition(lambda self: self.newest < LONGEST - 1 and not self.has_jumped)
    @rule(up=st.booleans())
    def jump_and_stay(self, up: bool) -> None:
        price = round(self.truth[self.newest][-1] * (1.3 if up else 0.7), 2)
        self.has_jumped = True
        self.add((price,))
        self.add((price,))

    def add(self, minute: Minute) -> None:
        self.truth[self.newest + 1] = minute
        self.clock.now = OPEN + 60 * self.newest + 30

    @rule(minute=MINUTES)
    def answer_honestly(self, minute: Drawn) -> None:
        self.trade(minute)
        self.poll(self.honest)

    @rule(minute=MINUTES)
    def answer_while_the_minute_forms(self, minute: Drawn) -> None:
        """Its first price alone."""
        self.trade(minute)
        self.poll(lambda since: self.shown(since, {self.newest: self.truth[self.newest][:1]}))

    @rule(fault=st.sampled_from(sorted(FAULTS)), back=st.integers(1, 4), minute=MINUTES)
    def answer_with_a_fault(self, fault: str, back: int, minute: Drawn) -> None:
        self.trade(minute)

        def spoilt(since: int) -> Fetched:
            bars = list(self.honest(since).bars)
            return answer(*FAULTS[fault](bars, max(0, len(bars) - back)))

        self.poll(spoilt)

    @rule(wrong=st.sampled_from(sorted(WHOLLY_WRONG)), price=st.sampled_from([95.0, 186.0, 195.0]))
    def answer_about_something_else(self, wrong: str, price: float) -> None:
        bar = bar_of(self.newest, (price,))
        self.poll(lambda since: answer(bar, replace(bar, at=bar.at + 60), **WHOLLY_WRONG[wrong]))

    @rule(kind=st.sampled_from(FaultKind))
    def fail(self, kind: FaultKind) -> None:
        def failing(since: int) -> Fetched:
            raise FeedError("BABA", kind)

        self.poll(failing)

    @rule()
    def answer_nothing(self) -> None:
        self.poll(lambda since: answer())

    @precondition(lambda self: self.frozen is not None)
    @rule()
    def answer_the_same_as_long_ago(self) -> None:
        self.poll(lambda since: self.frozen or answer())

    @rule()
    def freeze(self) -> None:
        self.frozen = self.honest(0)

    @rule(minutes=st.integers(-10, 10))
    def be_asked_by_a_wrong_clock(self, minutes: int) -> None:
        self.poll(self.honest, skew_s=60 * minutes)

    def honest(self, since: int) -> Fetched:
        return self.shown(since, {})

    def shown(self, since: int, forming: dict[int, Minute]) -> Fetched:
        bars = [bar_of(place, minute) for place, minute in (self.truth | forming).items()]
        return answer(*(bar for bar in bars if bar.at >= since), reference=189.0)

    def poll(self, step: Callable[[int], Fetched], skew_s: int = 0) -> None:
        before = self.recorded()
        self.source.step = step
        retry_at = self.store.history.feed("BABA").retry_at
        right, self.clock.now = self.clock.now, max(self.clock.now, retry_at or 0) + skew_s
        asyncio.run(self.watch.poll(BABA))
        self.clock.now = right
        self.note_what_came_late(before, self.recorded())

    def recorded(self) -> dict[int, Minute]:
        bars = self.store.history.bars("BABA", 0, 2**40)
        return {(bar.at - OPEN) // 60: prices_of(bar) for bar in bars}

    def note_what_came_late(self, before: dict[int, Minute], after: dict[int, Minute]) -> None:
        """An alert that has moved since a minute that comes late is not taken back in time: the limit."""
        late = [place for place in after if place < max(before, default=0) and after[place] != before.get(place)]
        if late:
            moved = {line for line in LINES if any(place >= min(late) for place, _ in changes(line, before))}
            self.blurred |= moved

    def told(self) -> list[Told]:
        rows = self.store.db.execute("select threshold, direction, (at - ?) / 60 from crossings order by id", [OPEN])
        return [(line, direction, place) for line, direction, place in rows]

    @invariant()
    def nothing_false_is_told(self) -> None:
        for line, direction, place in self.told() if hasattr(self, "store") else ():
            assert place in self.truth, (line, direction, place)
            earlier = [price for one in range(place + 1) for price in self.truth[one]]
            is_reached = [price >= line if direction == "up" else price <= line for price in self.truth[place]]
            was_beyond = [price <= line if direction == "up" else price >= line for price in earlier]
            assert any(is_reached), (line, direction, place)
            assert any(was_beyond), (line, direction, place)

    @invariant()
    def every_second_telling_is_the_other_way(self) -> None:
        for line in LINES if hasattr(self, "store") else ():
            ways = [direction for one, direction, _ in self.told() if one == line]
            assert all(one != other for one, other in pairwise(ways)), ways

    @invariant()
    def a_warning_is_followed_by_its_all_clear(self) -> None:
        if hasattr(self, "store"):
            rows = self.store.db.execute("select kind from outbox where kind != 'crossed' order by id").fetchall()
            assert [kind for (kind,) in rows] == (["silent", "restored"] * len(rows))[: len(rows)]

    def prove_nothing_lost(self) -> None:
        bars = self.store.history.bars("BABA", 0, 2**40)
        true = [bar_of(place, minute) for place, minute in sorted(self.truth.items())]
        assert [(bar.at, bar.high, bar.low, bar.close) for bar in bars] == [
            (bar.at, bar.high, bar.low, bar.close) for bar in true
        ]
        for line in set(LINES) - self.blurred:
            assert [one for one in self.told() if one[0] == line] == crossings(self.truth, line)


TestASession = LivedThrough.TestCase
TestASession.settings = settings(max_examples=40, stateful_step_count=20)
