"""The ways to divide a text: whose stock it is about, which words name a level, and where the note begins.

Finds the divisions and puts the likeliest first; which of them makes sense is decided by reading it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from bot.core.levels import Level, named
from bot.core.reading.conditions import Scope
from bot.core.reading.words import LEVEL, Token, tokens

_MOST_PLACES = 3
_MOST_SPELT = 6
"""More places than these where a note may begin, a stock or a level be named are no alert, only long to read."""
_NOTE = "note"


@dataclass(frozen=True, slots=True)
class Piece:
    """The words about a stock, a level spelt out in them as one word, and the note."""

    scope: Scope
    words: Sequence[Token]
    note: str | None


def pieces(text: str, scopes: Mapping[str, Scope]) -> Iterator[Piece]:
    """Every way to divide the text, the likeliest first.

    What needs no level's name is read without any; a level spelt out goes before its single words:
    they may be numbers or ways ("86 Research"). The plainest comes first, so that its faults are told.
    """
    for words, note in _noted(text, tokens(text)):
        for scope, about in _by_symbol(words, scopes):
            yield Piece(scope, _quoted_levels(about, scope), note)
            for spelt in islice(_spelt_out(about, scope), _MOST_SPELT):
                yield Piece(scope, spelt, note)
            yield Piece(replace(scope, by_prefix=True), _quoted_levels(about, scope), note)


def unnoted(text: str) -> Sequence[Token]:
    """The words of a text without those of its note, as it is most likely meant."""
    return next(_noted(text, tokens(text)))[0]


def _noted(text: str, words: Sequence[Token]) -> Iterator[tuple[Sequence[Token], str | None]]:
    """The words with the note cut out: what stands in quotation marks after `note`, or else all that follows.

    The word may belong to a firm's name instead, so each place where it stands is tried, then none.
    """
    places = [place for place, word in enumerate(words) if word.key == _NOTE]
    for place in places[:_MOST_PLACES]:
        following = words[place + 1] if place + 1 < len(words) else None
        if following is not None and following.quoted is not None:
            yield [*words[:place], *words[place + 2 :]], following.quoted
        else:
            yield words[:place], text[words[place].end :]
    yield words, None


def _by_symbol(words: Sequence[Token], scopes: Mapping[str, Scope]) -> Iterator[tuple[Scope, Sequence[Token]]]:
    """Each way to take one word for the symbol, with the other words; a single stock needs none."""
    symbols = [word.key.upper().removeprefix("$") for word in words]
    places = [place for place, symbol in enumerate(symbols) if symbol in scopes]
    for place in places[:_MOST_PLACES]:
        yield scopes[symbols[place]], [*words[:place], *words[place + 1 :]]
    if len(scopes) == 1:
        yield next(iter(scopes.values())), words


def _quoted_levels(words: Sequence[Token], scope: Scope) -> list[Token]:
    """The words, with each level in quotation marks as one."""
    found = [named(scope.levels, word.quoted) if word.quoted is not None else () for word in words]
    return [_of(levels[0], [word]) if len(levels) == 1 else word for word, levels in zip(words, found, strict=True)]


def _spelt_out(words: Sequence[Token], scope: Scope) -> Iterator[list[Token]]:
    """The words with one level's name, standing in them as a whole, as one word; the longest name first."""
    keys = [word.key for word in words]
    for name, level in _names(tuple(scope.levels)):
        for place in range(len(keys) - len(name) + 1):
            if keys[place : place + len(name)] == name:
                rest = [*words[:place], _of(level, words[place : place + len(name)]), *words[place + len(name) :]]
                yield _quoted_levels(rest, scope)


@lru_cache(maxsize=64)
def _names(levels: tuple[Level, ...]) -> tuple[tuple[list[str], Level], ...]:
    """Every firm and every name that means one level only, as keys, the longest first.

    Kept, as one text is read in many ways: each name is looked for among all.
    """
    texts = dict.fromkeys(text for level in levels for text in (level.firm, level.name))
    meant = (([word.key for word in tokens(text)], named(levels, text)) for text in texts)
    single = ((name, found[0]) for name, found in meant if name and len(found) == 1)
    return tuple(sorted(single, key=lambda one: -len(one[0])))


def _of(level: Level, words: Sequence[Token]) -> Token:
    typed = " ".join(word.typed for word in words)
    return Token(typed, LEVEL, words[0].start, words[-1].end, level=level)
