"""Yahoo's bars and its days through the unmodified yfinance, which `yahoo_wire.py` holds.

It asks for the finest bars that Yahoo still has of each stretch, rounds them and folds them into
minutes. It never judges a price, never raises anything but FeedError, and never waits longer than
its deadline for an answer.
"""

import asyncio
import logging
import math
import time as clock
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.core.days import last_over, midnight
from bot.core.market import Bar, Day, Session, Stock
from bot.core.screen import identity
from bot.core.splits import Split
from bot.feeds import FaultKind, FeedError, Fetched, SessionAt
from bot.feeds.yahoo_grains import DAYS, LAST_DAY, Grain, Span, pieces
from bot.feeds.yahoo_worker import Worker

if TYPE_CHECKING:
    from bot.feeds.yahoo_wire import DayRow, Row, Wire

T = TypeVar("T")

log = logging.getLogger(__name__)

_MINUTE_S = 60
_FRESH_S = 180
_DAY_S = 86_400
_EDGE_S = 300  # sessions begin and end at multiples of five minutes

_LOST_AFTER = 3  # deadlines: curl ends at the first
_MOST_LOST = 20  # in the life of a process


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
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        """`session_at` and `zones` (IANA names) go by symbol.

        `cache_dir` is made private to its owner, since yfinance unpickles a file in it: OSError
        where that cannot be done. No request keeps a fetch waiting for more than `deadline_s`.
        """
        make_private(cache_dir)
        self._session_at = session_at
        self._zones = zones
        self._cache_dir = cache_dir
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._wire: Wire | None = None
        self._worker = Worker(monotonic)
        self._lost = 0
        self._turn = asyncio.Lock()

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        """See `Feed`; a long catch-up is several requests, eight at most, each with a deadline of its own.

        Bars of a minute go back 28 days, of five minutes 58, of an hour 728; before that they are
        whole regular sessions. One width follows the other at a midnight of the exchange. While a
        request that was given up still holds the worker, every fetch is TIMEOUT at once; one that
        holds it for longer than curl can be held up is left to itself, and another worker begins.
        """
        asked = pieces(since, now, self._zone(stock)) if since is not None else LAST_DAY
        async with self._turn:
            answers = [await self._piece(stock, grain, span, now) for grain, span in asked]
        return _join(answers, since)

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        """See `Feed`; one request, which takes its turn with those for minutes.

        Rows that are no prices are left out. About another stock or currency it is UNREADABLE.
        """
        # A day early: the exchange's midnight may lie before that of UTC.
        begun_at = int(datetime.combine(since, time(), UTC).timestamp()) - _DAY_S
        span = (min(begun_at, now), now + _MINUTE_S)
        # A poll waits behind this: half of the time must do.
        limit_s = self._limit_s / 2
        async with self._turn:
            rows, meta = await self._ask(stock, now, lambda wire: wire.days(stock.symbol, span, limit_s, now))
            if identity(stock, *_named(stock, rows, meta)):
                raise FeedError(stock.symbol, FaultKind.UNREADABLE)
            days = list(_days(rows, _decimals(meta)))
        until = last_over(self._session_at[stock.symbol], self._zone(stock), now)
        return tuple(day for day in days if since <= day.day <= until)

    def close(self) -> None:
        self._worker.stop()

    async def _piece(self, stock: Stock, grain: Grain, span: Span | None, now: int) -> Fetched:
        session_at = self._session_at[stock.symbol]

        def ask(wire: "Wire") -> Fetched:
            if grain is DAYS and span is not None:
                days, meta = wire.days(stock.symbol, span, self._limit_s, now)
                sessions = _sessions(_days(days, _decimals(meta)), session_at, self._zone(stock))
                return _fetched(stock, days, meta, (), tuple(sessions))
            rows, meta, splits = wire.history(stock.symbol, span, self._limit_s, now, grain.interval)
            bars = tuple(_bars(rows, _decimals(meta), session_at, grain.width_s))
            fetched = _fetched(stock, rows, meta, splits, bars)
            clock_at = _believable(wire.clock_at, rows, meta)
            return replace(fetched, quoted_at=_quoted_at(rows, meta, now), clock_at=clock_at)

        return await self._ask(stock, now, ask)

    def _zone(self, stock: Stock) -> str:
        return self._zones.get(stock.symbol, "UTC")

    @property
    def _limit_s(self) -> float:
        """The requests end a little before the waiting, so that the thread is free again."""
        return self._deadline_s * 0.9

    async def _ask(self, stock: Stock, now: int, question: "Callable[[Wire], T]") -> T:
        if not self._worker.is_free and not self._is_renewed():
            raise FeedError(stock.symbol, FaultKind.TIMEOUT)
        # Outside the deadline: importing yfinance may take seconds and is not Yahoo's slowness.
        wire = await self._worker.run(self._open)
        try:
            return await asyncio.wait_for(self._worker.run(lambda: question(wire)), self._deadline_s)
        except TimeoutError:
            raise FeedError(stock.symbol, FaultKind.TIMEOUT) from None
        except Exception as error:
            raise wire.blame(stock.symbol, error, now) from error

    def _is_renewed(self) -> bool:
        """Whether a worker that is lost has been replaced; no more than a few, which all keep what they hold."""
        if self._worker.busy_s < _LOST_AFTER * self._deadline_s or self._lost >= _MOST_LOST:
            return False
        log.error("a request to Yahoo never ends; another worker begins")
        self._worker.stop()
        self._worker, self._wire, self._lost = Worker(self._monotonic), None, self._lost + 1
        return True

    def _open(self) -> "Wire":
        from bot.feeds.yahoo_wire import Wire

        self._wire = self._wire or Wire(self._zones, self._cache_dir, afresh=self._lost > 0)
        return self._wire


