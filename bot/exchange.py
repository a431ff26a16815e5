"""Which session of an exchange a moment lies in; the only room that knows exchange_calendars.

Moments are epoch seconds UTC throughout. A calendar is flattened into sorted lists when it is
first needed, so that asking for a moment is one binary search, and grows by itself when it is
asked about years it does not know yet. Never polls, never reads the clock.
"""

import logging
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.market import Session

ALWAYS = "always"
NEW_YORK = "XNYS"

Window = tuple[int, int]
"""A stretch of time in which prices are watched: its first second, and the second after its last."""

_DAY_S = 86_400
_END_OF_TIME = 253_402_300_800  # the year 10000, which datetime cannot write any more
_EVER: Window = (0, _END_OF_TIME)
_EARLIEST, _LATEST = 0, 4_102_444_800  # 1970 and 2100: what lies outside is no price's time
_BEHIND_S, _AHEAD_S = 2 * 365 * _DAY_S, 400 * _DAY_S
_MARGIN_S = 35 * _DAY_S  # longer than any holiday, so that the sessions before and after are known too

_PRE_FROM = time(4)
_POST_LASTS_S = 4 * 3600  # 16:00–20:00, after an early close 13:00–17:00

_log = logging.getLogger(__name__)


class CalendarError(Exception):
    """exchange_calendars has no such calendar, or cannot build it."""


def calendar_names() -> tuple[str, ...]:
    """Every exchange that can be watched, "always" included; the first call imports pandas."""
    import exchange_calendars

    return (ALWAYS, *exchange_calendars.get_calendar_names())


def is_known(code: str) -> bool:
    """Whether such an exchange can be watched; the usual ones are known without any import."""
    return code in (ALWAYS, NEW_YORK) or code in calendar_names()


def has_extended_hours(code: str) -> bool:
    """Whether pre- and post-market of this exchange are known; of others only the regular session is."""
    if code in (ALWAYS, NEW_YORK):
        return code == NEW_YORK
    import exchange_calendars

    return bool(exchange_calendars.resolve_alias(code) == NEW_YORK)


@dataclass(frozen=True, slots=True)
class _Timetable:
    """`sessions[i]` lasts from `starts[i]` until the next start; `closes` are the regular days' ends.

    Sure of the moments from `since` to `until`, their neighbours up to `_MARGIN_S` away included.
    """

    starts: list[int]
    sessions: list[Session]
    closes: list[int]
    since: float
    until: float
    _windows: dict[frozenset[Session], tuple[list[int], list[int]]] = field(default_factory=dict)

    def windows(self, watched: frozenset[Session]) -> tuple[list[int], list[int]]:
        """Starts and ends of the stretches in which one watched session follows another without a gap."""
        if watched not in self._windows:
            self._windows[watched] = self._joined(watched)
        return self._windows[watched]

    def _joined(self, watched: frozenset[Session]) -> tuple[list[int], list[int]]:
        starts: list[int] = []
        ends: list[int] = []
        for start, end, session in zip(self.starts, [*self.starts[1:], _END_OF_TIME], self.sessions, strict=True):
            if session not in watched or start == end:
                continue
            if ends and ends[-1] == start:
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
        return starts, ends


_ALWAYS_OPEN = _Timetable([0], [Session.REGULAR], [], -inf, inf)


class Exchange:
    """The opening hours of one exchange: a code or alias of exchange_calendars, or "always".

    An opening second belongs to its session, a closing second to what follows. Pre- and
    post-market exist for New York only. Where a lunch break is kept, it is CLOSED.
    `now` only chooses which years are known from the start. May be asked from any thread.
    Raises CalendarError for a calendar that does not exist or cannot be built.
    """

    def __init__(self, code: str, now: int) -> None:
        self.code = code
        if code == ALWAYS:
            self.zone, self._timetable = "UTC", _ALWAYS_OPEN
        else:
            self.zone, self._timetable = _read(code, now - _BEHIND_S, now + _AHEAD_S)

    def session_at(self, at: int) -> Session:
        """The session a moment lies in; CLOSED for years the calendar does not reach."""
        timetable = self._knowing(at)
        return timetable.sessions[bisect_right(timetable.starts, at) - 1]

    def last_close(self, at: int) -> int | None:
        """When the last regular session that is over at `at` ended; None where there is no close."""
        closes = self._knowing(at).closes
        over = bisect_right(closes, at)
        return closes[over - 1] if over else None

    def watched_window(self, at: int, watched: frozenset[Session]) -> Window | None:
        """The unbroken stretch of watched sessions that `at` lies in, None outside.

        Watching CLOSED is watching always.
        """
        starts, ends = self._watched(at, watched)
        begun = bisect_right(starts, at)
        is_inside = begun > 0 and at < ends[begun - 1]
        return (starts[begun - 1], ends[begun - 1]) if is_inside else None

    def next_open(self, at: int, watched: frozenset[Session]) -> int | None:
        """When the first unbroken stretch of watched sessions after `at` begins, None where none is known."""
        starts, _ = self._watched(at, watched)
        begun = bisect_right(starts, at)
        return starts[begun] if begun < len(starts) else None

    def _watched(self, at: int, watched: frozenset[Session]) -> tuple[list[int], list[int]]:
        if Session.CLOSED in watched:
            return [_EVER[0]], [_EVER[1]]
        return self._knowing(at).windows(watched)

    def _knowing(self, at: int) -> _Timetable:
        known = self._timetable
        if known.since <= at < known.until or not _EARLIEST <= at < _LATEST:
            return known
        since, until = min(known.since, at - _BEHIND_S), max(known.until, at + _AHEAD_S)
        _, self._timetable = _read(self.code, int(since), int(until), wanted=at)
        return self._timetable


