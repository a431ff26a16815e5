"""The 52-week range: how far the price lies from its highest or lowest price of the last 52 weeks, in percent."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import nan

from bot.core.alerts import Way
from bot.core.course import Course, Stretch
from bot.core.formula import percent_above
from bot.core.market import Session
from bot.core.measures import InPoints
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable, quoted
from bot.core.reading.lines import take_way
from bot.core.reading.words import Token, Words, percent

HIGH = "high"
BEYOND = 0.000001
"""The threshold of a new high, in percent: above the old one, not at it; of a new low the negative."""

_EXTREME = r"(high|low)s?"
_YEAR = r"(?:52w|1y|yearly|annual|year)"
_OF_YEAR = rf"new {_YEAR} {_EXTREME}|{_YEAR} {_EXTREME}|new {_EXTREME}"
_OF_ALL_TIME = rf"(?:new )?all(?:-| )time[- ]{_EXTREME}|ath"
_EXAMPLE = "within 3% of 52w high"
_WEEKS_52 = timedelta(weeks=52)


class Range52(InPoints):
    """The price against the extreme of the regular sessions of 52 weeks up to that very moment, in percent.

    Arguments: "high" or "low". Above 0 a new high has just been made; the next value counts from there.
    """

    name = "range52"
    keywords = (
        "new", "high", "low", "highs", "lows", "yearly", "annual", "year", "within", "off",
        "all", "all-time", "time", "ath",
    )  # fmt: skip

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return [value for stretch in course.stretches for value in _of_day(course, stretch, argument)]

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        if abs(threshold) == BEYOND:
            return f"made a new 52-week {argument}"
        inside = up == (argument == HIGH)
        return f"{'came within' if inside else 'went beyond'} {abs(threshold):g} % of its 52-week {argument}"

    def title(self, argument: str) -> str:
        return f"distance from the 52-week {argument}"

    def read(self, words: Words, scope: Scope) -> Reading:
        """A new extreme, or a distance from the present one."""
        if found := words.take(_OF_ALL_TIME):
            made = _read(words, found[1] or HIGH)
            return Meant(found[0], f"52w {found[1] or HIGH}", made) if isinstance(made, Condition) else made
        found = words.take(_OF_YEAR)
        return None if found is None else _read(words, next(filter(None, found.groups())))

    def write(self, condition: Condition, scope: Scope) -> str:
        extreme = condition.metric.partition(":")[2]
        if abs(condition.threshold) == BEYOND and (condition.threshold > 0) == (extreme == HIGH):
            return f"new 52w {extreme}"
        is_near = (condition.way is Way.ABOVE) == (extreme == HIGH)
        side = "below" if extreme == HIGH else "above"
        distance = percent(abs(condition.threshold))
        return f"within {distance} of 52w {extreme}" if is_near else f"{distance} {side} 52w {extreme}"


def _read(words: Words, extreme: str) -> Condition | Unreadable:
    """`within 3% of`, `3% below` the high and `3% above` the low are distances; all else asks for a new one."""
    within = words.take("within|near")
    off = words.take("off|from")
    way = take_way(words)
    if isinstance(way, Unreadable):
        return way
    shares = words.percents
    words.strike(*shares)
    sign = 1 if extreme == HIGH else -1
    outward, inward = (Way.ABOVE, Way.BELOW) if extreme == HIGH else (Way.BELOW, Way.ABOVE)
    key = f"range52:{extreme}"
    if not shares and not within and not off and way in (None, Way.CROSSES, outward):
        return Condition(key, outward, sign * BEYOND)
    if len(shares) != 1 or (way not in (None, inward) and not within):
        return Unreadable(
            f"Please say new 52w {extreme}, within 3% of 52w {extreme}, or 10% {inward.value} 52w {extreme}."
        )
    if way is None and not within and not off:
        return Unreadable(f"{quoted(shares)} on which side? Please say within 3% of 52w {extreme}.")
    return _distant(key, outward if within else inward, shares[0], sign)


def _distant(key: str, way: Way, share: Token, sign: int) -> Condition | Unreadable:
    size = share.value or 0.0
    if not 0 < size < 100 or share.is_signed:
        return Unreadable(f"{quoted([share])} is no distance; say one above 0 and below 100, such as {_EXAMPLE}.")
    return Condition(key, way, -sign * size)


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
