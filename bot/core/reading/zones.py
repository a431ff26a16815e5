"""Time zones by the names people type: Europe/Berlin, or just Berlin."""

from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

_MOST_GUESSES = 4


def zone_named(text: str) -> str | None:
    """The IANA name of a time zone or of a city that one is named after, in any case; None for any other text."""
    return _by_name().get(_plain(text))


def zones_like(text: str) -> list[str]:
    """The IANA names nearest to a text, the nearest first; none where nothing is near."""
    names = _by_name()
    near = get_close_matches(_plain(text)[:60], names, n=3 * _MOST_GUESSES, cutoff=0.75)
    return list(dict.fromkeys(names[one] for one in near))[:_MOST_GUESSES]


@cache
def _by_name() -> dict[str, str]:
    """Every zone by its whole name and by its last part; where several cities share a name, the shortest."""
    zones = sorted(available_timezones() - {"localtime", "Factory"}, key=lambda zone: (-zone.count("/"), zone))
    by_city = {_plain(zone.rpartition("/")[2]): zone for zone in zones if "/" in zone and not zone.startswith("Etc/")}
    return {_plain(zone): zone for zone in zones} | by_city


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).casefold()
