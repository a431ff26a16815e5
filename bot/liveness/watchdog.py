"""Notices what does not get on, ends it and begins it anew; says when that is beyond it.

Owns how long each part may take. Knows neither prices nor messages. It counts in seconds of its
own, which pass only while it gets its turn: a machine asleep or a process halted is nobody's fault.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

log = logging.getLogger(__name__)

LIMITS_S: Mapping[str, float] = {
    "prices": 240,  # eight requests of 20 s each for the longest catch-up, behind one for days
    "days": 300,  # two of 10 s, behind a catch-up
    "connection": 90,  # to connect, to write and to read may take 10 s each, and a name its look-up
    "commands": 120,  # Telegram keeps a look for updates open for 25 s of these
    "delivery": 120,
    "reply": 600,  # a picture over a slow line: each piece of it may take a minute
    "job": 1800,  # what none of these foresaw; a poll may wait behind those of a hundred stocks
    "plan": 90,  # without a heartbeat, which is planned every 15 s
}
"""How many seconds a part may take, or be silent, before it counts as stuck. A loop has no limit of its
own: everything it waits for has."""

EVERY_S = 2.0
"""How often in seconds all of this is looked at."""

GRACE_S = 30.0
"""So long may a part take to end once it is told to, or to come back to life once it has begun anew."""


class StuckError(TimeoutError):
    """It took longer than its part may, and was ended."""


@dataclass(slots=True, eq=False)
class _Watched:
    """Something that has to get on by `due_at`; `ended_at` where it did not. In the watchdog's own seconds."""

    part: str
    due_at: float
    end: Callable[[], object]
    ended_at: float | None = None


class Watchdog:
    """Sees to it that every part gets on. `monotonic` gives seconds that never go back."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        limits_s: Mapping[str, float] = LIMITS_S,
        pause_s: float = 5.0,
    ) -> None:
        """`pause_s` lies between the break of a loop and its next beginning."""
        self._monotonic = monotonic
        self._limits_s = limits_s
        self._pause_s = pause_s
        self._looked_at = monotonic()
        self._passed_s = 0.0
        self._watched: set[_Watched] = set()
        self.restarts: Counter[str] = Counter()
        self.lost = asyncio.Event()
        """Set where a part could not be begun anew: only a new process can help."""

    @property
    def summary(self) -> str:
        """What was begun anew since the start, such as "prices 2, delivery 1"; empty where nothing was."""
        return ", ".join(f"{part} {count}" for part, count in sorted(self.restarts.items()))

    @asynccontextmanager
    async def within(self, part: str) -> AsyncIterator[None]:
        """Hold what is done within to the limit of its part; raises StuckError where that was not kept."""
        timeout = asyncio.timeout(None)
        try:
            async with timeout:
                with self._watching(part, partial(_expire, timeout)):
                    yield
        except TimeoutError:
            if timeout.expired():
                raise StuckError(part) from None
            raise

    async def keep(self, part: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop to its own end; one that breaks is begun again, or alerts would stop without a word."""
        while True:
            try:
                await loop()
                return
            except asyncio.CancelledError:
                if _is_told_to_end():
                    raise
                log.error("a loop was ended by what it waited for; it begins again part=%s", part)
            except Exception:
                log.exception("a loop broke; it begins again in %d s part=%s", self._pause_s, part)
            self.restarts[part] += 1
            await asyncio.sleep(self._pause_s)

    @contextmanager
    def expecting(self, part: str, revive: Callable[[], object]) -> Iterator[Callable[[], None]]:
        """Expect signs of life of a part, each within the limit after the last; the way to give them.

        Where they stay away `revive` is called, once.
        """
        with self._watching(part, revive) as watched:
            yield partial(self._note_alive, watched)

    def look(self) -> None:
        """End what has not got on in time, and note what did not even end."""
        self._pass_time()
        for one in tuple(self._watched):
            if one.ended_at is None and self._passed_s > one.due_at:
                self._end(one)
            elif one.ended_at is not None and self._passed_s > one.ended_at + GRACE_S and not self.lost.is_set():
                log.critical("stuck for good, only a new start can help part=%s", one.part)
                self.lost.set()

    async def run(self, tell: Callable[[], object] = lambda: None) -> None:
        """Look until cancelled; `tell` is called after each look that found no part lost."""
        while True:
            self.look()
            if not self.lost.is_set():
                tell()
            await asyncio.sleep(EVERY_S)

    @contextmanager
    def _watching(self, part: str, end: Callable[[], object]) -> Iterator[_Watched]:
        self._pass_time()
        watched = _Watched(part, self._passed_s + self._limits_s[part], end)
        self._watched.add(watched)
        try:
            yield watched
        finally:
            self._watched.discard(watched)

    def _note_alive(self, watched: _Watched) -> None:
        watched.due_at = self._passed_s + self._limits_s[watched.part]
        watched.ended_at = None

    def _end(self, one: _Watched) -> None:
        log.error("stuck, begun anew part=%s limit_s=%d", one.part, self._limits_s[one.part])
        self.restarts[one.part] += 1
        one.ended_at = self._passed_s
        one.end()

    def _pass_time(self) -> None:
        """Time in which nothing here had its turn counts as one ordinary wait."""
        now = self._monotonic()
        self._passed_s += min(now - self._looked_at, 2 * EVERY_S)
        self._looked_at = now


def _expire(timeout: asyncio.Timeout) -> None:
    timeout.reschedule(asyncio.get_running_loop().time())


def _is_told_to_end() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
