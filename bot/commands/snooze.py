"""/snooze 7 2h: what alert #7 tells waits so long; it goes on watching."""

import re

from bot.commands.desk import ALERTS, Desk, Request, numbered
from bot.core.message import Button, Message
from bot.core.reading.durations import seconds
from bot.jobs.quiet import snooze

NAME = "snooze"
SUMMARY = "keep an alert quiet for a while: /snooze 7 2h"

LONGEST_S = 90 * 86_400
"""Whoever wants it longer does not want the alert."""

_DEFAULT_S = 3_600
_SHAPE = re.compile(
    r"(?P<who>all|#?\d{1,9}(?:[\s,]+#?\d{1,9})*?)(?:[\s,]+(?:for\s+)?(?P<how>off|\d+\s*[a-z]+))?",
    re.ASCII | re.IGNORECASE,
)
_HOW = Message(
    "Which one, and how long? /snooze 7 2h keeps alert #7 quiet for two hours, /snooze all 1d all of them, "
    "/snooze 7 off wakes it. Minutes, hours, days and weeks are known: 30m, 2h, 1d, 1w.",
    ((ALERTS,),),
)


def run(desk: Desk, request: Request) -> Message:
    shape = _SHAPE.fullmatch(request.arguments.strip())
    how = (shape["how"] or "").casefold() if shape is not None else ""
    lasts_s = seconds(how) if how not in ("", "off") else _DEFAULT_S
    if shape is None or lasts_s is None:
        return _HOW
    if lasts_s > LONGEST_S:
        return Message("At most 90 days. /delete ends an alert for good; /snooze 7 90d keeps it.", ((ALERTS,),))
    own = [alert.number for alert in desk.store.alerts.of_chat(request.chat_id)]
    is_all = shape["who"].casefold() == "all"
    wanted = own if is_all else list(dict.fromkeys(int(one) for one in re.findall(r"\d+", shape["who"])))
    if is_all and not own:
        return Message("This chat has no alerts to snooze. /alert makes one.")
    return _set(desk, request, own, wanted, None if how == "off" else request.now + lasts_s)


def _set(desk: Desk, request: Request, own: list[int], wanted: list[int], until: int | None) -> Message:
    """Those that are there are snoozed or woken; those that are not are named."""
    missing = [one for one in wanted if one not in own]
    there = [one for one in wanted if one in own]
    absent = f"There is no alert {numbered(missing)} (any more). /alerts lists yours." if missing else ""
    if not there:
        return Message(absent, ((ALERTS,),))
    said = wake(desk, request, there) if until is None else _snooze(desk, request, there, until)
    return Message("\n".join(filter(None, [said.html, absent])), said.buttons)


def _snooze(desk: Desk, request: Request, numbers: list[int], until: int) -> Message:
    snooze(desk.store, request.chat_id, numbers, until, request.now)
    alone = len(numbers) == 1
    text = (
        f"{numbered(numbers)} {'is' if alone else 'are'} quiet until {desk.home.recent(until, request.now)}. "
        f"What {'it' if alone else 'they'} would tell meanwhile comes then, as one message."
    )
    shown = " ".join(map(str, numbers))
    return Message(text, ((Button(f"Wake {numbered(numbers[:3])}" if len(numbers) < 4 else "Wake them",
                                  f"/snooze {shown} off"), ALERTS),))  # fmt: skip


def wake(desk: Desk, request: Request, numbers: list[int]) -> Message:
    """End the snoozes of these alerts of the chat."""
    snoozed = desk.store.alerts.snoozed(request.chat_id, request.now)
    waited = snooze(desk.store, request.chat_id, numbers, None, request.now)
    asleep = [one for one in numbers if one in snoozed]
    if not asleep:
        return Message(f"{numbered(numbers)} {'is' if len(numbers) == 1 else 'are'} not snoozed.", ((ALERTS,),))
    text = f"{numbered(asleep)} {'is' if len(asleep) == 1 else 'are'} awake again."
    return Message(text + (" What waited comes now, as one message." if waited else ""), ((ALERTS,),))
