"""Yahoo's one-minute bars through the unmodified yfinance, which `yahoo_wire.py` holds.

It rounds what it is given and folds it into minutes. It never judges a price, never raises
anything but FeedError, and never waits longer than its deadline.
"""

import asyncio
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from bot.core.market import Bar, Session, Stock
from bot.feeds import FaultKind, FeedError, Fetched, SessionAt

if TYPE_CHECKING:
    from bot.feeds.yahoo_wire import Row, Span, Wire

T = TypeVar("T")

_MINUTE_S = 60
_DAY_S = 86_400
_REACH_S = 29 * _DAY_S  # Yahoo keeps one-minute bars for 30 days, counted to the second,
_SPAN_S = 7 * _DAY_S  # and gives at most 8 days of them in one answer


class YahooFeed:
    """One poll is one request; several stocks take turns in one worker thread.

    yfinance keeps its settings, cookies and caches for the whole process: use one feed a process.
    """

    def __init__(
        self,
        session_at: Mapping[str, SessionAt],
        zones: Mapping[str, str],
        cache_dir: Path,
        deadline_s: float = 20,
    ) -> None:
        """`session_at` and `zones` (IANA names) go by symbol.

        `cache_dir` is made private to its owner, since yfinance unpickles a file in it: OSError
        where that cannot be done. No request keeps a fetch waiting for more than `deadline_s`.
        """
        cache_dir.mkdir(parents=True, exist_ok=True)
        cache_dir.chmod(0o700)
        self._session_at = session_at
        self._zones = zones
        self._cache_dir = cache_dir
        self._deadline_s = deadline_s
        self._wire: Wire | None = None
        self._worker = _Worker()
        self._turn = asyncio.Lock()

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        """See `Feed`; a long catch-up is several requests, each with a deadline of its own.

        What is older than 29 days is left out: Yahoo has no one-minute bars of it. While a
        request that was given up still holds the worker, every fetch is TIMEOUT at once.
        """
        async with self._turn:
            answers = [await self._ask(stock, span, now) for span in _spans(since, now)]
        return _join(answers, since)

    def close(self) -> None:
        self._worker.stop()

    async def _ask(self, stock: Stock, span: "Span | None", now: int) -> Fetched:
        if not self._worker.is_free:
            raise FeedError(stock.symbol, FaultKind.TIMEOUT)
        # Outside the deadline: importing yfinance may take seconds and is not Yahoo's slowness.
        wire = await self._worker.run(self._open)
        # The requests end a little before the waiting, so that the thread is free again.
        history = self._worker.run(lambda: wire.history(stock.symbol, span, self._deadline_s * 0.9))
        try:
            rows, meta = await asyncio.wait_for(history, self._deadline_s)
            return _fetched(stock, rows, meta, now, self._session_at[stock.symbol])
        except TimeoutError:
            raise FeedError(stock.symbol, FaultKind.TIMEOUT) from None
        except Exception as error:
            raise wire.blame(stock.symbol, error, now) from error

    def _open(self) -> "Wire":
        from bot.feeds.yahoo_wire import Wire

        self._wire = self._wire or Wire(self._zones, self._cache_dir)
        return self._wire


def _spans(since: int | None, now: int) -> "list[Span | None]":
    """What to ask for, in pieces that Yahoo grants; None is its own idea of the last day."""
    if since is None:
        return [None]
    start = min(max(since, now - _REACH_S), now)
    starts = range(start - start % _MINUTE_S, now + 1, _SPAN_S)
    # A minute more than now: yfinance drops a last row that is not before the end it was given.
    ends = [*starts[1:], now + _MINUTE_S]
    return list(zip(starts, ends, strict=True))


def _join(answers: Sequence[Fetched], since: int | None) -> Fetched:
    """One answer of several; a bar sent twice or unasked is kept once or not at all."""
    bars: list[Bar] = []
    newest = -1 if since is None else since - 1
    for answer in answers:
        bars += [bar for bar in answer.bars if bar.at > newest]
        newest = bars[-1].at if bars else newest
    told = next((answer for answer in reversed(answers) if answer.bars), answers[-1])
    return replace(told, bars=tuple(bars), quoted_at=told.quoted_at or since or 0)


