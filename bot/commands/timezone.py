"""/timezone Europe/Berlin: by whose clocks this chat is told times and keeps its quiet hours."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.clock import Place
from bot.core.message import Button, Message, clipped
from bot.core.reading.zones import zone_named, zones_like
from bot.jobs.quiet import set_zone

NAME = "timezone"
SUMMARY = "the clocks you go by: /timezone Berlin"

_HOW = "/timezone Berlin or /timezone America/New_York sets it."


def run(desk: Desk, request: Request) -> Message:
    typed = request.arguments.strip()
    if not typed:
        return _standing(desk, request)
    zone = zone_named(typed)
    if zone is None:
        return _unknown(typed)
    if not desk.store.chats.serves(request.chat_id):
        return Message("Only a chat that is told something keeps a time zone. /help lists what works here.")
    set_zone(desk.store, request.chat_id, zone, request.now)
    place = Place(zone)
    return Message(
        f"Times here are those of {escape(place.name)} ({escape(zone)}) from now on; it is {place.hour(request.now)}."
    )


def _standing(desk: Desk, request: Request) -> Message:
    now = f"it is {desk.home.hour(request.now)}"
    if desk.zone is not None:
        return Message(f"Times here are those of {escape(desk.home.name)} ({escape(desk.zone)}); {now}. {_HOW}")
    return Message(
        f"No time zone is set: times are those of the exchange, {escape(desk.home.name)}; {now} there. {_HOW}"
    )


def _unknown(typed: str) -> Message:
    near = zones_like(typed)
    if not near:
        return Message(f"No time zone is called {escape(clipped(typed))}. {_HOW}")
    buttons = tuple((Button(zone, f"/timezone {zone}"),) for zone in near)
    return Message(f"No time zone is called {escape(clipped(typed))}. Is it one of these? {_HOW}", buttons)
