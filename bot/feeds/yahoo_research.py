"""What analysts say, from Yahoo: a child process that asks, `yahoo_analysts.py`, and the end of its time.

It never holds up the loop, starts no second child beside one, and gives the child none of our secrets.
"""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.core.market import Stock
from bot.feeds import FaultKind, Part, Researched
from bot.feeds.yahoo import make_private
from bot.feeds.yahoo_lines import Hearing, Question, asked

log = logging.getLogger(__name__)

_HOME = str(Path(__file__).parents[2])
# By this and not by -m: that would take modules from the working directory before all others.
_START = f"import sys; sys.path.append({_HOME!r}); from bot.feeds.yahoo_analysts import main; main()"
PROGRAM = (sys.executable, "-P", "-c", _START)

_SECRET = ("TELEGRAM_", "TARGETWATCH_")  # the latter may hold any setting, the token and addresses with keys
_LONGEST_LINE = 2**20
_REAP_S = 5


class YahooResearch:
    """One look at a stock is one child process, which ends with it."""

    def __init__(self, cache_dir: Path, deadline_s: float = 60, program: Sequence[str] = PROGRAM) -> None:
        """`cache_dir` is that of the prices, whose cookie is used, and as private; OSError where it cannot be made so.

        `deadline_s` bounds the life of a child, its start included.
        """
        make_private(cache_dir)
        self._cache_dir = cache_dir
        self._deadline_s = deadline_s
        self._program = program
        self._process: Process | None = None
        self._is_closed = False
        self._turn = asyncio.Lock()

    async def research(
        self, stock: Stock, zone: str, parts: Collection[Part], most_requests: int, now: int
    ) -> Researched:
        """See `Research`; parts that were answered before the child's time was over count.

        Its time begins with its turn: where another stock is being looked at, this one waits for that.
        """
        inquired = tuple(part for part in Part if part in parts)
        # The child's own requests end a little before its life, so that it can say what is missing.
        seconds = self._deadline_s * 0.9
        question = Question(stock.symbol, zone, inquired, most_requests, now, seconds, str(self._cache_dir))
        hearing = Hearing(stock.symbol, inquired)
        async with self._turn:
            rest = await self._listen(question, hearing) if inquired else FaultKind.UNREADABLE
        if hearing.sorts:
            log.debug("yahoo of the analysts symbol=%s errors=%s", stock.symbol, ",".join(hearing.sorts))
        return hearing.end(rest)

    def close(self) -> None:
        self._is_closed = True
        if self._process is not None:
            _kill(self._process)

    async def _listen(self, question: Question, hearing: Hearing) -> FaultKind:
        """Hear all a child says; gives why it said no more."""
        try:
            self._process = process = await self._begun()
        except OSError as error:  # no memory, no process to be had
            hearing.sorts.append(type(error).__name__)
            return FaultKind.UNREADABLE
        try:
            async with asyncio.timeout(self._deadline_s):
                await _converse(process, asked(question), hearing)
        except TimeoutError:
            return FaultKind.TIMEOUT
        finally:
            _kill(process)
            await _reap(process)
            self._process = None
        return FaultKind.UNREADABLE

    async def _begun(self) -> Process:
        if self._is_closed:
            raise ProcessLookupError("closed")
        # A session of its own: Ctrl-C in the terminal is for the daemon, which ends the child in its own time.
        return await asyncio.create_subprocess_exec(
            *self._program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
            env=_harmless(os.environ), limit=_LONGEST_LINE, start_new_session=True,
        )  # fmt: skip


async def _converse(process: Process, question: str, hearing: Hearing) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{question}\n".encode())
    process.stdin.close()
    with suppress(ValueError):  # a line longer than any answer
        while not hearing.is_over and (line := await process.stdout.readline()):
            hearing.hear(line)


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


async def _reap(process: Process) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _REAP_S)


def _harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what is secret; proxies, certificates and the time zone stay."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(_SECRET)}
