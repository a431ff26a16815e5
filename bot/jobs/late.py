"""Minutes that a source shows only after newer ones: recorded, and walked where they can still be judged.

Owns how far back a poll looks for them. An alert that has moved since then is not taken back in time.
"""

from collections.abc import Sequence

from bot.core import events
from bot.core.course import course
from bot.core.market import Bar, Hours
from bot.core.metrics import moved_by_prices, paths
from bot.core.screen import Rules, late
from bot.jobs.judge import judge, owe_crossings
from bot.jobs.records import record_of
from bot.store import Store

LATE_S = 900
"""How long before the last recorded minute one may start that was missing, in seconds."""

_SAME_DAY_S = 3600
"""How long ago: over night a source may count its past anew, for a split or a stock dividend."""


def parted(bars: Sequence[Bar], last: Bar | None) -> tuple[list[Bar], list[Bar]]:
    """Those of minutes that are looked at once more though a newer one, `last`, is recorded; and the others.

    The minute of `last` is among both: to the first it tells whether they are on its scale.
    """
    if last is None:
        return [], list(bars)
    passed = range(last.at - LATE_S, last.at)
    again = [bar for bar in bars if bar.at in passed or bar.at == last.at]
    return again, [bar for bar in bars if bar.at not in passed]


def take_in_late(store: Store, symbol: str, hours: Hours, bars: Sequence[Bar], now: int, rules: Rules) -> None:
    """Record what these bars show of minutes already passed, and tell what was crossed in them.

    An alert that nothing has moved since stands as it stood then. It is walked through these
    minutes and those after them, as it would have been in time; the others would be told backwards.
    """
    recent = [bar for bar in bars if now - bar.at <= _SAME_DAY_S]
    if not recent:
        return
    recorded = store.history.bars_around(symbol, min(bar.at for bar in recent), now)
    shown = {bar.at: bar for bar in late(recent, recorded, now, rules)}
    if not shown:
        return
    store.history.add_bars(symbol, shown.values())
    first = min(shown)
    seen = [bar for bar in recorded if bar.at < first][-1]
    again = sorted(({bar.at: bar for bar in recorded} | shown).values(), key=lambda bar: bar.at)
    _walk_again(store, symbol, hours, [bar for bar in again if bar.at >= seen.at], now)


def _walk_again(store: Store, symbol: str, hours: Hours, bars: Sequence[Bar], now: int) -> None:
    seen, quote, keys = bars[0], store.history.last_quote(symbol), moved_by_prices(store.alerts.metrics(symbol))
    if quote is None:
        return
    record = record_of(store, symbol, hours, seen.at + 1, keys, bars[-1].at, last_at=bars[-1].at)
    walked = course(symbol, bars, seen, record)
    fired = judge(store, paths(walked, keys), now, rested_since=seen.at)
    owe_crossings(store, hours, fired, walked.points, quote, now, seen.close, events.Gap(seen.at, feed_silent=True))
