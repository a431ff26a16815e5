"""The gap: how far the regular session opens from the previous close, in percent."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from bot.core.course import Course, Stretch
from bot.core.formula import percent_above, percentage
from bot.core.market import Session


@dataclass(frozen=True, slots=True)
class Gap:
    """The first regular price against the last regular close before it, in percent: one value a day."""

    name: str = "gap"
    in_money: bool = False
    starts_afresh: bool = True

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        values = [nan] * len(course.points)
        for stretch in course.stretches:
            place = _opening(course, stretch)
            if place is not None and stretch.before:
                reference = stretch.before[-1].close
                values[place] = round(percent_above(course.points[place].price, reference), 6)
        return values

    def band(self, threshold: float, rearm_pct: float) -> float:
        """In points: 1 percent is one point."""
        return rearm_pct

    def show(self, value: float) -> str:
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        side = "above" if threshold > 0 else "below"
        return f"opened {abs(threshold):g} % or more {side} the previous close"

    def title(self, argument: str) -> str:
        return "gap at the open"


def _opening(course: Course, stretch: Stretch) -> int | None:
    """The place of the day's first regular price; None where it was walked before, or is still to come."""
    if stretch.sofar is not None:
        return None
    places = range(stretch.start, stretch.stop)
    return next((place for place in places if course.points[place].session is Session.REGULAR), None)


GAP = Gap()
