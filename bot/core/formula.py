"""What metrics share that follow from the price and the days before: the same formula all day long."""

from collections.abc import Callable, Sequence
from math import nan

from bot.core.course import Course
from bot.core.market import Day

Formula = Callable[[float], float]
"""A metric's value at a price."""


def by_the_day(course: Course, formula_of: Callable[[Sequence[Day]], Formula | None]) -> list[float]:
    """The values along a course whose formula follows from the days before each of its days.

    `formula_of` gets the days before, in order, and gives None where they are too few.
    """
    values: list[float] = []
    for stretch in course.stretches:
        formula = formula_of(stretch.before)
        points = course.points[stretch.start : stretch.stop]
        values += [nan] * len(points) if formula is None else [round(formula(point.price), 6) for point in points]
    return values


def percent_above(price: float, reference: float) -> float:
    """How far a price lies above another, in percent of that other."""
    return (price / reference - 1) * 100


def percent(value: float) -> str:
    """A signed share with one decimal: +21.4 %, −4.2 %; what rounds to nothing has no sign."""
    return f"{signed(value)} %"


def signed(value: float) -> str:
    """A signed number with one decimal and a true minus; what rounds to nothing has no sign."""
    rounded = round(value, 1)
    return f"{rounded:+,.1f}".replace("-", "−") if rounded else "0.0"


def moved(threshold: float) -> str:
    """is up 5 %, is down 3 %: a change as it is said of a stock."""
    return f"is {'up' if threshold > 0 else 'down'} {abs(threshold):g} %"


def money(value: float) -> str:
    """A price as people read it: 1,234.50; a fraction of a cent keeps up to six digits."""
    text = f"{value:,.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def percentage(value: float) -> str:
    """A metric in percent as people read it, with its sign: +5 %, −2.5 %, 0 %."""
    return f"{round(value, 2):+,.10g} %".replace("-", "−") if round(value, 2) else "0 %"
