"""Wilder's relative strength index."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.core.course import Course
from bot.core.formula import Formula, by_the_day
from bot.core.market import Day


@dataclass(frozen=True, slots=True)
class RelativeStrength:
    """Wilder's RSI on daily closes with today's price as the last, from 0 to 100; the argument is its length in days.

    Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978): the first averages of
    gains and losses are simple, each later one keeps (length − 1) parts of the one before.
    """

    name: str = "rsi"
    in_money: bool = False
    starts_afresh: bool = False

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return by_the_day(course, lambda before: _formula(before, int(argument)))

    def band(self, threshold: float, rearm_pct: float) -> float:
        """In points of the index."""
        return rearm_pct

    def show(self, value: float) -> str:
        return f"{value:.1f}"

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"came to an RSI({argument}) of {threshold:g}"

    def title(self, argument: str) -> str:
        return f"RSI({argument})"


def _formula(before: Sequence[Day], length: int) -> Formula | None:
    """The index at a price that follows these days: everything but the last change stands."""
    if len(before) < length:
        return None
    closes = [one.close for one in before]
    changes = [later - earlier for earlier, later in pairwise(closes)]
    gains = _Average(length, [max(change, 0.0) for change in changes])
    losses = _Average(length, [max(-change, 0.0) for change in changes])
    latest = closes[-1]
    return lambda price: _index(gains.after(max(price - latest, 0.0)), losses.after(max(latest - price, 0.0)))


class _Average:
    """Wilder's average of the changes so far, and what one more makes of it."""

    def __init__(self, length: int, changes: Sequence[float]) -> None:
        self._length = length
        self._first_sum = sum(changes[:length])
        self._is_first = len(changes) < length
        self._value = self._first_sum / length
        for change in changes[length:]:
            self._value = self._smoothed(change)

    def after(self, change: float) -> float:
        return (self._first_sum + change) / self._length if self._is_first else self._smoothed(change)

    def _smoothed(self, change: float) -> float:
        return (self._value * (self._length - 1) + change) / self._length


def _index(gain: float, loss: float) -> float:
    """Without any loss 100, without any movement the middle."""
    return 100 - 100 / (1 + gain / loss) if loss else 100.0 if gain else 50.0


RSI = RelativeStrength()