def _read(code: str, since: int, until: int, wanted: int | None = None) -> tuple[str, _Timetable]:
    """The time zone and the timetable of a calendar between two moments.

    Some calendars are recorded for certain years only. Where `wanted` lies at or beyond their
    edge, the timetable claims to be sure all the way, so that it is not built again for nothing.
    """
    zone, days, first, last = _calendar(code, _day(since), _day(until))
    starts, sessions, closes = [0], [Session.CLOSED], []
    for day in days:
        for start, session in day.pieces(zone if has_extended_hours(code) else None):
            starts.append(start)
            sessions.append(session)
        closes.append(day.close)
    sure_from, sure_until = since + _MARGIN_S, until - _MARGIN_S
    return zone, _Timetable(
        starts,
        sessions,
        closes,
        since=_lower_edge(sure_from, first, wanted),
        until=_upper_edge(code, sure_until, last, wanted),
    )


def _lower_edge(sure_from: int, first: int | None, wanted: int | None) -> float:
    if first is None or first + _MARGIN_S <= sure_from:
        return sure_from
    return -inf if wanted is not None and wanted < first + _MARGIN_S else first + _MARGIN_S


def _upper_edge(code: str, sure_until: int, last: int | None, wanted: int | None) -> float:
    if last is None or sure_until <= last - _MARGIN_S:
        return sure_until
    if wanted is None or wanted < last - _MARGIN_S:
        return last - _MARGIN_S
    _log.error("calendar %s ends on %s, then it counts as closed: update exchange-calendars", code, _day(last))
    return inf


@dataclass(frozen=True, slots=True)
class _Day:
    """One day of trading; `pause` is a lunch break."""

    label: date
    open: int
    close: int
    pause: Window | None

    def pieces(self, extended_in: str | None) -> Iterator[tuple[int, Session]]:
        """When which session begins, in order; with pre- and post-market by the clocks of a time zone."""
        if extended_in:
            begin = datetime.combine(self.label, _PRE_FROM, ZoneInfo(extended_in))
            yield int(begin.timestamp()), Session.PRE
        yield self.open, Session.REGULAR
        if self.pause:
            yield self.pause[0], Session.CLOSED
            yield self.pause[1], Session.REGULAR
        if extended_in:
            yield self.close, Session.POST
        yield self.close + (_POST_LASTS_S if extended_in else 0), Session.CLOSED


def _days(schedule: Any) -> Iterator[_Day]:
    for label, opens, pauses, resumes, closes in schedule.itertuples():
        has_pause = pauses == pauses  # where there is none it is NaT, which differs from itself
        pause = (int(pauses.timestamp()), int(resumes.timestamp())) if has_pause else None
        yield _Day(label.date(), int(opens.timestamp()), int(closes.timestamp()), pause)


@lru_cache(maxsize=16)
def _calendar(code: str, start: date, end: date) -> tuple[str, tuple[_Day, ...], int | None, int | None]:
    """Its time zone, its days of trading, and between which moments it is recorded.

    Kept: it takes a third of a second to build, and many stocks share an exchange.
    """
    built = _built(code, start, end)
    return str(built.tz), tuple(_days(built.schedule)), *_recorded(built)


def _built(code: str, start: date, end: date) -> Any:
    import exchange_calendars

    try:
        try:
            return exchange_calendars.get_calendar(code, start=start, end=end)
        except ValueError:  # asked beyond what is recorded; its defaults are within
            first, last = _recorded(exchange_calendars.get_calendar(code))
            start = start if first is None else max(start, _day(first))
            end = end if last is None else min(end, _day(last))
            return exchange_calendars.get_calendar(code, start=start, end=end)
    # What a calendar raises is its own: ASEX and XBEL give NotImplementedError with newer pandas.
    except Exception as error:
        raise CalendarError(f"the calendar {code} cannot be built") from error


def _recorded(calendar: Any) -> tuple[int | None, int | None]:
    """The first and the last moment for which the calendar's holidays are recorded; None is unlimited."""
    first, last = calendar.bound_min(), calendar.bound_max()
    return (
        None if first is None else int(first.timestamp()),
        None if last is None else int(last.timestamp()),
    )


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()
