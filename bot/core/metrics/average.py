"""Moving averages: the price, or a shorter average, against a longer one, in percent."""

from collections.abc import Sequence

from bot.core.alerts import Way
from bot.core.course import Course
from bot.core.formula import Formula, by_the_day, percent_above
from bot.core.market import Day
from bot.core.measures import InPoints
from bot.core.reading.conditions import Condition, Reading, Scope, Unreadable
from bot.core.reading.lines import take_way
from bot.core.reading.words import Words

SHORTEST, LONGEST = 2, 250
PRICE = 1
"""The price is its own average over one day."""

_EXAMPLE = "above ma200"
_KIND = r"(?:moving average|average|sma|dma|ma)"
_AVERAGE = rf"{_KIND} of (\d+)d|{_KIND}-?(\d+)|{_KIND} (\d+)|(\d+)[- ]?{_KIND}|(\d+)d (?:simple )?(?:{_KIND}|line)"
_OTHER = r"e?wma-?\d*|ema-?\d*|\d*-?ema|\d+w (?:moving average|average|ma|sma)|exponential"
_TURNED = {Way.ABOVE: Way.BELOW, Way.BELOW: Way.ABOVE, Way.CROSSES: Way.CROSSES}


class Average(InPoints):
    """A shorter simple moving average ÷ a longer one − 1, in percent, on daily closes, today's price the last.

    The argument is "50/200"; "1/200" is the price itself against its 200-day average.
    """

    name = "average"
    keywords = (
        "ma", "sma", "dma", "average", "moving", "simple", "line", "golden", "death", "cross",
        "ema", "wma", "ewma", "exponential",
    )  # fmt: skip

    def values(self, argument: str, course: Course) -> Sequence[float]:
        shorter, longer = lengths(argument)
        return by_the_day(course, lambda before: _formula(before, shorter, longer))

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        shorter, longer = lengths(argument)
        if shorter == PRICE:
            return f"{'rose above' if up else 'fell below'} its {longer}-day average"
        return f"saw its {shorter}-day average cross {'above' if up else 'below'} its {longer}-day average"

    def title(self, argument: str) -> str:
        shorter, longer = lengths(argument)
        return f"{'price' if shorter == 1 else f'MA{shorter}'} against MA{longer}"

    def read(self, words: Words, scope: Scope) -> Reading:
        """The price against an average, or one average against another, in the order in which they are said."""
        if found := words.take("(golden|death) cross"):
            return Condition("average:50/200", Way.ABOVE if found[1] == "golden" else Way.BELOW, 0.0)
        if words.take(_OTHER):
            return Unreadable(f"Averages are simple ones of daily closes, such as {_EXAMPLE}.")
        is_last = words.has(rf"(?:{_AVERAGE}) (?:\S+ ){{1,2}}(?:the )?price")
        found_each = words.take_each(_AVERAGE)
        if not found_each:
            return _without_length(words)
        way = take_way(words)
        if isinstance(way, Unreadable):
            return way
        days = [int(next(filter(None, found.groups()))) for found in found_each]
        if len(days) > 2:
            return Unreadable(f"One alert compares two averages at most, such as {_EXAMPLE} or ma50 crosses ma200.")
        if any(not SHORTEST <= one <= LONGEST for one in days):
            return Unreadable(f"An average is over {SHORTEST} to {LONGEST} days, such as {_EXAMPLE}.")
        if len(days) == 1:
            days.insert(1 if is_last else 0, PRICE)
        return _compared(days[0], days[1], way or Way.CROSSES, words)

    def write(self, condition: Condition, scope: Scope) -> str:
        shorter, longer = lengths(condition.metric.partition(":")[2])
        return f"{'' if shorter == 1 else f'ma{shorter} '}{condition.way.value} ma{longer}"


def lengths(argument: str) -> tuple[int, int]:
    """The days of the shorter and the longer average: "50/200" is (50, 200)."""
    shorter, longer = argument.split("/")
    return int(shorter), int(longer)


def _formula(before: Sequence[Day], shorter: int, longer: int) -> Formula | None:
    """The sums of all but today's price are the same all day long."""
    if len(before) < longer - 1:
        return None
    short_sum, long_sum = _sum_of_last(before, shorter - 1), _sum_of_last(before, longer - 1)
    return lambda price: percent_above((short_sum + price) / shorter, (long_sum + price) / longer)


def _sum_of_last(days: Sequence[Day], count: int) -> float:
    return sum(one.close for one in days[len(days) - count :])


def _without_length(words: Words) -> Reading:
    return Unreadable(f"An average needs its length in days, such as {_EXAMPLE}.") if words.has(_KIND) else None


def _compared(first: int, second: int, way: Way, words: Words) -> Reading:
    """The first against the second; the key names the shorter first, and the way is turned round for it."""
    if first == second:
        return Unreadable("Two averages of different lengths can be compared, such as ma50 crosses ma200.")
    if way not in _TURNED or words.percents or words.numbers:
        return Unreadable(f"An average is a line of its own: say {_EXAMPLE}, below ma200 or crosses ma200.")
    shorter, longer = sorted((first, second))
    return Condition(f"average:{shorter}/{longer}", way if first == shorter else _TURNED[way], 0.0)


AVERAGE = Average()
