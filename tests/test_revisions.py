"""A level moves under the alerts that follow it: never a crossing, and then its line counts like any other (rule 6)."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.alerts import Policy, Way
from bot.core.language import Wish
from bot.core.market import Session, Stock
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.jobs.make import make
from bot.jobs.revise import revise
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from tests.fakes.analysts import level
from tests.fakes.desk import NOW
from tests.fakes.feed import answer, minute
from tests.fakes.house import passing_store

CHAT = 7
HOURS = Exchange("always", NOW)
BABA = Watched(Stock("BABA", "Alibaba", "always", "USD"), HOURS, Rules(20, frozenset(Session)), stale_after_s=300)
FIRST = Wish("BABA", Way.CROSSES, 192.0, level="consensus")
WITHIN_PCT = 2.0
MOVES = st.lists(st.tuples(st.booleans(), st.integers(-6, 6)), max_size=7)
"""Whether the level moves or the price, and how many half percents away from where the other then is."""


def wish(way: Way, rearm_pct: float, line: float, level: str | None) -> Wish:
    """On the line, or for `between` on the channel around it."""
    whole = Wish("BABA", way, line, level, policy=Policy(rearm_pct=rearm_pct))
    if way is not Way.BETWEEN:
        return whole
    lower, upper = (round(line * (1 + sign * WITHIN_PCT / 100), 6) for sign in (-1, 1))
    return replace(whole, threshold=lower, upper=upper, within=WITHIN_PCT if level is not None else None)


def beside(value: float, halves: int) -> float:
    return round(value * (1 + halves / 200), 2)


class World:
    """One alert that follows the consensus, at 192 as BABA is at 189; two minutes pass with each step."""

    def __init__(self, store: Store, way: Way, rearm_pct: float) -> None:
        self.store, self.now, self.price, self.line = store, NOW, 0.0, 0.0
        store.chats.add(CHAT, "private", "paired", CHAT, NOW)
        self.look(189.0)
        self.move(192.0)
        make(store, wish(way, rearm_pct, 192.0, "consensus"), CHAT, HOURS, "chat", self.now)

    def look(self, price: float) -> None:
        self.now, self.price = self.now + 120, price
        take_in(self.store, BABA, answer(minute(self.now - 60, price), reference=price), self.now)

    def move(self, line: float) -> None:
        """The consensus is revised: nothing is crossed by that, nor by the same price again."""
        self.now, self.line = self.now + 120, line
        before = self.store.crossings.count()
        revise(self.store, level("consensus", line, "consensus"), HOURS, self.now)
        self.look(self.price)
        assert self.store.crossings.count() == before

    def told_by(self, number: int, since: int) -> list[tuple[object, ...]]:
        told = self.store.crossings.told(CHAT, "BABA", since, 2**40)
        return [(one.at, one.direction, one.threshold, one.value) for one in told if one.number == number]


@settings(max_examples=25)
@given(
    st.sampled_from((Way.ABOVE, Way.BELOW, Way.CROSSES, Way.BETWEEN)),
    st.sampled_from((0.1, 1.0, 3.0)),
    MOVES,
    st.sampled_from((-14, 14)),
    st.lists(st.integers(-12, 12), min_size=1, max_size=5),
)
@example(Way.CROSSES, 1.0, [(False, 10), (False, 12), (True, 0)], 14, [0])  # from above, armed, exactly onto the price
def test_a_revision_never_crosses_and_then_its_alert_tells_what_one_made_there_would(
    way: Way, rearm_pct: float, moves: Sequence[tuple[bool, int]], away: int, then: Sequence[int]
) -> None:
    with passing_store() as store, store.transaction():  # one transaction is quicker than forty
        world = World(store, way, rearm_pct)
        for is_revision, halves in moves:
            world.move(beside(world.price, halves)) if is_revision else world.look(beside(world.line, halves))
        world.move(beside(world.price, away))  # by more than any band: both are armed
        since = world.now
        make(store, wish(way, rearm_pct, world.line, None), CHAT, HOURS, "chat", since)
        for halves in then:
            world.look(beside(world.line, halves))
        assert world.told_by(1, since) == world.told_by(2, since)
