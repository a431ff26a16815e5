"""The composition root: builds every part of the daemon, starts it, and stops it in order."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import Any

from bot import __version__, commands, systemd
from bot.charts import draw
from bot.charts.sheet import keep_fonts_in
from bot.chats import Chat, Incoming, SendError, SendFault
from bot.chats.terminal_chat import TERMINAL_CHAT, TerminalChat
from bot.commands.desk import Desk
from bot.core.market import Hours, Stock
from bot.core.message import Message
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.feeds import Feed, SessionAt
from bot.health import begin
from bot.jobs.alarm import Alarm
from bot.jobs.closes import Closes
from bot.jobs.configured import Opening, adopt_alerts, adopt_chats, adopt_levels
from bot.jobs.days import Days
from bot.jobs.deliver import Deliver
from bot.jobs.listen import Listen
from bot.jobs.pace import Pace
from bot.jobs.reach import Reach
from bot.jobs.schedule import watch_for_wakes
from bot.jobs.upkeep import Upkeep
from bot.jobs.watch import Watch, Watched
from bot.jobs.watchlist import Watchlist
from bot.limits import LimitedChat, LimitedFeed
from bot.ping import Ping
from bot.rota import Jobs, Rota
from bot.sentry import STUCK, Sentry, end_program
from bot.settings import Settings
from bot.store import Store
from bot.threads import LooseThreads
from bot.watchdog import Watchdog

log = logging.getLogger(__name__)

FeedMaker = Callable[[Settings, Mapping[str, SessionAt], Mapping[str, str]], Feed]
"""Makes the source of prices, given the session at a moment and the time zone of each symbol."""

_CONNECT_PAUSE_LONGEST_S = 60.0
_STOP_S = 4.0


class Exit(IntEnum):
    """What the end of a running daemon means; the ends before it runs are the program's (`cli`)."""

    STOPPED = 0
    STUCK = STUCK
    TOKEN_REJECTED = 4
    DAMAGED = 5  # never the program's: `recovery` puts a copy in the database's place and begins again


class EnvironmentFaultError(Exception):
    """Something outside of the configuration file cannot be used; the text is fit for people."""


@dataclass(frozen=True, slots=True)
class House:
    """The built parts that the running daemon is made of."""

    store: Store
    deliver: Deliver
    listen: Listen
    chat: Chat
    feed: Feed
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
    chat = _chat(settings, watchdog)
    watchlist.open()
    desk = make_desk(settings, store, watchlist.stocks, watchlist.hours, now)
    _adopt(settings, store, watchlist.hours, now)
    terminal, pace = settings.telegram.token is None, pace or Pace()
    deliver = make_deliver(
        store, chat, lambda symbol: desk.view(symbol, int(clock())), clock, monotonic,
        reachable=lambda chat_id: (chat_id == TERMINAL_CHAT) == terminal and store.chats.serves(chat_id),
        pace=pace,
    )  # fmt: skip
    feed = LimitedFeed((make_feed or yahoo)(settings, watchlist.session_at, watchlist.zones), watchdog.within)
    reach, storage = Reach(), settings.storage
    jobs = Jobs(
        Watch(store, feed, clock, tell=deliver.wake),
        Days(store, feed, clock),
        Closes(store, clock, tell=deliver.wake),
        Upkeep(store, storage.path, clock, watchlist.watched, storage.backups, storage.keep_minute_bars_s),
        Alarm(store, chat, clock),
        reach,
        _ping(settings),
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
    return House(store, deliver, listen, chat, feed, jobs, rota, watchdog)


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


def make_desk(
    settings: Settings, store: Store, stocks: Mapping[str, Stock], hours: Mapping[str, Hours], now: int
) -> Desk:
    """What the chat commands are handed; `stocks` and `hours` by symbol."""
    return Desk(
        store,
        stocks,
        hours,
        {symbol: watch.alerts for symbol, watch in settings.watch.items()},
        settings.schedule.watched,
        settings.alerts.rearm_pct,
        settings.telegram.max_alerts_per_chat,
        __version__,
        now,
        draw,
    )


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
    try:
        await asyncio.wait_for(house.chat.close(), 1)
    except (TimeoutError, SendError):
        log.warning("connections did not close in time")


def _chat(settings: Settings, watchdog: Watchdog) -> Chat:
    if settings.telegram.token is None:
        files = settings.storage.path.parent / "files"
        return TerminalChat(sys.stdout, sys.stdin, offers_choices=sys.stdin.isatty(), files=files)
    from bot.chats.telegram_chat import TelegramChat  # half a second that a terminal need not wait

    try:
        telegram = TelegramChat(settings.telegram.token.get_secret_value(), settings.telegram.base_url)
    except ValueError as error:
        raise EnvironmentFaultError(str(error)) from None
    return LimitedChat(telegram, watchdog.within)


def _ping(settings: Settings) -> Ping | None:
    if settings.health.ping_url is None:
        return None
    from bot.chats.telegram_connections import trusted_certificates

    try:
        return Ping(settings.health.ping_url.get_secret_value(), trusted_certificates())
    except (OSError, ValueError):
        certificates = "SSL_CERT_FILE or CURL_CA_BUNDLE"
    # Outside of the clause: the error's own text is for nobody.
    raise EnvironmentFaultError(f"the environment names certificates that cannot be used: {certificates}")


def yahoo(settings: Settings, session_at: Mapping[str, SessionAt], zones: Mapping[str, str]) -> Feed:
    """Yahoo, for the stocks of these symbols; its cache lies beside the database."""
    from bot.feeds.yahoo import YahooFeed

    return YahooFeed(session_at, zones, settings.storage.path.parent / "yahoo-cache")


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
    pause_s = 1.0
    while True:
        try:
            return await house.chat.connect()
        except SendError as error:
            if error.fault is SendFault.REJECTED:
                return None
            house.listen.note_unreached(error)
            wait_s = error.retry_after_s or pause_s
            log.warning("Telegram cannot be reached yet (%s); trying again in %d s", error.fault.value, wait_s)
            await asyncio.sleep(wait_s)
            pause_s = min(pause_s * 2, _CONNECT_PAUSE_LONGEST_S)
