"""What had to be told, worked out from the script alone by rules 1, 2 and 4 of the design.

Knows nothing of the program's own crossing rule: it is small enough to be checked by eye instead.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.market import Bar


@dataclass(frozen=True, slots=True)
class Wish:
    """One alert; `made_at` in epoch seconds, the price then not yet at its line."""

    chat_id: int
    way: str
    line: float
    once: bool
    made_at: int


@dataclass(frozen=True, slots=True)
class Due:
    """One crossing that its chat has to be told: `at` is the start of its minute."""

    chat_id: int
    line: float
    up: bool
    at: int


def dues(wish: Wish, bars: Iterable[Bar], rearm_pct: float) -> list[Due]:
    """All crossings that this alert has to tell."""
    wanted = {"above": (True,), "below": (False,), "crosses": (True, False)}[wish.way]
    flips = [flip for flip in _flips(wish, bars, rearm_pct) if flip.up in wanted]
    return flips[:1] if wish.once else flips


def _flips(wish: Wish, bars: Iterable[Bar], rearm_pct: float) -> Iterator[Due]:
    band = round(wish.line * rearm_pct / 100, 6)
    above, armed = None, True
    for at, price in _walk(bars):
        if above is None or at <= wish.made_at:
            above = price >= wish.line
            continue
        full_band_away = round(abs(price - wish.line), 6) >= band
        reached = price <= wish.line if above else price >= wish.line
        beyond = price < wish.line if above else price > wish.line
        if (armed and reached) or (full_band_away and beyond):
            above, armed = not above, full_band_away
            yield Due(wish.chat_id, wish.line, above, at)
        else:
            armed = armed or full_band_away


def _walk(bars: Iterable[Bar]) -> Iterator[tuple[int, float]]:
    """Open, the nearer extreme (the high where both are as near), the other one, close."""
    for bar in bars:
        high_first = bar.high - bar.open <= bar.open - bar.low
        for price in (bar.open, *((bar.high, bar.low) if high_first else (bar.low, bar.high)), bar.close):
            yield bar.at, price
