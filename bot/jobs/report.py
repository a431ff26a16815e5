"""A report's claims computed anew, by the metrics that alerts watch: as they stood on its day, and now.

Owns which close and which consensus are those of the report's day. Has no formula of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.core.course import LONGEST_PAUSE, Record, course
from bot.core.market import Bar, Hours
from bot.core.metrics import paths
from bot.core.report import YEAR_TO_DATE, Figures, Held, Report
from bot.core.splits import scaled_since
from bot.jobs.consensus import stored
from bot.jobs.records import BACK, bar_of, day_bars, record_of
from bot.store import Store


def hold(store: Store, symbol: str, hours: Hours, report: Report, now: int) -> Held:
    """The report's claims, what the metrics gave on its day (the last close by then), and what they give now."""
    level = stored(store, symbol)
    firm = level.firm if level is not None else ""
    meant = _meant(store, symbol, firm, hours.zone, report.as_of)
    keys = (YEAR_TO_DATE, f"upside:{firm}")
    levels = {firm: meant} if meant is not None else {}
    then = _then(store, symbol, hours, report.as_of, keys, levels)
    return Held(report, meant, _figures(then, keys), _figures(_now(store, symbol, hours, keys, now), keys))


def _figures(values: Mapping[str, float], keys: Sequence[str]) -> Figures:
    return Figures(*(values.get(key) for key in keys))


def _meant(store: Store, symbol: str, firm: str, zone: str, day: date) -> float | None:
    """The firm's level as of the last day up to that one, on the scale of today; None where none was so early."""
    splits = store.splits.every(symbol)
    early = [(level, since) for level, since in store.levels.every(symbol, firm) if level.as_of <= day]
    if not early:
        return None
    level, since = max(early, key=lambda one: (one[0].as_of, one[1]))
    return scaled_since(level.price, splits, since, zone)


def _then(
    store: Store, symbol: str, hours: Hours, day: date, keys: Sequence[str], levels: Mapping[str, float]
) -> dict[str, float]:
    """Where the metrics stood at the last close up to that day; nothing where the days stored do not reach there.

    The closes are those of the exchange: not adjusted for dividends, on the scale of the latest split.
    """
    days = store.history.days(symbol, day - BACK, day + timedelta(days=1))
    if not days or day - days[-1].day > LONGEST_PAUSE:
        return {}
    record = Record(hours.zone, days[:-1], levels=levels)
    return _values(symbol, next(day_bars(days[-1:], hours), None), record, keys)


def _now(store: Store, symbol: str, hours: Hours, keys: Sequence[str], now: int) -> dict[str, float]:
    """Where they stand at the last price."""
    quote = store.history.last_quote(symbol)
    if quote is None:
        return {}
    return _values(symbol, bar_of(quote), record_of(store, symbol, hours, quote.at + 1, keys, now), keys)


def _values(symbol: str, bar: Bar | None, record: Record, keys: Sequence[str]) -> dict[str, float]:
    """Where they stand at the end of that bar."""
    walked = course(symbol, [bar] if bar is not None else [], None, record)
    return {one.metric: one.values[-1] for one in paths(walked, keys)}
