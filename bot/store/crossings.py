"""The crossings told: one row for each time an alert fired, kept for ever."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from bot.core.alerts import Alert, Crossing, Direction


@dataclass(frozen=True, slots=True)
class Told:
    """A crossing as its chat knows it: `at` is the start of its bar, `value` and `threshold` in units of the metric.

    `level` is the firm whose level its alert follows, if any.
    """

    at: int
    number: int
    metric: str
    level: str | None
    threshold: float
    direction: Direction
    value: float


@dataclass(frozen=True, slots=True)
class Earlier:
    """A crossing that an alert told before: the start of its bar, its value, when it was noticed."""

    at: int
    value: float
    noticed_at: int


class Crossings:
    """The crossings stored."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def last(self, alert: Alert) -> int | None:
        """When the alert's last told crossing happened, or None."""
        (at,) = self._db.execute("select max(at) from crossings where alert_id = ?", [alert.id]).fetchone()
        return None if at is None else int(at)

    def earlier(self, alert: Alert, count: int) -> Earlier | None:
        """What the alert told before the last so many that are stored of it, or None."""
        row = self._db.execute(
            "select at, value, noticed_at from crossings where alert_id = ? order by id desc limit 1 offset ?",
            [alert.id, count],
        ).fetchone()
        return None if row is None else Earlier(*row)

    def count_of(self, alert: Alert) -> int:
        """How many crossings the alert has told."""
        (count,) = self._db.execute("select count(*) from crossings where alert_id = ?", [alert.id]).fetchone()
        return int(count)

    def add(self, alert: Alert, crossings: Iterable[Crossing], noticed_at: int) -> None:
        """Store what an alert tells; `noticed_at` is when the poll saw it (epoch seconds UTC)."""
        self._db.conn.executemany(
            "insert into crossings (alert_id, symbol, metric, direction, at, value, threshold, session, noticed_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (alert.id, alert.symbol, alert.metric, one.direction, one.at, one.value, one.threshold,
                 one.session, noticed_at)
                for one in crossings
            ],
        )  # fmt: skip

    def count(self) -> int:
        """How many crossings were told in all."""
        (count,) = self._db.execute("select count(*) from crossings").fetchone()
        return int(count)

    def told(self, chat_id: int, symbol: str, since: int, until: int) -> tuple[Told, ...]:
        """What the chat's alerts on the symbol, ended ones too, have told of [since, until), in order of time."""
        rows = self._db.execute(
            "select at, number, crossings.metric, level, crossings.threshold, direction, value"
            " from alerts cross join crossings on alert_id = alerts.id"
            " where chat_id = ? and alerts.symbol = ? and at >= ? and at < ? order by at, crossings.id",
            [chat_id, symbol, since, until],
        )
        return tuple(
            Told(at, number, metric, level, line, Direction(way), value)
            for at, number, metric, level, line, way, value in rows
        )
