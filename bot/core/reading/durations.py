"""Lengths of time as people type them: 30m, 2 hours, 1d, 2 weeks."""

import re

_UNIT_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(r"(\d{1,6})\s*(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.ASCII | re.IGNORECASE)


def seconds(text: str) -> int | None:
    """How many seconds "2h" or "30 min" are, at least one minute; None for any other text."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        return None
    return int(found[1]) * _UNIT_S[found[2][0].casefold()] or None
