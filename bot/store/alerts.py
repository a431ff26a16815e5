"""Alerts, their state, the index that finds the few a poll concerns, and the crossings told."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from bot.core.alerts import Alert, Crossing, Direction, Reason, Side, State, Verdict, Way, rest_interval
from bot.core.market import Path

_COLUMNS = "id, chat_id, number, symbol, metric, way, threshold, band, level, once, created_at, side, armed, since"

# Each half is one index range per path: the cost is that of the alerts found, not of those stored.
_CANDIDATES = f"""
    with path as materialized (
        select value ->> 0 as symbol, value ->> 1 as metric, value ->> 2 as low, value ->> 3 as high
        from json_each(?)
    )
    select {_COLUMNS} from alerts where id in (
        select alerts.id from path cross join alerts on alerts.symbol = path.symbol
            and alerts.metric = path.metric and alerts.next_above <= path.high
            where ended_at is null
        union
        select alerts.id from path cross join alerts on alerts.symbol = path.symbol
            and alerts.metric = path.metric and alerts.next_below >= path.low
            where ended_at is null
    ) order by id
"""


# A poll may read hundreds of rows, and calling an enumeration is a third of what a row costs.
_WAYS: dict[str, Way] = {way.value: way for way in Way}
_SIDES: dict[str | None, Side | None] = {None: None} | {side.value: side for side in Side}


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert about to be made. `origin` is "chat" or the configured text; `rearm_pct` its band in percent."""

    chat_id: int
    symbol: str
    metric: str
    way: Way
    threshold: float
    level: str | None
    once: bool
    rearm_pct: float
    band: float
    origin: str
    created_at: int
    state: State


@dataclass(frozen=True, slots=True)
class Told:
    """A crossing as its chat knows it: `at` is the start of its bar, `value` in units of the metric."""

    at: int
    number: int
    metric: str
    direction: Direction
    value: float


