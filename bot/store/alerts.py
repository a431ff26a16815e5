"""Alerts, their state, and the index that finds the few a poll concerns."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from bot.core.alerts import Alert, Hold, Line, Policy, Reason, Side, State, Verdict, Way
from bot.core.market import Path
from bot.core.metrics import of_key
from bot.core.rest import rest_interval, rest_until_fresh

_COLUMNS = (
    "id, chat_id, number, symbol, metric, way, threshold, band, upper, upper_band, level, within, created_at,"
    " once, daily, every_s, rearm_pct, hold_s, expires_at, regular_only, silent, note,"
    " side, armed, since, upper_side, upper_armed, upper_since, holds, line_at"
)

# Each half is one index range per path: the cost is that of the alerts found, not of those stored.
_FOUND = f"""
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
    )
"""
_CANDIDATES = f"{_FOUND} order by id"
_RESTED = f"{_FOUND} and coalesce(moved_at, 0) <= ? order by id"


# A poll may read hundreds of rows, and calling an enumeration is a third of what a row costs.
_WAYS: dict[str, Way] = {way.value: way for way in Way}
_SIDES: dict[str | None, Side | None] = {None: None} | {side.value: side for side in Side}


class Alerts:
    """The alerts stored."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, draft: Alert, origin: str) -> Alert:
        """Store a new alert under the chat's next number, which is never given twice.

        The draft's own id and number say nothing. `origin` is "chat" or the configured text.
        """
        (number,) = self._db.execute(
            "select coalesce(max(number), 0) + 1 from alerts where chat_id = ?", [draft.chat_id]
        ).fetchone()
        cursor = self._db.conn.execute(
            "insert into alerts (chat_id, number, symbol, metric, way, threshold, band, armed, rearm_pct, once,"
            " origin, created_at, next_below, next_above) values (?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?, ?, 0, 0)",
            [draft.chat_id, number, draft.symbol, draft.metric, draft.way, origin, draft.created_at],
        )
        alert = replace(draft, id=int(cursor.lastrowid or 0), number=int(number))
        self.change(alert, None)
        return alert

    def change(self, alert: Alert, reason: str | None) -> None:
        """Store everything an edit may change of an alert; its number, chat and making stay."""
        upper, policy = alert.upper, alert.policy
        self._db.conn.execute(
            "update alerts set symbol = ?, metric = ?, way = ?, threshold = ?, band = ?, upper = ?, upper_band = ?,"
            " level = ?, within = ?, once = ?, daily = ?, every_s = ?, rearm_pct = ?, hold_s = ?, expires_at = ?,"
            " regular_only = ?, silent = ?, note = ?, created_at = ?, line_at = ? where id = ?",
            [
                alert.symbol, alert.metric, alert.way, alert.line.value, alert.line.band,
                upper and upper.value, upper and upper.band, alert.level, alert.within,
                policy.once, policy.daily, policy.every_s, policy.rearm_pct, policy.hold_s, policy.expires_at,
                policy.regular_only, policy.silent, policy.note, alert.created_at, alert.line_at,
                alert.id,
            ],
        )  # fmt: skip
        self._write_state(alert, alert.state, reason)

    def candidates(self, paths: Sequence[Path], rested_since: int | None = None) -> tuple[Alert, ...]:
        """The alerts whose state these paths can change: one join over both ends of their rest.

        With `rested_since` only those that no bar starting later (epoch seconds UTC) has changed.
        """
        ranges = json.dumps([(path.symbol, path.metric, *path.range) for path in paths])
        found = (
            self._db.execute(_CANDIDATES, [ranges])
            if rested_since is None
            else (self._db.execute(_RESTED, [ranges, rested_since]))
        )
        return tuple(_alert(row) for row in found)

    def of_chat(self, chat_id: int) -> tuple[Alert, ...]:
        """The chat's living alerts, by number."""
        return self._select("chat_id = ? and ended_at is null order by number", [chat_id])

    def numbered(self, chat_id: int, number: int) -> Alert | None:
        """The chat's living alert of this number, or None."""
        return next(iter(self._select("chat_id = ? and number = ? and ended_at is null", [chat_id, number])), None)

    def following(self, symbol: str, level: str) -> tuple[Alert, ...]:
        """The living alerts whose threshold is this firm's level."""
        return self._select("symbol = ? and level = ? and ended_at is null order by id", [symbol, level])

    def metrics(self, symbol: str) -> tuple[str, ...]:
        """The keys of all metrics that living alerts on the symbol watch, found without reading those alerts."""
        return tuple(str(key) for (key,) in self._db.execute(_METRICS, {"symbol": symbol}))

    def configured(self) -> tuple[tuple[Alert, str], ...]:
        """The living alerts that the configuration made, each with the text it was made of."""
        rows = self._db.execute(
            f"select {_COLUMNS}, origin from alerts where origin != 'chat' and ended_at is null order by id"
        )
        return tuple((_alert(row[:-1]), str(row[-1])) for row in rows)

    def on(self, symbol: str) -> tuple[Alert, ...]:
        """The living alerts of all chats on the symbol."""
        return self._select("symbol = ? and ended_at is null order by id", [symbol])

    def begin_afresh(self, symbol: str, now: int) -> None:
        """Let the symbol's living alerts know nothing of what was before `now`, like new ones."""
        for alert in self.on(symbol):
            self._db.conn.execute("update alerts set created_at = ? where id = ?", [now, alert.id])
            self._write_state(alert, State(), "watched again")

    def chats_watching(self, symbol: str) -> tuple[int, ...]:
        """The served chats with a living alert on the symbol."""
        rows = self._db.execute(
            "select chat_id from chats where chat_id in (select chat_id from alerts"
            " where symbol = ? and ended_at is null) order by chat_id",
            [symbol],
        )
        return tuple(int(chat_id) for (chat_id,) in rows)

    def count(self, most: int) -> int:
        """How many alerts live, counted up to `most`."""
        (count,) = self._db.execute(_COUNTED, [most]).fetchone()
        return int(count)

    def note(self, alert: Alert, verdict: Verdict) -> None:
        """Store the state and reason a look ended with; where nothing changed, nothing is written."""
        if verdict.state != alert.state or verdict.reason is Reason.FIRED:
            self._write_state(alert, verdict.state, verdict.reason.value, verdict.moved_at)

    def unfollow(self, symbol: str, level: str) -> None:
        """The level is gone: its alerts keep the threshold as a number of their own."""
        self._db.conn.execute("update alerts set level = null where symbol = ? and level = ?", [symbol, level])

    def end(self, alert: Alert, now: int, by: str) -> None:
        """The alert watches no more; its crossings stay."""
        self._db.conn.execute(
            "update alerts set ended_at = ?, ended_by = ? where id = ? and ended_at is null",
            [now, by, alert.id],
        )

    def reason(self, alert: Alert) -> str | None:
        """Why the last look that changed something ended as it did; None before the first."""
        (reason,) = self._db.execute("select reason from alerts where id = ?", [alert.id]).fetchone()
        return None if reason is None else str(reason)

    def pace(self, alert: Alert) -> tuple[int | None, int | None]:
        """(snoozed until, when it told last or will tell next), in epoch seconds UTC."""
        row = self._db.execute("select snoozed_until, told_at from alerts where id = ?", [alert.id]).fetchone()
        return row[0], row[1]

    def note_told(self, alert: Alert, at: int) -> None:
        """The alert tells at this moment, which may lie ahead."""
        self._db.conn.execute("update alerts set told_at = ? where id = ?", [at, alert.id])

    def snoozed(self, chat_id: int, now: int) -> dict[int, int]:
        """Until when each snoozed alert of the chat is quiet, by number; those that have ended included."""
        rows = self._db.execute(
            "select number, snoozed_until from alerts where chat_id = ? and snoozed_until > ? order by number",
            [chat_id, now],
        )
        return {int(number): int(until) for number, until in rows}

    def set_snooze(self, chat_id: int, number: int, until: int | None) -> None:
        """Let what the alert tells wait until this moment; None ends a snooze."""
        self._db.conn.execute(
            "update alerts set snoozed_until = ? where chat_id = ? and number = ?", [until, chat_id, number]
        )

    def retell(self, chat_id: int, number: int, at: int) -> None:
        """What the alert tells next, it tells at this moment after all."""
        self._db.conn.execute("update alerts set told_at = ? where chat_id = ? and number = ?", [at, chat_id, number])

    def explain(self, alert: Alert, reason: Reason) -> None:
        """Store why the last look at the alert ended as it did."""
        self._db.conn.execute("update alerts set reason = ? where id = ?", [reason.value, alert.id])

    def expired(self, symbol: str, now: int) -> tuple[Alert, ...]:
        """The living alerts on the symbol whose end has come."""
        return self._select(_EXPIRED, [now, symbol])

    def _select(self, where: str, arguments: Sequence[object]) -> tuple[Alert, ...]:
        rows = self._db.execute(f"select {_COLUMNS} from alerts where {where}", arguments)
        return tuple(_alert(row) for row in rows)

    def _write_state(self, alert: Alert, state: State, reason: str | None, moved_at: int | None = None) -> None:
        """`moved_at` is the start of the bar that changed it; None where it was no bar: then all so far are older."""
        starts_afresh = of_key(alert.metric)[0].starts_afresh
        below, above = (rest_until_fresh if starts_afresh else rest_interval)(alert, state)
        upper = state.upper or State()
        self._db.conn.execute(
            "update alerts set side = ?, armed = ?, since = ?, upper_side = ?, upper_armed = ?, upper_since = ?,"
            " holds = ?, reason = ?, next_below = ?, next_above = ?,"
            " moved_at = coalesce(?, (select max(at) from bars where bars.symbol = alerts.symbol)) where id = ?",
            [
                state.side, state.armed, state.since, upper.side, upper.armed, upper.since,
                _holds(state.hold, upper.hold), reason, below, above, moved_at, alert.id,
            ],
        )  # fmt: skip


