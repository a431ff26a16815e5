"""What a provider says of a stock's analysts, and what of it is news: their targets, ratings and recommendations."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

JITTER_PCT = 0.5
"""So far the targets of a provider wander from day to day by the rate of exchange alone, and it is no news."""

_MOST_ALIKE_PCT = 2.0
_ALIKE_PCT = 0.05
_MOST_TIMES = 3.0
PROVIDER = "Yahoo"


@dataclass(frozen=True, slots=True)
class Targets:
    """The price targets of all analysts a provider counts, per share as traded, in the stock's currency.

    None where the provider does not say; `price` is its own price of the stock in the same answer, which shows
    in which unit the targets are.
    """

    mean: float
    median: float | None = None
    low: float | None = None
    high: float | None = None
    analysts: int | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True)
class RatingAction:
    """One firm's word on a stock at a moment (epoch seconds UTC): a rating, a price target, or both.

    `action` is the provider's: up, down, init, main or reit. A target it does not give is None.
    """

    firm: str
    at: int
    action: str
    rating: str | None = None
    rating_before: str | None = None
    target: float | None = None
    target_before: float | None = None

    @property
    def changes_rating(self) -> bool:
        """Whether the rating is another than before, or the firm's first."""
        return self.rating is not None and (self.rating != self.rating_before or self.action == "init")

    @property
    def with_known_rating(self) -> "RatingAction":
        """The same, its rating having been said already: only its target can be news."""
        return replace(self, action="main", rating_before=self.rating)

    @property
    def changes_target(self) -> bool:
        """Whether the target is another than before, or the firm's first."""
        return self.target is not None and self.target != self.target_before


@dataclass(frozen=True, slots=True)
class Recommendations:
    """How many analysts recommend what at present."""

    strong_buy: int
    buy: int
    hold: int
    sell: int
    strong_sell: int

    @property
    def analysts(self) -> int:
        return sum(astuple(self))


def legible(price: float) -> float:
    """A target as people read it: converted from another currency it comes with a dozen digits."""
    return round(price, 2 if price >= 1 else 6)


def change_pct(before: float, after: float) -> float:
    """How far a target has moved, in percent of where it lay: 192 → 188.16 is −2.0. Both > 0."""
    return round((after / before - 1) * 100, 6)


def is_jitter(before: Targets, after: Targets) -> bool:
    """Whether the difference is no analyst's doing: a fraction of a percent, or all four figures moved alike.

    No analyst moves the lowest, the middle and the highest target by one factor; a converted currency
    does. Beyond two percent it is news whatever moved it.
    """
    moved = abs(change_pct(before.mean, after.mean))
    return moved < JITTER_PCT or (moved < _MOST_ALIKE_PCT and _moved_alike(before, after))


def _moved_alike(before: Targets, after: Targets) -> bool:
    pairs = [(before.low, after.low), (before.median, after.median), (before.high, after.high)]
    changes = [change_pct(old, new) for old, new in pairs if old is not None and new is not None]
    mean = change_pct(before.mean, after.mean)
    has_spread = before.low is not None and before.high is not None and before.low < before.high
    return len(changes) == len(pairs) and has_spread and all(abs(one - mean) <= _ALIKE_PCT for one in changes)


def is_corrected(before: float | None, after: float | None) -> bool:
    """Whether a target that was said already is now another one: given for the first time, or put right.

    By more than a converted currency makes of it from day to day.
    """
    if before is None or after is None:
        return before is None and after is not None
    return abs(change_pct(before, after)) >= _MOST_ALIKE_PCT


def in_our_unit(target: float, references: Sequence[float]) -> bool:
    """Whether a target can be in the currency, and per the share, that these prices are in: the stock's, older targets.

    Three times all of them or more, or a third or less, it is one in another currency or per another
    share: 1399 (CNY) beside 186 (USD), or an eighth per ordinary share. A target near one of them may be
    right: a fallen stock's is near the older targets. Without a reference nothing can be said, and it is
    refused.

    What a ratio cannot tell: HKD per ordinary share reads almost like USD per ADS (192 × 7.78 ÷ 8 = 187), so
    where a provider names a currency that goes first.
    """
    return any(one / _MOST_TIMES < target < one * _MOST_TIMES for one in references if one > 0)
