"""What a mute, quiet hours, a snooze or a pause keeps back comes as one message, and nothing of it is lost: rule 5."""

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chats.telegram_chat import TelegramChat
from bot.chats.terminal_chat import plain_text
from bot.core import events
from bot.core.alerts import Alert, Crossing, Direction, Way
from bot.core.clock import Place
from bot.core.contact import ChatLost
from bot.core.language import Wish
from bot.core.market import Point, Quote, Session
from bot.core.message import LONGEST, length
from bot.core.quiet import Quiet
from bot.core.wording import REPEATED
from bot.core.wording.kept import Kept, together
from bot.core.wording.view import View
from bot.jobs.deliver import Deliver
from bot.jobs.judge import owe_crossings
from bot.jobs.make import make
from bot.jobs.quiet import resume, set_quiet, set_zone, snooze
from bot.store import Store, open_store
from bot.store.outbox import _DUE_OF_CHAT, _HEADS, MOST_TOGETHER
from tests.conftest import Clock, full_disk
from tests.fakes.analysts import LEVELS
from tests.fakes.desk import labels, new_york
from tests.fakes.telegram import (
    DROP,
    LOST,
    TOKEN,
    FakeTelegram,
    Scripted,
    bad_request,
    forbidden,
    server_error,
    slow_down,
)

NOW = 1759411800  # 2 October 2025, 09:30 New York
USER, OTHER = 7, 8
HOUR = 3600


@dataclass(slots=True)
class House:
    """Alerts that are crossed, and delivery of what they owe, on clocks that a test moves."""

    store: Store
    base_url: str
    wall: Clock = field(default_factory=lambda: Clock(NOW))
    ticks: Clock = field(default_factory=lambda: Clock(1000.0))

    def __post_init__(self) -> None:
        for chat_id in (USER, OTHER):
            self.store.chats.add(chat_id, "private", "paired", chat_id, NOW)

    @property
    def now(self) -> int:
        return int(self.wall.now)

    @asynccontextmanager
    async def delivery(self) -> AsyncIterator[Deliver]:
        chat = TelegramChat(TOKEN, self.base_url, timeout_s=5)
        yield Deliver(self.store, chat, self._view, self.wall, self.ticks)
        await chat.close()

    async def deliver(self, after_s: float = 2) -> None:
        self.wall.now += after_s
        self.ticks.now += after_s
        async with self.delivery() as deliver:
            await deliver.drain()

    def _view(self, symbol: str | None) -> View:
        quote = Quote("BABA", self.now - 20, 189.67, Session.REGULAR, "Yahoo")
        return View(self.now, Place("America/New_York"), LEVELS, quote if symbol == "BABA" else None)

    def alert(self, line: float, chat: int = USER, **policy: object) -> Alert:
        made = make(self.store, Wish("BABA", Way.CROSSES, line), chat, new_york(), "chat", NOW - HOUR)
        changed = replace(made, policy=replace(made.policy, **policy))  # type: ignore[arg-type]
        self.store.alerts.change(changed, None)
        return changed

    def cross(self, *alerts: Alert, up: bool = True, line: float | None = None) -> None:
        """These alerts are crossed in the present minute."""
        at, way = self.now, Direction.UP if up else Direction.DOWN
        fired = [
            (alert, Crossing(0, at, value, value, value, way, Session.REGULAR, None))
            for alert in alerts
            for value in [line or alert.threshold]
        ]
        quote = Quote("BABA", at, 190.75, Session.REGULAR, "Yahoo")
        owe_crossings(self.store, new_york(), fired, [Point(at, 190.75, Session.REGULAR, at)], quote, at)

    def mute(self, seconds: int, chat: int = USER) -> None:
        quiet = self.store.chats.quiet(chat)
        set_quiet(self.store, chat, replace(quiet, muted_until=self.now + seconds), self.now)

    def statuses(self) -> dict[str, int]:
        return Counter(status for (status,) in self.store.db.execute("select status from outbox"))


@pytest.fixture
def house(store: Store, telegram: FakeTelegram) -> House:
    return House(store, telegram.base_url)


