"""The outbox is paid at least once, in order, marked where it is a repeat: rule 11."""

import asyncio
import re
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chats.telegram_chat import TelegramChat
from bot.chats.terminal_chat import TERMINAL_CHAT
from bot.core.alerts import Way
from bot.core.clock import Place
from bot.core.events import Revised
from bot.core.language import Wish
from bot.core.wording import REPEATED
from bot.core.wording.view import View
from bot.jobs.configured import adopt_chats
from bot.jobs.deliver import Deliver
from bot.jobs.lost import find
from bot.jobs.make import make
from bot.store import Store, open_store
from bot.store.backups import copy
from tests.conftest import Clock, full_disk
from tests.fakes.desk import new_york
from tests.fakes.telegram import (
    DROP,
    HANG,
    LOST,
    RESET,
    TOKEN,
    FakeTelegram,
    Scripted,
    bad_request,
    garbage,
    migrated,
    server_error,
    slow_down,
    unauthorized,
)

NOW = 1759411800  # 2 October 2025, 09:30 New York
USER, OTHER, OWNER, GROUP, SUPERGROUP = 7, 8, 1, -1007, -1001007

LATE = Scripted(ends="hang", accepts=True)
UNCLEAR = {
    "accepted, then the connection dropped": LOST,
    "accepted, then no answer in time": LATE,
    "dropped": DROP,
    "reset": RESET,
    "no answer": HANG,
    "500": server_error(),
    "502 in HTML": garbage(status=502),
}


@dataclass(slots=True)
class Post:
    """Delivery with its clocks, over a database and a messenger that outlive it."""

    store: Store
    base_url: str
    timeout_s: float = 5.0
    reachable: Callable[[int], bool] = lambda chat_id: True
    wall: Clock = field(default_factory=lambda: Clock(NOW))
    ticks: Clock = field(default_factory=lambda: Clock(1000.0))
    view_fails: bool = False
    worded: int = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Deliver]:
        chat = TelegramChat(TOKEN, self.base_url, timeout_s=self.timeout_s)
        yield Deliver(self.store, chat, self._view, self.wall, self.ticks, self.reachable)
        await chat.close()

    def _view(self, symbol: str | None) -> View:
        self.worded += 1
        if self.view_fails:
            raise sqlite3.OperationalError("disk I/O error")
        return View(int(self.wall.now), Place("America/New_York"), (), None)

    async def later(self, seconds: float, deliver: Deliver) -> None:
        self.wall.now += seconds
        self.ticks.now += seconds
        await deliver.drain()

    def owe(self, chat_id: int, *prices: int) -> None:
        for price in prices:
            self.store.outbox.owe([chat_id], Revised("BABA", "x", 1.0, price, None, False, NOW), int(self.wall.now))

    def column(self, name: str) -> list[object]:
        return [value for (value,) in self.store.db.execute(f"select {name} from outbox order by id")]


@pytest.fixture
def post(store: Store, telegram: FakeTelegram) -> Post:
    return Post(store, telegram.base_url)


@pytest.fixture
async def deliver(post: Post) -> AsyncIterator[Deliver]:
    async with post.opened() as deliver:
        yield deliver


def arrived(telegram: FakeTelegram) -> list[tuple[int, str]]:
    """(chat, price) of what was accepted, the price with ↻ where the message says that it is a repeat."""
    return [(sent.chat_id, _price(sent.text)) for sent in telegram.sent]


def _price(text: str) -> str:
    found = re.search(r"to ([\d,]+)\.00", text)
    return (found[1] if found else text) + ("↻" if REPEATED in text else "")


@asynccontextmanager
async def under_way(deliver: Deliver) -> AsyncIterator[None]:
    """Delivery as the daemon runs it."""
    task = asyncio.create_task(deliver.run())
    yield
    task.cancel()
    await asyncio.wait([task])


# Accepted, and only then sent