class Alerts:
    """The alerts stored."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, draft: Draft) -> Alert:
        """Store a new alert under the chat's next number, which is never given twice."""
        (number,) = self._db.execute(
            "select coalesce(max(number), 0) + 1 from alerts where chat_id = ?", [draft.chat_id]
        ).fetchone()
        alert = Alert(
            0, draft.chat_id, number, draft.symbol, draft.metric, draft.way, draft.threshold,
            draft.band, draft.level, draft.once, draft.created_at, draft.state,
        )  # fmt: skip
        below, above = rest_interval(alert, alert.state)
        cursor = self._db.conn.execute(
            "insert into alerts (chat_id, number, symbol, metric, way, threshold, level, rearm_pct, band, once,"
            " origin, created_at, side, armed, since, next_below, next_above)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                draft.chat_id, number, draft.symbol, draft.metric, draft.way, draft.threshold, draft.level,
                draft.rearm_pct, draft.band, draft.once, draft.origin, draft.created_at,
                draft.state.side, draft.state.armed, draft.state.since, below, above,
            ],
        )  # fmt: skip
        row = self._db.execute(f"select {_COLUMNS} from alerts where id = ?", [cursor.lastrowid])
        return _alert(row.fetchone())

    def candidates(self, paths: Sequence[Path]) -> tuple[Alert, ...]:
        """The alerts whose state these paths can change: one join over both ends of their rest."""
        ranges = json.dumps([(path.symbol, path.metric, *path.range) for path in paths])
        return tuple(_alert(row) for row in self._db.execute(_CANDIDATES, [ranges]))

    def of_chat(self, chat_id: int) -> tuple[Alert, ...]:
        """The chat's living alerts, by number."""
        return self._select("chat_id = ? and ended_at is null order by number", [chat_id])

    def numbered(self, chat_id: int, number: int) -> Alert | None:
        """The chat's living alert of this number, or None."""
        return next(iter(self._select("chat_id = ? and number = ? and ended_at is null", [chat_id, number])), None)

    def following(self, symbol: str, level: str) -> tuple[Alert, ...]:
        """The living alerts whose threshold is this firm's level."""
        return self._select("symbol = ? and level = ? and ended_at is null order by id", [symbol, level])

    def configured(self) -> tuple[tuple[Alert, str], ...]:
        """The living alerts that the configuration made, each with the text it was made of."""
        rows = self._db.execute(
            f"select {_COLUMNS}, origin from alerts where origin != 'chat' and ended_at is null order by id"
        )
        return tuple((_alert(row[:-1]), str(row[-1])) for row in rows)

    def chats_watching(self, symbol: str) -> tuple[int, ...]:
        """The served chats with a living alert on the symbol."""
        rows = self._db.execute(
            "select chat_id from chats where exists (select 1 from alerts where alerts.chat_id = chats.chat_id"
            " and symbol = ? and ended_at is null) order by chat_id",
            [symbol],
        )
        return tuple(int(chat_id) for (chat_id,) in rows)

    def count(self) -> int:
        """How many alerts live."""
        (count,) = self._db.execute("select count(*) from alerts where ended_at is null").fetchone()
        return int(count)

    def note(self, alert: Alert, verdict: Verdict) -> None:
        """Store the state and reason a look ended with; where nothing changed, nothing is written."""
        if verdict.state != alert.state or verdict.reason is Reason.FIRED:
            self._write_state(alert, verdict.state, verdict.reason.value)

    def move(self, alert: Alert) -> None:
        """Store the threshold, band and state of an alert whose line has moved."""
        self._db.conn.execute(
            "update alerts set threshold = ?, band = ? where id = ?", [alert.threshold, alert.band, alert.id]
        )
        self._write_state(alert, alert.state, "its line moved")

    def unfollow(self, symbol: str, level: str) -> None:
        """The level is gone: its alerts keep the threshold as a number of their own."""
        self._db.conn.execute("update alerts set level = null where symbol = ? and level = ?", [symbol, level])

    def rearm_pct(self, alert: Alert) -> float:
        """The alert's band in percent, as it was asked for."""
        (pct,) = self._db.execute("select rearm_pct from alerts where id = ?", [alert.id]).fetchone()
        return float(pct)

    def end(self, alert: Alert, now: int, by: str) -> None:
        """The alert watches no more; its crossings stay."""
        self._db.conn.execute(
            "update alerts set ended_at = ?, ended_by = ? where id = ? and ended_at is null",
            [now, by, alert.id],
        )

    def add_crossings(self, alert: Alert, crossings: Iterable[Crossing], noticed_at: int) -> None:
        self._db.conn.executemany(
            "insert into crossings (alert_id, symbol, metric, direction, at, value, threshold, session, noticed_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (alert.id, alert.symbol, alert.metric, one.direction, one.at, one.value, one.threshold,
                 one.session, noticed_at)
                for one in crossings
            ],
        )  # fmt: skip

    def count_crossings(self) -> int:
        """How many crossings were told in all."""
        (count,) = self._db.execute("select count(*) from crossings").fetchone()
        return int(count)

    def told(self, chat_id: int, symbol: str, since: int, until: int) -> tuple[Told, ...]:
        """What the chat's alerts on the symbol, ended ones too, have told of [since, until), in order of time."""
        rows = self._db.execute(
            "select crossings.at, number, crossings.metric, direction, value from alerts"
            " join crossings on crossings.alert_id = alerts.id and crossings.at >= ? and crossings.at < ?"
            " where chat_id = ? and alerts.symbol = ? order by crossings.at, crossings.id",
            [since, until, chat_id, symbol],
        )
        return tuple(Told(at, number, metric, Direction(way), value) for at, number, metric, way, value in rows)

    def _select(self, where: str, arguments: Sequence[object]) -> tuple[Alert, ...]:
        rows = self._db.execute(f"select {_COLUMNS} from alerts where {where}", arguments)
        return tuple(_alert(row) for row in rows)

    def _write_state(self, alert: Alert, state: State, reason: str) -> None:
        below, above = rest_interval(alert, state)
        self._db.conn.execute(
            "update alerts set side = ?, armed = ?, since = ?, reason = ?, next_below = ?, next_above = ? where id = ?",
            [state.side, state.armed, state.since, reason, below, above, alert.id],
        )


def _alert(row: Sequence[Any]) -> Alert:
    (ident, chat_id, number, symbol, metric, way, threshold, band, level, once, created_at,
     side, armed, since) = row  # fmt: skip
    state = State(_SIDES[side], bool(armed), since)
    return Alert(
        ident, chat_id, number, symbol, metric, _WAYS[way], threshold, band, level, bool(once),
        created_at, state,
    )  # fmt: skip
