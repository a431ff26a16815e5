"""One life of the daemon: the real one, but that it polls all the time and goes by the clock of the script."""

import asyncio
import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import app
from bot.feeds.recorded import RecordedFeed
from bot.feeds.simulated import SOURCE
from bot.jobs.watch import Watch
from bot.settings import load
from bot.store import open_store
from bot.store.backups import put_back
from bot.store.lock import Lock
from tests.crash import script
from tests.crash.controls import WAYS
from tests.fakes.pace import Unspaced
from tests.fakes.research import ScriptedResearch

_BEGIN, _COMMIT = "begin immediate", "commit"
_DEBT, _CROSSING, _QUOTE = "insert into outbox", "insert into crossings", "insert or replace into quotes"
_COMMAND, _ATTEMPT, _PAID = "insert into alerts", "update outbox set attempts", "update outbox set status = 'sent'"
_RECOVERY = "update outbox set in_flight = 0, doubtful = 1"

MOMENTS = {
    "a command is about to be carried out": ([_COMMAND], False),
    "a command is carried out, not committed": ([_COMMAND], True),
    "a command is committed": ([_COMMAND, _COMMIT], True),
    "a transaction begins": ([_BEGIN], False),
    "the bars are in, nothing else is": ([_QUOTE], False),
    "a crossing is about to be stored": ([_CROSSING], False),
    "a crossing is stored": ([_CROSSING], True),
    "a debt is about to be stored": ([_DEBT], False),
    "a debt is stored": ([_DEBT], True),
    "a debt is about to be committed": ([_DEBT, _COMMIT], False),
    "a debt is committed": ([_DEBT, _COMMIT], True),
    "an attempt is about to be noted": ([_ATTEMPT], False),
    "an attempt is noted": ([_ATTEMPT], True),
    "a debt is about to be marked as paid": ([_PAID], False),
    "a debt is marked as paid, not committed": ([_PAID], True),
    "a payment is committed": ([_PAID, _COMMIT], True),
    "doubtful sends are about to be found": ([_RECOVERY], False),
    "doubtful sends are found": ([_RECOVERY], True),
}
"""Where a life may end by its own hand: how the statements begin that lead there, and whether the last is executed."""

ONLY_AT_THE_START = tuple(moment for moment in MOMENTS if moment.startswith("doubtful"))
ONLY_WHEN_TYPED_TO = tuple(moment for moment in MOMENTS if moment.startswith("a command"))
ONLY_OURS = tuple(moment for moment in MOMENTS if moment.startswith("an attempt"))

_BETWEEN_POLLS_S = 0.002
_CYCLES_AHEAD = 3


def put_back_in_part() -> None:
    """Put a copy in the place of a database, and die when a file is given another name for the nth time."""
    database, kept, nth = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    die = _death(["os.rename"], executed=False, nth=nth)
    sys.addaudithook(lambda event, _: die(event) if event == "os.rename" else None)
    put_back(database, kept, now=0)


class Clock:
    """The time of the script, in a file: it survives the lives that move it on."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("q", script.FIRST_LOOK))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> float:
        return float(struct.unpack("q", self._shared)[0])

    def forward(self, seconds: int) -> None:
        self._shared[:] = struct.pack("q", int(self()) + seconds)


@dataclass(frozen=True, slots=True)
class Order:
    """How to live: by which way to deliver, until which named moment, or until all is paid that was due at `ends_at`.

    Time stands until so many `wishes` have been read.
    """

    seed: int
    way: str
    clock: str
    wishes: int
    moment: str | None = None
    nth: int = 1
    ends_at: int | None = None

    @property
    def text(self) -> str:
        return json.dumps(asdict(self))


def live() -> None:
    """The life that standard arguments and environment ask for."""
    order = Order(**json.loads(sys.argv[1]))
    settings = load(None, os.environ)
    with Lock(settings.storage.path):
        store = open_store(settings.storage.path)
        if order.moment in MOMENTS:
            store.db.conn.set_trace_callback(_death(*MOMENTS[order.moment], order.nth))
        clock = Clock(Path(order.clock))
        first = max(0, script.cycle_of(int(clock())) - 1)
        bars = script.session(order.seed, range(first, first + 1 + _CYCLES_AHEAD))
        shown = [bar for bar in bars if order.ends_at is None or bar.ends_at <= order.ends_at]
        house = app.build(
            settings, store, clock, lambda *_: RecordedFeed({script.SYMBOL: shown}, SOURCE),
            pace=Unspaced(), make_deliver=WAYS[order.way], make_research=lambda _: ScriptedResearch(),
        )  # fmt: skip
        asyncio.run(_lived(order, house, clock))


def _death(way: Sequence[str], executed: bool, nth: int) -> Callable[[str], None]:
    """Ends the process the nth time that such statements have come one behind the other, with others between them.

    That is as the last of them begins or, where it is to be executed, as the next statement does.
    """
    left = [*(nth - 1) * [way[0]], *way, *([""] if executed else [])]

    def trace(statement: str) -> None:
        if statement.startswith(left[0]):
            left.pop(0)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    return trace


async def _lived(order: Order, house: app.House, clock: Clock) -> None:
    delivering = asyncio.create_task(house.deliver.run())
    listening = asyncio.create_task(_listen(house))
    watch = Watch(house.store, house.feed, clock, tell=house.deliver.wake)
    while order.ends_at is None or clock() <= order.ends_at or _owes(house, clock):
        if house.store.db["alerts"].count >= order.wishes:
            await watch.poll(house.rota.watched[0])
            clock.forward(60)
        await asyncio.sleep(_BETWEEN_POLLS_S)
    delivering.cancel()
    listening.cancel()
    await asyncio.wait([delivering, listening])


def _owes(house: app.House, clock: Clock) -> bool:
    depth = house.store.outbox.depth(int(clock()))
    return depth.due + depth.kept > 0


async def _listen(house: app.House) -> None:
    await house.chat.connect()
    await house.listen.run()


if __name__ == "__main__":
    live()
