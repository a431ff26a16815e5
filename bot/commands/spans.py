"""The bars of a span of time: minutes for the latest days, days for months and years.

Owns which days a span means; never how they are shown. Dates are the exchange's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.commands.desk import Desk
from bot.core.days import date_of, midnight
from bot.core.market import Bar, Day, Hours, Session
from bot.core.reading.spans import read_span
from bot.jobs.records import known_days

SPANS = {"1d": "1 day", "5d": "5 days", "1m": "1 month", "6m": "6 months", "1y": "1 year", "ytd": "Year to date"}
"""What each is called, by what is typed."""

_EXCHANGE_DAYS = {"1d": 1, "5d": 5}
_DAY = timedelta(days=1)
_DAY_S = 86_400


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
    hours = desk.hours[symbol]
    if by_minutes(name):
        return _minutes(desk, symbol, hours, _EXCHANGE_DAYS[name])
    span = read_span(name, date_of(now, hours.zone))
    days = known_days(desk.store, symbol, hours.zone, now + 1)
    within = [day for day in days if span is not None and day.day >= span.first]
    return Span([as_bar(day, hours.zone) for day in within], _last(days[: len(days) - len(within)]))


def _minutes(desk: Desk, symbol: str, hours: Hours, days: int) -> Span:
    """All sessions of so many exchange days, the last of which is the latest that has bars."""
    last = desk.store.history.last_bar(symbol)
    if last is None:
        return Span((), None)
    first = date_of(last.at, hours.zone)
    for _ in range(days - 1):
        first = _exchange_day_before(hours, first)
    start = midnight(first, hours.zone)
    bars = desk.store.history.bars(symbol, start, last.at + 1)
    return Span(bars, _last(known_days(desk.store, symbol, hours.zone, start)))


def _exchange_day_before(hours: Hours, day: date) -> date:
    """Where nothing ever closes, the day before."""
    close = hours.last_close(midnight(day, hours.zone))
    return day - _DAY if close is None else date_of(close - 1, hours.zone)


def _last(days: Sequence[Day]) -> tuple[float, date] | None:
    return (days[-1].close, days[-1].day) if days else None


def as_bar(day: Day, zone: str) -> Bar:
    """A day from midnight to midnight, so that whatever happened on it lies within."""
    at = midnight(day.day, zone)
    return Bar(at, day.open, day.high, day.low, day.close, day.volume, Session.REGULAR, _DAY_S)
