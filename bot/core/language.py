"""The alert language: what somebody typed ⇄ the wish it stands for, and guesses at what was nearly right.

Knows words, symbols and levels; never a price of the moment, a chat or a database.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import isfinite

from bot.core.alerts import Alert, Policy, Way
from bot.core.clock import Place
from bot.core.levels import Level, named
from bot.core.message import clipped, enumerated
from bot.core.metrics.price import money

LARGEST = 10_000_000.0
"""No share costs more than ten millions of any currency; a larger number is a slip of the hand."""

LONGEST = 300
"""Characters; no alert needs more, the longest firm's name included."""

_WAYS = {
    "above": Way.ABOVE, "over": Way.ABOVE, ">": Way.ABOVE, ">=": Way.ABOVE, "≥": Way.ABOVE,
    "below": Way.BELOW, "under": Way.BELOW, "<": Way.BELOW, "<=": Way.BELOW, "≤": Way.BELOW,
    "crosses": Way.CROSSES, "cross": Way.CROSSES, "reaches": Way.CROSSES, "hits": Way.CROSSES, "at": Way.CROSSES,
}  # fmt: skip
_ONCE, _FRESH, _NOW = "once", "fresh", "now"
_PASSED_OVER = frozenset(
    {"price", "the", "to", "is", "goes", "gets", "when", "if", "me", "tell", "alert", "it", "its", "please"}
    | {"notify", "set", "an", "a", "let", "know", "stock", "share"}
)
_KEYWORDS = ("above", "below", "crosses", "once")
_DIGITS = r"(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)(e[+-]?\d+)?"
_NUMBER = re.compile(rf"([+-]\$?|\$[+-]?)?({_DIGITS}(k|usd|\$)?|inf(inity)?|nan)")
_DECIMAL_COMMA = re.compile(r"\$?\d[\d.]*,\d+")
_SIGN = re.compile(r"([<>]=?|[≤≥])")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an alert text says. `threshold` is the number, or the level's present price.

    `fresh` and `now` answer the question of what to do where the wish is true already.
    """

    symbol: str
    way: Way
    threshold: float
    level: str | None = None
    upper: float | None = None
    within: float | None = None
    metric: str = "price"
    policy: Policy = Policy()  # noqa: RUF009  (frozen)
    fresh: bool = False
    now: bool = False


@dataclass(frozen=True, slots=True)
class Nearly:
    """Not readable as typed, but readable as `text`; `typed` is the word that was read as `meant`."""

    typed: str
    meant: str
    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be read and why, in one sentence for the person who typed it."""

    why: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The symbols watched, in order, and the levels stored for each."""

    levels: Mapping[str, Sequence[Level]]
    prices: Mapping[str, float] = field(default_factory=dict)
    now: int = 0
    place: Place = Place("UTC")  # noqa: RUF009  (frozen)
    rearm_pct: float = 1.0

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.levels)

    def words(self, symbol: str) -> tuple[str, ...]:
        """What can be meant by a word in an alert on this symbol."""
        firms = (word.casefold() for level in self.levels[symbol] for word in level.firm.split())
        return (*_KEYWORDS, *(known.casefold() for known in self.symbols), *dict.fromkeys(firms))


def parse(text: str, vocabulary: Vocabulary) -> Wish | Nearly | Unreadable:
    """Read "BABA above 192 once", words in any order, case ignored, symbol optional for a single stock."""
    return _parse(text, vocabulary, may_guess=True)


def _parse(text: str, vocabulary: Vocabulary, *, may_guess: bool) -> Wish | Nearly | Unreadable:
    """`may_guess` False for a text that is a guess already: guesses at guesses need not come to an end."""
    if len(text) > LONGEST:
        return Unreadable(f"That is {len(text):,} characters long; an alert is a few words.")
    words = _words(text)
    if not words:
        return Unreadable("An alert needs a price or the name of a level.")
    readings = [_read(symbol, others, vocabulary, may_guess) for symbol, others in _by_symbol(words, vocabulary)]
    if not readings:
        return _nearly_a_symbol(words, vocabulary)
    return next((reading for reading in readings if isinstance(reading, Wish)), readings[0])


def describe(alert: Alert | Wish, vocabulary: Vocabulary) -> str:
    """The normal form: `parse` reads it back as the same wish."""
    target = money(alert.threshold).replace(",", "") if alert.level is None else _level_word(alert, vocabulary)
    once = [_ONCE] if alert.policy.once else []
    return " ".join([alert.symbol, alert.way.value, target, *once])


def _level_word(alert: Alert | Wish, vocabulary: Vocabulary) -> str:
    """The level's short name where it means no other, else the firm in full."""
    levels = vocabulary.levels.get(alert.symbol, ())
    followed = next((level for level in levels if level.firm == alert.level), None)
    if followed is not None and named(levels, followed.name) == (followed,):
        return followed.name
    return " ".join(str(alert.level).split())


