"""What somebody typed after /level ⇄ the level it stands for: NVDA "Morgan Stanley" 200.

Reads prices as the alert language does; which names a new firm may have, `firms` knows. Knows words,
symbols and levels; never a price of the moment or a date of today.
"""

import re
from dataclasses import dataclass
from datetime import date

from bot.core.language import LONGEST, Unreadable, Vocabulary
from bot.core.levels import Level, named
from bot.core.message import clipped, enumerated
from bot.core.metrics.price import money
from bot.core.reading.amounts import without_unit, written
from bot.core.reading.firms import KINDS, NOBODYS, unnameable
from bot.core.reading.typed import RefusedError, Token, price, tokens
from bot.core.units import AS_TRADED, Unit

_RATINGS = (
    "Strong Buy", "Buy", "Add", "Accumulate", "Outperform", "Market Outperform", "Sector Outperform", "Overweight",
    "Positive", "Hold", "Neutral", "Equal-Weight", "Equal Weight", "Perform", "Market Perform", "Sector Perform",
    "Peer Perform", "In-Line", "Underperform", "Sector Underperform", "Underweight", "Negative", "Reduce", "Sell",
    "Strong Sell",
)  # fmt: skip
"""What firms say, which needs no word in front of it to be a rating where it ends the text."""
_LONGEST_RATING = 30
_OFF, _SURE, _RATING = "off", "sure", "rating"
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_NUMERIC = re.compile(r"[$€£+−-]*\.?\d\S*")
_EXAMPLE = '/level {symbol} "Morgan Stanley" 200'


@dataclass(frozen=True, slots=True)
class LevelWish:
    """What is to become of a firm's level. `price` None ends it; other Nones: as it was, or as usual.

    `sure` answers the question whether a price far away is meant; `unit` is what the price is in.
    """

    symbol: str
    firm: str
    price: float | None
    kind: str | None = None
    rating: str | None = None
    as_of: date | None = None
    sure: bool = False
    unit: Unit = AS_TRADED


def read_level(text: str, vocabulary: Vocabulary) -> LevelWish | Unreadable:
    """The symbol first or left out for a single stock, then firm and price, date, kind and rating in any order."""
    try:
        return _Reading(text, vocabulary).wish()
    except RefusedError as refused:
        return Unreadable(str(refused))


def spelt(wish: LevelWish) -> str:
    """The normal form: `read_level` reads it back as the same wish."""
    price = [_OFF] if wish.price is None else written(money(wish.price).replace(",", ""), wish.unit)
    rating = [_RATING, f'"{wish.rating}"'] if wish.rating else []
    day = [wish.as_of.isoformat()] if wish.as_of else []
    sure = [_SURE] if wish.sure else []
    return " ".join([wish.symbol, f'"{wish.firm}"', *price, *([wish.kind] if wish.kind else []), *day, *rating, *sure])


