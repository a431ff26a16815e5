"""The look at the analysts: when it is due, what is asked again where it failed, within how many requests.

Never disturbs a poll: it asks a source of its own. What the answer means is `analysts`'.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.company import CompanyDate, Occasion
from bot.core.days import date_of, midnight
from bot.core.market import Hours
from bot.core.news import AnalystsBack, AnalystsSilent
from bot.feeds import FaultKind, Part, Research, Researched
from bot.jobs import heard
from bot.jobs.analysts import take_in
from bot.jobs.chosen import is_current
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.analysts import Effort
from bot.store.fault_counts import Source

log = logging.getLogger(__name__)

LOOK_S = 60
"""How often in seconds it is to be seen whether a look is due."""

MOST_REQUESTS = 8
"""To the source, a stock and exchange day, whatever goes wrong."""

_TO_BE_LET_IN = 1  # request, before the first that asks for anything
_AGAIN_S = 900
_TRIES = 4
_AFTER_CLOSE_S = 3_600
_DAY = timedelta(days=1)
_SILENT_S = 3 * 86_400  # a trading day or two, over a weekend as well
_LONGEST_PAUSE = 12  # days: no exchange rests longer
_EVERYTHING = tuple(Part)
AFTER_EARNINGS = (Part.ACTIONS, Part.TARGETS)  # what analysts change then; with the morning's, eight requests


@dataclass(frozen=True, slots=True)
class Due:
    """A moment at which a look was due (epoch seconds UTC), and what it is to ask for."""

    at: int
    parts: tuple[Part, ...]


class Researcher:
    """Looks at the analysts of the watched stocks. `clock` gives epoch seconds; `tell` is called after each look."""

    def __init__(
        self,
        store: Store,
        source: Research,
        clock: Callable[[], float],
        research_at: time,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        """`research_at` is on the clock of each stock's exchange."""
        self._store = store
        self._source = source
        self._clock = clock
        self._research_at = research_at
        self._tell = tell

    async def look(self, watched: Watched) -> None:
        """One try, where one is due; a source that fails is asked again later, never an error here."""
        now, symbol = int(self._clock()), watched.stock.symbol
        dates = self._store.company_dates.present(symbol)
        due = last_due(watched.hours, self._research_at, dates.get(Occasion.EARNINGS), now)
        effort = _on_day(self._store.analysts.effort(symbol), date_of(now, watched.hours.zone).isoformat(), due)
        left = MOST_REQUESTS - effort.requests
        wanted = self._parts(watched, effort, due, now)
        parts = wanted[: max(0, left - _TO_BE_LET_IN)]
        if not parts:
            return
        # Of another try, what this one cannot ask for is missing still; of a new one, it comes with the next morning.
        unasked = tuple((part, why) for part, why in effort.faults if Part(part) not in parts)
        # Whatever becomes of it, it has been a try, and may have cost everything: a start over and over asks no more.
        begun = replace(effort, due_at=due.at, tried_at=now, tries=effort.tries + 1)
        self._store.analysts.note_effort(
            replace(begun, requests=MOST_REQUESTS, faults=(*unasked, *_all_missing(parts)))
        )
        said = await self._source.research(watched.stock, watched.hours.zone, parts, left, now)
        spent = replace(begun, requests=effort.requests + said.requests, faults=unasked)
        self._take_in(watched, spent, said, due, parts, is_whole=parts == wanted)
        self._tell()

    def _parts(self, watched: Watched, effort: Effort, due: Due, now: int) -> tuple[Part, ...]:
        """What is to be asked for now; nothing while the source asks for patience."""
        symbol = watched.stock.symbol
        if not watched.is_confirmed or self._store.history.feed(symbol).is_paused(now):
            return ()
        if due.at > effort.due_at:
            return due.parts
        if effort.tries >= _TRIES or effort.tried_at <= now < effort.tried_at + _AGAIN_S:
            return ()
        if date_of(effort.tried_at, watched.hours.zone) != date_of(now, watched.hours.zone):
            return ()  # with the next morning: nobody wants to hear at midnight what was missing in the day
        missing = dict(effort.faults)
        return tuple(part for part in _EVERYTHING if missing.get(part.value) in _PASSING)

    def _take_in(
        self, watched: Watched, effort: Effort, said: Researched, due: Due, asked: Collection[Part], *, is_whole: bool
    ) -> None:
        now, symbol = int(self._clock()), watched.stock.symbol
        for kind in said.faults.values():
            self._store.faults.note(Source.ANALYSTS, kind.value, now)
        for kind in dict.fromkeys(said.faults.values()):
            parts = ",".join(part.value.replace(" ", "-") for part in said.faults if said.faults[part] is kind)
            log.log(_level(effort), "research failed symbol=%s parts=%s fault=%s", symbol, parts, kind.value)
        with self._store.transaction():
            if not is_current(self._store, symbol, watched.chosen_at):
                return
            refused = take_in(self._store, watched.stock, watched.hours, said, now, asked)
            failed = {part.value: kind.value for part, kind in said.faults.items()}
            known = dict(effort.faults) | failed | refused
            faults = tuple((part.value, known[part.value]) for part in _EVERYTHING if part.value in known)
            good_at = now if is_whole and not faults else effort.good_at
            done = replace(effort, faults=faults, good_at=good_at)
            self._store.analysts.note_effort(done)
            # Where only some of it was asked for, what has been missing may be missing still.
            if faults or (is_whole and due.parts == _EVERYTHING):
                _note_silence(self._store, done, now, watched.chosen_at or 0)


