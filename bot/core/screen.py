"""Which bars are fit to be believed; the others are faults with a name, never an alert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
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
    (the source's second witness) is the price to be plausible against.
    """
    watched = [bar for bar in bars if bar.session in rules.sessions]
    faults = [fault for bar in watched if (fault := _unfit(bar, now)) is not None]
    prices = [bar for bar in watched if _unfit(bar, now) is None]
    ordered, disordered = _in_order(prices, last)
    trusted = last.close if last is not None else reference
    kept, jumps = _confirmed(ordered, trusted, rules.max_jump_pct)
    return Screened(tuple(kept), (*faults, *disordered, *jumps))


def _unfit(bar: Bar, now: int) -> Fault | None:
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not all(isfinite(price) and price > 0 for price in prices):
        return Fault.NOT_A_PRICE
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        return Fault.NOT_A_PRICE
    return Fault.FROM_THE_FUTURE if bar.at > now + CLOCK_SKEW_S else None


def _in_order(bars: Iterable[Bar], last: Bar | None) -> tuple[list[Bar], list[Fault]]:
    kept: list[Bar] = []
    faults: list[Fault] = []
    for bar in bars:
        if (kept and bar.at <= kept[-1].at) or (last is not None and bar.at < last.at):
            faults.append(Fault.OUT_OF_ORDER)
        else:
            kept.append(bar)
    return kept, faults


def _confirmed(bars: Sequence[Bar], trusted: float | None, max_pct: float) -> tuple[list[Bar], list[Fault]]:
    """Let a jump through only where the next bar stays there; one that is last waits for the next poll."""
    kept: list[Bar] = []
    faults: list[Fault] = []
    for bar, following in zip_longest(bars, bars[1:]):
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


def _trimmed(bar: Bar, trusted: float | None, max_pct: float, faults: list[Fault]) -> Bar:
    """The bar without an open or an extreme that nothing around it bears out: one bad trade."""
    around = (trusted, bar.close)

    def believed(price: float) -> bool:
        return any(_near(price, witness, max_pct) for witness in around)

    if believed(bar.open) and believed(bar.high) and believed(bar.low):
        return bar
    faults.append(Fault.BAD_PRINT)
    opened = bar.open if believed(bar.open) else bar.close
    high = bar.high if believed(bar.high) else max(opened, bar.close)
    low = bar.low if believed(bar.low) else min(opened, bar.close)
    return Bar(bar.at, opened, high, low, bar.close, bar.volume, bar.session, bar.width_s)


def _near(price: float, witness: float | None, max_pct: float) -> bool:
    return witness is not None and abs(price / witness - 1) * 100 <= max_pct
