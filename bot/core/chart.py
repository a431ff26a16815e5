"""What a picture of a stock shows, and where on it things lie; painted elsewhere.

Across, one bar takes as much room as the next, so that closed hours take none. Upwards are prices,
in the stock's currency. Moments are epoch seconds UTC.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, groupby, pairwise

from bot.core.levels import upside_pct
from bot.core.market import Bar
from bot.core.message import clipped
from bot.core.metrics.price import money

_REACH = 0.6
"""How far, in heights of the price's own range, a line may lie beyond it and still be drawn in its place."""
_FLATTEST = 0.004
"""The least height of the range, as a share of the price: a price that stands still stays a line."""
_MARGIN = 0.05
_MOST_NUMBERS = 3
_MOST_TAGS = 20  # what is named beside more stands so far from its price that it helps nobody


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


class Kind(StrEnum):
    """What a tag names."""

    LEVEL = "level"
    ALERT = "alert"
    LAST = "last price"


@dataclass(frozen=True, slots=True)
class Tag:
    """The words beside one price: a first row and, perhaps, a second.

    `y` is the middle of the words and `aim` the height of the price itself, 0 at the foot of the
    chart and 1 at its top; beyond these the price lies outside of what is shown.
    """

    kind: Kind
    price: float
    rows: tuple[str, ...]
    aim: float
    y: float = 0.0

    @property
    def is_shown(self) -> bool:
        """Whether the price itself lies on the chart."""
        return 0 <= self.aim <= 1


@dataclass(frozen=True, slots=True)
class Column:
    """The room for tags, in heights of the chart: from `foot` (≤ 0) to `top` (≥ 1), rows `row` high.

    `longest` is how many characters a row holds.
    """

    foot: float
    top: float
    row: float
    longest: int


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


def tags(chart: Chart, low: float, high: float, column: Column) -> tuple[Tag, ...]:
    """The words beside the chart that shows the prices from `low` to `high`: from the lowest up, none over another.

    Where two rows each are too much it is one, where that is, the nearest to the price are named,
    levels before alerts.
    """
    last, room = chart.bars[-1].close, column.top - column.foot
    named = [_tag(chart, price, low, high) for price in {line.price for line in (*chart.levels, *chart.alerts)}]
    found = [Tag(Kind.LAST, last, (brief(last),), _aim(last, low, high)), *named]
    if sum(_rows(tag) for tag in found) * column.row > room:
        found = [replace(tag, rows=(" ".join(tag.rows),)) for tag in found]
    most = min(_MOST_TAGS, max(1, int(room / column.row / _rows(found[0]))))
    nearest = sorted(found, key=lambda tag: (tag.kind is not Kind.LAST, tag.kind is Kind.ALERT, abs(tag.price - last)))
    return _placed(sorted(nearest[:most], key=lambda tag: (tag.price, tag.kind)), column)


def _rows(tag: Tag) -> float:
    """How many rows a tag takes, with a little air."""
    return len(tag.rows) + 0.15


def _placed(found: Sequence[Tag], column: Column) -> tuple[Tag, ...]:
    wanted = [tag.aim if tag.is_shown else column.foot if tag.aim < 0 else column.top for tag in found]
    heights = apart(wanted, [_rows(tag) * column.row for tag in found], column.foot, column.top)
    return tuple(
        replace(tag, y=y, rows=tuple(clipped(words, column.longest) for words in tag.rows))
        for tag, y in zip(found, heights, strict=True)
    )


def _tag(chart: Chart, price: float, low: float, high: float) -> Tag:
    """258.00 ↑ +63 %, Morningstar — a line too far away; 192.00 #3, consensus — one in its place."""
    names = ", ".join(line.label for line in chart.levels if line.price == price)
    numbers = [line.label for line in chart.alerts if line.price == price]
    more = f" +{len(numbers) - _MOST_NUMBERS}" if len(numbers) > _MOST_NUMBERS else ""
    head = " ".join([brief(price), *_away(price, chart.bars[-1].close, low, high), *numbers[:_MOST_NUMBERS]]) + more
    kind = Kind.LEVEL if names else Kind.ALERT
    return Tag(kind, price, (head, names) if names else (head,), _aim(price, low, high))


def _away(price: float, last: float, low: float, high: float) -> tuple[str, ...]:
    if low <= price <= high:
        return ()
    return ("↑" if price > high else "↓", f"{upside_pct(last, price):+,.0f} %".replace("-", "−"))


def _aim(price: float, low: float, high: float) -> float:
    return (price - low) / (high - low)


def brief(price: float) -> str:
    """A price in few characters: 192.00, 0.0123, 1,234,567."""
    return f"{price:,.0f}" if price >= 10_000 else money(price)


def apart(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """Where the middles of things go that want to lie somewhere, so that none covers another.

    `wanted` in rising order. Each moves as little as can be (least squares), none below `low` or above
    `high`; where they do not all fit, they overlap evenly.
    """
    squeeze = min(1.0, (high - low) / sum(sizes)) if sizes else 1.0
    fitted = [size * squeeze for size in sizes]
    below = [0.0, *accumulate((a + b) / 2 for a, b in pairwise(fitted))]
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, below[: len(wanted)], strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, others = blocks.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    if not starts:
        return ()
    least, most = low + fitted[0] / 2, high - fitted[-1] / 2 - below[-1]
    return tuple(max(min(start, most), least) + offset for start, offset in zip(starts, below, strict=True))
