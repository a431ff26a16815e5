"""What a clock that was ahead has stored, brought back to the present one.

A clock may come up years ahead or be set forward by mistake. What it stored would keep alerts blind
and messages waiting until that moment really comes. Never guesses: only moments that cannot lie in
the future are moved.
"""

from sqlite_utils import Database

_SLACK_S = 60
"""Clocks are set right by seconds all the time."""

_DAY_S = 86_400
_LONGEST_QUIET_S = 90 * _DAY_S  # what /mute and /snooze allow


def is_ahead(db: Database, now: int) -> bool:
    """Whether the last sign of life was given by a clock ahead of the present one, and the present one may be right.

    Prices are the witness: where one recorded is younger than `now`, it is the present clock that is behind.
    """
    (beat,) = db.execute("select cast(max(value) as integer) from facts where name = 'heartbeat'").fetchone()
    if beat is None or beat <= now + _SLACK_S:
        return False
    (newest,) = db.execute("select max((select max(at) from bars where symbol = feeds.symbol)) from feeds").fetchone()
    return newest is None or int(newest) <= now


def bring_back(db: Database, now: int) -> None:
    """Move every stored moment that only a clock ahead can have given. Belongs into a transaction."""
    for statement in _STATEMENTS:
        db.conn.execute(statement, {"now": now, "day_s": _DAY_S, "quiet_s": _LONGEST_QUIET_S})


_STATEMENTS = (
    # An alert must not be blind until then; one that ended before its time watches on, and its end is not told.
    "update alerts set created_at = :now where created_at > :now",
    "update alerts set line_at = :now where line_at > :now",
    "delete from outbox where status = 'pending' and kind = 'expired' and created_at > :now",
    """update alerts set ended_at = null, ended_by = null
    where ended_at > :now and ended_by = 'expired' and expires_at > :now""",
    # What waits, but for no alert, waits for the end of a quiet: delivery will ask for that once more.
    """update outbox set not_before = :now
    where status = 'pending' and created_at <= :now and not_before > :now and not exists (
        select 1 from alerts where alerts.chat_id = outbox.chat_id and told_at = outbox.not_before)""",
    # What was made ahead keeps its distance from the moment it was made.
    """update outbox set not_before = :now + max(not_before - created_at, 0), created_at = :now
    where status = 'pending' and created_at > :now""",
    # A telling still to come is one that is owed.
    """update alerts set told_at = :now where told_at > :now and not exists (
        select 1 from outbox where status = 'pending' and outbox.chat_id = alerts.chat_id and not_before = told_at)""",
    "update alerts set snoozed_until = null where snoozed_until > :now + :quiet_s",
    "update chats set muted_until = null where muted_until > :now + :quiet_s",
    "delete from facts where name glob 'awake/*' and cast(value as integer) > :now + 2 * :day_s",
    # Closes still to come have not been told.
    "update facts set value = :now where name glob 'closed/*' and cast(value as integer) > :now",
    "update facts set value = :now where name = 'put_back_at' and cast(value as integer) > :now",
    "update facts set value = :now where name glob '*heard/*' and cast(value as integer) > :now",
    # A split moves the levels from before it: one from the future would stay on the old scale.
    "update levels set valid_from = :now where valid_from > :now",
    "update levels set valid_to = :now where valid_to > :now",
    # What was heard of analysts then is heard once more, now.
    "delete from targets where at > :now",
    "delete from recommendations where at > :now",
    "update rating_actions set seen_at = :now where seen_at > :now",
    "update company_dates set valid_from = :now where valid_from > :now",
    "update company_dates set valid_to = :now where valid_to > :now",
    """update research set due_at = min(due_at, :now), tried_at = min(tried_at, :now), good_at = min(good_at, :now),
        day = min(day, date(:now, 'unixepoch'))""",
    # Reminders of dates still further away than they are for have not been given.
    "delete from reminders where julianday(day) - days_left > julianday(:now, 'unixepoch') + 1",
    # A day that was taken for settled is fetched once more.
    "delete from days where day >= date(:now, 'unixepoch')",
    """update feeds set polled_at = min(polled_at, :now), good_at = min(good_at, :now),
        retry_at = case when polled_at <= :now then retry_at end,
        silent_since = case when silent_since <= :now then silent_since end""",
)
