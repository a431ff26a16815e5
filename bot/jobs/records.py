"""What is known of a stock beside its price: the record that metrics are taken from, out of the store.

Owns which days, closes and levels a walk is judged against; fetches nothing and judges nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from math import inf

from bot.core.course import Course, Record, course
from bot.core.days import date_of, midnight
from bot.core.market import Bar, Day, Hours, Path, Quote, Session
from bot.core.metrics import moved_by_prices, path, reach_s
from bot.jobs.standing import standing_values
from bot.store import Store

BACK = timedelta(days=800)
"""Two years and some: the longest average and the 52 weeks before the first day of a year-long back-test."""

_MOST_FOLDED = 45
_DAY_S = 86_400
_DAYS_SHOWN = 3
_REGULAR = frozenset({Session.REGULAR})


def record_of(
    store: Store,
    symbol: str,
    hours: Hours,
    until: int,
    keys: Collection[str],
    settled_at: float = inf,
    last_at: int | None = None,
) -> Record:
    """What was known of the symbol from bars that start before `until` (epoch seconds UTC), for these metrics.

    Sessions over and bars complete by `settled_at` are final. A walk that ends at `last_at` learns on
    its way what the source gave of the days before.
    """
    if set(keys) <= {"price"}:  # nearly always; then nothing needs to be read
        return Record(hours.zone, settled_at=settled_at)
    back_s = max(reach_s(key) for key in keys)
    closed_at = inf if settled_at == inf else hours.last_close(int(settled_at)) or -inf
    return Record(
        hours.zone,
        known_days(store, symbol, hours.zone, until),
        _given(store, symbol, hours.zone, until, last_at) if last_at is not None else (),
        store.history.closes(symbol, until - back_s, until) if back_s else (),
        {level.firm: level.price for level in store.levels.present(symbol)},
        settled_at,
        closed_at,
        standing_values(store, symbol, hours.zone, keys, until - 1),
    )


def known_days(store: Store, symbol: str, zone: str, until: int) -> tuple[Day, ...]:
    """The exchange days up to that moment: as the source gave them, the latest folded from minutes.

    The last one may be the day of the moment itself, so far.
    """
    today = date_of(until - 1, zone)
    given = store.history.days(symbol, today - BACK, today + timedelta(days=1))
    folded_from = given[-1].day + timedelta(days=1) if given else today - timedelta(days=_MOST_FOLDED)
    days = [folded_from + timedelta(days=place) for place in range((today - folded_from).days + 1)]
    found = (folded_day(store, symbol, zone, day, until) for day in days[-_MOST_FOLDED:])
    return (*given, *(day for day in found if day is not None))


def _given(store: Store, symbol: str, zone: str, until: int, last_at: int) -> tuple[Day, ...]:
    return store.history.days(symbol, date_of(until - 1, zone), date_of(last_at, zone))


def folded_day(store: Store, symbol: str, zone: str, day: date, until: float = inf) -> Day | None:
    """The regular session of that day as recorded up to a moment; None where nothing of it was."""
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    return store.history.session(symbol, day, start, int(min(end, until)))


def last_course(store: Store, symbol: str, hours: Hours, keys: Collection[str], now: int) -> Course | None:
    """The course through the last prices recorded, long enough to hold the last closing price; None without any."""
    quote = store.history.last_quote(symbol)
    if quote is None:
        return None
    last_close = hours.last_close(quote.at) or quote.at - _DAY_S
    since = midnight(date_of(last_close, hours.zone), hours.zone)
    minutes = store.history.bars(symbol, since, quote.at + 1)
    until = minutes[0].at if minutes else quote.at + 1
    record = record_of(store, symbol, hours, until, keys, now)
    bars = (*day_bars(record.days[-_DAYS_SHOWN:], hours, until), *minutes) or (bar_of(quote),)
    return course(symbol, bars, None, record)


def present_values(
    store: Store, symbol: str, hours: Hours, keys: Collection[str], now: int, *, regular_only: bool = False
) -> dict[str, float]:
    """Where each of these metrics was last seen; one that nothing is known of is left out."""
    quote = store.history.last_quote(symbol)
    if quote is not None and set(keys) <= {"price"} and (not regular_only or quote.session is Session.REGULAR):
        return dict.fromkeys(keys, quote.price)
    moved = moved_by_prices(keys)
    seen = last_course(store, symbol, hours, moved, now) if moved else None
    found = {key: path(seen, key) for key in moved} if seen is not None else {}
    values = {key: _last_value(one, regular_only) for key, one in found.items() if one is not None}
    standing = standing_values(store, symbol, hours.zone, keys, now)  # as of now, not of the last price
    return {key: value for key, value in values.items() if value is not None} | standing


def _last_value(path: Path, regular_only: bool) -> float | None:
    known = (
        value
        for point, value in zip(reversed(path.points), reversed(path.values), strict=True)
        if value == value and (not regular_only or point.session is Session.REGULAR)
    )
    return next(known, None)


def day_bars(days: Sequence[Day], hours: Hours, until: float = inf) -> Iterator[Bar]:
    """Whole sessions as bars, by the hours of their exchange, of those that were over by `until`.

    A day on which it was closed is none: its bar would lie over that of another.
    """
    for day in days:
        close_at = hours.last_close(midnight(day.day + timedelta(days=1), hours.zone))
        if close_at is not None and date_of(close_at - 1, hours.zone) != day.day:
            continue
        window = hours.watched_window(close_at - 1, _REGULAR) if close_at is not None else None
        start, end = window or (midnight(day.day, hours.zone), midnight(day.day + timedelta(days=1), hours.zone))
        if end <= until:
            yield Bar(start, day.open, day.high, day.low, day.close, day.volume, Session.REGULAR, end - start)


def bar_of(quote: Quote) -> Bar:
    """The last price as a bar of its own."""
    return Bar(quote.at, quote.price, quote.price, quote.price, quote.price, 0, quote.session)
