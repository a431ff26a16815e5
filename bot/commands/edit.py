"""/edit 7 below 150: the alert keeps its number and watches something else from now on."""

from dataclasses import fields, replace
from html import escape

from bot.commands.desk import ALERTS, Desk, Request, called
from bot.commands.making import Keeping, decide, twin, understood
from bot.core.alerts import Alert, Policy
from bot.core.language import Nearly, Unreadable, Vocabulary, Wish, describe, parse
from bot.core.message import Button, Message
from bot.core.metrics import of_key
from bot.core.wording.phrases import delete_button, lines_of
from bot.jobs.make import blank, settled

NAME = "edit"
SUMMARY = "change an alert: /edit 7 below 150"

_OFFERED = {
    "Once": ("once", "once"),
    "Once a day": ("daily", "daily"),
    "Every 4 h": ("every 4h", "every_s"),
    "Hold 10 min": ("hold 10m", "hold_s"),
    "Regular hours": ("rth", "regular_only"),
    "Silent": ("silent", "silent"),
}
"""By what a button says: what it types, and the field of a policy that it sets."""


def run(desk: Desk, request: Request) -> Message:
    number, *rest = request.arguments.split(maxsplit=1) or [""]
    alert = called(desk, request, number, "/edit 7 below 150 changes alert #7")
    if isinstance(alert, Message):
        return alert
    if not rest:
        return _usage(desk, alert)
    command = f"/edit {alert.number}"
    wish = understood(desk, _read(alert, rest[0], desk.vocabulary(request.now)), command)
    if isinstance(wish, Message):
        return wish
    if _watches_the_same(alert, wish) and not wish.now:
        wish = replace(wish, fresh=True)
    keeping = Keeping(command, "✏️", lambda new: _keep(desk, alert, new, request.now))
    return twin(desk, request, wish, alert.number) or decide(desk, wish, request.now, keeping)


def _usage(desk: Desk, alert: Alert) -> Message:
    number, normal = alert.number, escape(describe(alert, desk.vocabulary()))
    text = (
        f"#{number} is {normal}. Say what it shall be instead, or what shall be added:\n"
        f"/edit {number} below 150\n/edit {number} once"
    )
    refused = of_key(alert.metric)[0].refuses
    added = tuple(
        Button(label, f"/edit {number} {words}") for label, (words, field) in _OFFERED.items() if field not in refused
    )
    rows = tuple(row for row in (added[:3], added[3:]) if row)
    return Message(text, (*rows, (delete_button(number), ALERTS)))


def _read(alert: Alert, text: str, words: Vocabulary) -> Wish | Nearly | Unreadable:
    """A whole new wish, by default on the same stock; else only modifiers, added to what the alert says now."""
    known = alert.symbol in words.levels
    of_stock = replace(words, levels={alert.symbol: words.levels[alert.symbol]}) if known else words
    bases = [describe(one, words) for one in (alert, *_lacking_one_word(alert, words.rearm_pct))]
    readings = [parse(text, of_stock), *(parse(f"{base} {text}", of_stock) for base in bases), parse(text, words)]
    found = next((reading for reading in readings if isinstance(reading, Wish)), None)
    is_added = isinstance(parse(f"{alert.symbol} above 192 {text}", of_stock), Wish)
    return found or readings[1 if is_added else 0]  # why it cannot be added, or why it is no wish


def _lacking_one_word(alert: Alert, rearm_pct: float) -> list[Alert]:
    """The alert without each of its modifiers in turn, so that hold 5m takes the place of hold 10m."""
    plain, own = Policy(rearm_pct=rearm_pct), alert.policy
    said = [one.name for one in fields(Policy) if getattr(own, one.name) != getattr(plain, one.name)]
    return [replace(alert, policy=replace(own, **{name: getattr(plain, name)})) for name in said]


def _watches_the_same(alert: Alert, wish: Wish) -> bool:
    """Whether the edit leaves what is watched as it is; then nobody needs asking whether it is true already."""
    ours, theirs = ((one.symbol, one.metric, one.way, one.level, one.within) for one in (alert, wish))
    return ours == theirs and (alert.level is not None or lines_of(alert) == lines_of(wish))


def _keep(desk: Desk, alert: Alert, wish: Wish, now: int) -> Alert:
    new = replace(blank(wish, alert.chat_id, now), id=alert.id, number=alert.number)
    new = settled(desk.store, new, desk.hours[wish.symbol], now)
    desk.store.alerts.change(new, "edited")
    return new
