"""Simulated bars: through every waypoint, the same for the same seed, and never passed off as real."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.market import Session, Stock
from bot.feeds.simulated import SimulatedFeed, simulate

T0 = 1759411800  # 2025-10-02 09:30 in New York
PRICES = st.decimals(1, 500, places=2).map(float)
WAYPOINTS = st.lists(st.tuples(st.integers(1, 40), PRICES), min_size=1, max_size=6).map(
    lambda legs: [(T0 + 60 * sum(gap for gap, _ in legs[: i + 1]), price) for i, (_, price) in enumerate(legs)]
)


def always(at: int) -> Session:
    return Session.REGULAR


def lunch(at: int) -> Session:
    return Session.CLOSED if T0 + 300 <= at < T0 + 600 else Session.PRE


@given(WAYPOINTS, st.integers(0, 9), st.floats(0, 5))
@settings(max_examples=60)
def test_every_waypoint_is_the_close_of_its_minute(waypoints: list[tuple[int, float]], seed: int, volatility: float):
    closes = {bar.at: bar.close for bar in simulate(waypoints, seed, always, volatility)}
    assert {at: closes[at] for at, _ in waypoints} == dict(waypoints)


@given(WAYPOINTS, st.integers(0, 9), st.floats(0, 5))
@settings(max_examples=60)
def test_bars_are_whole_and_follow_each_other(waypoints: list[tuple[int, float]], seed: int, volatility: float):
    bars = simulate(waypoints, seed, always, volatility)
    assert all(0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert all((after.at, after.open) == (bar.ends_at, bar.close) for bar, after in pairwise(bars))


@given(WAYPOINTS)
@settings(max_examples=40)
def test_without_volatility_the_price_stays_between_its_waypoints(waypoints: list[tuple[int, float]]):
    bars = simulate(waypoints, 1, always, volatility_pct=0)
    prices = [price for _, price in waypoints]
    assert (min(bar.low for bar in bars), max(bar.high for bar in bars)) == (min(prices), max(prices))


def test_the_same_seed_gives_the_same_bars_and_another_seed_others():
    waypoints = [(T0, 188.5), (T0 + 3600, 193.0)]
    assert simulate(waypoints, 7, always) == simulate(waypoints, 7, always) != simulate(waypoints, 8, always)


def test_minutes_out_of_session_have_no_bar():
    bars = simulate([(T0, 10.0), (T0 + 900, 20.0)], 1, lunch)
    assert [bar.at for bar in bars] == [T0 + 60 * minute for minute in (0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15)]
    assert {bar.session for bar in bars} == {Session.PRE}


@pytest.mark.parametrize(
    ("waypoints", "said"),
    [
        ([(T0, 0.0)], "not a price"),
        ([(T0, float("nan"))], "not a price"),
        ([(T0, 10.0), (T0 + 400, 11.0)], "closed"),
        ([(T0 + 60, 10.0), (T0, 11.0)], "not in a later minute"),
        ([(T0, 10.0), (T0 + 59, 11.0)], "not in a later minute"),
    ],
)
def test_waypoints_that_cannot_be_are_refused(waypoints: list[tuple[int, float]], said: str):
    with pytest.raises(ValueError, match=said):
        simulate(waypoints, 1, lunch)


def test_no_waypoint_is_no_bar():
    assert simulate([], 1, always) == ()


async def test_the_feed_shows_what_is_over_and_says_that_it_is_simulated():
    feed = SimulatedFeed({"BABA": [(T0, 188.5), (T0 + 600, 193.0)]}, {"BABA": always}, seed=3)
    fetched = await feed.fetch(Stock("BABA", "Alibaba", "XNYS", "USD"), T0, T0 + 180)
    assert [bar.at for bar in fetched.bars] == [T0, T0 + 60, T0 + 120]
    assert fetched.source == "simulated"
    feed.close()


async def test_one_symbol_does_not_change_another():
    through = {"BABA": [(T0, 188.5), (T0 + 600, 193.0)], "JD": [(T0, 30.0), (T0 + 600, 31.0)]}
    both = SimulatedFeed(through, dict.fromkeys(through, always), seed=3)
    alone = SimulatedFeed({"JD": through["JD"]}, {"JD": always}, seed=3)
    jd = Stock("JD", "JD.com", "XNYS", "USD")
    assert await both.fetch(jd, None, T0 + 900) == await alone.fetch(jd, None, T0 + 900)
