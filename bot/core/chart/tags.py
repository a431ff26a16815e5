"""The words beside a chart: which prices are named, and where there is room for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, pairwise

from bot.core.chart import Chart, brief
from bot.core.levels import upside_pct
from bot.core.message import clipped

_MOST_NUMBERS = 3
_MOST_TAGS = 20  # what is named beside more stands so far from its price that it helps nobody


class Kind(StrEnum):
    """What a tag names."""

    LEVEL = "level"
    ALERT = "alert"
    LAST = "last price"
    TARGET = "target"


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


def tags(chart: Chart, low: float, high: float, column: Column) -> tuple[Tag, ...]:
    """The words beside the chart that shows the prices from `low` to `high`."""
    last = chart.bars[-1].close
    named = [_tag(chart, price, low, high) for price in {line.price for line in (*chart.levels, *chart.alerts)}]
    return beside([Tag(Kind.LAST, last, (brief(last),), aim(last, low, high)), *named], last, column)


def beside(found: Sequence[Tag], last: float, column: Column) -> tuple[Tag, ...]:
    """The tags where there is room for them: from the lowest up, none over another.

    Where two rows each are too much it is one, where that is, the nearest to the `last` price are named,
    levels before alerts.
    """
    room = column.top - column.foot
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
    return Tag(kind, price, (head, names) if names else (head,), aim(price, low, high))


def _away(price: float, last: float, low: float, high: float) -> tuple[str, ...]:
    if low <= price <= high:
        return ()
    return ("↑" if price > high else "↓", f"{upside_pct(last, price):+,.0f} %".replace("-", "−"))


def aim(price: float, low: float, high: float) -> float:
    """How high a price lies where those from `low` to `high` are shown."""
    return (price - low) / (high - low)


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
