"""targetwatch doctor: one line for each thing that can be wrong, with the cure.

Changes nothing; only a database that is not there yet is made.
"""

import asyncio
import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from bot.chats import SendError, SendFault
from bot.core.clock import Place, lasting
from bot.core.message import counted
from bot.core.metrics.price import money
from bot.core.screen import identity
from bot.core.wording.phrases import session_words
from bot.core.wording.running import NOBODY_IS_TOLD, backup, room
from bot.exchange import CalendarError
from bot.feeds import FaultKind, FeedError, Part
from bot.jobs.research import MOST_REQUESTS
from bot.jobs.upkeep import last_copy
from bot.jobs.watch import Watched
from bot.liveness.health import LEAST_FREE_BYTES, ailment
from bot.liveness.ping import ask_once
from bot.parts import watched_stocks, yahoo, yahoo_research
from bot.settings import Settings
from bot.store import open_store
from bot.store.errors import StoreError, unusable
from bot.store.lock import is_held

_SKEW_S = 30
_TIMEOUT_S = 10

_TELEGRAM_CURES = {
    SendFault.REJECTED: "it is wrong or revoked: ask @BotFather for a good one and set TELEGRAM_TOKEN",
    SendFault.UNSENT: "no connection; check the network, HTTPS_PROXY and telegram.base_url",
    SendFault.CONFLICT: "another program uses this bot; stop it",
}
_CACHE_CURE = "let this user write the folder of storage.path"
_YAHOO_CURES = {
    FaultKind.RATE_LIMITED: "Yahoo asks for patience; raise schedule.poll_seconds and wait a while",
    FaultKind.UNKNOWN_SYMBOL: "correct the symbol in the configuration, as finance.yahoo.com spells it",
    FaultKind.UNREACHABLE: "no connection; check the network and HTTPS_PROXY",
    FaultKind.TIMEOUT: "no answer in time; check the network, then try again",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is well, and what was seen or how to cure it."""

    name: str
    is_well: bool
    text: str

    def __str__(self) -> str:
        return f"{'✓' if self.is_well else '✗'} {self.name}: {self.text}"


def examine(settings: Settings, say: Callable[[str], object]) -> bool:
    """Say a line for each part as soon as it is known; whether all are well. Never raises."""
    now = int(time.time())
    checks = (
        _configuration,
        _database,
        _daemon,
        _disk,
        _backups,
        _calendar,
        _telegram,
        _yahoo,
        _analysts,
        _switch,
        _clock,
    )
    all_well = True
    for check in checks:
        finding = check(settings, now)
        say(str(finding))
        all_well = all_well and finding.is_well
    return all_well


def _configuration(settings: Settings, now: int) -> Finding:
    stocks = ", ".join(stock.symbol for stock in settings.stocks)
    return Finding("configuration", True, f"{settings.source}; watches {stocks}, {len(settings.levels)} levels")


def _database(settings: Settings, now: int) -> Finding:
    path = settings.storage.path
    try:
        store = open_store(path)
        problem, size = store.damage(), store.size_bytes()
        chats = len(store.chats.members())
        store.close()
    except StoreError as error:
        return Finding("database", False, str(error))
    except (OSError, sqlite3.Error) as error:
        return Finding("database", False, str(unusable(path, error)))
    if problem is not None:
        cure = "stop targetwatch, then `targetwatch restore latest` puts the newest whole copy in its place"
        return Finding("database", False, f"{path} is damaged ({problem}); {cure}")
    told = NOBODY_IS_TOLD if _is_unheard(settings, chats) else counted(chats, "chat")
    return Finding("database", True, f"{path}, {size / 1e6:.1f} MB; {told}")


def _is_unheard(settings: Settings, chats: int) -> bool:
    """Whether the daemon would tell nobody: listed chats and the terminal are known to it once it has started."""
    return not chats and settings.telegram.token is not None and not settings.telegram.chats


def _daemon(settings: Settings, now: int) -> Finding:
    """What it suffers from by its own account: some of that, such as a second listener, shows nowhere else."""
    path = settings.storage.path
    if not is_held(path):
        return Finding("daemon", True, "none runs")
    try:
        with closing(open_store(path)) as store:
            suffers = ailment(path, store, now)
    except StoreError:
        return Finding("daemon", False, "not looked at: the database comes first")
    return Finding("daemon", suffers is None, "runs, and is well" if suffers is None else suffers.replace("\n", " "))


def _disk(settings: Settings, now: int) -> Finding:
    folder = settings.storage.path.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", False, f"{folder} cannot be looked at ({error.strerror}); check storage.path")
    if free < LEAST_FREE_BYTES:
        return Finding("disk", False, f"{room(free)} free; make room, or name another disk in storage.path")
    return Finding("disk", True, f"{room(free)} free")


def _backups(settings: Settings, now: int) -> Finding:
    try:
        with closing(open_store(settings.storage.path)) as store:
            at, fault = last_copy(store)
    except StoreError:
        return Finding("backups", False, "not looked at: the database comes first")
    said = "; ".join(backup(at, fault, now)) or "none made by the daemon so far; `targetwatch backup` makes one"
    cure = "; check the space and who may write the folder" if fault else ""
    return Finding("backups", not fault, f"{said}{cure}".removeprefix("Last backup "))


def _switch(settings: Settings, now: int) -> Finding:
    """Asks it once, as the daemon does: whether that works cannot be known otherwise."""
    name, address = "dead man's switch", settings.health.ping_url
    if address is None:
        return Finding(name, True, "not used: no health.ping_url")
    from bot.chats.telegram_connections import trusted_certificates

    try:
        status = asyncio.run(ask_once(address.get_secret_value(), trusted_certificates()))
    except Exception:  # noqa: BLE001  (whatever it is, its text may hold the address, which is a secret)
        return Finding(name, False, "no answer; check health.ping_url, the network and HTTPS_PROXY")
    if status >= 400:
        return Finding(name, False, f"it answers with status {status}; check health.ping_url")
    return Finding(name, True, "it answers")


def _calendar(settings: Settings, now: int) -> Finding:
    try:
        watched = watched_stocks(settings, now)[0]
    except CalendarError as error:
        return Finding("calendar", False, f"{error}; name another exchange in the configuration")
    place, session = Place(watched.hours.zone), watched.hours.session_at(now)
    is_watched = session in watched.rules.sessions
    opens = None if is_watched else watched.hours.next_open(now, watched.rules.sessions)
    following = f"; watched next {place.recent(opens, now)}" if opens is not None else ", watched" * is_watched
    return Finding("calendar", True, f"{watched.stock.exchange}: {session_words(session)}{following}")


def _telegram(settings: Settings, now: int) -> Finding:
    token = settings.telegram.token
    if token is None:
        return Finding("Telegram", True, "not used: no TELEGRAM_TOKEN, the terminal is the chat")
    from bot.chats.telegram_chat import TelegramChat

    async def ask() -> str:
        chat = TelegramChat(token.get_secret_value(), settings.telegram.base_url, timeout_s=_TIMEOUT_S)
        try:
            return await chat.connect()
        finally:
            await chat.close()

    try:
        return Finding("Telegram", True, f"the token is that of @{asyncio.run(ask())}")
    except SendError as error:
        cure = _TELEGRAM_CURES.get(error.fault, "try again in a while")
        return Finding("Telegram", False, f"{error.fault.value}; {cure}")
    except ValueError as error:
        return Finding("Telegram", False, str(error))


def _yahoo(settings: Settings, now: int) -> Finding:
    try:
        watched = watched_stocks(settings, now)
    except CalendarError:
        return Finding("Yahoo", False, "not asked: the calendar comes first")
    findings = [_quote(settings, one, now) for one in watched]
    return next((finding for finding in findings if not finding.is_well), findings[0])


def _quote(settings: Settings, watched: Watched, now: int) -> Finding:
    stock, hours = watched.stock, watched.hours
    try:
        feed = yahoo(settings, {stock.symbol: hours.session_at}, {stock.symbol: hours.zone})
    except OSError as error:
        return Finding("Yahoo", False, f"its cache cannot be made ({error.strerror}); {_CACHE_CURE}")
    try:
        fetched = asyncio.run(feed.fetch(stock, None, now))
    except FeedError as error:
        cure = _YAHOO_CURES.get(error.kind, "try again in a while")
        return Finding("Yahoo", False, f"{stock.symbol}: {error.kind.value}; {cure}")
    finally:
        feed.close()
    wrong = identity(stock, fetched.symbol, fetched.currency)
    if wrong or not fetched.bars:
        text = f"{wrong[0].value} ({fetched.symbol}, {fetched.currency})" if wrong else "no bars"
        return Finding("Yahoo", False, f"{stock.symbol}: {text}; check symbol and currency in the configuration")
    at = Place(watched.hours.zone).recent(fetched.quoted_at, now)
    return Finding("Yahoo", True, f"{stock.symbol} {money(fetched.bars[-1].close)} at {at}")


def _analysts(settings: Settings, now: int) -> Finding:
    """One request of the four of a day: what prices do not show is whether Yahoo tells of analysts at all."""
    try:
        watched, source = watched_stocks(settings, now)[0], yahoo_research(settings)
    except CalendarError:
        return Finding("analysts", False, "not asked: the calendar comes first")
    except OSError as error:
        return Finding("analysts", False, f"Yahoo's cache cannot be made ({error.strerror}); {_CACHE_CURE}")
    said = asyncio.run(source.research(watched.stock, watched.hours.zone, [Part.TARGETS], MOST_REQUESTS, now))
    if fault := said.faults.get(Part.TARGETS):
        return Finding("analysts", False, f"{fault.value}; {_YAHOO_CURES.get(fault, 'try again in a while')}")
    if said.targets is None:
        return Finding("analysts", True, f"Yahoo has no targets of {watched.stock.symbol}")
    count = f" of {said.targets.analysts}" if said.targets.analysts else ""
    return Finding("analysts", True, f"{watched.stock.symbol} mean target {money(said.targets.mean)}{count}")


def _clock(settings: Settings, now: int) -> Finding:
    """Against the time the Bot API server says, which needs no token."""
    server = urlsplit(settings.telegram.base_url)
    try:
        request = urllib.request.Request(f"{server.scheme}://{server.netloc}/", method="HEAD")
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
            said = response.headers.get("Date")
    except urllib.error.HTTPError as error:
        said = error.headers.get("Date")
    except OSError:
        return Finding(
            "clock", False, f"no time to compare with: {server.hostname} cannot be reached; check the network"
        )
    if said is None:
        return Finding("clock", True, f"{server.hostname} says no time to compare with")
    skew = time.time() - parsedate_to_datetime(said).timestamp()
    if abs(skew) > _SKEW_S:
        way = "ahead" if skew > 0 else "behind"
        return Finding("clock", False, f"{lasting(abs(skew))} {way}; switch on time synchronisation")
    return Finding("clock", True, "right to within half a minute")
