"""When a chat wants nothing unasked: muted until a moment, and quiet hours every day by its own clocks.

Only says until when; what waits, and for whom, is decided elsewhere. Moments are epoch seconds UTC.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Quiet:
    """What one chat has set; None for what it has not.

    `hours` are its quiet hours as minutes after local midnight in `zone`, (1320, 420) for 22:00 to
    07:00; never both alike. `muted_until` and `awake_until` are moments: up to the latter the
    quiet hours do not count.
    """

    zone: str
    hours: tuple[int, int] | None = None
    muted_until: int | None = None
    awake_until: int | None = None


def quiet_until(quiet: Quiet, now: int) -> int | None:
    """The end of the unbroken quiet that `now` lies in, mute and quiet hours taken together; None outside."""
    end = now
    while (longer := _end_of_one(quiet, end)) is not None:
        end = longer
    return end if end > now else None


def hours_until(quiet: Quiet, now: int) -> int | None:
    """The end of the quiet hours that `now` lies in, whether they count at present or not."""
    if quiet.hours is None:
        return None
    zone, (begins, ends) = ZoneInfo(quiet.zone), quiet.hours
    today = datetime.fromtimestamp(now, zone).date()
    for start in (today + timedelta(days=days) for days in (-1, 0, 1)):
        last = start + timedelta(days=ends < begins)
        if _first(start, begins, zone) <= now < (end := _last(last, ends, zone)):
            return end
    return None


def _end_of_one(quiet: Quiet, now: int) -> int | None:
    if quiet.muted_until is not None and now < quiet.muted_until:
        return quiet.muted_until
    is_lifted = quiet.awake_until is not None and now < quiet.awake_until
    return None if is_lifted else hours_until(quiet, now)


def _first(day: date, minutes: int, zone: ZoneInfo) -> int:
    """When the clocks first show the time; where they leap over it, when they leap."""
    wall = datetime.combine(day, time(*divmod(minutes, 60)))
    before, after = (int(wall.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    if before <= after:
        return before
    # The offsets from before and after the leap give moments on both its sides.
    return after + bisect_left(range(after, before), wall, key=lambda at: _wall(at, zone))


def _last(day: date, minutes: int, zone: ZoneInfo) -> int:
    """When the clocks show the time for the last time: where they are set back, they do so twice."""
    wall = datetime.combine(day, time(*divmod(minutes, 60)))
    again = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    return max(again, _first(day, minutes, zone))


def _wall(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).replace(tzinfo=None)
