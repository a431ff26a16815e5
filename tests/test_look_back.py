"""/test, /history and /export, and how often a new alert would have told."""

import csv
import io
import json
from datetime import date, timedelta

import pytest

from bot.commands.desk import Desk
from bot.core.alerts import Way
from bot.core.backtest import how_often, judged_on
from bot.core.days import midnight
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session
from bot.jobs.backtest import fired_in
from bot.jobs.make import make
from bot.jobs.watch import take_in
from tests.fakes.desk import ME, NOW, OTHER, Keyboard
from tests.fakes.feed import answer, minute
from tests.fakes.twice import HOURS, OPEN
from tests.test_watch import BABA

LAST_DAY = date(2025, 10, 1)


@pytest.fixture
def known(desk: Desk) -> Desk:
    """BABA rose from 100 to 149.5 in a hundred sessions up to yesterday."""
    every = (LAST_DAY - timedelta(days=back) for back in range(200, -1, -1))
    noon = ((day, midnight(day, HOURS.zone) + 43_200) for day in every)
    days = [day for day, at in noon if HOURS.session_at(at) is Session.REGULAR][-100:]
    prices = [100 + place / 2 for place in range(100)]
    desk.store.history.add_days(
        "BABA", [Day(day, price, price, price, price) for day, price in zip(days, prices, strict=True)]
    )
    return desk


def put_minutes(desk: Desk, *prices: float, start: int = OPEN) -> None:
    bars = [Bar(start + 60 * place, price, price, price, price, 1) for place, price in enumerate(prices)]
    desk.store.history.add_bars("BABA", bars)


def tell(desk: Desk, chat: int = ME) -> None:
    """An alert at 150 that has been reached at the open."""
    make(desk.store, Wish("BABA", Way.ABOVE, 150.0), chat, HOURS, "chat", OPEN - 60)
    bars = [minute(OPEN, 148.0), minute(OPEN + 60, 152.0)]
    take_in(desk.store, BABA, answer(*bars, reference=148.0), OPEN + 120)


def test_a_confirmation_says_how_often_it_would_have_told(known: Desk, say: Keyboard) -> None:
    told = say("/alert above 120 fresh").html
    day = known.store.history.days("BABA", date(2025, 1, 1), LAST_DAY)[40]
    assert day.close == 120
    assert told.endswith(f"since 2025-05-09: once ({day.day})")


def test_a_confirmation_without_any_history_says_nothing_of_it(say: Keyboard) -> None:
    assert say("/alert above 192").html.endswith("tells again after a move of 1 %")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("/test above 140 1y", "since 2025-05-09"),
        ("/test 60d above 140", "in the last 60 days"),
        ("/test above 3m 140", "in the last 3 months"),
        ("/test above 140 ytd", "since 2025-05-09"),
    ],
)
def test_the_span_may_stand_anywhere(known: Desk, say: Keyboard, text: str, span: str) -> None:
    assert say(text).html.startswith(f"<b>BABA above 140.00</b> · {span}: once (2025-09-04)")


def test_minutes_are_shown_with_their_time_and_days_without(known: Desk, say: Keyboard) -> None:
    put_minutes(known, 149.5, 148.0, 150.5)
    said = say("/test crosses 150 1y").html
    assert "2025-10-02 09:32 ↑ 150.00 at 150.50" in said
    assert "100 daily bars and 1 day of minutes; a day bar knows only open, high, low and close" in said
    assert "2025-09-04 ↑ 140.00 at 140.00" in say("/test above 140").html


def test_an_alert_on_a_level_is_tested_at_where_the_level_lies_today(known: Desk, say: Keyboard) -> None:
    assert "At today's consensus, 192.00." in say("/test above consensus").html


def test_what_was_tested_can_be_made_with_a_tap(known: Desk, say: Keyboard) -> None:
    assert say.tap(say("/test above 140 1y"), "Make this alert").html.startswith("BABA is above 140.00 already")


def test_an_alert_that_is_there_is_tested_by_its_number(known: Desk, say: Keyboard) -> None:
    say("/alert below 130 once")
    for text in ("/test 1", "/test #1 6m"):
        assert say(text).html.startswith("<b>BABA below 130.00 once</b>")


def test_a_number_with_a_hash_that_no_alert_has_is_said(say: Keyboard) -> None:
    assert "There is no alert #9" in say("/test #9").html


