"""A database that cannot be written is told without it: once, to the owner, and its end once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.chats.telegram_chat import TelegramChat
from bot.jobs.alarm import PATIENCE_S, Alarm
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.stuck import StuckChat
from tests.fakes.telegram import DROP, FakeTelegram

OWNER, OTHER = 7, 8
FULL = "database or disk is full"


@pytest.fixture
def clock() -> Clock:
    return Clock(1_759_413_600)


@pytest.fixture
async def alarm(store: Store, telegram: FakeTelegram, clock: Clock) -> AsyncIterator[Alarm]:
    for chat in (OWNER, OTHER):
        store.chats.add(chat, "private", "paired", chat, 0)
    messenger = TelegramChat(telegram.token, telegram.base_url, timeout_s=5)
    yield Alarm(store, messenger, clock)
    await messenger.close()


async def beats(alarm: Alarm, clock: Clock, well: bool, seconds: int) -> None:
    for _ in range(0, seconds, 15):
        clock.now += 15
        await (alarm.write_worked() if well else alarm.write_failed(FULL))


def told(telegram: FakeTelegram) -> list[tuple[int, str]]:
    return [(sent.chat_id, sent.text[0]) for sent in telegram.sent]


async def test_the_owner_is_told_once_and_once_when_it_is_over(
    alarm: Alarm, store: Store, clock: Clock, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.jobs.alarm")
    store.remember("owner", OWNER)
    await beats(alarm, clock, True, 15)
    await beats(alarm, clock, False, 600)
    await beats(alarm, clock, True, 60)
    assert told(telegram) == [(OWNER, "⚠"), (OWNER, "✅")]
    assert "after 10 min" in telegram.sent[1].text
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


async def test_without_an_owner_everybody_is(alarm: Alarm, clock: Clock, telegram: FakeTelegram) -> None:
    await beats(alarm, clock, True, 15)
    await beats(alarm, clock, False, 120)
    assert told(telegram) == [(OWNER, "⚠"), (OTHER, "⚠")]


async def test_another_programs_turn_is_no_alarm(alarm: Alarm, clock: Clock, telegram: FakeTelegram) -> None:
    for _ in range(5):
        await beats(alarm, clock, True, 15)
        await beats(alarm, clock, False, PATIENCE_S - 15)
    assert told(telegram) == []


async def test_whoever_cannot_be_reached_is_told_at_a_later_beat(
    alarm: Alarm, clock: Clock, telegram: FakeTelegram
) -> None:
    await beats(alarm, clock, True, 15)
    telegram.script("sendMessage", DROP)
    await beats(alarm, clock, False, 150)
    assert told(telegram) == [(OTHER, "⚠"), (OWNER, "⚠")]


async def test_a_send_that_never_ends_holds_up_no_heartbeat(store: Store, clock: Clock) -> None:
    for chat in (OWNER, OTHER):
        store.chats.add(chat, "private", "paired", chat, 0)
    messenger = StuckChat("send")
    alarm = Alarm(store, messenger, clock, longest_s=0.01)
    await beats(alarm, clock, True, 15)
    await asyncio.wait_for(beats(alarm, clock, False, 120), 5)
    assert [chat for chat, _ in messenger.told] == [OWNER, OTHER]
