"""/help: what can be typed, with examples that work."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.message import Message

NAME = "help"
SUMMARY = "what you can type"


def run(desk: Desk, request: Request) -> Message:
    from bot.commands import menu  # the list of commands holds this file

    lines = [f"/{name} – {escape(summary)}" for name, summary in menu()]
    return Message("\n".join(["<b>Commands</b>", *lines, "", "<b>Alerts that work</b>", *examples(desk)]))


def examples(desk: Desk) -> list[str]:
    """A few alerts this installation understands, with what they mean."""
    symbol = next(iter(desk.stocks))
    levels = desk.levels(symbol)
    rows = [
        f"/alert {symbol} above 192 – each time it comes up to 192",
        "/alert below 150 once – the first time only, then it ends",
    ]
    if levels:
        name = levels[0].name
        rows.append(f"/alert crosses {escape(name)} – both ways, and it follows {escape(name)} when that moves")
    return [*rows, "192 alone is read as crosses 192."]
