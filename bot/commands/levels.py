"""/levels: the stored lines from the highest down with the price between them, stored against live, and a picture.

/levels jpmorgan shows every revision of one firm's level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from itertools import pairwise

from bot.commands.desk import ALERTS, CHART, LEVELS, Desk, Request
from bot.core.analysts import PROVIDER
from bot.core.chart import Line
from bot.core.chart.ladder import Ladder
from bot.core.days import date_of
from bot.core.levels import Level, named
from bot.core.market import Quote
from bot.core.message import Button, Message, clipped, enumerated, fitted
from bot.core.metrics.price import money
from bot.core.splits import scaled_since
from bot.core.wording import levels as words
from bot.core.wording import running
from bot.core.wording.phrases import chart_button, session_words
from bot.jobs import consensus
from bot.jobs.report import hold
from bot.store.analysts import Said

NAME = "levels"
SUMMARY = "the stored analyst levels and how far they are"

_MOST = 30
_LATELY_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a ladder is made of: `said` is what the provider says of the targets."""

    symbol: str
    quote: Quote | None
    levels: Sequence[Level]
    said: Said | None

    @property
    def price(self) -> float | None:
        return self.quote.price if self.quote is not None else None


def run(desk: Desk, request: Request) -> Message:
    chosen = desk.chosen(request.arguments)
    if isinstance(chosen, Message):
        return _every_revision(desk, request) or chosen
    text = desk.of_each(request.arguments, lambda symbol: _about(desk, symbol, request.now), NAME).html
    if len(chosen) > 1:
        return Message(text, ((CHART, ALERTS),))
    (symbol,) = chosen
    seen = _seen(desk, symbol)
    drawn = _drawn(desk, seen, request.now)
    attach = partial(desk.draw_ladder, drawn) if drawn is not None else None
    choice = (Button("Consensus", f"/consensus {symbol}"),) if seen.said is not None else ()
    return Message(text, ((chart_button(symbol), ALERTS, *choice),), attach=attach)


def _seen(desk: Desk, symbol: str) -> _Seen:
    said = desk.store.analysts.targets(symbol, PROVIDER)
    legible = replace(said, targets=words.to_the_cent(said.targets)) if said is not None else None
    return _Seen(symbol, desk.quote(symbol), desk.levels(symbol), legible)


def _about(desk: Desk, symbol: str, now: int) -> str:
    seen = _seen(desk, symbol)
    found = [desk.price_line(symbol, now), *_ladder(desk, seen, now), *_beside(desk, symbol, now)]
    if not seen.levels:
        name = escape(symbol)
        found.append(f'No levels are stored for {name}. This adds one: /level {name} "Morgan Stanley" 200')
    return "\n".join(filter(None, found))


def _ladder(desk: Desk, seen: _Seen, now: int) -> list[str]:
    """The levels with the price between them; what the provider says live stands below the stored consensus."""
    live, today = _live(desk, seen, now), date_of(now, desk.hours[seen.symbol].zone)
    stored = consensus.stored(desk.store, seen.symbol)
    rows = [words.row(level, _old_price(desk, level, now), seen.price, today) for level in seen.levels]
    if live and stored is not None:
        rows[seen.levels.index(stored)] += f"\n↳ {live}"
    above = 0
    if seen.price is not None and seen.levels:
        above = sum(level.price > seen.price for level in seen.levels)
        rows.insert(above, f"── price {money(seen.price)} ──")
    shown = _around(rows, above)
    return shown if any(live in row for row in shown) else [*shown, live]


