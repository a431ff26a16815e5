"""Splits of a stock: what they do to prices, and when a jump looks like one that nobody has listed yet.

Prices are per share. A split of 2 for 1 halves them all, and every line drawn on them; nothing was
bought or sold by it, so it is never a crossing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import log, prod
from typing import Any

from bot.core.days import date_of, day_of, midnight
from bot.core.market import Bar, Day, Session

SETTLED_S = 900
"""So long in seconds a regular session must have gone on before a jump is no split any more."""

_LARGEST_TERM = 1_000
_NEAR = (0.72, 1.4)  # no usual split is told by a ratio in between, and nearly every one lies there
_USUAL = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)
_SMALL = Fraction(3, 2)
_OFF_PCT = 10.0  # how far the market may have moved besides,
_OFF_SMALL_PCT = 5.0  # and where the split itself is hardly more than a bad night


@dataclass(frozen=True, slots=True)
class Split:
    """On `day`, by the exchange's clock, `numerator` new shares came for `denominator` old ones."""

    day: date
    numerator: int
    denominator: int

    @property
    def factor(self) -> float:
        """What a price before it is multiplied with to compare it with one after."""
        return self.denominator / self.numerator


def split_of(day: date, ratio: float) -> Split:
    """The split whose new shares for one old are this many: 1.5 is 3 for 2, 0.125 is 1 for 8."""
    fraction = Fraction(ratio).limit_denominator(_LARGEST_TERM)
    return Split(day, fraction.numerator, fraction.denominator)


def factor_since(splits: Iterable[Split], at: int, zone: str) -> float:
    """What a price of that moment (epoch seconds UTC) is multiplied with to stand beside those of today."""
    return prod(split.factor for split in splits if at < midnight(split.day, zone))


def scaled_since(price: float, splits: Iterable[Split], at: int, zone: str) -> float:
    """A line of that moment (epoch seconds UTC) as the splits since, in order of their days, have moved it."""
    for split in splits:
        if at < midnight(split.day, zone):
            price = scaled(price, split.factor)
    return price


def scaled(price: float, factor: float) -> float:
    """A line after a split: to the cent where it is not below one."""
    moved = price * factor
    return round(moved, 2 if moved >= 1 else 6)


def rescaled(bar: Bar, factor: float) -> Bar:
    """The bar as it would have been had the split come before it."""
    opened, high, low, close = (round(price * factor, 6) for price in (bar.open, bar.high, bar.low, bar.close))
    return replace(bar, open=opened, high=high, low=low, close=close, volume=round(bar.volume / factor))


def rescaled_day(day: Day, factor: float) -> Day:
    """The day as it would have been had the split come before it."""
    opened, high, low, close = (round(price * factor, 6) for price in (day.open, day.high, day.low, day.close))
    return replace(day, open=opened, high=high, low=low, close=close, volume=round(day.volume / factor))


def on_one_scale(bars: Sequence[Bar], split: Split, last: Bar | None, zone: str) -> tuple[Bar, ...]:
    """The bars with those from before the split on the scale after it, whether or not the source has done so.

    `last` is the last bar recorded, on the scale after it: its own minute comes again, and tells. Where
    that does not, the night before the split does.
    """
    begins_at = midnight(split.day, zone)
    if not _is_restated(bars, split, last, begins_at):
        return tuple(rescaled(bar, split.factor) if bar.at < begins_at else bar for bar in bars)
    return tuple(bars)


def _is_restated(bars: Sequence[Bar], split: Split, last: Bar | None, begins_at: int) -> bool:
    before = [bar for bar in bars if bar.at < begins_at and bar.close > 0]
    if not before:
        return True
    again = next((bar for bar in before if last is not None and bar.at <= last.at < bar.ends_at), None)
    if again is not None and last is not None:
        return is_nearer_to_one(again.close / last.close, 1 / split.factor)
    after = next((bar for bar in bars if bar.at >= begins_at and bar.open > 0), None)
    return after is None or is_nearer_to_one(before[-1].close / after.open, 1 / split.factor)


def is_nearer_to_one(ratio: float, other: float) -> bool:
    """Whether a ratio of two prices is rather 1 than that other."""
    return abs(log(ratio)) <= abs(log(ratio / other))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A bar that a split would explain, beside the price `before` it, of a day before or of the very same minute.

    `before_at` is when that price was (epoch seconds UTC), `split` the one that comes nearest. `is_restated`
    where the source gives a minute recorded before on another scale.
    """

    bar: Bar
    before: float
    before_at: int
    split: Split
    is_restated: bool


def suspect(bars: Sequence[Bar], last: Bar | None, zone: str) -> Suspect | None:
    """The first bar that may stand after a split not listed yet; None where there is none, or it is settled.

    A jump from one day to the next by a usual ratio is settled once the regular session has gone on for a
    quarter of an hour: the source lists what it knows by then. What it has restated is not before it says why.
    """
    before = last
    for place, bar in enumerate(bars):
        # A minute that really fell by half still has the price from before the fall in it.
        is_restated = before is not None and bar.at <= before.at and not bar.low <= before.close <= bar.high
        ratio = usual(before.close / (bar.close if is_restated else bar.open)) if before is not None else None
        if before is not None and ratio is not None:
            is_new_day = day_of(before, zone) != day_of(bar, zone) and not _is_settled(bars[place:])
            if is_restated or is_new_day:
                split = Split(date_of(bar.at, zone), ratio.numerator, ratio.denominator)
                return Suspect(bar, before.close, before.at if is_restated else before.ends_at, split, is_restated)
        before = bar
    return None


def usual(ratio: float) -> Fraction | None:
    """The usual split, new shares for one old, that comes near this ratio of the old price to the new one."""
    if _NEAR[0] < ratio < _NEAR[1]:
        return None
    whole = [Fraction(count) for count in _USUAL]
    near = [one for one in (*whole, *(1 / one for one in whole)) if abs(ratio / one - 1) * 100 <= _OFF_PCT]
    small = [one for one in (_SMALL, 1 / _SMALL) if abs(ratio / one - 1) * 100 <= _OFF_SMALL_PCT]
    return min([*near, *small], key=lambda one: abs(log(ratio / one)), default=None)


def _is_settled(bars: Iterable[Bar]) -> bool:
    """Whether these bars, from a first one of a day on, go so far into its regular session, or beyond."""
    opened_at: int | None = None
    for bar in bars:
        if bar.session is Session.REGULAR:
            opened_at = bar.at if opened_at is None else opened_at
            if bar.ends_at - opened_at > SETTLED_S:
                return True
        elif opened_at is not None:
            return True
    return False


@dataclass(frozen=True, slots=True)
class SplitSuspected:
    """A price that a split not listed by the source would explain; alerts wait. Told to those who watch the stock.

    `numerator` for `denominator` is the split that comes nearest. `is_restated` where the source tells
    the price of a past minute, at `before_at`, otherwise than it did.
    """

    symbol: str
    price: float
    before: float
    before_at: int
    numerator: int
    denominator: int
    is_restated: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """One level, before and after a split."""

    level: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class SplitApplied:
    """A stock was split on `day` (ISO, on the exchange's clock).

    `levels` are now on the new scale, and `alerts`, the numbers of this chat's.
    """

    symbol: str
    day: str
    numerator: int
    denominator: int
    levels: tuple[Moved, ...]
    alerts: tuple[int, ...]


def applied_of(values: dict[str, Any]) -> SplitApplied:
    """The event again, of the values it was stored as."""
    levels = tuple(Moved(**one) for one in values["levels"])
    return SplitApplied(**(values | {"levels": levels, "alerts": tuple(values["alerts"])}))
