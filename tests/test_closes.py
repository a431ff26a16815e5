"""The digest after a close: once an exchange and day, for those who want it, when the day is known."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core import events
from bot.core.alerts import Crossing, Direction, Way
from bot.core.clock import Place
from bot.core.closes import Close, Closed
from bot.core.events import from_json, kind_of, to_json
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session, Stock
from bot.core.message import LONGEST, length
from bot.core.screen import Rules
from bot.core.wording import render
from bot.core.wording.kept import Kept, together
from bot.core.wording.view import View
from bot.exchange import Exchange
from bot.jobs.closes import Closes
from bot.jobs.make import make
from bot.jobs.watch import Watched
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.analysts import LEVELS
from tests.fakes.desk import new_york

ME, OTHER = 7, 8
RULES = Rules(20, frozenset({Session.PRE, Session.REGULAR, Session.POST}))
BABA, NVDA = (Watched(Stock(symbol, symbol, "XNYS", "USD"), new_york(), RULES, 300) for symbol in ("BABA", "NVDA"))
NEW_YORK = Place("America/New_York")


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2025-{text}").replace(tzinfo=ZoneInfo("America/New_York")).timestamp())


CLOSE = at("10-02 16:00")


@pytest.fixture
def house(store: Store) -> Store:
    """Two chats, of which one wants the digest; BABA with its levels and the close of 1 October."""
    for chat_id in (ME, OTHER):
        store.chats.add(chat_id, "private", "paired", chat_id, 0)
    store.chats.set_digest(ME, True)
    for level in LEVELS:
        store.levels.revise(level, 0)
    store.history.add_days("BABA", [Day(date(2025, 10, 1), 180, 183, 179, 182.5, 1)])
    look(store, CLOSE - 60)
    return store


def trade(store: Store, *prices: float, symbol: str = "BABA", begins: str = "10-02 09:30") -> None:
    bars = [Bar(at(begins) + 60 * place, price, price, price, price, 1) for place, price in enumerate(prices)]
    store.history.add_bars(symbol, bars)


def look(store: Store, now: int, *watched: Watched) -> None:
    Closes(store, Clock(now)).look(watched or (BABA,))


def told(store: Store) -> list[tuple[int, events.Event]]:
    rows = store.db.execute("select chat_id, kind, facts from outbox order by id")
    return [(chat_id, from_json(kind, facts)) for chat_id, kind, facts in rows]


def said(store: Store) -> str:
    ((_, event),) = told(store)
    return render(event, View(CLOSE + 700, NEW_YORK, LEVELS, None)).html


def test_a_close_is_told_with_what_it_crossed_and_what_lies_next(house: Store) -> None:
    trade(house, 188.5, 192.67, 187.1, 189.64)
    alert = make(house, Wish("BABA", Way.CROSSES, 192.0, "consensus"), ME, new_york(), "chat", 0)
    make(house, Wish("BABA", Way.ABOVE, 230.0), ME, new_york(), "chat", 0)
    for moment, way in ((at("10-01 17:30"), Direction.UP), (at("10-02 09:45"), Direction.DOWN)):
        crossing = Crossing(0, moment, 192.0, 192.0, 192.0, way, Session.REGULAR, None)
        house.crossings.add(alert, [crossing], moment)
    look(house, CLOSE + 600)
    assert said(house) == (
        "<b>🌆 Closed 2 Oct 16:00 New York</b>\n"
        "<b>BABA 189.64</b> +3.9 % · high 192.67, low 187.10\n"
        "Crossed 192.00 consensus ↑ 1 Oct 17:30, 192.00 consensus ↓ 09:45\n"
        "Next above 190.00 Bernstein SocGen (+0.2 %)\n"
        "Nearest alerts: #1 BABA crosses consensus (+1.2 %), #2 BABA above 230.00 (+21.3 %)"
    )


def test_what_no_price_moves_is_neither_crossed_nor_near(house: Store) -> None:
    trade(house, 188.5, 189.64)
    for metric, way, line in (("news:ratings", Way.ABOVE, 1.0), ("until:earnings", Way.BELOW, 3.0)):
        alert = make(house, Wish("BABA", way, line, metric=metric), ME, new_york(), "chat", 0)
        crossing = Crossing(0, at("10-02 09:00"), line, 188.5, line, Direction.UP, Session.PRE, None)
        house.crossings.add(alert, [crossing], at("10-02 09:00"))
    look(house, CLOSE + 600)
    assert said(house).splitlines()[2:] == [
        "Next above 190.00 Bernstein SocGen (+0.2 %)",
    ]


def test_it_is_told_ten_minutes_after_the_close_once_and_to_those_who_want_it(house: Store) -> None:
    trade(house, 188.5, 189.64)
    for now in (CLOSE + 599, CLOSE + 600, CLOSE + 660, CLOSE + 40_000):
        look(house, now)
    assert [(chat_id, kind_of(event)) for chat_id, event in told(house)] == [(ME, "closed")]


def test_what_closed_before_the_first_start_is_no_news(store: Store) -> None:
    store.chats.add(ME, "private", "paired", ME, 0)
    store.chats.set_digest(ME, True)
    trade(store, 188.5)
    look(store, CLOSE + 3600)
    assert told(store) == []


def test_a_close_missed_while_away_is_told_at_the_next_start(house: Store) -> None:
    trade(house, 188.5)
    look(house, CLOSE + 3 * 86_400)  # Sunday; the last close was on Friday, of which nothing is known
    assert told(house) == []
    trade(house, 189.0, begins="10-03 09:30")
    look(house, CLOSE + 3 * 86_400)
    assert said(house).startswith("<b>🌆 Closed 3 Oct 16:00 New York</b>\n<b>BABA 189.00</b> +0.3 %")


def test_until_the_day_is_known_it_waits_and_after_an_hour_goes_without_what_is_not(house: Store) -> None:
    look(house, CLOSE + 600, BABA, NVDA)
    trade(house, 188.5)
    look(house, CLOSE + 1200, BABA, NVDA)
    assert told(house) == []
    look(house, CLOSE + 3600, BABA, NVDA)
    assert said(house).endswith("\nNo prices of that day: NVDA")


def test_the_stocks_of_one_exchange_share_a_message(house: Store) -> None:
    tokyo = Watched(Stock("7203.T", "Toyota", "XTKS", "JPY"), Exchange("XTKS", CLOSE), RULES, 300)
    look(house, CLOSE - 60, tokyo)
    trade(house, 188.5)
    trade(house, 101.0, symbol="NVDA")
    look(house, CLOSE + 600, BABA, NVDA, tokyo)
    ((_, event),) = told(house)
    assert isinstance(event, Closed)
    assert [one.symbol for one in event.closes] == ["BABA", "NVDA"]


def test_where_the_close_before_is_not_known_no_change_is_claimed(house: Store) -> None:
    house.db.conn.execute("delete from days")
    trade(house, 188.5)
    look(house, CLOSE + 600)
    assert "<b>BABA 188.50</b> · high 188.50" in said(house)


def test_what_never_closes_has_no_digest(house: Store) -> None:
    bitcoin = Watched(Stock("BTC-USD", "Bitcoin", "always", "USD"), Exchange("always", CLOSE), RULES, 300)
    look(house, CLOSE + 600, bitcoin)
    assert told(house) == []


def close(symbol: str) -> Close:
    return Close(symbol, 189.64, 182.5, 192.67, 187.1, 0, (), None, None, ())


def test_the_facts_come_back_as_they_were_stored(house: Store) -> None:
    trade(house, 188.5, 189.64)
    make(house, Wish("BABA", Way.CROSSES, 192.0), ME, new_york(), "chat", 0)
    look(house, CLOSE + 600)
    ((_, event),) = told(house)
    assert from_json(kind_of(event), to_json(event)) == event


def test_two_hundred_stocks_fit_into_one_message_and_one_digest() -> None:
    event = Closed(tuple(close(f"STOCK{number}") for number in range(200)), (), CLOSE)
    view = View(CLOSE + 700, NEW_YORK, (), None)
    assert length(render(event, view).html) <= LONGEST
    kept = together([Kept(event, CLOSE + 600)], {event.symbol: view})
    assert length(kept.html) <= LONGEST
    assert "STOCK50 189.64" in kept.html
