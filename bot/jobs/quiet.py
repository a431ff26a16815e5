"""Snoozes, mutes and quiet hours begun and ended, with what they hold back brought into line.

Owns the moments at which owed messages become due by them. What is decided and told stays as it is (rule 5).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.core.quiet import Quiet, hours_until
from bot.store import Store
from bot.store.outbox import Waiting


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a `resume` ended: a mute, so many snoozes; how many messages waited for that; the quiet hours lifted.

    `awake_until` is the end of the present quiet hours (epoch seconds UTC), None outside of them.
    """

    was_muted: bool
    snoozes: int
    waited: int
    awake_until: int | None


def snooze(store: Store, chat_id: int, numbers: Collection[int], until: int | None, now: int) -> int:
    """Let these alerts of the chat be quiet until a moment, or (None) no longer; how many messages that moves.

    What is owed already goes along: crossings of several alerts in one message wait as long as all
    of these are snoozed. A message that waited for the end of a snooze waits for it no longer.
    """
    before = store.alerts.snoozed(chat_id, now)
    for number in numbers:
        store.alerts.set_snooze(chat_id, number, until)
    after = store.alerts.snoozed(chat_id, now)
    concerned = [row for row in store.outbox.of_alerts(chat_id) if not row.numbers.isdisjoint(numbers)]
    moves = {row: _due(row, _snoozed_until(row, before), _snoozed_until(row, after), now) for row in concerned}
    moved = {row: due for row, due in moves.items() if due != row.not_before}
    for row, due in moved.items():
        store.outbox.move(row.id, due)
        for number in row.numbers.intersection(numbers):
            store.alerts.retell(chat_id, number, due)
    return len(moved)


def _snoozed_until(row: Waiting, ends: dict[int, int]) -> int | None:
    """When the first of its alerts wakes; None where one is awake."""
    return min(ends[number] for number in row.numbers) if row.numbers <= ends.keys() else None


def _due(row: Waiting, before: int | None, after: int | None, now: int) -> int:
    due = now if row.not_before == before else row.not_before
    return due if after is None else max(due, after)


def set_quiet(store: Store, chat_id: int, quiet: Quiet, now: int) -> int:
    """Store when the chat wants nothing unasked; how many messages waited for the end of what it had set before.

    Those are due now: delivery keeps them back again where that is still wished for.
    """
    return _released(store, chat_id, now, lambda: store.chats.set_quiet(chat_id, quiet))


def set_zone(store: Store, chat_id: int, zone: str, now: int) -> None:
    """Store whose clocks the chat goes by, in its quiet hours too."""
    _released(store, chat_id, now, lambda: store.chats.set_zone(chat_id, zone))


def resume(store: Store, chat_id: int, now: int) -> Resumed:
    """End the chat's mute and snoozes; quiet hours stay, the present ones are lifted up to their end."""
    quiet, snoozed = store.chats.quiet(chat_id), store.alerts.snoozed(chat_id, now)
    awake_until = hours_until(quiet, now)
    waited = snooze(store, chat_id, snoozed, None, now)
    waited += set_quiet(store, chat_id, replace(quiet, muted_until=None, awake_until=awake_until), now)
    was_muted = quiet.muted_until is not None and quiet.muted_until > now
    return Resumed(was_muted, len(snoozed), waited, awake_until)


def _released(store: Store, chat_id: int, now: int, change: Callable[[], None]) -> int:
    until = store.chats.quiet_until(chat_id, now)
    change()
    return 0 if until is None else store.outbox.release(chat_id, until, now)
