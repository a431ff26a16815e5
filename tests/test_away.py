"""Asleep, or by a clock that is wrong: nothing lost, nothing twice, nothing waiting for ever."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.chats.terminal_chat import plain_text
from bot.core.alerts import Policy, Way
from bot.core.clock import Place
from bot.core.events import Revised
from bot.core.language import Wish
from bot.core.levels import Level
from bot.core.market import Bar, Day, Stock
from bot.core.quiet import Quiet
from bot.core.screen import Rules
from bot.core.wording.view import View
from bot.feeds import FaultKind, FeedError, Fetched
from bot.jobs import quiet
from bot.jobs.closes import Closes
from bot.jobs.deliver import Deliver
from bot.jobs.make import make
from bot.jobs.schedule import watch_for_wakes
from bot.jobs.watch import Watch, Watched
from bot.rota import Rota
from bot.store import Store
from bot.store.chats import Guess
from bot.store.history import FeedHealth
from tests.conftest import Clock
from tests.fakes.desk import WATCHED, dump, new_york, watchlist
from tests.fakes.feed import STOCK, answer, minute
from tests.fakes.jobs import jobs
from tests.fakes.stuck import StuckChat

BABA = Watched(STOCK, new_york(), Rules(20, WATCHED), stale_after_s=300)
CHAT, HOUR, DAY = 7, 3600, 86_400
PLAIN = Policy()


def at(hour: str, day: str = "2025-10-02") -> int:
    """A moment in New York; the day is a Thursday."""
    return int(datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=ZoneInfo("America/New_York")).timestamp())


TEN = at("10:00")


class Tape:
    """A market that goes by its own clock, `now`: a price a minute, the last one given; `broken`, it answers nobody."""

    def __init__(self) -> None:
        self.prices = {at("09:30"): 188.0}
        self.now = TEN
        self.broken = False
        self.asked: list[int] = []

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        self.asked.append(now)
        if self.broken:
            raise FeedError(stock.symbol, FaultKind.UNREACHABLE)
        return answer(*self._bars(since or at("09:30")), reference=188.0)

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        return ()

    def close(self) -> None:
        """Nothing to give back."""

    def _bars(self, since: int) -> list[Bar]:
        until = min(self.now, at("20:00") - 1)
        return [self._bar(moment) for moment in range(since, until + 1, 60)]

    def _bar(self, moment: int) -> Bar:
        price = next(price for begun, price in reversed(self.prices.items()) if begun <= moment)
        return replace(minute(moment, price), session=new_york().session_at(moment))


@dataclass
class World:
    """A daemon's parts around one clock, and one chat that watches 190 and 192."""

    store: Store
    clock: Clock = field(default_factory=lambda: Clock(TEN))
    tape: Tape = field(default_factory=Tape)
    chat: StuckChat = field(default_factory=StuckChat)

    def __post_init__(self) -> None:
        self.watch = Watch(self.store, self.tape, self.clock)
        self.closes = Closes(self.store, self.clock)
        ticks = iter(range(0, 10**9, 60))  # of what paces the sends, there is always enough
        self.deliver = Deliver(self.store, self.chat, self._view, self.clock, lambda: next(ticks))
        self.store.chats.add(CHAT, "private", "paired", CHAT, TEN - HOUR)

    def wish(self, line: float, policy: Policy = PLAIN) -> None:
        make(self.store, Wish("BABA", Way.CROSSES, line, policy=policy), CHAT, BABA.hours, "chat", int(self.clock.now))

    async def look(self, now: int, ahead_s: int = 0, *, delivers: bool = True) -> list[str]:
        """One look at this moment, by a clock that is so much ahead; everything told so far."""
        self.tape.now, self.clock.now = now, now + ahead_s
        self.store.bring_back(int(self.clock.now))
        self.store.remember("heartbeat", int(self.clock.now))
        await self.watch.poll(BABA)
        self.closes.look([BABA])
        if delivers:
            await self.deliver.drain()
        return [plain_text(html) for _, html in self.chat.told]

    def _view(self, symbol: str | None) -> View:
        return View(int(self.clock.now), Place("America/New_York"), (), self.store.history.last_quote("BABA"))


