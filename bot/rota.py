"""What runs when: a poll of every stock in its sessions, a second look where one failed, the days, the
analysts, reminders, the digests after a close, the upkeep of the database, the heartbeat, the pings.

Owns the plan and the boundary of each job; polls nothing itself and never stops a loop.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.jobs.alarm import Alarm
from bot.jobs.closes import LOOK_S, Closes
from bot.jobs.company import LOOK_S as REMINDERS_S
from bot.jobs.company import Reminders
from bot.jobs.days import RETRY_S, Days
from bot.jobs.reach import Reach
from bot.jobs.research import LOOK_S as RESEARCH_S
from bot.jobs.research import Researcher
from bot.jobs.schedule import SessionTrigger, stagger
from bot.jobs.upkeep import LOOK_S as UPKEEP_S
from bot.jobs.upkeep import Upkeep
from bot.jobs.watch import Watch, Watched
from bot.jobs.watchlist import Watchlist
from bot.liveness.health import HEARTBEAT_S, beat
from bot.liveness.ping import Ping
from bot.liveness.watchdog import StuckError, Watchdog
from bot.store import Store
from bot.store.errors import cause_of
from bot.store.fault_counts import Source

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]

_AGAIN_S = 60
_PING_S = 240
"""How often in seconds the dead man's switch is asked where no poll does: at night, or polls being rare."""

_PING_LEAST_S = 15
"""Of several stocks every good poll would ask: more often than this the usual services refuse."""
_JOBS_OF_A_STOCK = ("poll", "again")


@dataclass(frozen=True, slots=True)
class Jobs:
    """What there is to run."""

    watch: Watch
    days: Days
    closes: Closes
    upkeep: Upkeep
    alarm: Alarm
    reach: Reach
    researcher: Researcher
    reminders: Reminders
    ping: Ping | None = None