def _around(rows: Sequence[str], middle: int) -> list[str]:
    """Of very many rows those around the middle, with how many lie beyond."""
    start = max(0, min(middle - _MOST // 2, len(rows) - _MOST))
    beyond = len(rows) - start - _MOST
    above = [f"… {start} more above"] if start else []
    return [*above, *rows[start : start + _MOST], *([f"… {beyond} more below"] if beyond > 0 else [])]


def _live(desk: Desk, seen: _Seen, now: int) -> str:
    if seen.said is None:
        return ""
    since, targets = desk.place(seen.symbol).day(seen.said.at, now), seen.said.targets
    stored = consensus.stored(desk.store, seen.symbol)
    is_stored = stored is not None and (stored.price, PROVIDER in stored.source) == (targets.mean, True)
    return words.live(targets, since, seen.price, is_stored=is_stored)


def _old_price(desk: Desk, level: Level, now: int) -> float | None:
    """What the level's price was before it was revised, where that is not long ago; on the scale of today."""
    splits, zone = desk.store.splits.every(level.symbol), desk.hours[level.symbol].zone
    revisions = desk.store.levels.every(level.symbol, level.firm)
    prices = [(scaled_since(one.price, splits, since, zone), since) for one, since in revisions]
    lately = (old for (new, since), (old, _) in pairwise(prices) if since >= now - _LATELY_S and old != new)
    return next(lately, None)


def _beside(desk: Desk, symbol: str, now: int) -> list[str]:
    """What else is known: recommendations and when they were asked for, the company's dates, a report held."""
    counts, effort = desk.store.analysts.recommendations(symbol), desk.store.analysts.effort(symbol)
    asked = escape(running.analysts(effort.good_at, effort.faults, desk.place(symbol), now))
    hours, told = desk.hours[symbol], desk.reports.get(symbol)
    today = date_of(now, hours.zone)
    if told is not None and told.as_of > today:  # a replay of earlier days knows nothing of it
        told = None
    return [
        " · ".join(filter(None, [words.recommended(counts) if counts is not None else "", asked])),
        words.dates(desk.store.company_dates.present(symbol), today),
        words.report(hold(desk.store, symbol, hours, told, now)) if told is not None else "",
    ]


def _drawn(desk: Desk, seen: _Seen, now: int) -> Ladder | None:
    """The ladder to be drawn, where there is a price and anything to compare it with."""
    if seen.quote is None or not (seen.levels or seen.said):
        return None
    symbol, time = seen.symbol, desk.place(seen.symbol).moment(seen.quote.at, now)
    return Ladder(
        symbol,
        desk.stocks[symbol].currency or "",
        seen.quote.price,
        f"{time}, {session_words(seen.quote.session)} · {clipped(seen.quote.source, 24)}",
        [Line(level.price, words.label(level)) for level in seen.levels],
        seen.said.targets if seen.said is not None else None,
        PROVIDER,
    )


def _every_revision(desk: Desk, request: Request) -> Message | None:
    """Where the levels of a firm come from, every one of their revisions; None where no firm is named."""
    typed = request.arguments.split()
    symbols = [name for word in typed if (name := word.upper().removeprefix("$")) in desk.stocks]
    firm = " ".join(word for word in typed if word.upper().removeprefix("$") not in desk.stocks)
    found = [level for symbol in dict.fromkeys(symbols or desk.stocks) for level in named(desk.levels(symbol), firm)]
    if not found:
        if not symbols and len(desk.stocks) == 1 and not firm.isupper():  # in capitals it is rather a stock
            symbols = list(desk.stocks)
        return _unknown(desk, symbols[0], firm) if symbols and firm else None
    rows = [row for level in found for row in _revisions(desk, level, request.now)]
    buttons = (chart_button(found[0].symbol), LEVELS)
    return Message(fitted(rows, lambda count: f"… and {count} more lines; name one firm to see its own"), (buttons,))


def _unknown(desk: Desk, symbol: str, firm: str) -> Message:
    names = [clipped(level.name) for level in desk.levels(symbol)]
    known = f"Its levels: {enumerated(names)}." if names else "It has no levels."
    return Message(escape(f"{symbol} has no level of {clipped(firm)}. {known}"), ((LEVELS,),))


def _revisions(desk: Desk, present: Level, now: int) -> list[str]:
    """A head, then every revision, the newest first; only the one that counts is held against the price."""
    place, quote = desk.place(present.symbol), desk.quote(present.symbol)
    (newest, since), *older = desk.store.levels.every(present.symbol, present.firm)
    return [
        f"<b>{escape(present.symbol)} {escape(clipped(present.firm, 80))}</b> · every revision, the newest first",
        words.revision(newest, place.moment(since, now), quote.price if quote is not None else None),
        *(words.revision(level, place.moment(at, now), None) for level, at in older),
    ]
