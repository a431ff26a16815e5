"""Weeks of operation in minutes: `python -m tests.soak --days 28`; what grows although it should not?

The daemon's own parts on a clock that runs ahead: simulated bars, alerts that keep crossing, people who keep typing,
the real python-telegram-bot, the hourly copies and the retention. The loopback Telegram lives in another process, so
that only the daemon's memory is measured.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import build
from bot.core.analysts import RatingAction
from bot.core.market import Bar, Session
from bot.feeds import Feed, Researched, SessionAt
from bot.feeds.simulated import SimulatedFeed
from bot.jobs.days import RETRY_S
from bot.jobs.upkeep import LOOK_S
from bot.liveness.health import beat
from bot.parts import FeedMaker
from bot.settings import Settings, load
from bot.store import Store, open_store
from bot.store.backups import copies, damage
from tests.fakes.research import ScriptedResearch, earnings, said
from tests.fakes.telegram import TOKEN, FakeTelegram

BEGIN = 1_759_708_800  # Monday, 6 October 2025, midnight UTC
CHAT = 7
DAY = 86_400

BAR_BYTES, QUOTE_BYTES, MESSAGE_BYTES = 74, 42, 1_500
"""What one row costs, its indices included: measured on a year of one stock; of a message what it tells varies."""

TYPED = (
    "/price", "/levels", "/alert above {line}", "/alerts", "/why 1", "/status", "/history 30d", "/alert abvoe {line}",
    "/delete 9", "crosses {line} once", "/test above {line}", "/export csv crossings", "nonsense", "/mute 1h",
    "/resume",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds between two looks and between two things typed, and what is typed in turn."""

    look_s: int
    type_s: int
    typed: tuple[str, ...]


THOROUGH, QUICK = Effort(60, 900, (*TYPED, "/chart 5d")), Effort(900, 7_200, TYPED)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the process and its database, at the end of a simulated day."""

    day: int
    memory_kb: int
    handles: int
    threads: int
    database_bytes: int
    computed_bytes: int
    told: int
    backups: int
    oldest_minute_days: int


class Soak:
    """The daemon on a clock of its own, lived through minute by minute."""

    def __init__(self, folder: Path, base_url: str, token: str, days: int, effort: Effort) -> None:
        self.now = float(BEGIN)
        self.effort = effort
        self.settings = load(None, _environment(folder, base_url, token))
        self.store = open_store(self.settings.storage.path)
        _fill_the_past(self.store)
        self.house = build(
            self.settings, self.store, self._clock, _simulated(days), self._clock,
            make_research=lambda _: ScriptedResearch(*(_opinion(day) for day in range(days))),
        )  # fmt: skip
        self._offset_name = f"offset/{token.partition(':')[0]}"

    def _clock(self) -> float:
        return self.now

    async def day(self, number: int) -> Reading:
        """Live through one day; what it has come to."""
        for at in range(BEGIN + number * DAY, BEGIN + (number + 1) * DAY, self.effort.look_s):
            self.now = float(at)
            await self._minute(at)
        gc.collect()
        return self._reading(number)

    async def _minute(self, at: int) -> None:
        jobs, (watched,) = self.house.jobs, self.house.rota.watched
        if watched.hours.session_at(at) is not Session.CLOSED:
            await jobs.watch.poll(watched)
        if at % RETRY_S == 0:
            await jobs.days.keep(watched)
        if at % self.effort.type_s == 0:
            turn = at // self.effort.type_s
            await self._listen(self.effort.typed[turn % len(self.effort.typed)].format(line=180 + turn % 15))
        if at % LOOK_S == 0:
            await jobs.upkeep.look()
            await jobs.researcher.look(watched)
        jobs.closes.look([watched])
        jobs.reminders.look([watched])
        beat(self.store, [watched], self.effort.look_s, at)
        await jobs.alarm.write_worked()
        await self.house.deliver.drain()

    async def _listen(self, text: str) -> None:
        """Have somebody type, who lives in the other process, and answer."""
        print(json.dumps({"type": text}), flush=True)
        sys.stdin.readline()
        for incoming in await self.house.chat.receive(int(self.store.fact(self._offset_name) or 0)):
            await self.house.listen.take(incoming)

    def _reading(self, number: int) -> Reading:
        sizes = {"bars": BAR_BYTES, "quotes": QUOTE_BYTES, "outbox": MESSAGE_BYTES}
        computed = sum(size * _count(self.store, table) for table, size in sizes.items())
        return Reading(
            number, _memory_kb(), _entries("fd"), _entries("task"), self.store.size_bytes(), computed,
            self.store.crossings.count(), len(copies(self.settings.storage.path)),
            (int(self.now) - (self.store.history.first_minute("BABA") or 0)) // DAY,
        )  # fmt: skip

    async def end(self) -> None:
        await self.house.chat.close()
        self.house.feed.close()
        self.store.close()


def _environment(folder: Path, base_url: str, token: str) -> dict[str, str]:
    return {
        "TARGETWATCH_STORAGE__PATH": str(folder / "t.db"),
        "TARGETWATCH_STORAGE__KEEP_MINUTE_BARS": "30d",
        "TARGETWATCH_TELEGRAM__BASE_URL": base_url,
        "TARGETWATCH_TELEGRAM__CHATS": f"[{CHAT}]",
        "TELEGRAM_TOKEN": token,
    }


def _simulated(days: int) -> FeedMaker:
    """A price that goes to and fro over the levels at 190 and 192, hour after hour of every trading day."""
    waypoints = [
        (BEGIN + day * DAY + 14 * 3600 + hour * 3600, 187.0 + (day * 7 + hour * 3) % 11)
        for day in range(days) if day % 7 < 5 for hour in range(6)
    ]  # fmt: skip

    def make(settings: Settings, session_at: Mapping[str, SessionAt], zones: Mapping[str, str]) -> Feed:
        return SimulatedFeed({"BABA": waypoints}, session_at, volatility_pct=0.1)

    return make


def _opinion(day: int) -> Researched:
    """What analysts say on a day: a mean that wanders, three firms that speak in turn, a report every month."""
    firm, at = ("JP Morgan", "Bernstein", "Citigroup")[day % 3], BEGIN + day * DAY
    action = RatingAction(firm, at, "main", "Buy", "Buy", 200.0 + day % 11, 200.0)
    return said(185.0 + day % 9, action, dates=(earnings(f"2025-{10 + (day // 30) % 2}-28"),))


def _fill_the_past(store: Store) -> None:
    """Minutes of the weeks before, so that there is something to thin."""
    starts = [BEGIN - ago * DAY + 14 * 3600 for ago in range(1, 36)]
    with store.transaction():
        for start in starts:
            store.history.add_bars("BABA", [Bar(start + 60 * place, 188, 189, 187, 188, 1) for place in range(390)])


def _memory_kb() -> int:
    """Resident now, not at most."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _entries(kind: str) -> int:
    return sum(1 for _ in Path("/proc/self", kind).iterdir())


