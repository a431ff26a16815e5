"""/cancel: the answer No, which changes nothing."""

from bot.commands.desk import Desk, Request
from bot.core.message import Message

NAME = "cancel"
SUMMARY = ""  # a button's answer; nobody needs it in a menu


def run(desk: Desk, request: Request) -> Message:
    return Message("Nothing was changed.")
