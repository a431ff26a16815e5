"""Whatever strangers send, forge, guess or flood: silence, not a row, and little work for each."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import commands
from bot.chats import ChatKind, Incoming
from bot.chats.telegram_chat import TelegramChat, read_update
from bot.commands.desk import Desk
from bot.jobs.configured import adopt_chats
from bot.jobs.listen import Listen
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.desk import GROUP, ME, NOW, OTHER, STRANGER, Keyboard, dump, typed
from tests.fakes.strangers import CHANNEL, stranger
from tests.fakes.telegram import FIRST_UPDATE, TOKEN, FakeTelegram, garbage, server_error

OFFSET = "offset/test"
UPDATES = 10_000
A_LOOK = 100
"""So many updates Telegram gives at once."""

UNREADABLE = (
    "/alert \x00", "/delete 99999999999999999999", "/delete ١", "/snooze 🦄", "/history 99999999d", "192e999", "/why #",
    "/edit 1 " + "x" * 4000, "/export ../../etc", "/timezone ../../etc/passwd", "y" * 4096, "/", "//", "/ü",
    "above " * 500, "/level \ud83d", "<b>", "/mute ٢h", "/chart " + "z" * 500, "/unwatch NOSUCH", "nan", "-1", "/test",
)  # fmt: skip


@dataclass(slots=True)
class Ledger:
    """What a database was asked, as SQLite itself tells it."""

    statements: int = 0
    commits: int = 0
    _inside: bool = field(default=False)

    def note(self, statement: str) -> None:
        verb = statement.lstrip().split(maxsplit=1)[0].casefold()
        self.statements += 1
        self.commits += verb == "commit" or (not self._inside and verb in ("insert", "update", "delete", "replace"))
        self._inside = verb == "begin" or (self._inside and verb not in ("commit", "rollback"))


@pytest.fixture
def ledger(desk: Desk) -> Ledger:
    """Of a house with an owner, two chats, a group and a channel that only receives, and an alert of the owner's."""
    adopt_chats(desk.store, [ME, OTHER, GROUP, CHANNEL], ME, NOW)
    Keyboard(desk)("/alert above 192")
    desk.store.chats.new_code(NOW)
    desk.store.remember(OFFSET, FIRST_UPDATE)
    ledger = Ledger()
    desk.store.db.conn.set_trace_callback(ledger.note)
    return ledger


@asynccontextmanager
async def listening(desk: Desk, telegram: FakeTelegram) -> AsyncIterator[None]:
    """The listener as the daemon runs it; its pauses take no time."""
    ticks = Clock(1000.0)

    async def pause(seconds: float) -> None:
        ticks.now += seconds

    chat = TelegramChat(TOKEN, telegram.base_url, poll_timeout_s=1, timeout_s=5)
    listen = Listen(
        desk.store, chat, lambda incoming, now: commands.respond(desk, incoming, now), Clock(NOW), OFFSET,
        sleep=pause, heeds=lambda incoming, now: commands.heeds(desk, incoming, now), monotonic=ticks,  # type: ignore[arg-type]
    )  # fmt: skip
    task = asyncio.create_task(listen.run())
    yield
    task.cancel()
    await asyncio.wait([task])
    await chat.close()


async def heard(telegram: FakeTelegram, last: int) -> None:
    """Wait until every update is done with: the listener then asks for the one after it."""

    def is_asked_beyond() -> bool:
        return any(method == "getUpdates" and int(params["offset"]) > last for method, params in telegram.calls)

    await asyncio.to_thread(telegram.wait_until, is_asked_beyond, 60)


def kept(store: Store) -> list[str]:
    """The rows, but for the offset, the count of wrong guesses and what the buttons of questions stand for."""
    passing = ('INSERT INTO "buttons"', 'INSERT INTO "pairings"', f"INSERT INTO \"facts\" VALUES('{OFFSET}'")
    return [row for row in dump(store) if not row.startswith(passing)]


