"""The upside: how far an analyst level lies above the price, in percent of the price."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from bot.core.course import Course
from bot.core.formula import percentage
from bot.core.levels import upside_pct


@dataclass(frozen=True, slots=True)
class Upside:
    """Level ÷ price − 1, in percent; the argument is the firm. It moves when either does."""

    name: str = "upside"
    in_money: bool = False
    starts_afresh: bool = False

    def follows(self, argument: str) -> str | None:
        return argument

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        target = course.record.levels.get(argument)
        if target is None:
            return [nan] * len(course.points)
        return [round(upside_pct(point.price, target), 6) for point in course.points]

    def band(self, threshold: float, rearm_pct: float) -> float:
        """In points: 1 percent is one point."""
        return rearm_pct

    def show(self, value: float) -> str:
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"has {'gained' if up else 'lost'} upside to {argument}: {percentage(threshold)}"

    def title(self, argument: str) -> str:
        return f"upside to {argument}"


UPSIDE = Upside()
