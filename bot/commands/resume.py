"""/resume: the end of a mute and of all snoozes; what waited comes now."""

from dataclasses import replace

from bot.commands.desk import ALERTS, Desk, Request, number
from bot.commands.snooze import wake
from bot.core.message import Message, counted
from bot.jobs.quiet import Resumed, resume, set_quiet

NAME = "resume"
SUMMARY = "end a mute and all snoozes; what waited comes now"


def run(desk: Desk, request: Request) -> Message:
    if not request.arguments.strip():
        return end_all(desk, request)
    one = number(request.arguments)
    if one is None:
        return Message(
            "/resume ends the mute and all snoozes of this chat, /resume 7 only the snooze of #7.", ((ALERTS,),)
        )
    if desk.store.alerts.numbered(request.chat_id, one) is None:
        return Message(f"There is no alert #{one} (any more). /alerts lists yours.", ((ALERTS,),))
    return wake(desk, request, [one])


def end_all(desk: Desk, request: Request, *, drop_hours: bool = False) -> Message:
    """End mute and snoozes of the chat, with `drop_hours` the quiet hours too."""
    had_hours = desk.store.chats.quiet(request.chat_id).hours is not None
    ended = resume(desk.store, request.chat_id, request.now)
    if drop_hours:
        quiet = desk.store.chats.quiet(request.chat_id)
        set_quiet(desk.store, request.chat_id, replace(quiet, hours=None, awake_until=None), request.now)
    return Message(" ".join(_said(ended, had_hours, drop_hours)), ((ALERTS,),))


def _said(ended: Resumed, had_hours: bool, drop_hours: bool) -> list[str]:
    parts = ["the mute"] if ended.was_muted else []
    parts += [counted(ended.snoozes, "snooze")] if ended.snoozes else []
    parts += ["the quiet hours"] if had_hours and drop_hours else []
    said = [f"Ended: {', '.join(parts)}."] if parts else []
    if ended.awake_until is not None and not drop_hours:
        said.append("The present quiet hours are lifted; those of the next days stay. /mute off removes them.")
    elif had_hours and not drop_hours:
        said.append("The quiet hours stay; /mute off removes them.")
    said += ["What waited comes now, as one message."] if ended.waited else []
    return said or ["Nothing was muted or snoozed. /mute 3h does that, /snooze 7 2h for one alert."]