def texts(telegram: FakeTelegram, chat: int = USER) -> list[str]:
    return [plain_text(sent.text) for sent in telegram.sent if sent.chat_id == chat]


# The words


async def test_what_was_kept_is_one_message_with_the_time_of_each_and_where_the_price_is(
    house: House, telegram: FakeTelegram
) -> None:
    bernstein, consensus = house.alert(190.0), house.alert(192.0, note="trim 20 %")
    house.mute(4 * HOUR)
    for minutes, alert, up in ((1, bernstein, True), (14, consensus, True), (10, consensus, False)):
        await house.deliver(60 * minutes)
        house.cross(alert, up=up)
    await house.deliver(4 * HOUR)
    (sent,) = telegram.sent
    assert plain_text(sent.text) == (
        "🕰 Kept for you since 2 Oct 09:31 New York: BABA\n"
        "09:31 reached 190.00 ↑\n"
        "09:45 reached 192.00 ↑\n"
        "09:55 reached 192.00 ↓\n"
        "At 13:54 New York 189.67 · next above 190.00 Bernstein SocGen (+0.2 %)\n"
        "📌 trim 20 %\n"
        "#1 and #2 · tells again after a move of 1 %"
    )
    assert sent.buttons == [("Levels", "/levels BABA"), ("Chart", "/chart BABA"), ("Alerts", "/alerts")]


async def test_a_single_one_is_told_with_its_time_and_never_as_now(house: House, telegram: FakeTelegram) -> None:
    house.mute(60)
    house.cross(house.alert(190.0))
    await house.deliver()
    await house.deliver(60)
    assert texts(telegram)[0].startswith("🕰 Kept for you since 2 Oct 09:30 New York: BABA\n09:30 reached 190.00 ↑\n")


async def test_times_are_those_of_the_chat_s_own_clocks(house: House, telegram: FakeTelegram) -> None:
    set_zone(house.store, USER, "Europe/Berlin", NOW)
    house.cross(house.alert(190.0))
    await house.deliver()
    house.mute(HOUR)
    house.cross(house.alert(192.0))
    await house.deliver()
    await house.deliver(HOUR)
    assert "2 Oct 15:30 Berlin, regular session" in texts(telegram)[0]
    assert texts(telegram)[1].startswith("🕰 Kept for you since 2 Oct 15:30 Berlin: BABA\n15:30 reached 192.00")


REVISED = (
    "📝 BABA: consensus cut from 192.00 to 188.00, 2 Oct 10:00 New York. BABA at 189.40 is now above it;"
    " the price did not move."
)
LOST_CHAT = (
    "⚠️ Chat 8 takes no messages: this bot was blocked or removed there, or never started. Its alerts are kept and"
    " resume when it writes to this bot (/start), a group when the bot is back in it."
)


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_everything_owed_has_its_line_in_order_and_its_stock_where_there_are_several() -> None:
    at = moment("2025-10-02 14:00")
    view = View(moment("2025-10-03 11:00"), Place("America/New_York"), (), None)
    kept = [
        Kept(events.Revised("BABA", "consensus", 192.0, 188.0, 189.4, True, at), at),
        Kept(events.Silent("NVDA", at + 600, at + 900), at + 900),
        Kept(events.Restored("NVDA", at + 600, at + 1200), at + 1200),
        Kept(events.Silent("NVDA", at + 1200, at + 1200, clock_s=600), at + 1200),
        Kept(ChatLost(OTHER, at), at + 1300),
        Kept(events.Expired("BABA", 3, "BABA above 230.00", 0, at), at + 1400),
    ]
    message = together(kept, {"BABA": view, "NVDA": view, None: view})
    assert message.html.splitlines() == [
        "<b>🕰 Kept for you since 2 Oct 10:00 New York</b>",
        REVISED,
        "10:15 ⚠️ no fresh NVDA price for 5 min",
        "✅ NVDA prices are back (silent 2 Oct 10:10–10:20 New York).",
        "10:20 ⚠️ this machine's clock is 10 min ahead of that of NVDA's prices",
        LOST_CHAT,
        "⌛ #3 BABA above 230.00 has come to its end (without a word).",
    ]
    assert labels(message) == ["Levels", "Alerts", "Chart BABA", "Chart NVDA"]


