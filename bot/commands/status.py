"""/status: whether everything runs, in the order in which one worries."""

from collections.abc import Iterator
from html import escape

from bot.commands.desk import Desk, Request
from bot.core.clock import lasting
from bot.core.message import Message, counted, fitted
from bot.core.wording import running
from bot.core.wording.phrases import session_words
from bot.jobs import heard
from bot.jobs.held import held
from bot.jobs.upkeep import last_copy
from bot.store.outbox import MOST_COUNTED

NAME = "status"
SUMMARY = "whether everything runs"

_IN_FULL = 3
"""So many stocks are told of in full; of more each has a line, so that a phone shows it all."""

_MOST_LISTED = 12
_MOST_ALERTS = 10_000
_MORE = "… and more stocks"


def run(desk: Desk, request: Request) -> Message:
    now = request.now
    head = [f"<b>targetwatch {escape(desk.version)}</b> · up {lasting(now - desk.started_at)}", *_verdict(desk, now)]
    stocks = _in_full(desk, now) if len(desk.stocks) <= _IN_FULL else ["\n".join(_listed(desk, now))]
    tail = [*_running(desk, now), *_stored(desk)]
    return Message(fitted(stocks, _MORE, head=["\n".join(head)], tail=["\n".join(tail)], between="\n\n"))


def _verdict(desk: Desk, now: int) -> list[str]:
    """What the daemon suffers from, as its last heartbeat found it, and which alerts wait; nothing is called well
    before the first looks.
    """
    ailments = [*(desk.store.fact("ailment") or "").splitlines(), *_waiting(desk, now), *_unheard(desk, now)]
    if ailments:
        return [f"⚠️ {escape(ailment)}" for ailment in ailments]
    feeds = (desk.store.history.feed(symbol) for symbol in desk.stocks)
    is_priced = all(feed.polled_at and not feed.failures for feed in feeds)
    is_heard = not any(desk.store.analysts.effort(symbol).faults for symbol in desk.stocks)
    return ["All is well."] if is_priced and is_heard else []


def _waiting(desk: Desk, now: int) -> Iterator[str]:
    """A stock each whose prices are held back."""
    for symbol in desk.stocks:
        if (waits := held(desk.store, symbol)) is not None:
            since = desk.place(symbol).recent(waits.since, now)
            yield f"{symbol} alerts wait: prices after {since} may be those after a split that is not listed yet."


def _unheard(desk: Desk, now: int) -> Iterator[str]:
    """A stock each whose chats were told that its analysts are silent, and not yet that they are back."""
    for symbol in desk.stocks:
        if (since := heard.missing_since(desk.store, symbol)) is not None:
            yield f"{running.unheard(symbol, desk.place(symbol).day(since, now))}."


def _in_full(desk: Desk, now: int) -> list[str]:
    return [
        "\n".join(part(desk, symbol, now) for part in (Desk.price_line, _session, _feed, _analysts))
        for symbol in desk.stocks
    ]


def _analysts(desk: Desk, symbol: str, now: int) -> str:
    effort = desk.store.analysts.effort(symbol)
    said = running.analysts(effort.good_at, effort.faults, desk.place(symbol), now)
    return f"Analysts: {escape(said) or 'not asked yet'}"


def _listed(desk: Desk, now: int) -> list[str]:
    """Every exchange and, a line each, the stocks, those first whose prices fail."""
    exchanges = dict.fromkeys(_session(desk, symbol, now) for symbol in desk.stocks)
    ill_first = sorted(desk.stocks, key=lambda symbol: not desk.store.history.feed(symbol).failures)
    more = [_MORE] if len(ill_first) > _MOST_LISTED else []
    return [*exchanges, *(_brief(desk, symbol, now) for symbol in ill_first[:_MOST_LISTED]), *more]


def _brief(desk: Desk, symbol: str, now: int) -> str:
    """BABA 158.20, 20 s old · 3 failed in a row (timeout)."""
    quote, feed = desk.quote(symbol), desk.store.history.feed(symbol)
    price, at = (None, None) if quote is None else (quote.price, quote.at)
    failing = [running.failing(feed.failures, feed.fault)] if feed.failures else []
    return escape(" · ".join([f"{symbol} {running.price(price, at, now)}", *failing]))


def _session(desk: Desk, symbol: str, now: int) -> str:
    hours = desk.hours[symbol]
    session = hours.session_at(now)
    opens_at = None if session in desk.sessions else hours.next_open(now, desk.sessions)
    name = escape(desk.exchange(symbol).name)
    if opens_at is None and session not in desk.sessions:
        return f"{name}: {session_words(session)}"
    return running.session(name, session_words(session), opens_at, desk.place(symbol), now)


def _feed(desk: Desk, symbol: str, now: int) -> str:
    feed = desk.store.history.feed(symbol)
    said = running.asked(feed.polled_at, feed.good_at, feed.failures, feed.fault, now)
    wait = max(filter(None, (desk.next_poll(symbol), feed.retry_at)), default=None)
    if feed.polled_at is not None and wait is not None and wait > now:
        said.append(f"next look in {lasting(wait - now)}")
    return escape(f"Feed: {' · '.join(said)}")


def _running(desk: Desk, now: int) -> list[str]:
    depth = desk.store.outbox.depth(now)
    return [
        running.owed(depth.due, depth.due_since, depth.kept, depth.dead, MOST_COUNTED, now),
        running.errors(desk.store.faults.recent(now)),
        *map(escape, running.backup(*last_copy(desk.store), now)),
    ]


def _stored(desk: Desk) -> list[str]:
    count = desk.store.alerts.count(_MOST_ALERTS)
    alerts = counted(count, "alert") if count < _MOST_ALERTS else f"{_MOST_ALERTS} alerts or more"
    return [f"{alerts} watched", f"Storage: {running.space(desk.store.size_bytes(), desk.store.free_bytes())}"]
