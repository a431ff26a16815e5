"""The analysts' levels and their validity in time: a revision is a new row, nothing is overwritten."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlite_utils import Database

from bot.core.levels import Level


class Levels:
    """The levels stored."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def present(self, symbol: str) -> tuple[Level, ...]:
        """The levels valid now, the highest first."""
        return self.present_from(symbol, before=2**62)

    def present_from(self, symbol: str, before: int) -> tuple[Level, ...]:
        """The levels valid now that were so before that moment (epoch seconds UTC), the highest first."""
        rows = self._db.execute(
            f"{_LEVELS} {_PRESENT} where symbol = ? and valid_to is null and valid_from < ? order by price desc, firm",
            [symbol, before],
        )
        return tuple(_level(row) for row in rows)

    def of_firm(self, symbol: str, firm: str) -> Level | None:
        """The firm's level valid now, or None."""
        return next((level for level in self.present(symbol) if level.firm == firm), None)

    def valid_since(self, symbol: str, firm: str, at: int) -> tuple[Level, int] | None:
        """The firm's level as it was valid at a moment, and since when it had been so (epoch seconds UTC), or None."""
        rows = self._db.execute(
            f"{_LEVELS} where symbol = ? and firm = ? and valid_from <= ? and coalesce(valid_to, 1 << 62) > ?"
            " order by id desc limit 1",
            [symbol, firm, at, at],
        )
        return next(((_level(row), int(row[-1])) for row in rows), None)

    def every(self, symbol: str, firm: str) -> tuple[tuple[Level, int], ...]:
        """Every revision of the firm's level with the moment it became valid (epoch seconds UTC), the newest first."""
        rows = self._db.execute(f"{_LEVELS} where symbol = ? and firm = ? order by id desc", [symbol, firm])
        return tuple((_level(row), int(row[-1])) for row in rows)

    def revise(self, level: Level, now: int) -> Level | None:
        """Store the level as the firm's present one; the one it takes the place of, or None."""
        before = self.of_firm(level.symbol, level.firm)
        self.end(level.symbol, level.firm, now)
        self._db.conn.execute(
            "insert into levels (symbol, firm, kind, rating, price, as_of, source, currency, valid_from)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                level.symbol, level.firm, level.kind, level.rating, level.price,
                level.as_of.isoformat(), level.source, level.currency, now,
            ],
        )  # fmt: skip
        return before

    def last_price(self, symbol: str, firm: str) -> float | None:
        """The price of the firm's latest level, be it present or ended; None where it never had one."""
        row = self._db.execute(
            "select price from levels where symbol = ? and firm = ? order by id desc limit 1", [symbol, firm]
        ).fetchone()
        return None if row is None else float(row[0])

    def end(self, symbol: str, firm: str, now: int) -> None:
        """Let the firm's present level end; without one nothing happens."""
        self._db.conn.execute(
            "update levels set valid_to = ? where symbol = ? and firm = ? and valid_to is null",
            [now, symbol, firm],
        )


_LEVELS = "select symbol, firm, kind, rating, price, as_of, source, currency, valid_from from levels"

# By that of the firms, which SQLite prefers, every revision there ever was would be read, poll after poll.
_PRESENT = "indexed by present_level"


def _level(row: Sequence[Any]) -> Level:
    symbol, firm, kind, rating, price, as_of, source, currency, _ = row
    return Level(symbol, firm, kind, rating, price, date.fromisoformat(as_of), source, currency)
