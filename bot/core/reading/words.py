"""Words as somebody types them: tokens, numbers, percentages, lengths of time; and a text being read piece by piece.

Knows how things are spelt, never what they mean to an alert.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from bot.core.levels import Level

LEVEL = "\ue000"
"""The key of a token that stands for a level; a private character, which no typed word's key holds."""

FILLERS = frozenset({
    "price", "the", "to", "is", "goes", "gets", "when", "if", "me", "tell", "alert", "it", "its", "please", "notify",
    "set", "an", "a", "let", "know", "stock", "share", "of", "and", "by", "-", "for", "i", "want", "would", "like",
    "as", "soon", "then", "that", "us", "will", "has", "have", "shares", "trades", "trading", "ping", "watch",
    "warn", "be", "should", "exactly", "one",
})  # fmt: skip
"""Words that change no wish and are passed over."""

_PLAIN = str.maketrans(
    dict.fromkeys("−–—‐‑‒﹣", "-")
    | {"’": "'", "‘": "'", LEVEL: None, "\u200b": None, "\u2060": None, "\ufeff": None, "\u200e": None, "\u200f": None}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms
)
_CLOSERS = {'"': '"', "“": "”", "„": "“”", "«": "»", "'": "'", "‘": "’"}
_QUOTED = "|".join(f"{opener}.*?[{closers}](?=[\\s,;.]|$)" for opener, closers in _CLOSERS.items())
_WORD = re.compile(rf"(?P<quoted>{_QUOTED})|[<>＜＞]=?|[≤≥]|[^\s<>＜＞≤≥]+", re.DOTALL)
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]\$?|\$[+-]?)?(?P<digits>{_DIGITS}|inf(?:inity)?|nan)(?P<unit>k|usd|\$|%|pct|percent)?"
)
_RANGE = re.compile(rf"(\$?{_DIGITS}(?:k|usd|\$)?)-(\$?{_DIGITS}(?:k|usd|\$)?)")
_UNITS = {
    "m": "m min mins minute minutes", "h": "h hr hrs hour hours", "d": "d day days", "w": "w wk wks week weeks",
    "mo": "mo month months", "y": "y yr yrs year years",
}  # fmt: skip
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_SPAN = re.compile(rf"(\d+(?:\.\d+)?)-?({'|'.join(sorted(_UNIT_OF, key=len, reverse=True))})(?:'?s)?")
_HOURS_AND_MINUTES = re.compile(r"(\d{1,3})h(\d{1,2})(?:m|min)?")
_PERCENT_SIGNS = frozenset({"%", "percent", "pct"})
_ONE = frozenset({"a", "an", "one"})
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "mo": 30 * 86400, "y": 365 * 86400}

_LARGE = 1e15
SPAN = r"(\d+(?:\.\d+)?)(mo|[mhdwy])"
"""The key of a length of time, as a phrase: its count and its unit."""

