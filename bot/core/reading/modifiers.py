"""How an alert tells, as words: once, every 4h, rearm 2%, hold 10m, rth, silent, a note; and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.alerts import Policy
from bot.core.clock import Place
from bot.core.message import clipped
from bot.core.reading.conditions import Unreadable
from bot.core.reading.expiry import EXPIRY_WORDS, take_end, write_end
from bot.core.reading.words import SPAN, Words, lasting, percent, seconds

KEYWORDS = (
    "once", "daily", "every", "each", "per", "day", "hour", "minute", "week", "month", "rearm", "re-arm", "rearms",
    "re-arms", "after", "hold", "holds", "holding", "regular", "session", "hours", "only", "rth", "silent", "silently",
    "quietly", "quiet", "note", "fresh", "now", "just", "time", "times",
)  # fmt: skip
LONGEST_NOTE = 200
"""Characters a note keeps."""

_PLAIN = Policy()
_YEAR_S, _DAY_S = 365 * 86400, 86400
_DAILY = r"(?:at most |only )?once (?:per day|1d)|daily|(?:every|each) day"
_ONCE = r"(?:only |just )?(?:once|one time)(?: only)?"
_EVERY = rf"(?:every|each) (?:{SPAN}|(hour|minute|week|month))"
_ONCE_A = r"(?:at most |only )?once (?:1(h|w|mo)|per (hour|week|month))"
_HOLD = rf"(?:hold|holds|holding)(?: for| at least)* {SPAN}"
_REARM = r"re-?arm(?:s|ing)?(?: at| by| after| of)? (\S+)"
_REGULAR = (
    r"(?:only )?(?:in |during )?(?:the )?(?:regular (?:trading )?(?:hours|session)|rth)(?: only)?"
    r"|regular only|only regular"
)
_SILENT = "silent|silently|quietly|quiet"
_PERIODS = {"minute": "m", "hour": "h", "week": "w", "month": "mo"}
_QUOTES = str.maketrans(dict.fromkeys('"“”„«»', "'"))


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What a text says besides its condition; `fresh` and `now` answer what to do where it is true already."""

    policy: Policy
    fresh: bool = False
    now: bool = False


def read_modifiers(words: Words, note: str | None, now: int, place: Place, rearm_pct: float) -> Modifiers | Unreadable:
    """Strike the modifiers out of the words; `rearm_pct` goes for an alert that names none."""
    # "since now" is part of a condition, and a pause is named before a bare "once" is read.
    answers_now = bool(words.take_each(r"(?<!since )(?<!from )now"))
    fresh = bool(words.take_each("fresh"))
    hold_s, end = _hold(words), take_end(words, now, place)
    rearm = _rearm(words, rearm_pct)
    daily = bool(words.take_each(_DAILY))
    every_s = _every(words)
    once = bool(words.take_each(_ONCE))
    text = None if note is None else _note(note)
    if (
        isinstance(hold_s, Unreadable) or isinstance(end, Unreadable) or isinstance(rearm, Unreadable)
        or isinstance(every_s, Unreadable) or isinstance(text, Unreadable)
    ):  # fmt: skip
        return next(one for one in (hold_s, end, rearm, every_s, text) if isinstance(one, Unreadable))
    if once + daily + (every_s is not None) > 1:
        return Unreadable("An alert tells once, daily or every so often; please keep one of them, such as every 4h.")
    regular_only, silent = bool(words.take_each(_REGULAR)), bool(words.take_each(_SILENT))
    policy = Policy(once, daily, every_s, rearm, hold_s, end, regular_only, silent, text)
    return Modifiers(policy, fresh, answers_now)


def write_modifiers(policy: Policy, place: Place, rearm_pct: float) -> list[str]:
    """The normal form, in a fixed order; the band only where it differs from `rearm_pct`."""
    said = {
        "once": policy.once,
        "daily": policy.daily,
        f"every {lasting(policy.every_s or 0)}": policy.every_s is not None,
        f"rearm {percent(policy.rearm_pct)}": policy.rearm_pct != rearm_pct,
        f"hold {lasting(policy.hold_s or 0)}": policy.hold_s is not None,
        write_end(policy.expires_at, place): policy.expires_at is not None,
        "rth": policy.regular_only,
        "silent": policy.silent,
        f'note "{policy.note}"': policy.note is not None,
    }
    return [text for text, is_said in said.items() if is_said]


_CALLED = {
    "hold_s": "hold", "regular_only": "regular hours", "rearm_pct": "rearm", "every_s": "every", "daily": "daily",
}  # fmt: skip


def without(policy: Policy, refused: Sequence[str], rearm_pct: float) -> tuple[Policy, list[str]]:
    """The policy without these fields, and what those are called that it had said something of.

    What has no band of its own keeps none: it would be written down once `rearm_pct` is another.
    """
    plain = Policy(rearm_pct=rearm_pct)
    said = [_CALLED[name] for name in refused if getattr(policy, name) != getattr(plain, name)]
    return replace(policy, **{name: getattr(_PLAIN, name) for name in refused}), said


def _every(words: Words) -> int | Unreadable | None:
    lengths = {seconds(one[1] or "1", one[2] or _PERIODS[one[3]]) for one in words.take_each(_EVERY)}
    lengths |= {seconds("1", one[1] or _PERIODS[one[2]]) for one in words.take_each(_ONCE_A)}
    if words.has("every|each"):
        return Unreadable('"every" needs a length of time, such as every 4h.')
    return _length(lengths, "every", "every 4h", most_s=_YEAR_S, most="365d")


def _hold(words: Words) -> int | Unreadable | None:
    lengths = {seconds(*one.groups()) for one in words.take_each(_HOLD)}
    if words.has("hold|holds|holding"):
        return Unreadable('"hold" needs a length of time, such as hold 10m.')
    return _length(lengths, "hold", "hold 10m", most_s=_DAY_S, most="24h")


def _length(lengths: set[float], word: str, example: str, *, most_s: int, most: str) -> int | Unreadable | None:
    """The one length of time, whole minutes from one to the most."""
    if not lengths:
        return None
    if len(lengths) > 1:
        return Unreadable(f'An alert has one "{word}"; please keep one, such as {example}.')
    length = lengths.pop()
    if length % 60 or not 60 <= length <= most_s:
        return Unreadable(f'"{word}" takes whole minutes from 1m to {most}, such as {example}.')
    return int(length)


def _rearm(words: Words, rearm_pct: float) -> float | Unreadable:
    found = [one[1] for one in words.take_each(_REARM)]
    if words.has(r"re-?arm(?:s|ing)?"):
        return Unreadable('"rearm" needs a percentage, such as rearm 1%.')
    if not found:
        return rearm_pct
    if len(set(found)) > 1:
        return Unreadable('An alert has one "rearm"; please keep one, such as rearm 1%.')
    number = re.fullmatch(r"(\d+(?:\.\d+)?)%?", found[0])
    share = float(number[1]) if number else 0.0
    if not 0 < share < 100:
        return Unreadable('"rearm" takes a percentage above 0 and below 100, such as rearm 1%.')
    return share


def _note(typed: str) -> str | Unreadable:
    text = clipped(typed, LONGEST_NOTE).translate(_QUOTES)
    return text if text.strip("' ") else Unreadable('"note" needs something to note, such as note "trim 20 %".')


MODIFIER_WORDS = (*KEYWORDS, *EXPIRY_WORDS)
