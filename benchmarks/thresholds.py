"""What a poll costs among a million stored thresholds: against a thousand, and against a scan in memory.

Thresholds are spread over twenty metrics and lie evenly from half to one and a half times the value of
theirs, all armed; in the minute that is polled each value moves by 0.02 % both ways. The busy poll is
the first such minute: it finds hundreds of lines that nobody has told yet. The quiet poll is the next
minute over the same ground, which is what nearly every poll is: those lines rest, and there is nothing
to find. A poll finds the alerts that this concerns and judges them; what it would write depends on them
alone.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path as File

from benchmarks.figure import Figure, alternate, timed
from bot.core.alerts import Alert, Verdict
from bot.core.crossing import evaluate
from bot.core.market import Path, Point, Session
from bot.jobs.judge import judge
from bot.store import Store, open_store

_CHATS = 1000
_MOVE = 0.0002
_METRICS = (
    "price", "close", "today", "gap", "change:15m", "change:1h", "change:4h", "change:5d", "change:20d", "change:ytd",
    "upside:consensus", "upside:JPMorgan Chase", "upside:Morningstar", "range52:high", "range52:low",
    "average:1/50", "average:1/200", "average:50/200", "rsi:2", "rsi:14",
)  # fmt: skip

# The fraction of i × the golden ratio spreads evenly and is the same at every run.
_FILL = """
    insert into alerts (chat_id, number, symbol, metric, way, threshold, rearm_pct, band, once, origin, created_at,
        side, armed, next_above, next_below)
    with recursive place (i) as (select 0 union all select i + 1 from place where i + 1 < :alerts),
    turn as (
        select i, i % :symbols as stock, 50 + i % :symbols as price, i * 0.6180339887498949 as turns from place
    ),
    line as (select i, stock, price, round(price * (0.5 + turns - cast(turns as integer)), 4) as threshold from turn)
    select 1 + i % :chats, 1 + i / :chats, 'S' || stock, :metrics ->> (i / :symbols % :kinds), 'crosses', threshold,
        1, threshold / 100, 0, 'chat', 0, iif(threshold > price, 'below', 'above'), 1,
        iif(threshold > price, threshold, 1e300), iif(threshold > price, -1e300, threshold)
    from line
"""


def measure(quick: bool) -> Iterator[Figure]:
    sizes = (100, 2_000, 10, 2) if quick else (1_000, 1_000_000, 500, 15)
    yield from _among_many(*sizes, _METRICS)
    yield from _against_a_scan(*sizes[1:])


def _among_many(few: int, many: int, symbols: int, pairs: int, metrics: Sequence[str]) -> Iterator[Figure]:
    paths = _paths(symbols, metrics)
    with tempfile.TemporaryDirectory() as folder:
        small, large = (_stored(File(folder) / f"{count}.db", count, symbols, metrics) for count in (few, many))
        among_few, among_many = (timed(partial(_poll, store, paths)) for store in (small, large))
        watched = f"{symbols} symbols and {len(metrics)} metrics"
        among = (f"a poll of {watched} among {many:,} thresholds", f"the same among {few:,}")
        yield Figure("thresholds, busy", *among, alternate(among_many, among_few, pairs, turns=3), at_most=5)
        for store in (small, large):
            with store.transaction():
                judge(store, paths, now=120)
        yield Figure("thresholds", *among, alternate(among_many, among_few, pairs, turns=3), at_most=5)
        small.close()
        large.close()


def _against_a_scan(many: int, symbols: int, pairs: int) -> Iterator[Figure]:
    """Of prices alone: the fewer paths a poll looks up, the more a scan reads in vain."""
    paths = _paths(symbols, _METRICS[:1])
    with tempfile.TemporaryDirectory() as folder:
        store = _stored(File(folder) / "prices.db", many, symbols, _METRICS[:1])
        with store.transaction():
            judge(store, paths, now=120)
        poll, ours = "a poll of their prices in the database", timed(partial(_poll, store, paths))
        alerts = [alert for chat_id in range(1, _CHATS + 1) for alert in store.alerts.of_chat(chat_id)]
        yield Figure(
            "scan", f"judging each of {many:,} in memory along its path", poll,
            alternate(timed(partial(_judge_all, alerts, paths)), ours, pairs // 3 + 1), at_least=300,
        )  # fmt: skip
        yield Figure(
            "scan, bare", f"comparing each of {many:,} in memory with one number", poll,
            alternate(timed(partial(_compare_all, alerts, paths)), ours, pairs),
        )  # fmt: skip
        store.close()


def _paths(symbols: int, metrics: Sequence[str]) -> list[Path]:
    return [_minute(f"S{stock}", metric, 50.0 + stock) for stock in range(symbols) for metric in metrics]


def _poll(store: Store, paths: Sequence[Path]) -> list[Verdict]:
    by_metric = {(path.symbol, path.metric): path for path in paths}
    return [evaluate(alert, by_metric[alert.symbol, alert.metric]) for alert in store.alerts.candidates(paths)]


def _judge_all(alerts: Sequence[Alert], paths: Sequence[Path]) -> list[Verdict]:
    """The same judgement without the index."""
    by_metric = {(path.symbol, path.metric): path for path in paths}
    return [evaluate(alert, by_metric[alert.symbol, alert.metric]) for alert in alerts]


def _compare_all(alerts: Sequence[Alert], paths: Sequence[Path]) -> list[Alert]:
    """The cheapest loop there is: it knows no arming, no band and no order, and so could tell nobody anything."""
    ranges = {(path.symbol, path.metric): path.range for path in paths}
    return [alert for alert in alerts if _is_within(alert.threshold, ranges[alert.symbol, alert.metric])]


def _is_within(threshold: float, span: tuple[float, float]) -> bool:
    return span[0] <= threshold <= span[1]


def _minute(symbol: str, metric: str, price: float) -> Path:
    prices = (price, price * (1 + _MOVE), price * (1 - _MOVE), price)
    return Path(symbol, metric, [Point(60, value, Session.REGULAR, since=60) for value in prices], prices)


def _stored(file: File, count: int, symbols: int, metrics: Sequence[str]) -> Store:
    """A database of so many alerts, opened as the daemon opens it."""
    filling = open_store(file)
    filling.db.execute("pragma cache_size = -500000")  # kB: the indices are written in no order
    filling.db.execute("pragma synchronous = off")
    with filling.transaction():
        sizes = {"alerts": count, "symbols": symbols, "chats": _CHATS}
        filling.db.conn.execute(_FILL, sizes | {"metrics": json.dumps(metrics), "kinds": len(metrics)})
    filling.close()
    return open_store(file)
