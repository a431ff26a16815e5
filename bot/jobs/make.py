"""A wish becomes a stored alert, whoever wished it: a chat or the configuration."""

from bot.core.alerts import Alert, State, settle
from bot.core.language import Wish
from bot.core.metrics import BY_NAME
from bot.store import Store
from bot.store.alerts import Draft


def make(store: Store, wish: Wish, chat_id: int, rearm_pct: float, origin: str, now: int) -> Alert:
    """Store what was wished for; its side is that of the last price, where there is one.

    `origin` is "chat" or the configured text, `rearm_pct` the band in percent, `now` epoch seconds UTC.
    """
    band = BY_NAME[wish.metric].band(wish.threshold, rearm_pct)
    quote = store.history.last_quote(wish.symbol)
    blank = Alert(0, chat_id, 0, wish.symbol, wish.metric, wish.way, wish.threshold, band, wish.level, wish.once, now)
    state = settle(blank, quote.price) if quote is not None else State()
    return store.alerts.add(
        Draft(
            chat_id, wish.symbol, wish.metric, wish.way, wish.threshold, wish.level, wish.once,
            rearm_pct, band, origin, now, state,
        )
    )  # fmt: skip
