"""The alert language: what somebody typed ⇄ the wish it stands for, and guesses at what was nearly right.

Knows how a text is put together (a stock, a condition, modifiers, a note) and no metric by name:
each of them reads and writes its own conditions. Never a chat or a database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from bot.core.alerts import Alert, Policy, Way
from bot.core.clock import Place
from bot.core.levels import Level
from bot.core.message import enumerated
from bot.core.metrics import METRICS, of_key
from bot.core.reading.conditions import SPELLINGS, Condition, Meant, Scope, Unreadable
from bot.core.reading.guesses import closest, is_known
from bot.core.reading.modifiers import Modifiers, read_modifiers, without, write_modifiers
from bot.core.reading.pieces import Piece, pieces, unnoted
from bot.core.reading.words import Words, merged, tokens

__all__ = ["LONGEST", "Nearly", "Unreadable", "Vocabulary", "Wish", "describe", "parse"]

LONGEST = 600
"""Characters; no alert needs more, the longest firm's name and a note included."""

_MOST_READINGS = 24
_PLAIN, _UTC = Policy(), Place("UTC")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an alert text says.

    `threshold` is the number, of a channel the lower one, of a level its present price; `level` the
    firm that is followed, `within` the percentage around it, `metric` the key of what is watched.
    `fresh` and `now` answer the question of what to do where the wish is true already.
    """

    symbol: str
    way: Way
    threshold: float
    level: str | None = None
    upper: float | None = None
    within: float | None = None
    metric: str = "price"
    policy: Policy = _PLAIN
    fresh: bool = False
    now: bool = False


@dataclass(frozen=True, slots=True)
class Nearly:
    """Not readable as typed, but readable as `text`; `typed` is the word that was read as `meant`."""

    typed: str
    meant: str
    text: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What texts are read against: the symbols watched, in order, and the levels stored for each.

    `prices` are the last ones known. `now` is epoch seconds UTC, 0 where a text is read at no moment,
    `place` whose calendar days are meant, `rearm_pct` the band of an alert that names none.
    """

    levels: Mapping[str, Sequence[Level]]
    prices: Mapping[str, float] = field(default_factory=dict)
    now: int = 0
    place: Place = _UTC
    rearm_pct: float = 1.0

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.levels)

    @property
    def scopes(self) -> dict[str, Scope]:
        """What a metric may know of each stock."""
        return {symbol: Scope(symbol, found, self.prices.get(symbol)) for symbol, found in self.levels.items()}


def parse(text: str, vocabulary: Vocabulary) -> Wish | Nearly | Unreadable:
    """Read "BABA above 192 once", words in any order, case ignored, symbol optional for a single stock."""
    return _parse(text, vocabulary, may_guess=True)


def _parse(text: str, vocabulary: Vocabulary, *, may_guess: bool) -> Wish | Nearly | Unreadable:
    """`may_guess` False for a text that is a guess already: guesses at guesses need not come to an end."""
    if len(text) > LONGEST:
        return Unreadable(f"That is {len(text):,} characters long; an alert is a few words, such as above 192.")
    if not tokens(text):
        return Unreadable("An alert needs a price or the name of a level, such as above 192 or above consensus.")
    refusals: list[Nearly | Unreadable] = []
    for piece in islice(pieces(text, vocabulary.scopes), _MOST_READINGS):
        reading = _read(piece, vocabulary)
        if isinstance(reading, Wish):
            return reading
        # Where a level may be named, what is wrong is told best; the first of these is the plainest.
        refusals += [reading] if isinstance(reading, Nearly) or piece.scope.by_prefix else []
    return (_guess(text, vocabulary) if may_guess else None) or _refused(refusals, vocabulary)


def _refused(refusals: Sequence["Nearly | Unreadable"], vocabulary: Vocabulary) -> Nearly | Unreadable:
    """What was probably meant, or the reason why the plainest reading failed."""
    if not refusals:
        listed = enumerated(vocabulary.symbols) if vocabulary.symbols else "none"
        example = f", such as {vocabulary.symbols[0]} above 192" if vocabulary.symbols else ""
        return Unreadable(f"Several stocks are watched ({listed}); please name one{example}.")
    return next((one for one in refusals if isinstance(one, Nearly)), refusals[0])


def describe(alert: Alert | Wish, vocabulary: Vocabulary) -> str:
    """The normal form: `parse` reads it back as the same wish, whatever the levels are called."""
    plain = _said(alert, vocabulary, -1)
    if alert.symbol not in vocabulary.levels or _is_read_as(plain, alert, vocabulary):
        return plain
    spelt = (_said(alert, vocabulary, spelling) for spelling in range(len(SPELLINGS)))
    return next((text for text in spelt if _is_read_as(text, alert, vocabulary)), plain)


