"""Bars that were recorded before, from a CSV file or handed in by the store, served as time goes on.

What had not been visible at `now` is never shown. It opens no database and changes no bar.
"""

import csv
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path

from bot.core.days import WIDE_S, fold, last_over
from bot.core.market import Bar, Day, Hours, Session, Stock
from bot.feeds import FaultKind, FeedError, Fetched, SessionAt

COLUMNS = ("at", "open", "high", "low", "close", "volume")

_DAY_S = 86_400
_MINUTE_S = 60


class RecordedFeed:
    """Serves each symbol's bars, which must be in order of time, up to the moment it is asked for."""

    def __init__(
        self, bars: Mapping[str, Sequence[Bar]], source: str = "recorded", hours: Mapping[str, Hours] | None = None
    ) -> None:
        """`source` is what messages will call it, such as "recorded, Yahoo, 2–3 October 2025".

        `hours` go by symbol; a symbol without has no days.
        """
        self._bars = bars
        self._source = source
        self._hours = hours or {}

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        """See `Feed`; a bar still forming at `now` is not shown, so a poll sees each bar once whole.

        The last day is the 24 hours up to the end of the last visible bar.
        """
        bars = self._recording(stock)
        seen = bisect_right(bars, now, key=_ends_at)
        newest = bars[seen - 1].ends_at if seen else 0
        first = bisect_left(bars, newest - _DAY_S if since is None else since, hi=seen, key=_starts_at)
        return Fetched(
            symbol=stock.symbol,
            currency=stock.currency,
            bars=tuple(bars[first:seen]),
            quoted_at=newest,
            # Recorded bars were believed once: the first one needs no second witness.
            reference=bars[first].open if first < seen else None,
            source=self._source,
        )

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        """See `Feed`; a day of which only a part was recorded is that part."""
        bars, hours = self._recording(stock), self._hours.get(stock.symbol)
        if hours is None:
            return ()
        seen = bisect_right(bars, now, key=_ends_at)
        # A day early: the exchange's midnight may lie before that of UTC.
        begun_at = int(datetime.combine(since, time(), UTC).timestamp()) - _DAY_S
        first = bisect_left(bars, begun_at, hi=seen, key=_starts_at)
        until = last_over(hours.session_at, hours.zone, now)
        return tuple(day for day in fold(bars[first:seen], hours.zone) if since <= day.day <= until)

    def _recording(self, stock: Stock) -> Sequence[Bar]:
        if stock.symbol not in self._bars:
            raise FeedError(stock.symbol, FaultKind.UNKNOWN_SYMBOL)
        return self._bars[stock.symbol]

    def close(self) -> None:
        """There is nothing to give back."""


def read_csv(path: Path, session_at: SessionAt) -> tuple[Bar, ...]:
    """The bars of a file with the header `at,open,high,low,close,volume`.

    `at` is the start of the bar, ISO 8601 with its zone (`2025-10-02T13:30:00Z`); all bars are as
    wide as the smallest step between two. Bars of half a day or more are the regular session of their
    UTC date, whatever their hour. Raises ValueError naming file, line and column where
    something cannot be right, OSError where the file cannot be opened.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            bars = list(_bars(lines))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not a text file in UTF-8") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    width_s = min((later.at - bar.at for bar, later in pairwise(bars)), default=_MINUTE_S)
    if width_s >= WIDE_S:
        return tuple(replace(bar, width_s=width_s, session=Session.REGULAR) for bar in bars)
    return tuple(replace(bar, width_s=width_s, session=session_at(bar.at)) for bar in bars)


def _bars(lines: Iterable[str]) -> Iterator[Bar]:
    reader = csv.reader(lines)
    newest = -math.inf
    try:
        _check_header(next(reader, []))
        for cells in filter(None, reader):
            bar = _bar(cells)
            if bar.at <= newest:
                raise ValueError("column at: not later than the line before; bars must be in order of time")
            newest = bar.at
            yield bar
    except UnicodeDecodeError:
        raise
    except (ValueError, csv.Error) as error:
        raise ValueError(f"line {max(reader.line_num, 1)}, {error}") from None


def _check_header(cells: Sequence[str]) -> None:
    if tuple(cell.strip() for cell in cells) != COLUMNS:
        raise ValueError(f"header: expected {','.join(COLUMNS)}, found {','.join(cells) or 'nothing'}")


def _bar(cells: Sequence[str]) -> Bar:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"columns: expected {len(COLUMNS)} values, found {len(cells)}")
    low, high = _price("low", cells[3]), _price("high", cells[2])
    if high < low:
        raise ValueError(f"column high: {high:g} is below the low {low:g}")
    return Bar(
        at=_moment(cells[0]),
        open=_price("open", cells[1]),
        high=high,
        low=low,
        close=_price("close", cells[4]),
        volume=int(_number("volume", cells[5], least=0)),
    )


def _moment(cell: str) -> int:
    try:
        moment = datetime.fromisoformat(cell.strip())
    except ValueError:
        raise ValueError(f"column at: {cell!r} is not a time such as 2025-10-02T13:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"column at: {cell!r} does not say its time zone, such as Z for UTC")
    return int(moment.timestamp())


def _price(column: str, cell: str) -> float:
    price = _number(column, cell, least=0)
    if price == 0:
        raise ValueError(f"column {column}: a price must be above 0")
    return price


def _number(column: str, cell: str, least: float) -> float:
    try:
        number = float(cell)
    except ValueError:
        raise ValueError(f"column {column}: {cell!r} is not a number") from None
    if not least <= number < math.inf:
        raise ValueError(f"column {column}: {cell!r} is not a number of {least:g} or more")
    return number


def _starts_at(bar: Bar) -> int:
    return bar.at


def _ends_at(bar: Bar) -> int:
    return bar.ends_at
