"""The one thread in which yfinance runs. Knows nothing of prices; never waited for at the end of the program."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from math import inf
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """One daemon thread: stuck, it keeps neither the loop nor the end of the program waiting.

    (The threads of an executor are joined at exit, however long that takes.)
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._begun_at = 0.0
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._last: Future[Any] | None = None
        self._thread = threading.Thread(target=self._work, name="yahoo", daemon=True)

    @property
    def is_free(self) -> bool:
        return self._last is None or self._last.done()

    @property
    def busy_s(self) -> float:
        """For how long in seconds it has not been free."""
        return 0.0 if self.is_free else self._monotonic() - self._begun_at

    def run(self, task: Callable[[], T]) -> "asyncio.Future[T]":
        """Do the task in the thread, which starts with the first one."""
        if self._thread.ident is None:
            self._thread.start()
        future: Future[T] = Future()
        self._last, self._begun_at = future, self._monotonic()
        self._tasks.put(lambda: _settle(future, task))
        return asyncio.wrap_future(future)

    def stop(self) -> None:
        """End the thread after what it is doing; nothing is run any more."""
        self._last, self._begun_at = Future(), inf  # never done: a stopped worker is not free again, nor lost
        self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()


def _settle(future: "Future[T]", task: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001 - raised again where the future is awaited
        future.set_exception(error)
