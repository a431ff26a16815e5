"""What is stuck is ended and begun anew, and nothing owed is lost by it."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from apscheduler.triggers.base import BaseTrigger

from bot.core.clock import Place
from bot.core.events import Revised
from bot.core.message import Message
from bot.core.screen import Rules
from bot.core.wording.view import View
from bot.jobs.days import Days
from bot.jobs.deliver import Deliver
from bot.jobs.listen import Listen
from bot.jobs.watch import Watch, Watched
from bot.liveness.limits import LimitedChat, LimitedFeed
from bot.liveness.sentry import DUMP_AFTER, END_AFTER, Sentry
from bot.liveness.watchdog import EVERY_S, GRACE_S, LIMITS_S, StuckError, Watchdog
from bot.rota import Rota
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.desk import NOW, WATCHED, new_york, typed, watchlist
from tests.fakes.feed import STOCK
from tests.fakes.jobs import jobs
from tests.fakes.stuck import StuckChat, StuckFeed

BABA = Watched(STOCK, new_york(), Rules(20, WATCHED), stale_after_s=300)
CHAT, OTHER = 7, 8


@dataclass
class Kennel:
    """A watchdog, and the clock by which it counts."""

    ticks: Clock = field(default_factory=lambda: Clock(1000.0))
    prices_s: float = LIMITS_S["prices"]

    def __post_init__(self) -> None:
        self.dog = Watchdog(self.ticks, {**LIMITS_S, "prices": self.prices_s}, pause_s=0)

    async def live(self, seconds: float, until: Callable[[], object] = lambda: False) -> bool:
        """Let time pass, with all the looks that belong to it; whether `until` came true."""
        for _ in range(int(seconds / EVERY_S) + 1):
            for _ in range(12):
                await asyncio.sleep(0)
            if until():
                return True
            self.ticks.now += EVERY_S
            self.dog.look()
        return False


@pytest.fixture
def kennel() -> Kennel:
    return Kennel()


@pytest.fixture
async def begin() -> AsyncIterator[Callable[[Awaitable[object]], "asyncio.Future[object]"]]:
    begun: list[asyncio.Future[object]] = []

    def begin(work: Awaitable[object]) -> "asyncio.Future[object]":
        begun.append(asyncio.ensure_future(work))
        return begun[-1]

    yield begin
    for one in begun:
        one.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


async def hang(kennel: Kennel, part: str) -> None:
    async with kennel.dog.within(part):
        await asyncio.Event().wait()


@pytest.mark.parametrize("part", sorted(set(LIMITS_S) - {"plan"}))
async def test_each_part_is_ended_at_its_limit_and_not_before(kennel: Kennel, begin, part: str) -> None:
    hanging = begin(hang(kennel, part))
    assert not await kennel.live(LIMITS_S[part] - EVERY_S, hanging.done)
    assert await kennel.live(3 * EVERY_S, hanging.done)
    assert isinstance(hanging.exception(), StuckError)
    assert (kennel.dog.summary, kennel.dog.lost.is_set()) == (f"{part} 1", False)


@pytest.mark.parametrize("lost", [False, True])
async def test_whoever_starts_the_program_is_told_that_it_lives_while_no_part_is_lost(
    kennel: Kennel, begin, lost: bool
) -> None:
    told: list[float] = []
    if lost:
        kennel.dog.lost.set()
    begin(kennel.dog.run(lambda: told.append(kennel.ticks.now)))
    await asyncio.sleep(0)
    assert bool(told) is not lost


async def test_what_ends_in_time_is_let_be(kennel: Kennel) -> None:
    async with kennel.dog.within("prices"):
        kennel.ticks.now += 3
    assert not await kennel.live(1000, lambda: kennel.dog.summary)


async def test_its_own_timeout_is_no_fault_of_the_watchdogs(kennel: Kennel) -> None:
    with pytest.raises(TimeoutError) as caught:
        async with kennel.dog.within("prices"):
            raise TimeoutError
    assert not isinstance(caught.value, StuckError)


async def test_a_process_that_was_halted_or_asleep_has_nothing_stuck_in_it(kennel: Kennel, begin) -> None:
    hanging = begin(hang(kennel, "prices"))
    await kennel.live(10)
    kennel.ticks.now += 6 * 3600
    assert not await kennel.live(60, hanging.done)


async def test_what_does_not_even_end_is_lost_for_good(kennel: Kennel, begin, caplog) -> None:
    ended = asyncio.Event()

    async def defy() -> None:
        async with kennel.dog.within("job"):
            while not ended.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await ended.wait()

    begin(defy())
    lost_too_soon = await kennel.live(LIMITS_S["job"] + GRACE_S, kennel.dog.lost.is_set)
    lost = await kennel.live(4 * EVERY_S, kennel.dog.lost.is_set)
    ended.set()
    assert (lost_too_soon, lost) == (False, True)
    assert "only a new start can help part=job" in caplog.text


async def test_a_sign_of_life_that_stays_away_revives_the_part_once(kennel: Kennel) -> None:
    revived: list[str] = []
    with kennel.dog.expecting("plan", lambda: revived.append("plan")) as alive:
        for _ in range(10):
            await kennel.live(LIMITS_S["plan"] - 3 * EVERY_S)
            alive()
        assert revived == []
        assert await kennel.live(LIMITS_S["plan"] + 2 * EVERY_S, lambda: revived)
        alive()
        assert not await kennel.live(LIMITS_S["plan"] - EVERY_S, kennel.dog.lost.is_set)
        assert await kennel.live(GRACE_S + 3 * EVERY_S, kennel.dog.lost.is_set)
    assert revived == ["plan", "plan"]


@pytest.mark.parametrize("error", [ValueError(), TimeoutError(), asyncio.CancelledError()])
async def test_a_loop_that_breaks_begins_again_and_one_that_ends_does_not(kennel: Kennel, error) -> None:
    ends = [error, error, None]

    async def loop() -> None:
        if (end := ends.pop(0)) is not None:
            raise end

    await kennel.dog.keep("wake loop", loop)
    assert (ends, kennel.dog.restarts["wake loop"]) == ([], 2)


async def test_a_loop_told_to_end_ends(kennel: Kennel) -> None:
    begun: list[str] = []

    async def loop() -> None:
        begun.append("once more")
        if len(begun) == 1:
            await asyncio.Event().wait()

    kept = asyncio.ensure_future(kennel.dog.keep("wake loop", loop))
    await asyncio.sleep(0)
    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept


async def test_a_source_that_never_answers_is_a_fault_and_the_next_look_works(
    kennel: Kennel, begin, store: Store
) -> None:
    watch = Watch(store, LimitedFeed(StuckFeed("fetch"), kennel.dog.within), lambda: NOW)
    looks = [begin(watch.poll(BABA)) for _ in range(2)]
    assert await kennel.live(LIMITS_S["prices"], looks[0].done) is False
    assert await kennel.live(4 * EVERY_S, looks[1].done)
    health, last = store.history.feed("BABA"), store.history.last_bar("BABA")
    assert (health.failures, last and last.close) == (0, 190.5)


async def test_days_that_never_come_are_tried_again(kennel: Kennel, begin, store: Store) -> None:
    feed = StuckFeed("days")
    days = Days(store, LimitedFeed(feed, kennel.dog.within), lambda: NOW)
    trying = begin(days.keep(BABA))
    assert await kennel.live(LIMITS_S["days"] + 2 * EVERY_S, trying.done)
    await days.keep(BABA)
    assert (trying.exception(), feed.calls["days"]) == (None, 2)


def post(kennel: Kennel, store: Store, chat: StuckChat) -> Deliver:
    view = View(NOW, Place("America/New_York"), (), None)
    limited = LimitedChat(chat, kennel.dog.within)
    return Deliver(store, limited, lambda symbol: view, lambda: NOW, kennel.ticks)


def owe(store: Store, chat_id: int) -> None:
    store.outbox.owe([chat_id], Revised("BABA", "x", 1.0, 190, None, False, NOW), NOW)


async def test_a_send_that_never_ends_is_repeated_with_its_mark_and_holds_up_nobody_else(
    kennel: Kennel, begin, store: Store
) -> None:
    chat = StuckChat("send")
    owe(store, CHAT)
    owe(store, OTHER)
    deliver = post(kennel, store, chat)
    begin(deliver.run())
    assert not await kennel.live(LIMITS_S["delivery"], lambda: len(chat.told) == 2)
    assert [chat_id for chat_id, _ in chat.told] == [OTHER]
    await kennel.live(60)  # the pause after a failure
    deliver.wake()
    assert await kennel.live(10, lambda: store.outbox.depth(NOW).due == 0)
    assert (chat.told[1][0], "↻ repeated" in chat.told[1][1]) == (CHAT, True)


def ear(kennel: Kennel, store: Store, chat: StuckChat) -> Listen:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    return Listen(
        store, LimitedChat(chat, kennel.dog.within), lambda incoming, at: Message("all well"), lambda: NOW, "offset",
        sleep=sleep,  # type: ignore[arg-type]
        monotonic=kennel.ticks,
    )  # fmt: skip


async def test_a_look_for_commands_that_never_ends_is_made_again(kennel: Kennel, begin, store: Store) -> None:
    chat = StuckChat("receive")
    begin(ear(kennel, store, chat).run())
    assert not await kennel.live(LIMITS_S["commands"] - EVERY_S, lambda: chat.told)
    assert await kennel.live(4 * EVERY_S, lambda: chat.told)


async def test_a_reply_that_never_ends_holds_up_the_next_one_to_its_limit(kennel: Kennel, begin, store: Store) -> None:
    chat = StuckChat("answer")
    listen = ear(kennel, store, chat)
    begin(listen.take(typed("/status", chat=CHAT)))
    following = begin(listen.take(typed("/status", chat=CHAT)))
    assert await kennel.live(LIMITS_S["reply"] + 4 * EVERY_S, following.done)
    assert len(chat.told) == 1


def rota_of(kennel: Kennel, store: Store, asked: StuckFeed, *, limited: bool = False) -> Rota:
    """Its plan goes by the machine's clock."""
    feed = LimitedFeed(asked, kennel.dog.within) if limited else asked
    return Rota(store, jobs(store, feed, lambda: NOW), watchlist(store), 30, watchdog=kennel.dog)


