"""Which bars are fit to be believed; the others are faults with a name, never an alert."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from itertools import groupby, pairwise, zip_longest
from math import isfinite

from bot.core.market import Bar, Session, Stock


class Fault(StrEnum):
    """What was wrong with an answer or a bar, in words that /status may show."""

    WRONG_SYMBOL = "wrong symbol"
    WRONG_CURRENCY = "wrong currency"
    NOT_A_PRICE = "not a price"
    OUT_OF_ORDER = "out of order"
    FROM_THE_FUTURE = "from the future"
    UNCONFIRMED_JUMP = "unconfirmed jump"
    BAD_PRINT = "bad print"
    PERHAPS_A_SPLIT = "perhaps a split"
    CLOCK = "this machine's clock is wrong"


@dataclass(frozen=True, slots=True)
class Screened:
    """The bars to walk, in order of time, and what was wrong with the rest."""

    bars: tuple[Bar, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """`max_jump_pct`: a move beyond it, in percent of the price before, waits for a second bar."""

    max_jump_pct: float
    sessions: frozenset[Session]


CLOCK_SKEW_S = 120
"""How far in seconds a bar may start ahead of our own clock before it is not believed."""


def identity(stock: Stock, symbol: str, currency: str | None) -> tuple[Fault, ...]:
    """Whether an answer is about this stock at all; a currency not named, or not known yet, is taken on trust."""
    if symbol.upper() != stock.symbol:
        return (Fault.WRONG_SYMBOL,)
    if currency is not None and stock.currency is not None and currency != stock.currency:
        return (Fault.WRONG_CURRENCY,)
    return ()


def screen(bars: Sequence[Bar], last: Bar | None, reference: float | None, now: int, rules: Rules) -> Screened:
    """The bars that are prices, in order, of watched sessions and plausible after `last`.

    `last` is the last bar believed before, whose own minute may come again; without it `reference`
    (the source's second witness) is the price to be plausible against. Bars of sessions not
    watched bear out a jump, the last minute's by what follows the close, and are then left out.
    """
    faults = [fault for bar in bars if bar.session in rules.sessions and (fault := _unfit(bar, now)) is not None]
    prices = [bar for bar in bars if _unfit(bar, now) is None]
    ordered, disordered = _in_order(prices, last)
    trusted = last.close if last is not None else reference
    kept, jumps = _confirmed(ordered, trusted, rules.max_jump_pct)
    watched = tuple(bar for bar in kept if bar.session in rules.sessions)
    return Screened(watched, (*faults, *disordered, *jumps))


def is_retold(bars: Sequence[Bar], last: Bar | None, rules: Rules) -> bool:
    """Whether these bars tell the minute of `last` as it cannot have been: all of them may be on another scale.

    A later form of a minute still has the price from before in it.
    """
    if last is None or not bars or bars[0].at != last.at:
        return False
    again = bars[0]
    return not _near(again.close, last.close, rules.max_jump_pct) and not again.low <= last.close <= again.high


def late(bars: Sequence[Bar], recorded: Sequence[Bar], now: int, rules: Rules) -> Iterator[Bar]:
    """What an answer shows of minutes before the last recorded one, beyond what was recorded of them.

    Such a minute was missing, no price or a bad print when it was looked at. `recorded` are the
    bars believed so far, in order, the first and last of which stay as they are. What lies between
    is believed where a bar beside it bears it out; a recorded one, where the answer tells anything
    recorded quite otherwise: all of it may be on another scale.
    """
    shown = {bar.at: bar for bar in bars if bar.session in rules.sessions and _unfit(bar, now) is None}
    known = {bar.at: bar for bar in recorded}
    minutes = sorted(known | shown)
    otherwise = {at for at in known.keys() & shown if not _near(shown[at].close, known[at].close, rules.max_jump_pct)}
    believed = known if otherwise else shown | known
    for before, at, after in zip(minutes, minutes[1:], minutes[2:], strict=False):
        if at not in shown or at in otherwise or not recorded[0].at < at < recorded[-1].at:
            continue
        beside = [believed[minute].close for minute in (before, after) if minute in believed]
        trusted = next((price for price in beside if _near(shown[at].close, price, rules.max_jump_pct)), None)
        if trusted is not None:
            yield from _beyond(known.get(at), _trimmed(shown[at], trusted, rules.max_jump_pct, []))


def _beyond(known: Bar | None, shown: Bar) -> Iterator[Bar]:
    if known is None:
        yield shown
    elif shown.high > known.high or shown.low < known.low:
        yield _folded(known, shown)


def _unfit(bar: Bar, now: int) -> Fault | None:
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not all(isfinite(price) and price > 0 for price in prices):
        return Fault.NOT_A_PRICE
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        return Fault.NOT_A_PRICE
    return Fault.FROM_THE_FUTURE if bar.at > now + CLOCK_SKEW_S else None


def _in_order(bars: Sequence[Bar], last: Bar | None) -> tuple[list[Bar], list[Fault]]:
    """One bar a minute from that of `last` on, in order of time however they came: none is lost by disorder."""
    newer = [bar for bar in bars if last is None or bar.at >= last.at]
    minutes = groupby(sorted(newer, key=_start), key=_start)
    ordered = [reduce(_folded, of_minute) for _, of_minute in minutes]
    is_disordered = any(following.at <= bar.at for bar, following in pairwise(bars))
    return ordered, [Fault.OUT_OF_ORDER] * (is_disordered or len(newer) < len(bars))


def _start(bar: Bar) -> int:
    return bar.at


def _folded(bar: Bar, again: Bar) -> Bar:
    """A minute that was given twice, as the later form has it, with the extremes of both."""
    return replace(again, open=bar.open, high=max(bar.high, again.high), low=min(bar.low, again.low))


def _confirmed(bars: Sequence[Bar], trusted: float | None, max_pct: float) -> tuple[list[Bar], list[Fault]]:
    """Let a jump through only where the next bar stays there; one that is last waits for the next poll.

    So does a last one that opens with a bad trade: its true open may still come, and what lay there
    would else be told as if it had come after what is known of the minute.
    """
    kept: list[Bar] = []
    faults: list[Fault] = []
    for bar, following in zip_longest(bars, bars[1:]):
        if following is None and _near(bar.close, trusted, max_pct) and not _opens_near(bar, trusted, max_pct):
            faults.append(Fault.UNCONFIRMED_JUMP)
            break
        if _near(bar.close, trusted, max_pct):
            kept.append(_trimmed(bar, trusted, max_pct, faults))
        elif following is None:
            faults.append(Fault.UNCONFIRMED_JUMP)
            break
        elif _near(following.close, bar.close, max_pct):
            kept.append(_trimmed(bar, trusted, max_pct, faults))
        else:
            faults.append(Fault.BAD_PRINT)
            continue
        trusted = kept[-1].close
    return kept, faults


def _opens_near(bar: Bar, trusted: float | None, max_pct: float) -> bool:
    return _near(bar.open, trusted, max_pct) or _near(bar.open, bar.close, max_pct)


def _trimmed(bar: Bar, trusted: float | None, max_pct: float, faults: list[Fault]) -> Bar:
    """The bar without an open or an extreme that nothing around it bears out: one bad trade."""

    def believed(price: float) -> bool:
        return _near(price, trusted, max_pct) or _near(price, bar.close, max_pct)

    if believed(bar.open) and believed(bar.high) and believed(bar.low):
        return bar
    faults.append(Fault.BAD_PRINT)
    real = [price for price in (bar.open, bar.high, bar.low, bar.close) if believed(price)]
    high, low = max(real), min(real)
    opened = bar.open if believed(bar.open) else _shortest_way(trusted or bar.close, high, low, bar.close)
    return Bar(bar.at, opened, high, low, bar.close, bar.volume, bar.session, bar.width_s)


def _shortest_way(trusted: float, high: float, low: float, close: float) -> float:
    """The open of a minute that moved no more than it must have: any other tells moves that may never have been."""
    return low if min(max(trusted, low), high) <= close else high


def _near(price: float, witness: float | None, max_pct: float) -> bool:
    return witness is not None and abs(price / witness - 1) * 100 <= max_pct