def _words(text: str) -> list[str]:
    """The words, with > and its like as words of their own: ">192" is two."""
    return _SIGN.sub(r" \1 ", text).split()


def _by_symbol(words: list[str], vocabulary: Vocabulary) -> Iterator[tuple[str, list[str]]]:
    """Each way to take one word for the symbol, with the other words; a single stock needs none."""
    found = False
    for index, word in enumerate(words):
        symbol = word.upper().removeprefix("$")
        if symbol in vocabulary.levels:
            found = True
            yield symbol, words[:index] + words[index + 1 :]
    if not found and len(vocabulary.symbols) == 1:
        yield vocabulary.symbols[0], words


def _nearly_a_symbol(words: list[str], vocabulary: Vocabulary) -> Nearly | Unreadable:
    """No stock is named and several are watched: perhaps one was misspelt."""
    for index, word in enumerate(words):
        for symbol in get_close_matches(word.upper(), vocabulary.symbols, n=1, cutoff=0.6):
            wish = _read(symbol, words[:index] + words[index + 1 :], vocabulary, may_guess=False)
            if isinstance(wish, Wish):
                return _nearly(word, symbol, wish, vocabulary)
    listed = enumerated(vocabulary.symbols) if vocabulary.symbols else "none"
    return Unreadable(f"Several stocks are watched ({listed}); please name one.")


def _nearly(typed: str, meant: str, wish: Wish, vocabulary: Vocabulary) -> Nearly:
    return Nearly(typed, meant, describe(wish, vocabulary))


def _read(symbol: str, words: list[str], vocabulary: Vocabulary, may_guess: bool) -> Wish | Nearly | Unreadable:
    """The words as an alert on this symbol.

    A level spelt out goes before its single words: they may be numbers or ways ("86 Research").
    """
    for level, others in _spelt_out(words, vocabulary.levels[symbol]):
        reading = _Reading(symbol, vocabulary, others, may_guess, level).wish()
        if isinstance(reading, Wish):
            return reading
    return _Reading(symbol, vocabulary, words, may_guess).wish()


def _spelt_out(words: list[str], levels: Sequence[Level]) -> Iterator[tuple[Level, list[str]]]:
    """Each level whose name stands in the words as a whole, with the other words; the longest name first."""
    folded = [word.casefold() for word in words]
    for name, level in _spellings(levels):
        for index in range(len(words) - len(name) + 1):
            if folded[index : index + len(name)] == name:
                yield level, words[:index] + words[index + len(name) :]


def _spellings(levels: Sequence[Level]) -> list[tuple[list[str], Level]]:
    """Every firm and every name that means one level only, as words, the longest first."""
    texts = dict.fromkeys(text for level in levels for text in (level.firm, level.name))
    meant = ((_words(text.casefold()), named(levels, text)) for text in texts)
    return sorted(((name, found[0]) for name, found in meant if len(found) == 1), key=lambda one: -len(one[0]))