async def test_two_hundred_crossings_of_a_night_are_one_message_that_counts_those_left_out(
    house: House, telegram: FakeTelegram
) -> None:
    alert = house.alert(190.0)
    house.mute(8 * HOUR)
    for number in range(200):
        house.wall.now += 60
        house.cross(alert, line=200.0 + number)
    await house.deliver()
    await house.deliver(8 * HOUR)
    (sent,) = telegram.sent
    shown = re.findall(r"reached ([\d.]+) ", sent.text)
    (left_out,) = re.findall(r"… the first (\d+) of 200 lines are left out", sent.text)
    assert shown == [f"{200 + number}.00" for number in range(int(left_out), 200)]
    assert 50 < len(shown) < 200
    assert length(sent.params["text"]) <= LONGEST
    assert house.statuses() == {"sent": 200}


@pytest.mark.parametrize(("one", "other", "is_silent"), [(True, True, True), (True, False, False)])
async def test_it_is_silent_where_all_its_alerts_are(
    house: House, telegram: FakeTelegram, one: bool, other: bool, is_silent: bool
) -> None:
    house.mute(HOUR)
    for alert in (house.alert(190.0, silent=one), house.alert(192.0, silent=other)):
        house.cross(alert)
    await house.deliver()
    await house.deliver(HOUR)
    (sent,) = telegram.sent
    assert (sent.params.get("disable_notification") in ("true", "True")) is is_silent


# When it comes


async def test_nothing_comes_while_a_chat_is_muted_and_others_are_told(house: House, telegram: FakeTelegram) -> None:
    house.mute(HOUR)
    house.cross(house.alert(190.0))
    house.cross(house.alert(190.0, chat=OTHER))
    for _ in range(10):
        await house.deliver(300)
    assert [sent.chat_id for sent in telegram.sent] == [OTHER]


async def test_what_was_owed_before_the_mute_waits_too(house: House, telegram: FakeTelegram) -> None:
    house.cross(house.alert(190.0))
    house.mute(HOUR)
    await house.deliver()
    assert texts(telegram) == []
    await house.deliver(HOUR)
    assert len(texts(telegram)) == 1


async def test_quiet_hours_by_the_chat_s_clocks_are_obeyed(house: House, telegram: FakeTelegram) -> None:
    set_zone(house.store, USER, "Asia/Tokyo", NOW)  # it is 22:30 there
    set_quiet(house.store, USER, Quiet("Asia/Tokyo", (22 * 60, 7 * 60)), NOW)
    house.cross(house.alert(190.0))
    await house.deliver(8 * HOUR + 1700)
    assert texts(telegram) == []
    await house.deliver(200)
    assert texts(telegram)[0].startswith("🕰 Kept for you since 2 Oct 22:30 Tokyo: BABA")


async def test_resume_brings_it_at_once(house: House, telegram: FakeTelegram) -> None:
    house.mute(24 * HOUR)
    for line in (190.0, 192.0):
        house.cross(house.alert(line))
        await house.deliver()
    resume(house.store, USER, house.now)
    await house.deliver()
    assert len(texts(telegram)) == 1


async def test_five_crossings_within_a_pause_are_one_message(house: House, telegram: FakeTelegram) -> None:
    alert = house.alert(190.0, every_s=4 * HOUR)
    for number in range(6):
        house.cross(alert, line=200.0 + number)
        await house.deliver()
        house.wall.now += 600
    await house.deliver(4 * HOUR)
    at_once, later = texts(telegram)
    assert at_once.startswith("🔔 BABA reached 200.00")
    assert re.findall(r"reached ([\d.]+) ", later) == ["201.00", "202.00", "203.00", "204.00", "205.00"]


async def test_what_happens_while_a_chat_is_told_comes_at_once_and_alone(house: House, telegram: FakeTelegram) -> None:
    for line in (190.0, 192.0):
        house.cross(house.alert(line))
    await house.deliver()
    await house.deliver()
    assert [text.split()[0] for text in texts(telegram)] == ["🔔", "🔔"]


