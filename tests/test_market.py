"""The walk through bars: rule 2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.market import Bar, walk

MINUTE = 60


def bar(minute: int, opened: float, high: float, low: float, close: float) -> Bar:
    return Bar(minute * MINUTE, opened, high, low, close, 0)


@st.composite
def bars(draw: st.DrawFn, most: int = 12) -> tuple[Bar, ...]:
    """Whole bars in order, prices in cents around 192."""
    prices = st.integers(18_800, 19_600).map(lambda cents: cents / 100)
    made = []
    for minute in range(draw(st.integers(1, most))):
        four = draw(st.lists(prices, min_size=4, max_size=4))
        made.append(bar(minute, four[0], max(four), min(four), four[1]))
    return tuple(made)


def values(*args: object) -> list[float]:
    return [point.price for point in walk(*args)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (bar(0, 10, 11, 8, 9), [10, 11, 8, 9]),  # nearer the high: the high came first
        (bar(0, 9, 11, 8, 10), [9, 8, 11, 10]),
        (bar(0, 10, 12, 8, 9), [10, 12, 8, 9]),  # in the middle: the high came first
    ],
)
def test_a_new_bar_is_walked_open_nearer_extreme_other_extreme_close(made: Bar, expected: list[float]) -> None:
    assert values([made]) == expected


def test_of_a_bar_seen_before_only_new_extremes_and_the_close_are_walked() -> None:
    assert values([bar(0, 10, 13, 9, 12)], bar(0, 10, 11, 9, 10)) == [13, 12]


def test_two_new_extremes_of_a_bar_seen_before_are_walked_nearer_first() -> None:
    assert values([bar(0, 10, 13, 5, 12)], bar(0, 10, 11, 9, 10)) == [13, 5, 12]


def test_a_bar_seen_before_that_has_not_changed_gives_its_close_alone() -> None:
    seen = bar(0, 10, 11, 9, 10)
    assert values([seen], seen) == [10]


def test_bars_older_than_the_one_seen_are_passed_over() -> None:
    assert values([bar(0, 1, 1, 1, 1), bar(2, 10, 10, 10, 10)], bar(1, 5, 5, 5, 5)) == [10, 10, 10, 10]


def test_a_close_happened_no_earlier_than_the_end_of_its_bar() -> None:
    assert [point.since for point in walk([bar(1, 10, 11, 9, 10)])] == [60, 60, 60, 120]


@given(bars(), st.data())
def test_a_split_at_any_bar_boundary_walks_the_same_prices_but_for_repeated_closes(
    made: tuple[Bar, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(made)))
    first, rest = made[:cut], made[cut - 1 :]  # a poll asks from the last recorded bar on, that one included
    assert values(made) == values(first) + values(rest, first[-1])[1:]
