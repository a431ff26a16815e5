"""Which stored levels a provider's rating actions revise, and how."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.core.analysts import RatingAction
from bot.core.days import date_of
from bot.core.firms import level_of
from bot.core.levels import Level


@dataclass(frozen=True, slots=True)
class Revision:
    """A stored level, what its firm's action makes of it, and the action."""

    old: Level
    new: Level
    action: RatingAction


def revised_by(levels: Sequence[Level], actions: Iterable[RatingAction], zone: str, source: str) -> list[Revision]:
    """The revisions of these levels by their own firms, of several by one firm the last.

    What a firm said on a day before its level's, or on the very day of one from elsewhere, revises
    nothing: the level knows it. `zone` is the exchange's, by which days are dates.
    """
    found: dict[str, Revision] = {}
    for action in sorted(actions, key=lambda one: one.at):
        old = level_of(levels, action.firm)
        if old is None or not _is_later(action, old, zone, source):
            continue
        last = found[old.firm].new if old.firm in found else old
        found[old.firm] = Revision(old, _revised(last, action, zone, source), action)
    return [one for one in found.values() if one.new != one.old]


def _is_later(action: RatingAction, level: Level, zone: str, source: str) -> bool:
    day = date_of(action.at, zone)
    return day > level.as_of or (day == level.as_of and level.source == source)


def _revised(level: Level, action: RatingAction, zone: str, source: str) -> Level:
    """A new rating alone leaves the target as old as it is."""
    rated = replace(level, rating=action.rating or level.rating)
    if action.target is None:
        return rated
    return replace(rated, price=action.target, as_of=date_of(action.at, zone), source=source)
