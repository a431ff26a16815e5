"""The parts put together: who is served, and when is looked again."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.app import Exit, House, build, run
from bot.chats import ChatKind, Incoming
from bot.chats.terminal_chat import TERMINAL_CHAT
from bot.core.events import Restored
from bot.core.market import Day, Stock
from bot.feeds import FaultKind, FeedError
from bot.jobs.days import RETRY_S
from bot.jobs.research import LOOK_S as RESEARCH_S
from bot.settings import Settings, load
from bot.store import Store
from bot.store.history import FeedHealth
from tests.fakes.feed import ScriptedFeed, answer
from tests.fakes.research import ScriptedResearch
from tests.fakes.telegram import FakeTelegram, slow_down, unauthorized

NOW = 1_759_536_075  # Friday, 3 October 2025, 20:01 in New York: nothing is planned before Monday
CHAT = 7


def settings(folder: Path, **environment: str) -> Settings:
    return load(None, {"TARGETWATCH_STORAGE__PATH": str(folder / "t.db"), **environment})


@pytest.fixture
async def house(store: Store, tmp_path: Path) -> AsyncIterator[House]:
    built = build(settings(tmp_path), store)
    built.rota.scheduler.start(paused=True)
    yield built
    built.rota.scheduler.shutdown()
    built.feed.close()


def planned(house: House) -> int | None:
    job = house.rota.scheduler.get_job("again/BABA")
    return None if job is None else int(job.next_run_time.timestamp())


async def looked(house: House, health: FeedHealth) -> int | None:
    house.store.history.note_feed(health)
    house.rota.look_again(house.rota.watched[0], NOW)
    return planned(house)


async def test_a_look_that_failed_before_a_long_pause_is_made_again_soon(house: House) -> None:
    assert await looked(house, FeedHealth("BABA", NOW, failures=1, fault="timeout")) == NOW + 60


async def test_looking_again_waits_as_long_as_the_source_asked_for(house: House) -> None:
    assert await looked(house, FeedHealth("BABA", NOW, failures=1, retry_at=NOW + 900)) == NOW + 900


async def test_a_good_look_is_not_made_again(house: House) -> None:
    assert await looked(house, FeedHealth("BABA", NOW, good_at=NOW)) is None


async def test_a_look_that_failed_is_not_made_again_where_the_next_one_is_near(house: House) -> None:
    near = datetime.fromtimestamp(NOW + 30, UTC)
    house.rota.scheduler.add_job(print, "date", run_date=near, id="poll/BABA")
    assert await looked(house, FeedHealth("BABA", NOW, failures=1)) is None


class NotingFeed(ScriptedFeed):
    """Says when it is first asked for days, of which it has none."""

    def __init__(self) -> None:
        super().__init__(answer())
        self.begun = asyncio.Event()

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        self.begun.set()
        return await super().days(stock, since, now)


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ValueError("x"), "job failed"), (sqlite3.OperationalError("full"), "database not writable")],
)
async def test_a_job_that_fails_is_counted_and_its_next_run_comes(house: House, error: Exception, kind: str) -> None:
    async def fail() -> None:
        raise error

    for _ in range(2):
        await house.rota._guarded(fail)()
    assert house.store.faults.recent(int(time.time())) == {"program": {kind: 2}}


async def test_days_are_kept_from_the_first_look_on_every_quarter_of_an_hour(store: Store, tmp_path: Path) -> None:
    feed = NotingFeed()
    house = build(settings(tmp_path), store, lambda: NOW, lambda *_: feed)
    house.rota.start()
    await asyncio.wait_for(feed.begun.wait(), 10)
    assert (len(feed.asked), [now for _, now in feed.asked_days]) == (1, [NOW])
    assert house.rota.scheduler.get_job("days").trigger.interval.total_seconds() == RETRY_S
    house.rota.stop()


async def test_the_analysts_are_asked_every_minute_that_they_are_due_but_not_at_once(
    store: Store, tmp_path: Path
) -> None:
    feed, research = NotingFeed(), ScriptedResearch()
    house = build(settings(tmp_path), store, lambda: NOW, lambda *_: feed, make_research=lambda _: research)
    house.rota.start()
    await asyncio.wait_for(feed.begun.wait(), 10)
    job = house.rota.scheduler.get_job("research")
    assert (research.asked, job.trigger.interval.total_seconds()) == ([], RESEARCH_S)
    await job.func()
    assert [now for now, *_ in research.asked] == [NOW]
    house.rota.stop()


@pytest.mark.parametrize(
    ("method", "status"), [("getMe", 404), ("getUpdates", 401), ("getUpdates", 404), ("sendMessage", 404)]
)
async def test_a_rejected_token_ends_the_daemon_with_4_says_why_and_keeps_what_is_owed(
    store: Store, tmp_path: Path, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, method: str, status: int
) -> None:
    telegram.script(method, unauthorized(status))
    store.outbox.owe([CHAT], Restored("BABA", NOW - 90, NOW), NOW, NOW if method == "sendMessage" else 2 * NOW)
    feed = ScriptedFeed(FeedError("BABA", FaultKind.TIMEOUT))
    end = await asyncio.wait_for(run(_over(telegram, tmp_path), store, lambda *_: feed), 20)
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert (end, store.outbox.owes_anything(), store.outbox.depth(NOW).dead) == (Exit.TOKEN_REJECTED, True, 0)
    assert said == ["Telegram rejects the token; check TELEGRAM_TOKEN, or ask @BotFather for a new one"]


async def test_systemd_is_not_told_of_a_stop_where_a_copy_takes_the_place_of_the_database(
    store: Store, tmp_path: Path, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage = sqlite3.DatabaseError("database disk image is malformed")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    store.db.conn.note(damage)  # type: ignore[attr-defined]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{tmp_path}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{tmp_path}")
        feed = ScriptedFeed(FeedError("BABA", FaultKind.TIMEOUT))
        end = await asyncio.wait_for(run(_over(telegram, tmp_path), store, lambda *_: feed), 20)
        heard.setblocking(False)
        told = set[bytes]()
        with suppress(BlockingIOError):
            for _ in range(100):
                told.add(heard.recv(1000).partition(b"=")[0])
    assert (end, told) == (Exit.DAMAGED, {b"READY", b"WATCHDOG"})


def _over(telegram: FakeTelegram, folder: Path) -> Settings:
    served = {"TARGETWATCH_TELEGRAM__BASE_URL": telegram.base_url, "TARGETWATCH_TELEGRAM__CHATS": f"[{CHAT}]"}
    return settings(folder, TELEGRAM_TOKEN=telegram.token, **served)


async def test_replies_and_alerts_keep_one_pace(store: Store, tmp_path: Path, telegram: FakeTelegram) -> None:
    built = build(_over(telegram, tmp_path), store)
    telegram.script("sendMessage", slow_down(300))
    await built.listen.take(Incoming(1, CHAT, ChatKind.PRIVATE, CHAT, "/help"))
    store.outbox.owe([CHAT], Restored("BABA", NOW - 90, NOW), NOW)
    await built.deliver.drain()
    await built.chat.close()
    built.feed.close()
    assert ([method for method, _ in telegram.calls], store.outbox.owes_anything()) == (["sendMessage"], True)


async def test_a_stranger_s_message_waits_for_no_other_writer(store: Store, tmp_path: Path) -> None:
    built, said = build(settings(tmp_path), store), list[str]()
    store.db.conn.set_trace_callback(said.append)
    await built.listen.take(Incoming(1, CHAT, ChatKind.PRIVATE, CHAT, "/help"))
    built.feed.close()
    assert [statement for statement in said if "begin" in statement] == []


def test_the_terminal_is_served_only_while_it_is_the_chat(store: Store, tmp_path: Path) -> None:
    telegram = {"TELEGRAM_TOKEN": "1:" + "a" * 35, "TARGETWATCH_TELEGRAM__CHATS": f"[{CHAT}]"}
    served: list[list[int]] = []
    for environment in ({}, telegram, {}):
        build(settings(tmp_path, **environment), store).feed.close()
        served.append([member.chat_id for member in store.chats.members()])
    assert [TERMINAL_CHAT in chats for chats in served] == [True, False, True]
    assert len(store.alerts.of_chat(TERMINAL_CHAT)) == len(settings(tmp_path).watch["BABA"].alerts)