async def test_more_than_one_message_may_hold_come_in_several(house: House, telegram: FakeTelegram) -> None:
    event = events.Restored("BABA", NOW - 900, NOW - 600)
    with house.store.transaction():
        for _ in range(MOST_TOGETHER + 3):
            house.store.outbox.owe([USER], event, NOW, NOW + 60)
    await house.deliver(60)
    await house.deliver()
    assert (len(telegram.sent), house.statuses()) == (2, {"sent": MOST_TOGETHER + 3})


# What goes wrong


@pytest.fixture
async def kept(house: House) -> list[Alert]:
    """Three crossings of three alerts, due now after an hour's mute."""
    alerts = [house.alert(line) for line in (190.0, 192.0, 230.0)]
    house.mute(HOUR)
    for alert in alerts:
        house.cross(alert)
    await house.deliver()
    house.wall.now += HOUR
    return alerts


def lines(text: str) -> list[str]:
    return re.findall(r"reached ([\d.]+)\.00", text)


@pytest.mark.parametrize("end", [DROP, LOST])
async def test_after_an_unclear_end_it_is_repeated_whole_and_marked(
    house: House, telegram: FakeTelegram, kept: list[Alert], end: Scripted
) -> None:
    telegram.script("sendMessage", end)
    await house.deliver()
    await house.deliver()
    assert lines(texts(telegram)[-1]) == ["190", "192", "230"]
    assert REPEATED in texts(telegram)[-1]
    assert house.statuses() == {"sent": 3}


async def test_what_is_new_is_not_mixed_into_a_repeat(house: House, telegram: FakeTelegram, kept: list[Alert]) -> None:
    telegram.script("sendMessage", DROP)
    await house.deliver()
    house.cross(kept[0], line=185.0)
    for _ in range(2):
        await house.deliver()
    assert [(lines(text), REPEATED in text) for text in texts(telegram)] == [
        (["190", "192", "230"], True), (["185"], False),
    ]  # fmt: skip


async def test_a_crash_while_it_is_sent_repeats_it_whole(
    house: House, telegram: FakeTelegram, kept: list[Alert]
) -> None:
    outbox = house.store.outbox
    outbox.begin(outbox.together(outbox.due(house.now)[0], house.now), house.now)
    assert outbox.recover() == 3
    await house.deliver()
    (text,) = texts(telegram)
    assert (lines(text), REPEATED in text) == (["190", "192", "230"], True)


async def test_accepted_but_not_noted_it_does_not_go_out_again_and_takes_nothing_new_along(
    house: House, telegram: FakeTelegram, kept: list[Alert]
) -> None:
    async with house.delivery() as deliver:
        with full_disk(house.store, "update of sent_at on outbox"):
            await deliver.drain()
        house.cross(kept[0], line=185.0)
        house.ticks.now += 60
        await deliver.drain()
        assert house.statuses() == {"sent": 3, "pending": 1}
        house.ticks.now += 60
        await deliver.drain()
    assert [lines(text) for text in texts(telegram)] == [["190", "192", "230"], ["185"]]


async def test_a_row_that_cannot_be_worded_holds_up_none_of_the_others(
    house: House, telegram: FakeTelegram, kept: list[Alert]
) -> None:
    house.store.db.conn.execute("update outbox set facts = '{' where id = 2")
    for _ in range(4):
        await house.deliver()
    assert [line for text in texts(telegram) for line in lines(text)] == ["190", "230"]
    assert house.statuses() == {"sent": 2, "dead": 1}


async def test_a_digest_that_is_refused_is_sent_row_by_row(
    house: House, telegram: FakeTelegram, kept: list[Alert]
) -> None:
    telegram.script("sendMessage", bad_request("can't parse entities"))
    for _ in range(4):
        await house.deliver()
    assert [lines(text) for text in texts(telegram)] == [["190"], ["192"], ["230"]]


async def test_a_chat_that_has_blocked_us_gets_none_of_it(
    house: House, telegram: FakeTelegram, kept: list[Alert]
) -> None:
    telegram.script("sendMessage", forbidden("bot was blocked by the user"))
    await house.deliver()
    assert house.statuses() == {"dead": 3}