async def test_a_job_that_never_ends_makes_room_for_its_next_run(kennel: Kennel, store: Store) -> None:
    feed = StuckFeed("fetch")  # and nothing limits the question itself
    rota = rota_of(kennel, store, feed)
    rota.start()
    assert await kennel.live(10, lambda: feed.calls.get("fetch"))
    rota.wake()
    kennel.dog.restarts.clear()
    assert await kennel.live(LIMITS_S["job"] + 10, lambda: kennel.dog.restarts["job"])
    rota.wake()
    assert await kennel.live(10, lambda: feed.calls["fetch"] > 1)
    rota.pause()
    rota.stop()


async def test_a_clock_that_jumps_while_a_look_hangs_has_it_made_again(store: Store) -> None:
    kennel, feed = Kennel(prices_s=20), StuckFeed("fetch")
    rota = rota_of(kennel, store, feed, limited=True)
    rota.start()
    assert await kennel.live(10, lambda: feed.calls.get("fetch"))
    rota.wake()
    assert await kennel.live(40, lambda: feed.calls["fetch"] > 1)
    rota.pause()
    rota.stop()


class Poison(BaseTrigger):  # type: ignore[misc]
    """Fires at once, and then breaks the library's timer by an error."""

    def __init__(self) -> None:
        self.asked = 0

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        self.asked += 1
        if self.asked == 2:
            raise ValueError
        return now if previous_fire_time is None else None


