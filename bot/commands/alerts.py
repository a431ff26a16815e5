"""/alerts: what is watched for this chat, the nearest first, with a button to delete each."""

from collections.abc import Mapping, Sequence
from html import escape
from math import inf

from bot.commands.desk import LEVELS, Desk, Request
from bot.commands.help import examples
from bot.core.alerts import Alert
from bot.core.language import Vocabulary, describe
from bot.core.message import Button, Message, clipped, counted, fitted
from bot.core.metrics import of_key
from bot.core.wording.phrases import delete_button, distance_from, edit_button, ends_of, line_of, nearest_line

NAME = "alerts"
SUMMARY = "your alerts, nearest first"

_PAGE = 10

Values = Mapping[int, float]
"""Where the metric of each alert was last seen, by the alert's id."""


def run(desk: Desk, request: Request) -> Message:
    stock, page = _read(request.arguments)
    own: Sequence[Alert] = desk.store.alerts.of_chat(request.chat_id)
    if stock:
        chosen = desk.chosen(stock)
        if isinstance(chosen, Message):
            return chosen
        own = [alert for alert in own if alert.symbol in chosen]
    if not own:
        return Message(f"No alerts. This makes one:\n{examples(desk)[0]}", ((LEVELS,),))
    values = desk.values(own, request.now)
    nearest = sorted(own, key=lambda alert: _far(alert, values.get(alert.id)))
    return _page(desk, nearest, values, stock, page, request.now)


def _read(arguments: str) -> tuple[str, int]:
    """The stock named, if any, and the page asked for: "BABA 2" is ("BABA", 2)."""
    *words, last = arguments.split() or [""]
    if last.isascii() and last.isdigit():
        return " ".join(words), int(last[:6])
    return arguments, 1


def _far(alert: Alert, value: float | None) -> float:
    """How many percent, or points, its metric has to go; what has no value yet comes last."""
    return inf if value is None else abs(of_key(alert.metric)[0].distance(value, nearest_line(alert, value)))


def _page(desk: Desk, own: Sequence[Alert], values: Values, stock: str, wanted: int, now: int) -> Message:
    pages = -(-len(own) // _PAGE)
    page = min(max(wanted, 1), pages)
    shown = own[(page - 1) * _PAGE : page * _PAGE]
    head = f"<b>{counted(len(own), 'alert')}, nearest first</b>"
    place = "" if pages == 1 else f" · page {page} of {pages}"
    words = desk.vocabulary(now)
    asleep = desk.store.alerts.snoozed(own[0].chat_id, now)
    rows = [_row(alert, values.get(alert.id), words) + _asleep(desk, asleep.get(alert.number), now) for alert in shown]
    text = fitted(rows, "… the rest is too long to be shown", head=[head + place])
    return Message(text, (*_rows(shown), *_turns(stock, page, pages)))


def _rows(shown: Sequence[Alert]) -> list[tuple[Button, ...]]:
    """Edit and delete for each alert, two alerts a row."""
    pairs = [(edit_button(alert.number), delete_button(alert.number)) for alert in shown]
    return [tuple(button for pair in pairs[place : place + 2] for button in pair) for place in range(0, len(pairs), 2)]


def _turns(stock: str, page: int, pages: int) -> list[tuple[Button, ...]]:
    turns = (("← Nearer", page - 1), ("Further →", page + 1))
    buttons = [Button(label, f"/alerts {stock} {to}".replace("  ", " ")) for label, to in turns if 1 <= to <= pages]
    return [tuple(buttons)] if buttons else []


def _row(alert: Alert, value: float | None, words: Vocabulary) -> str:
    """#7 BABA crosses consensus at 192.00 · +21.4 %."""
    price = f" at {line_of(alert)}" if alert.level is not None else ""
    far = f" · {distance_from(alert, value)}" if value is not None else ""
    unwatched = "" if alert.symbol in words.levels else " · not watched any more"
    return f"#{alert.number} {escape(clipped(describe(alert, words), 80))}{price}{far}{_resting(alert)}{unwatched}"


def _asleep(desk: Desk, until: int | None, now: int) -> str:
    return "" if until is None else f" · snoozed until {desk.home.recent(until, now)}"


def _resting(alert: Alert) -> str:
    """What has to happen before it tells again, where it has just told."""
    has_line = of_key(alert.metric)[0].has_line
    if not has_line or alert.upper is not None or alert.state.side is None or alert.state.armed:
        return ""
    return f" · resting until {ends_of(alert, alert.line)}"
