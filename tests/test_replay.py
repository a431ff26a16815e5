"""Live equals replay: rule 15, for every metric and modifier that moves a state."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.alerts import Policy, Way
from bot.core.course import Record
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session
from bot.core.metrics import METRICS
from bot.core.replay import fresh_from, replay
from bot.jobs.make import blank
from tests.fakes.twice import HOURS, OPEN, lived, looked_back

_THURSDAY, _DAY_S = OPEN - 34_200, 86_400
MORNINGS = (_THURSDAY, _THURSDAY + _DAY_S, _THURSDAY + 4 * _DAY_S)
"""Midnights of Thursday, Friday and Monday in New York."""

TIMES = ("08:00", "08:59", "09:00", "09:01", "09:29", "09:30", "09:31", "09:32", "09:33", "09:36", "10:00", "10:01",
         "10:30", "11:00", "15:58", "15:59", "16:00", "16:01", "16:02", "17:00")  # fmt: skip
_UNTIL = MORNINGS[1] + 36_000
MODIFIERS = (
    Policy(), Policy(once=True), Policy(regular_only=True), Policy(hold_s=120), Policy(hold_s=120, regular_only=True),
    Policy(rearm_pct=0.3), Policy(expires_at=_UNTIL), Policy(every_s=3600, silent=True), Policy(daily=True),
)  # fmt: skip
CONDITIONS = (
    ("price", Way.ABOVE, 190.0, None), ("price", Way.BELOW, 190.0, None), ("price", Way.CROSSES, 190.0, None),
    ("price", Way.BETWEEN, 189.0, 191.0), ("price", Way.OUTSIDE, 189.0, 191.0),
    ("close", Way.ABOVE, 190.0, None), ("close", Way.CROSSES, 190.5, None),
    ("today", Way.ABOVE, 0.5, None), ("today", Way.BELOW, -0.2, None), ("today", Way.OUTSIDE, -1.0, 1.0),
    ("gap", Way.ABOVE, 0.4, None), ("gap", Way.BELOW, -0.4, None),
    ("change:5m", Way.ABOVE, 0.5, None), ("change:1h", Way.ABOVE, 0.5, None), ("change:1h", Way.OUTSIDE, -0.7, 0.7),
    ("change:5d", Way.BELOW, -0.5, None), ("change:ytd", Way.ABOVE, 90.0, None),
    ("upside:consensus", Way.BELOW, 1.0, None), ("upside:consensus", Way.CROSSES, 1.2, None),
    ("range52:high", Way.ABOVE, 0.000001, None), ("range52:high", Way.ABOVE, -1.0, None),
    ("range52:low", Way.BELOW, -0.000001, None),
    ("average:1/3", Way.ABOVE, 0.0, None), ("average:2/3", Way.CROSSES, 0.0, None),
    ("rsi:2", Way.BELOW, 30.0, None), ("rsi:2", Way.CROSSES, 60.0, None),
    # No price moves these: neither tells anything of them.
    ("consensus:1d", Way.OUTSIDE, -2.0, 2.0), ("news:ratings", Way.ABOVE, 1.0, None),
    ("until:earnings", Way.BELOW, 3.0, None),
)  # fmt: skip
BEFORE = [date(2024, 12, 31), *(date(2025, 9, 24) + timedelta(days=place) for place in (0, 1, 2, 5, 6, 7))]


@st.composite
def minutes(draw: st.DrawFn) -> list[Bar]:
    """Minutes of three exchange days, with holes, before, in and after the regular session, calm or wild.

    On a coarse grid, so that lines are often met exactly.
    """
    cents = draw(st.sampled_from([5, 15, 50]))
    prices = st.integers(-8, 8).map(lambda steps: 190 + steps * cents / 100)
    made = []
    for morning in MORNINGS:
        for text in sorted(draw(st.sets(st.sampled_from(TIMES), max_size=10))):
            at = morning + int(text[:2]) * 3600 + int(text[3:]) * 60
            four = draw(st.lists(prices, min_size=4, max_size=4))
            made.append(Bar(at, four[0], max(four), min(four), four[1], 1, HOURS.session_at(at)))
    return made


@st.composite
def known_days(draw: st.DrawFn) -> list[Day]:
    """The days before the first of them, perhaps few or none; the end of the year before was at a hundred."""
    closes = draw(st.lists(st.integers(186, 194), min_size=len(BEFORE), max_size=len(BEFORE)))
    kept = [Day(day, close, close + 1, close - 1, close) for day, close in zip(BEFORE, closes, strict=True)]
    return [Day(kept[0].day, 100, 101, 99, 100), *kept[1:]][draw(st.sampled_from([0, 0, 0, 4, 7])) :]


def wishes(policy: Policy) -> list[Wish]:
    return [Wish("BABA", way, line, None, upper, None, metric, policy) for metric, way, line, upper in CONDITIONS]


@settings(max_examples=30)
@given(minutes().filter(bool), known_days(), st.sampled_from(MODIFIERS), st.data())
def test_live_equals_replay_for_any_split_of_the_bars_into_polls(
    bars: list[Bar], days: list[Day], policy: Policy, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(bars) - 1)))) if len(bars) > 1 else []
    live = lived(wishes(policy), bars, [*cuts, len(bars)], days)
    back = looked_back(wishes(policy), bars, days)
    assert [(w, a, b) for w, a, b in zip(CONDITIONS, live, back, strict=True) if a != b] == []


def test_every_metric_is_among_the_conditions() -> None:
    assert {key.partition(":")[0] for key, *_ in CONDITIONS} == {metric.name for metric in METRICS}


def test_the_close_that_the_source_gave_in_the_end_is_the_next_day_s_reference() -> None:
    """The last minute closed at 190, the auction at 191: on Friday 191.5 is no rise of 0.5 %."""
    bars = [
        Bar(MORNINGS[place] + at, price, price, price, price, 1)
        for place, at, price in ((0, 57_540, 190.0), (1, 34_200, 191.5))
    ]
    known = Record("America/New_York", [Day(date(2025, 10, 1), 190, 190, 190, 190)])
    thursday = Day(date(2025, 10, 2), 190, 191, 190, 191)
    alert = fresh_from(blank(Wish("BABA", Way.ABOVE, 0.5, metric="today"), 0, 0), bars[0].at)
    told = [len(replay(alert, bars, record)) for record in (known, replace(known, given=[thursday]))]
    assert told == [1, 0]


def test_a_day_metric_begins_anew_though_nothing_of_the_day_came_near_its_line() -> None:
    """Up 0.6 % and no further: within the band around 0.5 lies the 0 at which the next day begins."""
    prices = {0: (190, 191.2), 1: (191.0, 191.1), 2: (191.2, 192.2)}
    bars = [
        Bar(MORNINGS[place] + 34_200 + 60 * minute, price, price, price, price, 1, Session.REGULAR)
        for place, of_day in prices.items()
        for minute, price in enumerate(of_day)
    ]
    days = [Day(date(2025, 10, 1), 190, 190, 190, 190)]
    wish = Wish("BABA", Way.ABOVE, 0.5, metric="today")
    told = [[at for _, _, at, _, _ in lived([wish], bars, ends, days)[0]] for ends in ([6], [1, 2, 3, 4, 5, 6])]
    assert told == [[bars[1].at, bars[5].at]] * 2