def _note_silence(store: Store, effort: Effort, now: int, chosen_at: int) -> None:
    """Say once that something has been missing for days, and once that all is heard again.

    A silence from before the stock was chosen is over.
    """
    symbol, name, told = effort.symbol, heard.missing(effort.symbol), heard.missing_told(effort.symbol)
    since = store.fact(name)
    if since is not None and int(since) < chosen_at:
        store.forget(name)
        store.forget(told)
        since = None
    if not effort.faults:
        if since is not None and store.fact(told) is not None:
            store.outbox.owe(store.alerts.chats_watching(symbol), AnalystsBack(symbol, int(since), now), now)
        store.forget(name)
        store.forget(told)
    elif since is None:
        store.remember(name, now)
    elif now - int(since) >= _SILENT_S and store.fact(told) is None:
        store.remember(told, now)
        event = AnalystsSilent(symbol, int(since), effort.faults, now)
        store.outbox.owe(store.alerts.chats_watching(symbol), event, now)


_PASSING = frozenset(kind.value for kind in FaultKind)


def _level(effort: Effort) -> int:
    """Once when it begins: the tries after it say nothing new."""
    return logging.WARNING if effort.tries == 1 else logging.DEBUG


def _all_missing(parts: Collection[Part]) -> tuple[tuple[str, str], ...]:
    return tuple((part.value, FaultKind.TIMEOUT.value) for part in parts)


def _on_day(effort: Effort, today: str, due: Due) -> Effort:
    """The effort as it stands today, and for this due moment: others have their own tries and requests."""
    if effort.day != today:
        effort = replace(effort, day=today, requests=0)
    return replace(effort, tries=0, faults=()) if due.at > effort.due_at else effort


def last_due(hours: Hours, research_at: time, earnings: CompanyDate | None, now: int) -> Due:
    """The last moment up to `now` at which a look was due: on trading days in the morning, and after earnings."""
    today = date_of(now, hours.zone)
    for back in range(_LONGEST_PAUSE):
        for due in _of_day(hours, research_at, earnings, today - back * _DAY):
            if due.at <= now:
                return due
    return Due(0, ())


def _of_day(hours: Hours, research_at: time, earnings: CompanyDate | None, day: date) -> list[Due]:
    """When a look is due on this day, the latest first; never on a day without a session."""
    closes_at = hours.last_close(midnight(day + _DAY, hours.zone))
    if closes_at is not None and date_of(closes_at - 1, hours.zone) != day:
        return []
    morning = Due(_moment(day, research_at, hours.zone), _EVERYTHING)
    if earnings is None or earnings.days_left(day) != 0 or closes_at is None:
        return [morning]
    return [Due(max(closes_at, morning.at) + _AFTER_CLOSE_S, AFTER_EARNINGS), morning]


def _moment(day: date, clock: time, zone: str) -> int:
    """That time of that day; one that the clocks leave out in spring is an hour later."""
    return int(datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC).timestamp())
