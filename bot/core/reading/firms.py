"""Which names a firm's level may have: those the alert language can read again, so that alerts can follow it."""

from datetime import date

from bot.core.alerts import Way
from bot.core.language import Vocabulary, Wish, describe, parse
from bot.core.levels import Level
from bot.core.message import clipped

KINDS = ("price target", "fair value", "consensus", "own")
NOBODYS = ("consensus", "own")
"""The kinds that are no firm's in particular, so that the kind is the name."""

LONGEST_FIRM = 60
"""Characters; the longest name of a real firm has about forty."""


def unnameable(firm: str, symbol: str, vocabulary: Vocabulary) -> str | None:
    """Why no level of this stock may bear the name, in a sentence for the person who typed it, or None."""
    if not any(map(str.isalpha, firm)):
        return "A level needs the name of a firm, with letters in it:"
    if len(firm) > LONGEST_FIRM:
        return f"A firm's name has at most {LONGEST_FIRM} characters, that one has {len(firm)}:"
    if firm.casefold() in KINDS and firm.casefold() not in NOBODYS:
        return f'"{firm}" says what kind of line it is; whose is it?'
    if not (_reads_back(firm, symbol, vocabulary) and _is_more_than_language(firm)):
        return f'The words "{clipped(firm)}" mean something else in an alert, so no firm can be called that:'
    return None


def _reads_back(firm: str, symbol: str, vocabulary: Vocabulary) -> bool:
    """Whether an alert on it means this firm, beside all that is stored."""
    level = Level(symbol, firm, "price target", None, 1.0, date.min, "")
    words = Vocabulary({**vocabulary.levels, symbol: (*vocabulary.levels[symbol], level)})
    normal = describe(Wish(symbol, Way.CROSSES, level.price, firm), words)
    readings = (parse(text, words) for text in (normal, f"{symbol} above {firm}"))
    return all(isinstance(one, Wish) and (one.symbol, one.level) == (symbol, firm) for one in readings)


def _is_more_than_language(firm: str) -> bool:
    """Whether one word at least is none of the language's own."""
    nothing_stored = Vocabulary({"X": ()})
    return not all(isinstance(parse(f"X {word} 100", nothing_stored), Wish) for word in firm.split())
