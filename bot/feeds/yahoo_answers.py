"""What Yahoo's answers about analysts mean. Pure: what yfinance and the JSON hold goes in, the core's values come out.

It believes no value that cannot be: not a number, zero, an absurd moment. It compares nothing with what is known.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.analysts import RatingAction, Recommendations, Targets
from bot.core.company import CompanyDate, Occasion

Values = Mapping[str, Any]

_DAY_S = 86_400
_MOST_ACTIONS = 400
_MOST_ANALYSTS = 10_000
_LONGEST_FIRM = 80
_LONGEST_RATING = 40
_LATEST_AT = 4_102_444_800  # 2100: what lies beyond is no moment in seconds
_COUNTS = ("strongBuy", "buy", "hold", "sell", "strongSell")
_NOTHING_THERE = "No fundamentals data found"


def content(text: str, module: str) -> Values | None:
    """What a quoteSummary answer says under this name; empty where it says that it has nothing of it.

    None where it cannot be read, or is Yahoo's word that something failed.
    """
    try:
        summary = json.loads(text)["quoteSummary"]
        if error := summary.get("error"):
            return {} if _NOTHING_THERE in str(error.get("description")) else None
        modules = summary["result"][0] if summary["result"] != [] else {}
        return modules.get(module) or {}
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def targets(values: Values, financial: Values) -> Targets | None:
    """The targets as yfinance names them; how many analysts they are of, only Yahoo's own answer says.

    None without a mean that can be one.
    """
    mean = _positive(values.get("mean"))
    if mean is None:
        return None
    return Targets(
        mean,
        _positive(values.get("median")),
        _positive(values.get("low")),
        _positive(values.get("high")),
        _count(financial.get("numberOfAnalystOpinions")) or None,
        _positive(values.get("current")),
    )


def actions(rows: Iterable[Values], now: int) -> tuple[RatingAction, ...]:
    """The newest of up- and downgrades in the order of their times; one firm's of one second count once."""
    read = sorted(_actions(rows, now), key=lambda one: one.at)
    once = {(one.firm, one.at): one for one in reversed(read)}
    return tuple(list(once.values())[:_MOST_ACTIONS][::-1])


def recommendations(rows: Iterable[Values]) -> Recommendations | None:
    """The counts of the present month, None where none are given or nobody recommends anything."""
    present = next((row for row in rows if row.get("period") == "0m"), {})
    counts = Recommendations(*(_count(present.get(name)) for name in _COUNTS))
    return counts if counts.analysts else None


def dates(events: Values, zone: str) -> tuple[CompanyDate, ...]:
    """When it reports, and the last or next day without the dividend.

    From Yahoo's seconds, not from yfinance's dates: those are by the clock of the machine, and in Honolulu
    the day before.
    """
    earnings = events.get("earnings") or {}
    days = [day for one in earnings.get("earningsDate") or () if (day := _day(one, zone))]
    found = []
    if days:  # one, or the first and the last of those it may be
        is_estimate = earnings.get("isEarningsDateEstimate", len(days) > 1)
        found.append(CompanyDate(Occasion.EARNINGS, min(days), max(days), is_estimate is True))
    if day := _day(events.get("exDividendDate"), zone):
        found.append(CompanyDate(Occasion.EX_DIVIDEND, day, day))
    return tuple(found)


def _actions(rows: Iterable[Values], now: int) -> Iterator[RatingAction]:
    for row in rows:
        at, firm = row.get("at"), _text(row.get("Firm"), _LONGEST_FIRM)
        if isinstance(at, int) and 0 < at <= now + _DAY_S and firm:
            yield RatingAction(
                firm,
                at,
                (_text(row.get("Action"), _LONGEST_RATING) or "").lower(),
                _text(row.get("ToGrade"), _LONGEST_RATING),
                _text(row.get("FromGrade"), _LONGEST_RATING),
                _positive(row.get("currentPriceTarget")),  # a 0 is none
                _positive(row.get("priorPriceTarget")),
            )


def _day(moment: Any, zone: str) -> date | None:
    """The date a moment stands for: exactly midnight UTC is how Yahoo writes a date without a time.

    1718236800 is the 13th of June 2024, and in New York still the evening of the 12th; any other
    moment is a time of that day on the exchange's clock.
    """
    at = _positive(moment)
    if at is None or at > _LATEST_AT:
        return None
    return datetime.fromtimestamp(at, ZoneInfo(zone) if at % _DAY_S else UTC).date()


def _positive(value: Any) -> float | None:
    """A number above 0, given plainly or as {"raw": …, "fmt": …}; None for all else, such as NaN."""
    number = value.get("raw") if isinstance(value, Mapping) else value
    if not isinstance(number, int | float) or isinstance(number, bool):
        return None
    return float(number) if 0 < number < math.inf else None


def _count(value: Any) -> int:
    """So many analysts; none where there cannot be so many."""
    number = _positive(value) or 0
    return int(number) if number <= _MOST_ANALYSTS else 0


def _text(value: Any, longest: int) -> str | None:
    """One line without what cannot be printed or stored, such as half of a surrogate pair; None for an empty one."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(sign for sign in words if sign.isprintable())[:longest].strip() or None
