"""The debts: one row a message owed to one chat, paid by `jobs/deliver`.

A row stores facts, not words. It is marked in flight before an attempt and cleared after it, so
that a crash in between is known to have ended unclearly.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from sqlite_utils import Database

from bot.core.events import Event, from_json, kind_of, to_json

MOST_TOGETHER = 500
"""So many rows one digest holds; what is left comes with the next."""

MOST_COUNTED = 1000
"""How far rows are counted for people: beyond, it is "1000 or more"."""


@dataclass(frozen=True, slots=True)
class Row:
    """One debt as it is stored; `created_at` in epoch seconds UTC."""

    id: int
    kind: str
    facts: str
    created_at: int

    @property
    def event(self) -> Event:
        """What it tells; raises where the row was not written by `Outbox.owe`."""
        return from_json(self.kind, self.facts)


@dataclass(frozen=True, slots=True)
class Owed:
    """What goes to a chat as one message: one row, or, where some were `kept` for later, all that is due.

    `doubtful` where an earlier attempt may have arrived.
    """

    chat_id: int
    rows: tuple[Row, ...]
    doubtful: bool
    kept: bool

    @property
    def id(self) -> int:
        return self.rows[0].id

    @property
    def event(self) -> Event:
        """What its first row tells."""
        return self.rows[0].event

    @property
    def ids(self) -> str:
        """The ids of its rows, as JSON."""
        return json.dumps([row.id for row in self.rows])


@dataclass(frozen=True, slots=True)
class Waiting:
    """What alerts are owed: when it is due (epoch seconds UTC) and the numbers of these alerts."""

    id: int
    not_before: int
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits for the chats that are served, and what was refused for good; of each `MOST_COUNTED` at most.

    `due` rows may go out now, the first of them since `due_since` (epoch seconds UTC); `kept` wait for
    the end of a mute, of quiet hours or of a pause.
    """

    due: int
    due_since: int | None
    kept: int
    dead: int


class Outbox:
    """The messages owed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def owe(
        self, chats: Iterable[int], event: Event, now: int, not_before: int | None = None, *, doubtful: bool = False
    ) -> None:
        """Owe the event to each chat, due at once or not before a moment (epoch seconds UTC).

        `doubtful` where it may have been told before.
        """
        kind, facts = kind_of(event), to_json(event)
        due = now if not_before is None else not_before
        self._db.conn.executemany(
            "insert into outbox (chat_id, kind, facts, created_at, not_before, doubtful) values (?, ?, ?, ?, ?, ?)",
            [(chat_id, kind, facts, now, due, doubtful) for chat_id in chats],
        )

    def due(self, now: int) -> tuple[Owed, ...]:
        """The first due row of every chat, in the order of their making: later ones wait for it, see `together`.

        One still in flight is doubtful: unless its attempt is under way, its end could not be noted.
        """
        return tuple(_owed([row]) for row in self._db.execute(_HEADS, [now]))

    def together(self, first: Owed, now: int) -> Owed:
        """The message that this first one of a chat is part of: where rows were kept for later, all are one.

        What may have arrived already is not mixed with what certainly has not, so that the mark of
        a repeat says the truth of each row.
        """
        rows = self._db.execute(_DUE_OF_CHAT, [first.chat_id, now, MOST_TOGETHER]).fetchall()
        alike = list(takewhile(lambda row: row[4] == rows[0][4], rows))
        return _owed(alike) if any(row[5] for row in alike) else first

    def begin(self, owed: Owed, now: int) -> None:
        """Note that an attempt starts, before it does."""
        self._db.conn.execute(
            "update outbox set attempts = attempts + 1, doubtful = max(doubtful, in_flight), in_flight = 1,"
            f" attempted_at = ? where {_THESE}",
            [now, owed.ids],
        )

    def sent(self, owed: Owed, message_id: int, now: int) -> None:
        """The messenger has accepted it."""
        self._db.conn.execute(
            "update outbox set status = 'sent', in_flight = 0, fault = null, message_id = ?, sent_at = ?"
            f" where {_THESE}",
            [message_id, now, owed.ids],
        )

    def failed(self, owed: Owed, fault: str, *, unclear: bool) -> None:
        """The attempt failed and will be repeated; marked as a repeat where it may have arrived."""
        self._db.conn.execute(
            f"update outbox set in_flight = 0, fault = ?, doubtful = max(doubtful, ?) where {_THESE}",
            [fault, unclear, owed.ids],
        )

    def refused(self, owed: Owed, fault: str) -> None:
        """Refused for good; kept as dead."""
        self._db.conn.execute(
            f"update outbox set status = 'dead', in_flight = 0, fault = ? where {_THESE}", [fault, owed.ids]
        )

    def separate(self, owed: Owed, fault: str) -> None:
        """As one message it is refused: each of its rows becomes a message of its own."""
        self._db.conn.execute(
            f"update outbox set not_before = created_at, in_flight = 0, fault = ? where {_THESE}", [fault, owed.ids]
        )

    def put_off(self, chat_id: int, until: int, now: int) -> None:
        """Everything that is due for the chat waits until a moment."""
        self._db.conn.execute(
            "update outbox set not_before = ? where status = 'pending' and chat_id = ? and not_before <= ?",
            [until, chat_id, now],
        )

    def release(self, chat_id: int, until: int, now: int) -> int:
        """What waits until exactly that moment is due now; how many rows that are."""
        cursor = self._db.conn.execute(
            "update outbox set not_before = ? where status = 'pending' and chat_id = ? and not_before = ?",
            [now, chat_id, until],
        )
        return int(cursor.rowcount)

    def move(self, row_id: int, due: int) -> None:
        """A pending row is due at another moment."""
        self._db.conn.execute("update outbox set not_before = ? where id = ? and status = 'pending'", [due, row_id])

    def of_alerts(self, chat_id: int) -> tuple[Waiting, ...]:
        """The rows pending for the chat that its alerts wished for: crossings, and news without a level's move."""
        rows = self._db.execute(_OF_ALERTS, [chat_id])
        return tuple(Waiting(ident, due, frozenset(json.loads(numbers))) for ident, due, numbers in rows)

    def recover(self) -> int:
        """After a start: attempts the last run did not see the end of are doubtful. How many there were."""
        cursor = self._db.conn.execute(
            "update outbox set in_flight = 0, doubtful = 1 where status = 'pending' and in_flight = 1"
        )
        return int(cursor.rowcount)

    def doubt_all(self) -> None:
        """Whatever is pending may have been told before."""
        self._db.conn.execute("update outbox set doubtful = 1 where status = 'pending'")

    def forget_paid(self, before: int) -> None:
        """Forget some of the oldest rows, where they are settled and were made before a moment."""
        self._db.conn.execute(
            "delete from outbox where id in (select id from (select * from outbox order by id limit 500)"
            " where status != 'pending' and created_at < ?)",
            [before],
        )

    def delivered(self, chat_id: int, message_id: int) -> bool:
        """Whether this message of the chat came from here, rather than as the reply to a command."""
        row = self._db.execute(
            "select 1 from outbox where chat_id = ? and message_id = ? limit 1", [chat_id, message_id]
        ).fetchone()
        return row is not None

    def missed(self, chat_id: int) -> tuple[int, int | None]:
        """How many messages the chat has refused since the last one it took, and when the first of them was made."""
        count, since = self._db.execute(_MISSED, [chat_id, chat_id]).fetchone()
        return count, since

    def depth(self, now: int) -> Depth:
        """What waits at this moment; costs the same however many rows there are."""
        due, since, kept, dead = self._db.execute(_DEPTH, {"now": now, "most": MOST_COUNTED}).fetchone()
        return Depth(min(due, MOST_COUNTED), since, min(kept, MOST_COUNTED), dead)

    def owes_anything(self) -> bool:
        """Whether any row is pending, be it for a chat that is served no more."""
        return self._db.execute("select 1 from outbox where status = 'pending' limit 1").fetchone() is not None

    def count_sent(self) -> int:
        """How many rows were sent; reads all of their index."""
        return int(
            self._db.execute("select count(*) from outbox where status != 'pending' and status = 'sent'").fetchone()[0]
        )


