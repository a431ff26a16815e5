"""Regular sessions as whole days: bars folded into them, and which are over, settled and believable.

Days are dates on the exchange's own clock, moments epoch seconds UTC.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from math import isfinite
from zoneinfo import ZoneInfo

from bot.core.market import Bar, Day, Hours, Session

SETTLE_S = 1_200
"""How long in seconds after a close the closing auction may still change a session's last price."""

WIDE_S = 43_200
"""A bar of so many seconds is no part of a session but a day of its own."""

_DAY = timedelta(days=1)
_PROBE_S = 300  # shorter than any regular session
_SLIP_PCT = 0.5  # how far an open or close may lie outside the extremes and still be a matter of rounding


def fold(bars: Iterable[Bar], zone: str) -> tuple[Day, ...]:
    """The days that these bars, in order of time, are made of: of the regular session alone.

    A bar belongs to the date of its start in `zone`. One of half a day or more is a day itself,
    of the UTC date of its start, whatever session that lies in.
    """
    counted = (bar for bar in bars if bar.session is Session.REGULAR or bar.width_s >= WIDE_S)
    return tuple(_day(day, of_day) for day, of_day in by_day(counted, zone))


def by_day(bars: Iterable[Bar], zone: str) -> Iterator[tuple[date, list[Bar]]]:
    """The bars of each exchange day, all in order of time: the local date in `zone`, see `fold`."""
    return ((day, list(of_day)) for day, of_day in groupby(bars, key=_Dates(zone).of))


def day_of(bar: Bar, zone: str) -> date:
    """The exchange day a bar belongs to."""
    return date_of(bar.at, "UTC" if bar.width_s >= WIDE_S else zone)


def date_of(at: int, zone: str) -> date:
    """The date of a moment by the clocks of a zone."""
    return _date(at, ZoneInfo(zone))


def midnight(day: date, zone: str) -> int:
    """The first moment of a local day."""
    return _midnight(day, ZoneInfo(zone))


def last_over(session_at: Callable[[int], Session], zone: str, now: int) -> date:
    """The latest date in `zone` of which no regular second is still to come; it need not have had any."""
    today = _date(now, ZoneInfo(zone))
    midnight = _midnight(today + _DAY, ZoneInfo(zone))
    is_open_later = any(session_at(at) is Session.REGULAR for at in range(now, midnight, _PROBE_S))
    return today - _DAY if is_open_later else today


def last_settled(hours: Hours, now: int) -> date:
    """The date of the latest regular session that ended `SETTLE_S` ago or earlier.

    What never closes has a session a day that ends at midnight.
    """
    settled_at, zone = now - SETTLE_S, ZoneInfo(hours.zone)
    closed_at = hours.last_close(settled_at)
    return _date(settled_at, zone) - _DAY if closed_at is None else _date(closed_at - 1, zone)


def believed(days: Iterable[Day]) -> Iterator[Day]:
    """The days that can have been, an open or close a trifle outside high and low taken as the extreme."""
    for day in days:
        prices = (day.open, day.high, day.low, day.close)
        if not all(isfinite(price) and price > 0 for price in prices) or day.low > day.high:
            continue
        widest = replace(day, high=max(prices), low=min(prices))
        if widest.high <= day.high * (1 + _SLIP_PCT / 100) and widest.low >= day.low * (1 - _SLIP_PCT / 100):
            yield widest


class _Dates:
    """The date of a bar, with two comparisons for all but the first bar of each day."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._date = date.min
        self._start = self._end = 0

    def of(self, bar: Bar) -> date:
        if bar.width_s >= WIDE_S:
            return _date(bar.at, UTC)
        if not self._start <= bar.at < self._end:
            self._date = _date(bar.at, self._zone)
            self._start = _midnight(self._date, self._zone)
            self._end = _midnight(self._date + _DAY, self._zone)
        return self._date


def _day(day: date, bars: Sequence[Bar]) -> Day:
    high, low = max([bar.high for bar in bars]), min([bar.low for bar in bars])
    return Day(day, bars[0].open, high, low, bars[-1].close, sum([bar.volume for bar in bars]))


def _date(at: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(at, zone).date()


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())