def _said(alert: Alert | Wish, vocabulary: Vocabulary, spelling: int) -> str:
    condition = Condition(alert.metric, alert.way, alert.threshold, _upper(alert), alert.level, alert.within)
    levels, price = vocabulary.levels.get(alert.symbol, ()), vocabulary.prices.get(alert.symbol)
    scope = Scope(alert.symbol, levels, price, spelling=spelling)
    said = of_key(alert.metric)[0].write(condition, scope)
    return " ".join([alert.symbol, said, *_modifiers(alert, vocabulary)])


def _modifiers(alert: Alert | Wish, vocabulary: Vocabulary) -> list[str]:
    """The band is not said of what has none of its own."""
    policy, rearm_pct = alert.policy, vocabulary.rearm_pct
    own = policy if "rearm_pct" not in of_key(alert.metric)[0].refuses else replace(policy, rearm_pct=rearm_pct)
    return write_modifiers(own, vocabulary.place, rearm_pct)


def _upper(alert: Alert | Wish) -> float | None:
    return alert.upper if isinstance(alert.upper, float | int | None) else alert.upper.value


def _is_read_as(text: str, alert: Alert | Wish, vocabulary: Vocabulary) -> bool:
    """Whether the text means this alert; where its level lies and whether its end is past are no part of that."""
    wish = _parse(text, replace(vocabulary, now=0), may_guess=False)
    if not isinstance(wish, Wish):
        return False
    follows = alert.level is not None
    ours, theirs = (
        (one.symbol, one.metric, one.way, one.level, one.within, one.policy, follows or (one.threshold, _upper(one)))
        for one in (alert, wish)
    )
    return ours == theirs


def _read(piece: Piece, vocabulary: Vocabulary) -> Wish | Nearly | Unreadable:
    """What these words say: modifiers are struck out, a metric claims the condition, and nothing may be left."""
    scope, words = piece.scope, Words(merged(piece.words))
    unknown = [word for word in words.unread if not is_known(word, scope)]
    if unknown and not scope.by_prefix:
        return scope.unread(unknown)
    modifiers = read_modifiers(words, piece.note, vocabulary.now, vocabulary.place, vocabulary.rearm_pct)
    if unknown or isinstance(modifiers, Unreadable):
        return modifiers if isinstance(modifiers, Unreadable) else scope.unread(unknown)
    reading, left = _claimed(words, scope)
    if isinstance(reading, Unreadable):
        return reading
    if left.unread:
        return scope.unread(left.unread)
    condition = reading if isinstance(reading, Condition) else reading.condition
    policy, refused = without(modifiers.policy, of_key(condition.metric)[0].refuses, vocabulary.rearm_pct)
    wish = _wish(condition, scope.symbol, replace(modifiers, policy=policy))
    if refused:
        return _without_effect(refused, describe(wish, vocabulary))
    if isinstance(reading, Condition):
        return wish
    return Nearly(reading.typed, reading.meant, describe(wish, vocabulary))


def _without_effect(refused: Sequence[str], rest: str) -> Unreadable:
    words = enumerated([f'"{word}"' for word in refused])
    has = "has" if len(refused) == 1 else "have"
    return Unreadable(f"{words} {has} no meaning for what no price moves; please say {rest}.")


def _claimed(words: Words, scope: Scope) -> tuple[Condition | Meant | Unreadable, Words]:
    """What the first metric to claim the words makes of them, and the words it left."""
    for metric in METRICS:
        left = words.copy()
        reading = metric.read(left, scope)
        if reading is not None:
            return reading, left
    return scope.unread(words.unread), words


def _wish(made: Condition, symbol: str, modifiers: Modifiers) -> Wish:
    return Wish(
        symbol, made.way, made.threshold, made.level, made.upper, made.within, made.metric,
        modifiers.policy, modifiers.fresh, modifiers.now,
    )  # fmt: skip


def _guess(text: str, vocabulary: Vocabulary) -> Nearly | None:
    """The reading in which each unknown word stands for the known one closest to it."""
    found = closest(unnoted(text), vocabulary.scopes)
    if not found:
        return None
    corrected = text
    for word, meant in reversed(found):
        corrected = corrected[: word.start] + meant + corrected[word.end :]
    wish = _parse(corrected, vocabulary, may_guess=False)
    if not isinstance(wish, Wish):
        return None
    typed, first = found[0]
    return Nearly(typed.typed, first, describe(replace(wish, fresh=False, now=False), vocabulary))
