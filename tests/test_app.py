"""The parts put together: who is served, and when is looked again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.app import House, build
from bot.chats.terminal_chat import TERMINAL_CHAT
from bot.core.market import Day, Stock
from bot.jobs.days import RETRY_S
from bot.settings import Settings, load
from bot.store import Store
from bot.store.history import FeedHealth
from tests.fakes.feed import ScriptedFeed, answer

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


async def test_days_are_kept_from_the_first_look_on_every_quarter_of_an_hour(store: Store, tmp_path: Path) -> None:
    feed = NotingFeed()
    house = build(settings(tmp_path), store, lambda: NOW, lambda *_: feed)
    house.rota.start()
    await asyncio.wait_for(feed.begun.wait(), 10)
    assert (len(feed.asked), [now for _, now in feed.asked_days]) == (1, [NOW])
    assert house.rota.scheduler.get_job("days").trigger.interval.total_seconds() == RETRY_S
    house.rota.stop()


def test_the_terminal_is_served_only_while_it_is_the_chat(store: Store, tmp_path: Path) -> None:
    telegram = {"TELEGRAM_TOKEN": "1:" + "a" * 35, "TARGETWATCH_TELEGRAM__CHATS": f"[{CHAT}]"}
    served: list[list[int]] = []
    for environment in ({}, telegram, {}):
        build(settings(tmp_path, **environment), store).feed.close()
        served.append([member.chat_id for member in store.chats.members()])
    assert [TERMINAL_CHAT in chats for chats in served] == [True, False, True]
    assert len(store.alerts.of_chat(TERMINAL_CHAT)) == 4
