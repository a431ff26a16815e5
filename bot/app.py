"""The composition root: builds every part of the daemon, starts it, and stops it in order."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import Any

from bot import __version__, commands
from bot.charts.sheet import keep_fonts_in
from bot.chats import Chat, Incoming, SendError, SendFault
from bot.chats.terminal_chat import TERMINAL_CHAT
from bot.core.message import Message
from bot.exchange import Exchange
from bot.feeds import Feed, Research
from bot.jobs.alarm import Alarm
from bot.jobs.backoff import backoff_s
from bot.jobs.closes import Closes
from bot.jobs.company import Reminders
from bot.jobs.configured import Opening, adopt_alerts, adopt_chats, adopt_levels
from bot.jobs.days import Days
from bot.jobs.deliver import Deliver
from bot.jobs.listen import Listen
from bot.jobs.pace import Pace
from bot.jobs.reach import Reach
from bot.jobs.research import Researcher
from bot.jobs.schedule import watch_for_wakes
from bot.jobs.upkeep import Upkeep
from bot.jobs.watch import Watch
from bot.jobs.watchlist import Watchlist
from bot.liveness import systemd
from bot.liveness.health import begin
from bot.liveness.limits import LimitedFeed
from bot.liveness.sentry import STUCK, Sentry, end_program
from bot.liveness.watchdog import Watchdog
from bot.parts import (
    FeedMaker,
    ResearchMaker,
    make_chat,
    make_desk,
    make_ping,
    watched_stocks,
    yahoo,
    yahoo_research,
)
from bot.rota import Jobs, Rota
from bot.settings import Settings
from bot.store import Store
from bot.threads import LooseThreads

log = logging.getLogger(__name__)

_STOP_S = 4.0


class Exit(IntEnum):
    """What the end of a running daemon means; the ends before it runs are the program's (`cli`)."""

    STOPPED = 0
    STUCK = STUCK
    TOKEN_REJECTED = 4
    DAMAGED = 5  # never the program's: `recovery` puts a copy in the database's place and begins again


@dataclass(frozen=True, slots=True)
class House:
    """The built parts that the running daemon is made of."""

    store: Store
    deliver: Deliver
    listen: Listen
    chat: Chat
    feed: Feed
    research: Research
    jobs: Jobs
    rota: Rota
    watchdog: Watchdog


async def run(settings: Settings, store: Store, make_feed: FeedMaker | None = None) -> Exit:
    """The daemon, until SIGTERM or SIGINT or until Telegram rejects the token."""
    asyncio.get_running_loop().set_default_executor(LooseThreads())
    house = build(settings, store, make_feed=make_feed)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    tasks = start(house)
    ends = {
        asyncio.create_task(event.wait()): end
        for event, end in (
            (stopping, Exit.STOPPED),
            (house.watchdog.lost, Exit.STUCK),
            (house.jobs.upkeep.damaged, Exit.DAMAGED),
            (house.deliver.rejected, Exit.TOKEN_REJECTED),
            (house.listen.rejected, Exit.TOKEN_REJECTED),
        )
    }
    systemd.notify(systemd.READY)
    done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    end = min(ends[one] for one in done)
    if end is Exit.TOKEN_REJECTED:
        log.error("Telegram rejects the token; check TELEGRAM_TOKEN, or ask @BotFather for a new one")
    log.info("stopping")
    if end is not Exit.DAMAGED:  # a service that has said this is killed soon after, whatever else it says
        systemd.notify(systemd.STOPPING)
    await stop(house, [*tasks, *ends])
    if end is Exit.STUCK:
        end_program()  # what did not even end when it was told to would hold up the end of the loop as well
    return end


def build(
    settings: Settings,
    store: Store,
    clock: Callable[[], float] = time.time,
    make_feed: FeedMaker | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    pace: Pace | None = None,
    make_deliver: Callable[..., Deliver] = Deliver,
    make_research: ResearchMaker | None = None,
) -> House:
    """Every part, wired; nothing runs yet. Brings what is new in the configuration into the database.

    `clock` gives epoch seconds, `monotonic` those that the pace of messages counts in; prices come from Yahoo
    unless another feed is made, and what is owed is paid as `Deliver` does unless something with its arguments
    pays otherwise.
    """
    now = int(clock())
    store.bring_back(now)
    watchlist = Watchlist(store, watched_stocks(settings, now), lambda code: Exchange(code, now), clock)
    watchdog = Watchdog()
    chat = make_chat(settings, watchdog)
    watchlist.open()
    desk = make_desk(settings, store, watchlist.stocks, watchlist.hours, now)
    _adopt(settings, store, watchlist.hours, now)
    terminal, pace = settings.telegram.token is None, pace or Pace()
    deliver = make_deliver(
        store, chat, lambda symbol: desk.view(symbol, int(clock())), clock, monotonic,
        reachable=lambda chat_id: (chat_id == TERMINAL_CHAT) == terminal and store.chats.serves(chat_id),
        pace=pace,
    )  # fmt: skip
    research = (make_research or yahoo_research)(settings)
    feed = LimitedFeed((make_feed or yahoo)(settings, watchlist.session_at, watchlist.zones), watchdog.within)
    reach, storage = Reach(), settings.storage
    jobs = Jobs(
        Watch(store, feed, clock, tell=deliver.wake),
        Days(store, feed, clock),
        Closes(store, clock, tell=deliver.wake),
        Upkeep(store, storage.path, clock, watchlist.watched, storage.backups, storage.keep_minute_bars_s),
        Alarm(store, chat, clock),
        reach,
        Researcher(store, research, clock, settings.schedule.research_time, tell=deliver.wake),
        Reminders(store, clock, tell=deliver.wake),
        make_ping(settings),
    )
    rota = Rota(store, jobs, watchlist, settings.schedule.poll_seconds, clock, watchdog)
    planned = replace(desk, next_poll=rota.next_poll, replan=rota.renew)
    keep_fonts_in(settings.storage.path.parent / "matplotlib-cache")

    def respond(incoming: Incoming, at: int) -> Message | None:
        return commands.respond(planned, incoming, at)

    def heeds(incoming: Incoming, at: int) -> bool:
        return commands.heeds(planned, incoming, at)

    listen = Listen(
        store, chat, respond, clock, _offset_name(settings), wake=deliver.wake, heeds=heeds, pace=pace,
        monotonic=monotonic, reach=reach,
    )  # fmt: skip
    return House(store, deliver, listen, chat, feed, research, jobs, rota, watchdog)


