"""The change of the price over a window or since the turn of the year, in percent."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from math import nan

from bot.core.course import Course
from bot.core.formula import Formula, by_the_day, moved, percent_above
from bot.core.market import Day
from bot.core.measures import InPoints
from bot.core.reading.conditions import Condition, Reading, Scope, Unreadable, quoted
from bot.core.reading.moves import MOVE_WORDS, read_move, write_move
from bot.core.reading.words import SPAN, Token, Words

YEAR = "ytd"
LONGEST_S = 24 * 3600
"""A window in minutes or hours is at most a day; longer ones count exchange days."""

_WINDOW = re.compile(r"(\d{1,4})([mhd])")
_SECONDS = {"m": 60, "h": 3600}
MOST_DAYS = 250
_EXCHANGE_DAYS = {"d": 1, "w": 5, "mo": 21, "y": 250}
_NEW_YEAR = r"(?:new year|start of (?:the|this) year|january)(?:'s)?(?: day)?"
_YEAR = rf"ytd|year to date|this year|(?:since|from) (?:the )?{_NEW_YEAR}"
_IN = r"(?:in|within|over|during|inside|per)(?: (?:the )?(?:last|past))?"


class Change(InPoints):
    """The change in percent of the reference.

    Arguments: "ytd" (since the last close of the year before), "90m" or "4h" (since the last price
    so long ago), "5d" (since the close so many exchange days ago).
    """

    name = "change"
    keywords = (
        "ytd", "year", "date", "this", "since", "from", "new", "year's", "start", "january", "january's",
        "in", "within", "over", "during", "inside", "per", "last", "past",
    )  # fmt: skip

    def reach_s(self, argument: str) -> int:
        return 0 if argument == YEAR else _seconds(argument)

    def values(self, argument: str, course: Course) -> Sequence[float]:
        if argument == YEAR:
            return _since_new_year(course)
        count, unit = window(argument)
        if unit == "d":
            return by_the_day(course, lambda before: since_close(before, count))
        return list(_over(course, _seconds(argument)))

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"{moved(threshold)} {'this year' if argument == YEAR else f'in {argument}'}"

    def title(self, argument: str) -> str:
        return "change since New Year" if argument == YEAR else f"change in {argument}"

    def read(self, words: Words, scope: Scope) -> Reading:
        """A move in a window: minutes and hours by the clock, days and longer by exchange days."""
        if words.take(_YEAR):
            move = read_move(f"{self.name}:{YEAR}", words, "up 90% ytd", may_be_bare=True)
            return move or Unreadable("How far since New Year? Please say it in percent, such as up 90% ytd.")
        if not words.spans or not (words.percents or words.has("|".join(MOVE_WORDS))):
            return None
        if len(words.spans) > 1:
            return Unreadable("A move has one window, such as up 10% in 5d.")
        span = words.spans[0]
        argument = _window(span)
        if isinstance(argument, Unreadable):
            return argument
        words.take(rf"(?:{_IN} )?{SPAN}")
        return read_move(f"{self.name}:{argument}", words, f"up 2% in {argument}", may_be_bare=True)

    def write(self, condition: Condition, scope: Scope) -> str:
        argument = condition.metric.partition(":")[2]
        return f"{write_move(condition)} {argument if argument == YEAR else f'in {argument}'}"


def _window(span: Token) -> str | Unreadable:
    """The window as an argument: 90 minutes are 90m, 120 are 2h, two weeks 10d."""
    value = span.value or 0.0
    if span.unit in _SECONDS:
        minutes = value * _SECONDS[span.unit] / 60
        if minutes != int(minutes) or not 0 < minutes * 60 <= LONGEST_S:
            return Unreadable(f"{quoted([span])} is no window: minutes and hours go up to 24h, such as up 2% in 90m.")
        return f"{int(minutes) // 60}h" if minutes % 60 == 0 else f"{int(minutes)}m"
    days = value * _EXCHANGE_DAYS[span.unit]
    if days != int(days) or not 0 < days <= MOST_DAYS:
        return Unreadable(f"{quoted([span])} is no window: exchange days go up to {MOST_DAYS}d, such as up 10% in 5d.")
    return f"{int(days)}d"


def window(argument: str) -> tuple[int, str]:
    """("4h") is (4, "h"); days are exchange days. Raises ValueError for anything else."""
    found = _WINDOW.fullmatch(argument)
    if found is None:
        raise ValueError(f"{argument!r} is no window such as 90m, 4h or 5d")
    return int(found[1]), found[2]


def _seconds(argument: str) -> int:
    """The length of a window of minutes or hours; 0 for one of exchange days."""
    count, unit = window(argument)
    return count * _SECONDS.get(unit, 0)


def since_close(before: Sequence[Day], count: int) -> Formula | None:
    """The change since the close `count` exchange days before."""
    return _from(before[-count].close) if 0 < count <= len(before) else None


def _since_new_year(course: Course) -> list[float]:
    values: list[float] = []
    for stretch in course.stretches:
        formula = _of_year(stretch.before, stretch.day)
        points = course.points[stretch.start : stretch.stop]
        values += [nan if formula is None else formula(point.price) for point in points]
    return values


def _of_year(before: Sequence[Day], day: date) -> Formula | None:
    last_year = next((one for one in reversed(before) if one.day.year < day.year), None)
    # A record that ends in an earlier summer knows nothing of the turn of the year.
    if last_year is None or (day.year, 12) != (last_year.day.year + 1, last_year.day.month):
        return None
    return _from(last_year.close)


def _from(reference: float) -> Formula:
    return lambda price: round(percent_above(price, reference), 6)


def _over(course: Course, window_s: int) -> Iterator[float]:
    """Against the last price that was known a window ago; it is the close of a bar that had ended by then."""
    closes = [*course.record.closes, *((point.since, point.price) for point in course.points if point.since > point.at)]
    place, reference = 0, nan
    for point in course.points:
        then = point.since - window_s
        while place < len(closes) and closes[place][0] <= then:
            reference = closes[place][1]
            place += 1
        yield round(percent_above(point.price, reference), 6)


CHANGE = Change()
