"""The words of a day's close: per stock where it ended, what it crossed, and what lies next."""

from html import escape

from bot.core.alerts import Direction
from bot.core.closes import Close, Closed, Left, Line, Mark
from bot.core.formula import percent
from bot.core.message import Button, Message, clipped, enumerated, fitted
from bot.core.metrics import distance as distance_in
from bot.core.metrics import of_key
from bot.core.metrics.price import PRICE, money
from bot.core.wording.phrases import distance
from bot.core.wording.view import View

_ARROWS = {Direction.UP: "↑", Direction.DOWN: "↓"}


def closed(event: Closed, view: View) -> Message:
    """The close in words, by the clocks of the view."""
    place = view.place
    head = f"<b>🌆 Closed {place.day(event.at, view.now)} {place.hour(event.at)} {escape(place.name)}</b>"
    rows = [_stock(one, event.at, view) for one in event.closes]
    text = fitted(rows, "… and more stocks; /levels shows each", head=[head], tail=_missing(event))
    return Message(text, ((Button("Levels", "/levels"), Button("Alerts", "/alerts")),))


def _missing(event: Closed) -> list[str]:
    named = list(event.unknown)
    return [f"No prices of that day: {escape(enumerated(named, most=30))}"] if named else []


def _stock(one: Close, at: int, view: View) -> str:
    change = "" if one.previous is None else f" {percent((one.close / one.previous - 1) * 100)}"
    price = f"<b>{escape(one.symbol)} {money(one.close)}</b>{change} · high {money(one.high)}, low {money(one.low)}"
    nearby = [_line("above", one.above, one.close), _line("below", one.below, one.close)]
    following = ", ".join(text for text in nearby if text)
    return "\n".join([price, *_crossed(one, at, view), *([f"Next {following}"] if following else []), *_left(one.left)])


def _crossed(one: Close, at: int, view: View) -> list[str]:
    if not one.crossed:
        return []
    marks = ", ".join(_mark(mark, at, view) for mark in one.marks)
    unsaid = one.crossed - len(one.marks)
    return [f"Crossed {marks}" if not unsaid else f"Crossed {one.crossed} times, at last {marks}"]


def _mark(mark: Mark, at: int, view: View) -> str:
    """192.00 consensus ↑ 09:45; what happened after the close before has its day."""
    metric, argument = of_key(mark.metric)
    name = f" {escape(clipped(mark.level))}" if mark.level else ""
    if mark.metric == PRICE.name:
        line = f"{money(mark.threshold)}{name}"
    else:
        line = escape(metric.reached(argument, mark.threshold, up=mark.direction is Direction.UP)) + name
    day = "" if view.place.is_same_day(mark.at, at) else f"{view.place.day(mark.at, view.now)} "
    return f"{line} {_ARROWS[mark.direction]} {day}{view.place.hour(mark.at)}"


def _line(way: str, line: Line | None, close: float) -> str:
    if line is None:
        return ""
    return f"{way} {money(line.price)} {escape(clipped(line.name))} ({distance(close, line.price)})"


def _left(left: tuple[Left, ...]) -> list[str]:
    said = [f"#{one.number} {escape(clipped(one.text, 60))} ({distance_in(one.metric, one.value, one.line)})"
            for one in left]  # fmt: skip
    return [f"Nearest alerts: {', '.join(said)}"] if said else []