@pytest.fixture
async def world(store: Store) -> World:
    """After its first look at 10:00, with alerts on 190 and 192."""
    world = World(store)
    world.wish(190.0)
    world.wish(192.0)
    await world.look(TEN + 60)
    return world


async def test_what_was_crossed_in_six_hours_asleep_is_one_digest_and_nothing_comes_twice(world: World) -> None:
    world.tape.prices |= {at("11:00"): 190.5, at("12:30"): 193.0, at("14:45"): 188.0}
    (digest,) = await world.look(at("16:00"))
    assert digest.startswith("🕰 While targetwatch was away (2 Oct 10:01–16:00 New York): BABA")
    assert [line[:5] for line in digest.splitlines()[1:5]] == ["11:00", "12:30", "14:45", "14:45"]
    assert len(await world.look(at("16:00") + 30)) == 1


def put_off(world: World, kind: str) -> None:
    """For an hour."""
    until = int(world.clock.now) + HOUR
    if kind == "muted":
        world.store.chats.set_quiet(CHAT, Quiet("UTC", muted_until=until))
    elif kind == "quiet hours":
        world.store.chats.set_zone(CHAT, "America/New_York")
        world.store.chats.set_quiet(CHAT, Quiet("America/New_York", hours=(600, 720)))
    else:
        quiet.snooze(world.store, CHAT, [1, 2], until, int(world.clock.now))


@pytest.mark.parametrize("kind", ["muted", "quiet hours", "snoozed"])
async def test_what_waited_for_a_quiet_that_ended_asleep_is_told_at_waking(world: World, kind: str) -> None:
    put_off(world, kind)
    world.tape.prices[at("10:05")] = 190.5
    assert await world.look(at("10:06")) == []
    (told,) = await world.look(at("13:00"))
    assert "10:05" in told


async def test_a_hold_that_was_completed_asleep_is_told_with_that_time(store: Store) -> None:
    world = World(store)
    world.wish(190.0, Policy(hold_s=600))
    await world.look(TEN + 60)
    world.tape.prices |= {at("11:00"): 190.5, at("12:00"): 188.0}
    (told,) = await world.look(at("16:00"))
    assert [line[:5] for line in told.splitlines()[1:2]] == ["11:09"]


async def test_an_alert_that_expired_asleep_is_judged_up_to_its_end_and_then_ended(store: Store) -> None:
    world = World(store)
    world.wish(190.0, Policy(expires_at=at("12:00")))
    await world.look(TEN + 60)
    world.tape.prices |= {at("11:00"): 190.5, at("13:00"): 188.0}
    crossed, ended = await world.look(at("16:00"))
    assert ("11:00" in crossed, "13:00" in crossed, "190" in ended) == (True, False, True)
    assert store.alerts.of_chat(CHAT) == ()


async def test_a_close_slept_through_is_told_once(world: World) -> None:
    world.store.chats.set_digest(CHAT, True)
    closed = await world.look(at("23:00"))
    assert (len(closed), "188.00" in closed[0]) == (1, True)
    assert len(await world.look(at("23:30"))) == 1


async def test_a_machine_just_awake_and_without_a_network_yet_warns_of_no_silence(world: World) -> None:
    world.tape.broken = True
    assert await world.look(at("15:00")) == []
    (warning,) = await world.look(at("15:00") + 60)
    assert "No fresh BABA price" in warning
    world.tape.broken = False
    assert "prices are back" in (await world.look(at("15:00") + 90))[1]


class _OverError(Exception):
    pass


async def test_waking_plans_a_look_at_once_and_a_heartbeat_after_it(world: World) -> None:
    store, clock = world.store, world.clock
    rota = Rota(store, jobs(store, world.tape, clock), watchlist(store), 600, clock)
    rota.start()
    await _until(lambda: len(world.tape.asked) == 2)
    ticks = Clock(50.0)

    async def sleep(seconds: float) -> None:
        ticks.now += seconds
        clock.now += seconds if ticks.now > 50.5 else 6 * HOUR
        if ticks.now > 51:
            raise _OverError

    with pytest.raises(_OverError):
        await watch_for_wakes(rota.wake, clock=clock, monotonic=ticks, sleep=sleep)
    await _until(lambda: len(world.tape.asked) > 2 and int(store.fact("heartbeat") or 0) > at("16:00"))
    rota.pause()
    rota.stop()


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


