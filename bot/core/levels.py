"""The analysts' lines: what a level is, how it is named, how far it lies from the price."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

# Left off a firm's name where a person would: "Bernstein SocGen Group" is Bernstein SocGen.
CORPORATE = frozenset({"group", "chase", "inc", "co", "company", "securities", "research", "llc", "plc", "ltd"})


@dataclass(frozen=True, slots=True)
class Level:
    """One firm's line on one stock, per share as traded (for BABA per ADS), in the stock's currency.

    `kind` is "consensus", "price target", "fair value" or "own"; `as_of` the day the firm said it;
    `source` where targetwatch has it from, a conversion included;
    `currency` None where the stock's is not known. One firm has one level on a stock.
    """

    symbol: str
    firm: str
    kind: str
    rating: str | None
    price: float
    as_of: date
    source: str
    currency: str | None = None

    @property
    def name(self) -> str:
        """The firm as people call it: "JPMorgan" for JPMorgan Chase, but never a bare number."""
        return _called(self.firm)

    @property
    def title(self) -> str:
        """The name with what kind of line it is: "Bernstein SocGen, price target"."""
        return self.name if self.name.casefold() == self.kind else f"{self.name}, {self.kind}"


@lru_cache(maxsize=1024)
def _called(firm: str) -> str:
    words = firm.split()
    while words[-1].casefold().strip(".,") in CORPORATE and any(map(str.isalpha, "".join(words[:-1]))):
        words.pop()
    return " ".join(words).rstrip(",")


def upside_pct(price: float, target: float) -> float:
    """How far the target lies above the price, in percent of the price.

    Both in the same currency and > 0: 160 → 192 gives 20.0.
    Raises ValueError where either is not positive.
    """
    if price <= 0 or target <= 0:
        raise ValueError("price and target must be positive")
    return (target / price - 1) * 100


def is_passed(old: float, new: float, price: float | None) -> bool:
    """Whether the price now lies on the other side of the line than before it moved."""
    return price is not None and (price >= old) != (price >= new)


def named(levels: Iterable[Level], text: str) -> tuple[Level, ...]:
    """The levels a person can mean by `text`: each of its words begins a word of the firm, in order.

    A firm written in full is that firm, a name as people call it those of this name, whatever else
    begins like it.
    """
    levels, wanted = tuple(levels), text.casefold().split()
    if not wanted:  # no words name no level, not even one whose name is nothing but a comma
        return ()
    by_firm = tuple(level for level in levels if level.firm.casefold().split() == wanted)
    by_name = tuple(level for level in levels if level.name.casefold().split() == wanted)
    return by_firm or by_name or tuple(level for level in levels if _begin(level.firm, wanted))


def _begin(firm: str, wanted: list[str]) -> bool:
    rest = iter(firm.casefold().split())
    return all(any(word.startswith(start) for word in rest) for start in wanted)


def ahead(levels: Iterable[Level], price: float, *, above: bool) -> Level | None:
    """The nearest level strictly above (or below) the price, or None."""
    side = [level for level in levels if (level.price > price if above else level.price < price)]
    return min(side, key=lambda level: abs(level.price - price), default=None)
