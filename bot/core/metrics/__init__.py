"""The numbers an alert can watch: one file each, listed here, found by their name.

A metric turns the course of a price into the values its number took. Everything else (the
crossing rule, the index of thresholds, back-tests, the wording) works on any metric alike. An
alert stores the key: the metric's name and, where it needs one, its argument: "rsi:14".
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.core.course import Course
from bot.core.market import Path
from bot.core.metrics import average, change, close, consensus, gap, news, price, range52, rsi, today, until, upside
from bot.core.reading.conditions import Condition, Reading, Scope
from bot.core.reading.words import Words


class Metric(Protocol):
    """A number that moves."""

    @property
    def name(self) -> str:
        """The first part of the key."""

    @property
    def keywords(self) -> tuple[str, ...]:
        """The words it reads, folded; a misspelt word is taken for one of them."""

    @property
    def in_money(self) -> bool:
        """Whether it is an amount of the stock's currency, which a stored level can be the threshold of."""

    @property
    def starts_afresh(self) -> bool:
        """Whether it begins every exchange day at 0, untold (rule 8)."""

    @property
    def is_standing(self) -> bool:
        """Whether prices do not move it: what does is judged where that happens, never by a poll."""

    @property
    def has_line(self) -> bool:
        """Whether its line lies somewhere that can be told apart from where it stands."""

    @property
    def counts_up(self) -> bool:
        """Whether people read how far it has come rather than how far it has to go."""

    @property
    def lacks(self) -> str:
        """What is not known where it has no value: a value, a date."""

    @property
    def refuses(self) -> tuple[str, ...]:
        """The fields of a policy that mean nothing to it."""

    def follows(self, argument: str) -> str | None:
        """The firm whose level is part of it, or None."""

    def reach_s(self, argument: str) -> int:
        """How many seconds of closes before the walk it needs; days and levels it has anyway."""

    def values(self, argument: str, course: Course) -> Sequence[float]:
        """One value for each point of the course, rounded to 1e-6; NaN where there is none."""

    def band(self, threshold: float, rearm_pct: float) -> float:
        """How far the metric must leave the threshold to be armed again, in its own unit."""

    def show(self, value: float) -> str:
        """The value as people read it."""

    def distance(self, value: float, threshold: float) -> float:
        """How far the threshold lies from the value: in percent of a price, in points, in days; infinite if unknown."""

    def far(self, value: float, threshold: float) -> str:
        """The same as people read it: +21.4 %, −3.5 points, 12 days to go."""

    def again(self, rearm_pct: float) -> str:
        """When an alert on it tells once more: "tells again after a move of 1 %"."""

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        """What is said of the stock when it comes to a threshold: "is up 5 % since the previous close"."""

    def title(self, argument: str) -> str:
        """What it is called: "upside to consensus"."""

    def read(self, words: Words, scope: Scope) -> Reading:
        """The condition these words describe, struck out of them.

        None where they are about something else; Unreadable, saying what to type, where they are
        about this metric and something is missing or wrong. What is left unread means nothing.
        """

    def write(self, condition: Condition, scope: Scope) -> str:
        """The normal form of a condition on this metric; `read` makes the same condition of it."""


# In this order they are asked what a text means: the price takes what no other metric claims.
METRICS: tuple[Metric, ...] = (
    close.CLOSE, upside.UPSIDE, consensus.CONSENSUS, news.NEWS, until.UNTIL, range52.RANGE, average.AVERAGE, rsi.RSI,
    gap.GAP, change.CHANGE, today.TODAY, price.PRICE,
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


def of_key(key: str) -> tuple[Metric, str]:
    """The metric and its argument: "rsi:14" is (RSI, "14"). Raises KeyError for no metric's name."""
    name, _, argument = key.partition(":")
    return BY_NAME[name], argument


def follows(key: str) -> str | None:
    """The firm whose level is part of this metric, or None."""
    metric, argument = of_key(key)
    return metric.follows(argument)


def is_standing(key: str) -> bool:
    """Whether prices do not move this metric."""
    return of_key(key)[0].is_standing


def moved_by_prices(keys: Iterable[str]) -> list[str]:
    """Those of the metrics that a poll has to judge."""
    return [key for key in keys if not is_standing(key)]


def reach_s(key: str) -> int:
    """How many seconds of closes before a walk this metric needs."""
    metric, argument = of_key(key)
    return metric.reach_s(argument)


def distance(key: str, value: float, threshold: float) -> str:
    """How far the threshold lies from the value, as people read it: +21.4 %, −3.5 points, 12 days to go."""
    return of_key(key)[0].far(value, threshold)


def path(course: Course, key: str) -> Path | None:
    """The way of the metric along the course; None where it has no value there and does not start anew."""
    metric, argument = of_key(key)
    values = metric.values(argument, course)
    fresh = tuple(one.start for one in course.stretches if one.fresh) if metric.starts_afresh else ()
    if not fresh and all(value != value for value in values):
        return None
    return Path(course.symbol, key, course.points, values, fresh, course.record.settled_at)


def paths(course: Course, keys: Iterable[str]) -> tuple[Path, ...]:
    """The path of each of these metrics, where it has one."""
    found = (path(course, key) for key in keys)
    return tuple(one for one in found if one is not None)
