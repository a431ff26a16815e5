"""What a chart shows and where it lies: nothing is lost, squeezed flat or written over another."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.chart import Chart, Line, Mark, brief, marked, place_of, steps, thinned, visible_range
from bot.core.chart.tags import Column, Kind, Tag, apart, tags
from bot.core.chart.times import Shade, shades, ticks
from bot.core.clock import Place
from bot.core.market import Bar, Session

AT = 1_759_411_800  # 2 October 2025, 09:30 in New York
NEW_YORK = Place("America/New_York")
COLUMN = Column(foot=0.0, top=1.0, row=0.05, longest=17)


def minute(place: int, price: float = 100, session: Session = Session.REGULAR) -> Bar:
    return Bar(AT + 60 * place, price, price, price, price, 1, session)


def minutes(count: int) -> list[Bar]:
    return [minute(place) for place in range(count)]


def chart(levels: Sequence[Line] = (), alerts: Sequence[Line] = (), last: float = 100) -> Chart:
    return Chart("BABA", "USD", "America/New_York", "1 day", [minute(0, last)], levels, alerts, (), AT)


def tagged(low: float = 90, high: float = 110, column: Column = COLUMN, **more: Any) -> list[Tag]:
    return list(tags(chart(**more), low, high, column))


def rows(found: Sequence[Tag]) -> list[tuple[str, ...]]:
    return [tag.rows for tag in found]


# Fewer bars


def test_few_bars_stay_as_they_are() -> None:
    assert thinned(minutes(700)) == tuple(minutes(700))


PRICES = st.tuples(st.floats(1, 1000), st.floats(0, 9), st.floats(0, 9), st.sampled_from(list(Session)))


@given(st.lists(PRICES, min_size=1, max_size=300), st.integers(1, 50))
def test_thinning_loses_no_extreme_no_volume_and_neither_end(prices: list[Any], most: int) -> None:
    bars = [
        Bar(AT + 60 * i, close, close + up, close - down, close, i, session)
        for i, (close, up, down, session) in enumerate(prices)
    ]
    thin = thinned(bars, most)
    assert len(thin) <= most or len(bars) <= most
    assert (max(b.high for b in thin), min(b.low for b in thin)) == (
        max(b.high for b in bars),
        min(b.low for b in bars),
    )
    assert (thin[0].open, thin[-1].close) == (bars[0].open, bars[-1].close)
    assert (thin[0].at, thin[-1].ends_at) == (bars[0].at, bars[-1].ends_at)
    assert sum(bar.volume for bar in thin) == sum(bar.volume for bar in bars)


def test_neighbours_of_two_sessions_or_two_days_stay_apart() -> None:
    pre = [minute(place, session=Session.PRE) for place in range(5)]
    next_day = [minute(1440 + place) for place in range(5)]
    thin = thinned([*pre, *[minute(5 + place) for place in range(5)], *next_day], most=6)
    assert [(bar.session, bar.at, bar.ends_at) for bar in thin] == [
        (session, AT + 60 * first, AT + 60 * end)
        for session, first, end in [
            (Session.PRE, 0, 3), (Session.PRE, 3, 5), (Session.REGULAR, 5, 8), (Session.REGULAR, 8, 10),
            (Session.REGULAR, 1440, 1443), (Session.REGULAR, 1443, 1445),
        ]
    ]  # fmt: skip


# The range of prices


def test_a_line_near_the_price_is_shown_in_its_place_and_one_far_away_squeezes_nothing() -> None:
    bars = [minute(0, 100), minute(1, 110)]
    low, high = visible_range(bars, [Line(116, "near"), Line(130, "far"), Line(94, "near"), Line(50, "far")])
    assert (low, high) == pytest.approx((94 - 1.1, 116 + 1.1))


@pytest.mark.parametrize("price", [0.0123, 1, 158.2, 1_234_567])
def test_a_price_that_stands_still_lies_in_the_middle(price: float) -> None:
    low, high = visible_range([minute(0, price)], [])
    assert (low + high) / 2 == pytest.approx(price)
    assert 0.002 < (high - low) / price < 0.01


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20), st.lists(st.floats(0.01, 1e6), max_size=20))
def test_every_price_is_shown_and_takes_two_fifths_of_the_height_at_least(prices: list[float], at: list[float]) -> None:
    low, high = visible_range([minute(i, price) for i, price in enumerate(prices)], [Line(line, "x") for line in at])
    assert 0 <= low <= min(prices) <= max(prices) <= high
    assert (max(prices) - min(prices)) >= 0.4 * (high - low) or (high - low) < 0.02 * max(prices)


@pytest.mark.parametrize(
    ("low", "high", "round_prices"),
    [
        (187.3, 192.7, (188, 189, 190, 191, 192)),
        (80, 260, (100, 150, 200, 250)),
        (0.01205, 0.01265, (0.0121, 0.0122, 0.0123, 0.0124, 0.0125, 0.0126)),
        (1_234_567, 1_289_000, (1_240_000, 1_250_000, 1_260_000, 1_270_000, 1_280_000)),
    ],
)
def test_the_scale_is_of_round_prices(low: float, high: float, round_prices: tuple[float, ...]) -> None:
    assert steps(low, high) == pytest.approx(round_prices)


@given(st.floats(0, 1e7), st.floats(1e-4, 1e7))
def test_a_scale_has_some_prices_and_not_too_many(low: float, height: float) -> None:
    found = steps(low, low + height)
    assert 1 <= len(found) <= 7
    assert all(low - 1e-6 <= price <= low + height + 1e-6 for price in found)


@pytest.mark.parametrize(
    ("price", "text"), [(192, "192.00"), (0.0123, "0.0123"), (9999.5, "9,999.50"), (1_234_567.4, "1,234,567")]
)
def test_a_price_is_written_in_few_characters(price: float, text: str) -> None:
    assert brief(price) == text


# Words beside the chart


SIZES = st.lists(st.tuples(st.floats(-1, 2), st.floats(0.01, 0.2)), max_size=12)


@given(SIZES)
def test_no_words_cover_others_or_leave_the_column(things: list[tuple[float, float]]) -> None:
    things.sort()
    wanted, sizes = [want for want, _ in things], [size for _, size in things]
    found = apart(wanted, sizes, 0, 1)
    squeeze = min(1, 1 / sum(sizes)) if sizes else 1
    pairs = pairwise(zip(found, sizes, strict=True))
    assert all(b - a >= (size + other) / 2 * squeeze - 1e-9 for (a, size), (b, other) in pairs)
    ends = [(at - size * squeeze / 2, at + size * squeeze / 2) for at, size in zip(found, sizes, strict=True)]
    assert all(low >= -1e-9 and high <= 1 + 1e-9 for low, high in ends)


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ((0.2, 0.5, 0.8), (0.2, 0.5, 0.8)),
        ((0.5, 0.5), (0.45, 0.55)),
        ((0.5, 0.5, 0.5), (0.4, 0.5, 0.6)),
        ((0.0, 0.02), (0.05, 0.15)),
        ((0.3, 0.97, 1.0), (0.3, 0.85, 0.95)),
        ((), ()),
    ],
)
def test_words_move_no_further_than_they_must(wanted: tuple[float, ...], placed: tuple[float, ...]) -> None:
    assert apart(wanted, [0.1] * len(wanted), 0, 1) == pytest.approx(placed)


def test_levels_alerts_and_the_last_price_are_named_from_the_lowest_up() -> None:
    found = tagged(
        levels=[Line(105, "consensus"), Line(95, "Bernstein SocGen")], alerts=[Line(105, "#2"), Line(98, "#7")]
    )
    assert rows(found) == [("95.00", "Bernstein SocGen"), ("98.00 #7",), ("100.00",), ("105.00 #2", "consensus")]
    assert [tag.kind for tag in found] == [Kind.LEVEL, Kind.ALERT, Kind.LAST, Kind.LEVEL]
    assert [tag.aim for tag in found] == pytest.approx([0.25, 0.4, 0.5, 0.75])


def test_a_line_far_away_says_where_and_how_far_it_is_at_the_end_of_the_column() -> None:
    found = tagged(levels=[Line(163, "Morningstar"), Line(80, "Citi")], column=Column(-0.1, 1.2, 0.05, 17))
    assert rows(found) == [("80.00 ↓ −20 %", "Citi"), ("100.00",), ("163.00 ↑ +63 %", "Morningstar")]
    assert [tag.is_shown for tag in found] == [False, True, False]
    half = 0.05 * 2.15 / 2
    assert (found[0].y, found[-1].y) == pytest.approx((-0.1 + half, 1.2 - half))


def test_many_alerts_on_one_price_are_counted_and_two_levels_share_their_row() -> None:
    found = tagged(levels=[Line(95, "one"), Line(95, "two")], alerts=[Line(95, f"#{i}") for i in range(1, 6)])
    assert rows(found)[0] == ("95.00 #1 #2 #3 +2", "one, two")


def test_where_two_rows_are_too_much_each_has_one() -> None:
    levels = [Line(91 + i, f"F{i}") for i in range(12)]
    assert rows(tagged(levels=levels))[:2] == [("91.00 F0",), ("92.00 F1",)]


def test_where_one_row_is_too_much_the_nearest_levels_are_named_before_any_alert() -> None:
    levels, alerts = [Line(91 + i, f"F{i}") for i in range(8)], [Line(99 + i / 10, f"#{i}") for i in range(9)]
    found = tagged(levels=levels, alerts=alerts, column=Column(0, 1, 0.1, 17))
    assert rows(found) == [(f"{91 + i}.00 F{i}",) for i in range(1, 8)] + [("100.00",)]


def test_of_very_many_alerts_twenty_names_stay() -> None:
    found = tagged(alerts=[Line(91 + i / 4, f"#{i}") for i in range(60)], column=Column(0, 1, 0.01, 17))
    assert (len(found), found[0].rows, found[-1].rows) == (20, ("97.75 #27",), ("102.25 #45",))


def test_long_and_strange_names_are_clipped_to_their_row() -> None:
    (tag, _) = tagged(levels=[Line(95, "A very\nlong\x00 name of a firm")])
    assert tag.rows == ("95.00", "A very long name…")


# Time


@pytest.mark.parametrize(("at", "place"), [(-1, None), (0, 0), (59, 0), (60, 1), (179, 2), (180, None)])
def test_a_moment_lies_in_the_bar_around_it(at: int, place: int | None) -> None:
    assert place_of(minutes(3), AT + at) == place


def test_a_moment_without_a_bar_lies_in_the_one_before() -> None:
    assert place_of([minute(0), minute(9)], AT + 300) == 0


def test_crossings_of_one_bar_and_direction_are_one_mark() -> None:
    crossings = [
        Mark(AT, 100, True, "#1"), Mark(AT + 30, 101, True, "#2"), Mark(AT + 40, 101, True, "#2"),
        Mark(AT + 50, 99, False, "#1"), Mark(AT + 60, 98, False, "#1"), Mark(AT - 1, 97, True, "#9"),
    ]  # fmt: skip
    assert [(place, mark.up, mark.price, mark.label) for place, mark in marked(minutes(3), crossings)] == [
        (0, True, 101, "#1 #2"), (0, False, 99, "#1"), (1, False, 98, "#1"),
    ]  # fmt: skip


def test_what_is_not_the_regular_session_is_shaded() -> None:
    sessions = [Session.PRE, Session.PRE, Session.REGULAR, Session.POST, Session.PRE]
    bars = [minute(place, session=session) for place, session in enumerate(sessions)]
    assert shades(bars) == (Shade(0, 2, Session.PRE), Shade(3, 4, Session.POST), Shade(4, 5, Session.PRE))


def labels(bars: Sequence[Bar], most: int = 5) -> list[tuple[int, str]]:
    return [(tick.place, tick.label) for tick in ticks(bars, NEW_YORK, most)]


def days(count: int, first: date = date(2025, 1, 1)) -> list[Bar]:
    """Weekdays, as bars that begin at midnight in New York or an hour after it."""
    dates = (first + timedelta(days=i) for i in range(2 * count))
    weekdays = [day for day in dates if day.weekday() < 5][:count]
    return [
        Bar(int(datetime(day.year, day.month, day.day, 5, tzinfo=UTC).timestamp()), 1, 1, 1, 1, 1, width_s=86_400)
        for day in weekdays
    ]


@pytest.mark.parametrize(
    ("bars", "written"),
    [
        ([minute(0)], [(0, "09:30")]),
        (minutes(60), [(0, "09:30"), (15, "09:45"), (30, "10:00"), (45, "10:15")]),
        (minutes(390), [(30, "10:00"), (150, "12:00"), (270, "14:00")]),
        ([minute(-330 + i) for i in range(960)], [(0, "04:00"), (240, "08:00"), (480, "12:00"), (720, "16:00")]),
        ([minute(1440 * day + i) for day in range(2) for i in range(390)], [(0, "2 Oct"), (390, "3 Oct")]),
        (days(5), [(1, "2 Jan"), (2, "3 Jan"), (3, "6 Jan"), (4, "7 Jan")]),
        (days(22), [(3, "6 Jan"), (8, "13 Jan"), (13, "20 Jan"), (18, "27 Jan")]),
        (days(120), [(23, "Feb"), (43, "Mar"), (64, "Apr"), (86, "May"), (108, "Jun")]),
        (days(261), [(43, "Mar"), (86, "May"), (129, "Jul"), (173, "Sep"), (218, "Nov")]),
        (days(270), [(64, "Apr"), (129, "Jul"), (195, "Oct"), (261, "2026")]),
    ],
)
def test_hours_dates_and_months_stand_where_they_begin(bars: Sequence[Bar], written: list[tuple[int, str]]) -> None:
    assert labels(bars) == written


def test_minutes_that_are_missing_move_no_hour_to_another_name() -> None:
    sparse = [minute(place) for place in (-330, -317, -267, -200, -90)]
    assert labels(sparse) == [(0, "04:00"), (1, "04:10"), (2, "05:00"), (3, "06:10"), (4, "08:00")]


@given(st.lists(st.integers(0, 40 * 1440), min_size=1, max_size=200, unique=True), st.integers(1, 6))
def test_never_more_is_written_than_there_is_room_for(at: list[int], most: int) -> None:
    found = labels([minute(place) for place in sorted(at)], most)
    assert 1 <= len(found) <= 2 * most
    assert all(b - a >= len(at) / (1.6 * most) for (a, _), (b, _) in pairwise(found))
