"""Each metric on prices of which the value is known from elsewhere, or can be counted on one's fingers."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from bot.core import metrics
from bot.core.course import Course, Record, course
from bot.core.market import Bar, Day, Session
from bot.core.metrics import METRICS
from tests.fakes.metrics import DAY_S, MIDNIGHT, OPEN, day, flat, minutes, values

# Published examples

# cs-rsi, the spreadsheet to StockCharts' ChartSchool article on the RSI: closes of QQQQ from 14 December 2009
RSI_CLOSES = (
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931,
    46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521,
    45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672, 43.4205, 42.6628, 43.1314,
)  # fmt: skip
RSI_PRINTED = (
    70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38,
    54.71, 50.42, 39.99, 41.46, 41.87, 45.46, 37.30, 33.08, 37.77,
)  # fmt: skip

# cs-movavg, the same school's spreadsheet on moving averages: closes of Intel from 24 March 2010
AVERAGE_CLOSES = (
    22.2734, 22.1940, 22.0847, 22.1741, 22.1840, 22.1344, 22.2337, 22.4323, 22.2436, 22.2933,
    22.1542, 22.3926, 22.3816, 22.6109, 23.3558, 24.0519, 23.7530, 23.8324, 23.9516, 23.6338,
    23.8225, 23.8722, 23.6537, 23.1870, 23.0976, 23.3260, 22.6805, 23.0976, 22.4025, 22.1725,
)  # fmt: skip
AVERAGE_PRINTED = (
    22.22, 22.21, 22.23, 22.26, 22.31, 22.42, 22.61, 22.77, 22.91, 23.08, 23.21,
    23.38, 23.53, 23.65, 23.71, 23.69, 23.61, 23.51, 23.43, 23.28, 23.13,
)  # fmt: skip


def days_of(closes: Sequence[float]) -> list[Day]:
    return [day(place, close) for place, close in enumerate(closes)]


def last_value(key: str, closes: Sequence[float]) -> float:
    """The metric at the last of these closes, the others being the days before."""
    record = Record("UTC", days_of(closes[:-1]))
    bar = flat(MIDNIGHT + (len(closes) - 1) * DAY_S, closes[-1])
    return values(key, course("BABA", [bar], None, record))[-1]


def test_the_published_rsi_is_reproduced_to_the_printed_digits() -> None:
    found = [round(last_value("rsi:14", RSI_CLOSES[: 15 + place]), 2) for place in range(len(RSI_PRINTED))]
    assert found == list(RSI_PRINTED)


def test_the_published_moving_average_is_reproduced_to_the_printed_digits() -> None:
    found = []
    for place in range(len(AVERAGE_PRINTED)):
        closes = AVERAGE_CLOSES[: 10 + place]
        found.append(round(closes[-1] / (1 + last_value("average:1/10", closes) / 100), 2))
    assert found == list(AVERAGE_PRINTED)


def test_a_price_that_never_moved_has_the_middle_rsi_and_one_that_only_rose_the_highest() -> None:
    assert last_value("rsi:3", [10.0] * 8) == 50.0
    assert last_value("rsi:3", [10.0, 11.0, 12.0, 13.0, 14.0]) == 100.0
    assert last_value("rsi:3", [14.0, 13.0, 12.0, 11.0, 10.0]) == 0.0


def test_the_shorter_average_is_measured_against_the_longer() -> None:
    assert last_value("average:2/4", [10.0, 10.0, 20.0, 40.0]) == pytest.approx((30 / 20 - 1) * 100)


@pytest.mark.parametrize(("key", "closes"), [("rsi:14", 14), ("average:1/10", 9), ("average:3/10", 9)])
def test_too_few_days_have_no_value(key: str, closes: int) -> None:
    assert last_value(key, [10.0] * closes) != last_value(key, [10.0] * closes)  # NaN differs from itself
    assert last_value(key, [10.0] * (closes + 1)) == last_value(key, [10.0] * (closes + 1))


# Changes


def walked(*bars: Bar, days: Sequence[Day] = (), seen: Bar | None = None, **known: object) -> Course:
    return course("BABA", bars, seen, Record("America/New_York", days, **known))  # type: ignore[arg-type]


def test_the_change_of_today_counts_from_the_last_regular_close_in_every_session() -> None:
    bars = minutes(OPEN - 3600, 102.0, session=Session.PRE) + minutes(OPEN, 105.0)
    late = minutes(OPEN + 7 * 3600, 110.0, session=Session.POST)
    next_morning = minutes(OPEN + DAY_S - 3600, 110.25, session=Session.PRE)
    found = values("today", walked(*bars, *late, *next_morning, days=[day(-1, 100.0)]))
    assert found[::4] == [2.0, 5.0, 10.0, 5.0]  # the last one from 105, not from the price after hours


def test_a_change_over_days_counts_from_the_close_so_many_exchange_days_before() -> None:
    days = [day(-7, 90.0), day(-4, 100.0), day(-3, 80.0)]
    assert values("change:2d", walked(*minutes(OPEN, 110.0), days=days))[0] == pytest.approx(10.0)
    assert values("change:4d", walked(*minutes(OPEN, 110.0), days=days))[0] != 0


def test_a_change_over_a_window_counts_from_the_last_price_known_that_long_ago() -> None:
    bars = minutes(OPEN, 100.0, 101.0, 102.0, 103.0)
    found = values("change:2m", walked(*bars))
    assert [round(value, 6) for value in found[3::4]][2:] == [2.0, round((103 / 101 - 1) * 100, 6)]
    assert found[0] != found[0]


def test_a_window_reaches_back_over_the_night() -> None:
    closes = [(OPEN - 20 * 3600, 100.0)]
    assert values("change:1h", walked(*minutes(OPEN, 104.0), closes=closes))[0] == 4.0


def test_the_year_counts_from_the_last_close_of_the_year_before() -> None:
    days = [Day(date(2024, 12, 30), 1, 1, 1, 84.0), Day(date(2024, 12, 31), 1, 1, 1, 84.79)]
    days += [day(-1, 150.0)]
    assert values("change:ytd", walked(*minutes(OPEN, 158.04), days=days))[0] == pytest.approx(86.39, abs=0.005)


def test_a_year_whose_beginning_is_not_known_has_no_change() -> None:
    found = values("change:ytd", walked(*minutes(OPEN, 158.0), days=[day(-40, 100.0), day(-1, 150.0)]))
    assert found[0] != found[0]


def test_a_record_with_a_hole_says_nothing_of_the_day_after_it() -> None:
    found = values("today", walked(*minutes(OPEN, 110.0), days=[day(-16, 100.0)]))
    assert found[0] != found[0]


# The gap, the close


def test_the_gap_is_one_value_at_the_first_regular_price() -> None:
    bars = minutes(OPEN - 3600, 104.0, session=Session.PRE) + minutes(OPEN, 103.0, 105.0)
    found = values("gap", walked(*bars, days=[day(-1, 100.0)]))
    assert [(place, value) for place, value in enumerate(found) if value == value] == [(4, 3.0)]


def test_a_gap_walked_before_is_not_walked_again() -> None:
    opened = minutes(OPEN, 103.0)[0]
    days = [day(-1, 100.0), day(0, 103.0)]
    found = values("gap", walked(opened, *minutes(OPEN + 60, 104.0), days=days, seen=opened))
    assert all(value != value for value in found)


def close_values(course: Course) -> list[float]:
    return [value for value in values("close", course) if value == value]


def test_the_close_is_the_last_regular_price_of_a_session_that_is_over() -> None:
    last = minutes(OPEN + 6 * 3600 + 28 * 60, 191.0, 192.5)[1:]
    later = minutes(OPEN + 7 * 3600, 193.0, session=Session.POST)
    assert close_values(walked(*last, *later)) == [192.5]
    assert close_values(walked(*last, closed_at=OPEN - 17 * 3600 - 1800)) == []  # yesterday's, the last one over
    assert close_values(walked(*last, closed_at=OPEN + 6.5 * 3600)) == [192.5]


# The level and the range


def test_the_upside_is_the_level_against_the_price() -> None:
    assert values("upside:JPMorgan Chase", walked(*minutes(OPEN, 160.0), levels={"JPMorgan Chase": 192.0}))[0] == 20.0


def test_an_upside_to_a_firm_without_a_level_has_no_value() -> None:
    found = values("upside:Citi", walked(*minutes(OPEN, 160.0)))
    assert found[0] != found[0]


def test_a_new_high_is_above_all_of_the_52_weeks_and_of_the_day_so_far() -> None:
    days = [day(-400, 300.0), day(-10, 200.0), day(-1, 190.0)]
    found = values("range52:high", walked(*minutes(OPEN, 200.0, 202.0, 201.0, 203.01), days=days))
    assert [round(value, 4) for value in found[::4]] == [0.0, 1.0, -0.495, 0.5]


def test_prices_after_hours_make_no_high_of_the_range() -> None:
    bars = minutes(OPEN - 3600, 210.0, session=Session.PRE) + minutes(OPEN, 202.0)
    found = values("range52:high", walked(*bars, days=[day(-1, 200.0)]))
    assert [round(value, 4) for value in found[::4]] == [5.0, 1.0]


def test_the_low_of_the_range_is_measured_alike() -> None:
    assert values("range52:low", walked(*minutes(OPEN, 98.0), days=[day(-1, 100.0)]))[0] == -2.0


# All of them


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_gives_one_value_a_point_and_shows_it(metric: metrics.Metric) -> None:
    argument = {"upside": "consensus", "range52": "high", "average": "1/5", "rsi": "3", "change": "1h"}
    argument |= {"consensus": "1d", "news": "ratings", "until": "earnings"}
    key = ":".join(filter(None, [metric.name, argument.get(metric.name, "")]))
    track = walked(*minutes(OPEN, 100.0, 101.0), days=[day(-place, 100.0) for place in range(8, 0, -1)])
    assert len(values(key, track)) == len(track.points)
    assert metric.show(3.25)
    assert metric.band(10.0, 1.0) > 0
    assert metric.reached(argument.get(metric.name, ""), 3.0, up=True)


def test_a_path_without_any_value_is_no_path() -> None:
    assert metrics.path(walked(*minutes(OPEN, 100.0)), "rsi:14") is None


def test_a_metric_that_begins_every_day_anew_says_where() -> None:
    two_days = (*minutes(OPEN, 101.0), *minutes(OPEN + DAY_S, 102.0))
    found = metrics.path(walked(*two_days, days=[day(-1, 100.0)]), "today")
    assert found is not None
    assert (found.fresh, [round(value, 3) for value in found.range]) == ((0, 4), [0.0, 1.0])


def test_a_day_already_begun_is_not_begun_again() -> None:
    first, second = minutes(OPEN, 101.0, 102.0)
    found = metrics.path(walked(second, days=[day(-1, 100.0)], seen=first), "today")
    assert found is not None
    assert found.fresh == ()


def test_bars_as_wide_as_a_day_are_days_by_themselves() -> None:
    midnight = OPEN - OPEN % DAY_S
    wide = [flat(midnight + place * DAY_S, price, width_s=DAY_S) for place, price in enumerate((100.0, 110.0))]
    stretches = walked(*wide).stretches
    assert [one.day for one in stretches] == [date(2025, 10, 2), date(2025, 10, 2) + timedelta(days=1)]
