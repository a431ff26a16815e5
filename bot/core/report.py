"""A report on a stock whose claims can be computed, and what the same metrics say of them then and now."""

from dataclasses import dataclass
from datetime import date

YEAR_TO_DATE = "change:ytd"


@dataclass(frozen=True, slots=True)
class Report:
    """What a report of the day `as_of` claims, in percent; None where it does not.

    `year_to_date_pct` is the change since the last close of the year before, `upside_pct` that to its consensus.
    """

    title: str
    as_of: date
    year_to_date_pct: float | None = None
    upside_pct: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The two claims as they were computed, in percent; None where too little is known."""

    year_to_date_pct: float | None
    upside_pct: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """A report held against its own day and today; `consensus` is the price of the level it meant, None without one."""

    report: Report
    consensus: float | None
    then: Figures
    now: Figures