# Nothing scans


@pytest.mark.parametrize(("query", "arguments"), [(_HEADS, [NOW]), (_DUE_OF_CHAT, [USER, NOW, 500])])
def test_what_is_due_is_found_by_an_index(store: Store, query: str, arguments: list[int]) -> None:
    plan = [row[-1] for row in store.db.execute(f"explain query plan {query}", arguments)]
    assert [step for step in plan if "outbox_due" in step]
    assert [step for step in plan if step.startswith("SCAN outbox") and "outbox_due" not in step] == []


async def test_a_hundred_thousand_messages_of_a_muted_chat_delay_no_other(house: House, telegram: FakeTelegram) -> None:
    event = events.Restored("BABA", NOW - 900, NOW - 600)
    with house.store.transaction():
        for _ in range(200):
            house.store.outbox.owe([USER] * 500, event, NOW, NOW + HOUR)
    house.cross(house.alert(190.0, chat=OTHER))
    await house.deliver()
    assert len(texts(telegram, OTHER)) == 1
    house.wall.now += HOUR
    first = house.store.outbox.due(house.now)[0]
    assert len(house.store.outbox.together(first, house.now).rows) == MOST_TOGETHER


# Never lost


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_muted_snoozed_and_resumed_every_crossing_is_in_exactly_one_message(
    house: House, telegram: FakeTelegram, tmp_path: Path, seed: int
) -> None:
    chance = Chance(house, telegram, tmp_path, random.Random(seed))
    for _ in range(120):
        await chance.step()
    resume(house.store, USER, house.now)
    set_quiet(house.store, USER, Quiet("UTC"), house.now)
    for _ in range(8):
        await house.deliver(2 * HOUR)
    assert set(house.statuses()) == {"sent"}
    assert sorted(line for text in texts(telegram) for line in lines(text)) == sorted(chance.owed)
    house.store.close()


class Chance:
    """One thing after another that people, prices and machines may do."""

    def __init__(self, house: House, telegram: FakeTelegram, folder: Path, dice: random.Random) -> None:
        self.house, self.telegram, self.folder, self.dice = house, telegram, folder, dice
        pauses = (None, HOUR, None, 4 * HOUR)
        self.alerts = [house.alert(190.0 + number, every_s=every_s) for number, every_s in enumerate(pauses)]
        self.owed: list[str] = []

    async def step(self) -> None:
        if self.dice.random() < 0.3:
            await self.house.deliver(self.dice.choice([1, 60, 1800, 7200]))
        rare = [self.mute, self.hours, self.snooze, self.wake, self.resume, self.restart, self.fail]
        self.dice.choice([self.cross] * 4 + rare)()

    def cross(self) -> None:
        self.owed.append(str(300 + len(self.owed)))
        self.house.cross(self.dice.choice(self.alerts), line=float(self.owed[-1]))

    def mute(self) -> None:
        self.house.mute(self.dice.choice([60, HOUR, 5 * HOUR]))

    def hours(self) -> None:
        begins, lasts = self.dice.randrange(1440), self.dice.choice([30, 300, 1400])
        quiet = replace(self.house.store.chats.quiet(USER), hours=(begins, (begins + lasts) % 1440))
        set_quiet(self.house.store, USER, quiet, self.house.now)

    def snooze(self) -> None:
        until = self.house.now + self.dice.choice([60, HOUR, 5 * HOUR])
        snooze(self.house.store, USER, self.dice.sample([1, 2, 3, 4], 2), until, self.house.now)

    def wake(self) -> None:
        snooze(self.house.store, USER, self.dice.sample([1, 2, 3, 4], 2), None, self.house.now)

    def resume(self) -> None:
        resume(self.house.store, USER, self.house.now)

    def restart(self) -> None:
        self.house.store.close()
        self.house.store = open_store(self.folder / "t.db")

    def fail(self) -> None:
        """The next send is cut off before it arrives, or refused for the moment."""
        self.telegram.script("sendMessage", self.dice.choice([DROP, server_error(), slow_down(2)]))
