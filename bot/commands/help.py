"""/help: what can be typed, with examples that work."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.core.alerts import Way
from bot.core.language import Wish, describe
from bot.core.message import Message, clipped
from bot.core.wording.phrases import round_number as _round

NAME = "help"
SUMMARY = "what you can type"


def run(desk: Desk, request: Request) -> Message:
    from bot.commands import menu  # the list of commands holds this file

    lines = [f"/{name} – {escape(summary)}" for name, summary in menu()]
    works = [*examples(desk), *_of_the_analysts(desk)]
    return Message("\n".join(["<b>Commands</b>", *lines, "", "<b>Alerts that work</b>", *works]))


def _of_the_analysts(desk: Desk) -> list[str]:
    """What is watched besides prices."""
    told = {
        "rating changes": "whenever a firm's rating is another; target changes likewise",
        "consensus moves 5% in 30d": "how far the mean of all targets has moved",
        "earnings in 3d": "three days before; ex-dividend likewise",
    }
    symbol = escape(next(iter(desk.stocks)))
    return [f"/alert {symbol} {text} – {meaning}" for text, meaning in told.items()]


def examples(desk: Desk) -> list[str]:
    """A few alerts this installation understands, with what they mean."""
    symbol = next(iter(desk.stocks))
    above, below = _round(_price(desk, symbol) * 1.1), _round(_price(desk, symbol) * 0.9)
    rows = [
        f"/alert {escape(symbol)} above {above} – each time it comes up to {above}",
        f"/alert {escape(symbol)} below {below} once – the first time only, then it ends",
        *_following(desk, symbol),
    ]
    return [*rows, f"{above} alone is read as crosses {above}."] if len(desk.stocks) == 1 else rows


def _following(desk: Desk, symbol: str) -> list[str]:
    for level in desk.levels(symbol)[:1]:
        text = describe(Wish(symbol, Way.CROSSES, level.price, level.firm), desk.vocabulary())
        return [f"/alert {escape(text)} – both ways, and it follows {escape(clipped(level.name))} when that moves"]
    return []


def _price(desk: Desk, symbol: str) -> float:
    """About where the stock is: its price, or a level, or a number like any other."""
    quote, levels = desk.quote(symbol), desk.levels(symbol)
    return quote.price if quote is not None else levels[0].price if levels else 100.0
