"""/chart: which span is meant, what is drawn of it, and what is said below it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.charts import draw
from bot.commands.desk import Desk
from bot.core.alerts import Crossing, Direction
from bot.core.chart import Chart
from bot.core.market import Bar, Session, Stock
from bot.core.message import File, Message
from bot.core.reading.spans import read_span
from bot.store import Store
from tests.fakes.desk import ME, NOW, OTHER, Keyboard, labels, new_york, put_price

MORNING = NOW - 6 * 3600  # 04:00 in New York
OPEN = NOW - 1800
DAY_S = 86_400


def put_minutes(store: Store, begin: int, *closes: float) -> None:
    store.history.add_bars(
        "BABA",
        [
            Bar(begin + 60 * i, at, at + 1, at - 1, at, 10, new_york().session_at(begin + 60 * i))
            for i, at in enumerate(closes)
        ],
    )


def put_days(store: Store, last: date, *closes: float) -> None:
    """Weekdays up to the last one."""
    day = last
    for close in reversed(closes):
        while day.weekday() > 4:
            day -= timedelta(days=1)
        row = ["BABA", day.isoformat(), close - 1, close + 5, close - 5, close, 1000]
        store.db.conn.execute("insert into days values (?, ?, ?, ?, ?, ?, ?)", row)
        day -= timedelta(days=1)


def drawn(desk: Desk, text: str, chat: int = ME) -> Chart:
    """What is handed to whoever draws."""
    charts: list[Chart] = []

    def note(chart: Chart) -> File:
        charts.append(chart)
        return File("x.png", b"")

    reply = Keyboard(replace(desk, draw=note))(text, chat)
    assert reply.attach is not None, reply.html
    assert charts == []
    reply.attach()
    return charts[0]


def closes(chart: Chart) -> list[float]:
    return [bar.close for bar in chart.bars]


# What is asked for


@pytest.mark.parametrize("text", ["/chart", "/chart 1d", "/chart BABA", "/chart light baba 1D", "chart $baba"])
def test_a_day_in_light_colours_is_what_is_meant_without_a_word(desk: Desk, text: str) -> None:
    put_minutes(desk.store, OPEN, 158, 159)
    chart = drawn(desk, text)
    assert (chart.symbol, chart.title, chart.dark) == ("BABA", "1 day, 2 Oct · +0.6 %", False)


@pytest.mark.parametrize("text", ["/chart dark 5d BABA", "/chart BABA 5d dark", "/chart 5D Dark baba"])
def test_the_words_come_in_any_order_and_case(desk: Desk, text: str) -> None:
    put_minutes(desk.store, OPEN, 158)
    chart = drawn(desk, text)
    assert (chart.title[:6], chart.dark) == ("5 days", True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/chart 2w", "2w is neither a span nor a stock that is watched (BABA)."),
        ("/chart NVDA 1d", "NVDA is neither a span nor a stock that is watched (BABA)."),
        ("/chart <b>", "&lt;b&gt; is neither a span nor a stock that is watched (BABA)."),
        ("/chart 1d 5d", "I draw one stock, one span and one style at a time, not 1d 5d."),
        ("/chart dark light", "I draw one stock, one span and one style at a time, not dark light."),
        ("/chart of BABA", "I draw one stock, one span and one style at a time, not of BABA."),
    ],
)
def test_what_cannot_be_read_is_named_with_what_works(say: Keyboard, text: str, why: str) -> None:
    reply = say(text)
    assert reply.html == (
        f"{why}\nThis works: /chart BABA 5d dark. Spans are 1d, 5d, 1m, 6m, 1y and ytd; dark or light."
    )
    assert (labels(reply), reply.attach) == (["1d", "5d", "1m", "6m", "1y"], None)


def test_of_several_stocks_one_is_asked_for(desk: Desk) -> None:
    stocks = {symbol: Stock(symbol, symbol, "XNYS", "USD") for symbol in ("BABA", "NVDA")}
    say = Keyboard(replace(desk, stocks=stocks, hours=dict.fromkeys(stocks, new_york())))
    reply = say("/chart 5d dark")
    assert reply.html == "Which stock? For instance: /chart BABA 5d dark"
    assert say.tap(reply, "NVDA").html.startswith("Nothing to draw yet: no price of NVDA is stored.")


@pytest.mark.parametrize(("text", "what"), [("/chart", "no price of BABA"), ("/chart 1y", "no days of BABA")])
def test_without_anything_stored_a_sentence_says_so(say: Keyboard, text: str, what: str) -> None:
    reply = say(text)
    assert reply.html.startswith(f"Nothing to draw yet: {what}")
    assert reply.attach is None


def test_the_other_spans_and_the_other_style_are_a_tap_away(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 158)
    put_days(desk.store, date(2025, 10, 1), 150)
    light = say("/chart")
    assert labels(light) == ["5d", "1m", "6m", "1y", "Dark"]
    dark = say.tap(light, "Dark")
    assert labels(say.tap(dark, "1m")) == ["1d", "5d", "6m", "1y", "Light"]


# Minutes


def test_a_day_is_the_latest_that_has_bars_with_all_its_sessions(desk: Desk) -> None:
    put_minutes(desk.store, OPEN - DAY_S, 150)
    put_minutes(desk.store, MORNING, 157)
    put_minutes(desk.store, OPEN, 158, 159)
    chart = drawn(desk, "/chart")
    assert closes(chart) == [157, 158, 159]
    assert [bar.session for bar in chart.bars] == [Session.PRE, Session.REGULAR, Session.REGULAR]


def test_five_days_are_exchange_days(desk: Desk) -> None:
    for days_ago in (8, 7, 6, 3, 2, 1, 0):  # Wednesday to Friday, Monday to Thursday
        put_minutes(desk.store, OPEN - days_ago * DAY_S, 150 + days_ago)
    chart = drawn(desk, "/chart 5d")
    assert closes(chart) == [156, 153, 152, 151, 150]
    assert chart.title == "5 days, 26 Sep – 2 Oct · −4.5 %"


def test_what_is_said_gives_open_high_low_and_the_change_since_the_close_before(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 158, 159)
    put_days(desk.store, date(2025, 10, 1), 150)
    said = say("/chart").html.splitlines()
    assert said[0].startswith("<b>BABA 158.20</b> · 09:59 New York")
    assert said[1:] == ["1 day, 2 Oct: open 158.00, high 160.00, low 157.00 · +6.0 % since the close of 1 Oct"]


def test_the_close_before_is_taken_from_the_last_minutes_where_no_day_is_stored(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 159)
    put_minutes(desk.store, OPEN - DAY_S + 6 * 3600, 140, 150)  # 15:30 and 15:31
    put_minutes(desk.store, OPEN - DAY_S + 7 * 3600, 170)  # after hours
    assert say("/chart").html.endswith("· +6.0 % since the close of 1 Oct")


def test_where_no_close_is_known_the_change_is_that_since_the_open(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 158, 159)
    assert say("/chart").html.endswith("· +0.6 % since the open")


# Days


@pytest.mark.parametrize(
    ("span", "today", "first"),
    [
        ("1m", date(2025, 10, 2), date(2025, 9, 3)),
        ("1m", date(2025, 3, 31), date(2025, 3, 1)),
        ("1m", date(2025, 1, 15), date(2024, 12, 16)),
        ("6m", date(2025, 8, 31), date(2025, 3, 1)),
        ("1y", date(2025, 10, 2), date(2024, 10, 3)),
        ("1y", date(2024, 2, 29), date(2023, 3, 1)),
        ("ytd", date(2025, 10, 2), date(2025, 1, 1)),
    ],
)
def test_months_and_years_begin_the_day_after_so_long_ago(span: str, today: date, first: date) -> None:
    found = read_span(span, today)
    assert found is not None
    assert found.first == first


def test_a_month_is_of_stored_days_and_today_comes_from_its_minutes(desk: Desk, say: Keyboard) -> None:
    put_days(desk.store, date(2025, 10, 1), *range(110, 150))
    put_minutes(desk.store, MORNING, 1)  # pre-market is no part of a day
    put_minutes(desk.store, OPEN, 150, 152)
    chart = drawn(desk, "/chart 1m")
    assert (closes(chart)[-3:], len(chart.bars)) == ([148, 149, 152], 22)
    today = chart.bars[-1]
    assert (today.open, today.high, today.low, today.volume) == (150, 153, 149, 20)
    assert say("/chart 1m").html.splitlines()[1] == (
        "1 month, 3 Sep – 2 Oct: open 128.00, high 154.00, low 124.00 · +18.8 % since the close of 2 Sep"
    )


def test_a_day_not_stored_yet_comes_from_its_minutes_and_a_stored_one_does_not(desk: Desk) -> None:
    put_days(desk.store, date(2025, 9, 29), 140)
    for days_ago, close in ((3, 1), (2, 141), (1, 142)):
        put_minutes(desk.store, OPEN - days_ago * DAY_S, close)
    assert closes(drawn(desk, "/chart 1m")) == [140, 141, 142]


def test_the_year_to_date_is_compared_with_the_last_close_of_the_old_year(desk: Desk, say: Keyboard) -> None:
    put_days(desk.store, date(2024, 12, 31), 84.79)
    put_days(desk.store, date(2025, 10, 1), 158.08)
    assert say("/chart ytd").html.endswith("+86.4 % since the close of 31 Dec 2024")


# What is drawn


def test_levels_and_this_chat_s_own_alerts_are_lines(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 158)
    say("/alert above 170")
    say("/alert above 180", OTHER)
    chart = drawn(desk, "/chart")
    assert [(line.price, line.label) for line in chart.alerts] == [(170.0, "#1")]
    assert [(line.price, line.label) for line in chart.levels] == [
        (258.0, "Morningstar"), (230.0, "JPMorgan"), (192.0, "consensus"), (190.0, "Bernstein SocGen"),
    ]  # fmt: skip


def test_what_was_told_is_marked_where_it_happened_and_outside_of_the_span_it_is_not(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 158, 171)
    say("/alert above 170")
    (alert,) = desk.store.alerts.of_chat(ME)
    ways = (Direction.UP, Direction.DOWN, Direction.UP)
    crossings = [
        Crossing(0, at, 170.5, 170.5, 170, way, Session.REGULAR, None)
        for at, way in zip((OPEN - DAY_S, OPEN, OPEN + 60), ways, strict=True)
    ]
    desk.store.crossings.add(alert, crossings, NOW)
    desk.store.alerts.end(alert, NOW, "deleted")
    marks = drawn(desk, "/chart").crossings
    assert [(mark.at, mark.price, mark.up, mark.label) for mark in marks] == [
        (OPEN, 170.5, False, "#1"), (OPEN + 60, 170.5, True, "#1"),
    ]  # fmt: skip
    assert drawn(desk, "/chart", OTHER).crossings == []


def test_a_crossing_of_another_metric_lies_on_the_price(desk: Desk, say: Keyboard) -> None:
    put_minutes(desk.store, OPEN, 158)
    say("/alert above 170")
    (alert,) = desk.store.alerts.of_chat(ME)
    upside = replace(alert, metric="upside:consensus")
    desk.store.crossings.add(upside, [Crossing(0, OPEN, 10, 158, 10, Direction.UP, Session.REGULAR, None)], NOW)
    assert [mark.price for mark in drawn(desk, "/chart").crossings] == [158]


@pytest.mark.parametrize("text", ["/chart dark", "/chart 1m"])
def test_the_picture_is_made_of_what_was_stored_when_it_was_asked_for(desk: Desk, text: str) -> None:
    put_minutes(desk.store, OPEN, 158, 159)
    put_price(desk.store, 159)
    reply: Message = Keyboard(replace(desk, draw=draw))(text)
    desk.store.close()
    assert reply.attach is not None
    file = reply.attach()
    assert (file.name, file.content[:4]) == (f"BABA-{'1d' if 'dark' in text else '1m'}.png", b"\x89PNG")
