"""The 52-week range: how far the price lies from its highest or lowest price of the last 52 weeks, in percent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import nan

from bot.core.course import Course, Stretch
from bot.core.formula import percent_above, percentage
from bot.core.market import Session

HIGH, LOW = "high", "low"
BEYOND = 0.000001
"""The threshold of a new high, in percent: above the old one, not at it; of a new low the negative."""

_WEEKS_52 = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Range52:
    """The price against the extreme of the regular sessions of 52 weeks up to that very moment, in percent.

    Arguments: "high" or "low". Above 0 a new high has just been made; the next value counts from there.
    """

    name: str = "range52"
    in_money: bool = False
    starts_afresh: bool = False

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return [value for stretch in course.stretches for value in _of_day(course, stretch, argument)]

    def band(self, threshold: float, rearm_pct: float) -> float:
        """In points: 1 percent is one point."""
        return rearm_pct

    def show(self, value: float) -> str:
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        if abs(threshold) == BEYOND:
            return f"made a new 52-week {argument}"
        return f"came within {abs(threshold):g} % of its 52-week {argument}"

    def title(self, argument: str) -> str:
        return f"distance from the 52-week {argument}"


def _of_day(course: Course, stretch: Stretch, argument: str) -> Iterator[float]:
    extreme = _extreme_before(stretch, argument)
    further = max if argument == HIGH else min
    for point in course.points[stretch.start : stretch.stop]:
        yield nan if extreme is None else round(percent_above(point.price, extreme), 6)
        if extreme is not None and point.session is Session.REGULAR:
            extreme = further(extreme, point.price)


def _extreme_before(stretch: Stretch, argument: str) -> float | None:
    """The extreme before the stretch, this day's own so far included; None without a past to speak of."""
    since = stretch.day - _WEEKS_52
    days = [one for one in stretch.before if one.day >= since]
    if not days:
        return None
    days += [stretch.sofar] if stretch.sofar is not None else []
    return max(one.high for one in days) if argument == HIGH else min(one.low for one in days)


RANGE = Range52()
