"""A split: levels, alerts and all that is recorded move to the new scale, once, before any price is judged on it.

Owns when a listed split is applied and what moves with it; always within the transaction of the poll
that brought it. What waits for a split not listed yet is `held`'s.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.core.alerts import Alert, Line
from bot.core.crossing import rebase
from bot.core.days import midnight
from bot.core.first import side_of
from bot.core.joint import joined
from bot.core.levels import Level
from bot.core.market import Day, Hours
from bot.core.metrics import of_key
from bot.core.splits import Moved, Split, SplitApplied, is_nearer_to_one, on_one_scale, scaled
from bot.feeds import Fetched
from bot.jobs.consensus import rescale_asked
from bot.jobs.make import line_at
from bot.jobs.records import folded_day, present_values
from bot.jobs.revise import lines_from
from bot.store import Store

log = logging.getLogger(__name__)

_MOST_LOOKED_AT = 45

Levels = Mapping[str, tuple[Level, Level]]
"""By firm: the level before a split and after it."""

Move = Callable[[Alert, Line, Line | None], Alert]
"""The alert on its new lines."""


def following(store: Store, symbol: str, hours: Hours, fetched: Fetched, now: int) -> Fetched:
    """The answer as it goes on from what is recorded: on the scale after its splits, without what overlaps.

    A split it lists whose day has come and that was never applied is applied first.
    """
    bars = fetched.bars
    for split in sorted(fetched.splits, key=lambda one: one.day):
        if is_applied(store, symbol, hours, split, now):
            bars = on_one_scale(bars, split, store.history.last_bar(symbol), hours.zone)
    last = store.history.last_bar(symbol)
    if bars and last is not None:
        bars = joined(bars, store.history.bars(symbol, min(bars[0].at, last.at), last.at + 1))
    return replace(fetched, bars=tuple(bars))


def is_applied(store: Store, symbol: str, hours: Hours, split: Split, now: int) -> bool:
    """Apply the split where it concerns anything recorded and was not applied before; whether it does."""
    begins_at = midnight(split.day, hours.zone)
    if split.factor == 1 or now < begins_at or not store.history.has_bars_before(symbol, begins_at):
        return False
    if not store.splits.has(symbol, split.day):
        apply(store, symbol, hours, split, now)
    return True


def apply(store: Store, symbol: str, hours: Hours, split: Split, now: int) -> None:
    """Move everything from before the split to the scale after it, and say so to every chat that is served.

    Levels and alerts made since are on that scale already. Alerts keep side and arming, since nothing
    was crossed; where prices after the split were judged before it was listed, they take them from
    where they are now (rule 6).
    """
    log.warning("split applied symbol=%s day=%s ratio=%d:%d", symbol, split.day, split.numerator, split.denominator)
    begins_at, last = midnight(split.day, hours.zone), store.history.last_bar(symbol)
    store.splits.add(symbol, split, now)
    _rescale(store, symbol, hours, split)
    levels = _move_levels(store, symbol, split, begins_at, now)
    if last is None or last.at < begins_at:
        price = last.close if last is not None else None
        numbers = _move_alerts(
            store, symbol, split, begins_at, levels,
            lambda alert, lower, upper: _kept(alert, lower, upper, price, split.factor),
        )  # fmt: skip
    else:
        numbers = _move_alerts(store, symbol, split, begins_at, levels, _anew(store, symbol, hours, now))
    moved = tuple(Moved(old.name, old.price, new.price) for old, new in levels.values())
    for member in store.chats.members():
        mine = tuple(number for chat_id, number in numbers if chat_id == member.chat_id)
        event = SplitApplied(symbol, split.day.isoformat(), split.numerator, split.denominator, moved, mine)
        store.outbox.owe([member.chat_id], event, now)


def _rescale(store: Store, symbol: str, hours: Hours, split: Split) -> None:
    """Of the days, the source may have restated them already: the minutes beside them tell."""
    far = apart(store, symbol, hours.zone, store.history.days(symbol, date.min, split.day))
    store.splits.rescale_targets(symbol, midnight(split.day, hours.zone), split.factor)
    rescale_asked(store, symbol, midnight(split.day, hours.zone), split.factor)
    store.splits.rescale_bars(symbol, midnight(split.day, hours.zone), split.factor)
    if far is None or is_nearer_to_one(far, split.factor):
        store.splits.rescale_days(symbol, split.day, split.factor)


def apart(store: Store, symbol: str, zone: str, days: Sequence[Day]) -> float | None:
    """How many times the price of its minutes the price of a day is: of the latest day that is known both ways."""
    for day in reversed(days[-_MOST_LOOKED_AT:]):
        folded = folded_day(store, symbol, zone, day.day)
        if folded is not None:
            return day.close / folded.close
    return None


def _move_levels(store: Store, symbol: str, split: Split, begins_at: int, now: int) -> Levels:
    note = f"adjusted for the {split.numerator}:{split.denominator} split of {split.day}"
    moved = {}
    for old in store.levels.present_from(symbol, before=begins_at):
        new = replace(old, price=scaled(old.price, split.factor), source=f"{old.source}, {note}")
        store.levels.revise(new, now)
        moved[old.firm] = (old, new)
    return moved


def _move_alerts(
    store: Store, symbol: str, split: Split, begins_at: int, levels: Levels, move: Move
) -> list[tuple[int, int]]:
    """(chat, number) of the alerts on a price that moved; what is in percent is the same on every scale."""
    numbers = []
    for alert in store.alerts.on(symbol):
        is_older = alert.level in levels if alert.level is not None else alert.created_at < begins_at
        if of_key(alert.metric)[0].in_money and is_older:
            store.alerts.change(move(alert, *_lines(alert, split, levels)), "its line moved with a split")
            numbers.append((alert.chat_id, alert.number))
    return numbers


def _lines(alert: Alert, split: Split, levels: Levels) -> tuple[Line, Line | None]:
    if alert.level is not None:
        return lines_from(alert, levels[alert.level][1].price)
    rearm_pct = alert.policy.rearm_pct
    lower, *upper = (line_at(alert.metric, scaled(one.value, split.factor), rearm_pct) for one in alert.lines)
    return lower, upper[0] if upper else None


def _kept(alert: Alert, lower: Line, upper: Line | None, price: float | None, factor: float) -> Alert:
    """The alert as it was, on its new lines; anew only where rounding has taken a line over the price before."""
    moved = replace(alert, line=lower, upper=upper)
    if price is None:
        return moved
    sides = [side_of(line, price) for line in alert.lines], [side_of(line, price * factor) for line in moved.lines]
    return moved if sides[0] == sides[1] else rebase(alert, lower, upper, price * factor)


def _anew(store: Store, symbol: str, hours: Hours, now: int) -> Move:
    """From where the metric is now: prices after the split were judged already."""
    keys = [key for key in store.alerts.metrics(symbol) if of_key(key)[0].in_money]
    values = {rth: present_values(store, symbol, hours, keys, now, regular_only=rth) for rth in (False, True)}

    def move(alert: Alert, lower: Line, upper: Line | None) -> Alert:
        return rebase(alert, lower, upper, values[alert.policy.regular_only].get(alert.metric))

    return move
