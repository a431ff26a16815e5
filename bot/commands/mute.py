"""/mute 22:00-07:00 and /mute 2d: nothing unasked meanwhile; what comes due arrives afterwards as one message."""

import re
from dataclasses import replace

from bot.commands.desk import RESUME, Desk, Request
from bot.commands.resume import end_all
from bot.commands.snooze import LONGEST_S
from bot.core.message import Button, Message
from bot.core.quiet import DAY_MINUTES, Quiet
from bot.core.reading.durations import seconds
from bot.jobs.quiet import set_quiet, set_zone

NAME = "mute"
SUMMARY = "quiet hours, or silence for a while: /mute 22:00-07:00, /mute 2d"

_TIME = r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?"
_HOURS = re.compile(rf"{_TIME}\s*(?:-|–|to|until|\s)\s*{_TIME}", re.ASCII)
_HOW = "/mute 22:00-07:00 sets quiet hours for every day, /mute 3h or /mute 2d is silence so long, /mute off ends both."
_MEANWHILE = "What comes due meanwhile arrives afterwards, as one message."


def run(desk: Desk, request: Request) -> Message:
    if not desk.store.chats.serves(request.chat_id):
        return Message(
            "Nothing is told in this chat unasked, so there is nothing to mute. /help lists what works here."
        )
    typed = request.arguments.strip()
    if not typed:
        return _standing(desk, request)
    if typed.casefold() == "off":
        return end_all(desk, request, drop_hours=True)
    lasts_s = seconds(typed.casefold().removeprefix("for "))
    if lasts_s is not None:
        return _mute(desk, request, lasts_s)
    hours = _hours(typed)
    return (
        _set_hours(desk, request, hours) if hours is not None else Message(f"That is no time of day or length. {_HOW}")
    )


def _hours(typed: str) -> tuple[int, int] | None:
    """22:00-07:00, 22-7, 22:00 07:00, 22:00 to 7:00, 10pm-7am as minutes after midnight; None for anything else."""
    found = _HOURS.fullmatch(typed.casefold().removeprefix("from "))
    if found is None:
        return None
    begins, ends = _minutes(*found.group(1, 2, 3)), _minutes(*found.group(4, 5, 6))
    return None if begins is None or ends is None else (begins, ends)


def _minutes(hour: str, minute: str | None, half: str | None) -> int | None:
    hours, minutes = int(hour), int(minute or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    total = hours * 60 + minutes
    return total % DAY_MINUTES if minutes < 60 and total <= DAY_MINUTES else None


def _mute(desk: Desk, request: Request, lasts_s: int) -> Message:
    if lasts_s > LONGEST_S:
        return Message("At most 90 days: /mute 90d. /mute 22:00-07:00 sets quiet hours for every day.")
    quiet, until = desk.store.chats.quiet(request.chat_id), request.now + lasts_s
    set_quiet(desk.store, request.chat_id, replace(quiet, muted_until=until), request.now)
    text = f"🌙 Muted until {desk.home.recent(until, request.now)}. {_MEANWHILE}"
    return Message(text, ((RESUME,),))


def _set_hours(desk: Desk, request: Request, hours: tuple[int, int]) -> Message:
    if hours[0] == hours[1]:
        return Message(f"Quiet hours that end where they begin would never end. {_HOW}")
    if desk.store.chats.zone(request.chat_id) is None:  # by whose clocks they go must not change with the stocks
        set_zone(desk.store, request.chat_id, desk.home.zone, request.now)
    quiet = desk.store.chats.quiet(request.chat_id)
    set_quiet(desk.store, request.chat_id, replace(quiet, hours=hours, awake_until=None), request.now)
    text = f"🌙 Quiet every day {spelt(hours)} by the clocks of {desk.home.name}. {_MEANWHILE}"
    return Message(f"{text}\n/timezone Europe/Berlin sets other clocks.", ((Button("No quiet hours", "/mute off"),),))


def _standing(desk: Desk, request: Request) -> Message:
    quiet = desk.store.chats.quiet(request.chat_id)
    lines = [*_muted(desk, quiet, request.now), *_hours_set(desk, quiet)]
    if not lines:
        return Message(f"Nothing is muted. {_HOW}")
    return Message("\n".join([*lines, _HOW]), ((RESUME,),))


def _muted(desk: Desk, quiet: Quiet, now: int) -> list[str]:
    is_muted = quiet.muted_until is not None and quiet.muted_until > now
    return [f"🌙 Muted until {desk.home.recent(quiet.muted_until, now)}."] if is_muted and quiet.muted_until else []


def _hours_set(desk: Desk, quiet: Quiet) -> list[str]:
    return [] if quiet.hours is None else [f"Quiet every day {spelt(quiet.hours)} by the clocks of {desk.home.name}."]


def spelt(hours: tuple[int, int]) -> str:
    """22:00–07:00."""
    return "–".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in hours)
