"""Processes at the price of a fork: one process imports everything once, and bears children that only have to begin.

    child = shared().bear("bot.cli:main", ["run"], folder, environment, log)

A child is what a fresh process would be but for its imports: its own arguments, environment, folder and
streams, and the usual end of a Python process. The nursery runs one thread and opens nothing, so a fork of
it is whole. It alone signals and buries its children: no process id is ever used after its process.
"""

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import Any, Self, TextIO

ROOT = Path(__file__).parents[2]
MAIN = "bot.cli:main"
_LOOK_S = 0.002


class Child:
    """One process; the methods are those of `subprocess.Popen`."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def send_signal(self, number: int) -> None:
        """To a process that has ended it does nothing."""
        self._nursery.ask(signal=number, pid=self.pid)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit code, below 0 the signal that ended it; None while it runs."""
        return self._nursery.ask(pid=self.pid)

    def wait(self, timeout: float) -> int:
        """The exit code once it has ended; raises subprocess.TimeoutExpired."""
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_LOOK_S)
        return code


class Nursery:
    """Runs from `with` to its end, and so do its children; may be asked from any thread."""

    def __init__(self, *modules: str) -> None:
        # Threads of the linear algebra beside the only one would make every fork a half one.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.nursery", *modules], cwd=ROOT, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True,
        )  # fmt: skip
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.communicate(timeout=10)

    def bear(
        self,
        target: str,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        errors: Path | None = None,
    ) -> Child:
        """Call `module:function` in a process of its own, which reads nothing and prints to the end of `log`.

        What it prints to standard error goes there too, unless `errors` is another file.
        """
        pid = self.ask(
            target=target, arguments=list(arguments), folder=str(folder), environment=dict(environment),
            log=str(log), errors=str(errors or log),
        )  # fmt: skip
        assert pid is not None
        return Child(self, pid)

    def ask(self, **request: object) -> int | None:
        """One request and its answer."""
        with self._turn:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            answer = self._process.stdout.readline()
        assert answer, "the nursery is gone"
        number = json.loads(answer)
        assert number is None or isinstance(number, int)
        return number


@cache
def shared() -> Nursery:
    """One for all who ask in this process, until it ends."""
    nursery = Nursery("tests.fakes.ready")
    atexit.register(nursery.close)
    return nursery


def program(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> "CompletedProcess[str]":
    """The program with these arguments, from its birth in the shared nursery to its end."""
    with TemporaryDirectory() as streams:
        said, complained = Path(streams) / "out", Path(streams) / "err"
        code = shared().bear(MAIN, arguments, folder, environment, said, complained).wait(60)
        out, err = (path.read_text(encoding="utf-8") for path in (said, complained))
    return subprocess.CompletedProcess(arguments, code, out, err)


class _Mother:
    """The nursery's own side: answers requests until there are no more, or until it is a child."""

    def __init__(self, requests: TextIO, answers: TextIO) -> None:
        self._requests = requests
        self._answers = answers
        self._codes: dict[int, int | None] = {}

    def serve(self) -> Callable[[], object] | None:
        """What this process has to call where it is a child; None at the end of the nursery."""
        answer: int | None
        with suppress(BrokenPipeError):  # who asked is gone: that is the end as well
            for line in iter(self._requests.readline, ""):
                request = json.loads(line)
                if "target" in request:
                    child = os.fork()
                    if child == 0:
                        return _begun(request)
                    answer, self._codes[child] = child, None
                else:
                    answer = self._looked_after(request["pid"], request.get("signal"))
                self._answers.write(json.dumps(answer) + "\n")
                self._answers.flush()
        for pid in self._codes:
            self._looked_after(pid, signal.SIGKILL)
        return None

    def _looked_after(self, pid: int, number: int | None) -> int | None:
        if self._codes[pid] is None:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._codes[pid] = os.waitstatus_to_exitcode(status)
            elif number is not None:
                os.kill(pid, number)
        return self._codes[pid]


def _begun(request: Mapping[str, Any]) -> Callable[[], object]:
    """Become the process that was asked for; what is left is to call this."""
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    _lead(0, os.devnull, os.O_RDONLY)
    _lead(1, request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    _lead(2, request["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.argv = [request["target"], *request["arguments"]]
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (the old one may have read ahead)
    module, _, function = request["target"].partition(":")
    called = getattr(import_module(module), function)
    assert callable(called)
    return called  # type: ignore[no-any-return]


def _lead(stream: int, path: str, flags: int) -> None:
    file = os.open(path, flags, 0o600)
    os.dup2(file, stream)
    os.close(file)


def _main() -> None:
    for module in sys.argv[1:]:
        import_module(module)
    assert threading.active_count() == 1, "a fork would lose all threads but one"
    gc.collect()
    gc.freeze()  # no collection touches, and so copies, what all children share
    begin = _Mother(sys.stdin, sys.stdout).serve()
    if begin is not None:
        sys.exit(begin())  # type: ignore[arg-type]


if __name__ == "__main__":
    _main()