class _Reading:
    """One text being taken apart: what has been understood is taken out of `rest`."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.rest = tokens(text)
        self.symbol = self._symbol()
        self.levels = vocabulary.levels[self.symbol]

    def wish(self) -> LevelWish:
        unit = self._unit()
        rating = self._rating()
        ends, sure, day = self._flag(_OFF), self._flag(_SURE), self._day()
        price = self._price(ends)
        quoted = self._quoted()
        # A level stored already may be called by words that mean a kind or a rating in other names.
        known, kind = None if quoted is not None else self._known(self._words()), None
        if known is None:
            rating = rating or self._bare_rating(has_firm=quoted is not None)
            kind = self._kind(has_firm=quoted is not None)
            known = self._known(self._words()) if quoted is None else None
        firm = self._firm(quoted, known)
        if ends and firm not in {level.firm for level in self.levels}:
            raise RefusedError(f'"{clipped(firm)}" has no level on {self.symbol}. /levels {self.symbol} lists them.')
        kind = kind or (firm.casefold() if firm.casefold() in NOBODYS else None)
        return LevelWish(self.symbol, firm, price, kind, rating, day, sure, AS_TRADED if ends else unit)

    def _symbol(self) -> str:
        """The first word, or one written as symbols are; a single stock needs none."""
        symbols = self.vocabulary.symbols
        for place, token in enumerate(self.rest):
            symbol = token.text.upper().removeprefix("$")
            if not token.is_quoted and symbol in symbols and (place == 0 or token.text.removeprefix("$").isupper()):
                del self.rest[place]
                return symbol
        if len(symbols) == 1:
            return symbols[0]
        raise RefusedError(f"Several stocks are watched ({enumerated(symbols)}); {_please(symbols[0])}")

    def _unit(self) -> Unit:
        try:
            self.rest, unit = without_unit(self.rest)
        except RefusedError as refused:
            example = f'/level {self.symbol} "Nomura" 187 HKD per share rate 7.78'
            raise RefusedError(f"{refused} An example: {example}") from None
        return unit

    def _flag(self, word: str) -> bool:
        kept = [token for token in self.rest if not token.says(word)]
        found, self.rest = len(kept) < len(self.rest), kept
        return found

    def _rating(self) -> str | None:
        """What stands behind the word rating: in quotation marks, or the words up to the next number."""
        at = next((place for place, token in enumerate(self.rest) if token.says(_RATING)), None)
        if at is None:
            return None
        behind = self.rest[at + 1 :]
        taken = behind[:1] if behind and behind[0].is_quoted else _leading_words(behind)
        del self.rest[at : at + 1 + len(taken)]
        rating = clipped(" ".join(token.text for token in taken), _LONGEST_RATING + 1)
        if not rating or len(rating) > _LONGEST_RATING:
            raise RefusedError("A rating is a word or two behind the word rating: rating Outperform.")
        return rating

    def _bare_rating(self, *, has_firm: bool) -> str | None:
        """Take a usual rating that stands last, but for a kind, where a firm is left without it: the longest."""
        folded = [token.text.casefold() for token in self.rest]
        for start in range(0 if has_firm else 1, len(folded)):
            for rating in _RATINGS:
                end = start + len(_folded(rating))
                if folded[start:end] == _folded(rating) and " ".join(folded[end:]) in ("", *KINDS):
                    del self.rest[start:end]
                    return rating
        return None

    def _day(self) -> date | None:
        days = [token for token in self.rest if not token.is_quoted and _DAY.fullmatch(token.text)]
        if not days:
            return None
        self.rest = [token for token in self.rest if token not in days]
        try:
            (day,) = {date.fromisoformat(token.text) for token in days}
        except ValueError:
            raise RefusedError(f'"{days[0].text}" is not a day; write one like 2026-01-15.') from None
        return day

    def _price(self, ends: bool) -> float | None:
        numbers = [token for token in self.rest if not token.is_quoted and _NUMERIC.fullmatch(token.text)]
        if len(numbers) + ends > 1:
            raise RefusedError(f"Which is the price? The firm may stand in quotation marks: {_example(self.symbol)}")
        self.rest = [token for token in self.rest if token not in numbers]
        if ends:
            return None
        if not numbers:
            raise RefusedError(f"A level needs a firm and a price: {_example(self.symbol)}")
        return price(numbers[0].text)

    def _quoted(self) -> str | None:
        quoted = [token.text for token in self.rest if token.is_quoted]
        if len(quoted) > 1:
            raise RefusedError(f"One firm has one level; please name one firm: {_example(self.symbol)}")
        self.rest = [token for token in self.rest if not token.is_quoted]
        return " ".join(clipped(quoted[0], LONGEST).split()) if quoted else None

    def _words(self) -> str:
        return clipped(" ".join(token.text for token in self.rest), LONGEST)

    def _known(self, text: str) -> Level | None:
        """The one level whose firm has all these words in full; a mere beginning may be another firm's whole name."""
        found = named(self.levels, text)
        words = text.casefold().split()
        full = [one for one in found if set(words) <= set(one.firm.casefold().split()) or words == _folded(one.name)]
        if len(full) > 1:
            choices = enumerated([f'"{clipped(level.firm)}"' for level in full])
            raise RefusedError(f'"{clipped(text)}" can be several levels: {choices}. Please type one in full.')
        if found and not full:
            raise RefusedError(
                f'"{clipped(text)}" begins "{clipped(found[0].firm)}". Type that name in full where it is meant, '
                f'or "{clipped(text)}" in quotation marks for a firm of its own.'
            )
        return full[0] if full else None

    def _kind(self, *, has_firm: bool) -> str | None:
        """Take the words that say what kind of line it is, where a firm is left without them."""
        folded = [token.text.casefold() for token in self.rest]
        for kind in KINDS:
            words = kind.split()
            at = next((n for n in range(len(folded)) if folded[n : n + len(words)] == words), None)
            if at is not None and (has_firm or len(folded) > len(words)):
                del self.rest[at : at + len(words)]
                return kind
        return None

    def _firm(self, quoted: str | None, known: Level | None) -> str:
        if known is not None:
            return known.firm
        if quoted is None:
            return self._new(self._unquoted())
        if self.rest:
            raise RefusedError(f'I could not read "{self._words()[:40]}". {_hint(self.rest[0].text)}')
        same = [one for one in self.levels if _folded(quoted) in (_folded(one.firm), _folded(one.name))]
        return same[0].firm if len(same) == 1 else self._new(quoted)

    def _new(self, firm: str) -> str:
        if refusal := unnameable(firm, self.symbol, self.vocabulary):
            raise RefusedError(f"{refusal} {_example(self.symbol)}")
        return firm

    def _unquoted(self) -> str:
        if len(self.rest) > 1 and self._looks_like_a_symbol(self.rest[0].text):
            first = self.rest[0].text.removeprefix("$")
            raise RefusedError(
                f"{first} is not watched; /watch {first} changes that. Where it belongs to the firm, put the firm in "
                f"quotation marks: {_example(self.symbol)}"
            )
        return self._words()

    def _looks_like_a_symbol(self, word: str) -> bool:
        return word.startswith("$") or bool(re.fullmatch(r"[A-Z0-9.^=-]{1,8}", word))


def _leading_words(tokens: list[Token]) -> list[Token]:
    """The words up to the next number, day, quotation or word with a meaning of its own."""
    taken: list[Token] = []
    for token in tokens:
        if token.is_quoted or _NUMERIC.fullmatch(token.text) or token.says(_SURE) or token.says(_OFF):
            break
        taken.append(token)
    return taken


def _folded(text: str) -> list[str]:
    return text.casefold().split()


def _example(symbol: str) -> str:
    return _EXAMPLE.format(symbol=symbol)


def _please(symbol: str) -> str:
    return f"please name one: {_example(symbol)}"


def _hint(word: str) -> str:
    symbol = clipped(word.removeprefix("$"), 15)
    if not symbol.isupper():
        return "/levels lists what is stored."
    return f"Where it is a stock, it is not watched yet: /watch {symbol}"