AHEAD = {"a day": DAY, "twelve years": 12 * 365 * DAY}


@pytest.fixture(params=list(AHEAD.values()), ids=list(AHEAD))
async def ahead(world: World, request: Any) -> World:
    """Somebody has set the clock forward, and it has looked around."""
    await world.look(TEN + 120)
    await world.look(TEN + 180, ahead_s=request.param)
    world.chat.told.clear()
    return world


async def test_an_alert_made_by_a_clock_ahead_sees_what_comes_once_it_is_right(ahead: World) -> None:
    ahead.wish(191.0)
    ahead.tape.prices[at("10:10")] = 191.5
    told = await ahead.look(at("10:05")) + await ahead.look(at("10:11"))
    assert sum("191.00" in one for one in told) == 1


async def test_a_message_owed_by_a_clock_ahead_is_sent_once_it_is_right(ahead: World) -> None:
    ahead.store.outbox.owe([CHAT], LEVEL, int(ahead.clock.now))
    assert any("Somebody" in one for one in await ahead.look(at("10:05")))


LEVEL = Revised("BABA", "Somebody", 1.0, 190, None, False, TEN)


async def test_quiet_hours_taken_from_a_clock_ahead_hold_nothing_back_for_ever(ahead: World) -> None:
    ahead.store.outbox.owe([CHAT], LEVEL, TEN)
    ahead.store.outbox.put_off(CHAT, int(ahead.clock.now) + HOUR, int(ahead.clock.now))
    assert any("Somebody" in one for one in await ahead.look(at("10:05")))


async def test_a_telling_by_a_clock_ahead_delays_no_later_one(store: Store) -> None:
    world = World(store)
    world.wish(190.0, Policy(every_s=HOUR))
    await world.look(TEN + 60)
    store.db.conn.execute("update alerts set told_at = ?", [TEN + DAY])
    store.remember("heartbeat", TEN + DAY)
    world.tape.prices |= {at("11:30"): 190.5}
    assert await world.look(at("10:05")) == []
    assert len(await world.look(at("11:31"))) == 1


async def test_an_alert_expired_by_a_clock_ahead_watches_on(store: Store) -> None:
    world = World(store)
    world.wish(190.0, Policy(expires_at=at("15:00")))
    await world.look(TEN + 60)
    await world.look(TEN + 120, ahead_s=DAY, delivers=False)
    assert store.alerts.of_chat(CHAT) == ()
    world.tape.prices[at("10:10")] = 190.5
    await world.look(at("10:05"))
    told = await world.look(at("10:11"))
    assert ([alert.number for alert in store.alerts.of_chat(CHAT)], "190.00" in told[-1]) == ([1], True)
    assert store.db.execute("select count(*) from outbox where kind = 'expired'").fetchone() == (0,)


async def test_a_close_told_by_a_clock_ahead_does_not_stand_for_those_to_come(ahead: World) -> None:
    ahead.store.chats.set_digest(CHAT, True)
    await ahead.look(at("10:05"))
    told = await ahead.look(at("16:11"))
    assert sum("closed" in one.casefold() for one in told) == 1


def test_a_feed_asked_by_a_clock_ahead_was_asked_now_and_has_neither_silence_nor_pause(world: World) -> None:
    soon = TEN + DAY
    world.store.history.note_feed(FeedHealth("BABA", soon, soon, 1, "rate limited", soon + 900, soon - 60))
    world.store.remember("heartbeat", soon)
    assert world.store.bring_back(TEN + 120)
    assert world.store.history.feed("BABA") == FeedHealth("BABA", TEN + 120, TEN + 120, 1, "rate limited", None, None)


def test_a_level_of_a_clock_ahead_moves_with_the_next_split(world: World) -> None:
    world.store.levels.revise(Level("BABA", "Somebody", "own", None, 190.0, date(2025, 10, 2), "chat"), TEN + DAY)
    world.store.remember("heartbeat", TEN + DAY)
    assert world.store.bring_back(TEN + 120)
    assert len(world.store.levels.present_from("BABA", before=TEN + HOUR)) == 1