def start(house: House) -> list[asyncio.Task[None]]:
    """Start the plan and the loops; the first poll of every stock is made at once."""
    house.rota.start()
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "delivery loop": house.deliver.run,
        "commands loop": lambda: _serve(house),
        "wake loop": lambda: watch_for_wakes(partial(_wake, house)),
        "watchdog": lambda: _guard(house),
    }
    return [asyncio.create_task(house.watchdog.keep(part, loop)) for part, loop in loops.items()]


def _wake(house: House) -> None:
    """The clock has jumped: look at every stock, and what waited for a moment may be due."""
    house.rota.wake()
    house.deliver.wake()


async def _guard(house: House) -> None:
    """Watch over every part, and let somebody watch over that: systemd, and a thread of our own."""
    sentry = Sentry()
    if not sys.stdout.isatty():  # whoever sits there may hold up everything, by Ctrl-S
        sentry.start()

    def tell() -> None:
        sentry.beat()
        systemd.notify(systemd.ALIVE, systemd.status(_condition(house.watchdog)))

    try:
        await house.watchdog.run(tell)
    finally:
        sentry.stop()


def _condition(watchdog: Watchdog) -> str:
    return f"begun anew since the start: {watchdog.summary}" if watchdog.summary else "all well"


async def stop(house: House, tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Polls first, so that nothing new is decided; then the loops, sends under way given time; then the rest."""
    house.rota.pause()
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.wait(ending, timeout=_STOP_S)
    house.rota.stop()
    house.feed.close()
    house.research.close()
    try:
        await asyncio.wait_for(house.chat.close(), 1)
    except (TimeoutError, SendError):
        log.warning("connections did not close in time")


def _adopt(settings: Settings, store: Store, hours: Opening, now: int) -> None:
    with store.transaction():
        adopt_chats(store, settings.telegram.chats, settings.telegram.owner, now)
        if settings.telegram.token is None:
            store.chats.add(TERMINAL_CHAT, "terminal", "terminal", TERMINAL_CHAT, now)
        else:
            store.chats.remove(TERMINAL_CHAT)  # nobody reads there now, and nobody wants it all later
        adopt_levels(store, settings.levels, hours, now)
        defaults = {symbol: watch.alerts for symbol, watch in settings.watch.items()}
        adopt_alerts(store, defaults, hours, settings.alerts.rearm_pct, now, settings.telegram.max_alerts_per_chat)
        begin(store, __version__, now)


def _offset_name(settings: Settings) -> str:
    """Each bot numbers its own updates: its id, the part of the token that is no secret, is in the name."""
    token = settings.telegram.token
    return "offset/terminal" if token is None else f"offset/{token.get_secret_value().partition(':')[0]}"


async def _serve(house: House) -> None:
    """Connect, whenever that becomes possible, and answer commands from then on."""
    name = await _connected(house)
    if name is None:
        house.listen.rejected.set()
        return
    house.store.remember("bot_name", name)
    log.info("reading commands as %s", name)
    try:
        await house.chat.publish_menu(commands.menu())
    except SendError as error:
        log.warning("the menu of commands could not be shown (%s); the commands work all the same", error.fault.value)
    await house.listen.run()


async def _connected(house: House) -> str | None:
    """The bot's name once the messenger is reached; None where it rejects the token."""
    failures = 0
    while True:
        try:
            return await house.chat.connect()
        except SendError as error:
            if error.fault is SendFault.REJECTED:
                return None
            house.listen.note_unreached(error)
            failures += 1
            wait_s = error.retry_after_s or backoff_s(failures)
            log.warning("Telegram cannot be reached yet (%s); trying again in %d s", error.fault.value, wait_s)
            await asyncio.sleep(wait_s)
