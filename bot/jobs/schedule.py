"""When to look: the trigger of the polls, how stocks are spread over an interval, and waking up.

Knows windows of time, not exchanges, which it is handed. Never polls.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from math import ceil, floor

from apscheduler.triggers.base import BaseTrigger

from bot.core.market import Hours, Session

CLOSING_LOOK_S = 75  # the last minute's bar is complete after 60 s, and Yahoo's answer is up to 10 s old


class SessionTrigger(BaseTrigger):  # type: ignore[misc]
    """Every `every_s` seconds while a watched session is open, and one closing look after it.

    Looks are counted from the opening, so that a restart keeps the rhythm: opening + `offset_s`
    + k · `every_s`. The closing look comes `closing_look_s` after the end, `offset_s` later for
    this stock as every look; None leaves it out. Looks missed are not made up for: one poll
    fetches all bars since the last.
    """

    __slots__ = ("_closing_wait_s", "_every_s", "_hours", "_offset_s", "_watched")

    def __init__(
        self,
        hours: Hours,
        watched: frozenset[Session],
        every_s: int,
        offset_s: int = 0,
        closing_look_s: int | None = CLOSING_LOOK_S,
    ) -> None:
        self._hours = hours
        self._watched = watched
        self._every_s = every_s
        self._offset_s = offset_s
        self._closing_wait_s = None if closing_look_s is None else closing_look_s + offset_s

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """APScheduler's question: the first look at or after `now` and after the previous one, in UTC.

        Both aware. None where no watched session will ever come, which ends the job.
        """
        earliest = ceil(now.timestamp())
        if previous_fire_time is not None:
            earliest = max(earliest, floor(previous_fire_time.timestamp()) + 1)
        look = self.next_look(earliest)
        return None if look is None else datetime.fromtimestamp(look, UTC)

    def next_look(self, at: int) -> int | None:
        """The first look at or after `at`, in epoch seconds UTC; None where none will come."""
        windows = (self._just_ended(at), self._around(at), self._following(at))
        looks = [self._first_look(window, at) for window in windows if window]
        return min((look for look in looks if look is not None), default=None)

    def _just_ended(self, at: int) -> tuple[int, int] | None:
        """The stretch whose closing look is still owed; such stretches last longer than it waits."""
        if self._closing_wait_s is None:
            return None
        return self._around(at - self._closing_wait_s - 1)

    def _around(self, at: int) -> tuple[int, int] | None:
        return self._hours.watched_window(at, self._watched)

    def _following(self, at: int) -> tuple[int, int] | None:
        opens_at = self._hours.next_open(at, self._watched)
        return None if opens_at is None else self._around(opens_at)

    def _first_look(self, window: tuple[int, int], at: int) -> int | None:
        start, end = window
        first = start + self._offset_s
        look = first + max(0, -(-(at - first) // self._every_s)) * self._every_s
        if look < end:
            return look
        if self._closing_wait_s is None:
            return None
        look = end + self._closing_wait_s
        return look if look >= at else None


def stagger(count: int, every_s: int) -> list[int]:
    """Offsets in whole seconds that spread the looks at `count` stocks evenly over one interval."""
    return [place * every_s // count for place in range(count)]


async def watch_for_wakes(
    wakeup: Callable[[], object],
    *,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    every_s: float = 0.5,
    apart_s: float = 2.0,
) -> None:
    """Call `wakeup` whenever the wall clock has moved against the monotonic one; runs until cancelled.

    The scheduler sleeps on monotonic time, which stands still while a machine is suspended (and
    knows nothing of a clock set anew): without this it would sleep on for what was left.
    """
    ahead_s = clock() - monotonic()
    while True:
        await sleep(every_s)
        now_ahead_s = clock() - monotonic()
        if abs(now_ahead_s - ahead_s) > apart_s:
            ahead_s = now_ahead_s
            wakeup()