def test_after_a_copy_put_back_by_a_clock_ahead_later_crossings_are_no_repeats(world: World) -> None:
    for name in ("put_back_at", "heartbeat"):
        world.store.remember(name, TEN + DAY)
    assert world.store.bring_back(TEN + 120)
    assert world.store.fact("put_back_at") == str(TEN + 120)


@pytest.mark.parametrize(("until", "kept"), [(TEN + 20 * HOUR, True), (TEN + 3 * DAY, False)])
def test_quiet_hours_lifted_by_a_clock_ahead_count_again(world: World, until: int, kept: bool) -> None:
    world.store.chats.set_quiet(CHAT, Quiet("UTC", hours=(600, 720), awake_until=until))
    world.store.remember("heartbeat", TEN + 3 * DAY)
    assert world.store.bring_back(TEN + 120)
    assert (world.store.chats.quiet(CHAT).awake_until == until) is kept


async def test_what_a_clock_ahead_took_for_settled_days_is_fetched_again(world: World) -> None:
    running = Day(date(2025, 10, 2), 188.0, 188.0, 188.0, 188.0, 1)
    world.store.history.add_days("BABA", [replace(running, day=date(2025, 10, 1)), running])
    world.store.remember("heartbeat", TEN + DAY)
    await world.look(at("10:05"))
    assert world.store.history.last_day("BABA") == date(2025, 10, 1)


@pytest.mark.parametrize(
    ("table", "column", "value", "after"),
    [
        ("chats", "muted_until", TEN + 91 * DAY, None),
        ("chats", "muted_until", TEN + 2 * DAY, TEN + 2 * DAY),
        ("alerts", "snoozed_until", TEN + 91 * DAY, None),
        ("alerts", "snoozed_until", TEN + 2 * DAY, TEN + 2 * DAY),
    ],
)
def test_a_quiet_longer_than_anybody_can_wish_is_ended_and_any_other_kept(world, table, column, value, after) -> None:
    world.store.db.conn.execute(f"update {table} set {column} = ?", [value])
    world.store.remember("heartbeat", TEN + 100 * DAY)
    assert world.store.bring_back(TEN + 120)
    assert {row[0] for row in world.store.db.execute(f"select {column} from {table}")} == {after}


@pytest.mark.parametrize("now", [0, TEN - 40 * DAY, TEN - HOUR])
def test_a_clock_that_is_behind_the_prices_brings_nothing_back(world: World, now: int) -> None:
    before = dump(world.store)
    assert not world.store.bring_back(now)
    assert dump(world.store) == before


def test_a_clock_set_right_by_seconds_brings_nothing_back(world: World) -> None:
    before = dump(world.store)
    assert not world.store.bring_back(TEN + 10)
    assert dump(world.store) == before


async def test_a_clock_set_back_by_an_hour_tells_nothing_twice_and_looks_on(world: World) -> None:
    world.tape.prices |= {at("10:05"): 190.5, at("10:20"): 192.5}
    await world.look(at("10:06"), ahead_s=HOUR)
    told = [await world.look(at(hour)) for hour in ("10:10", "10:15", "10:21")][-1]
    assert [sum(f"reached {line}" in one for one in told) for line in ("190.00", "192.00")] == [1, 1]
    assert [sum(said in one for one in told) for said in ("No fresh", "prices are back")] == [1, 1]


async def test_what_a_clock_an_hour_behind_could_not_believe_is_told_once_it_is_right(world: World) -> None:
    world.tape.prices[at("10:05")] = 190.5
    assert await world.look(at("10:06"), ahead_s=-HOUR) == []
    (told,) = await world.look(at("10:08"))
    assert "190.00" in told
    assert len(await world.look(at("10:09"))) == 1


def test_a_code_made_by_a_clock_ahead_lets_nobody_in(world: World) -> None:
    code = world.store.chats.new_code(TEN + DAY)
    assert world.store.chats.redeem(code, TEN) is Guess.UNASKED
    assert world.store.chats.redeem(world.store.chats.new_code(TEN), TEN)
