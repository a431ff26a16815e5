"""/delete 7: the alert watches no more."""

from html import escape

from bot.commands.desk import Desk, Request, number
from bot.core.language import describe
from bot.core.message import Button, Message

NAME = "delete"
SUMMARY = "delete an alert: /delete 7"


def run(desk: Desk, request: Request) -> Message:
    wanted = number(request.arguments)
    if wanted is None:
        return Message("Which one? /delete 7 deletes alert #7; /alerts lists yours.", _LIST)
    alert = desk.store.alerts.numbered(request.chat_id, wanted)
    if alert is None:
        return Message(f"There is no alert #{wanted} (any more). /alerts lists yours.", _LIST)
    desk.store.alerts.end(alert, request.now, by="deleted")
    normal = describe(alert, desk.vocabulary())
    again = Button("Make it again", f"/alert {normal}")
    return Message(f"🗑 Deleted #{wanted} {escape(normal)}.", ((again,),) if again.fits else ())


_LIST = ((Button("Alerts", "/alerts"),),)
