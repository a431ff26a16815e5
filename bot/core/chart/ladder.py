"""What the picture of a stock's levels shows, and how high on it things lie; painted elsewhere.

Prices are in the stock's currency. A provider's targets lie beside the levels as a range of their own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.analysts import Targets
from bot.core.chart import Line, brief
from bot.core.chart.tags import Column, Kind, Tag, aim, beside
from bot.core.formula import percent
from bot.core.levels import upside_pct

_REACH = 0.5
"""How wide a gap may be, in heights of all that lies nearer to the price, for what is behind it to be in its place."""
_NEAR = 1.0
"""A gap no wider than this share of the price never puts a line off the scale."""
_FLATTEST = 0.02
_MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels of a stock around its price: `as_of` says of when and from whom that is.

    `targets` are what the `provider` counts, None where nothing of it is known.
    """

    symbol: str
    currency: str
    price: float
    as_of: str
    levels: Sequence[Line]
    targets: Targets | None = None
    provider: str = ""

    @property
    def prices(self) -> tuple[float, ...]:
        """Whatever has a place on the ladder, beside the price."""
        return (*(line.price for line in self.levels), *(price for price, _ in _stated(self.targets)))


def visible_range(price: float, others: Iterable[float]) -> tuple[float, float]:
    """The lowest and the highest price shown: what lies so far off that it would squash the rest is left out."""
    low = high = price
    for other in sorted(others, key=lambda one: abs(one - price)):
        gap = max(low - other, other - high)
        if low == high or gap <= max(_REACH * (high - low), _NEAR * price):
            low, high = min(low, other), max(high, other)
    lacking = max(0.0, _FLATTEST * high - (high - low)) / 2
    margin = lacking + _MARGIN * (high - low)
    return max(low - margin, 0.0), high + margin


def rungs(ladder: Ladder, low: float, high: float, column: Column) -> tuple[Tag, ...]:
    """The words beside the levels and the price, from the lowest up: 258.00 +63.1 %, Morningstar.

    Levels of one price share their words; of more than there is room for, those nearest to the price have some.
    """
    names = defaultdict(list)
    for line in ladder.levels:
        names[line.price].append(line.label)
    found = [Tag(Kind.LAST, ladder.price, (brief(ladder.price),), aim(ladder.price, low, high))]
    for price, labels in names.items():
        head = f"{_arrow(price, low, high)}{brief(price)} {percent(upside_pct(ladder.price, price))}"
        found.append(Tag(Kind.LEVEL, price, (head, " · ".join(labels)), aim(price, low, high)))
    return beside(found, ladder.price, column)


def marks(ladder: Ladder, low: float, high: float, column: Column) -> tuple[Tag, ...]:
    """The words beside the provider's range, from the lowest up: 95.27 low, 185.41 mean."""
    words = defaultdict(list)
    for price, word in _stated(ladder.targets):
        words[price].append(word)
    found = [
        Tag(Kind.TARGET, price, (f"{_arrow(price, low, high)}{brief(price)} {_short(said)}",), aim(price, low, high))
        for price, said in words.items()
    ]
    return beside(found, ladder.price, column) if found else ()


def _short(said: Sequence[str]) -> str:
    """What figures of one price are called, where two names have no room: the mean, or all of a single analyst."""
    return said[0] if len(said) == 1 else "mean" if set(said) <= {"mean", "median"} else "low to high"


def _stated(targets: Targets | None) -> list[tuple[float, str]]:
    if targets is None:
        return []
    told = [(targets.low, "low"), (targets.mean, "mean"), (targets.median, "median"), (targets.high, "high")]
    return [(price, word) for price, word in told if price is not None]


def _arrow(price: float, low: float, high: float) -> str:
    return "↑ " if price > high else "↓ " if price < low else ""
