"""The dates a company is known to keep: when it reports, from when its shares trade without the dividend.

Days are dates: of a report on the exchange's clock, of the rest as they are written.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Occasion(StrEnum):
    """What happens on a date."""

    EARNINGS = "earnings"
    EX_DIVIDEND = "ex-dividend"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class CompanyDate:
    """One date still to come, or the last one: from `day` to `last_day`, which are the same where it is one day.

    `is_estimate` where the provider expects it and the company has not said it.
    """

    occasion: Occasion
    day: date
    last_day: date
    is_estimate: bool = False

    def days_left(self, today: date) -> int:
        """How many days it is away; 0 while it lasts, negative once it is over."""
        if self.day <= today <= self.last_day:
            return 0
        return (self.day - today).days if today < self.day else (self.last_day - today).days
