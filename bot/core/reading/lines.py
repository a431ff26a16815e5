"""Lines as conditions: above 192, between 185 and 195, within 2% of consensus; and back to words."""

from collections.abc import Callable, Sequence
from math import isfinite

from bot.core.alerts import Way
from bot.core.formula import money
from bot.core.levels import Level
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable, quoted
from bot.core.reading.words import Token, Words, decimal, percent

LARGEST = 10_000_000.0
"""No share costs more than ten millions of any currency; a larger number is a slip of the hand."""
SMALLEST = 0.0001

_WAYS = {
    Way.ABOVE: "above|over|>|>=|≥|(?:more|greater|higher) than|at least|exceeds|beyond"
    "|(?:up|rises?|climbs?|goes up|gets up|jumps?) to",
    Way.BELOW: "below|under|beneath|<|<=|≤|(?:less|lower|smaller) than|at most"
    "|(?:down|falls?|drops?|goes down|gets down|dips?) to",
    Way.CROSSES: "crosses|cross|crossing|crossed|reaches|reach|hits|hit|touches|touch|at",
    Way.BETWEEN: "between|inside|enters",
    Way.OUTSIDE: "outside|leaves",
}
WAY_WORDS = (
    "above", "over", ">", ">=", "≥", "more", "greater", "higher", "than", "least", "exceeds", "beyond", "below",
    "under", "beneath", "<", "<=", "≤", "less", "lower", "smaller", "most", "crosses", "cross", "crossing", "crossed",
    "reaches", "reach", "hits", "hit", "touches", "touch", "at", "between", "inside", "enters", "outside", "leaves",
    "within", "near", "or", "back", "breaks",
)  # fmt: skip
_GOES = "crosses|cross|crossing|breaks|moves?|closes"
_RISING = rf"(?:{_GOES}|rises?|climbs?|jumps?|gains?|up)(?: back)?(?= (?:above|over)(?: |$))"
_FALLING = rf"(?:{_GOES}|falls?|drops?|dips?|sinks?|down)(?: back)?(?= (?:below|under)(?: |$))"
_VERBS = {
    "up": Way.ABOVE, "rises": Way.ABOVE, "gains": Way.ABOVE,
    "down": Way.BELOW, "falls": Way.BELOW, "drops": Way.BELOW,
}  # fmt: skip


def take_way(words: Words) -> Way | Unreadable | None:
    """The one way the words say, struck out; a dash between two numbers says between."""
    words.take_each(_RISING)
    words.take_each(_FALLING)
    found = [way for way, phrase in _WAYS.items() if words.take_each(phrase)]
    if len(found) > 1:
        return Unreadable(
            "An alert goes one way: above, below or crosses 192; for two lines say between or outside 185 and 195."
        )
    if not found and len(words.numbers) == 2 and words.has(r"[-+.\de]+ - [-+.\de]+"):
        return Way.BETWEEN
    return found[0] if found else None


def thresholds(
    metric: str, way: Way | None, tokens: Sequence[Token], value_of: Callable[[Token], float | Unreadable], example: str
) -> Condition | Unreadable:
    """The line or the channel of these numbers; `example` is a channel that works."""
    way = way or Way.CROSSES
    is_channel = way in (Way.BETWEEN, Way.OUTSIDE)
    if is_channel and len(tokens) != 2:
        return Unreadable(f"A channel has two fixed ends, such as {example}.")
    if len(tokens) != (2 if is_channel else 1):
        return Unreadable(f"One alert watches one line; please make two alerts of it, or say {example}.")
    values = []
    for token in tokens:
        value = value_of(token)
        if isinstance(value, Unreadable):
            return value
        values.append(value)
    if not is_channel:
        return Condition(metric, way, values[0])
    if values[0] == values[1]:
        return Unreadable(f"The ends of a channel differ, such as {example}.")
    return Condition(metric, way, min(values), max(values))


def read_line(metric: str, words: Words, scope: Scope) -> Reading:
    """The price line these words draw, or what is missing: a number, a level, two ends, or a share of them."""
    way = take_way(words)
    if isinstance(way, Unreadable):
        return way
    if words.take("within|near"):
        return _around(metric, way, words, scope)
    level = scope.take_level(words)
    if isinstance(level, Unreadable):
        return level
    if words.percents:
        return Unreadable(_share(words.percents))
    if words.spans:
        return Unreadable(
            f"{quoted(words.spans)} is a length of time; a window needs a percentage, such as up 10% in 5d,"
            " and an alert ends with until 31 dec or for 30d."
        )
    return _drawn(metric, way, words, scope, level)


