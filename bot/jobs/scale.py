"""On which side of a split a source's figures are: targets may be restated earlier than prices here, or days later.

Knows the splits that were applied. What cannot be told is not believed: the next look brings it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.core.analysts import RatingAction, Targets, in_our_unit
from bot.core.days import date_of
from bot.core.splits import Split, is_nearer_to_one, usual
from bot.store import Store

_LEAST = 1.4
"""So many times a split has to make of a share: a smaller one is no more than what analysts do themselves."""

_RESTATED = timedelta(days=30)
"""By then a provider has restated its targets after a split,"""

_RENEWED = timedelta(days=400)
"""and a firm has said its own anew."""


def is_before_a_split(store: Store, symbol: str, zone: str, last: Targets | None, new: Targets, now: int) -> bool:
    """Whether the targets still are those from before a split, the last ones having been moved along with it."""
    today = date_of(now, zone)
    splits = _large(split for split in store.splits.every(symbol) if today - split.day <= _RESTATED)
    return last is not None and any(not is_nearer_to_one(new.mean / last.mean, 1 / one.factor) for one in splits)


def _large(splits: Iterable[Split]) -> list[Split]:
    return [split for split in splits if max(split.factor, 1 / split.factor) >= _LEAST]


def is_after_a_split(store: Store, symbol: str, source_price: float | None, now: int) -> bool:
    """Whether the source's own price says of a split that is not known here yet.

    It is that of a regular session: beside one that has fallen far since, the last close tells.
    """
    quote, close = store.history.last_quote(symbol), store.history.last_close_before(symbol, now)
    prices = [*([quote.price] if quote is not None else []), *([close] if close is not None else [])]
    return source_price is not None and bool(prices) and all(usual(one / source_price) for one in prices)


def believed(action: RatingAction, splits: Sequence[Split], zone: str) -> RatingAction:
    """The action without a target that may be from before a split, or whose earlier one may be."""
    day, target, before = date_of(action.at, zone), action.target, action.target_before
    if any(day < split.day for split in splits):
        return replace(action, target=None, target_before=None)
    if target is None or before is None:
        return action
    lately = _large(split for split in splits if day - split.day <= _RENEWED)
    is_one_scale = in_our_unit(before, [target]) and all(
        is_nearer_to_one(target / before, one.factor) for one in lately
    )
    return action if is_one_scale else replace(action, target_before=None)
