"""How long the program takes to start, and how much memory the idle daemon holds.

Against processes that import the libraries it cannot do without. Memory is read where Linux shows it.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figure import Figure, Pairs
from tests.fakes.daemon import ROOT, Daemon
from tests.fakes.telegram import FakeTelegram
from tests.fakes.yahoo import FakeYahoo

_LIBRARIES = "import telegram, yfinance; print(flush=True); input()"

TwoCosts = tuple[float, float]


def measure(quick: bool) -> Iterator[Figure]:
    yield from _start(*((1, False) if quick else (12, True)))
    if Path("/proc/self/smaps_rollup").exists():
        yield from _memory(*((1, 1) if quick else (4, 5)))
    else:
        print("memory: not measured, there is no /proc/self/smaps_rollup here")


def _start(pairs: int, warm_up: bool) -> Iterator[Figure]:
    wall, cpu = _alternate_both(
        lambda: _run("-m", "bot", "--version"), lambda: _run("-c", "import yfinance"), pairs, warm_up=warm_up
    )
    yield Figure("start", "targetwatch --version", "python -c 'import yfinance'", wall, at_most=0.3)
    yield Figure("start (CPU)", "its processor time", "that of the import", cpu)


def _memory(pairs: int, polls: int) -> Iterator[Figure]:
    resident, proportional = _alternate_both(lambda: _idle_daemon(polls), _libraries, pairs)
    libraries = "a process that imports yfinance and telegram"
    yield Figure("memory", f"resident, the daemon after {polls} polls", libraries, resident, at_most=1.3, unit="bytes")
    yield Figure("memory (PSS)", "its proportional share", libraries, proportional, unit="bytes")


def _alternate_both(
    dividend: Callable[[], TwoCosts], divisor: Callable[[], TwoCosts], pairs: int, *, warm_up: bool = False
) -> tuple[Pairs, Pairs]:
    """Two costs of each, measured in turns: the pairs of the first and of the second cost."""
    if warm_up:
        dividend(), divisor()
    measured = [(dividend(), divisor()) for _ in range(pairs)]
    return [(one[0], other[0]) for one, other in measured], [(one[1], other[1]) for one, other in measured]


def _run(*arguments: str) -> TwoCosts:
    """A Python process from start to end, in seconds: of wall time, of processor time."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} ended with {process.returncode}")
    return wall_s, usage.ru_utime + usage.ru_stime


def _idle_daemon(polls: int) -> TwoCosts:
    with tempfile.TemporaryDirectory() as folder, FakeYahoo() as yahoo, FakeTelegram() as telegram:
        yahoo.push_price("BABA", 158.0)
        daemon = Daemon(Path(folder), yahoo, telegram).fresh()
        try:
            daemon.start().polls(polls)
            assert daemon.process is not None
            return _memory_of(daemon.process.pid)
        finally:
            daemon.kill()


def _libraries() -> TwoCosts:
    with subprocess.Popen(
        [sys.executable, "-c", _LIBRARIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        memory = _memory_of(process.pid)
        process.communicate("\n")
        return memory


def _memory_of(pid: int) -> TwoCosts:
    """What a process holds in bytes: resident, and its proportional share of what others hold too."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    fields = {name: int(kilobytes) * 1024 for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", rollup, re.M)}
    return fields["Rss"], fields["Pss"]
