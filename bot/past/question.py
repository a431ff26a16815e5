"""What a back-test is asked: the text, its stock, its span; and the answer in words or for programs."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.core.backtest import UNTESTABLE, YEAR, Backtest, how_often, judged_on, row
from bot.core.clock import Place, iso
from bot.core.days import date_of
from bot.core.language import Nearly, Unreadable, Vocabulary, Wish, describe, parse
from bot.core.market import Stock
from bot.core.message import enumerated
from bot.core.metrics import is_standing, reach_s
from bot.core.wording.phrases import line_of
from bot.exchange import NEW_YORK, CalendarError, Exchange
from bot.past import RefusedError
from bot.past.judging import Subject, on_downloaded, on_file, on_stored
from bot.settings import Settings
from bot.store import Store, open_store

_YEAR = timedelta(days=365)
_SYMBOL = re.compile(r"\$?(?=.*[A-Z])[A-Z0-9.^=-]{1,15}")


@dataclass(frozen=True, slots=True)
class Question:
    """What was typed, and when (epoch seconds UTC); `since` a date, `bars` a file of bars, where given."""

    text: str
    since: str | None
    bars: Path | None
    now: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the wish would have told; `normal` is its normal form, `span` what was asked for, in words."""

    metric: str
    normal: str
    span: str
    backtest: Backtest


def answer(question: Question, settings: Settings, recorded: Store | None) -> Answer:
    """The answer; without a database (`recorded` is None) the levels are those of the settings.

    Raises RefusedError and UnansweredError.
    """
    since = None if question.since is None else _date(question.since)
    with closing(open_store(Path(":memory:"))) as scratch:
        if recorded is None:
            for level in settings.levels:
                scratch.levels.revise(level, question.now)
        known = recorded or scratch
        subject, normal = _understood(question, settings, known)
        found = _judged(question, subject, settings, known, scratch, since)
    whole = "in these bars" if question.bars is not None else YEAR
    return Answer(subject.wish.metric, normal, whole if since is None else f"since {since}", found)


def _judged(
    question: Question, subject: Subject, settings: Settings, known: Store, scratch: Store, since: date | None
) -> Backtest:
    if question.bars is not None:
        return on_file(subject, question.bars, settings.schedule.watched, since)
    first = since or date_of(question.now, subject.hours.zone) - _YEAR
    found = on_stored(subject, known, first, question.now)
    if found.is_empty and not reach_s(subject.wish.metric):
        return on_downloaded(subject, settings, scratch, first, question.now)
    return found


def as_json(answer: Answer) -> Iterator[str]:
    """A list of {"at", "value", "threshold", "direction"}; `at` is the start of the bar, UTC."""
    rows = [
        {"at": iso(one.at), "value": one.value, "threshold": one.threshold, "direction": one.direction.value}
        for one in answer.backtest.crossings
    ]
    yield json.dumps(rows, indent=2) + "\n"


def as_text(answer: Answer) -> Iterator[str]:
    """A line a crossing, in the time of the exchange; then how often it was, and what that was judged on."""
    found = answer.backtest
    for crossing in found.crossings:
        yield f"{row(found, answer.metric, crossing)}\n"
    parts = [answer.normal, how_often(found, answer.span), judged_on(found)]
    dated = f" ({found.since} to {found.until}, {Place(found.zone).name} time)" if found.since else ""
    yield f"{' · '.join(filter(None, parts))}{dated}\n"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(f'--since: "{text}" is not a date such as 2025-01-01.') from None


def _understood(question: Question, settings: Settings, known: Store) -> tuple[Subject, str]:
    """What is asked about, and the wish in its normal form; with bars of its own any stock may be named."""
    watched = {one.symbol: one for one in (*(one.stock for one in known.stocks.every()), *settings.stocks)}
    words = _vocabulary(tuple(watched), settings, known, question.now)
    reading = parse(question.text, words)
    if not isinstance(reading, Wish):
        words, reading = _of_another(question, settings, known, words, reading)
    stock = watched.get(reading.symbol) or Stock(reading.symbol, reading.symbol, NEW_YORK, None)
    subject = Subject(stock, reading, _hours(stock, question.now), known.levels.present(stock.symbol))
    if is_standing(reading.metric):
        raise RefusedError(f'"{describe(reading, words)}" cannot be tested: {UNTESTABLE}, such as "BABA above 192".')
    followed = f" (today {line_of(reading)})" if reading.level is not None else ""
    return subject, f"{describe(reading, words)}{followed}"


def _of_another(
    question: Question, settings: Settings, known: Store, words: Vocabulary, reading: Nearly | Unreadable
) -> tuple[Vocabulary, Wish]:
    """The wish where it names a stock that is not watched, typed as symbols are: in capitals."""
    for symbol in _strangers(question.text, reading, words):
        other = _vocabulary((symbol,), settings, known, question.now)
        wish = parse(question.text, other)
        if isinstance(wish, Wish) and question.bars is None:
            watched = enumerated(words.symbols)
            raise RefusedError(f"{symbol} is not watched ({watched} is); name another, or a file of bars with --bars.")
        if isinstance(wish, Wish):
            return other, wish
    if isinstance(reading, Nearly):
        raise RefusedError(f'I cannot read "{reading.typed}"; did you mean {reading.meant}: "{reading.text}"?')
    raise RefusedError(" ".join(reading.why.split()))


def _strangers(text: str, reading: Nearly | Unreadable, words: Vocabulary) -> list[str]:
    """What may be a symbol; nothing where a word is nearly one that is known, unless that is a symbol itself."""
    if isinstance(reading, Nearly) and reading.meant not in words.symbols:
        return []
    found = (word.removeprefix("$") for word in text.split() if _SYMBOL.fullmatch(word))
    return [word for word in found if word not in words.symbols]


def _vocabulary(symbols: Sequence[str], settings: Settings, known: Store, now: int) -> Vocabulary:
    levels = {symbol: known.levels.present(symbol) for symbol in symbols}
    quotes = {symbol: known.history.last_quote(symbol) for symbol in symbols}
    prices = {symbol: quote.price for symbol, quote in quotes.items() if quote is not None}
    return Vocabulary(levels, prices, now, rearm_pct=settings.alerts.rearm_pct)


def _hours(stock: Stock, now: int) -> Exchange:
    try:
        return Exchange(stock.exchange, now)
    except CalendarError as error:
        raise RefusedError(f"{stock.symbol}: {error}.") from None
