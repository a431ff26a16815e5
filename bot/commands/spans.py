"""The bars of a span of time: minutes for the latest days, days for months and years.

Owns which days a span means; never how they are shown. Dates are the exchange's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.commands.desk import Desk
from bot.core.chart import joined
from bot.core.clock import Place
from bot.core.market import Bar, Day, Session

SPANS = {"1d": "1 day", "5d": "5 days", "1m": "1 month", "6m": "6 months", "1y": "1 year", "ytd": "Year to date"}
"""What each is called, by what is typed."""

_EXCHANGE_DAYS = {"1d": 1, "5d": 5}
_MONTHS = {"1m": 1, "6m": 6, "1y": 12}
_DAY = timedelta(days=1)
_LONGEST_PAUSE = timedelta(days=14)  # no exchange stays closed for longer: a close lies within
_MOST_FILLED = timedelta(days=7)  # days that minutes may stand in for; they are many to read


@dataclass(frozen=True, slots=True)
class Span:
    """The bars, in order of time, and the last close before them with its date, where it is known."""

    bars: Sequence[Bar]
    before: tuple[float, date] | None


def by_minutes(name: str) -> bool:
    """Whether the span needs no stored days."""
    return name in _EXCHANGE_DAYS


def span_of(desk: Desk, symbol: str, name: str, now: int) -> Span:
    """The span, one of SPANS: 1d and 5d end with the latest day that has bars, the others with today."""
    if by_minutes(name):
        return _minutes(desk, symbol, _EXCHANGE_DAYS[name])
    today = desk.place(symbol).local(now).date()
    since = first_day(name, today)
    before = desk.store.history.days(symbol, since - _LONGEST_PAUSE, since)
    return Span(_daily(desk, symbol, since, today), (before[-1].close, before[-1].day) if before else None)


def first_day(name: str, today: date) -> date:
    """The first day of months or years that end today: the day after this date so long ago, or New Year."""
    if name == "ytd":
        return today.replace(month=1, day=1)
    years, month = divmod(today.month - 1 - _MONTHS[name], 12)
    first = date(today.year + years, month + 1, 1)
    length = (first + timedelta(days=31)).replace(day=1) - first
    return first + min(timedelta(days=today.day), length)


def midnight(place: Place, day: date) -> int:
    """When the date begins there, in epoch seconds UTC."""
    return int(datetime.combine(day, time(), ZoneInfo(place.zone)).timestamp())


def _minutes(desk: Desk, symbol: str, days: int) -> Span:
    """All sessions of so many exchange days, the last of which is the latest that has bars."""
    last = desk.store.history.last_bar(symbol)
    if last is None:
        return Span((), None)
    place = desk.place(symbol)
    first = place.local(last.at).date()
    for _ in range(days - 1):
        first = _exchange_day_before(desk, symbol, first)
    bars = desk.store.history.bars(symbol, midnight(place, first), last.at + 1)
    return Span(bars, _close_before(desk, symbol, first))


def _exchange_day_before(desk: Desk, symbol: str, day: date) -> date:
    """Where nothing ever closes, the day before."""
    place = desk.place(symbol)
    close = desk.hours[symbol].last_close(midnight(place, day))
    return day - _DAY if close is None else place.local(close).date()


def _close_before(desk: Desk, symbol: str, first: date) -> tuple[float, date] | None:
    """The close of the exchange day before: as stored, or the last minute of its last hour."""
    before = _exchange_day_before(desk, symbol, first)
    if days := desk.store.history.days(symbol, before, before + _DAY):
        return days[-1].close, before
    morning = midnight(desk.place(symbol), first)
    end = desk.hours[symbol].last_close(morning) or morning
    bars = [bar for bar in desk.store.history.bars(symbol, end - 3600, end) if bar.session is Session.REGULAR]
    return (bars[-1].close, before) if bars else None


def _daily(desk: Desk, symbol: str, since: date, today: date) -> list[Bar]:
    """The stored days, and those after them of which only minutes are stored; today as far as it has come."""
    place, history = desk.place(symbol), desk.store.history
    stored = {day.day: day for day in history.days(symbol, since, today + _DAY)}
    earliest = max(since, today - _MOST_FILLED, max(stored, default=since))
    bars = history.bars(symbol, midnight(place, earliest), midnight(place, today + _DAY))
    recorded = {day.day: day for day in _by_day(place, bars)}
    unfinished = {day: recorded[day] for day in recorded if day == today or day not in stored}
    return [_as_bar(place, day) for _, day in sorted((stored | unfinished).items())]


def _by_day(place: Place, bars: Iterable[Bar]) -> list[Day]:
    """The regular sessions of minute bars."""
    regular = (bar for bar in bars if bar.session is Session.REGULAR)
    groups = groupby(regular, key=lambda bar: place.local(bar.at).date())
    return [_as_day(day, joined(list(group))) for day, group in groups]


def _as_day(day: date, bar: Bar) -> Day:
    return Day(day, bar.open, bar.high, bar.low, bar.close, bar.volume)


def _as_bar(place: Place, day: Day) -> Bar:
    at = midnight(place, day.day)
    return Bar(at, day.open, day.high, day.low, day.close, day.volume, Session.REGULAR, 86_400)
