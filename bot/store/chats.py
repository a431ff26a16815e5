"""Who is served: chats, their owner, and the one-time codes by which they join."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database

from bot.core.quiet import Quiet, quiet_until

PAIRING_LASTS_S = 600
"""A code is good for ten minutes."""

WRONG_TRIES = 5
"""So many wrong guesses close a code for good."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


class Guess(StrEnum):
    """What came of a pairing code that somebody showed."""

    RIGHT = "right"  # it is used up
    WRONG = "wrong"
    LOCKED = "locked"  # wrong, and one time too often: nobody joins by the open code any more
    UNASKED = "unasked"  # no code is open


@dataclass(frozen=True, slots=True)
class Member:
    """A chat that is served; `lost_at` since when it refuses messages, or None."""

    chat_id: int
    kind: str
    origin: str
    user_id: int | None
    lost_at: int | None


class Chats:
    """The chats served."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, chat_id: int, kind: str, origin: str, user_id: int | None, now: int) -> bool:
        """Serve this chat; whether it is new. `origin` is "configured" or "paired"."""
        cursor = self._db.conn.execute(
            "insert into chats (chat_id, kind, origin, user_id, joined_at) values (?, ?, ?, ?, ?)"
            " on conflict (chat_id) do nothing",
            [chat_id, kind, origin, user_id, now],
        )
        return bool(cursor.rowcount)

    def remove(self, chat_id: int) -> None:
        """Serve this chat no longer; its alerts stay, for the day it comes back."""
        self._db.conn.execute("delete from chats where chat_id = ?", [chat_id])

    def members(self) -> tuple[Member, ...]:
        rows = self._db.execute("select chat_id, kind, origin, user_id, lost_at from chats order by chat_id")
        return tuple(Member(*row) for row in rows)

    def serves(self, chat_id: int) -> bool:
        """Whether alerts are told in this chat."""
        return self._db.execute("select 1 from chats where chat_id = ?", [chat_id]).fetchone() is not None

    def obeys(self, user_id: int | None, chat_id: int) -> bool:
        """Whether this user may command here: a served user anywhere, anybody in a served group."""
        row = self._db.execute(
            "select 1 from chats where (user_id is not null and user_id = ?)"
            " or (chat_id = ? and kind = 'group') limit 1",
            [user_id, chat_id],
        ).fetchone()
        return row is not None

    def zone(self, chat_id: int) -> str | None:
        """The IANA time zone the chat has chosen, or None."""
        row = self._db.execute("select zone from chats where chat_id = ?", [chat_id]).fetchone()
        return None if row is None else row[0]

    def set_zone(self, chat_id: int, zone: str) -> None:
        self._db.conn.execute("update chats set zone = ? where chat_id = ?", [zone, chat_id])

    def quiet(self, chat_id: int) -> Quiet:
        """When the chat wants nothing unasked."""
        row = self._db.execute(
            "select coalesce(zone, 'UTC'), quiet_from, quiet_until, muted_until, cast(facts.value as integer)"
            " from chats left join facts on facts.name = 'awake/' || chat_id where chat_id = ?",
            [chat_id],
        ).fetchone()
        if row is None:
            return Quiet("UTC")
        zone, begins, ends, muted_until, awake_until = row
        return Quiet(zone, None if begins is None else (begins, ends), muted_until, awake_until)

    def set_quiet(self, chat_id: int, quiet: Quiet) -> None:
        """Store mute and quiet hours; the zone stays that of `set_zone`."""
        begins, ends = quiet.hours or (None, None)
        self._db.conn.execute(
            "update chats set quiet_from = ?, quiet_until = ?, muted_until = ? where chat_id = ?",
            [begins, ends, quiet.muted_until, chat_id],
        )
        self._db.conn.execute("delete from facts where name = ?", [f"awake/{chat_id}"])
        if quiet.awake_until is not None:
            self._db.conn.execute(
                "insert into facts (name, value) values (?, ?)", [f"awake/{chat_id}", str(quiet.awake_until)]
            )

    def quiet_until(self, chat_id: int, now: int) -> int | None:
        """Until when the chat wants nothing unasked (epoch seconds UTC), None where it may be told now."""
        return quiet_until(self.quiet(chat_id), now)

    def wants_digest(self, chat_id: int) -> bool:
        """Whether the chat is told how its stocks closed."""
        return (chat_id,) in self._db.execute("select chat_id from chats where chat_id = ? and digest", [chat_id])

    def set_digest(self, chat_id: int, wanted: bool) -> None:
        self._db.conn.execute("update chats set digest = ? where chat_id = ?", [wanted, chat_id])

    def wanting_digest(self) -> tuple[int, ...]:
        """The chats that are told how the stocks closed."""
        return tuple(int(chat_id) for (chat_id,) in self._db.execute("select chat_id from chats where digest"))

    def wants_reminders(self, chat_id: int) -> bool:
        """Whether the chat is reminded of its stocks' dates, as all are that have not turned it off."""
        return (chat_id,) in self._db.execute("select chat_id from chats where chat_id = ? and reminders", [chat_id])

    def set_reminders(self, chat_id: int, wanted: bool) -> None:
        self._db.conn.execute("update chats set reminders = ? where chat_id = ?", [wanted, chat_id])

    def set_lost(self, chat_id: int, at: int | None) -> bool:
        """Note that the chat refuses messages since `at`, or (None) takes them again; whether that is news."""
        cursor = self._db.conn.execute(
            "update chats set lost_at = ? where chat_id = ? and (lost_at is null) != (? is null)",
            [at, chat_id, at],
        )
        return bool(cursor.rowcount)

    def is_lost(self, chat_id: int) -> bool:
        """Whether the chat refuses messages."""
        lost = "select 1 from chats where chat_id = ? and lost_at is not null"
        return self._db.execute(lost, [chat_id]).fetchone() is not None

    def migrate(self, old: int, new: int) -> None:
        """The messenger has moved a chat to a new id: everything of it moves along.

        Where the new id has alerts of its own, the moved ones are numbered on from there. What the
        configuration knows by the old id is remembered, see `present_id`.
        """
        self._db.conn.execute("update or ignore chats set chat_id = ? where chat_id = ?", [new, old])
        self._db.conn.execute(_INHERITED, [new, old])
        self._db.conn.execute("update or ignore facts set name = ? where name = ?", [f"awake/{new}", f"awake/{old}"])
        self.remove(old)
        (taken,) = self._db.execute("select coalesce(max(number), 0) from alerts where chat_id = ?", [new]).fetchone()
        self._db.conn.execute("update alerts set chat_id = ?, number = number + ? where chat_id = ?", [new, taken, old])
        self._db.conn.execute("update outbox set chat_id = ? where chat_id = ?", [new, old])
        self._db.conn.execute("update or ignore reminders set chat_id = ? where chat_id = ?", [new, old])
        self._db.conn.execute("update stocks set added_by = ? where added_by = ?", [new, old])
        self._db.conn.execute(
            "update or ignore configured set name = replace(name, ?, ?) where name glob ?",
            [f"alert/{old}/", f"alert/{new}/", f"alert/{old}/*"],
        )
        self._db.conn.execute(
            "update facts set value = ? where name glob 'moved/*' and value = ?", [str(new), str(old)]
        )
        self._db.conn.execute("insert or replace into facts (name, value) values (?, ?)", [f"moved/{old}", str(new)])

    def present_id(self, chat_id: int) -> int:
        """The id under which a chat lives today, wherever it has moved since it was written down."""
        row = self._db.execute("select value from facts where name = ?", [f"moved/{chat_id}"]).fetchone()
        return chat_id if row is None else int(row[0])

    def new_code(self, now: int) -> str:
        """A fresh pairing code, stored hashed only; an earlier one ends."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        salt = secrets.token_hex(8)
        self._db.conn.execute("delete from pairings")
        self._db.conn.execute(
            "insert into pairings (salt, code_hash, expires_at) values (?, ?, ?)",
            [salt, _hashed(salt, code), now + PAIRING_LASTS_S],
        )
        return code

    def awaits_code(self, now: int) -> bool:
        """Whether a code is open that somebody may show."""
        return self._open_code(now) is not None

    def redeem(self, code: str, now: int) -> Guess:
        """Whether the code is the open one; it is then used up. A wrong guess is counted, no more than five are."""
        row = self._open_code(now)
        if row is None:
            return Guess.UNASKED
        ident, salt, expected, wrong_tries = row
        if hmac.compare_digest(_hashed(salt, code), expected):
            self._db.conn.execute("delete from pairings where id = ?", [ident])
            return Guess.RIGHT
        self._db.conn.execute("update pairings set wrong_tries = wrong_tries + 1 where id = ?", [ident])
        return Guess.LOCKED if wrong_tries + 1 == WRONG_TRIES else Guess.WRONG

    def _open_code(self, now: int) -> tuple[int, str, str, int] | None:
        """One that is good for longer than ten minutes was made by a clock ahead, nobody knows when."""
        row: tuple[int, str, str, int] | None = self._db.execute(
            "select id, salt, code_hash, wrong_tries from pairings"
            " where expires_at > ? and expires_at <= ? and wrong_tries < ?",
            [now, now + PAIRING_LASTS_S, WRONG_TRIES],
        ).fetchone()
        return row


# Only where both ids are served; the new one keeps what it has set itself.
_INHERITED = """
    update chats set zone = coalesce(chats.zone, old.zone), digest = max(chats.digest, old.digest),
        reminders = min(chats.reminders, old.reminders),
        quiet_from = coalesce(chats.quiet_from, old.quiet_from),
        quiet_until = coalesce(chats.quiet_until, old.quiet_until),
        muted_until = coalesce(chats.muted_until, old.muted_until)
    from chats as old where chats.chat_id = ? and old.chat_id = ?
"""


def _hashed(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code.strip().casefold()}".encode()).hexdigest()
