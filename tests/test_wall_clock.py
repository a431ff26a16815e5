"""The whole daemon while its wall clock is moved under it, as a machine does that was asleep."""

import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chats.terminal_chat import plain_text
from tests.fakes.daemon import CHAT, ROOT, Daemon
from tests.fakes.telegram import FakeTelegram
from tests.fakes.yahoo import FakeYahoo

HOUR = 3600
SOON_S = 8
"""Within a second it is, on a machine at rest; the plan without a wake would come after ten minutes."""

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is here")


class WallClock:
    """The wall clock that the daemon sees; `shift` moves it, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._file, shim = folder / "ahead", folder / "wall_clock.so"
        self.shift(0)
        source = ROOT / "tests" / "fakes" / "wall_clock.c"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(shim), "WALL_CLOCK_FILE": str(self._file)}

    def __call__(self) -> float:
        return time.time() + self._ahead_s

    def shift(self, ahead_s: int) -> None:
        self._ahead_s = ahead_s
        with self._file.open("r+b" if self._file.exists() else "w+b") as file:  # one page, which is mapped
            file.write(struct.pack("d", float(ahead_s)))


@pytest.fixture
def wall(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path)


@pytest.fixture
def yahoo(wall: WallClock) -> Iterator[FakeYahoo]:
    with FakeYahoo(wall) as fake:
        fake.push_price("BABA", 188.5)
        yield fake


@pytest.fixture
def daemon(tmp_path: Path, wall: WallClock, yahoo: FakeYahoo, telegram: FakeTelegram) -> Iterator[Daemon]:
    slow = {"TARGETWATCH_SCHEDULE__POLL_SECONDS": "600"}
    daemon = Daemon(tmp_path, yahoo, telegram, **wall.environment, **slow).start()
    assert yahoo.wait_for_day_charts(1), daemon.said()  # which come after the first look
    yield daemon
    daemon.kill()


def new_york(at: float) -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo('America/New_York')):%H:%M}"


def test_after_six_hours_asleep_it_looks_at_once_and_tells_once_what_was_crossed_with_each_time(
    daemon: Daemon, wall: WallClock, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    asleep_at = time.time()
    crossed = {asleep_at + HOUR: 190.5, asleep_at + 2 * HOUR: 193.0, asleep_at + 5 * HOUR: 188.0}
    for at, price in crossed.items():
        yahoo.push_price("BABA", price, at=int(at))
    asked = len(yahoo.charts)
    wall.shift(6 * HOUR)
    assert yahoo.wait_for_charts(asked + 1, SOON_S), daemon.said()
    told = plain_text(telegram.wait_for_sent(1, SOON_S)[0].text)
    assert told.startswith("🕰 While targetwatch was away"), told
    assert [new_york(at) in told for at in crossed] == [True, True, True]
    asked = len(yahoo.charts)
    wall.shift(5 * HOUR)  # somebody sets it right: back
    assert yahoo.wait_for_charts(asked + 1, SOON_S), daemon.said()
    telegram.type(CHAT, CHAT, "/price")
    assert "188.00" in telegram.wait_for_sent(2)[1].text
    assert (len(telegram.sent), "Traceback" in daemon.said()) == (2, False), daemon.said()