# Counted in the indices and never beyond a bound: the paid rows grow for years, and a mute may keep thousands.
_WAITING = "select not_before from outbox where status = 'pending' and chat_id = chats.chat_id and not_before"
_DEPTH = f"""
    select coalesce(sum((select count(*) from ({_WAITING} <= :now limit :most))), 0),
        min((select min(not_before) from outbox
            where status = 'pending' and chat_id = chats.chat_id and not_before <= :now)),
        coalesce(sum((select count(*) from ({_WAITING} > :now limit :most))), 0),
        (select count(*) from (select 1 from outbox where status != 'pending' and status = 'dead' limit :most))
    from chats
"""

# That it missed some is no message to be missed: it says so again, with all of them.
_MISSED = """
    select count(*), min(created_at) from outbox
    where status != 'pending' and status = 'dead' and chat_id = ? and fault = 'blocked' and kind != 'missed'
        and id > coalesce((select max(id) from outbox where chat_id = ? and message_id is not null), 0)
"""

_OF_ALERTS = """
    select id, not_before, case kind
        when 'crossed' then (select json_group_array(value ->> 'number') from json_each(facts, '$.told'))
        when 'analystnews' then facts -> '$.alerts'
        else json_array(facts ->> '$.alert') end
    from outbox where status = 'pending' and chat_id = ? and json_valid(facts) and (kind = 'crossed'
        or (kind = 'analystnews' and json_array_length(facts, '$.levels') = 0)
        or (kind = 'datenear' and facts ->> '$.alert' is not null))
    order by id
"""

_THESE = "id in (select value from json_each(?))"

_ROW = "select chat_id, id, kind, facts, max(doubtful, in_flight), not_before > created_at, created_at from outbox"
# In the order of their making: by the index of due times, which the planner might take, all of a chat would be sorted.
_HEADS = f"""{_ROW} where id in (
    select min(id) from outbox indexed by outbox_due where status = 'pending' and not_before <= ? group by chat_id
) order by id"""
_DUE_OF_CHAT = f"""{_ROW} indexed by outbox_due
    where status = 'pending' and chat_id = ? and not_before <= ? order by id limit ?"""


def _owed(rows: Sequence[tuple[int, int, str, str, int, int, int]]) -> Owed:
    """The rows of one chat, alike in their doubt, as one message."""
    stored = tuple(Row(ident, kind, facts, made_at) for _, ident, kind, facts, _, _, made_at in rows)
    return Owed(rows[0][0], stored, doubtful=bool(rows[0][4]), kept=any(row[5] for row in rows))
