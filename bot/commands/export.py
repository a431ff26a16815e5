"""/export csv crossings: this chat's alerts and what they told, or the bars of a stock, as a document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from itertools import islice

from bot.commands.desk import Desk, Request
from bot.core.days import midnight
from bot.core.message import File, Message, clipped, counted
from bot.core.reading.spans import KINDS, Span, read_span
from bot.core.tables import FORMATS, Table

NAME = "export"
SUMMARY = "a file: /export csv crossings, alerts or bars"

_KINDS = ("crossings", "alerts", "bars")
_BARS_OF = "30d"
_MOST = 150_000  # some 12 MB; what is larger comes from `targetwatch export`


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for; `symbol` None is every stock, `span` None everything."""

    kind: str = "crossings"
    format: str = "csv"
    symbol: str | None = None
    span: Span | None = None


def run(desk: Desk, request: Request) -> Message:
    wanted = _read(desk, request)
    if isinstance(wanted, Message):
        return wanted
    zone = desk.home.zone
    since = 0 if wanted.span is None else midnight(wanted.span.first, zone)
    table = desk.store.exports.kinds[wanted.kind](request.chat_id, wanted.symbol, since)
    rows = list(islice(table.rows, _MOST + 1))
    if not rows:
        return Message(f"There are no {wanted.kind} to export{_of(wanted)}. /alerts lists what is watched.")
    if len(rows) > _MOST:
        return Message("That is too much for one file. Please name one stock, or a shorter span such as 7d.")
    text = f"{counted(len(rows), wanted.kind.removesuffix('s'))}{_of(wanted)}, times in UTC."
    return Message(text, attach=partial(_file, _name(wanted), wanted.format, replace(table, rows=rows)))


def _read(desk: Desk, request: Request) -> _Wanted | Message:
    """The words in any order; bars are those of 30 days where no span is named."""
    today = desk.home.local(request.now).date()
    wanted, others = _Wanted(), []
    for word in request.arguments.split():
        lower, span = word.casefold(), read_span(word, today)
        if lower in FORMATS:
            wanted = replace(wanted, format=lower)
        elif lower.rstrip("s") + "s" in _KINDS:
            wanted = replace(wanted, kind=lower.rstrip("s") + "s")
        elif span is not None:
            wanted = replace(wanted, span=span)
        else:
            others.append(word)
    if wanted.kind == "bars" and wanted.span is None:
        wanted = replace(wanted, span=read_span(_BARS_OF, today))
    return _with_stock(desk, wanted, others)


def _with_stock(desk: Desk, wanted: _Wanted, others: Sequence[str]) -> _Wanted | Message:
    if not others:
        return wanted
    chosen = desk.chosen(" ".join(others))
    if not isinstance(chosen, Message):
        return replace(wanted, symbol=chosen[0])
    return Message(
        f"I could not read {escape(clipped(' '.join(others)))}. This works: /export csv crossings, "
        f"/export json bars {escape(next(iter(desk.stocks)))} 7d. Spans: {KINDS}."
    )


def _of(wanted: _Wanted) -> str:
    symbol = f" of {escape(wanted.symbol)}" if wanted.symbol is not None else ""
    return symbol + (f" {wanted.span.words}" if wanted.span is not None else "")


def _name(wanted: _Wanted) -> str:
    return "-".join(filter(None, ["targetwatch", wanted.symbol, wanted.kind])) + f".{wanted.format}"


def _file(name: str, form: str, table: Table) -> File:
    return File(name, "".join(FORMATS[form](table)).encode())