def make_private(folder: Path) -> None:
    """Make it, and for its owner alone; OSError where that cannot be done."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def _join(answers: Sequence[Fetched], since: int | None) -> Fetched:
    """One answer of several; a bar sent twice or unasked is kept once or not at all."""
    bars: list[Bar] = []
    for answer in answers:
        newest = bars[-1].at if bars else -1
        bars += [bar for bar in answer.bars if bar.at > newest and bar.ends_at > (since or 0)]
    told = next((answer for answer in reversed(answers) if answer.bars), answers[-1])
    splits = tuple(split for answer in answers for split in answer.splits)
    return replace(told, bars=tuple(bars), quoted_at=told.quoted_at or since or 0, splits=splits)


def _fetched(
    stock: Stock, rows: Sequence[Any], meta: Mapping[str, Any], splits: Sequence[Split], bars: tuple[Bar, ...]
) -> Fetched:
    symbol, currency = _named(stock, rows, meta)
    quoted_at = bars[-1].ends_at if bars else 0
    return Fetched(symbol, currency, bars, quoted_at, _reference(meta), "Yahoo", _name(meta), tuple(splits))


def _named(stock: Stock, rows: Sequence[Any], meta: Mapping[str, Any]) -> tuple[str, str | None]:
    """Symbol and currency of an answer; one without any row may name none, and then cannot be mistaken."""
    symbol = _worded(meta, "symbol") or ("" if rows else stock.symbol)
    return symbol, _worded(meta, "currency") or (None if rows else stock.currency)


def _days(rows: "Iterable[DayRow]", decimals: int) -> Iterator[Day]:
    for day, *prices, volume, split in rows:
        opened, high, low, close = (round(price, decimals) for price in prices)
        if all(0 < price < math.inf for price in (opened, high, low, close)) and low <= high:
            yield Day(day, opened, high, low, close, volume, split)


def _bars(rows: "Iterable[Row]", decimals: int, session_at: SessionAt, width_s: int) -> Iterator[Bar]:
    """One bar a minute: Yahoo's row of the last trade bears that trade's second, not a minute's start.

    yfinance itself folds that row into the one before it where both are of one minute and it is
    not at second 0. A live row that opens a new minute, and any other pair, arrive here as sent.
    A coarser bar ends with its session: that of 15:30 in New York is half an hour long.
    """
    folded = [(minute, list(of)) for minute, of in groupby(rows, key=lambda row: row[0] - row[0] % _MINUTE_S)]
    starts = [minute for minute, _ in folded[1:]]
    for (minute, of_minute), following in zip_longest(folded, starts):
        session = session_at(minute)
        ends_at = _session_end(minute, min(minute + width_s, following or minute + width_s), session_at)
        yield _bar(minute, of_minute, decimals, session, ends_at - minute)


def _session_end(start: int, latest: int, session_at: SessionAt) -> int:
    """Where the session around the start ends, if that is before `latest`."""
    edges = range(start - start % _EDGE_S + _EDGE_S, latest, _EDGE_S)
    return next((edge for edge in edges if session_at(edge) is not session_at(start)), latest)


def _sessions(days: Iterable[Day], session_at: SessionAt, zone: str) -> Iterator[Bar]:
    """Whole regular sessions as bars; a day on which the exchange had none is left out."""
    for day in days:
        moments = range(midnight(day.day, zone), midnight(day.day + timedelta(days=1), zone), _EDGE_S)
        regular = [at for at in moments if session_at(at) is Session.REGULAR]
        if regular:
            width_s = regular[-1] + _EDGE_S - regular[0]
            yield Bar(regular[0], day.open, day.high, day.low, day.close, day.volume, Session.REGULAR, width_s)


def _bar(minute: int, rows: "Sequence[Row]", decimals: int, session: Session, width_s: int) -> Bar:
    _, opens, highs, lows, closes, volumes = zip(*rows, strict=True)
    return Bar(
        at=minute,
        open=round(next(_known(opens), math.nan), decimals),
        high=round(max(_known(highs), default=math.nan), decimals),
        low=round(min(_known(lows), default=math.nan), decimals),
        close=round(closes[-1], decimals),  # a missing last price stays missing
        volume=sum(volumes),
        session=session,
        width_s=width_s,
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
    return _traded_at(meta)


def _believable(clock_at: int | None, rows: "Sequence[Row]", meta: Mapping[str, Any]) -> int | None:
    """Yahoo's clock, where its newest price is fresh by it: only then does it say something of ours."""
    newest_at = max(_traded_at(meta), *(row[0] for row in rows[-1:]), 0)
    return clock_at if clock_at is not None and abs(clock_at - newest_at) <= _FRESH_S else None


def _traded_at(meta: Mapping[str, Any]) -> int:
    """When the regular session's last price was made; 0 where nothing is said of it."""
    at: Any = meta.get("regularMarketTime")
    return int(at.timestamp()) if hasattr(at, "timestamp") else 0


def _decimals(meta: Mapping[str, Any]) -> int:
    """To how many decimals the instrument is quoted: Yahoo's 32-bit floats need rounding to them."""
    hint = meta.get("priceHint")
    return min(max(hint, 2), 6) if isinstance(hint, int) else 2


def _name(meta: Mapping[str, Any]) -> str | None:
    return _worded(meta, "longName") or _worded(meta, "shortName")


def _worded(meta: Mapping[str, Any], name: str) -> str | None:
    value = meta.get(name)
    return value if isinstance(value, str) else None


def _reference(meta: Mapping[str, Any]) -> float | None:
    for name in ("regularMarketPrice", "chartPreviousClose", "previousClose"):
        price = meta.get(name)
        if isinstance(price, int | float) and 0 < price < math.inf:
            return round(float(price), _decimals(meta))
    return None
