"""What metrics of one unit have in common: how they are shown, how wide their bands are, what they need."""

from collections.abc import Sequence
from math import nan

from bot.core.course import Course
from bot.core.formula import money, percent_above, percentage, signed

UNMOVED = ("hold_s", "regular_only")
"""The fields of a policy that are about prices alone."""
EACH_TOLD = (*UNMOVED, "rearm_pct", "every_s", "daily")
"""Those that say nothing of what comes now and then and is told each time."""


class _Measure:
    """What holds for a metric that says nothing else."""

    starts_afresh = False
    is_standing = False
    has_line = True
    counts_up = False
    lacks = "value"
    refuses: tuple[str, ...] = ()

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0


class InMoney(_Measure):
    """An amount of the stock's currency: distances and bands are percent of the threshold."""

    in_money = True

    def band(self, threshold: float, rearm_pct: float) -> float:
        """`rearm_pct` percent of the threshold: 1 at 192 is 1.92."""
        return round(threshold * rearm_pct / 100, 6)

    def show(self, value: float) -> str:
        """Two decimals, and more only where the value has them: 192.00, 0.0123."""
        return money(value)

    def distance(self, value: float, threshold: float) -> float:
        return percent_above(threshold, value)

    def far(self, value: float, threshold: float) -> str:
        """+21.4 %."""
        return f"{signed(self.distance(value, threshold))} %"

    def again(self, rearm_pct: float) -> str:
        return f"tells again after a move of {round(rearm_pct, 4):g} %"


class InPoints(_Measure):
    """A percentage, or an index: distances and bands are points, 1 percent being one point."""

    in_money = False

    def band(self, threshold: float, rearm_pct: float) -> float:
        return rearm_pct

    def show(self, value: float) -> str:
        """With its sign: +5 %, −2.5 %, 0 %."""
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def far(self, value: float, threshold: float) -> str:
        """−3.5 points."""
        return f"{signed(self.distance(value, threshold))} points"

    def again(self, rearm_pct: float) -> str:
        unit = "point" if rearm_pct == 1 else "points"
        return f"tells again after a move of {round(rearm_pct, 4):g} {unit}"


class Unmoved:
    """What no price moves: all along a course it stands where its record says."""

    name: str
    is_standing = True

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return [course.record.standing.get(f"{self.name}:{argument}", nan)] * len(course.points)


class Counted(Unmoved, _Measure):
    """Whole things that come now and then, days or changes: half of one is its band, and there is no line to lie away.

    They are told each time they come, and no price moves them.
    """

    in_money = False
    has_line = False
    refuses = EACH_TOLD

    def band(self, threshold: float, rearm_pct: float) -> float:
        return 0.5