def _fetched(stock: Stock, rows: "Sequence[Row]", meta: Mapping[str, Any], now: int, session_at: SessionAt) -> Fetched:
    return Fetched(
        # An answer without any bar may name no symbol: then there is nothing to be mistaken in.
        symbol=meta.get("symbol") or ("" if rows else stock.symbol),
        currency=meta.get("currency") or (None if rows else stock.currency),
        bars=tuple(_bars(rows, _decimals(meta), session_at)),
        quoted_at=_quoted_at(rows, meta, now),
        reference=_reference(meta),
        source="Yahoo",
        name=_name(meta),
    )


def _bars(rows: "Iterable[Row]", decimals: int, session_at: SessionAt) -> Iterator[Bar]:
    """One bar a minute: Yahoo's row of the last trade bears that trade's second, not a minute's start.

    yfinance itself folds that row into the one before it where both are of one minute and it is
    not at second 0. A live row that opens a new minute, and any other pair, arrive here as sent.
    """
    for minute, of_minute in groupby(rows, key=lambda row: row[0] - row[0] % _MINUTE_S):
        yield _bar(minute, list(of_minute), decimals, session_at(minute))


def _bar(minute: int, rows: "Sequence[Row]", decimals: int, session: Session) -> Bar:
    _, opens, highs, lows, closes, volumes = zip(*rows, strict=True)
    return Bar(
        at=minute,
        open=round(next(_known(opens), math.nan), decimals),
        high=round(max(_known(highs), default=math.nan), decimals),
        low=round(min(_known(lows), default=math.nan), decimals),
        close=round(closes[-1], decimals),  # a missing last price stays missing
        volume=sum(volumes),
        session=session,
    )


def _known(prices: Iterable[float]) -> Iterator[float]:
    return (price for price in prices if not math.isnan(price))


def _quoted_at(rows: "Sequence[Row]", meta: Mapping[str, Any], now: int) -> int:
    """When the last price was made, as exactly as the answer tells."""
    if folded := meta.get("lastTrade"):  # what yfinance keeps of a live row that it has folded
        return int(folded["Time"].timestamp())
    priced = [at for at, *_, close, _volume in rows if not math.isnan(close)]
    if priced:
        return priced[-1] if priced[-1] % _MINUTE_S else min(now, priced[-1] + _MINUTE_S)
    closed_at: Any = meta.get("regularMarketTime")
    return int(closed_at.timestamp()) if hasattr(closed_at, "timestamp") else 0


def _decimals(meta: Mapping[str, Any]) -> int:
    """To how many decimals the instrument is quoted: Yahoo's 32-bit floats need rounding to them."""
    hint = meta.get("priceHint")
    return min(max(hint, 2), 6) if isinstance(hint, int) else 2


def _name(meta: Mapping[str, Any]) -> str | None:
    name = meta.get("longName") or meta.get("shortName")
    return name if isinstance(name, str) else None


def _reference(meta: Mapping[str, Any]) -> float | None:
    for name in ("regularMarketPrice", "chartPreviousClose", "previousClose"):
        price = meta.get(name)
        if isinstance(price, int | float) and 0 < price < math.inf:
            return round(float(price), _decimals(meta))
    return None


class _Worker:
    """One daemon thread: stuck, it keeps neither the loop nor the end of the program waiting.

    (The threads of an executor are joined at exit, however long that takes.)
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._last: Future[Any] | None = None
        self._thread = threading.Thread(target=self._work, name="yahoo", daemon=True)

    @property
    def is_free(self) -> bool:
        return self._last is None or self._last.done()

    def run(self, task: Callable[[], T]) -> "asyncio.Future[T]":
        """Do the task in the thread, which starts with the first one."""
        if self._thread.ident is None:
            self._thread.start()
        future: Future[T] = Future()
        self._last = future
        self._tasks.put(lambda: _settle(future, task))
        return asyncio.wrap_future(future)

    def stop(self) -> None:
        """End the thread after what it is doing; nothing is run any more."""
        self._last = Future()  # never done: a stopped worker is not free again
        self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()


def _settle(future: "Future[T]", task: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001 - raised again where the future is awaited
        future.set_exception(error)
