"""The course of a price: its walk through new bars, cut into exchange days, with what was known before.

Every metric takes its values from a course; live polls, catch-up and back-tests build theirs here alike.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import inf

from bot.core.days import by_day, day_of
from bot.core.market import Bar, Day, Point, Session, walk

LONGEST_PAUSE = timedelta(days=15)
"""No exchange rests longer; a record with such a hole before a day says nothing of that day."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a stock when its walk begins.

    `days` are its past exchange days in order; the last may be the day of the walk, so far. `given`
    are days of the walk as the source gave them once they were over: each counts from the day after.
    `closes` are (end, close) of the bars before the walk, as far back as windows reach; `levels`
    the price of each firm's present level, `standing` by its key the value of each metric that prices do not
    move. Bars that end by `settled_at` are complete, regular
    sessions that end by `closed_at` are over (epoch seconds UTC).
    """

    zone: str
    days: Sequence[Day] = ()
    given: Sequence[Day] = ()
    closes: Sequence[tuple[int, float]] = ()
    levels: Mapping[str, float] = field(default_factory=dict)
    settled_at: float = inf
    closed_at: float = inf
    standing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One exchange day of a course: its points from `start` up to `stop`, and the days before it.

    `sofar` is what was known of this very day before its first point here; `fresh` where that point
    is the day's first.
    """

    day: date
    before: Sequence[Day]
    start: int
    stop: int
    fresh: bool
    sofar: Day | None


@dataclass(frozen=True, slots=True)
class Course:
    """The points of a walk and the days they lie in; `record` is what was known before."""

    symbol: str
    points: Sequence[Point]
    stretches: Sequence[Stretch]
    record: Record


def course(symbol: str, bars: Sequence[Bar], seen: Bar | None, record: Record) -> Course:
    """The course through bars in order of time; `seen` is the last bar walked before, see `walk`."""
    points: list[Point] = []
    stretches: list[Stretch] = []
    past: Sequence[Day] = record.days
    last_day = day_of(seen, record.zone) if seen is not None else None
    for day, of_day in by_day(bars, record.zone):
        before, sofar = _known(_brought_up(past, record.given, day), day)
        start = len(points)
        points.extend(walk(of_day, seen))
        if len(points) > start:
            stretches.append(Stretch(day, before, start, len(points), day != last_day, sofar))
        folded = _fold(day, of_day, sofar)
        past = [*before, *([folded] if folded else [])]
    return Course(symbol, points, stretches, record)


def _brought_up(past: Sequence[Day], given: Sequence[Day], day: date) -> Sequence[Day]:
    """The days so far, the last as the source gave it in the end, with those in which nothing was walked."""
    first = bisect_left(given, past[-1].day, key=_date) if past else 0
    newer = given[first : bisect_left(given, day, key=_date)]
    if not newer:
        return past
    kept = past[:-1] if past and past[-1].day == newer[0].day else past
    return [*kept, *newer]


def _date(day: Day) -> date:
    return day.day


def _fold(day: date, bars: Iterable[Bar], sofar: Day | None = None) -> Day | None:
    """The regular session as far as these bars show it, continuing `sofar`; None where nothing of it is known."""
    regular = [bar for bar in bars if bar.session is Session.REGULAR]
    if not regular:
        return sofar
    if sofar is None:
        sofar = Day(day, regular[0].open, regular[0].high, regular[0].low, regular[0].close, regular[0].volume)
    high, low = max([bar.high for bar in regular]), min([bar.low for bar in regular])
    return replace(sofar, high=max(sofar.high, high), low=min(sofar.low, low), close=regular[-1].close)


def _known(past: Sequence[Day], day: date) -> tuple[Sequence[Day], Day | None]:
    """The days before this one, and what is known of itself; nothing where the last of them is too long ago."""
    count = len(past)
    while count and past[count - 1].day >= day:
        count -= 1
    sofar = past[count] if count < len(past) and past[count].day == day else None
    has_hole = count > 0 and day - past[count - 1].day > LONGEST_PAUSE
    return () if has_hole else past[:count], sofar
