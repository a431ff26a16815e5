"""/status: whether everything runs, in the order in which one worries."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.clock import lasting
from bot.core.market import Session
from bot.core.message import Message
from bot.core.wording import session_words

NAME = "status"
SUMMARY = "whether everything runs"


def run(desk: Desk, request: Request) -> Message:
    lines = [f"<b>targetwatch {escape(desk.version)}</b> · up {lasting(request.now - desk.started_at)}"]
    for symbol in desk.stocks:
        lines += [
            "",
            desk.price_line(symbol, request.now),
            _session(desk, symbol, request.now),
            _feed(desk, symbol, request.now),
        ]
    lines += ["", _owed(desk, request.now), _stored(desk)]
    return Message("\n".join(lines))


def _session(desk: Desk, symbol: str, now: int) -> str:
    hours, place = desk.hours[symbol], desk.place(symbol)
    session = hours.session_at(now)
    if session in desk.sessions:
        return f"{escape(place.name)}: {session_words(session)}, watched"
    opens = hours.next_open(now, desk.sessions)
    until = f", watched again {place.recent(opens, now)}" if opens is not None else ""
    return f"{escape(place.name)}: {session_words(session) if session is not Session.CLOSED else 'closed'}{until}"


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
    if not depth.pending:
        return "Outbox: empty" + (f" · {depth.dead} refused for good" if depth.dead else "")
    waiting = lasting(now - depth.oldest_at) if depth.oldest_at is not None else "?"
    return f"Outbox: {depth.pending} waiting, the oldest for {waiting} · {depth.dead} refused for good"


def _stored(desk: Desk) -> str:
    return f"{desk.store.alerts.count()} alerts watched · database {desk.store.size_bytes() / 1e6:.1f} MB"