async def test_ten_thousand_strange_updates_get_silence_leave_no_row_and_cost_a_commit_a_look(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    before, chance, asked = kept(desk.store), Random(7), 0
    telegram.script("getUpdates", server_error(), garbage(), garbage(b'{"ok": true, "result": [7]}'))
    last = 0
    for place in range(UPDATES):
        if place % 100 == 7:
            chat, text = chance.choice([ME, OTHER]), chance.choice(UNREADABLE)
            asked, last = asked + 1, telegram.type(chat, chat, text)
        else:
            last = telegram.inject(**stranger(chance))
    async with listening(desk, telegram):
        await heard(telegram, last)
        await asyncio.to_thread(telegram.wait_for_sent, asked)
    assert {sent.chat_id for sent in telegram.sent} == {ME, OTHER}
    assert (len(telegram.sent), telegram.edits, telegram.answered_taps) == (asked, [], [])
    assert (kept(desk.store), desk.store.fact(OFFSET)) == (before, str(last + 1))
    assert desk.store.db.execute("select wrong_tries from pairings").fetchall() == [(5,)]
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    assert [record for record in ours if record.levelno >= logging.ERROR or record.exc_info] == []
    assert ledger.commits <= UPDATES / A_LOOK + asked + 5


@pytest.mark.parametrize("text", ["/delete 1", "/start abcdefghjk", "192", "/start"])
async def test_a_flood_costs_a_commit_a_look_and_two_questions_a_message(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram, text: str
) -> None:
    last = [telegram.type(STRANGER + number, STRANGER + number, text) for number in range(500)][-1]
    async with listening(desk, telegram):
        await heard(telegram, last)
    guesses = 5 if text == "/start abcdefghjk" else 0
    assert ledger.commits <= 500 / A_LOOK + guesses
    assert ledger.statements <= 2 * 500 + 500 / A_LOOK + 10 * guesses


async def test_the_owner_is_answered_behind_a_flood_in_the_same_look(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram
) -> None:
    for _ in range(98):
        telegram.type(STRANGER, STRANGER, "/price " * 500)
    telegram.type(ME, ME, "/price")
    async with listening(desk, telegram):
        (reply,) = await asyncio.to_thread(telegram.wait_for_sent, 1)
    looks = [params for method, params in telegram.calls if method == "getUpdates"]
    assert (reply.chat_id, len(looks) <= 2) == (ME, True)


async def test_five_wrong_guesses_lock_the_code_which_the_log_says_once(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    code = desk.store.chats.new_code(NOW)
    for number in range(20):
        telegram.type(STRANGER, STRANGER, f"/start guess{number}")
    last = telegram.type(STRANGER, STRANGER, f"/start {code}")
    async with listening(desk, telegram):
        await heard(telegram, last)
    said = [record.getMessage() for record in caplog.records if "pairing code" in record.getMessage()]
    assert (len(said), any(code in line or "guess1" in line for line in said)) == (1, False)
    assert (telegram.sent, desk.store.chats.serves(STRANGER)) == ([], False)


# Who may, and where


@pytest.mark.parametrize("text", ["/price", "192", "/delete 1", "/start"])
def test_a_member_of_a_served_group_is_obeyed_there_and_nowhere_else(desk: Desk, text: str) -> None:
    in_group = Incoming(1, GROUP, ChatKind.GROUP, STRANGER, text if text.startswith("/") else f"/{text}")
    assert commands.respond(desk, in_group, NOW) is not None
    assert commands.heeds(desk, in_group, NOW)
    assert commands.respond(desk, typed(text, STRANGER), NOW) is None
    assert not commands.heeds(desk, typed(text, STRANGER), NOW)


async def test_what_people_say_to_each_other_in_a_served_group_costs_a_commit_a_look(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram
) -> None:
    last = [telegram.type(GROUP, STRANGER + number, "BABA above 192") for number in range(200)][-1]
    async with listening(desk, telegram):
        await heard(telegram, last)
    assert (telegram.sent, ledger.commits <= 200 / A_LOOK, ledger.statements <= 200) == ([], True, True)


@pytest.mark.parametrize("sender", [ME, STRANGER])
async def test_a_channel_that_is_served_only_receives(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram, sender: int
) -> None:
    before, chat = kept(desk.store), {"id": CHANNEL, "type": "channel", "title": "C"}
    telegram.tap(CHANNEL, sender, 1, "/delete 1")
    telegram._updates[-1]["callback_query"]["message"]["chat"] = chat
    telegram.post(CHANNEL, "/price")
    async with listening(desk, telegram):
        await heard(telegram, telegram.inject(channel_post={"text": "/price", "chat": chat}))
    assert (telegram.sent, telegram.answered_taps, kept(desk.store)) == ([], [], before)


async def test_only_whose_chat_it_is_can_tap_in_a_private_chat(
    desk: Desk, ledger: Ledger, telegram: FakeTelegram
) -> None:
    before = kept(desk.store)
    async with listening(desk, telegram):
        await heard(telegram, telegram.tap(ME, OTHER, 1, "/delete 1"))
    assert (telegram.sent, telegram.answered_taps, kept(desk.store)) == ([], [], before)


def test_the_number_of_another_chat_s_alert_is_nobody_s(desk: Desk, ledger: Ledger) -> None:
    before = kept(desk.store)
    assert Keyboard(desk)("/delete 1", OTHER).html.startswith("There is no alert #1")
    assert kept(desk.store) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["message", "callback_query", "from", "chat", "id", "type", "text", "data", "date", "message_id", "entities"]
    ), inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["message", "callback_query", "edited_message", "poll"]), JSON, max_size=3))
def test_any_update_is_read_or_counted(update: dict[str, object]) -> None:
    incoming = read_update({"update_id": 5, **update}, "bot", str)
    assert incoming.update_id == 5
    assert incoming.text is None or isinstance(incoming.text.encode(), bytes)
    assert abs(incoming.chat_id) <= 2**53
