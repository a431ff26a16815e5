"""Every update is read once, answered where its sender is obeyed, and its effect is whole or nothing."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import commands
from bot.charts import draw
from bot.charts.ladder import draw_ladder
from bot.chats import ChatKind, Incoming
from bot.chats.telegram_chat import TelegramChat
from bot.commands.desk import Desk
from bot.core import events
from bot.core.contact import SecondReader
from bot.core.market import Session, Stock
from bot.core.message import File, Message
from bot.jobs.listen import Listen, Respond
from bot.jobs.pace import Pace
from bot.store import Store
from bot.threads import LooseThreads
from tests.conftest import Clock, full_disk
from tests.fakes.desk import new_york
from tests.fakes.pictures import PICTURE
from tests.fakes.telegram import (
    DROP,
    HANG,
    LOST,
    TOKEN,
    FakeTelegram,
    bad_request,
    conflict,
    forbidden,
    garbage,
    server_error,
    slow_down,
    unauthorized,
)

NOW = 1759411800  # 2 October 2025, 09:30 New York
USER, STRANGER, GROUP, CHANNEL = 7, 666, -1007, -1008
HOURS = new_york()
OFFSET = "offset/test"


@dataclass(slots=True)
class Ear:
    """A listener over a database and a messenger that outlive it; it notes its pauses instead of making them."""

    store: Store
    base_url: str
    respond: Respond
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    ticks: Clock = field(default_factory=lambda: Clock(1000.0))
    pace: Pace = field(default_factory=Pace)
    pauses: list[int] = field(default_factory=list)
    at_a_pause: Callable[[], object] = lambda: None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Listen]:
        chat = TelegramChat(TOKEN, self.base_url, poll_timeout_s=1, timeout_s=5)
        yield Listen(
            self.store, chat, self.respond, self.clock, OFFSET, sleep=self._pause, pace=self.pace, monotonic=self.ticks  # type: ignore[arg-type]
        )  # fmt: skip
        await chat.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with self.opened() as listen:
            task = asyncio.create_task(listen.run())
            yield
            task.cancel()
            await asyncio.wait([task])

    async def hear(self, *updates: Incoming) -> None:
        async with self.opened() as listen:
            for update in updates:
                await listen.take(update)

    async def _pause(self, seconds: float) -> None:
        """Told in whole seconds: what is waited on top of them keeps clocks and alerts apart."""
        self.pauses.append(int(seconds))
        self.clock.now += seconds
        self.ticks.now += seconds
        self.at_a_pause()


@pytest.fixture
def desk(store: Store) -> Desk:
    """A served user, and a database that has listened before."""
    store.chats.add(USER, "private", "paired", USER, NOW - 600)
    store.remember(OFFSET, 1)
    stocks = {"BABA": Stock("BABA", "Alibaba", "XNYS", "USD")}
    return Desk(
        store,
        stocks,
        {"BABA": HOURS},
        {"BABA": ("above 192",)},
        frozenset({Session.REGULAR}),
        1.0,
        500,
        "1",
        NOW,
        draw,
        draw_ladder,
    )


@pytest.fixture
def ear(desk: Desk, telegram: FakeTelegram) -> Ear:
    return Ear(desk.store, telegram.base_url, lambda incoming, now: commands.respond(desk, incoming, now))


def typed(text: str | None, user_id: int | None = USER, chat_id: int | None = None, update_id: int = 5) -> Incoming:
    kind = ChatKind.GROUP if (chat_id or 1) < 0 else ChatKind.PRIVATE
    return Incoming(update_id, chat_id or user_id or 0, kind, user_id, text)


def replies(telegram: FakeTelegram) -> list[str]:
    return [sent.text for sent in telegram.sent]


def thresholds(store: Store) -> list[float]:
    return [alert.threshold for alert in store.alerts.of_chat(USER)]


async def taken(telegram: FakeTelegram, update_id: int) -> None:
    """Wait until the update is done with: the listener then asks for the one after it."""

    def is_asked_beyond() -> bool:
        asked = [int(params["offset"]) for method, params in telegram.calls if method == "getUpdates"]
        return max(asked, default=0) > update_id

    await asyncio.to_thread(telegram.wait_until, is_asked_beyond)


# Once, and never again


async def test_a_command_is_answered_where_it_was_typed(ear: Ear, telegram: FakeTelegram) -> None:
    async with ear.listening():
        telegram.type(USER, USER, "/alert above 192")
        (reply,) = await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert (reply.chat_id, thresholds(ear.store)) == (USER, [192.0])


async def test_an_update_is_never_taken_twice_across_a_restart(ear: Ear, telegram: FakeTelegram) -> None:
    for text in ("/alert above 192", "/alert above 230"):
        async with ear.listening():
            telegram.type(USER, USER, text)
            await asyncio.to_thread(telegram.wait_for_sent, len(telegram.sent) + 1)
    assert [reply[:4] for reply in replies(telegram)] == ["✅ #1", "✅ #2"]


async def test_a_command_done_but_not_yet_answered_is_not_done_again(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("sendMessage", HANG)
    async with ear.listening():
        done = telegram.type(USER, USER, "/alert above 192")
        await asyncio.to_thread(telegram.wait_for_calls, "sendMessage", 1)
    async with ear.listening():
        await taken(telegram, done)
    assert (thresholds(ear.store), replies(telegram)) == ([192.0], [])


async def test_an_effect_and_its_offset_are_committed_together(ear: Ear, tmp_path: Path) -> None:
    seen = []

    def look() -> None:
        with sqlite3.connect(tmp_path / "t.db") as elsewhere:
            seen.append(
                elsewhere.execute("select name, value from facts where name in ('effect', ?)", [OFFSET]).fetchall()
            )

    def respond(incoming: Incoming, now: int) -> None:
        ear.store.remember("effect", 1)
        look()

    ear.respond = respond
    await ear.hear(typed("x", update_id=5))
    look()
    assert seen == [[(OFFSET, "1")], [("effect", "1"), (OFFSET, "6")]]


class KilledError(BaseException):
    """The end of the program in the middle of a command."""


async def test_a_program_killed_in_a_command_takes_it_up_again_and_does_it_once(
    ear: Ear, telegram: FakeTelegram
) -> None:
    answer = ear.respond

    def die_at_the_end(incoming: Incoming, now: int) -> Message | None:
        answer(incoming, now)
        raise KilledError

    ear.respond = die_at_the_end
    with pytest.raises(KilledError):
        await ear.hear(typed("/alert above 192"))
    assert (thresholds(ear.store), ear.store.fact(OFFSET)) == ([], "1")
    ear.respond = answer
    await ear.hear(typed("/alert above 192"))
    assert (thresholds(ear.store), ear.store.fact(OFFSET)) == ([192.0], "6")


@pytest.mark.parametrize("what", [{"edited_message": {}}, {"message": {"strange": True}}, {"poll": {"id": "1"}}])
async def test_what_is_neither_text_nor_tap_is_counted_and_passed_over(
    ear: Ear, telegram: FakeTelegram, what: dict[str, object]
) -> None:
    async with ear.listening():
        await taken(telegram, telegram.inject(**what))
    assert replies(telegram) == []


async def test_a_tap_edits_the_message_it_is_under(ear: Ear, telegram: FakeTelegram) -> None:
    async with ear.listening():
        telegram.type(USER, USER, "/alert above 192")
        (told,) = await asyncio.to_thread(telegram.wait_for_sent, 1)
        await taken(telegram, telegram.tap(USER, USER, told.message_id, "/delete 1"))
    assert (len(telegram.edits), len(telegram.answered_taps), thresholds(ear.store)) == (1, 1, [])


async def test_a_tap_under_an_alert_is_answered_below_it_so_that_the_alert_stays(
    ear: Ear, telegram: FakeTelegram
) -> None:
    ear.store.outbox.owe([USER], events.Silent("BABA", NOW - 600, NOW), NOW)
    (owed,) = ear.store.outbox.due(NOW)
    ear.store.outbox.sent(owed, 4711, NOW)
    async with ear.listening():
        await taken(telegram, telegram.tap(USER, USER, 4711, "/help"))
        (answered,) = await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert ("Commands" in answered.text, telegram.edits, len(telegram.answered_taps)) == (True, [], 1)


async def test_delivery_is_woken_after_each_update(ear: Ear, telegram: FakeTelegram) -> None:
    woken = []
    async with ear.opened() as listen:
        listen._wake = lambda: woken.append(1)
        await listen.take(typed("/help"))
    assert woken == [1]


# Pictures


def drawn(attach: Callable[[], File], words: str = "BABA 189.34") -> Respond:
    return lambda incoming, now: Message(words, attach=attach)


def kinds(telegram: FakeTelegram) -> list[str]:
    return [sent.kind for sent in telegram.sent]


async def test_a_picture_is_made_off_the_loop_after_everything_is_committed(ear: Ear, telegram: FakeTelegram) -> None:
    seen: list[object] = []

    def draw() -> File:
        seen.extend([threading.current_thread() is threading.main_thread(), ear.store.db.conn.in_transaction])
        return PICTURE

    ear.respond = drawn(draw)
    await ear.hear(typed("/chart"))
    assert (seen, kinds(telegram), replies(telegram)) == ([False, False], ["photo"], ["BABA 189.34"])


async def test_a_picture_sent_again_is_not_drawn_again(ear: Ear, telegram: FakeTelegram) -> None:
    pictures = iter([PICTURE])
    ear.respond = drawn(lambda: next(pictures))
    telegram.script("sendPhoto", slow_down(1), slow_down(1))
    await ear.hear(typed("/chart"))
    assert (kinds(telegram), replies(telegram), ear.pauses) == (["photo"], ["BABA 189.34"], [1, 1])


async def test_a_picture_that_cannot_be_drawn_leaves_the_words_and_says_so(ear: Ear, telegram: FakeTelegram) -> None:
    def fail() -> File:
        raise RuntimeError("no ink")

    ear.respond = drawn(fail)
    await ear.hear(typed("/chart"))
    (reply,) = replies(telegram)
    assert reply == (
        "BABA 189.34\nThe picture or file for this could not be made; the owner finds the cause in the log."
    )


@pytest.mark.parametrize("why", ["not enough rights to send photos to the chat", "IMAGE_PROCESS_FAILED"])
async def test_a_picture_refused_by_the_chat_leaves_the_words(ear: Ear, telegram: FakeTelegram, why: str) -> None:
    telegram.script("sendPhoto", bad_request(why))
    ear.respond = drawn(lambda: PICTURE)
    await ear.hear(typed("/chart"))
    assert replies(telegram) == ["BABA 189.34\nThe picture or file for this was not accepted in this chat."]


async def test_a_drawing_holds_up_its_own_chat_alone(ear: Ear, telegram: FakeTelegram) -> None:
    finish = threading.Event()

    def draw() -> File:
        assert finish.wait(10)
        return PICTURE

    def respond(incoming: Incoming, now: int) -> Message:
        return Message(incoming.text or "", attach=draw if incoming.text == "/chart" else None)

    ear.respond = respond
    async with ear.listening():
        telegram.type(USER, USER, "/chart")
        telegram.type(USER, USER, "after it")
        telegram.type(USER + 1, USER + 1, "another chat")
        await asyncio.to_thread(telegram.wait_for_sent, 1)
        finish.set()
        await asyncio.to_thread(telegram.wait_for_sent, 3)
    assert replies(telegram) == ["another chat", "/chart", "after it"]


async def test_a_stop_waits_for_no_drawing(ear: Ear, telegram: FakeTelegram) -> None:
    asyncio.get_running_loop().set_default_executor(LooseThreads())
    begun, finish = threading.Event(), threading.Event()

    def draw() -> File:
        begun.set()
        finish.wait(30)
        return PICTURE

    ear.respond = drawn(draw)
    async with ear.listening():
        telegram.type(USER, USER, "/chart")
        assert await asyncio.to_thread(begun.wait, 10)
    assert (telegram.sent, finish.is_set()) == ([], False)
    finish.set()


# What goes wrong inside


def boom(incoming: Incoming, now: int) -> Message | None:
    raise RuntimeError("boom")


async def test_a_failing_command_is_answered_once_and_the_next_one_works(ear: Ear, telegram: FakeTelegram) -> None:
    answer, heard = ear.respond, []

    def fail_first(incoming: Incoming, now: int) -> Message | None:
        heard.append(incoming.text)
        return boom(incoming, now) if incoming.text == "/boom" else answer(incoming, now)

    ear.respond = fail_first
    async with ear.listening():
        telegram.type(USER, USER, "/boom")
        telegram.type(USER, USER, "/help")
        await asyncio.to_thread(telegram.wait_for_sent, 2)
    assert heard == ["/boom", "/help"]
    assert replies(telegram)[0].startswith("That went wrong on this side. Nothing was changed")


async def test_a_failing_command_changes_nothing_and_is_not_met_again(ear: Ear, telegram: FakeTelegram) -> None:
    answer = ear.respond

    def fail_at_the_end(incoming: Incoming, now: int) -> Message | None:
        answer(incoming, now)
        return boom(incoming, now)

    ear.respond = fail_at_the_end
    await ear.hear(typed("/alert above 192"))
    assert (thresholds(ear.store), ear.store.fact(OFFSET)) == ([], "6")


async def test_a_stranger_hears_nothing_of_a_failure(ear: Ear, telegram: FakeTelegram) -> None:
    ear.respond = boom
    await ear.hear(typed("/price", user_id=STRANGER))
    assert replies(telegram) == []


async def test_on_a_full_disk_a_command_says_so_changes_nothing_and_works_later(
    ear: Ear, telegram: FakeTelegram
) -> None:
    with full_disk(ear.store, "insert on alerts"):
        await ear.hear(typed("/alert above 192", update_id=5))
        assert thresholds(ear.store) == []
    await ear.hear(typed("/alert above 192", update_id=6))
    assert replies(telegram)[0].startswith("The disk is full or cannot be written here. Nothing was changed")
    assert thresholds(ear.store) == [192.0]


async def test_a_full_disk_that_cannot_even_hold_the_offset_stops_nothing(ear: Ear, telegram: FakeTelegram) -> None:
    with full_disk(ear.store, "update on facts"):
        async with ear.listening():
            await taken(telegram, telegram.type(USER, USER, "/help"))
            await taken(telegram, telegram.type(USER, USER, "/help"))
    await ear.hear(typed("/help"))
    assert [reply[:4] for reply in replies(telegram)] == ["<b>C"] * 3


async def test_on_a_full_disk_what_only_looks_is_answered_and_what_stores_is_not(
    ear: Ear, telegram: FakeTelegram
) -> None:
    with full_disk(ear.store, "update on facts"):
        await ear.hear(typed("/status", update_id=5), typed("/mute 2h", update_id=6))
    status, refused = replies(telegram)
    assert ("targetwatch" in status, refused.startswith("The disk is full")) == (True, True)
    assert ear.store.chats.quiet(USER).muted_until is None


async def test_a_failing_command_on_a_full_disk_stops_nothing(ear: Ear, telegram: FakeTelegram) -> None:
    ear.respond = boom
    with full_disk(ear.store, "update on facts"):
        async with ear.listening():
            await taken(telegram, telegram.type(USER, USER, "/help"))
            await taken(telegram, telegram.type(USER, USER, "/help"))
    assert len(replies(telegram)) == 2


async def test_a_database_that_cannot_be_read_stops_nothing(ear: Ear, telegram: FakeTelegram) -> None:
    async with ear.listening():
        ear.store.db.conn.execute("alter table chats rename to away")
        await taken(telegram, telegram.type(USER, USER, "/help"))
        ear.store.db.conn.execute("alter table away rename to chats")
        await taken(telegram, telegram.type(USER, USER, "/help"))
    assert len(replies(telegram)) == 1


# Strangers


def counts(store: Store) -> dict[str, int]:
    return {name: store.db[name].count for name in store.db.table_names()}


@pytest.mark.parametrize(
    "text",
    [
        "/start",
        "/start abcdefghjk",
        "/help",
        "/alert above 192",
        "192",
        "hello",
        "",
        "/delete 1",
        "/start " + 999 * "x",
    ],
)
@pytest.mark.parametrize("chat_id", [STRANGER, GROUP])
async def test_strangers_get_silence_and_leave_no_row(
    ear: Ear, telegram: FakeTelegram, text: str, chat_id: int
) -> None:
    ear.store.chats.new_code(NOW)
    before = counts(ear.store)
    await ear.hear(typed(text, STRANGER, chat_id))
    assert (telegram.calls, counts(ear.store)) == ([], before)


async def test_a_stranger_who_taps_a_button_gets_silence_and_changes_nothing(ear: Ear, telegram: FakeTelegram) -> None:
    await ear.hear(typed("/alert above 192"))
    telegram.calls.clear()
    tap = Incoming(6, GROUP, ChatKind.GROUP, STRANGER, "/delete 1", tapped_message_id=1, tap_id="t")
    await ear.hear(tap)
    assert (telegram.calls, thresholds(ear.store)) == ([], [192.0])


async def test_a_post_in_a_channel_gets_silence(ear: Ear, telegram: FakeTelegram) -> None:
    async with ear.listening():
        await taken(telegram, telegram.post(CHANNEL, "/help"))
    assert replies(telegram) == []


async def test_a_message_without_a_user_gets_silence(ear: Ear, telegram: FakeTelegram) -> None:
    await ear.hear(typed("/help", user_id=None, chat_id=GROUP))
    assert telegram.calls == []


async def test_a_lost_chat_that_writes_is_served_again(ear: Ear) -> None:
    ear.store.chats.set_lost(USER, NOW - 60)
    await ear.hear(typed("/help"))
    assert [member.lost_at for member in ear.store.chats.members()] == [None]


# Pairing


def paired(store: Store) -> list[int]:
    return [member.chat_id for member in store.chats.members() if member.chat_id != USER]


async def test_a_code_lets_in_whoever_shows_it_and_gives_them_the_default_alerts(
    ear: Ear, telegram: FakeTelegram
) -> None:
    code = ear.store.chats.new_code(NOW)
    await ear.hear(typed(f"/start {code}", STRANGER))
    (welcome,) = replies(telegram)
    assert welcome.startswith("✅ Paired.")
    assert [alert.threshold for alert in ear.store.alerts.of_chat(STRANGER)] == [192.0]
    assert ear.store.fact("copy_wanted")  # a copy from before knows nobody to tell


async def test_a_code_works_once(ear: Ear) -> None:
    code = ear.store.chats.new_code(NOW)
    await ear.hear(typed(f"/start {code}", STRANGER), typed(f"/start {code}", 667, update_id=6))
    assert paired(ear.store) == [STRANGER]


@pytest.mark.parametrize(("age_s", "works"), [(0, True), (599, True), (600, False), (86400, False)])
async def test_a_code_works_for_ten_minutes(ear: Ear, age_s: int, works: bool) -> None:
    code = ear.store.chats.new_code(NOW)
    ear.clock.now += age_s
    await ear.hear(typed(f"/start {code}", STRANGER))
    assert bool(paired(ear.store)) is works


@pytest.mark.parametrize(("wrong_tries", "works"), [(0, True), (4, True), (5, False), (9, False)])
async def test_five_wrong_tries_lock_a_code_whoever_makes_them(ear: Ear, wrong_tries: int, works: bool) -> None:
    code = ear.store.chats.new_code(NOW)
    for number in range(wrong_tries):
        await ear.hear(typed(f"/start wrong{number}", STRANGER + number))
    await ear.hear(typed(f"/start {code}", STRANGER))
    assert bool(paired(ear.store)) is works


async def test_a_new_code_ends_the_one_before(ear: Ear) -> None:
    old, new = (ear.store.chats.new_code(NOW) for _ in range(2))
    await ear.hear(typed(f"/start {old}", STRANGER))
    assert paired(ear.store) == []
    await ear.hear(typed(f"/start {new}", STRANGER))
    assert paired(ear.store) == [STRANGER]


async def test_a_code_shown_in_a_group_lets_nobody_in_and_stays_good(ear: Ear, telegram: FakeTelegram) -> None:
    code = ear.store.chats.new_code(NOW)
    await ear.hear(typed(f"/start {code}", STRANGER, GROUP))
    assert (paired(ear.store), telegram.calls) == ([], [])
    await ear.hear(typed(f"/start {code}", STRANGER))
    assert paired(ear.store) == [STRANGER]


async def test_a_pairing_that_fails_midway_leaves_the_code_good(ear: Ear) -> None:
    code = ear.store.chats.new_code(NOW)
    with full_disk(ear.store, "insert on chats"):
        await ear.hear(typed(f"/start {code}", STRANGER))
    await ear.hear(typed(f"/start {code}", STRANGER, update_id=6))
    assert paired(ear.store) == [STRANGER]


async def test_a_code_is_stored_hashed_only(store: Store) -> None:
    code = store.chats.new_code(NOW)
    assert not any(code in str(row) for row in store.db["pairings"].rows)


# Replies and looks that fail


@pytest.mark.parametrize("retry_after_s", [1, 3, 60])
async def test_a_reply_that_was_not_sent_is_tried_again_when_it_may_be(
    ear: Ear, telegram: FakeTelegram, retry_after_s: int
) -> None:
    telegram.script("sendMessage", slow_down(retry_after_s))
    await ear.hear(typed("/help"))
    assert (ear.pauses, len(replies(telegram))) == ([retry_after_s], 1)


async def test_a_reply_waits_for_a_connection_that_comes_back(ear: Ear) -> None:
    with FakeTelegram() as gone:
        ear.base_url = gone.base_url
    with ExitStack() as later:
        back = []
        ear.at_a_pause = lambda: back.append(later.enter_context(FakeTelegram(port=gone.port)))
        await ear.hear(typed("/help"))
        assert (len(ear.pauses), len(replies(*back))) == (1, 1)


@pytest.mark.parametrize("fault", [LOST, server_error(), forbidden(), bad_request("message is too long")])
async def test_a_reply_that_may_have_arrived_or_is_refused_is_not_repeated(
    ear: Ear, telegram: FakeTelegram, fault: object
) -> None:
    telegram.script("sendMessage", fault)  # type: ignore[arg-type]
    await ear.hear(typed("/help"))
    assert (ear.pauses, len(telegram.calls)) == ([], 1)


async def test_a_reply_never_sent_is_given_up_and_the_next_command_heard(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("sendMessage", *[slow_down(2)] * 3)
    await ear.hear(typed("/help"), typed("/help", update_id=6))
    assert (ear.pauses, len(replies(telegram))) == ([2, 2, 2], 1)


async def test_a_reply_that_would_have_to_wait_for_minutes_is_given_up(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("sendMessage", slow_down(600))
    await ear.hear(typed("/help"))
    assert (ear.pauses, len(telegram.calls)) == ([], 1)


async def test_a_reply_waits_while_nobody_may_be_written_to_and_for_the_alerts_that_waited_too(
    ear: Ear, telegram: FakeTelegram
) -> None:
    ear.pace.hold(ear.ticks.now, 30)
    alerts_go_at = ear.pace.free_at(USER)
    await ear.hear(typed("/help"))
    assert (ear.pauses, len(replies(telegram)), ear.ticks.now > alerts_go_at) == ([30], 1, True)


async def test_what_a_reply_is_told_of_waiting_holds_for_alerts_too(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("sendMessage", slow_down(600))
    await ear.hear(typed("/help"))
    assert [int(ear.pace.free_at(chat_id)) for chat_id in (USER, GROUP)] == [1600, 1600]


@pytest.mark.parametrize(("chat_id", "spacing_s"), [(USER, 1), (GROUP, 3)])
async def test_three_replies_come_at_once_and_further_ones_at_the_pace_of_their_chat(
    ear: Ear, telegram: FakeTelegram, chat_id: int, spacing_s: int
) -> None:
    await ear.hear(*(typed("/help", USER, chat_id, update_id=5 + number) for number in range(5)))
    assert (ear.pauses, len(replies(telegram))) == ([spacing_s] * 2, 5)


async def test_replies_that_wait_are_twenty_a_chat_and_every_command_is_carried_out(
    ear: Ear, telegram: FakeTelegram
) -> None:
    finish, respond = threading.Event(), ear.respond

    def draw() -> File:
        assert finish.wait(10)
        return PICTURE

    def answer(incoming: Incoming, now: int) -> Message | None:
        return Message("A", attach=draw) if incoming.text == "/chart" else respond(incoming, now)

    ear.respond = answer
    async with ear.listening():
        telegram.type(USER, USER, "/chart")
        last = [telegram.type(USER, USER, f"/alert above {price}") for price in range(200, 250)][-1]
        await taken(telegram, last)
        finish.set()
        await asyncio.to_thread(telegram.wait_for_sent, 20)
        await taken(telegram, telegram.type(USER, USER, "/help"))
        await asyncio.to_thread(telegram.wait_for_sent, 21)
    assert (len(thresholds(ear.store)), len(telegram.sent)) == (50, 21)


async def test_a_stop_ends_every_reply_that_waits(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("sendMessage", HANG)
    async with ear.listening():
        before = asyncio.all_tasks()
        await taken(telegram, [telegram.type(USER, USER, "/help") for _ in range(5)][-1])
        await asyncio.to_thread(telegram.wait_for_calls, "sendMessage", 1)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    assert len([method for method, _ in telegram.calls if method == "sendMessage"]) == 1


async def test_a_group_that_says_it_has_moved_is_followed_at_once(ear: Ear, telegram: FakeTelegram) -> None:
    ear.store.chats.add(GROUP, "group", "configured", None, NOW)
    moved = {"message_id": 1, "date": 1, "chat": {"id": GROUP, "type": "group"}}
    async with ear.listening():
        telegram.inject(message=moved | {"migrate_to_chat_id": -1001007})
        telegram.inject(message=moved | {"chat": {"id": -555, "type": "group"}, "migrate_to_chat_id": -1000555})
        telegram.type(-1001007, STRANGER, "/help")
        (reply,) = await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert reply.chat_id == -1001007
    assert [member.chat_id for member in ear.store.chats.members()] == [-1001007, USER]


async def test_looks_that_fail_are_repeated_with_patience(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("getUpdates", slow_down(90), DROP, garbage(), server_error())
    async with ear.listening():
        telegram.type(USER, USER, "/help")
        await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert ear.pauses == [90, 2, 4, 8]
    assert ear.store.faults.recent(NOW) == {"Telegram": {"unclear": 3, "slow down": 1}}


async def test_telegram_is_out_of_reach_until_it_answers_again(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("getUpdates", server_error(), server_error())
    lost = []
    async with ear.opened() as listen:
        ear.at_a_pause = lambda: lost.append(listen.reach.lost_since)
        task = asyncio.create_task(listen.run())
        await taken(telegram, telegram.type(USER, USER, "/help"))
        assert (lost, listen.reach.lost_since) == ([NOW, NOW], None)
        task.cancel()
        await asyncio.wait([task])


async def test_a_look_that_succeeds_again_ends_the_wait_of_what_is_owed(ear: Ear, telegram: FakeTelegram) -> None:
    for _ in range(5):
        ear.pace.back_off(GROUP, 1000.0)
    telegram.script("getUpdates", DROP)
    async with ear.listening():
        await asyncio.to_thread(telegram.wait_for_calls, "getUpdates", 2)
        telegram.type(USER, USER, "/help")
        await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert ear.pace.free_at(GROUP) == 0.0


async def test_a_look_that_succeeds_ends_the_patience(ear: Ear, telegram: FakeTelegram) -> None:
    async with ear.listening():
        for _ in range(2):
            telegram.script("getUpdates", server_error())
            await taken(telegram, telegram.inject(message={"strange": True}))
    assert set(ear.pauses) == {1}


async def test_a_second_reader_is_waited_for_and_told_and_commands_are_answered(
    ear: Ear, telegram: FakeTelegram
) -> None:
    ear.store.remember("owner", USER)
    telegram.script("getUpdates", *[conflict()] * 4)
    async with ear.listening():
        telegram.type(USER, USER, "/help")
        await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert ear.pauses == [1, 2, 4, 8]
    assert [owed.event for owed in ear.store.outbox.due(NOW + 60)] == [SecondReader(NOW)]


async def test_patience_ends_at_a_minute(ear: Ear, telegram: FakeTelegram) -> None:
    telegram.script("getUpdates", *[server_error()] * 12)
    async with ear.listening():
        telegram.type(USER, USER, "/help")
        await asyncio.to_thread(telegram.wait_for_sent, 1)
    assert ear.pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]


@pytest.mark.parametrize("status", [401, 404])
async def test_a_rejected_token_ends_listening(ear: Ear, telegram: FakeTelegram, status: int) -> None:
    telegram.script("getUpdates", unauthorized(status))
    async with ear.opened() as listen:
        await asyncio.wait_for(listen.run(), 10)
        assert listen.rejected.is_set()
    assert ear.pauses == []
