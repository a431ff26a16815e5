"""What a picture of a stock shows, and where on it things lie; painted elsewhere.

Across, one bar takes as much room as the next, so that closed hours take none. Upwards are prices,
in the stock's currency. Moments are epoch seconds UTC.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise

from bot.core.market import Bar
from bot.core.metrics.price import money

_REACH = 0.6
"""How far, in heights of the price's own range, a line may lie beyond it and still be drawn in its place."""
_FLATTEST = 0.004
"""The least height of the range, as a share of the price: a price that stands still stays a line."""
_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """A price that is marked all across: a stored level, or an alert ("#7")."""

    price: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A crossing that was told."""

    at: int
    price: float
    up: bool
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A stock over a span of time: `bars` in order of time, one width or several.

    `title` says the span, `zone` is the exchange's, `source` whom the prices are from.
    """

    symbol: str
    currency: str
    zone: str
    title: str
    bars: Sequence[Bar]
    levels: Sequence[Line]
    alerts: Sequence[Line]
    crossings: Sequence[Mark]
    now: int
    dark: bool = False
    source: str = ""


def thinned(bars: Sequence[Bar], most: int = 700) -> tuple[Bar, ...]:
    """At most so many bars, each of several neighbours: first open, highest high, lowest low, last close.

    Neighbours of different sessions, or with closed hours between them, stay apart while there is room.
    """
    if len(bars) <= most:
        return tuple(bars)
    stretches = _stretches(bars)
    if len(stretches) > most:
        stretches = [list(bars)]
    size = -(-len(bars) // most)
    while sum(-(-len(stretch) // size) for stretch in stretches) > most:
        size += 1
    return tuple(joined(stretch[i : i + size]) for stretch in stretches for i in range(0, len(stretch), size))


def _stretches(bars: Sequence[Bar]) -> list[list[Bar]]:
    ends = [0, *accumulate(a.session is not b.session or b.at - a.ends_at > 3 * 3600 for a, b in pairwise(bars))]
    return [[bar for _, bar in group] for _, group in groupby(zip(ends, bars, strict=True), key=lambda pair: pair[0])]


def joined(bars: Sequence[Bar]) -> Bar:
    """Several bars as one, in the first one's session; `bars` is not empty and in order of time."""
    first, last = bars[0], bars[-1]
    return replace(
        first,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=last.close,
        volume=sum(bar.volume for bar in bars),
        width_s=last.ends_at - first.at,
    )


def visible_range(bars: Sequence[Bar], lines: Iterable[Line]) -> tuple[float, float]:
    """The lowest and the highest price that is shown: the bars, and the lines not too far from them."""
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    lacking = max(0.0, _FLATTEST * high - (high - low)) / 2
    low, high = low - lacking, high + lacking
    reach = _REACH * (high - low)
    near = [line.price for line in lines if low - reach <= line.price <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    margin = _MARGIN * (high - low)
    return max(low - margin, 0.0), high + margin


def place_of(bars: Sequence[Bar], at: int) -> int | None:
    """Which bar a moment falls into, or the one before it; None where it lies outside of them all."""
    place = bisect_right(bars, at, key=lambda bar: bar.at) - 1
    return place if place >= 0 and at < bars[-1].ends_at else None


def marked(bars: Sequence[Bar], crossings: Iterable[Mark]) -> tuple[tuple[int, Mark], ...]:
    """The crossings with the bars they fall into; those of one bar and direction are one, at the last one's price."""
    found: dict[tuple[int, bool], Mark] = {}
    for mark in crossings:
        if (place := place_of(bars, mark.at)) is None:
            continue
        before = found.get((place, mark.up))
        both = mark if before is None else replace(mark, label=f"{before.label} {mark.label}")
        found[place, mark.up] = both if before is None or mark.label not in before.label.split() else before
    return tuple((place, mark) for (place, _), mark in found.items())


def steps(low: float, high: float, most: int = 7) -> tuple[float, ...]:
    """The round prices between two, at most so many, evenly spaced: 188, 190, 192."""
    exponent = -12
    while True:
        for digits in (1, 2, 5):
            step = float(f"{digits}e{exponent}")
            first, last = -(-low // step), high // step
            if last - first + 1 <= most:
                return tuple(round(place * step, max(-exponent, 0)) for place in range(int(first), int(last) + 1))
        exponent += 1


def brief(price: float) -> str:
    """A price in few characters: 192.00, 0.0123, 1,234,567."""
    return f"{price:,.0f}" if price >= 10_000 else money(price)
