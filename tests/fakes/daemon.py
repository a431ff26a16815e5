"""The whole daemon as a process of its own, led to the loopback Yahoo and Telegram by its environment alone.

It is born in a nursery, which saves it two seconds of imports, unless it is wanted fresh.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.nursery import MAIN, ROOT, Child, program, shared
from tests.fakes.telegram import FakeTelegram
from tests.fakes.yahoo import FakeYahoo
from tests.leaks import arguments_of, leaking

__all__ = ["CHAT", "ROOT", "Daemon"]

CHAT = 7
_ENDS_WITHIN_S = 15


class Daemon:
    """`targetwatch run` in a folder of its own: a poll a second at any hour; may be started again and again."""

    def __init__(self, folder: Path, yahoo: FakeYahoo, telegram: FakeTelegram | None, **environment: str) -> None:
        self.folder = folder
        self.yahoo = yahoo
        self.log = folder / "log.txt"
        self.database = folder / "data" / "targetwatch.db"
        self.environment = _environment(folder, yahoo, telegram) | environment
        self.arguments: list[str] = []
        self.process: subprocess.Popen[bytes] | Child | None = None
        self._is_fresh = "LD_PRELOAD" in environment  # a fork cannot obey what the loader is told

    def fresh(self) -> "Daemon":
        """Itself, that from now on begins from nothing."""
        self._is_fresh = True
        return self

    def start(self) -> "Daemon":
        """Start it and wait until it has asked for prices once."""
        asked = len(self.yahoo.charts)
        self.launch()
        assert self.yahoo.wait_for_charts(asked + 1, 30), self.said()
        assert self.process is not None
        assert leaking([arguments_of(self.process.pid)], "arguments") == []
        return self

    def launch(self) -> "Daemon":
        """Start it without waiting for anything."""
        arguments = ["run", "--log-level", "DEBUG", *self.arguments]
        self.process = self._begun(arguments) if self._is_fresh else self._born(arguments)
        return self

    def _begun(self, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def _born(self, arguments: Sequence[str]) -> Child:
        return shared().bear(MAIN, arguments, self.folder, self.environment, self.log)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command of the program in the same place."""
        done = program(arguments, self.folder, self.environment)
        assert leaking([done.stdout, done.stderr], f"output of {arguments}") == []
        return done

    def polls(self, count: int) -> None:
        """Wait until it has looked, and acted on what it saw, so many times more; 0 waits for the looks begun."""
        assert self.yahoo.wait_for_charts(len(self.yahoo.charts) + count + 1, 30), self.said()

    def stop(self) -> tuple[int, float]:
        """SIGTERM; the exit code and the seconds it took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_ENDS_WITHIN_S), time.monotonic() - begun

    def ends(self) -> int:
        """Wait for it to end by itself; the exit code."""
        assert self.process is not None
        return self.process.wait(30)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(_ENDS_WITHIN_S)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


def _environment(folder: Path, yahoo: FakeYahoo, telegram: FakeTelegram | None) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    chat = {}
    if telegram is not None:
        chat = {
            "TELEGRAM_TOKEN": telegram.token,
            "TARGETWATCH_TELEGRAM__BASE_URL": telegram.base_url,
            "TARGETWATCH_TELEGRAM__CHATS": f"[{CHAT}]",
        }
    return {
        **inherited, **yahoo.environment, **chat,
        "HOME": str(folder), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1",
        "TARGETWATCH_SCHEDULE__POLL_SECONDS": "1",
        "TARGETWATCH_SCHEDULE__SESSIONS": '["always"]',
    }  # fmt: skip