class _Reading:
    """One text being read word by word, for one symbol, where `level` has been spelt out already."""

    def __init__(
        self, symbol: str, vocabulary: Vocabulary, words: list[str], may_guess: bool, level: Level | None = None
    ) -> None:
        self.may_guess = may_guess
        self.symbol = symbol
        self.vocabulary = vocabulary
        self.levels = vocabulary.levels[symbol]
        self.words = words
        self.level = level
        self.ways: list[Way] = []
        self.flags: set[str] = set()
        self.numbers: list[str] = []
        self.names: list[str] = []

    def wish(self) -> Wish | Nearly | Unreadable:
        for word in self.words:
            self._sort(word)
        if len(set(self.ways)) > 1:
            return Unreadable("An alert goes one way: above, below or crosses.")
        if len(self.numbers) > 1:
            return Unreadable("One alert watches one price; please make two alerts of it.")
        if self.names and (self.numbers or self.level):
            return self._guess() or self._unread()
        return self._number() if self.numbers else self._level()

    def _sort(self, word: str) -> None:
        lower = word.casefold()
        if lower in _WAYS:
            self.ways.append(_WAYS[lower])
        elif lower in (_ONCE, _FRESH, _NOW):
            self.flags.add(lower)
        elif _NUMBER.fullmatch(lower):
            self.numbers.append(word)
        elif lower not in _PASSED_OVER:
            self.names.append(word)

    def _number(self) -> Wish | Unreadable:
        typed = self.numbers[0]
        value = _value(typed)
        if self.level is not None:
            return Unreadable("One alert watches one line: a price or a level.")
        if not isfinite(value) or value <= 0:
            return Unreadable(f"{_quoted(typed)} is not a price; a price is a number above zero.")
        if value > LARGEST or value < 0.0001:
            return Unreadable(f"{_quoted(typed)} is not a price any share has.")
        return self._wished(value, None)

    def _level(self) -> Wish | Nearly | Unreadable:
        found = named(self.levels, " ".join(self.names)) if self.level is None else (self.level,)
        if len(found) == 1:
            return self._wished(found[0].price, found[0].firm)
        if not self.names:
            return Unreadable("An alert needs a price or the name of a level.")
        if found:
            choices = enumerated([clipped(level.firm) for level in found])
            return Unreadable(f"{_quoted(' '.join(self.names))} can be several levels: {choices}.")
        return self._guess() or self._unread()

    def _unread(self) -> Unreadable:
        known = enumerated([clipped(level.name) for level in self.levels]) if self.levels else "none"
        return Unreadable(f"I could not read {_quoted(' '.join(self.names))}. Levels of {self.symbol}: {known}.")

    def _wished(self, threshold: float, level: str | None) -> Wish:
        way = self.ways[0] if self.ways else Way.CROSSES
        flags = self.flags
        policy = Policy(once=_ONCE in flags, rearm_pct=self.vocabulary.rearm_pct)
        return Wish(self.symbol, way, threshold, level, policy=policy, fresh=_FRESH in flags, now=_NOW in flags)

    def _guess(self) -> Nearly | None:
        """The reading in which each unknown word stands for the known one closest to it."""
        unknown = [word for word in self.names if not named(self.levels, word)] if self.may_guess else []
        meant = {word: self._closest(word) for word in unknown}
        if not meant or not all(meant.values()):
            return None
        corrected = [meant.get(word) or word for word in self.words]
        names_a_stock = any(word.upper() in self.vocabulary.levels for word in corrected)
        guessed = corrected if names_a_stock else [self.symbol, *corrected]
        wish = _parse(" ".join(guessed), self.vocabulary, may_guess=False)
        if not isinstance(wish, Wish):
            return None
        typed, first = next(iter(meant.items()))
        return _nearly(typed, str(first), replace(wish, fresh=False, now=False), self.vocabulary)

    def _closest(self, word: str) -> str | None:
        """The word that was probably meant: "192,50" is 192.50 where a comma is the decimal point."""
        if _DECIMAL_COMMA.fullmatch(word):
            return word.replace(".", "").replace(",", ".")
        known = self.vocabulary.words(self.symbol)
        return next(iter(get_close_matches(word.casefold(), known, n=1, cutoff=0.6)), None)


def _value(text: str) -> float:
    """Any spelling `_NUMBER` lets through; commas are thousands separators, k is a thousand."""
    plain = text.casefold().replace("$", "").replace(",", "").removesuffix("usd")
    factor = 1000.0 if plain.endswith("k") else 1.0
    return round(float(plain.removesuffix("k")) * factor, 6)


def _quoted(text: str) -> str:
    """What was typed, short and visible enough to be repeated."""
    return f'"{visible}"' if (visible := clipped(text)) else "that"