# By the index of the ends: by that of the symbol, every alert on it would be read, poll after poll.
# An index of living alerts alone, whichever: none of their rows is read, and no more than the bound is counted.
_COUNTED = "select count(*) from (select 1 from alerts where ended_at is null limit ?)"

_EXPIRED = "expires_at <= ? and +symbol = ? and ended_at is null"

# Like `select distinct metric`, but by one index look-up a metric: SQLite would read every alert.
_METRICS = """
    with recursive known (metric) as (
        select min(metric) from alerts where symbol = :symbol and ended_at is null
        union all
        select (select min(metric) from alerts
            where symbol = :symbol and metric > known.metric and ended_at is null)
        from known where known.metric is not null
    )
    select metric from known where metric is not null
"""


def _alert(row: Sequence[Any]) -> Alert:
    (ident, chat_id, number, symbol, metric, way, threshold, band, upper, upper_band, level, within, created_at,
     once, daily, every_s, rearm_pct, hold_s, expires_at, regular_only, silent, note,
     side, armed, since, upper_side, upper_armed, upper_since, holds, line_at) = row  # fmt: skip
    hold, upper_hold = _read_holds(holds) if holds else (None, None)
    channel = None if upper is None else State(_SIDES[upper_side], bool(upper_armed), upper_since, upper_hold)
    return Alert(
        ident, chat_id, number, symbol, metric, _WAYS[way], Line(threshold, band), created_at,
        None if upper is None else Line(upper, upper_band), level, within,
        _policy(once, daily, every_s, rearm_pct, hold_s, expires_at, regular_only, silent, note),
        State(_SIDES[side], bool(armed), since, hold, channel), line_at,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _policy(once: int, daily: int, every_s: int | None, rearm_pct: float, hold_s: int | None,
            expires_at: int | None, regular_only: int, silent: int, note: str | None) -> Policy:  # fmt: skip
    """Nearly all alerts share a few policies, and a poll may read hundreds of alerts."""
    return Policy(
        bool(once), bool(daily), every_s, rearm_pct, hold_s, expires_at, bool(regular_only), bool(silent), note
    )


def _holds(*holds: Hold | None) -> str | None:
    """What each line of an alert waits for, as JSON; NULL where it is nothing."""
    if not any(holds):
        return None
    return json.dumps([hold and [hold.side, hold.starts_at, hold.held_s, hold.counted_at] for hold in holds])


def _read_holds(text: str) -> list[Hold | None]:
    return [Hold(Side(one[0]), *one[1:]) if one else None for one in json.loads(text)]
