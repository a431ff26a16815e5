"""What a back-test of a year of minutes costs, against reading the same bars from a CSV file.

250 sessions with pre- and post-market, 960 minutes each: the walk, the metric and the crossing rule
from bars in memory to the crossings told.
"""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random

from benchmarks.figure import Figure, alternate, timed
from bot.core.alerts import Way
from bot.core.clock import iso
from bot.core.course import Record
from bot.core.days import midnight
from bot.core.language import Wish
from bot.core.market import Bar
from bot.core.replay import fresh_from, replay
from bot.exchange import NEW_YORK, Exchange
from bot.feeds.recorded import COLUMNS, read_csv
from bot.jobs.make import blank

_LAST = date(2025, 10, 3)
_PRE_FROM_S, _MINUTES = 4 * 3600, 960
_WISHES = {
    "backtest": Wish("BABA", Way.ABOVE, 192.0),
    "backtest, rsi": Wish("BABA", Way.BELOW, 30.0, metric="rsi:14"),
}


def measure(quick: bool) -> Iterator[Figure]:
    count, pairs = (5, 2) if quick else (250, 5)
    hours = Exchange(NEW_YORK, midnight(_LAST, "UTC"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "minutes.csv"
        file.write_text("\n".join(_lines(hours, count)) + "\n", encoding="utf-8")
        bars, record = read_csv(file, hours.session_at), Record(hours.zone)
        for name, wish in _WISHES.items():
            judging, reading = partial(_back_test, wish, bars, record), partial(read_csv, file, hours.session_at)
            yield Figure(
                name, f"a back-test on {len(bars):,} minutes", "reading them from CSV",
                alternate(timed(judging), timed(reading), pairs), at_most=3,
            )  # fmt: skip


def _back_test(wish: Wish, bars: Sequence[Bar], record: Record) -> None:
    replay(fresh_from(blank(wish, 0, 0), bars[0].at), bars, record)


def _lines(hours: Exchange, count: int) -> Iterator[str]:
    """A price on its way from 190, minute by minute."""
    random, price = Random(1), 190.0
    yield ",".join(COLUMNS)
    for start in _mornings(hours, count):
        for at in range(start, start + _MINUTES * 60, 60):
            close = round(max(1.0, price * (1 + random.gauss(0, 0.0004))), 2)
            high, low = round(max(price, close) + 0.03, 2), round(min(price, close) - 0.03, 2)
            yield f"{iso(at)},{price},{high},{low},{close},{random.randrange(10_000)}"
            price = close


def _mornings(hours: Exchange, count: int) -> list[int]:
    """The first seconds of the pre-market of the last sessions."""
    starts = (midnight(_LAST - timedelta(days=back), hours.zone) + _PRE_FROM_S for back in range(2 * count + 10))
    return sorted([at for at in starts if hours.session_at(at) == "pre"][:count])
