"""What a figure is: two measurements taken in turns, their ratio, and what the ratio should be."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

Cost = Callable[[], float]
"""Does the thing once and gives what it cost, in seconds or bytes."""

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """`dividend` ÷ `divisor` of every pair; `at_most` and `at_least` are the aim, where there is one.

    `pairs` hold what the two cost, in `unit`: seconds, bytes, or whatever is counted.
    """

    name: str
    dividend: str
    divisor: str
    pairs: Pairs
    at_most: float | None = None
    at_least: float | None = None
    unit: str = "s"

    @property
    def ratios(self) -> list[float]:
        return [dividend / divisor for dividend, divisor in self.pairs]

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        """Whether the median is where it should be: met, missed, or nothing without an aim."""
        if self.at_most is None and self.at_least is None:
            return ""
        missed = (self.at_most is not None and self.ratio > self.at_most) or (
            self.at_least is not None and self.ratio < self.at_least
        )
        return "missed" if missed else "met"

    @property
    def aim(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else "–"

    @property
    def medians(self) -> tuple[float, float]:
        """What the dividend and the divisor cost, each by itself."""
        dividends, divisors = zip(*self.pairs, strict=True)
        return median(dividends), median(divisors)


def alternate(dividend: Cost, divisor: Cost, pairs: int, turns: int = 1) -> Pairs:
    """Measure both in turns after one turn that does not count; each of a pair is the median of `turns`."""
    dividend(), divisor()
    measured = [[(dividend(), divisor()) for _ in range(turns)] for _ in range(pairs)]
    return [(median(one for one, _ in block), median(other for _, other in block)) for block in measured]


def timed(work: Callable[[], object]) -> Cost:
    """The work as a cost in seconds of wall time, the garbage collector kept out of it."""

    def cost() -> float:
        gc.disable()
        begun = time.perf_counter()
        work()
        ended = time.perf_counter()
        gc.enable()
        return ended - begun

    return cost
