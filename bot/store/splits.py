"""The splits applied, each once and for ever, and what they do to the prices recorded before."""

from datetime import date

from sqlite_utils import Database

from bot.core.splits import Split


class Splits:
    """The splits stored."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def has(self, symbol: str, day: date) -> bool:
        """Whether a split of that day was applied."""
        found = self._db.execute("select 1 from splits where symbol = ? and day = ?", [symbol, day.isoformat()])
        return found.fetchone() is not None

    def every(self, symbol: str) -> tuple[Split, ...]:
        """The splits applied to the symbol, in order of their days."""
        rows = self._db.execute(
            "select day, numerator, denominator from splits where symbol = ? order by day", [symbol]
        )
        return tuple(Split(date.fromisoformat(day), *terms) for day, *terms in rows)

    def add(self, symbol: str, split: Split, now: int) -> None:
        """Note that it is applied; a second one of the same day is refused by the key."""
        self._db.conn.execute(
            "insert into splits values (?, ?, ?, ?, ?)",
            [symbol, split.day.isoformat(), split.numerator, split.denominator, now],
        )

    def rescale_bars(self, symbol: str, before: int, factor: float) -> None:
        """Multiply the prices of all bars and quotes from before that moment (epoch seconds UTC)."""
        self._db.conn.execute(
            "update bars set open = round(open * :factor, 6), high = round(high * :factor, 6),"
            " low = round(low * :factor, 6), close = round(close * :factor, 6),"
            " volume = cast(round(volume / :factor) as integer) where symbol = :symbol and at < :before",
            {"symbol": symbol, "before": before, "factor": factor},
        )
        self._db.conn.execute(
            "update quotes set price = round(price * ?, 6) where symbol = ? and at < ?", [factor, symbol, before]
        )

    def rescale_targets(self, symbol: str, before: int, factor: float) -> None:
        """Multiply the analysts' targets said before that moment (epoch seconds UTC)."""
        self._db.conn.execute(
            "update targets set mean = round(mean * :factor, 6), median = round(median * :factor, 6),"
            " low = round(low * :factor, 6), high = round(high * :factor, 6) where symbol = :symbol and at < :before",
            {"symbol": symbol, "before": before, "factor": factor},
        )

    def rescale_days(self, symbol: str, before: date, factor: float) -> None:
        """Multiply the prices of all days before that one."""
        self._db.conn.execute(
            "update days set open = round(open * :factor, 6), high = round(high * :factor, 6),"
            " low = round(low * :factor, 6), close = round(close * :factor, 6),"
            " volume = cast(round(volume / :factor) as integer) where symbol = :symbol and day < :before",
            {"symbol": symbol, "before": before.isoformat(), "factor": factor},
        )
