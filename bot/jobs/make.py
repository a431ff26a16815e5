"""A wish becomes a stored alert, whoever wished it: a chat or the configuration."""

from bot.core.alerts import Alert, Line, State, settle
from bot.core.language import Wish
from bot.core.metrics import of_key
from bot.jobs.present import present_value
from bot.store import Store


def make(store: Store, wish: Wish, chat_id: int, zone: str, origin: str, now: int) -> Alert:
    """Store what was wished for; its side is that of the metric's last value, where there is one.

    `origin` is "chat" or the configured text, `zone` the exchange's, `now` epoch seconds UTC.
    """
    return store.alerts.add(drafted(store, wish, chat_id, zone, now), origin)


def drafted(store: Store, wish: Wish, chat_id: int, zone: str, now: int) -> Alert:
    """The alert as it would be stored, without a number yet."""
    draft = blank(wish, chat_id, now)
    value = present_value(store, wish.symbol, wish.metric, zone, regular_only=wish.policy.regular_only)
    return draft if value is None else replace(draft, state=settle(draft, value))


def blank(wish: Wish, chat_id: int, now: int) -> Alert:
    """The alert with its bands, not knowing yet where its metric stands."""
    lower = line_at(wish.metric, wish.threshold, wish.policy.rearm_pct)
    upper = None if wish.upper is None else line_at(wish.metric, wish.upper, wish.policy.rearm_pct)
    return Alert(
        0, chat_id, 0, wish.symbol, wish.metric, wish.way, lower, now, upper, wish.level, wish.within, wish.policy
    )


def line_at(key: str, threshold: float, rearm_pct: float) -> Line:
    """A threshold of this metric with its band."""
    return Line(threshold, of_key(key)[0].band(threshold, rearm_pct))
