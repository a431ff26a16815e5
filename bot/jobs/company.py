"""A company's dates: what of a change is told, and who is reminded when.

Each chat is reminded by its own clocks, the day before and on the morning, once. Sends nothing.
"""

from collections.abc import Callable, Iterable
from datetime import date

from bot.core.alerts import Alert
from bot.core.clock import Place
from bot.core.company import CompanyDate, Occasion
from bot.core.days import date_of
from bot.core.news import DateMoved, DateNear
from bot.feeds import Part
from bot.jobs.heard import last, may_be_told
from bot.jobs.judge import by_chat, judge
from bot.jobs.standing import standing_path
from bot.jobs.watch import Watched
from bot.store import Store

LOOK_S = 60
"""How often in seconds it is to be seen whether somebody is to be reminded."""

MORNING = 8
"""The hour, by the clocks of the chat, from which on a day's reminders are due."""

_REMINDED = (1, 0)  # so many days before
_FURTHEST = 61  # days: no alert looks further ahead
_FAR = _FURTHEST + 1.0
_NEXT_DAYS = 20  # a date that goes further off on its very day has come, and this is the next


def take_in_dates(store: Store, symbol: str, zone: str, dates: Iterable[CompanyDate], now: int) -> None:
    """Store the dates, and tell those who watch the stock where one still to come has changed.

    Belongs into a transaction. The first dates heard of a stock are no change.
    """
    known, today = store.company_dates.present(symbol), date_of(now, zone)
    for new in dates:
        old = known.get(new.occasion)
        if old == new:
            continue
        store.company_dates.revise(symbol, new, now)
        is_over = old is not None and _is_over(old, new, today)
        if is_over:
            _judge_far(store, symbol, new.occasion, now)
        event = DateMoved(symbol, None if is_over else old, new, now)
        if known and _is_told(event, today):
            is_doubtful = may_be_told(store, last(store, symbol, Part.ACTIONS) or 0)
            store.outbox.owe(store.alerts.chats_watching(symbol), event, now, doubtful=is_doubtful)


def _is_over(old: CompanyDate, new: CompanyDate, today: date) -> bool:
    """Whether it has come: a company that reports in the morning has its next report listed on that very day."""
    return old.days_left(today) < 0 or (old.day <= today and (new.day - old.last_day).days > _NEXT_DAYS)


def _judge_far(store: Store, symbol: str, occasion: Occasion, now: int) -> None:
    """After a date the next one is far away until it is known: only then can it come near."""
    judge(store, [standing_path(store, symbol, f"until:{occasion.value}", [_FAR], now)], now)


def _is_told(event: DateMoved, today: date) -> bool:
    """Whether it is still to come and another; the next report after one that is over is expected anyway.

    Of a stretch in which a report is expected only its beginning counts: its end wanders.
    """
    old, new = event.old, event.new
    if new.days_left(today) < 0:
        return False
    if old is None:
        return new.occasion is not Occasion.EARNINGS
    return old.day != new.day or (old.is_estimate and not new.is_estimate)


class Reminders:
    """Reminds chats of what is near. `clock` gives epoch seconds; `tell` is called after each look."""

    def __init__(self, store: Store, clock: Callable[[], float], tell: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell

    def look(self, watched: Iterable[Watched]) -> None:
        """Owe what is due at this moment and was not told before."""
        now = int(self._clock())
        for one in watched:
            dates = self._store.company_dates.present(one.stock.symbol)
            today = date_of(now, one.hours.zone)
            near = [what for what in dates.values() if -1 <= what.days_left(today) <= _FURTHEST]
            if near:
                with self._store.transaction():
                    for what in near:
                        _remind(self._store, one, what, now)
        self._tell()


def _remind(store: Store, watched: Watched, what: CompanyDate, now: int) -> None:
    """The chats of each zone in turn: a day begins in each at another moment."""
    symbol = watched.stock.symbol
    zones: dict[str, list[int]] = {}
    for chat_id in store.alerts.chats_watching(symbol):
        zones.setdefault(store.chats.zone(chat_id) or watched.hours.zone, []).append(chat_id)
    for zone, chats in zones.items():
        local = Place(zone).local(now)
        if local.hour < MORNING:
            continue
        days_left = what.days_left(local.date())
        is_doubtful = may_be_told(store, now - int((local - local.replace(hour=MORNING, minute=0)).total_seconds()))
        told = _judge(store, watched, what, days_left, chats, now, doubtful=is_doubtful)
        for chat_id in chats:
            if days_left in _REMINDED and store.chats.wants_reminders(chat_id):
                is_new = store.company_dates.note_reminder(chat_id, symbol, what, days_left)
                if is_new and chat_id not in told:  # one message for the two
                    store.outbox.owe([chat_id], DateNear(symbol, what, days_left, None, now), now, doubtful=is_doubtful)


def _judge(
    store: Store, watched: Watched, what: CompanyDate, days_left: int, chats: list[int], now: int, *, doubtful: bool
) -> frozenset[int]:
    """Take these chats' alerts on the date to where it is now; who is told."""
    key, symbol = f"until:{what.occasion.value}", watched.stock.symbol
    value = float(days_left) if days_left >= 0 else _FAR  # of one that is over, nobody is told that it has come near
    path = standing_path(store, symbol, key, [value], now)
    fired = judge(store, [path], now, only=lambda alert: alert.chat_id in chats and alert.state.side is not None)
    # Those that knew of no date until now: one that is near already has come near.
    path = standing_path(store, symbol, key, [_FAR, value], now)
    fired += judge(store, [path], now, only=lambda alert: alert.chat_id in chats and alert.state.side is None)
    for (chat_id, due), crossings in by_chat(store, watched.hours, fired, now).items():
        for alert, _ in crossings:
            store.outbox.owe([chat_id], _near(symbol, what, days_left, alert, now), now, due, doubtful=doubtful)
    return frozenset(alert.chat_id for alert, _ in fired)


def _near(symbol: str, what: CompanyDate, days_left: int, alert: Alert, now: int) -> DateNear:
    policy = alert.policy
    return DateNear(symbol, what, days_left, alert.number, now, policy.once, policy.note, policy.silent)
