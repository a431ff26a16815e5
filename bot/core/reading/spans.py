"""Spans of time that end now, as people type them: 30d, 6m, 1y, ytd."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

KINDS = "30d, 6m, 1y, 2y or ytd"
"""Examples of what can be typed."""

_SPAN = re.compile(r"([1-9]\d{0,3})([dwmy])")
_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}
_NOUNS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_LONGEST = timedelta(days=3660)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A span that ends today: its first day, the text it is typed as, and what it is called in a sentence."""

    first: date
    text: str
    words: str


def read_span(text: str, today: date) -> Span | None:
    """The span a word stands for, at most ten years; None for any other word."""
    text = text.casefold()
    if text == "ytd":
        return Span(today.replace(month=1, day=1), text, "this year")
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    first = _first_day(int(found[1]), found[2], today)
    return None if first is None or today - first > _LONGEST else Span(first, text, _words(int(found[1]), found[2]))


def _first_day(count: int, unit: str, today: date) -> date | None:
    if unit in _DAYS:
        return today - (count * _DAYS[unit] - 1) * _DAY
    years, month = divmod(today.month - 1 - count * _MONTHS[unit], 12)
    if today.year + years < 1:
        return None
    start = date(today.year + years, month + 1, 1)
    length = (start + timedelta(days=31)).replace(day=1) - start
    return start + min(timedelta(days=today.day), length)


def _words(count: int, unit: str) -> str:
    if (count, unit) == (1, "y"):
        return "in the last 12 months"
    return f"in the last {_NOUNS[unit][:-1]}" if count == 1 else f"in the last {count} {_NOUNS[unit]}"
