"""Reaching, sides, arming and bands: rules 1, 4 and 6, against a statement of them written on its own."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Alert, Direction, Line, Policy, Reason, Side, State, Way
from bot.core.crossing import evaluate, rebase
from bot.core.first import settle
from bot.core.market import Path, Point, Session
from bot.core.rest import rest_interval
from tests.fakes.paths import along, through

LINE, BAND = 192.0, 1.92
UP, DOWN = Direction.UP, Direction.DOWN
BELOW = State(Side.BELOW, armed=True)
PRICES = st.integers(18_800, 19_600).map(lambda cents: cents / 100)


def alert(way: Way = Way.CROSSES, state: State = BELOW, **changes: object) -> Alert:
    made = Alert(1, 1, 1, "BABA", "price", way, Line(LINE, BAND), created_at=0, state=state)
    return replace(made, **changes)  # type: ignore[arg-type]


def path(prices: Sequence[float], start: int = 100) -> Path:
    return along(prices, start=start)


def told(watching: Alert, prices: Sequence[float]) -> list[tuple[Direction, float]]:
    return [(one.direction, one.value) for one in evaluate(watching, path(prices)).crossings]


def test_a_price_exactly_on_the_level_reaches_it_once() -> None:
    assert told(alert(), [191.0, 192.0, 192.0, 192.0]) == [(UP, 192.0)]


def test_a_price_exactly_on_the_level_reaches_it_from_above_too() -> None:
    assert told(alert(state=State(Side.ABOVE, armed=True)), [193.0, 192.0]) == [(DOWN, 192.0)]


def test_noise_around_the_line_is_told_once() -> None:
    assert told(alert(), [191.9, 192.1] * 60) == [(UP, 192.1)]


def test_a_move_right_through_a_band_is_told_there() -> None:
    assert told(alert(), [192.5, 190.08]) == [(UP, 192.5), (DOWN, 190.08)]


def test_a_price_one_cent_short_of_the_band_is_not_told() -> None:
    assert told(alert(), [192.5, 190.09]) == [(UP, 192.5)]


def test_one_jump_to_the_line_and_a_band_beyond_is_a_long_trip_already() -> None:
    assert told(alert(), [193.92, 192.5, 192.0]) == [(UP, 193.92), (DOWN, 192.0)]


@given(st.lists(PRICES, min_size=1))
def test_a_price_seen_twice_is_as_if_seen_once(prices: list[float]) -> None:
    doubled = [price for price in prices for _ in range(2)]
    assert told(alert(), doubled) == told(alert(), prices)


def test_after_a_long_trip_the_line_counts_exactly_again() -> None:
    assert told(alert(), [192.0, 193.92, 192.01, 192.0]) == [(UP, 192.0), (DOWN, 192.0)]


@pytest.mark.parametrize(
    ("way", "expected"), [(Way.ABOVE, [UP, UP]), (Way.BELOW, [DOWN]), (Way.CROSSES, [UP, DOWN, UP])]
)
def test_above_tells_the_ways_up_below_the_ways_down_crosses_both(way: Way, expected: list[Direction]) -> None:
    assert [direction for direction, _ in told(alert(way), [193.0, 189.0, 193.0])] == expected


@given(st.lists(PRICES, min_size=1), st.sampled_from([Way.ABOVE, Way.BELOW]))
def test_the_state_moves_alike_whatever_is_told(prices: list[float], way: Way) -> None:
    assert evaluate(alert(way), path(prices)).state == evaluate(alert(), path(prices)).state


def test_once_ends_with_its_first_crossing() -> None:
    assert told(alert(policy=Policy(once=True)), [193.0, 189.0, 193.0]) == [(UP, 193.0)]


@pytest.mark.parametrize(
    ("price", "side", "armed"), [(191.99, Side.BELOW, True), (192.0, Side.ABOVE, False), (192.01, Side.ABOVE, True)]
)
def test_a_new_alert_takes_its_side_from_the_price_and_on_the_line_is_not_armed(
    price: float, side: Side, armed: bool
) -> None:
    assert settle(alert(), price) == State(side, armed)


def test_the_first_price_ever_settles_and_tells_nothing() -> None:
    verdict = evaluate(alert(state=State()), path([193.0]))
    assert (verdict.reason, verdict.crossings, verdict.state.side) == (Reason.FIRST_LOOK, (), Side.ABOVE)


def test_an_alert_made_before_any_price_takes_its_side_from_the_last_close_before_it() -> None:
    friday = [Point(60, price, Session.REGULAR, since=120) for price in (193.0, 188.5)]
    monday = [Point(600, 195.0, Session.REGULAR, since=600)]
    verdict = evaluate(alert(state=State(), created_at=300), through(*friday))
    assert (verdict.reason, verdict.state, verdict.crossings) == (Reason.FIRST_LOOK, BELOW, ())
    verdict = evaluate(alert(state=State(), created_at=300), through(*friday, *monday))
    assert [(one.direction, one.at) for one in verdict.crossings] == [(UP, 600)]


def test_of_the_minute_of_creation_only_the_close_settles_an_alert_without_a_side() -> None:
    before = Point(0, 188.0, Session.REGULAR, since=60)
    minute = [Point(60, 188.0, Session.REGULAR, since=60), Point(60, 193.0, Session.REGULAR, since=120)]
    verdict = evaluate(alert(state=State(), created_at=90), through(before, *minute))
    assert (verdict.crossings, verdict.state.side) == ((), Side.ABOVE)


def test_what_lay_before_the_creation_is_ignored_the_extremes_of_that_minute_included() -> None:
    minute = [Point(60, 193.0, Session.REGULAR, since=60), Point(60, 191.0, Session.REGULAR, since=120)]
    verdict = evaluate(alert(created_at=90), through(*minute))
    assert (verdict.crossings, verdict.state) == ((), BELOW)


def test_the_close_of_the_minute_of_creation_counts() -> None:
    close = [Point(60, 193.0, Session.REGULAR, since=120)]
    assert evaluate(alert(created_at=90), through(*close)).reason is Reason.FIRED


@pytest.mark.parametrize(
    ("watching", "prices", "reason"),
    [
        (alert(Way.ABOVE), [193.0], Reason.FIRED),
        (alert(Way.ABOVE), [190.0], Reason.NOT_REACHED),
        (alert(Way.BELOW), [193.0], Reason.OTHER_WAY),
        (alert(Way.BELOW), [190.0], Reason.ALREADY_THERE),
        (alert(state=State(Side.ABOVE, armed=False)), [191.0], Reason.NOT_ARMED),
        (alert(created_at=10**9), [193.0], Reason.BEFORE_CREATION),
    ],
)
def test_every_verdict_has_a_named_reason(watching: Alert, prices: list[float], reason: Reason) -> None:
    assert evaluate(watching, path(prices)).reason is reason


class Oracle:
    """Rule 4 stated on its own, in whole cents: the side last told, and whether the line rests.

    A line rests from being reached until the price is a full band away from it, at whatever price
    that is seen first, the one that reached it included.
    """

    LINE, BAND = 19_200, 192

    def __init__(self) -> None:
        self.told, self.resting = "below", False

    def look(self, price: float) -> Direction | None:
        beyond = round(price * 100) - self.LINE
        side = self._seen_on(beyond)
        self.resting = abs(beyond) < self.BAND and (self.resting or side != self.told)
        if side == self.told:
            return None
        self.told = side
        return UP if side == "above" else DOWN

    def _seen_on(self, beyond: int) -> str:
        """The side the price counts as: on the line it counts as across; while the line rests only far away does."""
        if self.resting and abs(beyond) < self.BAND:
            return self.told
        if beyond == 0:
            return "above" if self.told == "below" else "below"
        return "above" if beyond > 0 else "below"


@given(st.lists(PRICES, min_size=1, max_size=200))
def test_evaluate_agrees_with_the_rule_stated_independently(prices: list[float]) -> None:
    oracle = Oracle()
    expected = [(direction, price) for price in prices if (direction := oracle.look(price))]
    assert told(alert(), prices) == expected


@given(st.lists(PRICES, min_size=1, max_size=200))
def test_tellings_alternate(prices: list[float]) -> None:
    directions = [direction for direction, _ in told(alert(), prices)]
    assert all(before is not after for before, after in itertools.pairwise(directions))


@given(st.lists(st.integers(-191, 191), min_size=1).map(lambda cents: [round(LINE + cent / 100, 2) for cent in cents]))
def test_jitter_inside_the_band_is_never_repeated(prices: list[float]) -> None:
    assert len(told(alert(), prices)) <= 1


@given(st.lists(PRICES, min_size=2), st.data())
def test_live_equals_replay_for_any_split(prices: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(prices) - 1))
    first = evaluate(alert(), path(prices[:cut]))
    rest = evaluate(alert(state=first.state), path(prices[cut:], start=100 + cut))
    whole = evaluate(alert(), path(prices))
    live = [(one.at, one.value) for one in (*first.crossings, *rest.crossings)]
    assert (live, rest.state) == ([(one.at, one.value) for one in whole.crossings], whole.state)


STATES = st.builds(State, st.sampled_from(Side), st.booleans())


@given(STATES, PRICES)
def test_no_price_strictly_inside_the_rest_interval_changes_the_state(state: State, price: float) -> None:
    watching = alert(state=state)
    below, above = rest_interval(watching, state)
    if below < price < above:
        verdict = evaluate(watching, path([price]))
        assert (verdict.state, verdict.crossings) == (state, ())


def test_an_alert_without_a_side_is_looked_at_whatever_the_price() -> None:
    below, above = rest_interval(alert(), State())
    assert below > 1e9
    assert above < -1e9


@given(STATES, PRICES, PRICES, st.integers(1, 20))
def test_a_revised_level_never_crosses(state: State, price: float, line: float, looks: int) -> None:
    moved = rebase(alert(state=state), Line(line, round(line / 100, 6)), None, price)
    assert evaluate(moved, path([price] * looks)).crossings == ()


@pytest.mark.parametrize(
    ("state", "line", "price", "expected"),
    [
        (BELOW, 188.0, 189.4, State(Side.ABOVE, armed=False)),  # passed the price, within a band
        (BELOW, 180.0, 189.4, State(Side.ABOVE, armed=True)),  # passed it by more than a band
        (BELOW, 195.0, 191.0, State(Side.BELOW, armed=True)),
        (State(Side.BELOW, armed=False), 193.0, 192.5, State(Side.BELOW, armed=False)),
        (State(Side.ABOVE, armed=True), 190.0, 190.0, State(Side.ABOVE, armed=False)),  # exactly on the line
    ],
)
def test_after_a_revision_the_side_is_that_of_the_present_price(
    state: State, line: float, price: float, expected: State
) -> None:
    assert rebase(alert(state=state), Line(line, round(line / 100, 6)), None, price).state == expected
