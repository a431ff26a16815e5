"""What a poll costs among a million stored thresholds: against a thousand, and against a scan in memory.

Thresholds lie evenly from half to one and a half times the price of their symbol, all armed; in the
minute that is polled each price moves by 0.02 % both ways. The busy poll is the first such minute: it
finds hundreds of lines that nobody has told yet. The quiet poll is the next minute over the same ground,
which is what nearly every poll is: those lines rest, and there is nothing to find. A poll finds the
alerts that this concerns and judges them; what it would write depends on them alone.
"""

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path as File

from benchmarks.figure import Figure, alternate, timed
from bot.core.alerts import Alert, Verdict, evaluate
from bot.core.market import Path, Point, Session
from bot.jobs.judge import judge
from bot.store import Store, open_store

_CHATS = 1000
_MOVE = 0.0002

# The fraction of i × the golden ratio spreads evenly and is the same at every run.
_FILL = """
    insert into alerts (chat_id, number, symbol, metric, way, threshold, rearm_pct, band, once, origin, created_at,
        side, armed, next_above, next_below)
    with recursive place (i) as (select 0 union all select i + 1 from place where i + 1 < :alerts),
    turn as (
        select i, i % :symbols as stock, 50 + i % :symbols as price, i * 0.6180339887498949 as turns from place
    ),
    line as (select i, stock, price, round(price * (0.5 + turns - cast(turns as integer)), 4) as threshold from turn)
    select 1 + i % :chats, 1 + i / :chats, 'S' || stock, 'price', 'crosses', threshold,
        1, threshold / 100, 0, 'chat', 0, iif(threshold > price, 'below', 'above'), 1,
        iif(threshold > price, threshold, 1e300), iif(threshold > price, -1e300, threshold)
    from line
"""


def measure(quick: bool) -> Iterator[Figure]:
    few, many, symbols, pairs = (100, 2_000, 10, 2) if quick else (1_000, 1_000_000, 500, 15)
    paths = [_minute(f"S{stock}", 50.0 + stock) for stock in range(symbols)]
    with tempfile.TemporaryDirectory() as folder:
        small, large = (_stored(File(folder) / f"{count}.db", count, symbols) for count in (few, many))
        among_few, among_many = (timed(partial(_poll, store, paths)) for store in (small, large))
        among = (f"a poll of {symbols} symbols among {many:,} thresholds", f"the same among {few:,}")
        yield Figure("thresholds, busy", *among, alternate(among_many, among_few, pairs, turns=3), at_most=5)
        for store in (small, large):
            with store.transaction():
                judge(store, paths, now=120)
        yield Figure("thresholds", *among, alternate(among_many, among_few, pairs, turns=3), at_most=5)
        alerts = [alert for chat_id in range(1, _CHATS + 1) for alert in large.alerts.of_chat(chat_id)]
        poll = "a poll among them in the database"
        yield Figure(
            "scan", f"judging each of {many:,} in memory along its path", poll,
            alternate(timed(partial(_judge_all, alerts, paths)), among_many, pairs // 3 + 1), at_least=300,
        )  # fmt: skip
        yield Figure(
            "scan, bare", f"comparing each of {many:,} in memory with one number", poll,
            alternate(timed(partial(_compare_all, alerts, paths)), among_many, pairs),
        )  # fmt: skip
        small.close()
        large.close()


def _poll(store: Store, paths: Sequence[Path]) -> list[Verdict]:
    by_symbol = {path.symbol: path for path in paths}
    return [evaluate(alert, by_symbol[alert.symbol]) for alert in store.alerts.candidates(paths)]


def _judge_all(alerts: Sequence[Alert], paths: Sequence[Path]) -> list[Verdict]:
    """The same judgement without the index."""
    by_symbol = {path.symbol: path for path in paths}
    return [evaluate(alert, by_symbol[alert.symbol]) for alert in alerts]


def _compare_all(alerts: Sequence[Alert], paths: Sequence[Path]) -> list[Alert]:
    """The cheapest loop there is: it knows no arming, no band and no order, and so could tell nobody anything."""
    ranges = {path.symbol: path.range for path in paths}
    return [alert for alert in alerts if ranges[alert.symbol][0] <= alert.threshold <= ranges[alert.symbol][1]]


def _minute(symbol: str, price: float) -> Path:
    prices = (price, price * (1 + _MOVE), price * (1 - _MOVE), price)
    return Path(symbol, "price", [Point(60, value, Session.REGULAR, since=60) for value in prices], prices)


def _stored(file: File, count: int, symbols: int) -> Store:
    """A database of so many alerts, opened as the daemon opens it."""
    filling = open_store(file)
    filling.db.execute("pragma cache_size = -500000")  # kB: the indices are written in no order
    filling.db.execute("pragma synchronous = off")
    with filling.transaction():
        filling.db.conn.execute(_FILL, {"alerts": count, "symbols": symbols, "chats": _CHATS})
    filling.close()
    return open_store(file)
