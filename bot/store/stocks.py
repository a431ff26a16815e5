"""The stocks chosen in a chat, beside those of the settings file."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from bot.core.market import Stock


@dataclass(frozen=True, slots=True)
class Chosen:
    """One stock and the chat that asked for it; moments in epoch seconds UTC.

    The stock's currency is None until the source has told it, `confirmed_at` until its first price.
    """

    stock: Stock
    added_by: int
    added_at: int
    confirmed_at: int | None = None


class Stocks:
    """The chosen stocks."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, chosen: Chosen) -> None:
        """Store one not stored yet."""
        stock = chosen.stock
        self._db.conn.execute(
            "insert into stocks values (?, ?, ?, ?, ?, ?, ?)",
            [
                stock.symbol, stock.name, stock.exchange, stock.currency,
                chosen.added_by, chosen.added_at, chosen.confirmed_at,
            ],
        )  # fmt: skip

    def every(self) -> tuple[Chosen, ...]:
        """In the order in which they were chosen."""
        return self._select("order by added_at, symbol", [])

    def one(self, symbol: str) -> Chosen | None:
        return next(iter(self._select("where symbol = ?", [symbol])), None)

    def confirm(self, stock: Stock, now: int) -> None:
        """The source knows it, and says name and currency."""
        self._db.conn.execute(
            "update stocks set name = ?, currency = ?, confirmed_at = coalesce(confirmed_at, ?) where symbol = ?",
            [stock.name, stock.currency, now, stock.symbol],
        )

    def remove(self, symbol: str) -> None:
        """Its history, levels and alerts stay."""
        self._db.conn.execute("delete from stocks where symbol = ?", [symbol])

    def _select(self, which: str, arguments: Sequence[object]) -> tuple[Chosen, ...]:
        rows = self._db.execute(
            f"select symbol, name, exchange, currency, added_by, added_at, confirmed_at from stocks {which}", arguments
        )
        return tuple(Chosen(Stock(*row[:4]), *row[4:]) for row in rows)