class Rota:
    """The plan of one daemon; `poll_seconds` between two looks at a stock in an open session."""

    def __init__(
        self, store: Store, jobs: Jobs, watchlist: Watchlist, poll_seconds: int,
        clock: Callable[[], float] = time.time, watchdog: Watchdog | None = None,
    ) -> None:  # fmt: skip
        """`clock` gives epoch seconds; the scheduler itself goes by the machine's."""
        self._store = store
        self._jobs = jobs
        self._watchlist = watchlist
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._watchdog = watchdog or Watchdog()
        self._stays_alive = ExitStack()
        self._note_alive: Callable[[], None] = lambda: None
        self._looks_owed = False
        self._planned: set[tuple[str, int | None]] = set()
        # The library's default drops a job that is a second late; a poll late is a poll still.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self.scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)

    @property
    def watched(self) -> tuple[Watched, ...]:
        """The stocks watched at this moment."""
        return self._watchlist.watched()

    def start(self) -> None:
        """Plan everything from now on, and look at every stock at once, whatever the hour."""
        self._plan()
        self.scheduler.start()
        self._note_alive = self._stays_alive.enter_context(self._watchdog.expecting("plan", self._plan_anew))

    def wake(self) -> None:
        """The clock has jumped (a suspended machine, a clock set anew): look at once, and plan from here.

        Polls planned before would wait until a clock set back has caught up with them.
        """
        log.warning("the clock has jumped; looking at once")
        self._plan_anew()

    def renew(self) -> None:
        """Soon after the present command: plan the stocks chosen since, with a look at once, and no other any more.

        Only then is it known that what the command stored is stored.
        """
        self.scheduler.add_job(self._guarded(self._renew))

    def plan_stocks(self) -> list[str]:
        """Bring the jobs of every stock in line with what is watched now; the symbols that are new."""
        watched = self.watched
        present = {(one.stock.symbol, one.chosen_at) for one in watched}
        for symbol, _ in self._planned - present:
            self._unplan_stock(symbol)
        for one, offset_s in zip(watched, stagger(len(watched), self._poll_seconds), strict=True):
            self._plan_stock(one, offset_s)
        new, self._planned = present - self._planned, present
        return [one.stock.symbol for one in watched if (one.stock.symbol, one.chosen_at) in new]

    def pause(self) -> None:
        """Begin nothing more."""
        self._stays_alive.close()
        self.scheduler.pause()

    def stop(self) -> None:
        """End what still runs."""
        if self._jobs.ping is not None:
            self._jobs.ping.stop()
        self.scheduler.shutdown(wait=False)

    def next_poll(self, symbol: str) -> int | None:
        """When the symbol is looked at next in a session, epoch seconds UTC; None where that is not planned."""
        job = self.scheduler.get_job(f"poll/{symbol}")
        return int(job.next_run_time.timestamp()) if job is not None and job.next_run_time is not None else None

    def look_again(self, one: Watched, now: int) -> None:
        """Plan another look where the last one failed and none is planned for the next minute anyway.

        Otherwise what happened at the close, or before a start without a network, would be told when
        the exchange opens again.
        """
        symbol = one.stock.symbol
        feed, planned = self._store.history.feed(symbol), self.next_poll(symbol)
        again_at = max(now + _AGAIN_S, feed.retry_at or 0)
        if feed.failures and (planned is None or planned > again_at):
            moment = datetime.fromtimestamp(again_at, UTC)
            self._add(self._look_at(symbol), f"again/{symbol}", "date", run_date=moment)

    def _plan_anew(self) -> None:
        self._plan()
        self.scheduler.wakeup()

    def _plan(self) -> None:
        self._add(self._beat, "heartbeat", "interval", seconds=HEARTBEAT_S)
        self.plan_stocks()
        self._looks_owed = True
        self._add(self._look_at_all, "look", in_pieces=True)

    def _plan_stock(self, one: Watched, offset_s: int) -> None:
        """All that is done for one stock by the clock."""
        trigger = SessionTrigger(one.hours, one.rules.sessions, self._poll_seconds, offset_s)
        self._add(self._look_at(one.stock.symbol), f"poll/{one.stock.symbol}", trigger)

    def _unplan_stock(self, symbol: str) -> None:
        for kind in _JOBS_OF_A_STOCK:
            if self.scheduler.get_job(f"{kind}/{symbol}") is not None:
                self.scheduler.remove_job(f"{kind}/{symbol}")

    async def _renew(self) -> None:
        await self._limited(self._watchlist.learn)()
        for symbol in self.plan_stocks():
            await self._limited(self._look_at(symbol))()

    def _add(self, job: Job, name: str, trigger: object = None, *, in_pieces: bool = False, **when: object) -> None:
        """Plan a job; one `in_pieces`, which may rightly take very long, limits each of them by itself."""
        bounded = self._guarded(job) if in_pieces else self._limited(job)
        self.scheduler.add_job(bounded, trigger, id=name, replace_existing=True, **when)

    def _limited(self, job: Job) -> Job:
        """The job, ended where it hangs: a stock whose last look never ends would never be looked at again."""

        async def run_within() -> None:
            async with self._watchdog.within("job"):
                await job()

        return self._guarded(run_within)

    def _look_at(self, symbol: str) -> Job:
        """A look at the stock as it is known when the look begins; none where it is watched no more."""

        async def look() -> None:
            one = self._watchlist.find(symbol)
            if one is None:
                return
            try:
                await self._jobs.watch.poll(one)
            finally:
                self._after_look(symbol)

        return look

    def _after_look(self, symbol: str) -> None:
        one = self._watchlist.find(symbol)
        if one is None:
            self.plan_stocks()  # without the one that was unwatched or given up meanwhile
        else:
            self.look_again(one, int(self._clock()))
            self._ping_after(symbol)

    async def _look_at_all(self) -> None:
        """Catch up on what happened while nobody looked, and then on the days: alerts come first."""
        while self._looks_owed:  # anew where the clock jumps meanwhile: no second run of this would begin beside it
            self._looks_owed = False
            await self._limited(self._bring_back)()
            for one in self.watched:
                await self._limited(self._look_at(one.stock.symbol))()
        await self._limited(self._beat)()  # nobody need take a machine just awake for dead
        now = datetime.now(UTC)
        days, analysts = (
            partial(self._one_by_one, look) for look in (self._jobs.days.keep, self._jobs.researcher.look)
        )
        self._add(days, "days", "interval", in_pieces=True, seconds=RETRY_S, next_run_time=now)
        self._add(self._look_at_closes, "closes", "interval", seconds=LOOK_S, next_run_time=now)
        self._add(self._jobs.upkeep.look, "upkeep", "interval", seconds=UPKEEP_S, next_run_time=now)
        # Not at once: a start has more urgent things to do, and one that ends soon need not ask at all.
        self._add(analysts, "research", "interval", in_pieces=True, seconds=RESEARCH_S)
        self._add(self._remind, "reminders", "interval", seconds=REMINDERS_S, next_run_time=now)

    async def _one_by_one(self, look: Callable[[Watched], Awaitable[None]]) -> None:
        """One stock after the other: a poll waits behind one request at most, and no source is asked for two."""
        for one in self.watched:
            await self._limited(partial(look, one))()

    async def _look_at_closes(self) -> None:
        self._jobs.closes.look(self.watched)

    async def _remind(self) -> None:
        self._jobs.reminders.look(self.watched)

    async def _beat(self) -> None:
        self._note_alive()
        try:
            await self._bring_back()
            self._judge()
        except sqlite3.OperationalError as error:
            await self._jobs.alarm.write_failed(cause_of(error))
        else:
            await self._jobs.alarm.write_worked()
        finally:
            self._jobs.upkeep.note_damage()

    async def _bring_back(self) -> None:
        """Before any heartbeat, which would hide that the clock was ahead."""
        if self._store.bring_back(int(self._clock())):
            log.warning("the clock was ahead until now; what it had stored is brought back")

    def _judge(self) -> None:
        """The heartbeat; where all is well and no poll is about to, it asks the dead man's switch."""
        confirmed, now = [one for one in self.watched if one.is_confirmed], int(self._clock())
        is_well = beat(self._store, confirmed, self._poll_seconds, now, self._jobs.reach)
        due = [one for one in confirmed if one.hours.watched_window(now, one.rules.sessions)]
        is_fed = not any(self._store.history.feed(one.stock.symbol).failures for one in due)
        if is_well and is_fed and self._jobs.ping is not None:
            self._jobs.ping.ask(now, _PING_S)

    def _ping_after(self, symbol: str) -> None:
        """Ask the dead man's switch, where this look was good and the last heartbeat found nothing wrong."""
        if self._jobs.ping is None or self._store.fact("ailment"):
            return
        feed = self._store.history.feed(symbol)
        if feed.good_at is not None and not feed.failures:
            self._jobs.ping.ask(int(self._clock()), min(self._poll_seconds, _PING_LEAST_S))

    def _guarded(self, job: Job) -> Job:
        """The boundary of a job: what goes wrong in one run is logged and counted, and the next run comes."""

        async def run_once() -> None:
            try:
                await job()
            except asyncio.CancelledError:
                log.info("a job was ended by the stop; its work is done at the next start")
            except StuckError:
                pass  # noted where it was ended; its next run comes as planned
            except sqlite3.OperationalError as error:
                # Nothing was committed: the next poll fetches the same bars again. The heartbeat tells of it.
                log.debug("a job could not write cause=%s", error)
                self._store.faults.note(Source.PROGRAM, "database not writable", self._clock())
            except Exception:
                log.exception("a job failed; its next run comes as planned")
                self._store.faults.note(Source.PROGRAM, "job failed", self._clock())

        return run_once
