"""The turns of phrase that messages and replies share: shares, distances, ages, sessions, neighbours."""

from collections.abc import Sequence
from html import escape

from bot.core.alerts import Alert, Direction, Line
from bot.core.analysts import legible
from bot.core.clock import lasting
from bot.core.formula import percent
from bot.core.language import Wish
from bot.core.levels import Level, ahead, is_passed, upside_pct
from bot.core.market import Session
from bot.core.message import Button, clipped, counted
from bot.core.metrics import distance as distance_in
from bot.core.metrics import of_key
from bot.core.metrics.price import money


def session_words(session: Session) -> str:
    """How a session is called in a sentence."""
    return {
        Session.PRE: "pre-market",
        Session.REGULAR: "regular session",
        Session.POST: "after hours",
        Session.CLOSED: "closed",
    }[session]


def distance(price: float, target: float) -> str:
    """How far a target lies from the price, in percent of the price."""
    return percent(upside_pct(price, target))


def changed(old: float | None, new: float) -> str:
    """A price, after the one it was before where that is another: 190.00 → 200.00."""
    return money(new) if old is None or old == new else f"{money(old)} → {money(new)}"


def now_beside(symbol: str, price: float, line: float) -> str:
    """On which side of a line that has moved the price is: BABA at 189.40 is now above it; the price did not move."""
    return f"{escape(symbol)} at {money(price)} is now {_side(price, line)} it; the price did not move."


def _side(price: float, line: float) -> str:
    return "exactly at" if price == line else "above" if price > line else "below"


def from_price(level: Level, before: Level | None, price: float | None) -> str:
    """How far a level lies from the price, and whether it has moved over it."""
    if price is None:
        return "No price is known yet."
    far = f"It lies {distance(price, level.price)} from the price, {money(price)}"
    is_over = before is not None and is_passed(before.price, level.price, price)
    return f"{far}, which is now {_side(price, level.price)} it without having moved." if is_over else f"{far}."


def consensus_of(mean: float, median: float | None, analysts: int | None, far: str = "") -> str:
    """185.41, median 187.87 of 39 analysts; `far` stands behind the mean."""
    beside = median_of(median, analysts)
    return f"{money(legible(mean))}{far}{',' if median else ''} {beside}".rstrip()


def median_of(median: float | None, analysts: int | None) -> str:
    """What stands beside a mean: median 187.87 of 39 analysts; nothing where neither is said."""
    count = f"of {counted(analysts, 'analyst')}" if analysts else ""
    return " ".join(filter(None, [f"median {money(legible(median))}" if median else "", count]))


def aged(source: str, seconds: int) -> str:
    """The source of a price and how old it is: Yahoo, 12 s old. What is replayed or made up has no age."""
    if source.startswith(("recorded", "simulated")):
        return escape(source)
    return f"{escape(source)}, {lasting(seconds)} old"


def clock_words(off_s: int) -> str:
    """How our clock stands to another: "10 min ahead of"."""
    return f"{lasting(abs(off_s))} {'ahead of' if off_s > 0 else 'behind'}"


def rearming(rearm_pct: float, key: str) -> str:
    """When an alert on a metric tells again; the band of what is in percent itself is in points."""
    metric = of_key(key)[0]
    return f"{metric.again(rearm_pct)}{', and anew every day' if metric.starts_afresh else ''}"


def titled(key: str, value: float) -> str:
    """A metric's value with what it is called: 158.20, or upside to JPMorgan +45.4 %."""
    metric, argument = of_key(key)
    return f"{clipped(metric.title(argument))} {metric.show(value)}".lstrip()


def line_of(watched: Alert | Wish) -> str:
    """The threshold as people read it: 192.00, of a channel 185.00–195.00."""
    show = of_key(watched.metric)[0].show
    return "–".join(show(line) for line in lines_of(watched))


def ends_of(alert: Alert, line: Line) -> str:
    """Where the band around a line ends, which no reader needs finer than a line is typed: 188.30 or 192.10."""
    show = of_key(alert.metric)[0].show
    ends = (line.lower_end, line.upper_end)
    return " or ".join(show(round(end, 2) if abs(end) >= 1 else end) for end in ends)


def lines_of(watched: Alert | Wish) -> tuple[float, ...]:
    """The one threshold, or the two of a channel, the lower first."""
    upper = watched.upper.value if isinstance(watched.upper, Line) else watched.upper
    return (watched.threshold,) if upper is None else (watched.threshold, upper)


def distance_from(watched: Alert | Wish, value: float) -> str:
    """How far the nearest line lies from the value."""
    return distance_in(watched.metric, value, nearest_line(watched, value))


def nearest_line(watched: Alert | Wish, value: float) -> float:
    metric = of_key(watched.metric)[0]
    return min(lines_of(watched), key=lambda line: abs(metric.distance(value, line)))


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


def edit_button(number: int) -> Button:
    """The button that asks what alert #7 shall be instead."""
    return Button(f"Edit #{number}", f"/edit {number}")


def chart_button(symbol: str) -> Button:
    return Button("Chart", f"/chart {symbol}")


def delete_button(number: int) -> Button:
    """The button that ends alert #7."""
    return Button(f"Delete #{number}", f"/delete {number}")
