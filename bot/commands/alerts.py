"""/alerts: what is watched for this chat, the nearest first, with a button to delete each."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.alerts import Alert
from bot.core.language import describe
from bot.core.message import Button, Message
from bot.core.metrics.price import money
from bot.core.wording import distance

NAME = "alerts"
SUMMARY = "your alerts, nearest first"

_PAGE = 20


def run(desk: Desk, request: Request) -> Message:
    chosen = desk.chosen("" if request.arguments.isdigit() else request.arguments)
    if isinstance(chosen, Message):
        return chosen
    own = [alert for alert in desk.store.alerts.of_chat(request.chat_id) if alert.symbol in chosen]
    if not own:
        return Message("No alerts. /alert above 192 makes one.", ((Button("Levels", "/levels"),),))
    own.sort(key=lambda alert: _far(desk, alert))
    return _page(desk, own, int(request.arguments[:6]) if request.arguments.isdecimal() else 1)


def _far(desk: Desk, alert: Alert) -> float:
    """How many percent the price has to go; what has no price yet comes last."""
    quote = desk.quote(alert.symbol)
    return abs(alert.threshold / quote.price - 1) if quote is not None else float("inf")


def _page(desk: Desk, own: list[Alert], wanted: int) -> Message:
    pages = -(-len(own) // _PAGE)
    page = min(max(wanted, 1), pages)
    shown = own[(page - 1) * _PAGE : page * _PAGE]
    head = f"<b>{len(own)} alert{'s' if len(own) > 1 else ''}, nearest first</b>"
    lines = [
        head if pages == 1 else f"{head} · page {page} of {pages}",
        *(_row(desk, alert) for alert in shown),
    ]
    buttons = [Button(f"Delete #{alert.number}", f"/delete {alert.number}") for alert in shown]
    rows = [tuple(buttons[index : index + 3]) for index in range(0, len(buttons), 3)]
    turns = [
        Button(label, f"/alerts {to}")
        for label, to in (("← Nearer", page - 1), ("Further →", page + 1))
        if 1 <= to <= pages
    ]
    return Message("\n".join(lines), (*rows, *((tuple(turns),) if turns else ())))


def _row(desk: Desk, alert: Alert) -> str:
    quote = desk.quote(alert.symbol)
    price = f" at {money(alert.threshold)}" if alert.level is not None else ""
    far = f" · {distance(quote.price, alert.threshold)}" if quote is not None else ""
    return f"#{alert.number} {escape(describe(alert, desk.vocabulary()))}{price}{far}{_resting(alert)}"


def _resting(alert: Alert) -> str:
    """What has to happen before it tells again, where it has just told."""
    if alert.state.side is None or alert.state.armed:
        return ""
    return f" · resting until {money(alert.lower_end)} or {money(alert.upper_end)}"
