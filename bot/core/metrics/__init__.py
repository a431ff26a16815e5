"""The numbers an alert can watch: one file each, listed here, found by their name.

A metric turns what is known of a stock into the path its number took. Everything else (the
crossing rule, the index of thresholds, the wording) works on any metric alike.
"""

from collections.abc import Sequence
from typing import Protocol

from bot.core.market import Path, Point
from bot.core.metrics import price


class Metric(Protocol):
    """A number that moves."""

    @property
    def name(self) -> str:
        """As stored and as typed."""

    def path(self, symbol: str, prices: Sequence[Point]) -> Path:
        """The metric's way along the points of a price walk."""

    def band(self, threshold: float, rearm: float) -> float:
        """How far the metric must leave the threshold to be armed again, in its own unit."""

    def show(self, value: float) -> str:
        """The value as people read it."""


METRICS: tuple[Metric, ...] = (price.PRICE,)
BY_NAME = {metric.name: metric for metric in METRICS}


def paths(symbol: str, prices: Sequence[Point]) -> tuple[Path, ...]:
    """The path of every metric along the points of a price walk; none where the price did not move."""
    return tuple(metric.path(symbol, prices) for metric in METRICS) if prices else ()
