"""A back-test: how often an alert would have told, what that was judged on, and both in words.

Dates are those of the exchange.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.core.alerts import Alert, Crossing, Direction
from bot.core.clock import Place
from bot.core.course import LONGEST_PAUSE, Record
from bot.core.days import by_day, date_of, day_of
from bot.core.market import Bar, Path
from bot.core.message import counted
from bot.core.metrics import of_key
from bot.core.replay import told_along, way_of

DAILY_S = 10_800
"""A bar this long or longer stands for a whole session: some exchanges are open for three hours after lunch."""

YEAR = "in the last 12 months"

UNTESTABLE = "bars do not tell what analysts said, nor which dates the company had named; only prices can be tested"
"""Why a metric that no price moves has no back-test."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What an alert would have told from `asked` on, the first day asked about.

    `since` and `until` are the first and the last day that could be judged, None where none could;
    `daily` those days known by one bar alone, by the start of the bar; `fine_days` counts the others.
    `bars` are all it was judged on.
    """

    zone: str
    asked: date
    crossings: tuple[Crossing, ...] = ()
    since: date | None = None
    until: date | None = None
    daily: Mapping[int, date] = field(default_factory=dict)
    fine_days: int = 0
    bars: Sequence[Bar] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to judge it on."""
        return self.since is None

    def day(self, crossing: Crossing) -> date:
        """The exchange day on which it would have been told."""
        return self.daily.get(crossing.at) or date_of(crossing.at, self.zone)


def judged(alert: Alert, bars: Sequence[Bar], record: Record, asked: date) -> Backtest:
    """Take the alert along these bars, in order of time, from the state it has."""
    way = way_of(alert, bars, record) if bars else None
    first = None if way is None else _first_value(way)
    if way is None or first is None:
        return Backtest(record.zone, asked)
    kept = [bar for bar in bars if bar.at >= first]
    daily = {bar.at: day_of(bar, record.zone) for bar in kept if bar.width_s >= DAILY_S}
    fine_days = sum(1 for _ in by_day((bar for bar in kept if bar.width_s < DAILY_S), record.zone))
    since, until = (day_of(bar, record.zone) for bar in (kept[0], kept[-1]))
    return Backtest(record.zone, asked, told_along(alert, way), since, until, daily, fine_days, kept)


def _first_value(way: Path) -> int | None:
    known = (point.at for point, value in zip(way.points, way.values, strict=True) if value == value)
    return next(known, None)


def how_often(backtest: Backtest, span: str = YEAR) -> str:
    """in the last 12 months: once (2025-10-02) — or since when, where less is known; "" where nothing is.

    `span` is what was asked for, in words.
    """
    if backtest.since is None:
        return ""
    # no exchange rests longer: history that begins later lacks days
    is_short = backtest.since > backtest.asked + LONGEST_PAUSE
    return f"{f'since {backtest.since}' if is_short else span}: {_times(backtest)}"


def _times(backtest: Backtest) -> str:
    if not backtest.crossings:
        return "not once"
    count, last = len(backtest.crossings), backtest.day(backtest.crossings[-1])
    return f"once ({last})" if count == 1 else f"{count:,} times, last {last}"


def row(backtest: Backtest, key: str, crossing: Crossing) -> str:
    """2025-10-02 09:45 ↑ 192.00 at 192.67, without the time where only the day is known."""
    show, day = of_key(key)[0].show, backtest.day(crossing)
    hour = "" if crossing.at in backtest.daily else f" {Place(backtest.zone).hour(crossing.at)}"
    arrow = "↑" if crossing.direction is Direction.UP else "↓"
    passed = ", straight through" if crossing.passed else ""
    return f"{day}{hour} {arrow} {show(crossing.threshold)} at {show(crossing.value)}{passed}"


def judged_on(backtest: Backtest) -> str:
    """judged on 250 daily bars and 3 days of minutes; a day bar knows only open, high, low and close."""
    daily = [counted(len(backtest.daily), "daily bar")] if backtest.daily else []
    fine = [counted(backtest.fine_days, "day") + " of minutes"] if backtest.fine_days else []
    if not daily and not fine:
        return "nothing is known to judge it on"
    caveat = "; a day bar knows only open, high, low and close" if daily else ""
    return f"judged on {' and '.join([*daily, *fine])}{caveat}"
