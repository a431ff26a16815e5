"""The gap: how far the regular session opens from the previous close, in percent."""

from collections.abc import Sequence
from math import nan

from bot.core.alerts import Way
from bot.core.course import Course, Stretch
from bot.core.formula import percent_above
from bot.core.market import Session
from bot.core.measures import InPoints
from bot.core.reading.conditions import Condition, Reading, Scope, Unreadable
from bot.core.reading.moves import read_move, write_move
from bot.core.reading.words import Words, percent

_WORDS = ("gap", "gaps", "gapping")
_EXAMPLE = "gap 3%"


class Gap(InPoints):
    """The first regular price against the last regular close before it, in percent: one value a day."""

    name = "gap"
    keywords = (*_WORDS, "open")
    starts_afresh = True

    def values(self, argument: str, course: Course) -> Sequence[float]:
        values = [nan] * len(course.points)
        for stretch in course.stretches:
            place = _opening(course, stretch)
            if place is not None and stretch.before:
                reference = stretch.before[-1].close
                values[place] = round(percent_above(course.points[place].price, reference), 6)
        return values

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        side = "above" if threshold > 0 else "below"
        return f"opened {abs(threshold):g} % or more {side} the previous close"

    def title(self, argument: str) -> str:
        return "gap at the open"

    def read(self, words: Words, scope: Scope) -> Reading:
        if not words.take_each("|".join(_WORDS)):
            return None
        words.take("at (?:the )?open")
        move = read_move(self.name, words, _EXAMPLE, may_be_bare=True)
        return move or Unreadable(f"How wide a gap? Please say it in percent, such as {_EXAMPLE}.")

    def write(self, condition: Condition, scope: Scope) -> str:
        if condition.way is Way.OUTSIDE:
            return f"gap {percent(abs(condition.threshold))}"
        return f"gap {write_move(condition)}"


def _opening(course: Course, stretch: Stretch) -> int | None:
    """The place of the day's first regular price; None where it was walked before, or is still to come."""
    if stretch.sofar is not None:
        return None
    places = range(stretch.start, stretch.stop)
    return next((place for place in places if course.points[place].session is Session.REGULAR), None)


GAP = Gap()
