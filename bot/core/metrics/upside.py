"""The upside: how far an analyst level lies above the price, in percent of the price."""

from collections.abc import Sequence
from math import nan

from bot.core.alerts import Way
from bot.core.course import Course
from bot.core.levels import Level, upside_pct
from bot.core.measures import InPoints
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable, quoted
from bot.core.reading.lines import take_way, thresholds, write_thresholds
from bot.core.reading.moves import MOST_PCT
from bot.core.reading.words import Token, Words, percent

_WORDS = ("upside", "potential")
_EXAMPLE = "upside below 10%"


class Upside(InPoints):
    """Level ÷ price − 1, in percent; the argument is the firm. It moves when either does."""

    name = "upside"
    keywords = _WORDS

    def follows(self, argument: str) -> str | None:
        return argument

    def values(self, argument: str, course: Course) -> Sequence[float]:
        target = course.record.levels.get(argument)
        if target is None:
            return [nan] * len(course.points)
        return [round(upside_pct(point.price, target), 6) for point in course.points]

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"reached {threshold:g} % upside to {argument}"

    def title(self, argument: str) -> str:
        return f"upside to {argument}"

    def read(self, words: Words, scope: Scope) -> Reading:
        """The upside to the level named, or else to the consensus."""
        if not words.take_each("|".join(_WORDS)):
            return None
        way = take_way(words)
        if isinstance(way, Unreadable):
            return way
        level = scope.take_level(words) or scope.consensus
        if isinstance(level, Unreadable):
            return level
        if words.unread and not words.percents and not words.numbers:
            return scope.unread(words.unread)
        if level is None:
            return _without_level(scope)
        shares = words.percents or words.numbers
        words.strike(*shares)
        if not shares:
            return Unreadable(f"How much upside? Please say it in percent, such as {_EXAMPLE}.")
        return _drawn(way, level, shares)

    def write(self, condition: Condition, scope: Scope) -> str:
        firm = condition.metric.partition(":")[2]
        # Where the plain form was read as something else, the firm is spelt out.
        is_usual = scope.spelling < 0 and scope.consensus is not None and scope.consensus.firm == firm
        return f"upside {'' if is_usual else f'to {scope.called(firm)} '}{write_thresholds(condition, percent)}"


def _without_level(scope: Scope) -> Unreadable:
    if not scope.levels:
        return Unreadable(
            f"No level of {scope.symbol} is stored, so it has no upside; a price works, such as above 192."
        )
    first = scope.levels[0].name
    return Unreadable(f"Upside to which level? Say upside to {first} below 10%. Levels: {scope.known_levels}.")


def _drawn(way: Way | None, level: Level, shares: Sequence[Token]) -> Reading:
    made = thresholds(f"upside:{level.firm}", way, shares, _share, "upside between 5% and 10%")
    if isinstance(made, Unreadable) or all(share.unit for share in shares):
        return made
    typed = next(share for share in shares if not share.unit)
    return Meant(typed.typed, f"{typed.key}%", made)


def _share(token: Token) -> float | Unreadable:
    value = token.value or 0.0
    if not -100 < value <= MOST_PCT:
        return Unreadable(f"{quoted([token])} is no upside any level leaves; please say one such as {_EXAMPLE}.")
    return value


UPSIDE = Upside()
