"""The days left until a date of the company: its next earnings, the day from which it trades without the dividend."""

from math import inf

from bot.core.alerts import Way
from bot.core.company import Occasion
from bot.core.measures import Counted
from bot.core.message import counted
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable, quoted
from bot.core.reading.occasions import CALLED, OCCASION_WORDS
from bot.core.reading.words import SPAN, Token, Words, seconds

FURTHEST = 60
"""Days; of a date further off a company has rarely said anything."""

_DAY_S = 86_400
_WITHIN = r"in|within|less than|at most|<=?|≤|under|below|inside"
_LEFT = r"before|ahead of|prior to|until|till?|to|away|left|off|ahead"
_BY_NAME = {
    1: r"tomorrow|(?:the )?day before|(?:the )?eve of|(?:the )?evening before",
    0: r"today|tonight|(?:the )?day of",
}


class Until(Counted):
    """Days from today, by the clocks of the exchange, to the date; 0 on the day. The argument is the occasion."""

    name = "until"
    lacks = "date"
    keywords = (
        *OCCASION_WORDS, "in", "within", "less", "than", "before", "ahead", "prior", "away", "left", "off", "tomorrow",
        "today", "tonight", "eve", "evening", "inside",
    )  # fmt: skip

    def show(self, value: float) -> str:
        return "today" if value == 0 else f"in {counted(round(value), 'day')}"

    def distance(self, value: float, threshold: float) -> float:
        """The days until it is told; of a date already so near, nobody knows when the next one comes."""
        return threshold - value if value > threshold else inf

    def far(self, value: float, threshold: float) -> str:
        """The days until the date, whatever the threshold."""
        return "today" if value == 0 else f"{counted(round(value), 'day')} to go"

    def again(self, rearm_pct: float) -> str:
        return "tells each time it comes"

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"{'has earnings' if argument == Occasion.EARNINGS else 'goes ex-dividend'} {self.show(threshold)}"

    def title(self, argument: str) -> str:
        return argument

    def read(self, words: Words, scope: Scope) -> Reading:
        """So many days before it; a length of time without a date is another metric's."""
        named = [occasion for occasion, phrase in CALLED.items() if words.has(phrase)]
        if not named:
            return None
        example = f"{named[0]} in 3d"
        days = _days(words, example)
        typed = [words.take(phrase) for phrase in CALLED.values()]
        if len(named) > 1 or isinstance(days, Unreadable):
            both = Unreadable("One alert counts down to one date, such as earnings in 3d or ex-dividend in 5d.")
            return days if isinstance(days, Unreadable) else both
        if days is not None:
            return _condition(named[0], days)
        if words.numbers:
            return _of_a_number(named[0], words)
        if words.unread:
            return None
        name = next(found[0] for found in typed if found)
        return Meant(name, f"{named[0]} in 1d", _condition(named[0], 1))

    def write(self, condition: Condition, scope: Scope) -> str:
        occasion = condition.metric.partition(":")[2]
        return f"{occasion} in {condition.threshold:g}d" if condition.threshold else f"{occasion} today"


def _condition(occasion: Occasion, days: int) -> Condition:
    return Condition(f"until:{occasion}", Way.BELOW, float(days))


def _days(words: Words, example: str) -> int | Unreadable | None:
    """The one number of days that is said, struck out."""
    spans = words.spans
    named = [days for days, phrase in _BY_NAME.items() if words.take(phrase)]
    if len(spans) + len(named) > 1:
        return Unreadable(f"One alert counts down to one day; please keep one, such as {example}.")
    if named:
        return named[0]
    if not spans:
        return None
    days = seconds(str(spans[0].value or 0.0), spans[0].unit) / _DAY_S
    words.take(_counted(SPAN))
    if spans[0].unit in ("m", "h") or days != int(days) or days > FURTHEST:
        return _out_of_reach(spans[0], example)
    return int(days)


def _counted(length: str) -> str:
    """A length of time with the words around it: in 3d, within the next 3d, 3d before."""
    return rf"(?:(?:{_WITHIN}) )*(?:the )?(?:next )?{length}(?: (?:{_LEFT}))?"


def _of_a_number(occasion: Occasion, words: Words) -> Reading:
    """Earnings in 3 is probably earnings in 3d."""
    token, example = words.numbers[0], f"{occasion} in 3d"
    words.take(_counted(r"\S*\d\S*"))
    value = token.value or 0.0
    if value != int(value) or not 0 <= value <= FURTHEST or words.numbers or words.percents:
        return _out_of_reach(token, example)
    return Meant(token.typed, f"{token.key}d", _condition(occasion, int(value)))


def _out_of_reach(token: Token, example: str) -> Unreadable:
    return Unreadable(
        f"{quoted([token])} cannot be counted down: a date is whole days away, 0d to {FURTHEST}d, such as {example}."
    )


UNTIL = Until()
