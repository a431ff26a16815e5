"""The price itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.course import Course
from bot.core.formula import percent_above


@dataclass(frozen=True, slots=True)
class Price:
    """The stock's price, in its currency."""

    name: str = "price"
    in_money: bool = True
    starts_afresh: bool = False

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return [point.price for point in course.points]

    def band(self, threshold: float, rearm_pct: float) -> float:
        """`rearm_pct` percent of the threshold: 1 at 192 is 1.92."""
        return round(threshold * rearm_pct / 100, 6)

    def show(self, value: float) -> str:
        """Two decimals, and more only where the value has them: 192.00, 0.0123."""
        return money(value)

    def distance(self, value: float, threshold: float) -> float:
        return percent_above(threshold, value)

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"reached {money(threshold)}"

    def title(self, argument: str) -> str:
        return ""


def money(value: float) -> str:
    """A price as people read it: 1,234.50; a fraction of a cent keeps up to six digits."""
    text = f"{value:,.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


PRICE = Price()
