"""What is written below a chart: which bar bears which date or hour, and which bars lie outside of the session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.core.clock import Place
from bot.core.market import Bar, Session

_HOURS = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
"""Minutes that may lie between two hours written."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A bar, by its place in the sequence, and the words below it."""

    place: int
    label: str


@dataclass(frozen=True, slots=True)
class Shade:
    """The bars from `first` up to, but not including, `end`, all outside of the regular session."""

    first: int
    end: int
    session: Session


def shades(bars: Sequence[Bar]) -> tuple[Shade, ...]:
    """The unbroken runs of bars before and after the regular session."""
    found, first = [], 0
    for session, run in groupby(bars, key=lambda bar: bar.session):
        end = first + len(list(run))
        if session is not Session.REGULAR:
            found.append(Shade(first, end, session))
        first = end
    return tuple(found)


def is_daily(bars: Sequence[Bar]) -> bool:
    """Whether a bar is a day or more: its hour then says nothing."""
    return bars[0].width_s >= 86_400


def ticks(bars: Sequence[Bar], place: Place, most: int) -> tuple[Tick, ...]:
    """At most so many hours, dates or months, whatever fits the span, in the exchange's time."""
    local = [place.local(bar.at) for bar in bars]
    if is_daily(bars):
        return _spaced(_dates(local, most), len(bars), most)
    days = _changes(local, lambda at: at.date())
    if len(days) == 1:
        return _spaced(_hours(local, most), len(bars), most)
    every = -(-len(days) // most)
    return _spaced([Tick(i, f"{local[i].day} {local[i]:%b}") for i in days[::every]], len(bars), most)


def _spaced(found: Sequence[Tick], bars: int, most: int) -> tuple[Tick, ...]:
    """Those that leave room for the words of the one before."""
    kept: list[Tick] = []
    for tick in found:
        if not kept or tick.place - kept[-1].place >= bars / (1.6 * most):
            kept.append(tick)
    return tuple(kept)


def _changes(local: Sequence[datetime], key: Callable[[datetime], object]) -> list[int]:
    """Where something begins: the first bar, and every one that differs from the bar before."""
    keys = [key(at) for at in local]
    return [i for i, value in enumerate(keys) if i == 0 or value != keys[i - 1]]


def _hours(local: Sequence[datetime], most: int) -> list[Tick]:
    found: list[Tick] = []
    for step in _HOURS:
        begun = _changes(local, lambda at, step=step: (at.hour * 60 + at.minute) // step)  # type: ignore[misc]
        found = [Tick(i, _hour(local[i], step)) for i in begun if i or local[0].minute % step == 0]
        if len(found) <= most:
            break
    return found or [Tick(0, f"{local[0]:%H:%M}")]


def _hour(at: datetime, step: int) -> str:
    minutes = (at.hour * 60 + at.minute) // step * step
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _dates(local: Sequence[datetime], most: int) -> list[Tick]:
    """Days, else weeks, months (each, two, three) or years; the first bar bears one only where nothing else does."""
    options = [(_changes(local, key), label) for key, label in _CALENDAR]
    begun, label = next((option for option in options if len(option[0]) - 1 <= most), options[-1])
    return [Tick(i, label(local[i])) for i in begun[1:] or begun]


def _day_label(at: datetime) -> str:
    return f"{at.day} {at:%b}"


def _month_label(at: datetime) -> str:
    """Jan is written as its year."""
    return str(at.year) if at.month == 1 else f"{at:%b}"


_CALENDAR: Sequence[tuple[Callable[[datetime], object], Callable[[datetime], str]]] = (
    (lambda at: at.date(), _day_label),
    (lambda at: at.isocalendar()[:2], _day_label),
    (lambda at: (at.year, at.month), _month_label),
    (lambda at: (at.year, (at.month - 1) // 2), _month_label),
    (lambda at: (at.year, (at.month - 1) // 3), _month_label),
    (lambda at: at.year, lambda at: str(at.year)),
)
