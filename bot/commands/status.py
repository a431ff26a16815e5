"""/status: whether everything runs, in the order in which one worries."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.clock import lasting
from bot.core.message import Message, counted, fitted
from bot.core.wording.phrases import session_words

NAME = "status"
SUMMARY = "whether everything runs"


def run(desk: Desk, request: Request) -> Message:
    head = f"<b>targetwatch {escape(desk.version)}</b> · up {lasting(request.now - desk.started_at)}"
    stocks = ["\n".join(_stock(desk, symbol, request.now)) for symbol in desk.stocks]
    tail = "\n".join([_owed(desk, request.now), _stored(desk)])
    return Message(fitted(stocks, "… and more stocks", head=[head], tail=[tail], between="\n\n"))


def _stock(desk: Desk, symbol: str, now: int) -> list[str]:
    return [desk.price_line(symbol, now), _session(desk, symbol, now), _feed(desk, symbol, now)]


def _session(desk: Desk, symbol: str, now: int) -> str:
    hours, place = desk.hours[symbol], desk.place(symbol)
    session = hours.session_at(now)
    said = f"{escape(desk.exchange(symbol).name)}: {session_words(session)}"
    if session in desk.sessions:
        return f"{said}, watched"
    opens = hours.next_open(now, desk.sessions)
    return said if opens is None else f"{said}, watched again {place.recent(opens, now)}"


def _feed(desk: Desk, symbol: str, now: int) -> str:
    feed = desk.store.history.feed(symbol)
    if feed.polled_at is None:
        return "Feed: not asked yet"
    parts = [f"Feed: asked {lasting(now - feed.polled_at)} ago"]
    if feed.failures:
        parts.append(f"{feed.failures} failed in a row ({escape(feed.fault or 'unknown')})")
        parts.append(f"last good {lasting(now - feed.good_at)} ago" if feed.good_at else "never good yet")
    elif feed.fault:
        parts.append(f"last answer had: {escape(feed.fault)}")
    else:
        parts.append("all well")
    following = desk.next_poll(symbol)
    wait = max(filter(None, (following, feed.retry_at)), default=None)
    if wait is not None and wait > now:
        parts.append(f"next look in {lasting(wait - now)}")
    return " · ".join(parts)


def _owed(desk: Desk, now: int) -> str:
    depth = desk.store.outbox.depth()
    refused = [f"{depth.dead} refused for good"] if depth.dead else []
    if depth.oldest_at is None:
        return " · ".join(["Outbox: empty", *refused])
    waiting = f"Outbox: {depth.pending} waiting, the oldest for {lasting(now - depth.oldest_at)}"
    return " · ".join([waiting, *refused])


def _stored(desk: Desk) -> str:
    alerts = counted(desk.store.alerts.count(), "alert")
    return f"{alerts} watched · database {desk.store.size_bytes() / 1e6:.1f} MB"
