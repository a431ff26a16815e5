"""Which words are known at all, and which known word a misspelt one was probably meant to be."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from bot.core.levels import named
from bot.core.metrics import METRICS
from bot.core.reading.conditions import Scope
from bot.core.reading.expiry import is_like_a_date
from bot.core.reading.modifiers import MODIFIER_WORDS
from bot.core.reading.words import FILLERS, UNIT_WORDS, Token, merged

CUTOFF = 0.7
_MOST_GUESSES = 4
_LONGEST_WORD = 20
_MOST_MORE = 3
_KEYWORDS = tuple(dict.fromkeys([*(word for metric in METRICS for word in metric.keywords), *MODIFIER_WORDS]))
_KNOWN = frozenset(_KEYWORDS) | FILLERS | UNIT_WORDS | {"only"}
_GUESSABLE = tuple(word for word in (*_KEYWORDS, "percent") if len(word) > 2)
_DECIMAL_COMMA = re.compile(r"[+-]?\$?\d[\d.]*,\d+%?")
_WITH_DIGITS = re.compile(r"\d*-?([a-z]+)-?\d*")


def is_known(word: Token, scope: Scope) -> bool:
    """Whether this word can mean anything in an alert on this stock."""
    if word.value is not None or word.level is not None or word.key in _KNOWN or is_like_a_date(word.key):
        return True
    stem = _WITH_DIGITS.fullmatch(word.key)
    return (stem is not None and stem[1] in _KNOWN) or (scope.by_prefix and bool(named(scope.levels, word.typed)))


def closest(words: Sequence[Token], by_symbol: Mapping[str, Scope]) -> list[tuple[Token, str]]:
    """Each unknown word with what it was probably meant to be; empty unless there is a guess at all of them.

    Many unknown words are no misspelt alert, and guessing at them takes long.
    """
    scopes, symbols = tuple(by_symbol.values()), frozenset(by_symbol)
    unknown = [word for word in merged(words) if not _is_known_to_any(word, scopes, symbols)]
    if not scopes or len(unknown) > _MOST_GUESSES:
        return []
    found = [(word, _closest(word.key, scopes)) for word in unknown]
    return [(word, meant) for word, meant in found if meant] if all(meant for _, meant in found) else []


def _is_known_to_any(word: Token, scopes: Sequence[Scope], symbols: frozenset[str]) -> bool:
    if word.quoted is not None or word.key.upper().removeprefix("$") in symbols:
        return True
    return is_known(word, scopes[0]) or any(named(scope.levels, word.typed) for scope in scopes)


def _closest(key: str, scopes: Sequence[Scope]) -> str | None:
    """The word that was probably meant: "192,50" is 192.50 where a comma is the decimal point."""
    if _DECIMAL_COMMA.fullmatch(key):
        return key.replace(".", "").replace(",", ".")
    if not 2 < len(key) <= _LONGEST_WORD:
        return None
    firms = {word.casefold() for scope in scopes for level in scope.levels for word in level.firm.split()}
    symbols = {scope.symbol.casefold(): scope.symbol for scope in scopes}
    alike = [word for word in (*symbols, *firms, *_GUESSABLE) if _shares_letters(key, word)]
    meant = next(iter(get_close_matches(key, alike, n=1, cutoff=CUTOFF)), None)
    return None if meant is None else symbols.get(meant, meant)


def _shares_letters(key: str, word: str) -> bool:
    """Whether they can be alike at all, which is far quicker to say than how much they are."""
    if abs(len(word) - len(key)) > _MOST_MORE:
        return False
    return 2 * sum(map(word.__contains__, key)) >= CUTOFF * (len(key) + len(word))
