"""What somebody typed, word by word: words in quotation marks are one and mean a name, whatever is in them."""

import re
from typing import NamedTuple

from bot.core.language import LONGEST, Nearly, Unreadable, Vocabulary, Wish, parse
from bot.core.message import clipped

_QUOTES = '"“”„«»'
_TOKEN = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]|([^\s{_QUOTES}]+)|([{_QUOTES}])")


class RefusedError(Exception):
    """Raised with the sentence for the person who typed it."""


class Token(NamedTuple):
    """A word, or what stood in quotation marks."""

    text: str
    is_quoted: bool = False

    @property
    def plain(self) -> str:
        """Without the punctuation of a sentence; a quotation is no word that could mean anything."""
        return "" if self.is_quoted else self.text.rstrip(",;:.!?") or self.text

    @property
    def folded(self) -> str:
        """As it is compared with words that mean something."""
        return self.plain.casefold()

    def says(self, word: str) -> bool:
        return self.folded == word


def tokens(text: str) -> list[Token]:
    """The words of the text; raises RefusedError where it is too long or a quotation does not end."""
    if len(text) > LONGEST:
        raise RefusedError(f"That is {len(text):,} characters long; a level is a few words.")
    found = []
    for match in _TOKEN.finditer(text):
        quoted, word, lone = match.groups()
        if lone is not None:
            raise RefusedError('A quotation mark is missing; they come in pairs: "Morgan Stanley".')
        found.append(Token(word if word is not None else quoted, quoted is not None))
    return found


def price(word: str) -> float:
    """As the alert language reads it, its reasons to refuse included; raises RefusedError with them."""
    match parse(f"X above {word}", Vocabulary({"X": ()})):
        case Wish(metric="price", level=None) as wish:
            return wish.threshold
        case Nearly(_, meant, _):
            raise RefusedError(f'"{clipped(word)}" is not a price; did you mean {clipped(meant)}?')
        case Unreadable(why) if "price" in why:
            raise RefusedError(why)
        case _:
            raise RefusedError(f'"{clipped(word)}" is not a price; a price is a number such as 192.50.')