async def test_a_plan_whose_timer_is_lost_is_planned_anew(kennel: Kennel, store: Store) -> None:
    feed = StuckFeed()
    rota = rota_of(kennel, store, feed)
    rota.start()
    assert await kennel.live(10, lambda: feed.calls.get("days"))
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    rota.scheduler.add_job(print, Poison())
    asked = feed.calls["fetch"]
    assert await kennel.live(LIMITS_S["plan"] + 3 * EVERY_S, lambda: feed.calls["fetch"] > asked)
    assert kennel.dog.summary == "plan 1"
    rota.pause()
    rota.stop()


@pytest.mark.parametrize(
    ("looks", "beats_at", "did"),
    [
        (DUMP_AFTER, (), []),
        (DUMP_AFTER + 1, (), ["dump"]),
        (END_AFTER, (), ["dump"]),
        (END_AFTER + 1, (), ["dump", "end"]),
        (END_AFTER + 1, (DUMP_AFTER - 1,), ["dump"]),
        (4 * END_AFTER, range(0, 4 * END_AFTER, DUMP_AFTER), []),
    ],
)
def test_a_loop_that_stands_still_is_written_down_after_a_minute_and_ended_after_five(looks, beats_at, did) -> None:
    done: list[str] = []
    sentry = Sentry(dump=lambda: done.append("dump"), end=lambda: done.append("end"))
    sentry.beat()
    for look in range(looks):
        if look in beats_at:
            sentry.beat()
        sentry.look()
    assert done == did


def test_a_program_whose_loop_stands_still_says_where_and_exits_1() -> None:
    stuck = "import time; from bot.liveness.sentry import Sentry; Sentry(every_s=0.005).start(); time.sleep(60)"
    ended = subprocess.run([sys.executable, "-c", stuck], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, 'File "<string>", line 1 in <module>' in ended.stderr) == (1, True), ended.stderr
