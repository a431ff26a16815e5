"""The whole daemon as a process of its own, led to the loopback Yahoo and Telegram by its environment alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.fakes.telegram import FakeTelegram
from tests.fakes.yahoo import FakeYahoo
from tests.leaks import arguments_of, leaking

ROOT = Path(__file__).parents[2]
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
        self.process: subprocess.Popen[bytes] | None = None

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
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--log-level", "DEBUG", *self.arguments],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        return self

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command of the program in the same place."""
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *arguments], cwd=self.folder, env=self.environment, timeout=60,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert leaking([ended.stdout, ended.stderr], f"output of {arguments}") == []
        return ended

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
            self.process.wait()

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
