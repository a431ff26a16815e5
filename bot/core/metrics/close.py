"""The closing price: the last price of a regular session, once the session is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from bot.core.course import Course, Stretch
from bot.core.market import Session
from bot.core.metrics.price import money


@dataclass(frozen=True, slots=True)
class Close:
    """The regular session's closing price, in the stock's currency: one value an exchange day."""

    name: str = "close"
    starts_afresh: bool = False

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