def _count(store: Store, table: str) -> int:
    return int(store.db.execute(f"select count(*) from {table}").fetchone()[0])


async def live(folder: Path, base_url: str, token: str, days: int, effort: Effort) -> None:
    """The measured process: a line of JSON for each reading, and one for each thing that somebody should type."""
    soak = Soak(folder, base_url, token, days, effort)
    for number in range(days):
        print(json.dumps(asdict(await soak.day(number))), flush=True)
    await soak.end()


def readings(folder: Path, days: int, *, quick: bool) -> Iterator[Reading]:
    """One a simulated day, from a process of its own."""
    with FakeTelegram() as telegram:
        arguments = ["--live", str(folder), telegram.base_url, "--days", str(days), *(["--quick"] if quick else [])]
        with subprocess.Popen(
            [sys.executable, "-m", "tests.soak", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                if "type" in said:
                    telegram.type(CHAT, CHAT, said["type"])
                    process.stdin.write("\n")
                    process.stdin.flush()
                else:
                    yield Reading(**said)
        assert process.returncode == 0


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=7, help="how many days are lived through")
    parser.add_argument("--quick", action="store_true", help="fewer looks, less typing, no charts")
    parser.add_argument("--live", nargs=2, metavar=("FOLDER", "BASE_URL"))
    asked = parser.parse_args()
    if asked.live:
        folder, base_url = asked.live
        asyncio.run(live(Path(folder), base_url, TOKEN, asked.days, QUICK if asked.quick else THOROUGH))
        return
    print(" ".join(f"{field.name:>18}" for field in fields(Reading)))
    with TemporaryDirectory() as folder:
        for one in readings(Path(folder), asked.days, quick=asked.quick):
            print(" ".join(f"{value:>18,}" for value in asdict(one).values()), flush=True)
        print(f"integrity: {damage(Path(folder) / 't.db') or 'ok'}")


if __name__ == "__main__":
    main()
