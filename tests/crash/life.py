"""One life of the daemon: the real one, but that it polls all the time and goes by the clock of the script."""

import asyncio
import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bot import app
from bot.feeds.recorded import RecordedFeed
from bot.feeds.simulated import SOURCE
from bot.jobs.pace import Pace
from bot.jobs.watch import Watch
from bot.settings import load
from bot.store import open_store
from bot.store.lock import Lock
from tests.crash import script
from tests.crash.controls import WAYS

MOMENTS = {
    "a transaction begins": ("begin immediate", False),
    "the bars are in, nothing else is": ("insert or replace into quotes", False),
    "a crossing is about to be stored": ("insert into crossings", False),
    "a crossing is stored": ("insert into crossings", True),
    "a debt is about to be stored": ("insert into outbox", False),
    "a debt is stored, not committed": ("insert into outbox", True),
    "a commit is about to begin": ("commit", False),
    "a commit is done": ("commit", True),
    "an attempt is about to be noted": ("update outbox set attempts", False),
    "an attempt is noted": ("update outbox set attempts", True),
    "a debt is about to be marked as paid": ("update outbox set status = 'sent'", False),
    "a debt is marked as paid, not committed": ("update outbox set status = 'sent'", True),
    "doubtful sends are about to be found": ("update outbox set in_flight = 0, doubtful = 1", False),
    "a command is about to be carried out": ("insert into alerts", False),
    "a command is carried out, not committed": ("insert into alerts", True),
}
"""Where a life may end by its own hand: how the statement begins, and whether it has been executed."""

ONLY_AT_THE_START = tuple(moment for moment in MOMENTS if moment.startswith("doubtful"))
ONLY_WHEN_TYPED_TO = tuple(moment for moment in MOMENTS if moment.startswith("a command"))
ONLY_OURS = tuple(moment for moment in MOMENTS if moment.startswith("an attempt"))

_BETWEEN_POLLS_S = 0.002
_CYCLES_AHEAD = 3


class Clock:
    """The time of the script, in a file: it survives the lives that move it on."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("q", script.START + 60))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> float:
        return float(struct.unpack("q", self._shared)[0])

    def forward(self, seconds: int) -> None:
        self._shared[:] = struct.pack("q", int(self()) + seconds)


class Unspaced(Pace):
    """A loopback takes any number of messages a second."""

    def note_sent(self, chat_id: int, now: float) -> None:
        """Leaves the chat free."""


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
        asyncio.run(_lived(order, app.build(
            settings, store, clock, lambda *_: RecordedFeed({script.SYMBOL: shown}, SOURCE),
            partial(WAYS[order.way], pace=Unspaced()),
        ), clock))  # fmt: skip


def _death(statement: str, executed: bool, nth: int) -> Callable[[str], None]:
    """Ends the process at the nth such statement: as it begins, or, where it has to be executed, as the next begins."""
    left, passed = nth, False

    def trace(text: str) -> None:
        nonlocal left, passed
        if passed:
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith(statement):
            left -= 1
            passed = left == 0
            if passed and not executed:
                os.kill(os.getpid(), signal.SIGKILL)

    return trace


async def _lived(order: Order, house: app.House, clock: Clock) -> None:
    delivering = asyncio.create_task(house.deliver.run())
    listening = asyncio.create_task(_listen(house))
    watch = Watch(house.store, house.feed, clock, tell=house.deliver.wake)
    while order.ends_at is None or clock() <= order.ends_at or house.store.outbox.depth().pending:
        if house.store.db["alerts"].count >= order.wishes:
            await watch.poll(house.rota.watched[0])
            clock.forward(60)
        await asyncio.sleep(_BETWEEN_POLLS_S)
    delivering.cancel()
    listening.cancel()
    await asyncio.wait([delivering, listening])


async def _listen(house: app.House) -> None:
    await house.chat.connect()
    await house.listen.run()


if __name__ == "__main__":
    live()
