"""Rules 7, 8 and 9: two lines, days that begin afresh, and what has to hold before it is told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Alert, Direction, Line, Policy, Reason, Side, State, Way
from bot.core.crossing import evaluate, rebase
from bot.core.first import settle
from bot.core.market import Bar, Path, Session, walk
from tests.fakes.metrics import flat
from tests.fakes.paths import along

UP, DOWN = Direction.UP, Direction.DOWN
PRICES = st.integers(1_780, 2_020).map(lambda tenths: tenths / 10)


def channel(way: Way, start: float, **changes: object) -> Alert:
    """185 to 195, with bands of 1 %, standing at a price."""
    made = Alert(1, 1, 1, "BABA", "price", way, Line(185.0, 1.85), created_at=0, upper=Line(195.0, 1.95))
    made = replace(made, **changes)  # type: ignore[arg-type]
    return replace(made, state=settle(made, start))


def told(alert: Alert, values: Sequence[float]) -> list[tuple[Direction, float, bool]]:
    return [(one.direction, one.threshold, one.passed) for one in evaluate(alert, along(values)).crossings]


@pytest.mark.parametrize(
    ("way", "start", "values", "expected"),
    [
        (Way.BETWEEN, 180.0, [184.9, 185.0], [(UP, 185.0, False)]),  # the line itself is reached
        (Way.BETWEEN, 200.0, [196.0, 194.0], [(DOWN, 195.0, False)]),
        (Way.BETWEEN, 190.0, [184.0, 180.0, 200.0], [(UP, 195.0, True)]),  # straight through
        (Way.BETWEEN, 190.0, [186.0, 194.0], []),
        (Way.BETWEEN, 180.0, [186.0, 184.0, 186.0, 184.0], [(UP, 185.0, False)]),  # noise at the line
        (Way.BETWEEN, 180.0, [190.0, 180.0, 190.0], [(UP, 185.0, False), (UP, 185.0, False)]),
        (Way.OUTSIDE, 190.0, [194.9, 195.0], [(UP, 195.0, False)]),
        (Way.OUTSIDE, 190.0, [185.0], [(DOWN, 185.0, False)]),
        (Way.OUTSIDE, 180.0, [190.0], []),
        (Way.OUTSIDE, 180.0, [190.0, 180.0], [(DOWN, 185.0, False)]),
        (Way.OUTSIDE, 180.0, [200.0], [(UP, 195.0, True)]),
    ],
)
def test_a_channel_tells_its_entry_or_its_exit(
    way: Way, start: float, values: list[float], expected: list[tuple[Direction, float, bool]]
) -> None:
    assert told(channel(way, start), values) == expected


@given(st.lists(PRICES, min_size=1, max_size=30), PRICES)
def test_a_channel_never_tells_an_entry_from_outside_of_it_or_an_exit_from_inside(
    values: list[float], start: float
) -> None:
    for crossing in evaluate(channel(Way.BETWEEN, start), along(values)).crossings:
        assert crossing.passed or 185.0 <= crossing.value <= 195.0
    for crossing in evaluate(channel(Way.OUTSIDE, start), along(values)).crossings:
        assert crossing.passed or not 185.0 < crossing.value < 195.0


@given(st.lists(PRICES, min_size=1, max_size=20), st.lists(PRICES, min_size=1, max_size=20), PRICES)
def test_a_channel_walked_in_two_parts_is_as_walked_in_one(
    first: list[float], second: list[float], start: float
) -> None:
    alert = channel(Way.BETWEEN, start)
    whole = evaluate(alert, along([*first, *second]))
    halfway = evaluate(alert, along(first))
    rest = evaluate(replace(alert, state=halfway.state), along(second, start=100 + len(first)))
    assert rest.state == whole.state
    assert len(halfway.crossings) + len(rest.crossings) == len(whole.crossings)


@given(PRICES, PRICES, st.integers(1, 10))
def test_a_channel_whose_level_moves_tells_nothing(start: float, level: float, looks: int) -> None:
    alert = channel(Way.BETWEEN, start, level="consensus", within=2.0)
    lower, upper = (Line(round(level * factor, 6), 1.9) for factor in (0.98, 1.02))
    assert evaluate(rebase(alert, lower, upper, start), along([start] * looks)).crossings == ()


# Day metrics


def of_days(values: Sequence[float], fresh: tuple[int, ...], metric: str = "today") -> Path:
    return replace(along(values, metric=metric), fresh=fresh)


def test_a_day_metric_begins_every_day_untold_and_armed() -> None:
    alert = Alert(1, 1, 1, "BABA", "today", Way.ABOVE, Line(5.0, 1.0), 0, state=State(Side.ABOVE, False))
    verdict = evaluate(alert, of_days([5.5, 4.5, 5.5, 5.5], fresh=(2,)))
    assert [(one.place, one.direction) for one in verdict.crossings] == [(2, UP)]


def test_of_a_day_begun_before_the_alert_was_made_only_the_rest_counts() -> None:
    alert = Alert(1, 1, 1, "BABA", "today", Way.ABOVE, Line(5.0, 1.0), created_at=101, state=State(Side.ABOVE, True))
    assert evaluate(alert, of_days([1.0, 6.0, 6.0], fresh=(0,))).crossings == ()


def test_an_alert_down_begins_its_day_above_its_line() -> None:
    alert = Alert(1, 1, 1, "BABA", "today", Way.BELOW, Line(-3.0, 1.0), 0, state=State(Side.BELOW, False))
    assert [one.direction for one in evaluate(alert, of_days([-3.2], fresh=(0,))).crossings] == [DOWN]


# Holds

HOLDING = Policy(hold_s=600)


def holding(**changes: object) -> Alert:
    below = State(Side.BELOW, armed=True)
    made = Alert(1, 1, 1, "BABA", "price", Way.ABOVE, Line(192.0, 1.92), 0, policy=HOLDING, state=below)
    return replace(made, **changes)  # type: ignore[arg-type]


def through(bars: Sequence[Bar], settled_at: float = 1e12, seen: Bar | None = None) -> Path:
    points = list(walk(bars, seen))
    return Path("BABA", "price", points, [point.price for point in points], settled_at=settled_at)


def bars(*prices: float, start: int = 60_000) -> list[Bar]:
    return [flat(start + 60 * place, price) for place, price in enumerate(prices)]


def test_what_holds_for_ten_whole_bars_is_told_in_the_tenth() -> None:
    verdict = evaluate(holding(), through(bars(191.0, *[193.0] * 12)))
    assert [(one.at, one.value) for one in verdict.crossings] == [(60_000 + 10 * 60, 193.0)]


def test_what_goes_back_through_the_line_begins_anew() -> None:
    assert evaluate(holding(), through(bars(191.0, *[193.0] * 9, 191.9, *[193.0] * 9))).crossings == ()
    assert len(evaluate(holding(), through(bars(191.0, *[193.0] * 9, 191.9, *[193.0] * 10))).crossings) == 1


def test_back_exactly_on_the_line_still_holds() -> None:
    assert len(evaluate(holding(), through(bars(191.0, *[193.0] * 5, *[192.0] * 5))).crossings) == 1


def test_the_bar_in_which_it_was_reached_counts_only_where_it_opened_beyond() -> None:
    reaching = Bar(60_060, 191.0, 193.0, 191.0, 193.0, 1)
    track = [flat(60_000, 191.0), reaching, *bars(*[193.0] * 10, start=60_120)]
    assert [one.at for one in evaluate(holding(), through(track)).crossings] == [60_120 + 9 * 60]


def test_a_bar_still_forming_does_not_count_yet() -> None:
    track = bars(191.0, *[193.0] * 10)
    forming = evaluate(holding(), through(track, settled_at=track[-1].at + 30))
    assert (forming.reason, forming.crossings) == (Reason.HOLDING, ())
    again = through([track[-1]], seen=track[-1])
    assert len(evaluate(holding(state=forming.state), again).crossings) == 1


def test_a_bar_seen_twice_counts_once() -> None:
    track = bars(191.0, *[193.0] * 9)
    state = evaluate(holding(), through(track)).state
    again = evaluate(holding(state=state), through([track[-1]], seen=track[-1]))
    assert (again.crossings, again.state) == ((), state)


def test_a_hold_that_was_pending_knows_its_line_untold() -> None:
    state = evaluate(holding(), through(bars(191.0, 193.0))).state
    assert (state.side, state.armed, state.hold is not None) == (Side.BELOW, True, True)
    assert evaluate(holding(state=state), through(bars(191.0, start=70_000))).state == State(Side.BELOW, armed=True)


# Sessions and ends


def test_of_an_alert_for_regular_hours_other_sessions_move_nothing() -> None:
    alert = replace(holding(), policy=Policy(regular_only=True))
    before = [flat(60_000, 193.0, Session.PRE)]
    verdict = evaluate(alert, through(before))
    assert (verdict.reason, verdict.state) == (Reason.OUT_OF_SESSION, alert.state)
    assert [one.at for one in evaluate(alert, through([*before, *bars(193.0, start=61_000)])).crossings] == [61_000]


def test_after_its_end_an_alert_tells_nothing_and_until_then_it_does() -> None:
    alert = replace(holding(), policy=Policy(expires_at=60_120))
    assert len(evaluate(alert, through(bars(191.0, 193.0))).crossings) == 1
    late = evaluate(alert, through(bars(191.0, 191.0, 193.0)))
    assert (late.reason, late.crossings) == (Reason.EXPIRED, ())
