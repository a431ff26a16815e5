"""/chart: a picture of a span of time, with the stored levels, this chat's alerts and what they told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape

from bot.commands.desk import Desk, Request
from bot.commands.spans import SPANS, Span, by_minutes, span_of
from bot.core.alerts import Direction
from bot.core.chart import Chart, Line, Mark, joined, place_of
from bot.core.days import midnight
from bot.core.formula import percent
from bot.core.market import Bar
from bot.core.message import Button, File, Message, clipped, enumerated
from bot.core.metrics import is_standing, of_key
from bot.core.metrics.price import money
from bot.core.splits import factor_since

NAME = "chart"
SUMMARY = "a picture: /chart 1d, 5d, 1m, 6m, 1y or ytd, dark or light"

_STYLES = ("light", "dark")
_OFFERED = ("1d", "5d", "1m", "6m", "1y")
_MOST_STOCKS = 12


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for; as text it is what is typed to get it."""

    symbol: str
    span: str = "1d"
    dark: bool = False

    def __str__(self) -> str:
        return f"/{NAME} {self.symbol} {self.span}{' dark' if self.dark else ''}"


def run(desk: Desk, request: Request) -> Message:
    wanted = _read(desk, request.arguments)
    if isinstance(wanted, Message):
        return wanted
    span = span_of(desk, wanted.symbol, wanted.span, request.now)
    if not span.bars:
        return Message(_nothing(wanted), (_spans(wanted),))
    chart = _chart(desk, request, wanted, span)
    said = [desk.price_line(wanted.symbol, request.now), _summary(desk, wanted, span, request.now)]
    style = Button("Light" if wanted.dark else "Dark", str(replace(wanted, dark=not wanted.dark)))
    attach = partial(_drawn, desk.draw, chart, f"{wanted.symbol}-{wanted.span}.png")
    return Message("\n".join(said), (_spans(wanted), (style,)), attach=attach)


def _read(desk: Desk, arguments: str) -> _Wanted | Message:
    """A stock, a span and a style, in any order, each of them optional."""
    words = arguments.split()
    spans = dict.fromkeys(word.casefold() for word in words if word.casefold() in SPANS)
    styles = {word.casefold() for word in words if word.casefold() in _STYLES}
    others = [word for word in words if word.casefold() not in SPANS and word.casefold() not in _STYLES]
    if len(spans) > 1 or len(styles) > 1 or len(others) > 1:
        return _unread(desk, f"I draw one stock, one span and one style at a time, not {clipped(arguments, 60)}.")
    chosen = desk.chosen(" ".join(others))
    if isinstance(chosen, Message):
        watched = enumerated(list(desk.stocks), most=10)
        return _unread(desk, f"{clipped(others[0])} is neither a span nor a stock that is watched ({watched}).")
    wanted = _Wanted(chosen[0], next(iter(spans), "1d"), "dark" in styles)
    return wanted if len(chosen) == 1 else _which(wanted, chosen)


def _unread(desk: Desk, why: str) -> Message:
    wanted = _Wanted(next(iter(desk.stocks)))
    works = f"This works: /chart {wanted.symbol} 5d dark. Spans are {enumerated(list(SPANS))}; dark or light."
    return Message(f"{escape(why)}\n{escape(works)}", (_spans(wanted, current=""),))


def _which(wanted: _Wanted, symbols: Sequence[str]) -> Message:
    buttons = [Button(symbol, str(replace(wanted, symbol=symbol))) for symbol in symbols[:_MOST_STOCKS]]
    rows = tuple(tuple(buttons[first : first + 4]) for first in range(0, len(buttons), 4))
    return Message(f"Which stock? For instance: {escape(str(wanted))}", rows)


def _spans(wanted: _Wanted, current: str | None = None) -> tuple[Button, ...]:
    current = wanted.span if current is None else current
    return tuple(Button(span, str(replace(wanted, span=span))) for span in _OFFERED if span != current)


def _nothing(wanted: _Wanted) -> str:
    symbol = escape(wanted.symbol)
    if by_minutes(wanted.span):
        return f"Nothing to draw yet: no price of {symbol} is stored. The first look in an open session brings one."
    return f"Nothing to draw yet: no days of {symbol} are stored for {wanted.span}. 1d and 5d need none."


def _chart(desk: Desk, request: Request, wanted: _Wanted, span: Span) -> Chart:
    symbol, quote = wanted.symbol, desk.quote(wanted.symbol)
    own = [alert for alert in desk.store.alerts.of_chat(request.chat_id) if alert.symbol == symbol]
    return Chart(
        symbol,
        desk.stocks[symbol].currency or "",
        desk.hours[symbol].zone,
        f"{_dated(desk, wanted, span, request.now)} · {_change(span)}",
        span.bars,
        levels=[Line(level.price, clipped(level.name, 24)) for level in desk.levels(symbol)],
        alerts=[
            Line(line.value, f"#{alert.number}") for alert in own if _is_price(alert.metric) for line in alert.lines
        ],
        crossings=_marks(desk, request.chat_id, symbol, span.bars),
        now=request.now,
        dark=wanted.dark,
        source=quote.source if quote is not None else "",
    )


def _marks(desk: Desk, chat_id: int, symbol: str, bars: Sequence[Bar]) -> list[Mark]:
    """What this chat's alerts told of prices; those on another metric than the price lie on the close of their bar."""
    marks, splits, zone = [], desk.store.splits.every(symbol), desk.hours[symbol].zone
    for told in desk.store.crossings.told(chat_id, symbol, bars[0].at, bars[-1].ends_at):
        place = None if is_standing(told.metric) else place_of(bars, told.at)
        if place is not None:
            value = told.value * factor_since(splits, told.at, zone)  # told on the scale of its day
            price = value if _is_price(told.metric) else bars[place].close
            marks.append(Mark(told.at, price, told.direction is Direction.UP, f"#{told.number}"))
    return marks


def _is_price(key: str) -> bool:
    return of_key(key)[0].in_money


def _summary(desk: Desk, wanted: _Wanted, span: Span, now: int) -> str:
    """1 day, 2 Oct: open 188.58, high 192.67, low 188.20 · +0.4 % since the close of 1 Oct."""
    whole = joined(span.bars)
    prices = f"open {money(whole.open)}, high {money(whole.high)}, low {money(whole.low)}"
    return f"{_dated(desk, wanted, span, now)}: {prices} · {_change(span)} since {_start(desk, wanted, span, now)}"


def _dated(desk: Desk, wanted: _Wanted, span: Span, now: int) -> str:
    """5 days, 26 Sep – 2 Oct."""
    place = desk.exchange(wanted.symbol)
    days = dict.fromkeys(place.day(bar.at, now) for bar in (span.bars[0], span.bars[-1]))
    return f"{SPANS[wanted.span]}, {' – '.join(days)}"


def _change(span: Span) -> str:
    start = span.bars[0].open if span.before is None else span.before[0]
    return percent((span.bars[-1].close / start - 1) * 100)


def _start(desk: Desk, wanted: _Wanted, span: Span, now: int) -> str:
    if span.before is None:
        return "the open"
    place = desk.exchange(wanted.symbol)
    return f"the close of {place.day(midnight(span.before[1], place.zone), now)}"


def _drawn(draw: Callable[[Chart], File], chart: Chart, name: str) -> File:
    return replace(draw(chart), name=name)
