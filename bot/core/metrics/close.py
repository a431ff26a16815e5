"""The closing price: the last price of a regular session, once the session is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from bot.core.course import Course, Stretch
from bot.core.formula import percent_above
from bot.core.market import Session
from bot.core.metrics.price import money


@dataclass(frozen=True, slots=True)
class Close:
    """The regular session's closing price, in the stock's currency: one value an exchange day."""

    name: str = "close"
    in_money: bool = True
    starts_afresh: bool = False

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        values = [nan] * len(course.points)
        for stretch in course.stretches:
            place = _closing(course, stretch)
            if place is not None:
                values[place] = course.points[place].price
        return values

    def band(self, threshold: float, rearm_pct: float) -> float:
        """`rearm_pct` percent of the threshold."""
        return round(threshold * rearm_pct / 100, 6)

    def show(self, value: float) -> str:
        return money(value)

    def distance(self, value: float, threshold: float) -> float:
        return percent_above(threshold, value)

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"closed {'above' if up else 'below'} {money(threshold)}"

    def title(self, argument: str) -> str:
        return "closing price"


def _closing(course: Course, stretch: Stretch) -> int | None:
    """The place of the day's last regular price, where the session is known to be over by then.

    It is over where the course goes on after the session, or where its end has passed.
    """
    places = range(stretch.stop - 1, stretch.start - 1, -1)
    last = next((place for place in places if course.points[place].session is Session.REGULAR), None)
    if last is None:
        return None
    goes_on = last < len(course.points) - 1
    return last if goes_on or course.points[last].since <= course.record.closed_at else None


CLOSE = Close()
