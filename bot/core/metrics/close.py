"""The closing price: the last price of a regular session, once the session is over."""

from collections.abc import Sequence
from math import nan

from bot.core.course import Course, Stretch
from bot.core.formula import money
from bot.core.market import Session
from bot.core.measures import InMoney
from bot.core.reading.conditions import Condition, Reading, Scope
from bot.core.reading.lines import read_line, write_line
from bot.core.reading.words import Words

_WORDS = ("close", "closes", "closing", "closed")
_CLOSE = rf"(?:(?:on|at) (?:the )?)?(?:{'|'.join(_WORDS)})"


class Close(InMoney):
    """The regular session's closing price, in the stock's currency: one value an exchange day."""

    name = "close"
    keywords = (*_WORDS, "on")

    def values(self, argument: str, course: Course) -> Sequence[float]:
        values = [nan] * len(course.points)
        for stretch in course.stretches:
            place = _closing(course, stretch)
            if place is not None:
                values[place] = course.points[place].price
        return values

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"closed {'above' if up else 'below'} {money(threshold)}"

    def title(self, argument: str) -> str:
        return "closing price"

    def read(self, words: Words, scope: Scope) -> Reading:
        """A line for the close; a move since the last close is another metric's."""
        if words.has("since|from") or not words.take_each(_CLOSE):
            return None
        return read_line(self.name, words, scope)

    def write(self, condition: Condition, scope: Scope) -> str:
        return f"close {write_line(condition, scope)}"


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
