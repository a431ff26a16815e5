"""What it costs to compare a poll with a thousand alerts and to commit it, without any network.

Against the way public bots do it: for every alert a query, a comparison, an update and a commit.
Both on one disk, with the same journal and the same syncing.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks import databases
from benchmarks.figure import Figure, alternate, timed
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Session
from bot.core.screen import Rules
from bot.exchange import ALWAYS, Exchange
from bot.jobs.make import make
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from tests.fakes.feed import STOCK, answer, minute

_CHAT = 1
_BEGIN = 1_759_411_800
_PRICE = 190.0
_HOURS = Exchange(ALWAYS, _BEGIN)
_REACHED = 5
"""How many alerts each poll reaches."""


def measure(quick: bool) -> Iterator[Figure]:
    alerts, pairs = (50, 2) if quick else (1_000, 12)
    lines = [round(_PRICE * (0.5 + place / alerts), 4) for place in range(alerts)]
    with tempfile.TemporaryDirectory() as folder:
        store = _watching(Path(folder) / "ours.db", lines)
        public = _public(Path(folder) / "public.db", lines)
        ours, theirs = _Ours(store, _rising(alerts)), _Theirs(public, alerts, _rising(alerts))
        yield Figure(
            "commits", f"a query and a commit for each of {alerts:,} alerts", "a poll in one transaction",
            alternate(timed(theirs.poll), timed(ours.poll), pairs, turns=3), at_least=100,
        )  # fmt: skip
        store.close()
        public.close()


class _Ours:
    """Polls in which the price rises from alert to alert."""

    def __init__(self, store: Store, prices: Iterator[float]) -> None:
        self._store = store
        self._prices = prices
        self._watched = Watched(STOCK, Exchange(ALWAYS, _BEGIN), Rules(20, frozenset({Session.REGULAR})), 300)
        self._minutes = count(_BEGIN, 60)

    def poll(self) -> None:
        bar = minute(next(self._minutes), next(self._prices))
        take_in(self._store, self._watched, answer(bar, reference=_PRICE), bar.ends_at)


class _Theirs:
    """The same polls, alert by alert."""

    def __init__(self, connection: sqlite3.Connection, alerts: int, prices: Iterator[float]) -> None:
        self._connection = connection
        self._alerts = alerts
        self._prices = prices

    def poll(self) -> None:
        price = next(self._prices)
        for ident in range(self._alerts):
            threshold, last = self._connection.execute(
                "select threshold, last_price from alerts where id = ?", [ident]
            ).fetchone()
            reached = last < threshold <= price or price <= threshold < last
            self._connection.execute(
                "update alerts set last_price = ?, told = told + ? where id = ?", [price, reached, ident]
            )
            self._connection.commit()


def _rising(alerts: int) -> Iterator[float]:
    """Prices of which each is `_REACHED` alerts higher than the one before."""
    return (round(_PRICE * (1 + _REACHED * place / alerts), 4) for place in count())


def _watching(file: Path, lines: list[float]) -> Store:
    store = databases.ours(file)
    with store.transaction():
        store.chats.add(_CHAT, "private", "paired", _CHAT, _BEGIN)
        for line in lines:
            make(store, Wish(STOCK.symbol, Way.CROSSES, line), _CHAT, _HOURS, "chat", _BEGIN - 600)
    return store


def _public(file: Path, lines: list[float]) -> sqlite3.Connection:
    connection = databases.plain(file, "alerts (id integer primary key, threshold real, last_price real, told integer)")
    rows = [(ident, line, _PRICE, 0) for ident, line in enumerate(lines)]
    connection.executemany("insert into alerts values (?, ?, ?, ?)", rows)
    connection.commit()
    return connection
