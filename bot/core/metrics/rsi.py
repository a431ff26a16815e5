"""Wilder's relative strength index."""

from collections.abc import Sequence
from itertools import pairwise

from bot.core.course import Course
from bot.core.formula import Formula, by_the_day
from bot.core.market import Day
from bot.core.measures import InPoints
from bot.core.reading.conditions import Condition, Reading, Scope, Unreadable, quoted
from bot.core.reading.lines import take_way, thresholds, write_thresholds
from bot.core.reading.words import Token, Words

USUAL, SHORTEST, LONGEST = 14, 2, 100
_EXAMPLE = "rsi14 below 30"


class RelativeStrength(InPoints):
    """Wilder's RSI on daily closes with today's price as the last, from 0 to 100; the argument is its length in days.

    Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978): the first averages of
    gains and losses are simple, each later one keeps (length − 1) parts of the one before.
    """

    name = "rsi"
    keywords = ("rsi",)

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return by_the_day(course, lambda before: _formula(before, int(argument)))

    def show(self, value: float) -> str:
        return f"{value:.1f}"

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"came {'up' if up else 'down'} to an RSI({argument}) of {threshold:g}"

    def title(self, argument: str) -> str:
        return f"RSI({argument})"

    def read(self, words: Words, scope: Scope) -> Reading:
        """RSI below 30; where two numbers follow and one line is meant, the first is the length."""
        found = words.take(r"rsi-?(\d+)|(\d+)d rsi|rsi (\d+)d")
        ends = 2 if words.has("between|inside|outside") else 1
        if found is None and len(words.numbers) + len(words.percents) > ends:
            found = words.take(r"rsi (\d+)")
        if found is None and not (found := words.take("rsi")):
            return None
        length = int(next(filter(None, found.groups()), USUAL))
        if not SHORTEST <= length <= LONGEST:
            return Unreadable(f"An RSI looks at {SHORTEST} to {LONGEST} days, such as {_EXAMPLE}.")
        way = take_way(words)
        if isinstance(way, Unreadable):
            return way
        numbers = [*words.numbers, *words.percents]
        words.strike(*numbers)
        if not numbers:
            return Unreadable(f"An RSI needs a number between 0 and 100, such as {_EXAMPLE}.")
        return thresholds(f"{self.name}:{length}", way, numbers, _index_of, "rsi14 outside 30 and 70")

    def write(self, condition: Condition, scope: Scope) -> str:
        return f"rsi{condition.metric.partition(':')[2]} {write_thresholds(condition)}"


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


def _index_of(token: Token) -> float | Unreadable:
    value = token.value or 0.0
    if not 0 < value < 100:
        return Unreadable(f"{quoted([token])} is not between 0 and 100; an RSI is, such as {_EXAMPLE}.")
    return value


RSI = RelativeStrength()
