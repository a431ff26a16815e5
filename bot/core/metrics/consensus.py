"""The consensus: how far the mean of all targets that Yahoo counts has moved in so many days, in percent."""

from bot.core.analysts import JITTER_PCT, PROVIDER
from bot.core.formula import percentage
from bot.core.levels import Level
from bot.core.measures import UNMOVED, InPoints, Unmoved
from bot.core.message import clipped
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable, quoted
from bot.core.reading.moves import MOVE_WORDS, read_move, write_move
from bot.core.reading.words import LEVEL, SPAN, Words, percent, seconds

LONGEST = 365
"""Calendar days a window has at most."""

_DAY_S = 86_400
_LARGE = 50
"""A number beyond this without a percent sign is rather a price."""
_EXAMPLE = "consensus moves 2%"

_WHOSE = r"(?:(?:target|targets|price|analyst|analysts|analysts'|mean|yahoo|yahoo's) )*"
_MEAN = rf"{_WHOSE}consensus(?: (?:price|target|targets|mean))*|(?:mean|average) (?:price )?targets?"
_CONSENSUS = rf"(?:(?:in|of) )?(?:the )?(?:{_MEAN})"
_TARGET = r"(?:price )?targets?"
_SIDE = r"above|over|below|under|beneath|at|to|from|\S+% (?:of|off)|[<>≤≥]=?"
_LINE = r"near|between|inside|outside|cross(?:es|ing|ed)?|reach(?:es)?|hits?|touch(?:es)?"
_BESIDE = (
    rf"{_LINE}|within(?! (?:the )?(?:(?:last|past) )?{SPAN}(?!\S))|(?:{_SIDE}) (?:the |its )?(?:{_CONSENSUS}|{LEVEL})"
)
_IN = r"(?:in|within|over|during|inside|per)(?: (?:the )?(?:last|past))?"
_LAST_DAY = r"today|overnight|on the day|since yesterday"
_OTHER_WINDOW = r"since|from|ytd|year to date|this (?:week|month|quarter|year)|(?:this )?(?:week|month|quarter|year)"


_AT_A_PRICE = Unreadable(
    f"The consensus itself is watched for moves in percent, such as {_EXAMPLE};"
    " the price against it is above consensus."
)


class Consensus(Unmoved, InPoints):
    """The mean now against that of so many calendar days ago, in percent; the argument is 1d to 365d.

    It is the provider's: a stock needs no stored consensus for it.
    """

    name = "consensus"
    lacks = "consensus"
    counts_up = True
    refuses = UNMOVED
    keywords = (
        *MOVE_WORDS, "consensus", "target", "targets", "mean", "average", "analyst", "analysts", "analysts'", "yahoo",
        "yahoo's", "in", "within", "over", "during", "last", "past", "overnight", "quarter", "this",
    )  # fmt: skip

    def far(self, value: float, threshold: float) -> str:
        """−0.53 % so far: whatever the threshold, which may be up as well as down."""
        return f"{percentage(value)} so far"

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"saw its consensus {'rise' if threshold > 0 else 'fall'} {abs(threshold):g} % in {argument}"

    def title(self, argument: str) -> str:
        return f"change of the consensus in {argument}"

    def read(self, words: Words, scope: Scope) -> Reading:
        """A move of the consensus; where the price stands against it is the price's to say."""
        named = _named(words)
        typed = None if named else words.take(_TARGET)
        if not _is_move(words, named=named):
            return None
        if named and any(abs(one.value or 0.0) > _LARGE for one in words.numbers):
            return _AT_A_PRICE
        argument = _window(words)
        move = read_move(f"{self.name}:{argument}", words, _EXAMPLE)
        level = scope.take_level(words)
        if isinstance(level, Level) and level.kind != "consensus":
            return _of_a_firm(level)
        if not (named or typed or isinstance(level, Level)):
            return None
        if isinstance(argument, Unreadable):
            return argument
        return _asked(move, typed[0]) if typed and not isinstance(level, Level) else _sized(move)

    def write(self, condition: Condition, scope: Scope) -> str:
        argument = condition.metric.partition(":")[2]
        return f"consensus {write_move(condition)}{'' if argument == '1d' else f' in {argument}'}"


def _named(words: Words) -> bool:
    """Whether the consensus is what moves, and no line that something else is beside."""
    if words.has(_BESIDE):
        return False
    return words.take(_CONSENSUS) is not None


def _is_move(words: Words, *, named: bool) -> bool:
    """A direction and how far; one of the two where the consensus is named."""
    moves = words.has("|".join(MOVE_WORDS)) or any(one.is_signed for one in words.percents)
    if words.has(_BESIDE):
        return False
    return (moves or bool(words.percents)) if named else moves and bool(words.percents)


def _window(words: Words) -> str | Unreadable:
    """The window as an argument: a week is 7d, a month 30d; none is a day."""
    is_day = words.take(_LAST_DAY) is not None
    spans = words.spans
    if words.has(_OTHER_WINDOW) or len(spans) + is_day > 1:
        return Unreadable(f"A move of the consensus has one window of 1d to {LONGEST}d, such as {_EXAMPLE} in 30d.")
    if not spans:
        return "1d"
    days = seconds(str(spans[0].value or 0.0), spans[0].unit) / _DAY_S
    words.take(rf"(?:{_IN} )?{SPAN}")
    if spans[0].unit in ("m", "h") or days != int(days) or not 1 <= days <= LONGEST:
        return Unreadable(
            f"{quoted(spans)} is no window: the consensus is looked at once a day, so it is 1d to {LONGEST}d,"
            f" such as {_EXAMPLE} in 30d."
        )
    return f"{int(days)}d"


def _of_a_firm(level: Level) -> Unreadable:
    return Unreadable(
        f"{clipped(level.name)} is one firm: target changes tells when a firm revises; {_EXAMPLE} is for all of them."
    )


def _sized(move: Reading) -> Reading:
    """The move, unless it is so small that the rate of exchange alone makes it."""
    made = move.condition if isinstance(move, Meant) else move
    if not isinstance(made, Condition) or abs(made.threshold) >= JITTER_PCT:
        return move
    return Unreadable(
        f"{PROVIDER}'s targets wander by less than {percent(JITTER_PCT)} from day to day with the rate of exchange"
        f" alone; please say {percent(JITTER_PCT)} or more, such as {_EXAMPLE}."
    )


def _asked(move: Reading, typed: str) -> Reading:
    """Of a target alone it is asked whether that of all analysts is meant."""
    sized = _sized(move)
    return Meant(typed, "consensus", sized) if isinstance(sized, Condition) else sized


CONSENSUS = Consensus()
