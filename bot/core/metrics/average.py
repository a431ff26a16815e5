"""Moving averages: the price, or a shorter average, against a longer one, in percent."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.course import Course
from bot.core.formula import Formula, by_the_day, percent_above, percentage
from bot.core.market import Day


@dataclass(frozen=True, slots=True)
class Average:
    """A shorter simple moving average ÷ a longer one − 1, in percent, on daily closes, today's price the last.

    The argument is "50/200"; "1/200" is the price itself against its 200-day average.
    """

    name: str = "average"
    in_money: bool = False
    starts_afresh: bool = False

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        shorter, longer = lengths(argument)
        return by_the_day(course, lambda before: _formula(before, shorter, longer))

    def band(self, threshold: float, rearm_pct: float) -> float:
        """In points: 1 percent is one point."""
        return rearm_pct

    def show(self, value: float) -> str:
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        shorter, longer = lengths(argument)
        if shorter == 1:
            return f"{'rose above' if up else 'fell below'} its {longer}-day average"
        return f"saw its {shorter}-day average cross {'above' if up else 'below'} its {longer}-day average"

    def title(self, argument: str) -> str:
        shorter, longer = lengths(argument)
        return f"{'price' if shorter == 1 else f'MA{shorter}'} against MA{longer}"


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


AVERAGE = Average()
