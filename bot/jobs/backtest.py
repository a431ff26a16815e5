"""Back-tests on what is stored: which bars and which record an alert's past is judged on.

Owns that choice alone; how it is judged is `core`'s. Fetches nothing, stores nothing.
"""

from datetime import date, timedelta

from bot.core.alerts import Alert
from bot.core.backtest import Backtest, judged
from bot.core.course import Record
from bot.core.days import by_day, date_of, day_of, midnight
from bot.core.language import Wish
from bot.core.market import Bar, Hours
from bot.core.metrics import reach_s
from bot.core.replay import fresh_from
from bot.jobs.make import blank
from bot.jobs.records import day_bars, record_of
from bot.store import Store

MINUTE_DAYS = 7
"""Calendar days of minutes that a chat's question is judged on: more would keep other replies waiting."""

_DAY = timedelta(days=1)


def fired_in(
    store: Store, wish: Alert | Wish, hours: Hours, since: int, until: int, minute_days: int | None = None
) -> Backtest:
    """What the wish would have told in [since, until), epoch seconds UTC, had it been made before.

    Judged on the minutes of each day that are stored, else on the day as a whole; of a metric that
    looks back over minutes or hours, on minutes alone. `minute_days`: minutes only of the last so
    many calendar days.
    """
    alert = wish if isinstance(wish, Alert) else blank(wish, 0, until)
    first = date_of(since, hours.zone)
    bars = bars_between(store, alert, hours, first, until, minute_days)
    if not bars:
        return Backtest(hours.zone, first)
    return judged(fresh_from(alert, bars[0].at), bars, _record(store, alert, hours, bars, until), first)


def bars_between(
    store: Store, alert: Alert, hours: Hours, first: date, until: int, minute_days: int | None = None
) -> tuple[Bar, ...]:
    """What is stored of the days from `first` up to a moment: minutes, else, unless it is an intraday metric, days."""
    symbol, zone = alert.symbol, hours.zone
    today = date_of(until - 1, zone)
    fine_from = first if minute_days is None else max(first, today - minute_days * _DAY)
    minutes = store.history.bars(symbol, midnight(fine_from, zone), until)
    if reach_s(alert.metric):
        return minutes
    covered = {day for day, _ in by_day(minutes, zone)}
    days = [day for day in store.history.days(symbol, first, today + _DAY) if day.day not in covered]
    return tuple(sorted([*day_bars(days, hours, until), *minutes], key=lambda bar: bar.at))


def _record(store: Store, alert: Alert, hours: Hours, bars: tuple[Bar, ...], until: int) -> Record:
    """What was known before the first bar's day; later days are learned on the way, as they were when it was lived."""
    before = midnight(day_of(bars[0], hours.zone), hours.zone)
    return record_of(store, alert.symbol, hours, before, [alert.metric], until, last_at=bars[-1].at)
