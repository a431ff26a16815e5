"""Moves in percent as conditions: up 5%, down 3%, moves 2% either way; and back to words."""

from math import isfinite

from bot.core.alerts import Way
from bot.core.reading.conditions import Condition, Meant, Reading, Unreadable, quoted
from bot.core.reading.words import Token, Words, percent

MOST_PCT = 100_000.0
"""A thousandfold; a larger percentage is a slip of the hand."""

_UP = (
    "up", "rise", "rises", "rising", "rose", "gain", "gains", "climb", "climbs", "jump", "jumps", "increases",
    "increase", "higher", "rallies", "soars",
)  # fmt: skip
_DOWN = (
    "down", "drop", "drops", "dropping", "fall", "falls", "falling", "fell", "lose", "loses", "decline", "declines",
    "dip", "dips", "decreases", "lower", "sinks",
)  # fmt: skip
_EITHER = (
    "move", "moves", "moving", "change", "changes", "swing", "swings",
)  # fmt: skip
MOVE_WORDS = (*_UP, *_DOWN, *_EITHER)

_DIRECTIONS = {Way.ABOVE: "|".join(_UP), Way.BELOW: "|".join(_DOWN), Way.OUTSIDE: "|".join(_EITHER)}
_BOTH = r"up or down|down or up|up/down|either way|in either direction|[+]/-"
_AMOUNT = r"(?:by )?(?:more than|at least|over|above|about)|[>≥]=?"
_LINES = {
    Way.ABOVE: r"above|over|[>≥]=?|more than|at least|reaches|hits", Way.BELOW: r"below|under|[<≤]=?|less than",
    Way.OUTSIDE: r"cross|crosses|outside",
}  # fmt: skip
_SAID = {Way.ABOVE: "up", Way.BELOW: "down", Way.OUTSIDE: "moves"}


def directions(words: Words) -> set[Way]:
    """Which ways the words say, struck out: up is ABOVE, down BELOW, either way OUTSIDE."""
    if words.take_each(_BOTH):
        for phrase in _DIRECTIONS.values():
            words.take_each(phrase)
        return {Way.OUTSIDE}
    words.take_each(rf"(?:{_DIRECTIONS[Way.OUTSIDE]})(?= (?:{_DIRECTIONS[Way.ABOVE]}|{_DIRECTIONS[Way.BELOW]}))")
    return {way for way, phrase in _DIRECTIONS.items() if words.take_each(phrase)}


def read_move(metric: str, words: Words, example: str, *, may_be_bare: bool = False) -> Reading:
    """The move these words describe; None where they describe none.

    `may_be_bare`: a percentage without a direction is either way. `example` is a text that works.
    """
    ways = directions(words)
    tokens = words.percents
    if len(tokens) > 1 or len(ways) > 1:
        return Unreadable(f"One alert watches one move: up 5%, down 5%, or moves 5% for either way, such as {example}.")
    if not tokens:
        return _without_percent(metric, words, ways, example)
    token = tokens[0]
    words.strike(token)
    if ways:
        words.take(_AMOUNT)
        return _moved(metric, next(iter(ways)), token)
    if token.is_signed:
        return _moved(metric, Way.BELOW if token.key.startswith("-") else Way.ABOVE, token)
    return _undirected(metric, words, token, may_be_bare)


def _without_percent(metric: str, words: Words, ways: set[Way], example: str) -> Reading:
    """Up 5 is probably up 5%."""
    if not ways:
        return None
    if len(words.numbers) != 1:
        return Unreadable(f"How far? Please say it in percent, such as {example}.")
    token = words.numbers[0]
    words.strike(token)
    made = _moved(metric, next(iter(ways)), token)
    return made if isinstance(made, Unreadable) else Meant(token.typed, f"{token.key}%", made)


def _undirected(metric: str, words: Words, token: Token, may_be_bare: bool) -> Reading:
    """Above 5% is probably up 5%, below 5% down 5%."""
    line = next((way for way, phrase in _LINES.items() if words.take(phrase)), None)
    made = _moved(metric, line or Way.OUTSIDE, token)
    if isinstance(made, Unreadable) or (may_be_bare and line is None):
        return made
    return Meant(token.typed, f"{_SAID[made.way]} {token.key}", made)


def _moved(metric: str, way: Way, token: Token) -> Condition | Unreadable:
    value = token.value or 0.0
    contradicts = token.is_signed and (way is Way.OUTSIDE or (way is Way.BELOW) != (value < 0))
    if contradicts:
        return Unreadable(f"{quoted([token])} has a sign that says otherwise; please say up 5%, down 5% or moves 5%.")
    size = abs(value)
    if not isfinite(size) or size == 0:
        return Unreadable(f"{quoted([token])} is no move; please say how far, such as up 5%.")
    if size > MOST_PCT:
        return Unreadable(f"{quoted([token])} is farther than any share moves; up 5% is a move.")
    if way is Way.BELOW and size > 100:
        return Unreadable(f"{quoted([token])} is more than there is: nothing falls by more than down 100%.")
    lower = size if way is Way.ABOVE else -size
    return Condition(metric, way, lower, size if way is Way.OUTSIDE else None)


def write_move(condition: Condition) -> str:
    """Up 5%, down 3%, moves 2%."""
    return f"{_SAID[condition.way]} {percent(abs(condition.threshold))}"
