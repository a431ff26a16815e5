"""The composition root: builds every part of the daemon, starts it, and stops it in order."""

import asyncio
import logging
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import __version__, commands
from bot.chats import Chat, Incoming, SendError, SendFault
from bot.chats.terminal_chat import TERMINAL_CHAT, TerminalChat
from bot.commands.desk import Desk
from bot.core.message import Message
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.feeds import Feed
from bot.health import HEARTBEAT_S, beat
from bot.jobs.configured import adopt_alerts, adopt_chats, adopt_levels
from bot.jobs.deliver import Deliver
from bot.jobs.listen import Listen
from bot.jobs.schedule import SessionTrigger, stagger, watch_for_wakes
from bot.jobs.watch import Watch, Watched
from bot.settings import Settings
from bot.store import Store
from bot.threads import LooseThreads

log = logging.getLogger(__name__)

Argument = TypeVar("Argument")

_CONNECT_PAUSE_LONGEST_S = 60.0
_STOP_S = 4.0
_RESTART_S = 5
_AGAIN_S = 60


class Exit(IntEnum):
    """What the program's end means."""

    STOPPED = 0
    FAILED = 1
    BAD_CONFIGURATION = 2
    ALREADY_RUNNING = 3
    TOKEN_REJECTED = 4


class EnvironmentFaultError(Exception):
    """Something outside of the configuration file cannot be used; the text is fit for people."""


@dataclass(frozen=True, slots=True)
class House:
    """The built parts that the running daemon is made of."""

    settings: Settings
    store: Store
    watched: tuple[Watched, ...]
    watch: Watch
    deliver: Deliver
    listen: Listen
    chat: Chat
    feed: Feed
    scheduler: AsyncIOScheduler


