"""Buttons of any length: what goes out is short, what comes back means the same, after a restart too."""

import asyncio
from pathlib import Path

import pytest

from bot import commands
from bot.chats import Incoming
from bot.chats.telegram_chat import TelegramChat
from bot.core.message import Button, Message
from bot.jobs.listen import Listen
from bot.store import Store, open_store
from bot.store.buttons import MOST_KEPT
from tests.conftest import Clock
from tests.fakes.analysts import level
from tests.fakes.desk import ME, NOW, OTHER, STRANGER, furnished, own
from tests.fakes.telegram import TOKEN, FakeTelegram, Posted

LONG = "/alert BABA above Mitsubishi UFJ Morgan Stanley Partners Sons and Heirs once"


def shown(store: Store, *labels_and_commands: tuple[str, str]) -> list[str]:
    buttons = tuple(Button(label, command) for label, command in labels_and_commands)
    return [button.command for button in store.buttons.shortened(Message("A", (buttons,))).buttons[0]]


def test_only_what_is_too_long_is_replaced_and_always_by_the_same_id(store: Store) -> None:
    assert shown(store, ("Yes", LONG), ("No", "/cancel"), ("Other", LONG + " 2")) == ["~1", "/cancel", "~2"]
    assert shown(store, ("Again", LONG)) == ["~1"]


def test_an_id_means_its_command_after_a_restart_too(store: Store, tmp_path: Path) -> None:
    assert shown(store, ("Yes", LONG)) == ["~1"]
    again = open_store(tmp_path / "t.db")
    assert again.buttons.meant("~1") == LONG
    again.close()


@pytest.mark.parametrize("text", ["/alerts", "~", "~x", "~1 2", "192", "~-1", "~١"])
def test_what_is_no_id_means_itself(store: Store, text: str) -> None:
    assert store.buttons.meant(text) == text


@pytest.mark.parametrize("text", ["~7", "~0", "~999999999999999999"])
def test_an_unknown_id_means_nothing(store: Store, text: str) -> None:
    assert store.buttons.meant(text) is None


def test_the_oldest_of_very_many_commands_are_forgotten(store: Store) -> None:
    assert shown(store, ("Yes", LONG)) == ["~1"]
    store.db.execute("insert into buttons values (?, 'the last but one')", [MOST_KEPT])
    assert shown(store, ("Yes", LONG + " 2")) == [f"~{MOST_KEPT + 1}"]
    assert (store.buttons.meant("~1"), store.buttons.meant(f"~{MOST_KEPT}")) == (None, "the last but one")


class Talk:
    """One update after another through the listener, as the messenger brings them."""

    def __init__(self, store: Store, telegram: FakeTelegram) -> None:
        self.desk = furnished(store)
        self.desk.store.levels.revise(level("Mitsubishi UFJ & Morgan Stanley & Partners & Sons & Heirs", 150.0), NOW)
        self.telegram = telegram

    async def __call__(self, *updates: int) -> None:
        chat = TelegramChat(TOKEN, self.telegram.base_url, poll_timeout_s=1, timeout_s=5)
        ticks = Clock(1000.0)

        async def pause(seconds: float) -> None:
            ticks.now += seconds

        listen = Listen(
            self.desk.store, chat, self._respond, Clock(NOW), "offset", sleep=pause, monotonic=ticks  # type: ignore[arg-type]
        )  # fmt: skip
        task = asyncio.create_task(listen.run())
        await asyncio.to_thread(self.telegram.wait_until, lambda: _asked_beyond(self.telegram, max(updates)))
        task.cancel()
        await asyncio.wait([task])
        await chat.close()

    def _respond(self, incoming: Incoming, now: int) -> Message | None:
        return commands.respond(self.desk, incoming, now)

    async def say(self, text: str, user: int = ME) -> Posted:
        await self(self.telegram.type(user, user, text))
        return self.telegram.sent[-1]

    async def tap(self, message: Posted, command: str, user: int = ME, times: int = 1) -> None:
        await self(*(self.telegram.tap(user, user, message.message_id, command) for _ in range(times)))


def _asked_beyond(telegram: FakeTelegram, update: int) -> bool:
    asked = [int(params["offset"]) for method, params in telegram.calls if method == "getUpdates"]
    return max(asked, default=0) > update


@pytest.fixture
def talk(store: Store, telegram: FakeTelegram) -> Talk:
    return Talk(store, telegram)


async def test_a_tap_on_a_long_button_does_what_it_says(talk: Talk) -> None:
    question = await talk.say("/alert above mitsubishi")
    ids = dict(question.buttons)
    assert ids == {"At the next fresh reach": "~1", "Tell me now too": "~2", "Cancel": "/cancel"}
    await talk.tap(question, ids["At the next fresh reach"])
    assert own(talk.desk) == ["#1 above Mitsubishi UFJ & Morgan Stanley & Partners & Sons & Heirs"]
    assert talk.telegram.edits[-1].text.startswith("✅ #1 ")


async def test_a_double_tap_makes_one_alert(talk: Talk) -> None:
    question = await talk.say("/alert above mitsubishi")
    await talk.tap(question, "~1", times=2)
    assert len(own(talk.desk)) == 1
    assert talk.telegram.edits[-1].text.endswith("watches that already.")


@pytest.mark.parametrize(
    ("begins", "command", "answer"),
    [
        ("/alert above 192", "/delete 1", "There is no alert #1 (any more)."),
        ("/alert above 192", "/snooze 1 1h", "#1 is quiet until 11:00 New York."),
        ("/alert above 192", "/snooze 1 off", "#1 is not snoozed."),
        ("/mute 2h", "/resume", "Nothing was muted or snoozed."),
        ("/mute 22-7", "/mute off", "Nothing was muted or snoozed."),
        ("/alert above 150", "/alert BABA above 150 fresh", "#1 BABA above 150.00 watches that already."),
        ("/alert above 150", "/alert BABA above 150 now", "#1 BABA above 150.00 watches that already."),
        ("/watch NVDA", "/unwatch NVDA anyway", "NVDA is not watched."),
        ("/digest", "/digest on", "The digest is on:"),
    ],
)
async def test_the_second_of_two_taps_says_nothing_absurd(talk: Talk, begins: str, command: str, answer: str) -> None:
    message = await talk.say(begins)
    await talk.tap(message, command, times=2)
    said = [edit.text for edit in talk.telegram.edits] or [talk.telegram.sent[-1].text]
    assert said[-1].startswith(answer)


async def test_a_stranger_who_taps_a_short_id_hears_nothing(talk: Talk) -> None:
    question = await talk.say("/alert above mitsubishi")
    calls = len(talk.telegram.sent)
    for command in ("~1", "~99"):
        await talk.tap(question, command, user=STRANGER)
    assert (len(talk.telegram.sent), talk.telegram.edits, own(talk.desk)) == (calls, [], [])


async def test_a_short_id_acts_for_the_chat_it_is_tapped_in(talk: Talk) -> None:
    question = await talk.say("/alert above mitsubishi")
    await talk.tap(question, "~1", user=OTHER)
    assert (len(own(talk.desk)), len(own(talk.desk, OTHER))) == (0, 1)


async def test_an_id_nobody_knows_any_more_is_answered_clearly(talk: Talk) -> None:
    await talk.tap(await talk.say("/help"), "~99")
    assert talk.telegram.edits[-1].text.startswith("What this button did is not known here any more.")


async def test_an_id_that_is_typed_is_no_button(talk: Talk) -> None:
    await talk.say("/alert above mitsubishi")
    await talk.say("~1")
    assert own(talk.desk) == []
