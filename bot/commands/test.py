"""/test above 192 1y: how often an alert would have told, and when, judged on what is stored."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from html import escape

from bot.commands.desk import ALERTS, Desk, Request, number
from bot.commands.help import examples
from bot.commands.making import understood
from bot.commands.spans import as_bar
from bot.core.alerts import Alert, Direction
from bot.core.backtest import UNTESTABLE, Backtest, how_often, judged_on, row
from bot.core.chart import Chart, Line, Mark
from bot.core.days import fold, midnight
from bot.core.language import Wish, describe, parse
from bot.core.message import Button, Message, clipped, fitted
from bot.core.metrics import is_standing, of_key
from bot.core.reading.spans import KINDS, Span, read_span
from bot.core.wording.phrases import line_of, lines_of
from bot.jobs.backtest import MINUTE_DAYS, fired_in

NAME = "test"
SUMMARY = "how often an alert would have told: /test above 192 1y"

_USUAL = "1y"
_MOST = 15


def run(desk: Desk, request: Request) -> Message:
    if not request.arguments.strip():
        return _usage(desk)
    asked = _asked(desk, request)
    if isinstance(asked, Message):
        return asked
    wish, span = asked
    if wish.symbol not in desk.hours:
        return Message(f"{escape(wish.symbol)} is not watched any more. /watch {escape(wish.symbol)} takes it back.")
    if is_standing(wish.metric):
        return _untestable(wish, describe(wish, desk.vocabulary(request.now)))
    hours = desk.hours[wish.symbol]
    found = fired_in(desk.store, wish, hours, midnight(span.first, hours.zone), request.now, MINUTE_DAYS)
    return _said(desk, wish, span, found, request.now)


def _usage(desk: Desk) -> Message:
    works = [line.replace("/alert ", "/test ", 1).partition(" – ")[0] for line in examples(desk)[:2]]
    return Message(
        "\n".join(["Which alert? An alert text, or the number of one of yours.", *works, f"Spans: {KINDS}."])
    )


def _asked(desk: Desk, request: Request) -> tuple[Alert | Wish, Span] | Message:
    """The alert and the span, which may stand anywhere; a word that the alert itself needs is none."""
    words = desk.vocabulary(request.now)
    readings = list(_readings(request.arguments, words.place.local(request.now).date()))
    for text, span in readings:
        own = _own(desk, request, text)
        if own is not None:
            return own if isinstance(own, Message) else (own, span)
    for text, span in readings:
        wish = parse(text, words)
        if isinstance(wish, Wish):
            return wish, span
    text, span = readings[-1]
    unread = understood(desk, parse(text, words), f"/{NAME} {span.text}")
    return unread if isinstance(unread, Message) else (unread, span)


def _readings(text: str, today: date) -> Iterator[tuple[str, Span]]:
    """The whole text for the usual span, then without each word that may be a span, the last one first."""
    usual = read_span(_USUAL, today)
    if usual is not None:
        yield text, usual
    words = text.split()
    for place in reversed(range(len(words))):
        span = read_span(words[place], today)
        if span is not None:
            yield " ".join(words[:place] + words[place + 1 :]), span


def _own(desk: Desk, request: Request, text: str) -> Alert | Message | None:
    """The chat's alert of this number; None where the text is no number of one."""
    wanted = number(text)
    if wanted is None:
        return None
    own = desk.store.alerts.numbered(request.chat_id, wanted)
    if own is None and text.strip().startswith("#"):
        return Message(f"There is no alert #{wanted} (any more). /alerts lists yours.", ((ALERTS,),))
    return own


def _untestable(wish: Alert | Wish, normal: str) -> Message:
    text = f"<b>{escape(clipped(normal, 300))}</b> cannot be tested: {UNTESTABLE}, such as /test above 192 1y."
    return Message(text, _offer(wish, normal))


def _offer(wish: Alert | Wish, normal: str) -> tuple[tuple[Button, ...], ...]:
    return ((Button("Make this alert", f"/alert {normal}"),),) if isinstance(wish, Wish) else ()


def _said(desk: Desk, wish: Alert | Wish, span: Span, found: Backtest, now: int) -> Message:
    normal = describe(wish, desk.vocabulary(now))
    head = " · ".join(filter(None, [f"<b>{escape(clipped(normal, 300))}</b>", how_often(found, span.words)]))
    judged = judged_on(found)
    tail = [f"{judged[0].upper()}{judged[1:]}."]
    if wish.level is not None:
        tail = [f"At today's {escape(clipped(wish.level))}, {line_of(wish)}.", *tail]
    rows = [escape(row(found, wish.metric, one)) for one in found.crossings]
    earlier = [f"… {len(rows) - _MOST} earlier"] if len(rows) > _MOST else []
    text = fitted([*earlier, *rows[-_MOST:]], "…", head=[head], tail=tail, keep_last=True)
    attach = None if found.is_empty else partial(desk.draw, _chart(desk, wish, normal, found, now))
    return Message(text, _offer(wish, normal), attach=attach)


def _chart(desk: Desk, wish: Alert | Wish, normal: str, found: Backtest, now: int) -> Chart:
    """The bars it was judged on, its lines where they are prices, and where it would have told."""
    in_money = of_key(wish.metric)[0].in_money
    days = [as_bar(day, found.zone) for day in fold(found.bars, found.zone)]
    return Chart(
        wish.symbol,
        desk.stocks[wish.symbol].currency or "",
        found.zone,
        clipped(normal.removeprefix(wish.symbol).strip(), 60),
        days if found.daily else found.bars,  # a day of minutes would be as wide as a year of days
        levels=[Line(line, "") for line in lines_of(wish)] if in_money else [],
        alerts=[],
        crossings=[Mark(one.at, one.price, one.direction is Direction.UP, "") for one in found.crossings],
        now=now,
    )
