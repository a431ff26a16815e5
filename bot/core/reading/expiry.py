"""When an alert ends, as words: until 2026-12-31, until 31 dec 14:00, for 30d; and back."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.clock import Place
from bot.core.reading.conditions import Unreadable
from bot.core.reading.occasions import ANY_DATE
from bot.core.reading.words import SPAN, Words, seconds

MOST_YEARS = 5

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAY = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_DATES = (
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})",
    r"(?P<dotted>\d{1,2}\.\d{1,2}\.\d{4})",
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?",
    rf"(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?: (?P<year2>\d{{4}}))?",
    rf"(?P<weekday>{_WEEKDAY})",
    r"(?P<near>today|tonight|tomorrow)",
)
_UNTIL = rf"(?:until|till?)(?: the)? (?:{'|'.join(_DATES)})(?:(?: at)? (?P<hour>\d{{1,2}}):(?P<minute>\d\d))?"
_COUNTED_DOWN = rf"{SPAN} (?:until|till?) (?:{ANY_DATE})"
"""Three days until earnings: no end, but a condition of its own."""
_FOR = rf"for(?: the)?(?: next)? {SPAN}"
_LIKE_A_DATE = re.compile(r"\d{1,2}(?:st|nd|rd|th)|\d{1,2}:\d\d|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}")
_NO_DATE = Unreadable('"until" needs a date, such as until 31 dec, or until 31 dec 14:00.')

EXPIRY_WORDS = (
    "until", "till", "til", "next", "today", "tonight", "tomorrow", "for", *_MONTHS, *_WEEKDAYS,
    "january", "february", "march", "april", "june", "july", "august", "sept", "september", "october", "november",
    "december", "monday", "tues", "tuesday", "wednesday", "thurs", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip


def is_like_a_date(key: str) -> bool:
    """Whether this one word can be part of a date or is a time of day."""
    return _LIKE_A_DATE.fullmatch(key) is not None


def take_end(words: Words, now: int, place: Place) -> int | Unreadable | None:
    """The end these words set, in epoch seconds UTC, struck out; whole days end at midnight of the place.

    `now` 0 is an unknown moment (the settings are read at none): no date is in its past.
    """
    dates, spans = words.take_each(_UNTIL), words.take_each(_FOR)
    if words.has("until|till?") and not words.has(_COUNTED_DOWN):
        return _NO_DATE
    if len(dates) + len(spans) > 1:
        return Unreadable("An alert ends once; please keep one end, such as until 31 dec or for 30d.")
    if not dates and not spans:
        return None
    try:
        end = _until(dates[0], now, place) if dates else _after(spans[0], now, place)
    except (ValueError, OverflowError):
        return _NO_DATE if dates else _too_far()
    if now and end <= now:
        return Unreadable("That end is past already; please name a later one, such as until 31 dec or for 30d.")
    return _too_far() if now and end - now > MOST_YEARS * 366 * 86400 else end


def _too_far() -> Unreadable:
    return Unreadable(f"An alert ends within {MOST_YEARS} years, such as for 30d, or never: then leave it out.")


def _until(found: re.Match[str], now: int, place: Place) -> int:
    """Raises ValueError for a date or a time that no calendar has."""
    day = _date(found, place.local(now).date())
    if found["hour"] is None:
        return _midnight_after(day, place)
    return _moment(datetime.combine(day, time(int(found["hour"]), int(found["minute"]))), place)


def _date(found: re.Match[str], today: date) -> date:
    if found["iso"]:
        return date(*map(int, found["iso"].split("-")))
    if found["dotted"]:
        day, month, year = map(int, found["dotted"].split("."))
        return date(year, month, day)
    if found["near"]:
        return today + timedelta(days=found["near"] == "tomorrow")
    if found["weekday"]:
        return today + timedelta(days=(_WEEKDAYS.index(found["weekday"][:3]) - today.weekday()) % 7)
    number = _MONTHS.index((found["month"] or found["month2"])[:3]) + 1
    of_month, of_year = int(found["day"] or found["day2"]), found["year"] or found["year2"]
    return _coming(number, of_month, today) if of_year is None else date(int(of_year), number, of_month)


def _coming(month: int, day: int, today: date) -> date:
    """The next such date, today included; 29 February may be years away."""
    for year in range(today.year, today.year + 9):
        try:
            coming = date(year, month, day)
        except ValueError:
            continue
        if coming >= today:
            return coming
    raise ValueError(f"no year has a day {day} of month {month}")


def _after(found: re.Match[str], now: int, place: Place) -> int:
    """So long from now: days up to the midnight after the last, hours to the minute."""
    length_s = seconds(*found.groups())
    if length_s == 0:
        raise ValueError("no time at all")
    if length_s % 86400 == 0 and found[2] not in ("m", "h"):
        return _midnight_after(place.local(now).date() + timedelta(seconds=length_s), place)
    # A moment of the hour that the clock repeats in autumn is written like that of its first turn.
    wall = place.local(int(now + length_s)).replace(tzinfo=None, second=0, fold=0)
    return _moment(wall, place)


def _midnight_after(day: date, place: Place) -> int:
    return _moment(datetime.combine(day + timedelta(days=1), time()), place)


def _moment(wall: datetime, place: Place) -> int:
    if not 1969 <= wall.year < 3000:
        raise ValueError(f"{wall.year} is no year an alert ends in")
    return int(wall.replace(tzinfo=ZoneInfo(place.zone)).timestamp())


def write_end(expires_at: int | None, place: Place) -> str:
    """Until 2026-12-31, with the time where it is not that day's midnight."""
    if expires_at is None:
        return ""
    local = place.local(expires_at)
    if (local.hour, local.minute) == (0, 0):
        return f"until {local.date() - timedelta(days=1)}"
    return f"until {local:%Y-%m-%d %H:%M}"