async def test_a_message_is_marked_sent_once_it_is_accepted(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.owe(USER, 188)
    await deliver.drain()
    assert arrived(telegram) == [(USER, "188")]
    assert (post.column("status"), post.column("message_id")) == (["sent"], [telegram.sent[0].message_id])


async def test_an_attempt_is_on_disk_before_it_starts(post: Post, telegram: FakeTelegram, tmp_path: Path) -> None:
    post.timeout_s = 0.5
    telegram.script("sendMessage", HANG)
    post.owe(USER, 188)
    async with post.opened() as deliver:
        paying = asyncio.create_task(deliver.drain())
        await asyncio.to_thread(telegram.wait_for_calls, "sendMessage", 1)
        with sqlite3.connect(tmp_path / "t.db") as elsewhere:
            seen = elsewhere.execute("select status, attempts, in_flight from outbox").fetchall()
        await paying
    assert seen == [("pending", 1, 1)]


async def test_what_is_sent_is_never_sent_again(post: Post, telegram: FakeTelegram, deliver: Deliver) -> None:
    post.owe(USER, 188)
    for _ in range(3):
        await post.later(60, deliver)
    assert arrived(telegram) == [(USER, "188")]


# Repeats


@pytest.mark.parametrize("end", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_after_an_unclear_end_it_is_repeated_and_marked(
    post: Post, telegram: FakeTelegram, end: Scripted
) -> None:
    post.timeout_s = 0.5
    telegram.script("sendMessage", end)
    post.owe(USER, 188)
    async with post.opened() as deliver:
        await deliver.drain()
        assert post.column("status") == ["pending"]
        await post.later(2, deliver)
    assert arrived(telegram)[-1:] == [(USER, "188↻")]
    assert post.column("status") == ["sent"]
    assert post.store.faults.recent(NOW) == {"Telegram": {"unclear": 1}}


async def test_what_was_surely_not_sent_is_repeated_without_a_mark(store: Store, telegram: FakeTelegram) -> None:
    with FakeTelegram() as gone:
        post = Post(store, gone.base_url)
    post.owe(USER, 188)
    async with post.opened() as deliver:
        await deliver.drain()
        assert post.column("fault") == ["not sent"]
        with FakeTelegram(port=gone.port) as back:
            await post.later(2, deliver)
    assert arrived(back) == [(USER, "188")]


async def test_an_unclear_end_is_remembered_through_clear_ones(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    telegram.script("sendMessage", DROP, slow_down(1))
    post.owe(USER, 188)
    for _ in range(3):
        await post.later(2, deliver)
    assert arrived(telegram) == [(USER, "188↻")]


@pytest.mark.parametrize("recovered", [True, False])
async def test_an_attempt_cut_off_by_a_crash_is_repeated_and_marked(
    post: Post, telegram: FakeTelegram, deliver: Deliver, recovered: bool
) -> None:
    post.owe(USER, 188)
    post.store.outbox.begin(post.store.outbox.due(NOW)[0], NOW)
    assert not recovered or post.store.outbox.recover() == 1
    await deliver.drain()
    assert arrived(telegram) == [(USER, "188↻")]


async def test_a_daemon_killed_while_sending_repeats_it_at_its_next_start(
    post: Post, telegram: FakeTelegram, tmp_path: Path
) -> None:
    post.timeout_s = 0.5
    telegram.script("sendMessage", LATE)
    post.owe(USER, 188)
    async with post.opened() as deliver:
        paying = asyncio.create_task(deliver.drain())
        await asyncio.to_thread(telegram.wait_for_sent, 1)
        copy(tmp_path / "t.db", tmp_path / "as the crash left it.db")
        await paying
    post.store = open_store(tmp_path / "as the crash left it.db")
    async with post.opened() as deliver, under_way(deliver):
        await asyncio.to_thread(telegram.wait_for_sent, 2)
    post.store.close()
    assert arrived(telegram) == [(USER, "188"), (USER, "188↻")]


# Order, and who waits for whom


async def test_order_within_a_chat_is_kept_when_the_first_fails(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    telegram.script("sendMessage", DROP, DROP)
    post.owe(USER, 188, 187, 186)
    for _ in range(10):
        await post.later(2, deliver)
    assert arrived(telegram) == [(USER, "188↻"), (USER, "187"), (USER, "186")]


async def test_a_chat_that_fails_delays_no_other(post: Post, telegram: FakeTelegram, deliver: Deliver) -> None:
    telegram.script("sendMessage", DROP)
    post.owe(USER, 188)
    await deliver.drain()
    post.owe(OTHER, 187)
    await deliver.drain()
    assert arrived(telegram) == [(OTHER, "187")]


async def test_a_chat_that_hangs_delays_no_other(post: Post, telegram: FakeTelegram) -> None:
    post.timeout_s = 0.5
    telegram.script("sendMessage", HANG)
    post.owe(USER, 188)
    async with post.opened() as deliver, under_way(deliver):
        await asyncio.to_thread(telegram.wait_for_calls, "sendMessage", 1)
        post.owe(OTHER, 187)
        deliver.wake()
        await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert arrived(telegram) == [(OTHER, "187")]


async def test_one_dead_letter_blocks_nothing(post: Post, telegram: FakeTelegram, deliver: Deliver) -> None:
    telegram.script("sendMessage", bad_request("can't parse entities: unsupported start tag"))
    post.owe(USER, 188)
    await deliver.drain()
    post.owe(USER, 187)
    post.owe(OTHER, 186)
    await post.later(1, deliver)
    assert sorted(arrived(telegram)) == [(USER, "187"), (OTHER, "186")]
    assert post.column("status") == ["dead", "sent", "sent"]


@pytest.mark.parametrize(
    "damage", ["kind = 'from the future'", "facts = '{'", "facts = '{}'", "facts = '7'"]
)  # fmt: skip
async def test_a_row_that_cannot_be_worded_blocks_nothing(
    post: Post, telegram: FakeTelegram, deliver: Deliver, damage: str
) -> None:
    post.owe(USER, 188, 187)
    post.owe(OTHER, 186)
    post.store.db.conn.execute(f"update outbox set {damage} where id = 1")
    await deliver.drain()
    await post.later(1, deliver)
    assert sorted(arrived(telegram)) == [(USER, "187"), (OTHER, "186")]
    assert post.column("status") == ["dead", "sent", "sent"]


async def test_a_database_that_cannot_be_read_for_a_moment_kills_no_message(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.owe(USER, 188)
    post.view_fails = True
    await deliver.drain()
    post.view_fails = False
    await post.later(2, deliver)
    assert arrived(telegram) == [(USER, "188")]


async def test_what_another_messenger_owes_stays_pending(post: Post, telegram: FakeTelegram) -> None:
    post.reachable = lambda chat_id: chat_id != TERMINAL_CHAT
    post.owe(TERMINAL_CHAT, 188)
    post.owe(USER, 187)
    async with post.opened() as deliver:
        await deliver.drain()
    assert arrived(telegram) == [(USER, "187")]
    assert post.column("status") == ["pending", "sent"]


# Chats that go, move, or are rejected


def lost(store: Store) -> dict[int, int | None]:
    return {member.chat_id: member.lost_at for member in store.chats.members()}


async def block(post: Post, telegram: FakeTelegram, deliver: Deliver) -> None:
    """Three messages to a user who has blocked the bot, which the owner of it does not yet know."""
    post.store.remember("owner", OWNER)
    for chat_id in (OWNER, USER):
        post.store.chats.add(chat_id, "private", "paired", chat_id, NOW)
    telegram.blocked.add(USER)
    post.owe(USER, 188, 187, 186)
    for _ in range(5):
        await post.later(1, deliver)


async def test_a_chat_that_blocks_us_is_lost_and_the_owner_told_exactly_once(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    await block(post, telegram, deliver)
    (told,) = telegram.sent
    assert (told.chat_id, f"Chat {USER} takes no messages" in told.text) == (OWNER, True)
    assert lost(post.store) == {OWNER: None, USER: NOW + 1}
    assert post.column("status") == ["dead", "dead", "dead", "sent"]


async def test_a_lost_chat_that_takes_a_message_is_served_again(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    await block(post, telegram, deliver)
    telegram.blocked.clear()
    post.owe(USER, 185)
    await post.later(1, deliver)
    assert arrived(telegram)[-1:] == [(USER, "185")]
    assert lost(post.store) == {OWNER: None, USER: None}


async def test_a_lost_chat_is_tried_once_for_each_message_and_the_log_says_once_what_to_do(
    post: Post, telegram: FakeTelegram, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    await block(post, telegram, deliver)
    post.owe(USER, 185)
    for _ in range(50):
        await post.later(60, deliver)
    assert len([params for _, params in telegram.calls if params["chat_id"] == str(USER)]) == 4
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == f"chat {USER} takes no messages: somebody there must press Start, in a group add the bot again"


async def test_a_chat_that_takes_a_message_again_is_told_after_it_what_it_missed(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    await block(post, telegram, deliver)
    telegram.blocked.clear()
    post.owe(USER, 185)
    for _ in range(5):
        await post.later(1, deliver)
    _, first, second = telegram.sent
    assert ("185" in first.text, second.text[:38]) == (True, "↩️ 3 messages could not be delivered h")


async def test_what_was_missed_before_a_chat_was_lost_again_is_told_with_the_rest(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    await block(post, telegram, deliver)
    post.wall.now += 600
    find(post.store, USER, int(post.wall.now))  # it writes, and blocks us again before it can be told
    post.owe(USER, 184)
    for _ in range(5):
        await post.later(1, deliver)
    telegram.blocked.clear()
    find(post.store, USER, int(post.wall.now))
    await post.later(1, deliver)
    assert telegram.sent[-1].text.startswith("↩️ 4 messages could not be delivered here since 2 Oct 09:30 New York")


async def test_what_was_malformed_was_not_missed(post: Post, telegram: FakeTelegram, deliver: Deliver) -> None:
    post.store.chats.add(USER, "private", "paired", USER, NOW)
    telegram.script("sendMessage", bad_request("can't parse entities: unsupported start tag"))
    post.owe(USER, 188)
    await deliver.drain()
    assert post.store.outbox.missed(USER) == (0, None)


async def test_a_listed_chat_that_never_pressed_start_is_lost_and_the_owner_told_what_to_do(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    adopt_chats(post.store, [USER], OWNER, NOW)
    telegram.script("sendMessage", bad_request("chat not found"))
    post.owe(USER, 188)
    await post.later(1, deliver)
    (told,) = telegram.sent
    assert (told.chat_id, "never started" in told.text, "/start" in told.text) == (OWNER, True, True)


async def test_an_owner_who_blocks_the_bot_is_told_nothing_until_they_are_back(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.store.remember("owner", USER)
    post.store.chats.add(USER, "private", "paired", USER, NOW)
    telegram.blocked.add(USER)
    post.owe(USER, 188)
    await deliver.drain()
    assert post.column("status") == ["dead"]
    telegram.blocked.clear()
    find(post.store, USER, NOW + 60)
    await post.later(60, deliver)
    assert [sent.text[:11] for sent in telegram.sent] == ["↩️ 1 messag"]


async def test_a_group_that_moves_in_the_middle_of_a_digest_gets_all_of_it_once(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.store.chats.add(GROUP, "group", "configured", None, NOW)
    for price in (188, 187, 186):
        post.store.outbox.owe([GROUP], Revised("BABA", "x", 1.0, price, None, False, NOW), NOW, NOW + 60)
    telegram.script("sendMessage", migrated(SUPERGROUP))
    for _ in range(3):
        await post.later(60, deliver)
    (digest,) = telegram.sent
    assert (digest.chat_id, all(f"to {price}.00" in digest.text for price in (188, 187, 186))) == (SUPERGROUP, True)
    assert REPEATED not in digest.text


async def test_a_chat_that_is_said_to_move_to_itself_stays(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.store.chats.add(GROUP, "group", "configured", None, NOW)
    telegram.script("sendMessage", migrated(GROUP))
    post.owe(GROUP, 188)
    for _ in range(3):
        await post.later(3, deliver)
    assert (lost(post.store), len(telegram.sent)) == ({GROUP: None}, 1)


def test_a_chat_that_has_moved_twice_is_known_by_its_first_id(store: Store) -> None:
    adopt_chats(store, [GROUP], None, NOW)
    store.chats.migrate(GROUP, SUPERGROUP)
    store.chats.migrate(SUPERGROUP, SUPERGROUP - 1)
    adopt_chats(store, [GROUP], None, NOW)
    assert list(lost(store)) == [SUPERGROUP - 1]


async def test_a_group_that_moved_is_followed_with_everything_it_has(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.store.chats.add(GROUP, "group", "configured", None, NOW)
    make(post.store, Wish("BABA", Way.ABOVE, 192.0), GROUP, new_york(), "chat", NOW)
    telegram.script("sendMessage", migrated(SUPERGROUP))
    post.owe(GROUP, 188, 187)
    for _ in range(2):
        await post.later(3, deliver)
    assert arrived(telegram) == [(SUPERGROUP, "188"), (SUPERGROUP, "187")]
    assert list(lost(post.store)) == [SUPERGROUP]
    assert [alert.number for alert in post.store.alerts.of_chat(SUPERGROUP)] == [1]


async def test_a_group_that_moved_to_a_chat_already_served_joins_it(store: Store) -> None:
    for chat_id, prices in ((GROUP, (192.0, 230.0)), (SUPERGROUP, (190.0,))):
        store.chats.add(chat_id, "group", "configured", None, NOW)
        for price in prices:
            make(store, Wish("BABA", Way.ABOVE, price), chat_id, new_york(), "chat", NOW)
    store.chats.migrate(GROUP, SUPERGROUP)
    assert list(lost(store)) == [SUPERGROUP]
    assert not store.alerts.of_chat(GROUP)
    numbers = {alert.threshold: alert.number for alert in store.alerts.of_chat(SUPERGROUP)}
    assert numbers == {190.0: 1, 192.0: 2, 230.0: 3}


@pytest.mark.parametrize("status", [401, 404])
async def test_a_rejected_token_ends_delivery_and_costs_no_message(
    post: Post, telegram: FakeTelegram, deliver: Deliver, status: int
) -> None:
    telegram.script("sendMessage", unauthorized(status))
    post.owe(USER, 188)
    await asyncio.wait_for(deliver.run(), 10)
    assert deliver.rejected.is_set()
    assert (post.column("status"), post.column("doubtful")) == (["pending"], [0])


# Not faster than allowed


@pytest.mark.parametrize("seconds", [1, 3, 35, 3600])
async def test_a_retry_after_is_obeyed_to_the_second_for_all_chats(
    post: Post, telegram: FakeTelegram, deliver: Deliver, seconds: int
) -> None:
    telegram.script("sendMessage", slow_down(seconds))
    post.owe(USER, 188)
    await deliver.drain()
    post.owe(OTHER, 187)
    await post.later(seconds - 0.01, deliver)
    assert arrived(telegram) == []
    await post.later(0.2, deliver)
    assert sorted(arrived(telegram)) == [(USER, "188"), (OTHER, "187")]


async def test_a_burst_to_many_chats_goes_out_at_25_a_second(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    for chat_id in range(1, 61):
        post.owe(chat_id, 188)
    accepted = []
    for step_s in (0, 0.9, 0.1, 0.9, 0.1):
        await post.later(step_s, deliver)
        accepted.append(len(telegram.sent))
    assert accepted == [25, 25, 50, 50, 60]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chats=st.lists(st.integers(-6, 30).filter(bool), min_size=20, max_size=60),
    steps_s=st.lists(st.sampled_from([0.0, 0.05, 0.3, 0.7, 1.0, 2.5]), min_size=1, max_size=8),
    faults=st.lists(st.sampled_from([DROP, server_error(), slow_down(2)]), max_size=4),
)
async def test_whatever_is_owed_and_fails_goes_out_whole_in_order_and_slowly(
    store: Store, telegram: FakeTelegram, chats: list[int], steps_s: list[float], faults: list[Scripted]
) -> None:
    store.db.conn.execute("delete from outbox")
    telegram.sent.clear()
    telegram.script("sendMessage", *faults)
    post = Post(store, telegram.base_url)
    for price, chat_id in enumerate(chats, 100):
        post.owe(chat_id, price)
    attempts = await _pay_off(post, telegram, steps_s)
    assert _by_chat(arrived(telegram)) == _by_chat([(chat, str(price)) for price, chat in enumerate(chats, 100)])
    _assert_slow_enough(attempts)


async def _pay_off(post: Post, telegram: FakeTelegram, steps_s: list[float]) -> list[tuple[int, float]]:
    """(chat, moment) of every attempt, the clocks moving on by these steps, over and over."""
    attempts = []
    async with post.opened() as deliver:
        for step_s in [*steps_s, 1.0] * 40:
            before = len(telegram.calls)
            await post.later(step_s, deliver)
            attempts += [(int(params["chat_id"]), post.ticks.now) for _, params in telegram.calls[before:]]
            if not post.store.outbox.owes_anything():
                break
    return attempts


def _by_chat(messages: list[tuple[int, str]]) -> dict[int, list[str]]:
    chats = defaultdict(list)
    for chat_id, text in messages:
        chats[chat_id].append(text.rstrip("↻"))
    return chats


def _assert_slow_enough(attempts: list[tuple[int, float]]) -> None:
    moments = [at for _, at in attempts]
    assert all(later - first > 0.999 for first, later in zip(moments, moments[25:], strict=False))
    for chat_id in {chat for chat, _ in attempts}:
        own = [at for chat, at in attempts if chat == chat_id]
        assert all(later - first > (2.999 if chat_id < 0 else 0.999) for first, later in pairwise(own))


# A disk that is full


async def test_what_cannot_be_noted_beforehand_is_not_sent_before_it_can(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.owe(USER, 188)
    with full_disk(post.store, "update of in_flight on outbox"):
        for _ in range(5):
            await deliver.drain()
        assert telegram.calls == []
    await post.later(2, deliver)
    assert arrived(telegram) == [(USER, "188")]


async def test_what_was_accepted_but_could_not_be_noted_does_not_go_out_again(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.owe(USER, 188)
    with full_disk(post.store, "update of sent_at on outbox"):
        for _ in range(3):
            await post.later(60, deliver)
        assert post.column("status") == ["pending"]
    await post.later(60, deliver)
    assert (arrived(telegram), post.column("status")) == ([(USER, "188")], ["sent"])


async def test_a_restart_before_it_could_be_noted_repeats_it_with_the_mark(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.owe(USER, 188)
    with full_disk(post.store, "update of sent_at on outbox"):
        await deliver.drain()
    telegram.script("sendMessage", slow_down(1))
    async with post.opened() as next_run:
        await next_run.drain()
        await post.later(2, next_run)
    assert arrived(telegram) == [(USER, "188"), (USER, "188↻")]


async def test_a_full_disk_is_tried_ever_more_rarely(post: Post, telegram: FakeTelegram, deliver: Deliver) -> None:
    post.owe(USER, 188)
    with full_disk(post.store, "update of in_flight on outbox"):
        for _ in range(120):
            await post.later(1, deliver)
    assert 5 < post.worded < 12


async def test_a_retry_after_holds_even_where_it_cannot_be_noted(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    telegram.script("sendMessage", slow_down(30))
    post.owe(USER, 188)
    with full_disk(post.store, "update of fault on outbox"):
        await deliver.drain()
    post.owe(OTHER, 187)
    await post.later(29, deliver)
    assert arrived(telegram) == []


# The loop


async def test_what_is_owed_later_goes_out_when_delivery_is_woken(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    async with under_way(deliver):
        await asyncio.sleep(0)
        post.owe(USER, 188)
        deliver.wake()
        await asyncio.to_thread(telegram.wait_for_sent, 1)


@pytest.mark.parametrize("steps_between", range(5))
async def test_a_stop_is_heard_at_the_very_moment_a_send_ends(deliver: Deliver, steps_between: int) -> None:
    running = asyncio.create_task(deliver.run())
    await asyncio.sleep(0)
    deliver.wake()
    for _ in range(steps_between):
        await asyncio.sleep(0)
    running.cancel()
    _, still_running = await asyncio.wait([running], timeout=1)
    assert not still_running


async def test_a_stop_lets_the_send_under_way_end(post: Post, telegram: FakeTelegram) -> None:
    post.timeout_s = 0.5
    telegram.script("sendMessage", HANG)
    post.owe(USER, 188)
    async with post.opened() as deliver, under_way(deliver):
        await asyncio.to_thread(telegram.wait_for_calls, "sendMessage", 1)
    assert (post.column("in_flight"), post.column("fault")) == ([0], ["unclear"])


async def test_delivery_outlives_a_database_that_cannot_be_read(
    post: Post, telegram: FakeTelegram, deliver: Deliver
) -> None:
    post.store.db.conn.execute("alter table outbox rename to away")
    async with under_way(deliver):
        await asyncio.sleep(0)
        post.store.db.conn.execute("alter table away rename to outbox")
        post.owe(USER, 188)
        deliver.wake()
        await asyncio.to_thread(telegram.wait_for_sent, 1)
