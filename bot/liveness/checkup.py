"""targetwatch health: what there is to know of the daemon from outside, read from its database alone."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import __version__
from bot.core.clock import Place, iso, lasting
from bot.core.market import Session
from bot.core.wording import running
from bot.core.wording.phrases import session_words
from bot.jobs.upkeep import last_copy
from bot.liveness.health import ailment
from bot.store import Store
from bot.store.history import FeedHealth
from bot.store.lock import is_held
from bot.store.outbox import MOST_COUNTED, Depth


@dataclass(frozen=True, slots=True)
class StockHealth:
    """How one stock is doing: its last price and its feed."""

    symbol: str
    price: float | None
    price_at: int | None
    feed: FeedHealth


@dataclass(frozen=True, slots=True)
class SessionHealth:
    """In which session an exchange was at the last heartbeat, and when it is watched again: None for now."""

    zone: str
    session: str
    opens_at: int | None


@dataclass(frozen=True, slots=True)
class Checkup:
    """The whole of it; moments in epoch seconds UTC. Without a daemon, `started_at` is None."""

    ailments: tuple[str, ...]
    version: str
    started_at: int | None
    stocks: tuple[StockHealth, ...]
    sessions: tuple[SessionHealth, ...]
    chats: int
    outbox: Depth
    errors: dict[str, dict[str, int]]
    backup_at: int | None
    backup_fault: str
    size_bytes: int
    free_bytes: int


def examine(database: Path, store: Store, symbols: Iterable[str], now: int) -> Checkup:
    """How the daemon on this database is doing; `symbols` are those of the settings, chosen ones are added."""
    watched = dict.fromkeys([*symbols, *(one.stock.symbol for one in store.stocks.every())])
    runs = is_held(database)
    return Checkup(
        tuple((ailment(database, store, now) or "").splitlines()),
        store.fact("version") or __version__,
        int(store.fact("started_at") or now) if runs else None,
        tuple(_stock(store, symbol) for symbol in watched),
        tuple(SessionHealth(*one) for one in json.loads(store.fact("sessions") or "[]")) if runs else (),
        len(store.chats.members()),
        store.outbox.depth(now),
        store.faults.recent(now),
        *last_copy(store),
        store.size_bytes(),
        store.free_bytes(),
    )


def _stock(store: Store, symbol: str) -> StockHealth:
    quote = store.history.last_quote(symbol)
    price, at = (None, None) if quote is None else (quote.price, quote.at)
    return StockHealth(symbol, price, at, store.history.feed(symbol))


def as_text(found: Checkup, now: int) -> Iterator[str]:
    """What follows the verdict, one thing a line."""
    since = f"running for {lasting(now - found.started_at)}" if found.started_at is not None else "not running"
    yield f"targetwatch {found.version}, {since}"
    for stock in found.stocks:
        yield _stock_line(stock, now)
    for exchange in found.sessions:
        yield _session_line(exchange, now)
    if not found.chats:
        yield f"Chats: {running.NOBODY_IS_TOLD}"
    depth = found.outbox
    yield running.owed(depth.due, depth.due_since, depth.kept, depth.dead, MOST_COUNTED, now)
    yield running.errors(found.errors)
    yield from running.backup(found.backup_at, found.backup_fault, now)
    yield f"Storage: {running.space(found.size_bytes, found.free_bytes)}"


def _stock_line(stock: StockHealth, now: int) -> str:
    price, feed = running.price(stock.price, stock.price_at, now), stock.feed
    return " · ".join(
        [f"{stock.symbol} {price}", *running.asked(feed.polled_at, feed.good_at, feed.failures, feed.fault, now)]
    )


def _session_line(exchange: SessionHealth, now: int) -> str:
    place = Place(exchange.zone)
    session = session_words(Session(exchange.session))
    return running.session(place.name, session, exchange.opens_at, place, now)


def as_json(found: Checkup) -> str:
    """The same for programs; moments as ISO 8601 UTC, null where there is none."""
    return json.dumps({"well": not found.ailments, **_readable(asdict(found))}, indent=2)


def _readable(value: dict[str, object]) -> dict[str, object]:
    return {key: _moment(key, one) for key, one in value.items()}


def _moment(key: str, value: object) -> object:
    match value:
        case dict():
            return _readable(value)
        case tuple():
            return [_moment(key, one) for one in value]
        case int() if key.endswith(("_at", "_since")):
            return iso(value)
    return value
