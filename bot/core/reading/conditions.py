"""What a metric makes of somebody's words, and what it may know of the stock they are about."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.alerts import Way
from bot.core.levels import Level, named
from bot.core.message import clipped, enumerated
from bot.core.reading.words import Token, Words


@dataclass(frozen=True, slots=True)
class Condition:
    """A metric reaching its line, or entering or leaving its channel; the fields mean what they do in a Wish."""

    metric: str
    way: Way
    threshold: float
    upper: float | None = None
    level: str | None = None
    within: float | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """Not said like that, but probably meant: `typed` stands for `meant`."""

    typed: str
    meant: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be read and what to type instead, in one sentence for the person who typed it."""

    why: str


Reading = Condition | Meant | Unreadable | None
"""None where the words are about something else."""

SPELLINGS: tuple[Callable[[str], str], ...] = (
    str, '"{}"'.format, "“{}”".format, "«{}»".format, "'{}'".format, "„{}”".format, "‘{}’".format,
)  # fmt: skip
"""The ways to write a firm, the plainest first; in quotation marks it is never taken for other words."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The stock: its levels and, where known, its last price.

    `by_prefix` says whether single words may name a level; `spelling` how `called` writes a firm, -1
    for its short name.
    """

    symbol: str
    levels: Sequence[Level]
    price: float | None = None
    by_prefix: bool = False
    spelling: int = -1

    @property
    def consensus(self) -> Level | None:
        return next((level for level in self.levels if level.kind == "consensus"), None)

    def called(self, firm: str) -> str:
        """The firm by its short name, where that means no other, or as `spelling` says."""
        followed = next((level for level in self.levels if level.firm == firm), None)
        if self.spelling < 0 and followed is not None and named(self.levels, followed.name) == (followed,):
            return followed.name
        return SPELLINGS[max(self.spelling, 0)](" ".join(firm.split()))

    def take_level(self, words: Words) -> Level | Unreadable | None:
        """The level these words name, struck out; None where they name none."""
        if words.levels:
            words.strike(token := words.levels[0])
            return token.level if not words.levels else Unreadable(_ONE_LINE)
        unread = tuple(token for token in words.unread if token.value is None) if self.by_prefix else ()
        typed, keys = (" ".join(texts) for texts in ([one.typed for one in unread], [one.key for one in unread]))
        found = named(self.levels, typed) or named(self.levels, keys)
        if len(found) > 1:
            choices = enumerated([clipped(level.firm) for level in found])
            return Unreadable(f"{quoted(unread)} can be several levels: {choices}.")
        if not found:
            return None
        words.strike(*unread)
        return found[0]

    def unread(self, unread: Sequence[Token]) -> Unreadable:
        """What to say of words that mean nothing here."""
        told = f"I could not read {quoted(unread)}. Levels of {self.symbol}: {self.known_levels}."
        typed = unread[0].typed.removeprefix("$")
        if len(unread) == 1 and _TICKER.fullmatch(typed):
            told += f" Another stock has to be watched first: /watch {typed}"
        return Unreadable(told)

    @property
    def known_levels(self) -> str:
        return enumerated([clipped(level.name) for level in self.levels]) if self.levels else "none"


_TICKER = re.compile(r"[A-Z]{1,5}(?:[.-][A-Z]{1,3})?")
_ONE_LINE = "One alert watches one line: a price or a level, such as above 192."


def quoted(tokens: Sequence[Token]) -> str:
    """What was typed, short and visible enough to be repeated."""
    visible = clipped(" ".join(token.typed for token in tokens))
    return f'"{visible}"' if visible else "that"