async def run(settings: Settings, store: Store) -> Exit:
    """The daemon, until SIGTERM or SIGINT or until Telegram rejects the token."""
    asyncio.get_running_loop().set_default_executor(LooseThreads())
    house = build(settings, store)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    tasks = start(house)
    rejected = [asyncio.create_task(event.wait()) for event in (house.deliver.rejected, house.listen.rejected)]
    stopped = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait([stopped, *rejected], return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    await stop(house, [*tasks, *rejected, stopped])
    return Exit.STOPPED if stopped in done else Exit.TOKEN_REJECTED


def build(settings: Settings, store: Store) -> House:
    """Every part, wired; nothing runs yet. Brings what is new in the configuration into the database."""
    now = int(time.time())
    watched = watched_stocks(settings, now)
    chat = _chat(settings)
    _adopt(settings, store, now)
    scheduler = _scheduler()
    desk = replace(make_desk(settings, store, watched, now), next_poll=lambda symbol: _next_poll(scheduler, symbol))
    terminal = settings.telegram.token is None
    deliver = Deliver(
        store, chat, lambda symbol: desk.view(symbol, int(time.time())), time.time, time.monotonic,
        reachable=lambda chat_id: (chat_id == TERMINAL_CHAT) == terminal and store.chats.serves(chat_id),
    )  # fmt: skip
    feed = make_feed(settings, watched)
    watch = Watch(store, feed, time.time, tell=deliver.wake)

    def respond(incoming: Incoming, at: int) -> Message | None:
        return commands.respond(desk, incoming, at)

    listen = Listen(store, chat, respond, time.time, _offset_name(settings), wake=deliver.wake)
    return House(settings, store, watched, watch, deliver, listen, chat, feed, scheduler)


def watched_stocks(settings: Settings, now: int) -> tuple[Watched, ...]:
    """Every configured stock with its hours and rules; stocks of one exchange share its calendar."""
    codes = dict.fromkeys(stock.exchange for stock in settings.stocks)
    exchanges = {code: Exchange(code, now) for code in codes}
    rules = Rules(settings.screen.max_jump_pct, settings.schedule.watched)
    gap_s = max(180, 3 * settings.schedule.poll_seconds)
    return tuple(
        Watched(stock, exchanges[stock.exchange], rules, settings.screen.stale_after_s, gap_s)
        for stock in settings.stocks
    )


def make_desk(settings: Settings, store: Store, watched: tuple[Watched, ...], now: int) -> Desk:
    """What the chat commands are handed."""
    return Desk(
        store,
        {one.stock.symbol: one.stock for one in watched},
        {one.stock.symbol: one.hours for one in watched},
        {symbol: watch.alerts for symbol, watch in settings.watch.items()},
        settings.schedule.watched,
        settings.alerts.rearm_pct,
        settings.telegram.max_alerts_per_chat,
        __version__,
        now,
    )


def start(house: House) -> list[asyncio.Task[None]]:
    """Plan the polls and start the loops; the first poll of every stock is made at once."""
    _plan(house)
    house.scheduler.add_job(_look_at_all, args=[house], id="look")
    house.scheduler.start()
    loops: list[Callable[[], Awaitable[None]]] = [
        house.deliver.run,
        lambda: _serve(house),
        lambda: watch_for_wakes(lambda: _woken(house)),
    ]
    return [asyncio.create_task(_kept_alive(loop)) for loop in loops]


async def _kept_alive(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop to its own end; one that breaks is begun again, or alerts would stop without a word."""
    while True:
        try:
            await loop()
            return
        except Exception:
            log.exception("a loop broke; it begins again in %d s", _RESTART_S)
            await asyncio.sleep(_RESTART_S)


def _plan(house: House) -> None:
    """Plan the polls of every stock and the heartbeat from the present moment on."""
    house.scheduler.add_job(
        _guarded(_beat), "interval", seconds=HEARTBEAT_S, args=[house], id="heartbeat", replace_existing=True
    )
    every_s = house.settings.schedule.poll_seconds
    for one, offset_s in zip(house.watched, stagger(len(house.watched), every_s), strict=True):
        trigger = SessionTrigger(one.hours, one.rules.sessions, every_s, offset_s)
        name = f"poll/{one.stock.symbol}"
        house.scheduler.add_job(_guarded(_look), trigger, args=[(house, one)], id=name, replace_existing=True)


def _woken(house: House) -> None:
    """The clock has jumped (a suspended machine, a clock set anew): look at once, and plan from here.

    Polls planned before would wait until a clock set back has caught up with them.
    """
    log.warning("the clock has jumped; looking at once")
    _plan(house)
    house.scheduler.add_job(_look_at_all, args=[house], id="look", replace_existing=True)
    house.scheduler.wakeup()


async def stop(house: House, tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Polls first, so that nothing new is decided; then the loops, sends under way given time; then the rest."""
    house.scheduler.pause()
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.wait(ending, timeout=_STOP_S)
    house.scheduler.shutdown(wait=False)
    house.feed.close()
    try:
        await asyncio.wait_for(house.chat.close(), 1)
    except (TimeoutError, SendError):
        log.warning("connections did not close in time")


def _chat(settings: Settings) -> Chat:
    if settings.telegram.token is None:
        return TerminalChat(sys.stdout, sys.stdin, offers_choices=sys.stdin.isatty())
    from bot.chats.telegram_chat import TelegramChat  # half a second that a terminal need not wait

    try:
        return TelegramChat(settings.telegram.token.get_secret_value(), settings.telegram.base_url)
    except ValueError as error:
        raise EnvironmentFaultError(str(error)) from None


def make_feed(settings: Settings, watched: tuple[Watched, ...]) -> Feed:
    """Yahoo, for these stocks; its cache lies beside the database."""
    from bot.feeds.yahoo import YahooFeed

    return YahooFeed(
        {one.stock.symbol: one.hours.session_at for one in watched},
        {one.stock.symbol: one.hours.zone for one in watched},
        settings.storage.path.parent / "yahoo-cache",
    )


def _adopt(settings: Settings, store: Store, now: int) -> None:
    with store.transaction():
        adopt_chats(store, settings.telegram.chats, settings.telegram.owner, now)
        if settings.telegram.token is None:
            store.chats.add(TERMINAL_CHAT, "terminal", "terminal", TERMINAL_CHAT, now)
        else:
            store.chats.remove(TERMINAL_CHAT)  # nobody reads there now, and nobody wants it all later
        adopt_levels(store, settings.levels, now)
        defaults = {symbol: watch.alerts for symbol, watch in settings.watch.items()}
        adopt_alerts(store, defaults, settings.alerts.rearm_pct, now)
        store.remember("heartbeat", now)
        store.remember("ailment", "")


def _offset_name(settings: Settings) -> str:
    """Each bot numbers its own updates: its id, the part of the token that is no secret, is in the name."""
    token = settings.telegram.token
    return "offset/terminal" if token is None else f"offset/{token.get_secret_value().partition(':')[0]}"


def _scheduler() -> AsyncIOScheduler:
    # The library's default drops a job that is a second late; a poll late is a poll still.
    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    return AsyncIOScheduler(timezone="UTC", job_defaults=defaults)


def _next_poll(scheduler: AsyncIOScheduler, symbol: str) -> int | None:
    job = scheduler.get_job(f"poll/{symbol}")
    return int(job.next_run_time.timestamp()) if job is not None and job.next_run_time is not None else None


async def _look_at_all(house: House) -> None:
    """Catch up on what happened while nobody looked, whatever the hour."""
    for one in house.watched:
        await _guarded(_look)((house, one))


async def _look(stock: tuple[House, Watched]) -> None:
    """One poll; one that brought nothing before a long pause (a night, a weekend) is soon made again.

    Otherwise what happened at the close, or before a start without a network, is told when it opens again.
    """
    house, one = stock
    try:
        await house.watch.poll(one)
    finally:
        look_again(house, one, int(time.time()))


def look_again(house: House, one: Watched, now: int) -> None:
    """Plan another look where the last one failed and none is planned for the next minute anyway."""
    symbol = one.stock.symbol
    feed, planned = house.store.history.feed(symbol), _next_poll(house.scheduler, symbol)
    again_at = max(now + _AGAIN_S, feed.retry_at or 0)
    if feed.failures and (planned is None or planned > again_at):
        moment = datetime.fromtimestamp(again_at, UTC)
        house.scheduler.add_job(
            _guarded(_look), "date", run_date=moment, args=[(house, one)], id=f"again/{symbol}", replace_existing=True
        )


async def _serve(house: House) -> None:
    """Connect, whenever that becomes possible, and answer commands from then on."""
    name = await _connected(house)
    if name is None:
        log.error("Telegram rejects the token; check TELEGRAM_TOKEN, or ask @BotFather for a new one")
        house.listen.rejected.set()
        return
    house.store.remember("bot_name", name)
    log.info("listening as %s", name)
    await house.listen.run()


async def _connected(house: House) -> str | None:
    """The bot's name once the messenger is reached and shows its menu; None where it rejects the token."""
    pause_s = 1.0
    while True:
        try:
            name = await house.chat.connect()
            await house.chat.publish_menu(commands.menu())
            return name
        except SendError as error:
            if error.fault is SendFault.REJECTED:
                return None
            wait_s = error.retry_after_s or pause_s
            log.warning("cannot reach the chat fault=%s again_in_s=%d", error.fault.value, wait_s)
            await asyncio.sleep(wait_s)
            pause_s = min(pause_s * 2, _CONNECT_PAUSE_LONGEST_S)


async def _beat(house: House) -> None:
    beat(house.store, house.watched, house.settings.schedule.poll_seconds, int(time.time()))


def _guarded(job: Callable[[Argument], Awaitable[None]]) -> Callable[[Argument], Awaitable[None]]:
    """The boundary of a job: what goes wrong in one run is logged, and the next run comes."""

    async def run_once(argument: Argument) -> None:
        try:
            await job(argument)
        except asyncio.CancelledError:
            log.info("a job was ended by the stop; its work is done at the next start")
        except sqlite3.OperationalError as error:
            # Nothing was committed: the next poll fetches the same bars again.
            log.error("the database cannot be written cause=%s; the next run tries again", error)
        except Exception:
            log.exception("a job failed; its next run comes as planned")

    return run_once
