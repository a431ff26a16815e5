"""The words of what was kept for later, by a snooze, a mute, quiet hours or a pause between tellings: one message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from bot.core import events
from bot.core.clock import lasting
from bot.core.message import Button, Message, fitted
from bot.core.wording import render
from bot.core.wording.causes import caused_then
from bot.core.wording.fired import MOST_NOTES, away_rows, endings, notes, standing
from bot.core.wording.phrases import clock_words
from bot.core.wording.view import View

_MOST_STOCKS = 8
_MOST_CHARTS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """One event and since when it was owed (epoch seconds UTC)."""

    event: events.Event
    since: int


def together(kept: Sequence[Kept], views: Mapping[str | None, View]) -> Message:
    """All of them in their order, each with its own time, and where the prices are now.

    `views` are by the symbol of the event, None for one without; all times are by the clocks of the
    first. What does not fit is left out from the beginning, and counted.
    """
    place = views[_symbol(kept[0].event)].place
    seen = {symbol: replace(view, place=place) for symbol, view in views.items()}
    symbols = [symbol for symbol in seen if symbol is not None]
    rows = _rows(kept, seen, several=len(symbols) > 1)
    crossed = [one.event for one in kept if isinstance(one.event, events.Crossed)]
    text = fitted(
        rows,
        lambda count: f"… the first {count:,} of {len(rows):,} lines are left out; the last were:",
        head=[_head(kept[0], seen[_symbol(kept[0].event)], symbols)],
        tail=_tail(crossed, seen, several=len(symbols) > 1),
        keep_last=True,
    )
    silent = len(crossed) == len(kept) and all(one.silent for event in crossed for one in event.told)
    return Message(text, _buttons(symbols), silent)


def _symbol(event: events.Event) -> str | None:
    return getattr(event, "symbol", None)


def _head(first: Kept, view: View, symbols: Sequence[str]) -> str:
    name = f": {escape(symbols[0])}" if len(symbols) == 1 else ""
    return f"<b>🕰 Kept for you since {escape(view.place.moment(first.since, view.now))}{name}</b>"


def _rows(kept: Sequence[Kept], seen: Mapping[str | None, View], *, several: bool) -> list[str]:
    place = seen[_symbol(kept[0].event)].place
    with_day = not all(place.is_same_day(kept[0].since, at) for one in kept for at in _moments(one.event))
    return [row for one in kept for row in _lines(one.event, seen[_symbol(one.event)], with_day, several)]


def _moments(event: events.Event) -> Iterable[int]:
    match event:
        case events.Crossed():
            return [one.at for one in event.told]
        case events.Silent():
            return [event.noticed_at]
        case _:
            return []  # these say their day themselves


def _lines(event: events.Event, view: View, with_day: bool, several: bool) -> list[str]:
    match event:
        case events.Crossed():
            name = f"{event.symbol} " if several else ""
            return [*away_rows(event.told, view, with_day=with_day, name=name), *caused_then(event)]
        case events.Silent():
            return [_silent(event, view, with_day)]
        case _:
            return render(event, view).html.splitlines()


def _silent(event: events.Silent, view: View, with_day: bool) -> str:
    """Not as at the time: whether the exchange is open has to be said by what came after."""
    day = f"{view.place.day(event.noticed_at, view.now)} " if with_day else ""
    if event.clock_s:
        wrong = f"this machine's clock is {clock_words(event.clock_s)} that of {escape(event.symbol)}'s prices"
        return f"{day}{view.place.hour(event.noticed_at)} ⚠️ {wrong}"
    lasted = lasting(event.noticed_at - event.last_at)
    return f"{day}{view.place.hour(event.noticed_at)} ⚠️ no fresh {escape(event.symbol)} price for {lasted}"


def _tail(crossed: Sequence[events.Crossed], seen: Mapping[str | None, View], *, several: bool) -> list[str]:
    last = {event.symbol: event for event in crossed}
    stocks = list(last.values())[-_MOST_STOCKS:]
    now = [(f"{escape(one.symbol)} " if several else "") + standing(one, seen[one.symbol]) for one in stocks]
    told = [one for event in crossed for one in event.told]
    return [*now, *notes(told)[-MOST_NOTES:], *endings(told)]


def _buttons(symbols: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    alerts = Button("Alerts", "/alerts")
    if len(symbols) != 1:
        charts = tuple(Button(f"Chart {symbol}", f"/chart {symbol}") for symbol in symbols[:_MOST_CHARTS])
        return tuple(row for row in ((Button("Levels", "/levels"), alerts), charts) if row)
    (symbol,) = symbols
    return ((Button("Levels", f"/levels {symbol}"), Button("Chart", f"/chart {symbol}"), alerts),)
