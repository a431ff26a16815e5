"""A level moves: store the revision, move the alerts that follow it, owe the news. Never a crossing."""

from bot.core import events
from bot.core.alerts import Alert, Side, rebase
from bot.core.levels import Level
from bot.core.metrics import BY_NAME
from bot.store import Store


def revise(store: Store, level: Level, now: int, known_to: int | None = None) -> None:
    """Make this the firm's present level, in one transaction with everything that follows from it.

    `known_to` is a chat that need not be told, since it has been answered.
    """
    with store.transaction():
        before = store.levels.revise(level, now)
        if before is None or before.price == level.price:
            return
        quote = store.history.last_quote(level.symbol)
        price = quote.price if quote is not None else None
        followers = store.alerts.following(level.symbol, level.firm)
        for alert in followers:
            _move(store, alert, level.price, price)
        event = events.Revised(
            level.symbol,
            level.name,
            before.price,
            level.price,
            price,
            _passed(before.price, level.price, price),
            now,
        )
        served = {member.chat_id for member in store.chats.members()} - {known_to}
        store.outbox.owe(sorted(served & {alert.chat_id for alert in followers}), event, now)


def _move(store: Store, alert: Alert, threshold: float, price: float | None) -> None:
    band = BY_NAME[alert.metric].band(threshold, store.alerts.rearm_pct(alert))
    store.alerts.move(rebase(alert, threshold, band, price))


def _passed(old: float, new: float, price: float | None) -> bool:
    """Whether the price now lies on the other side of the line than before it moved."""
    return price is not None and _side(old, price) is not _side(new, price)


def _side(line: float, price: float) -> Side:
    return Side.ABOVE if price >= line else Side.BELOW
