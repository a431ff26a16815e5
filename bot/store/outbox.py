"""The debts: one row a message owed to one chat, paid by `jobs/deliver`.

A row stores facts, not words. It is marked in flight before an attempt and cleared after it, so
that a crash in between is known to have ended unclearly.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from bot.core.events import Event, from_json, kind_of, to_json


@dataclass(frozen=True, slots=True)
class Owed:
    """One pending message; `doubtful` where an earlier attempt may have arrived."""

    id: int
    chat_id: int
    kind: str
    facts: str
    attempts: int
    doubtful: bool

    @property
    def event(self) -> Event:
        """What it tells; raises where the row was not written by `Outbox.owe`."""
        return from_json(self.kind, self.facts)


@dataclass(frozen=True, slots=True)
class Depth:
    """Pending rows, when the oldest was made (epoch seconds UTC), rows sent, rows refused for good."""

    pending: int
    oldest_at: int | None
    sent: int
    dead: int


class Outbox:
    """The messages owed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def owe(self, chats: Iterable[int], event: Event, now: int, not_before: int | None = None) -> None:
        """Owe the event to each chat, due at once or not before a moment (epoch seconds UTC)."""
        kind, facts = kind_of(event), to_json(event)
        due = now if not_before is None else not_before
        self._db.conn.executemany(
            "insert into outbox (chat_id, kind, facts, created_at, not_before) values (?, ?, ?, ?, ?)",
            [(chat_id, kind, facts, now, due) for chat_id in chats],
        )

    def due(self, now: int) -> tuple[Owed, ...]:
        """The first due message of every chat, in the order of their making: later ones wait for it.

        One still in flight is doubtful: unless its attempt is under way, its end could not be noted.
        """
        rows = self._db.execute(
            "select id, chat_id, kind, facts, attempts, max(doubtful, in_flight) from outbox where id in ("
            " select min(id) from outbox where status = 'pending' and not_before <= ? group by chat_id"
            ") order by id",
            [now],
        )
        return tuple(_owed(row) for row in rows)

    def begin(self, owed: Owed, now: int) -> None:
        """Note that an attempt starts, before it does."""
        self._db.conn.execute(
            "update outbox set attempts = attempts + 1, doubtful = max(doubtful, in_flight), in_flight = 1,"
            " attempted_at = ? where id = ?",
            [now, owed.id],
        )

    def sent(self, owed: Owed, message_id: int, now: int) -> None:
        """The messenger has accepted it."""
        self._db.conn.execute(
            "update outbox set status = 'sent', in_flight = 0, fault = null, message_id = ?, sent_at = ? where id = ?",
            [message_id, now, owed.id],
        )

    def failed(self, owed: Owed, fault: str, *, unclear: bool) -> None:
        """The attempt failed and will be repeated; marked as a repeat where it may have arrived."""
        self._db.conn.execute(
            "update outbox set in_flight = 0, fault = ?, doubtful = max(doubtful, ?) where id = ?",
            [fault, unclear, owed.id],
        )

    def refused(self, owed: Owed, fault: str) -> None:
        """Refused for good; kept as dead."""
        self._db.conn.execute(
            "update outbox set status = 'dead', in_flight = 0, fault = ? where id = ?", [fault, owed.id]
        )

    def recover(self) -> int:
        """After a start: attempts the last run did not see the end of are doubtful. How many there were."""
        cursor = self._db.conn.execute(
            "update outbox set in_flight = 0, doubtful = 1 where status = 'pending' and in_flight = 1"
        )
        return int(cursor.rowcount)

    def delivered(self, chat_id: int, message_id: int) -> bool:
        """Whether this message of the chat came from here, rather than as the reply to a command."""
        row = self._db.execute(
            "select 1 from outbox where chat_id = ? and message_id = ? limit 1", [chat_id, message_id]
        ).fetchone()
        return row is not None

    def depth(self) -> Depth:
        return Depth(*self._db.execute(_DEPTH).fetchone())


# The paid rows grow for years: they are counted in their index, never read.
_DEPTH = """
    select count(*), min(created_at),
        (select count(*) from outbox where status != 'pending' and status = 'sent'),
        (select count(*) from outbox where status != 'pending' and status = 'dead')
    from outbox where status = 'pending'
"""


def _owed(row: tuple[int, int, str, str, int, int]) -> Owed:
    ident, chat_id, kind, facts, attempts, doubtful = row
    return Owed(ident, chat_id, kind, facts, attempts, bool(doubtful))