def test_a_question_about_a_misspelt_text_keeps_the_span(known: Desk, say: Keyboard) -> None:
    assert "in the last 6 months" not in say.tap(say("/test abvoe 140 6m"), "Yes").html
    assert "in the last 60 days" in say.tap(say("/test abvoe 140 60d"), "Yes").html


def test_of_many_crossings_the_last_are_shown_with_how_many_were_earlier(known: Desk, say: Keyboard) -> None:
    put_minutes(known, *[148.0, 152.0] * 10)
    said = say("/test crosses 150 1y").html
    assert ("20 times" not in said, said.count("↑") + said.count("↓"), "… 4 earlier" in said) == (True, 15, True)


def test_history_tells_prices_moves_and_what_was_told_here(known: Desk, say: Keyboard) -> None:
    tell(known)
    said = say("/history 30d").html
    assert "open 139.50, high 152.00, low 139.50, close 152.00 · +9.4 % since the close of 2025-09-02" in said
    assert "Most up: +1.7 % (2025-10-02)" in said
    assert said.endswith("Told:\n2025-10-02 09:31 ↑ 150.00 at 152.00 · #1")


def test_history_calls_a_firm_as_every_other_message_does(desk: Desk, say: Keyboard) -> None:
    make(desk.store, Wish("BABA", Way.ABOVE, 230.0, "JPMorgan Chase"), ME, HOURS, "chat", OPEN - 60)
    bars = [minute(OPEN, 229.0), minute(OPEN + 60, 231.0)]
    take_in(desk.store, BABA, answer(*bars, reference=229.0), OPEN + 120)
    assert "↑ 230.00 JPMorgan at 231.00 · #1" in say("/history").html


@pytest.mark.parametrize("typed", ["0d", "banana", "30"])
def test_history_of_neither_a_span_nor_a_stock_says_what_works(say: Keyboard, typed: str) -> None:
    assert say(f"/history {typed}").html == (
        f"{typed} is neither a span nor a stock that is watched (BABA). "
        "Spans are 30d, 6m, 1y, 2y or ytd. This works: /history BABA 30d"
    )


def test_history_tells_nothing_of_other_chats(known: Desk, say: Keyboard) -> None:
    tell(known, chat=OTHER)
    assert "No alert of this chat told anything of it." in say("/history").html
    assert say("/export").html == "There are no crossings to export. /alerts lists what is watched."


def test_history_without_a_day_says_so(say: Keyboard) -> None:
    assert "no trading day is known in the last 7 days" in say("/history 7d").html


def test_an_export_is_a_document_with_readable_times(known: Desk, say: Keyboard) -> None:
    tell(known)
    reply = say("/export csv crossings BABA")
    assert reply.attach is not None
    file = reply.attach()
    (row,) = csv.DictReader(io.StringIO(file.content.decode()))
    assert file.name == "targetwatch-BABA-crossings.csv"
    assert (row["at"], row["threshold"]) == ("2025-10-02T13:31:00Z", "150.0")


def test_exported_bars_are_those_of_the_span(known: Desk, say: Keyboard) -> None:
    put_minutes(known, 149.0)
    put_minutes(known, 120.0, start=OPEN - 40 * 86_400)
    reply = say("/export json bars")
    assert reply.attach is not None
    assert [row["close"] for row in json.loads(reply.attach().content)] == [149.0]


def test_exports_and_tests_write_nothing(known: Desk, say: Keyboard) -> None:
    before = list(known.store.db.conn.iterdump())
    for text in ("/test above 140", "/history", "/export json alerts", "/export bars 1y"):
        say(text)
    assert list(known.store.db.conn.iterdump()) == before


def test_a_day_is_judged_by_its_minutes_or_as_a_whole_never_by_both(known: Desk, say: Keyboard) -> None:
    known.store.history.add_days("BABA", [Day(date(2025, 10, 2), 149, 160, 149, 160)])
    put_minutes(known, 149.5, 150.5)
    assert "once (2025-10-02)" in say("/test above 150", at=NOW + 86_400).html
    assert "not once" in say("/test above 155", at=NOW + 86_400).html


def test_a_change_within_hours_is_judged_by_minutes_alone(known: Desk) -> None:
    put_minutes(known, 149.5, 149.5, 153.5)
    wish = Wish("BABA", Way.ABOVE, 2.0, metric="change:1m")
    found = fired_in(known.store, wish, HOURS, OPEN - 365 * 86_400, NOW)
    assert (how_often(found), judged_on(found)) == ("since 2025-10-02: once (2025-10-02)", "judged on 1 day of minutes")
