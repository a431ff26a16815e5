"""/history 30d: what a stock did in a span of days, and what was told of it in this chat."""

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import pairwise

from bot.commands.desk import Desk, Request
from bot.core.days import midnight
from bot.core.formula import percent, percent_above
from bot.core.market import Day
from bot.core.message import Message, clipped, enumerated
from bot.core.metrics import of_key
from bot.core.metrics.price import money
from bot.core.reading.spans import KINDS, Span, read_span
from bot.core.wording.phrases import titled
from bot.jobs.records import known_days

NAME = "history"
SUMMARY = "prices, alerts told and biggest moves: /history 30d"

_USUAL = "30d"
_MOST_TOLD = 20
_MOST_MOVES = 3


def run(desk: Desk, request: Request) -> Message:
    today = desk.home.local(request.now).date()
    words = request.arguments.split()
    spans = [span for word in words if (span := read_span(word, today)) is not None]
    others = " ".join(word for word in words if read_span(word, today) is None)
    usual = read_span(_USUAL, today)
    span = spans[0] if spans else usual
    if len(spans) > 1 or span is None:
        return Message(f"One span at a time, such as {KINDS}. This works: /history {_USUAL}")
    if isinstance(desk.chosen(others), Message):
        return Message(f"{_unread(desk, others)} This works: /{NAME} {next(iter(desk.stocks), 'BABA')} {_USUAL}")
    return desk.of_each(others, lambda symbol: _about(desk, request, symbol, span), f"{NAME} {span.text}")


def _unread(desk: Desk, typed: str) -> str:
    stocks = escape(enumerated(list(desk.stocks), most=30))
    return f"{escape(clipped(typed))} is neither a span nor a stock that is watched ({stocks}). Spans are {KINDS}."


def _about(desk: Desk, request: Request, symbol: str, span: Span) -> str:
    zone = desk.hours[symbol].zone
    known = known_days(desk.store, symbol, zone, request.now)
    days = [day for day in known if day.day >= span.first]
    before = next((day for day in reversed(known) if day.day < span.first), None)
    if not days:
        return f"<b>{escape(symbol)}</b> · no trading day is known {span.words} (since {span.first})."
    told = _told(desk, request.chat_id, symbol, midnight(span.first, zone))
    head = f"<b>{escape(symbol)}</b> {span.words}: {days[0].day} to {days[-1].day}"
    return "\n".join([head, _prices(days, before), *_moves(days, before), *told])


def _prices(days: Sequence[Day], before: Day | None) -> str:
    """open 188.58, high 192.67, low 187.10, close 189.34 · +0.4 % since the close of 2025-09-30."""
    high, low = max(day.high for day in days), min(day.low for day in days)
    prices = f"open {money(days[0].open)}, high {money(high)}, low {money(low)}, close {money(days[-1].close)}"
    start, since = (days[0].open, "the open") if before is None else (before.close, f"the close of {before.day}")
    return f"{prices} · {percent(percent_above(days[-1].close, start))} since {since}"


def _moves(days: Sequence[Day], before: Day | None) -> list[str]:
    """The days with the largest rises and the largest falls from close to close."""
    closes = [*([before] if before is not None else []), *days]
    moves = sorted(((percent_above(day.close, last.close), day.day) for last, day in pairwise(closes)), reverse=True)
    up = [move for move in moves if move[0] > 0][:_MOST_MOVES]
    down = [move for move in reversed(moves) if move[0] < 0][:_MOST_MOVES]
    return [f"{name}: {_listed(found)}" for name, found in (("Most up", up), ("Most down", down)) if found]


def _listed(moves: Sequence[tuple[float, date]]) -> str:
    return ", ".join(f"{percent(pct)} ({day})" for pct, day in moves)


def _told(desk: Desk, chat_id: int, symbol: str, since: int) -> list[str]:
    """What this chat's alerts told, the newest last."""
    table = desk.store.exports.crossings(chat_id, symbol, since)
    rows = [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]
    if not rows:
        return ["No alert of this chat told anything of it."]
    earlier = [f"… {len(rows) - _MOST_TOLD} earlier"] if len(rows) > _MOST_TOLD else []
    return ["Told:", *earlier, *(_crossing(desk, symbol, one) for one in rows[-_MOST_TOLD:])]


def _crossing(desk: Desk, symbol: str, told: dict[str, object]) -> str:
    """2 Oct 09:45 ↑ 192.00 consensus at 192.67 · #3."""
    metric, argument = of_key(str(told["metric"]))
    at = int(str(told["at"]))
    place, title = desk.place(symbol), metric.title(argument)
    moment = f"{place.local(at):%Y-%m-%d} {place.hour(at)}"
    if metric.is_standing:
        return f"{moment} {escape(titled(str(told['metric']), float(str(told['value']))))} · #{told['alert']}"
    name = clipped(_name_of(desk, symbol, str(told["level"])) if told["level"] else title)
    line, value = (metric.show(float(str(told[key]))) for key in ("threshold", "value"))
    arrow = "↑" if told["direction"] == "up" else "↓"
    where = " ".join(filter(None, [line, escape(name)]))
    return f"{moment} {arrow} {where} at {value} · #{told['alert']}"


def _name_of(desk: Desk, symbol: str, firm: str) -> str:
    """The firm as every other message calls it, where its level is still stored."""
    return next((level.name for level in desk.levels(symbol) if level.firm == firm), firm)