UNIT_WORDS = frozenset(_UNIT_OF) | _PERCENT_SIGNS | {"per", "cent"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or several that are one thing ("90 min").

    `typed` is what stood in the text from `start` to `end`, `key` its plain spelling: "1,234.50" is
    1234.5, "5 percent" 5%, "90 min" 90m. `value` is that of a number, `unit` "%", a unit of time
    or "" for a number without one. `quoted` is what stood in quotation marks.
    """

    typed: str
    key: str
    start: int
    end: int
    value: float | None = None
    unit: str = ""
    quoted: str | None = None
    level: Level | None = None

    @property
    def is_signed(self) -> bool:
        return self.key[:1] in ("+", "-")


def tokens(text: str) -> list[Token]:
    """The words of a text one by one; signs such as > are words of their own, a quotation is one."""
    found = (_token(match) for match in _WORD.finditer(text))
    return [token for token in found if token.key]


def _token(found: re.Match[str]) -> Token:
    typed = found[0]
    if found["quoted"]:
        # A key holds no space: phrases are found by counting them.
        return Token(typed, "_".join(typed.casefold().split()), *found.span(), quoted=typed[1:-1])
    return Token(typed, plain(typed), *found.span())


def plain(word: str) -> str:
    """Folded, with plain dashes and apostrophes, without the punctuation of a sentence; rsi(14) is rsi14."""
    folded = word.translate(_PLAIN).casefold()
    key = folded.rstrip(",;:!?").replace("(", "").replace(")", "") or folded
    return key if not key.endswith(".") or _NUMBER.fullmatch(key) else key.rstrip(".") or key


def merged(words: Iterable[Token]) -> list[Token]:
    """Numbers, percentages and lengths of time as tokens with a value, whatever spaces they were typed with."""
    made: list[Token] = []
    for word in words:
        for one in _valued(word):
            while made and (joined := _joined(made[-1], one)):
                made.pop()
                one = joined
            made.append(one)
    return made


def _valued(word: Token) -> list[Token]:
    """The word with its value; a range ("185-195") is three."""
    if word.level is not None or word.quoted is not None:
        return [word]
    if found := _NUMBER.fullmatch(word.key):
        return [_number(word, found)]
    if found := _HOURS_AND_MINUTES.fullmatch(word.key):
        return [_span(word, int(found[1]) * 60.0 + int(found[2]), "m")]
    if found := _SPAN.fullmatch(word.key):
        return [_span(word, float(found[1]), _UNIT_OF[found[2]])]
    if found := _RANGE.fullmatch(word.key):
        ends = [_valued(Token(end, end, word.start, word.end))[0] for end in found.groups()]
        return [ends[0], Token("-", "-", word.start, word.end), ends[1]]
    return [word]


def _number(word: Token, found: re.Match[str]) -> Token:
    """Commas are thousands separators, k is a thousand."""
    value = float(found["digits"].replace(",", "")) * (1000.0 if found["unit"] == "k" else 1.0)
    value = round(-value if "-" in (found["sign"] or "") else value, 6)
    unit = "%" if found["unit"] in _PERCENT_SIGNS else ""
    sign = "+" if "+" in (found["sign"] or "") else ""
    return _with(word, f"{sign}{decimal(value)}{unit}", value, unit)


def _span(word: Token, count: float, unit: str) -> Token:
    return _with(word, f"{decimal(count)}{unit}", count, unit)


def _with(word: Token, key: str, value: float, unit: str) -> Token:
    return Token(word.typed, key, word.start, word.end, value, unit)


def _joined(before: Token, word: Token) -> Token | None:
    """Two tokens that are one: 5 %, 90 min, a week; "per cent" is a percent."""
    if word.value is not None or word.level is not None:
        return None
    both = Token(f"{before.typed} {word.typed}", "", before.start, word.end)
    if before.key == "per" and word.key == "cent":
        return Token(both.typed, "percent", both.start, both.end)
    if before.value is not None and not before.unit and word.key in _PERCENT_SIGNS:
        return _with(both, f"{before.key}%", before.value, "%")
    unit = _UNIT_OF.get(word.key)
    if unit is None:
        return None
    if before.value is not None and not before.unit and not before.is_signed:
        return _span(both, before.value, unit)
    return _span(both, 1.0, unit) if before.key in _ONE and len(word.key) > 2 else None


class Words:
    """What of a text is still unread. Phrases are regular expressions over the keys, in whole words."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._keep(tuple(tokens))

    def copy(self) -> "Words":
        return Words(self._tokens)

    @property
    def unread(self) -> tuple[Token, ...]:
        """The words left that are no mere fillers."""
        return tuple(token for token in self._tokens if token.key not in FILLERS)

    @property
    def numbers(self) -> tuple[Token, ...]:
        """The numbers left that are neither percentages nor lengths of time."""
        return self._valued(frozenset({""}))

    @property
    def percents(self) -> tuple[Token, ...]:
        return self._valued(frozenset({"%"}))

    @property
    def spans(self) -> tuple[Token, ...]:
        """The lengths of time left."""
        return self._valued(frozenset(_SECONDS))

    @property
    def levels(self) -> tuple[Token, ...]:
        return tuple(token for token in self._tokens if token.level is not None)

    def has(self, phrase: str) -> bool:
        return _whole(phrase).search(self._line) is not None

    def take(self, phrase: str) -> re.Match[str] | None:
        """The first place where the phrase stands, struck out."""
        found = _whole(phrase).search(self._line)
        if found is not None:
            first = self._line.count(" ", 0, found.start())
            self._keep(self._tokens[:first] + self._tokens[first + found[0].count(" ") + 1 :])
        return found

    def take_each(self, phrase: str) -> list[re.Match[str]]:
        """Every place where the phrase stands, in order, struck out."""
        found = []
        while (one := self.take(phrase)) is not None:
            found.append(one)
        return found

    def strike(self, *tokens: Token) -> None:
        self._keep(tuple(token for token in self._tokens if token not in tokens))

    def _keep(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._line = " ".join(token.key for token in tokens)

    def _valued(self, units: frozenset[str]) -> tuple[Token, ...]:
        return tuple(token for token in self._tokens if token.value is not None and token.unit in units)


@cache
def _whole(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{phrase})(?!\S)")


def seconds(count: str, unit: str) -> float:
    """A length of time by the calendar: a month is 30 days, a year 365."""
    return float(count) * _SECONDS[unit]


def lasting(length_s: int) -> str:
    """A length of time as it is typed, in its largest whole unit: 90m, 4h, 2d."""
    unit = next(unit for unit in ("d", "h", "m") if length_s % _SECONDS[unit] == 0)
    return f"{length_s // _SECONDS[unit]}{unit}"


def percent(value: float) -> str:
    """A percentage as it is typed: 5%, 0.25%."""
    return f"{decimal(value)}%"


def decimal(value: float) -> str:
    """A number as it is typed, with at most six decimals: 30, 0.5."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) < _LARGE else f"{value:g}"
