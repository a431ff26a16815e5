"""A thread that sees whether the event loop still turns, which cannot be seen from within it.

It writes down where the loop stands, and where that goes on ends the program, so that whoever started
it starts it again. The database survives any end.
"""

import faulthandler
import os
import select
import sys
from collections.abc import Callable
from threading import Event, Thread

EVERY_S = 5.0
"""How often in seconds it looks. It counts looks, not seconds: in a process that is halted, neither goes on."""

DUMP_AFTER = 12
"""After so many looks in vain, a minute, it writes down where every thread stands,"""

END_AFTER = 60
"""and after so many, five minutes, it ends the program."""

STUCK = 1
"""How the program then exits: like after any other crash."""


def end_program() -> None:
    """At once, whatever the other threads are in the middle of."""
    os._exit(STUCK)


def dump() -> None:
    """Every thread's place in the code, and no values, to standard error: only where that can be written.

    Where nobody reads it any more this would hang like the loop may do.
    """
    if select.select([], [sys.stderr], [], 0)[1]:
        sys.stderr.write("The event loop stands still. Where every thread is:\n")
        sys.stderr.flush()
        faulthandler.dump_traceback(sys.stderr, all_threads=True)


class Sentry:
    """Expects a beat between any two of its looks."""

    def __init__(
        self,
        every_s: float = EVERY_S,
        dump: Callable[[], None] = dump,
        end: Callable[[], None] = end_program,
    ) -> None:
        self._every_s = every_s
        self._dump = dump
        self._end = end
        self._beats = self._seen = self._in_vain = 0
        self._over = Event()

    def beat(self) -> None:
        """The loop turns. May be called from any thread."""
        self._beats += 1

    def start(self) -> None:
        Thread(target=self._watch, name="sentry", daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def look(self) -> None:
        """Count whether there was a beat since the last look, and act on it."""
        self._in_vain = self._in_vain + 1 if self._beats == self._seen else 0
        self._seen = self._beats
        if self._in_vain == DUMP_AFTER:
            self._dump()
        if self._in_vain == END_AFTER:
            self._end()

    def _watch(self) -> None:
        while not self._over.wait(self._every_s):
            self.look()
