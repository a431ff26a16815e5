"""When what an alert tells may be delivered: snoozes, cooldowns, once a day. Never what is told (rule 5)."""

from bot.core.alerts import Alert
from bot.core.clock import Place
from bot.core.market import Hours, Session
from bot.store import Store

_DAY_S = 86_400
_ALL = frozenset({Session.PRE, Session.REGULAR, Session.POST})


def due_at(store: Store, alert: Alert, hours: Hours, now: int) -> int:
    """When a crossing noticed now is told; noted, so that the next one keeps its distance from it."""
    snoozed_until, told_at = store.alerts.pace(alert)
    due = max(now, snoozed_until or now)
    if told_at is not None:
        # A telling still to come takes this one along; one gone by starts the pause.
        due = max(due, told_at if told_at > now else _pause_ends(alert, hours, told_at))
    if due > now or alert.policy.daily or alert.policy.every_s is not None:
        store.alerts.note_told(alert, due)
    return due


def _pause_ends(alert: Alert, hours: Hours, told_at: int) -> int:
    if alert.policy.every_s is not None:
        return told_at + alert.policy.every_s
    return _next_day(hours, told_at) if alert.policy.daily else told_at


def _next_day(hours: Hours, at: int) -> int:
    """When the next exchange day begins: with its first session, or at midnight UTC where nothing closes."""
    place, opens = Place(hours.zone), hours.next_open(at, _ALL)
    while opens is not None and place.is_same_day(opens, at):  # after a lunch break
        opens = hours.next_open(opens, _ALL)
    return opens if opens is not None else at - at % _DAY_S + _DAY_S
