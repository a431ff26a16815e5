"""The turns of phrase that messages and replies share: shares, distances, ages, sessions, neighbours."""

from collections.abc import Sequence
from html import escape

from bot.core.alerts import Direction
from bot.core.clock import lasting
from bot.core.levels import Level, ahead, upside_pct
from bot.core.market import Session
from bot.core.message import Button, clipped
from bot.core.metrics.price import money


def session_words(session: Session) -> str:
    """How a session is called in a sentence."""
    return {
        Session.PRE: "pre-market",
        Session.REGULAR: "regular session",
        Session.POST: "after hours",
        Session.CLOSED: "closed",
    }[session]


def percent(value: float) -> str:
    """A signed share with one decimal: +21.4 %, −4.2 %; what rounds to nothing has no sign."""
    rounded = round(value, 1)
    return f"{rounded:+,.1f} %".replace("-", "−") if rounded else "0.0 %"


def distance(price: float, target: float) -> str:
    """How far a target lies from the price, in percent of the price."""
    return percent(upside_pct(price, target))


def aged(source: str, seconds: int) -> str:
    """The source of a price and how old it is: Yahoo, 12 s old. What is replayed or made up has no age."""
    if source.startswith(("recorded", "simulated")):
        return escape(source)
    return f"{escape(source)}, {lasting(seconds)} old"


def rearming(band_pct: float) -> str:
    """When an alert tells again."""
    return f"tells again after a move of {round(band_pct, 4):g} %"


def neighbours(levels: Sequence[Level], price: float) -> dict[Direction, str]:
    """The nearest stored level each way, where there is one: above 192.00 consensus (+0.7 %)."""
    found = {}
    for direction, word in ((Direction.UP, "above"), (Direction.DOWN, "below")):
        level = ahead(levels, price, above=direction is Direction.UP)
        if level is not None:
            far = distance(price, level.price)
            found[direction] = f"{word} {money(level.price)} {escape(clipped(level.name))} ({far})"
    return found


def round_number(value: float) -> str:
    """Two digits that count: 170, 0.45."""
    digits = float(f"{value:.2g}")
    return f"{digits:f}".rstrip("0").rstrip(".")


def delete_button(number: int) -> Button:
    """The button that ends alert #7."""
    return Button(f"Delete #{number}", f"/delete {number}")
