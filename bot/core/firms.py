"""Whose name it is: which stored price target a provider means by its own spelling of a firm.

Yahoo writes "JP Morgan" and "B of A Securities" where a level says "JPMorgan Chase" and "Bank of America".
Where two levels can be meant none is: a target stored under another firm's name would be a lie.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from bot.core.levels import CORPORATE, Level

_SHORTEST = 4
"""Letters of a name that may stand for a longer one that begins with it."""

# A beginning that several firms share says which of them no more than "the bank" does.
_SHARED = frozenset({"morgan", "bank", "capital", "china", "credit", "first", "national", "royal", "societe", "united"})

# Two names of one firm that no rule finds: as one word, and what it is read as.
_ALSO_KNOWN_AS = {
    "bankofamerica": "bofa",
    "merrill": "bofa",
    "merrilllynch": "bofa",
    "citi": "citigroup",
    "citibank": "citigroup",
    "wells": "wells fargo",
    "wellsfargoadvisors": "wells fargo",
    "socgen": "societe generale",
    "sanfordbernstein": "bernstein",
    "sanfordcbernstein": "bernstein",
    "bernsteinsocietegenerale": "bernstein socgen",
    "jpm": "jpmorgan",
    "ms": "morgan stanley",
    "gs": "goldman sachs",
    "robertwbaird": "baird",
    "rwbaird": "baird",
    "rbc": "rbc capital",
    "royalbankofcanada": "rbc capital",
    "bmo": "bmo capital",
    "cowen": "td cowen",
}


def level_of(levels: Iterable[Level], firm: str) -> Level | None:
    """The one price target that this firm's can be; None where it is nobody's, or could be two firms'.

    The nearest likeness decides: the same text, the same letters, another name of the firm, and at last
    one that begins like the other. A firm that has another kind of level than a price target has none.
    """
    levels = tuple(levels)
    for is_alike in _LIKENESSES:
        found = [level for level in levels if is_alike(level.firm, firm)]
        if found:
            return found[0] if len(found) == 1 and found[0].kind == "price target" else None
    return None


def same_firm(one: str, other: str) -> bool:
    """Whether two spellings can be one firm's: "B of A Securities" and "Bank of America", whatever else there is."""
    return any(is_alike(one, other) for is_alike in _LIKENESSES)


def _is_same_text(one: str, other: str) -> bool:
    return one == other


def _has_same_letters(one: str, other: str) -> bool:
    """JP Morgan and J.P. Morgan Securities LLC: spaces, signs, accents and corporate words are none."""
    return "".join(_words(one)) == "".join(_words(other)) != ""


def _is_known_as(one: str, other: str) -> bool:
    return "".join(_usual(one)) == "".join(_usual(other)) != ""


def _begins_alike(one: str, other: str) -> bool:
    """Whole words only: Bernstein begins Bernstein SocGen, Citi does not begin Citic."""
    shorter, longer = sorted((_usual(one), _usual(other)), key=lambda words: len("".join(words)))
    start = "".join(shorter)
    is_telling = sum(map(str.isalpha, start)) >= _SHORTEST and start not in _SHARED
    return is_telling and any("".join(longer[:count]) == start for count in range(1, len(longer)))


_LIKENESSES: tuple[Callable[[str, str], bool], ...] = (_is_same_text, _has_same_letters, _is_known_as, _begins_alike)


@lru_cache(maxsize=1024)
def _words(firm: str) -> tuple[str, ...]:
    """Folded, without accents, punctuation and the corporate words at the end: Société → societe, J.P. → jp."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", firm) if not unicodedata.combining(sign))
    words = re.findall(r"\w+", re.sub(r"[.'’]", "", plain.casefold()).replace("_", " "))
    while len(words) > 1 and words[-1] in CORPORATE:
        words.pop()
    return tuple(words)


@lru_cache(maxsize=1024)
def _usual(firm: str) -> tuple[str, ...]:
    """The words with the longest beginning that is another name of a firm read as its usual one."""
    words = _words(firm)
    for count in range(len(words), 0, -1):
        usual = _ALSO_KNOWN_AS.get("".join(words[:count]))
        if usual is not None:
            return (*usual.split(), *words[count:])
    return words
