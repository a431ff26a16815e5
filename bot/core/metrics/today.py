"""The change since the previous close, in percent, begun anew every exchange day."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.course import Course
from bot.core.formula import by_the_day, moved, percentage
from bot.core.metrics.change import since_close


@dataclass(frozen=True, slots=True)
class Today:
    """The change in percent since the last regular close before the exchange day, pre- and post-market included."""

    name: str = "today"
    in_money: bool = False
    starts_afresh: bool = True

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return by_the_day(course, lambda before: since_close(before, 1))

    def band(self, threshold: float, rearm_pct: float) -> float:
        """In points: 1 percent is one point."""
        return rearm_pct

    def show(self, value: float) -> str:
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"{moved(threshold)} since the previous close"

    def title(self, argument: str) -> str:
        return "change since the previous close"


TODAY = Today()
