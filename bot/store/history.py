"""Bars, days, quotes and how the feeds are doing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from bot.core.market import Bar, Day, Quote, Session


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How a symbol's feed is doing; moments in epoch seconds UTC, None for never.

    `good_at` the last poll that brought believable bars or rightly none; `failures` in a row since;
    `fault` what the last poll ran into; `silent_since` the last price before a silence already told.
    """

    symbol: str
    polled_at: int | None = None
    good_at: int | None = None
    failures: int = 0
    fault: str | None = None
    retry_at: int | None = None
    silent_since: int | None = None

    def is_paused(self, now: int) -> bool:
        """Whether the source asked for patience. A clock set back since then ends the pause: it might last for days."""
        return self.retry_at is not None and (self.polled_at or 0) <= now < self.retry_at


class History:
    """What was seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_bars(self, symbol: str, bars: Iterable[Bar]) -> None:
        """Store bars; one of the same minute is replaced by its later form."""
        self._db.conn.executemany(
            "insert or replace into bars values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (symbol, bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.session, bar.width_s)
                for bar in bars
            ],
        )

    def last_bar(self, symbol: str) -> Bar | None:
        """The latest bar recorded, which may still have been forming."""
        rows = self._db.execute(f"{_BARS} where symbol = ? order by at desc limit 1", [symbol])
        return next((_bar(row) for row in rows), None)

    def bars(self, symbol: str, since: int, until: int) -> tuple[Bar, ...]:
        """The bars that start in [since, until), in order of time."""
        rows = self._db.execute(f"{_BARS} where symbol = ? and at >= ? and at < ? order by at", [symbol, since, until])
        return tuple(_bar(row) for row in rows)

    def bars_around(self, symbol: str, since: int, until: int) -> tuple[Bar, ...]:
        """The bars that start in [since, until) and the one before them, in order of time."""
        rows = self._db.execute(
            f"{_BARS} where symbol = :symbol and at < :until and at >= coalesce("
            " (select max(at) from bars where symbol = :symbol and at < :since), :since) order by at",
            {"symbol": symbol, "since": since, "until": until},
        )
        return tuple(_bar(row) for row in rows)

    def closes(self, symbol: str, since: int, until: int) -> tuple[tuple[int, float], ...]:
        """(end, close) of the bars that start before `until`, from the last one on that had ended by `since`."""
        rows = self._db.execute(
            "select at + width_s, close from bars where symbol = :symbol and at < :until and at >= coalesce("
            " (select at from bars where symbol = :symbol and at < :since and at + width_s <= :since"
            "  order by at desc limit 1), 0) order by at",
            {"symbol": symbol, "since": since, "until": until},
        )
        return tuple((int(end), float(close)) for end, close in rows)

    def has_bars_before(self, symbol: str, at: int) -> bool:
        """Whether anything was recorded of the symbol before that moment."""
        return (
            self._db.execute("select 1 from bars where symbol = ? and at < ? limit 1", [symbol, at]).fetchone()
            is not None
        )

    def session(self, symbol: str, day: date, since: int, until: int) -> Day | None:
        """The regular bars that start in [since, until) as one day, or None where there are none."""
        low, high, volume, first, last = self._db.execute(
            "select min(low), max(high), sum(volume), min(at), max(at) from bars"
            " where symbol = ? and at >= ? and at < ? and session = 'regular'",
            [symbol, since, until],
        ).fetchone()
        if first is None:
            return None
        ((opened,), (close,)) = (
            self._db.execute(f"select {column} from bars where symbol = ? and at = ?", [symbol, at]).fetchone()
            for column, at in (("open", first), ("close", last))
        )
        return Day(day, opened, high, low, close, volume)

    def last_close_before(self, symbol: str, at: int) -> float | None:
        """The close of the last regular bar that starts before `at`."""
        row = self._db.execute(
            "select close from bars where symbol = ? and at < ? and session = 'regular' order by at desc limit 1",
            [symbol, at],
        ).fetchone()
        return None if row is None else float(row[0])

    def first_minute(self, symbol: str) -> int | None:
        """The start of the oldest bar stored (epoch seconds UTC), or None."""
        (at,) = self._db.execute("select min(at) from bars where symbol = ?", [symbol]).fetchone()
        return None if at is None else int(at)

    def drop_minutes(self, symbol: str, before: int) -> None:
        """Forget bars and polls' prices from before a moment; the days stay."""
        for table in ("bars", "quotes"):
            self._db.conn.execute(f"delete from {table} where symbol = ? and at < ?", [symbol, before])

    def add_days(self, symbol: str, days: Iterable[Day]) -> None:
        """Store days; one stored before is replaced by its later form."""
        self._db.conn.executemany(
            "insert or replace into days values (?, ?, ?, ?, ?, ?, ?)",
            [(symbol, day.day.isoformat(), day.open, day.high, day.low, day.close, day.volume) for day in days],
        )

    def has_day(self, symbol: str, day: date) -> bool:
        found = self._db.execute("select 1 from days where symbol = ? and day = ?", [symbol, day.isoformat()])
        return found.fetchone() is not None

    def days(self, symbol: str, since: date, until: date) -> tuple[Day, ...]:
        """The days in [since, until), in order of time."""
        rows = self._db.execute(
            "select day, open, high, low, close, volume from days"
            " where symbol = ? and day >= ? and day < ? order by day",
            [symbol, since.isoformat(), until.isoformat()],
        )
        return tuple(Day(date.fromisoformat(day), *prices) for day, *prices in rows)

    def last_day(self, symbol: str) -> date | None:
        """The date of the latest day stored, or None."""
        (day,) = self._db.execute("select max(day) from days where symbol = ?", [symbol]).fetchone()
        return None if day is None else date.fromisoformat(day)

    def add_quote(self, quote: Quote) -> None:
        """Store the price a poll ended on; a second poll of the same price in time replaces it."""
        self._db.conn.execute(
            "insert or replace into quotes values (?, ?, ?, ?, ?)",
            [quote.symbol, quote.at, quote.price, quote.session, quote.source],
        )

    def last_quote(self, symbol: str) -> Quote | None:
        row = self._db.execute(
            "select symbol, at, price, session, source from quotes where symbol = ? order by at desc limit 1",
            [symbol],
        ).fetchone()
        return None if row is None else Quote(row[0], row[1], row[2], Session(row[3]), row[4])

    def last_price_at(self, symbol: str, at: int) -> float | None:
        """The last price of the symbol at a moment (epoch seconds UTC): a poll's, or that of a bar over by then."""
        row = self._db.execute(
            "select price from ("
            " select * from (select at as known_at, price from quotes"
            "  where symbol = :symbol and at <= :at order by at desc limit 1)"
            " union all select * from (select at + width_s, close from bars"
            "  where symbol = :symbol and at < :at and at + width_s <= :at order by at desc limit 1)"
            ") order by known_at desc limit 1",
            {"symbol": symbol, "at": at},
        ).fetchone()
        return None if row is None else float(row[0])

    def feed(self, symbol: str) -> FeedHealth:
        """How the feed is doing; all empty for a symbol never polled."""
        row = self._db.execute(
            "select symbol, polled_at, good_at, failures, fault, retry_at, silent_since from feeds where symbol = ?",
            [symbol],
        ).fetchone()
        return FeedHealth(*row) if row is not None else FeedHealth(symbol)

    def note_feed(self, feed: FeedHealth) -> None:
        self._db.conn.execute(
            "insert or replace into feeds values (?, ?, ?, ?, ?, ?, ?)",
            [
                feed.symbol, feed.polled_at, feed.good_at, feed.failures,
                feed.fault, feed.retry_at, feed.silent_since,
            ],
        )  # fmt: skip


_BARS = "select at, open, high, low, close, volume, session, width_s from bars"


def _bar(row: tuple[int, float, float, float, float, int, str, int]) -> Bar:
    at, opened, high, low, close, volume, session, width_s = row
    return Bar(at, opened, high, low, close, volume, Session(session), width_s)
