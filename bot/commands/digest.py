"""/digest on: once a day, after the close, how the stocks of each exchange ended."""

from bot.commands.desk import Desk, Request
from bot.core.message import Button, Message

NAME = "digest"
SUMMARY = "a summary after each close: /digest on"

_ON, _OFF = Button("Turn it on", "/digest on"), Button("Turn it off", "/digest off")


def run(desk: Desk, request: Request) -> Message:
    chats, typed = desk.store.chats, request.arguments.strip().casefold()
    if not chats.serves(request.chat_id):
        return Message("Nothing is told in this chat unasked, so it gets no digest. /help lists what works here.")
    if typed in ("on", "off"):
        chats.set_digest(request.chat_id, typed == "on")
    elif typed:
        return Message("/digest on turns the summary after each close on, /digest off turns it off.", ((_ON, _OFF),))
    if not chats.wants_digest(request.chat_id):
        return Message("The digest after the close is off. /digest on turns it on.", ((_ON,),))
    return Message(
        "The digest is on: ten minutes after each close you are told how the stocks ended, what they crossed and "
        "what lies next. /digest off turns it off.",
        ((_OFF,),),
    )
