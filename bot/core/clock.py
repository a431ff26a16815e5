"""How moments and spans are written for people, always with the place whose clock is meant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Place:
    """A time zone under the name people call it by: New York for America/New_York.

    Moments are epoch seconds UTC. Where `now` is asked for, a year that is not that of `now` is shown.
    """

    zone: str

    @property
    def name(self) -> str:
        return self.zone.rsplit("/", 1)[-1].replace("_", " ")

    def local(self, at: int) -> datetime:
        """Epoch seconds UTC as local time."""
        return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(self.zone))

    def hour(self, at: int) -> str:
        """09:45, without the place, for lists whose head names it."""
        return f"{self.local(at):%H:%M}"

    def day(self, at: int, now: int | None = None) -> str:
        """2 Oct, or 2 Oct 2025; without `now` never with the year."""
        day = self.local(at).date()
        return calendar_day(day, day if now is None else self.local(now).date())

    def is_same_day(self, one: int, other: int) -> bool:
        """Whether both moments lie on one local date."""
        return self.local(one).date() == self.local(other).date()

    def moment(self, at: int, now: int) -> str:
        """2 Oct 09:45 New York."""
        return f"{self.day(at, now)} {self.hour(at)} {self.name}"

    def recent(self, at: int, now: int) -> str:
        """09:45 New York, with the day where it is not today's."""
        return f"{self.hour(at)} {self.name}" if self.is_same_day(at, now) else self.moment(at, now)

    def span(self, start: int, end: int, now: int) -> str:
        """2 Oct 09:28–14:05 New York; both days where they differ."""
        if self.is_same_day(start, end):
            return f"{self.day(start, now)} {self.hour(start)}–{self.hour(end)} {self.name}"
        return f"{self.day(start, now)} {self.hour(start)} – {self.moment(end, now)}"


def calendar_day(day: date, today: date | None = None) -> str:
    """20 Nov 2026; without its year where that is the year of `today`."""
    return f"{day.day} {day:%b}" + ("" if today is not None and day.year == today.year else f" {day.year}")


def iso(at: int) -> str:
    """Epoch seconds as files and programs write them: 2025-10-02T13:30:00Z."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def lasting(seconds: float) -> str:
    """A length of time in its largest sensible unit: 12 s, 25 min, 3 h 5 min, 4 days."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"
