"""Where bars of one width go on from those of another: the same way, whatever it is cut into."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Alert, Line, Policy, Way
from bot.core.course import Record
from bot.core.joint import joined
from bot.core.market import Bar, walk
from bot.core.replay import replay

TEN = 1_770_044_400  # a full hour


def bar(minute: int, low: float, high: float, close: float, minutes: int = 1) -> Bar:
    """A bar so many minutes after the hour that opens where it closes."""
    return Bar(TEN + 60 * minute, close, high, low, close, 10, width_s=60 * minutes)


def shape(one: Bar) -> tuple[int, int, float, float, float]:
    return (one.at - TEN) // 60, one.width_s // 60, one.low, one.high, one.close


FINE = (bar(0, 10, 12, 11), bar(1, 10, 14, 12), bar(2, 11, 13, 12))


@pytest.mark.parametrize(
    ("coarse", "rest"),
    [
        ((0, 10, 14, 11, 5), (2, 3, 11, 13, 11)),  # nothing that was not there before
        ((0, 10, 15, 11, 5), (2, 3, 11, 15, 11)),  # a new high
        ((0, 9, 14, 12, 5), (2, 3, 9, 13, 12)),  # a new low
        ((0, 10, 14, 14, 5), (2, 3, 11, 14, 14)),  # it closes where it had been before
        ((0, 10, 14, 10, 60), (2, 58, 10, 13, 10)),
    ],
)
def test_a_coarser_bar_around_the_last_minute_goes_on_from_it_with_what_was_not_there_before(
    coarse: tuple[int, float, float, float, int], rest: tuple[int, int, float, float, float]
) -> None:
    following = bar(60, 10, 11, 10.5)
    found = joined((bar(*coarse), following), FINE)
    assert [shape(one) for one in found] == [rest, shape(following)]


@pytest.mark.parametrize("minutes", [1, 5])
def test_a_finer_bar_inside_the_last_one_was_walked_with_it(minutes: int) -> None:
    hour = bar(0, 10, 14, 12, 60)
    finer = [bar(start, 10, 13, 11, minutes) for start in range(0, 61, minutes)]
    assert [shape(one)[0] for one in joined(finer, [hour])] == [60]


def test_a_coarser_bar_of_what_is_recorded_says_nothing_new() -> None:
    assert joined((bar(-5, 5, 20, 10, 5), bar(-1, 9, 11, 10)), FINE) == (bar(-1, 9, 11, 10),)


def test_bars_that_follow_and_the_last_one_again_stay_as_they_are() -> None:
    again = (bar(2, 11, 13.5, 12), bar(3, 12, 13, 12))
    assert joined(again, FINE) == again
    assert joined(again, ()) == again


def test_a_hold_counts_each_bar_by_its_length() -> None:
    """Reached within the first five minutes: ten minutes are full with the third bar."""
    bars = [
        bar(-5, 10, 10, 10, 5),
        replace(bar(0, 10, 14, 14, 5), open=10),
        bar(5, 14, 14, 14, 5),
        bar(10, 14, 14, 14, 5),
    ]
    policy = Policy(hold_s=600)
    alert = Alert(1, 7, 1, "BABA", "price", Way.ABOVE, Line(12.0, 0.12), TEN - 900, policy=policy)
    assert [told.at for told in replay(alert, bars, Record("America/New_York"))] == [TEN + 600]


PRICES = st.integers(5, 15).map(float)
MINUTES = st.lists(st.tuples(PRICES, PRICES, PRICES), min_size=5, max_size=5)


@given(MINUTES, st.integers(1, 4))
def test_every_extreme_is_walked_and_none_beyond_whatever_was_seen_of_the_coarse_bar(
    prices: list[tuple[float, float, float]], seen: int
) -> None:
    minutes = [bar(place, min(of), max(of), of[2]) for place, of in enumerate(prices)]
    low, high = min(one.low for one in minutes), max(one.high for one in minutes)
    coarse = Bar(TEN, minutes[0].open, high, low, minutes[-1].close, 50, width_s=300)
    recorded = minutes[:seen]
    way = [*walk(recorded), *walk(joined([coarse], recorded), recorded[-1])]
    found = [point.price for point in way]
    assert (min(found), max(found), found[-1]) == (low, high, coarse.close)
