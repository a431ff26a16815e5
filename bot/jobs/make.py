"""A wish becomes a stored alert, whoever wished it: a chat or the configuration."""

from dataclasses import replace

from bot.core.alerts import Alert, Line
from bot.core.language import Wish
from bot.core.market import Hours
from bot.core.metrics import of_key
from bot.core.replay import starting
from bot.jobs.records import present_values
from bot.store import Store


def make(store: Store, wish: Wish, chat_id: int, hours: Hours, origin: str, now: int) -> Alert:
    """Store what was wished for; its side is that of its metric's last value, where there is one.

    `origin` is "chat" or the configured text, `hours` are the stock's, `now` epoch seconds UTC.
    """
    return store.alerts.add(settled(store, blank(wish, chat_id, now), hours, now), origin)


def blank(wish: Wish, chat_id: int, now: int) -> Alert:
    """The alert as it would be stored, not knowing yet where its metric stands, and without a number."""
    policy = wish.policy
    lower = line_at(wish.metric, wish.threshold, policy.rearm_pct)
    upper = None if wish.upper is None else line_at(wish.metric, wish.upper, policy.rearm_pct)
    return Alert(0, chat_id, 0, wish.symbol, wish.metric, wish.way, lower, now, upper, wish.level, wish.within, policy)


def settled(store: Store, alert: Alert, hours: Hours, now: int) -> Alert:
    """The alert on the side where its metric was last seen."""
    key, regular_only = alert.metric, alert.policy.regular_only
    value = present_values(store, alert.symbol, hours, [key], now, regular_only=regular_only).get(key)
    return replace(alert, state=starting(alert, value))


def line_at(key: str, threshold: float, rearm_pct: float) -> Line:
    """A threshold of this metric with its band."""
    return Line(threshold, of_key(key)[0].band(threshold, rearm_pct))