def _drawn(metric: str, way: Way | None, words: Words, scope: Scope, level: Level | None) -> Reading:
    numbers = words.numbers
    words.strike(*numbers)
    if level is not None and way in (Way.BETWEEN, Way.OUTSIDE):
        return Unreadable("A channel has two fixed ends, such as between 185 and 195; around a level say within 2%.")
    if level is not None and numbers:
        return Unreadable("One alert watches one line: a price or a level, such as above 192.")
    if level is not None:
        return Condition(metric, way or Way.CROSSES, level.price, level=level.firm)
    if not numbers and way not in (Way.BETWEEN, Way.OUTSIDE):
        if words.unread:
            return scope.unread(words.unread)
        return Unreadable("An alert needs a price or the name of a level, such as above 192 or above consensus.")
    made = thresholds(metric, way, numbers, price_of, "between 185 and 195")
    return made if way or isinstance(made, Unreadable) else _verb(words, made)


def _verb(words: Words, made: Condition) -> Reading:
    """Up 192 is probably above 192."""
    for verb, way in _VERBS.items():
        if words.take(verb):
            return Meant(verb, way.value, Condition(made.metric, way, made.threshold))
    return made


def _around(metric: str, way: Way | None, words: Words, scope: Scope) -> Reading:
    """Within 2% of a level or a price: a channel around it."""
    example = "within 2% of consensus" if scope.consensus else "within 2% of 192"
    level = scope.take_level(words)
    if isinstance(level, Unreadable):
        return level
    shares, numbers = words.percents, words.numbers
    words.strike(*shares, *numbers)
    if way not in (None, Way.CROSSES) or len(shares) != 1 or len(numbers) + (level is not None) != 1:
        if not numbers and level is None and words.unread:
            return scope.unread(words.unread)
        return Unreadable(f"A distance needs one percentage and one price or level, such as {example}.")
    share = shares[0].value or 0.0
    if not 0 < share < 100 or shares[0].is_signed:
        return Unreadable(f"{quoted(shares)} is no distance; please say one above 0 and below 100, such as {example}.")
    middle = level.price if level is not None else price_of(numbers[0])
    return middle if isinstance(middle, Unreadable) else _channel(metric, middle, share, level, example)


def _channel(metric: str, middle: float, share: float, level: Level | None, example: str) -> Condition | Unreadable:
    lower, upper = (round(middle * (1 + part / 100), 6) for part in (-share, share))
    if not 0 < lower < upper or (level is None and (lower < SMALLEST or upper > LARGEST)):
        return Unreadable(f"That leaves no room between two prices; please say a wider distance, such as {example}.")
    if level is None:
        return Condition(metric, Way.BETWEEN, lower, upper)
    return Condition(metric, Way.BETWEEN, lower, upper, level.firm, share)


def _share(tokens: Sequence[Token]) -> str:
    return (
        f"{quoted(tokens)} is a percentage and this needs a price, such as above 192;"
        " a move is up 5%, a distance within 2% of 192."
    )


def price_of(token: Token) -> float | Unreadable:
    """The number as a price, or why it is none."""
    value = token.value
    if value is None or not isfinite(value) or value <= 0:
        return Unreadable(f"{quoted([token])} is not a price; a price is a number above zero, such as above 192.")
    if not SMALLEST <= value <= LARGEST:
        return Unreadable(f"{quoted([token])} is not a price any share has; say one such as above 192.")
    return value


def write_line(condition: Condition, scope: Scope) -> str:
    """Above 192, between 185 and 195, within 2% of consensus."""
    if condition.within is not None and condition.level is not None:
        return f"within {percent(condition.within)} of {scope.called(condition.level)}"
    if condition.level is not None:
        return f"{condition.way.value} {scope.called(condition.level)}"
    return write_thresholds(condition, price)


def write_thresholds(condition: Condition, show: Callable[[float], str] = decimal) -> str:
    """The way and its one or two numbers."""
    ends = [condition.threshold] if condition.upper is None else [condition.threshold, condition.upper]
    return f"{condition.way.value} {' and '.join(map(show, ends))}"


def price(value: float) -> str:
    """A price as it is typed: 192.00, 1234.50, 0.0123."""
    return money(value).replace(",", "")
