"""/delete 7: the alert watches no more; several at once, or all, which is asked about first."""

from html import escape

from bot.commands.desk import ALERTS, Desk, Request, ask, called
from bot.core.alerts import Alert
from bot.core.language import Vocabulary, Wish, describe, parse
from bot.core.message import Button, Message, counted, fitted

NAME = "delete"
SUMMARY = "delete an alert: /delete 7"

_EXAMPLE = "/delete 7 deletes alert #7"


def run(desk: Desk, request: Request) -> Message:
    words = request.arguments.replace(",", " ").casefold().split()
    if words[:1] == ["all"]:
        return _all(desk, request, is_sure=words == ["all", "yes"])
    found = [called(desk, request, word, _EXAMPLE) for word in words or [""]]
    refused = next((one for one in found if isinstance(one, Message)), None)
    alerts = {one.id: one for one in found if isinstance(one, Alert)}
    return refused or _delete(desk, list(alerts.values()), request.now)


def _all(desk: Desk, request: Request, *, is_sure: bool) -> Message:
    own = desk.store.alerts.of_chat(request.chat_id)
    if not own:
        return Message("There are no alerts to delete. /alert above 192 makes one.")
    if not is_sure:
        return ask(f"Delete all of this chat's alerts ({len(own)})?", "/delete all yes")
    for alert in own:
        desk.store.alerts.end(alert, request.now, by="deleted")
    return Message(f"🗑 Deleted {counted(len(own), 'alert')}.", ((ALERTS,),))


def _delete(desk: Desk, alerts: list[Alert], now: int) -> Message:
    words, rows, again = desk.vocabulary(now), [], []
    for alert in alerts:
        desk.store.alerts.end(alert, now, by="deleted")
        normal = describe(alert, words)
        rows.append(f"🗑 Deleted #{alert.number} {escape(normal)}.")
        again += _again(normal, words, "" if len(alerts) == 1 else f" ({alert.number})")
    return Message(fitted(rows, "… and more"), tuple((button,) for button in again[:10]))


def _again(normal: str, words: Vocabulary, which: str) -> list[Button]:
    """The way back, where the language still knows the stock and the level."""
    is_known = isinstance(parse(normal, words), Wish)
    return [Button(f"Make it again{which}", f"/alert {normal}")] if is_known else []
