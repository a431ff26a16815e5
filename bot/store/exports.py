"""History as tables, for other programs and for /history; read, never written."""

from collections.abc import Callable

from sqlite_utils import Database

from bot.core.tables import Table

_BARS = ("symbol", "at", "open", "high", "low", "close", "volume", "session", "width_s")
_CROSSINGS = (
    "chat_id", "alert", "symbol", "metric", "level", "direction", "at", "value", "threshold", "session", "noticed_at",
)  # fmt: skip
_ALERTS = (
    "chat_id", "number", "symbol", "metric", "way", "threshold", "upper", "level", "within", "once", "daily", "every_s",
    "rearm_pct", "hold_s", "expires_at", "regular_only", "silent", "note", "side", "armed", "created_at", "ended_at",
    "ended_by",
)  # fmt: skip
_MINE = "(:chat_id is null or chat_id = :chat_id) and (:symbol is null or alerts.symbol = :symbol)"


class Exports:
    """What is stored, a table a kind; None for a chat or a symbol is all of them. Rows are read as they are walked."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def bars(self, chat_id: int | None = None, symbol: str | None = None, since: int = 0) -> Table:
        """Bars from a moment on (epoch seconds UTC), which belong to no chat."""
        which = "at >= :since" if symbol is None else "symbol = :symbol and at >= :since"  # the key, not a scan
        rows = self._db.execute(
            f"select {', '.join(_BARS)} from bars where {which} order by symbol, at",
            {"symbol": symbol, "since": since},
        )
        return Table(_BARS, rows, frozenset({"at"}))

    def crossings(self, chat_id: int | None = None, symbol: str | None = None, since: int = 0) -> Table:
        """What alerts, ended ones too, told from a moment on, in order of time."""
        rows = self._db.execute(
            "select chat_id, number, alerts.symbol, crossings.metric, level, direction, at, value, crossings.threshold,"
            " session, noticed_at from crossings join alerts on alerts.id = crossings.alert_id"
            f" where {_MINE} and at >= :since order by at, crossings.id",
            {"chat_id": chat_id, "symbol": symbol, "since": since},
        )
        return Table(_CROSSINGS, rows, frozenset({"at", "noticed_at"}))

    def alerts(self, chat_id: int | None = None, symbol: str | None = None, since: int = 0) -> Table:
        """Alerts, ended ones too, that were made from a moment on, by chat and number."""
        rows = self._db.execute(
            f"select {', '.join(_ALERTS)} from alerts where {_MINE} and created_at >= :since order by chat_id, number",
            {"chat_id": chat_id, "symbol": symbol, "since": since},
        )
        moments = frozenset({"expires_at", "created_at", "ended_at"})
        return Table(_ALERTS, rows, moments, frozenset({"once", "daily", "regular_only", "silent", "armed"}))

    @property
    def kinds(self) -> dict[str, Callable[..., Table]]:
        """Each kind by its name."""
        return {"bars": self.bars, "crossings": self.crossings, "alerts": self.alerts}
