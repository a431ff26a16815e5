"""A desk as the chat commands are handed it, and somebody who types and taps at it."""

import re
from functools import cache

from bot import commands
from bot.charts import draw
from bot.charts.ladder import draw_ladder
from bot.chats import ChatKind, Incoming
from bot.commands.desk import Desk
from bot.core.alerts import Alert, Way
from bot.core.language import Wish
from bot.core.market import Quote, Session, Stock
from bot.core.message import LONGEST, Message, length
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.jobs.configured import adopt_chats
from bot.jobs.make import make
from bot.jobs.watch import Watched
from bot.jobs.watchlist import Watchlist
from bot.store import Store
from tests.fakes.analysts import LEVELS

NOW = 1_759_413_600  # Thursday, 2 October 2025, 10:00 in New York
ME, OTHER, STRANGER, GROUP = 11, 12, 13, -100
WATCHED = frozenset({Session.PRE, Session.REGULAR, Session.POST})


@cache
def new_york() -> Exchange:
    return Exchange("XNYS", NOW)


def furnished(store: Store) -> Desk:
    """BABA with its levels, at 158.20 twenty seconds ago; two chats and a group that are served."""
    adopt_chats(store, [ME, OTHER, GROUP], None, NOW)
    for one in LEVELS:
        store.levels.revise(one, NOW)
    put_price(store, 158.2)
    stocks = watchlist(store)
    return Desk(
        store, stocks.stocks, stocks.hours, {"BABA": ()},
        WATCHED, rearm_pct=1.0, max_alerts=500, version="1.2.3", started_at=NOW - 3600, draw=draw,
        draw_ladder=draw_ladder,
    )  # fmt: skip


def watchlist(store: Store) -> Watchlist:
    """BABA as the settings file has it, and whatever is chosen; the calendar of New York is there."""
    stock, rules = Stock("BABA", "Alibaba", "XNYS", "USD"), Rules(20, WATCHED)
    return Watchlist(store, [Watched(stock, new_york(), rules, 300)], lambda code: Exchange(code, NOW), lambda: NOW)


def put_price(store: Store, price: float, at: int = NOW - 20) -> None:
    store.history.add_quote(Quote("BABA", at, price, new_york().session_at(at), "Yahoo"))


def by_three_clocks(store: Store) -> Store:
    """BABA at 158.20, watched by three chats, each by the clocks of another place."""
    put_price(store, 158.2)
    for chat_id, zone in ((1, "America/New_York"), (2, "Asia/Tokyo"), (3, "Pacific/Honolulu")):
        store.chats.add(chat_id, "private", "paired", chat_id, 0)
        store.chats.set_zone(chat_id, zone)
        make(store, Wish("BABA", Way.ABOVE, 500.0), chat_id, new_york(), "chat", NOW)
    return store


class Keyboard:
    """Types at a desk, by default in my own chat; there is always an answer, and it can always be sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, text: str, chat: int = ME, at: int = NOW) -> Message:
        reply = commands.respond(self._desk, typed(text, chat), at)
        assert reply is not None
        assert_fit_to_send(reply)
        return reply

    def tap(self, message: Message, label: str) -> Message:
        """Do what the button of this label says."""
        (command,) = [button.command for row in message.buttons for button in row if button.label == label]
        return self(command)


def typed(text: str | None, chat: int = ME, user: int | None = None) -> Incoming:
    kind = ChatKind.PRIVATE if chat > 0 else ChatKind.GROUP
    return Incoming(1, chat, kind, user or (chat if chat > 0 else None), text)


def assert_fit_to_send(message: Message) -> None:
    assert 0 < length(message.html) <= LONGEST
    assert not re.search(r"<(?!/?[bs]>)|&(?!(amp|lt|gt|quot|#x27);)", message.html)
    assert all(message.html.count(f"<{tag}>") == message.html.count(f"</{tag}>") for tag in "bs")
    # Of any length: what does not fit into a messenger is shortened on the way out.
    assert all(button.label and button.command.startswith("/") for row in message.buttons for button in row)


def labels(message: Message) -> list[str]:
    return [button.label for row in message.buttons for button in row]


def own(desk: Desk, chat: int = ME) -> list[str]:
    """The chat's alerts in short: number, way, line, and whether once."""
    return [_short(alert) for alert in desk.store.alerts.of_chat(chat)]


def _short(alert: Alert) -> str:
    target = alert.level or f"{alert.threshold:g}"
    return f"#{alert.number} {alert.way.value} {target}{' once' if alert.policy.once else ''}"


def dump(store: Store) -> list[str]:
    """Everything the database holds."""
    return list(store.db.conn.iterdump())
