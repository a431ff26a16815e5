"""A level moves: store the revision, move the alerts that follow it, judge those it is part of, owe the news.

A line that moves is never a crossing; an upside that moves with its target may be one (rule 6).
"""

from collections.abc import Collection
from dataclasses import replace
from math import inf

from bot.core import events
from bot.core.alerts import Alert, Line
from bot.core.course import Course, Stretch
from bot.core.crossing import rebase
from bot.core.days import date_of
from bot.core.levels import Level, is_passed
from bot.core.market import Hours, Point, Quote
from bot.core.metrics import follows, paths
from bot.jobs.judge import judge, owe_crossings
from bot.jobs.make import line_at
from bot.jobs.records import present_values, record_of
from bot.store import Store


def revise(store: Store, level: Level, hours: Hours, now: int, known_to: Collection[int] = ()) -> None:
    """Make this the firm's present level, in one transaction with everything that follows from it.

    `known_to` are chats that need not be told, since they have been answered or are told otherwise.
    """
    with store.transaction():
        old = store.levels.last_price(level.symbol, level.firm)  # one that had ended may be back
        before = store.levels.revise(level, now)
        if old is None or old == level.price:
            return
        quote = store.history.last_quote(level.symbol)
        if before is not None:
            _move_followers(store, level, hours, now)
            _owe_revised(store, level, old, quote, now, known_to)
        if quote is not None:
            _judge_dependents(store, level, old, hours, quote, now)


def _move_followers(store: Store, level: Level, hours: Hours, now: int) -> None:
    followers = store.alerts.following(level.symbol, level.firm)
    keys = {alert.metric for alert in followers}
    values = {
        rth: present_values(store, level.symbol, hours, keys, now, regular_only=rth)
        for rth in {alert.policy.regular_only for alert in followers}
    }
    for alert in followers:
        value = values[alert.policy.regular_only].get(alert.metric)
        store.alerts.change(replace(moved(alert, level.price, value), line_at=now), "its line moved")


def _owe_revised(
    store: Store, level: Level, old: float, quote: Quote | None, now: int, known_to: Collection[int]
) -> None:
    price = quote.price if quote is not None else None
    passed = is_passed(old, level.price, price)
    event = events.Revised(level.symbol, level.name, old, level.price, price, passed, now, level.source)
    chats = [chat for chat in following_chats(store, level) if chat not in known_to]
    store.outbox.owe(chats, event, now)


def following_chats(store: Store, level: Level) -> list[int]:
    """The served chats with an alert whose line is this level."""
    served = {member.chat_id for member in store.chats.members()}
    return sorted(served & {alert.chat_id for alert in store.alerts.following(level.symbol, level.firm)})


def moved(alert: Alert, price: float, value: float | None) -> Alert:
    """The alert after its level has moved to `price`, its metric standing at `value`."""
    lower, upper = lines_from(alert, price)
    return rebase(alert, lower, upper, value)


def lines_from(alert: Alert, price: float) -> tuple[Line, Line | None]:
    """The lines of an alert that follows a level, the level being at `price`."""
    rearm_pct = alert.policy.rearm_pct
    if alert.within is None:
        return line_at(alert.metric, price, rearm_pct), None
    ends = (round(price * (1 + sign * alert.within / 100), 6) for sign in (-1, 1))
    lower, upper = (line_at(alert.metric, end, rearm_pct) for end in ends)
    return lower, upper


def _judge_dependents(store: Store, level: Level, old: float, hours: Hours, quote: Quote, now: int) -> None:
    """Take the alerts on a metric that the level is part of to its new value; the price stands still."""
    keys = [key for key in store.alerts.metrics(level.symbol) if follows(key) == level.firm]
    walked = _standing(store, quote, hours, keys, now)
    fired = judge(store, paths(walked, keys), now)
    revision = events.Revision(level.name, old, level.price)
    owe_crossings(store, hours, fired, walked.points, quote, now, revision=revision)


def _standing(store: Store, quote: Quote, hours: Hours, keys: list[str], now: int) -> Course:
    """A course that stays where it is: the last price, at this moment."""
    record = replace(record_of(store, quote.symbol, hours, now, keys), settled_at=-inf)
    point = Point(now - now % 60, quote.price, quote.session, now)
    return Course(quote.symbol, [point], [Stretch(date_of(now, hours.zone), record.days, 0, 1, False, None)], record)
