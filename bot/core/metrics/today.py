"""The change since the previous close, in percent, begun anew every exchange day."""

from collections.abc import Sequence

from bot.core.course import Course
from bot.core.formula import by_the_day, moved
from bot.core.measures import InPoints
from bot.core.metrics.change import since_close
from bot.core.reading.conditions import Condition, Meant, Reading, Scope
from bot.core.reading.moves import MOVE_WORDS, read_move, write_move
from bot.core.reading.words import Token, Words

_TODAY = r"today|on the day|since yesterday|since (?:the )?(?:last |previous |yesterday's )?close"
_TO_PRICE = rf"(?:{'|'.join(MOVE_WORDS)}) (?:to|back|above|over|below|under)"
_ELSE = "since|from|within|between|outside|inside"


class Today(InPoints):
    """The change in percent since the last regular close before the exchange day, pre- and post-market included."""

    name = "today"
    keywords = (
        *MOVE_WORDS, "today", "day", "yesterday", "yesterday's", "last", "previous",
        "either", "way", "direction", "about",
    )  # fmt: skip
    starts_afresh = True

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return by_the_day(course, lambda before: since_close(before, 1))

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"{moved(threshold)} since the previous close"

    def title(self, argument: str) -> str:
        return "change since the previous close"

    def read(self, words: Words, scope: Scope) -> Reading:
        """A move without a window; a number without a percent sign that is large is rather a price."""
        words.take(_TODAY)
        is_price = not words.percents and (words.has(_TO_PRICE) or any(_is_large(one) for one in words.numbers))
        if is_price or words.has(_ELSE) or not (words.percents or words.has("|".join(MOVE_WORDS))):
            return None
        made = read_move(self.name, words, "up 5%")
        # 2% above something is a distance from it, not a move.
        return None if isinstance(made, Meant) and words.unread else made

    def write(self, condition: Condition, scope: Scope) -> str:
        return write_move(condition)


def _is_large(number: Token) -> bool:
    """Up 192 is hardly up 192%."""
    return abs(number.value or 0.0) > 50


TODAY = Today()
