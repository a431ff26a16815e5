import asyncio
import contextlib
import logging
import socket
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from telegram.error import NetworkError, TimedOut

from bot.chats import ChatKind, Incoming, SendError, SendFault
from bot.chats.telegram_chat import TelegramChat
from bot.chats.telegram_faults import fault_of
from bot.core.message import Button, File, Message
from bot.logs import RedactingFormatter
from tests.fakes.pictures import PICTURE, TABLE, png
from tests.fakes.telegram import (
    DROP,
    FIRST_UPDATE,
    HANG,
    LOST,
    RESET,
    TOKEN,
    USERNAME,
    FakeTelegram,
    Scripted,
    bad_request,
    conflict,
    forbidden,
    garbage,
    migrated,
    refusal,
    server_error,
    slow_down,
    unauthorized,
)

USER, GROUP, CHANNEL = 7, -1007, -1008
HELLO = Message("<b>BABA</b> reached 190.00")

UNCLEAR, BLOCKED, MALFORMED = SendFault.UNCLEAR, SendFault.BLOCKED, SendFault.MALFORMED
FAULTS: dict[str, tuple[Scripted, SendFault]] = {
    "429": (slow_down(7), SendFault.SLOW_DOWN),
    "429 that names no time": (refusal(429, "Too Many Requests: retry later"), SendFault.SLOW_DOWN),
    "429 without a word": (garbage(b"{}", status=429), SendFault.SLOW_DOWN),
    "a proxy's 429": (garbage(status=429), SendFault.SLOW_DOWN),
    "500": (server_error(500), UNCLEAR),
    "502": (server_error(502), UNCLEAR),
    "503": (server_error(503), UNCLEAR),
    "502 in HTML": (garbage(status=502), UNCLEAR),
    "blocked by the user": (forbidden(), BLOCKED),
    "kicked from the group": (forbidden("bot was kicked from the group chat"), BLOCKED),
    "chat not found": (bad_request("chat not found"), BLOCKED),
    "user deactivated": (bad_request("user is deactivated"), BLOCKED),
    "group deactivated": (bad_request("group chat was deactivated"), BLOCKED),
    "no such peer": (bad_request("PEER_ID_INVALID"), BLOCKED),
    "may not write": (bad_request("not enough rights to send text messages to the chat"), BLOCKED),
    "bad HTML": (bad_request("can't parse entities: unsupported start tag"), MALFORMED),
    "too long": (bad_request("message is too long"), MALFORMED),
    "migrated": (migrated(-1009), SendFault.MIGRATED),
    "401": (unauthorized(401), SendFault.REJECTED),
    "404": (unauthorized(404), SendFault.REJECTED),
    "409": (conflict(), SendFault.CONFLICT),
    "no answer in time": (HANG, UNCLEAR),
    "connection closed": (DROP, UNCLEAR),
    "connection reset": (RESET, UNCLEAR),
    "accepted, answer lost": (LOST, UNCLEAR),
    "200 in HTML": (garbage(), UNCLEAR),
    "200 without a result": (garbage(b'{"ok": true}'), UNCLEAR),
    "200 with a strange result": (garbage(b'{"ok": true, "result": 7}'), UNCLEAR),
    "200 with no object": (garbage(b"[]"), UNCLEAR),
    "a portal's 403": (garbage(status=403), UNCLEAR),
    "a portal's 404": (garbage(status=404), UNCLEAR),
    "a portal's 400": (garbage(status=400), UNCLEAR),
    "a 400 with no object": (garbage(b"7", status=400), UNCLEAR),
}

Call = Callable[[TelegramChat], Awaitable[object]]
CALLS: dict[str, tuple[str, Call]] = {
    "send": ("sendMessage", lambda chat: chat.send(USER, HELLO)),
    "receive": ("getUpdates", lambda chat: chat.receive(0)),
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
async def chat(telegram: FakeTelegram) -> AsyncIterator[TelegramChat]:
    async with opened(telegram.base_url) as chat:
        await chat.connect()
        yield chat


@contextlib.asynccontextmanager
async def opened(base_url: str, timeout_s: float = 10.0, token: str = TOKEN) -> AsyncIterator[TelegramChat]:
    chat = TelegramChat(token, base_url, poll_timeout_s=0, timeout_s=timeout_s)
    yield chat
    await chat.close()


async def failure(call: Awaitable[object]) -> SendError:
    with pytest.raises(SendError) as caught:
        await call
    return caught.value


# What a failure means


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", FAULTS)
async def test_every_failure_has_one_meaning(telegram: FakeTelegram, name: str, call: str) -> None:
    response, meaning = FAULTS[name]
    method, make = CALLS[call]
    async with opened(telegram.base_url, timeout_s=0.2 if response is HANG else 10) as chat:
        await chat.connect()
        telegram.script(method, response)
        assert (await failure(make(chat))).fault is meaning


@pytest.mark.parametrize("name", FAULTS)
async def test_a_failure_of_the_check_of_the_token_has_the_same_meaning(telegram: FakeTelegram, name: str) -> None:
    response, meaning = FAULTS[name]
    async with opened(telegram.base_url, timeout_s=0.2 if response is HANG else 10) as chat:
        telegram.script("getMe", response)
        assert (await failure(chat.connect())).fault is meaning
        assert await chat.connect() == USERNAME


@pytest.mark.parametrize(
    ("cause", "meaning"),
    [
        (httpx.ConnectError(""), SendFault.UNSENT),
        (httpx.ConnectTimeout(""), SendFault.UNSENT),
        (httpx.PoolTimeout(""), SendFault.UNSENT),
        (httpx.ProxyError(""), SendFault.UNSENT),
        (httpx.ReadTimeout(""), UNCLEAR),
        (httpx.WriteTimeout(""), UNCLEAR),
        (httpx.ReadError(""), UNCLEAR),
        (httpx.WriteError(""), UNCLEAR),
        (httpx.RemoteProtocolError(""), UNCLEAR),
        (OSError("anything else"), UNCLEAR),
        (None, UNCLEAR),
    ],
)
@pytest.mark.parametrize("error", [TimedOut(), NetworkError("httpx")])
def test_only_what_never_left_counts_as_not_sent(
    error: NetworkError, cause: Exception | None, meaning: SendFault
) -> None:
    error.__cause__ = cause
    assert fault_of(error).fault is meaning


async def test_a_refused_connection_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with opened(f"http://127.0.0.1:{port}/bot") as chat:
        assert (await failure(chat.connect())).fault is SendFault.UNSENT
        assert (await failure(chat.send(USER, HELLO))).fault is SendFault.UNSENT


async def test_a_message_that_found_no_free_connection_is_not_sent(telegram: FakeTelegram) -> None:
    telegram.script("sendMessage", *[HANG] * 40)
    async with opened(telegram.base_url, timeout_s=1) as chat:
        ends = await asyncio.gather(*(failure(chat.send(USER, HELLO)) for _ in range(33)))
    faults = [end.fault for end in ends]
    assert faults.count(SendFault.UNSENT) == 1
    assert faults.count(UNCLEAR) == 32


@pytest.mark.parametrize("as_timedelta", ["0", "1"])
async def test_the_wait_that_telegram_asks_for_is_kept_in_seconds(
    telegram: FakeTelegram, chat: TelegramChat, monkeypatch: pytest.MonkeyPatch, as_timedelta: str
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", as_timedelta)
    telegram.script("sendMessage", slow_down(37))
    assert (await failure(chat.send(USER, HELLO))).retry_after_s == 37.0


@pytest.mark.parametrize("number", [b"", b'"message_id": "7",', b'"message_id": 1e30,', b'"message_id": null,'])
async def test_an_acceptance_without_a_number_is_unclear(
    telegram: FakeTelegram, chat: TelegramChat, number: bytes
) -> None:
    result = b'{"ok": true, "result": {' + number + b'"date": 1, "chat": {"id": 7, "type": "private"}}}'
    telegram.script("sendMessage", garbage(result))
    assert (await failure(chat.send(USER, HELLO))).fault is UNCLEAR


@pytest.mark.parametrize(("words", "wait_s"), [("retry after 41", 41.0), ("retry after 0", None), ("later", None)])
async def test_a_wait_that_only_the_words_say_is_kept_too(
    telegram: FakeTelegram, chat: TelegramChat, words: str, wait_s: float | None
) -> None:
    telegram.script("sendMessage", refusal(429, f"Too Many Requests: {words}"))
    assert (await failure(chat.send(USER, HELLO))).retry_after_s == wait_s


async def test_a_migrated_group_names_its_new_id(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.script("sendMessage", migrated(-100500))
    assert (await failure(chat.send(GROUP, HELLO))).new_chat_id == -100500


async def test_after_a_failure_the_next_send_passes(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.script("sendMessage", DROP, RESET)
    await failure(chat.send(USER, HELLO))
    await failure(chat.send(USER, HELLO))
    assert await chat.send(USER, HELLO) == telegram.sent[0].message_id


async def test_a_lost_answer_may_hide_a_delivered_message(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.script("sendMessage", LOST)
    assert (await failure(chat.send(USER, HELLO))).fault is UNCLEAR
    assert len(telegram.sent) == 1


async def test_a_wrong_token_is_rejected(telegram: FakeTelegram) -> None:
    async with opened(telegram.base_url, token="987654321:wrong") as chat:
        for call in (chat.connect(), chat.send(USER, HELLO), chat.receive(0)):
            assert (await failure(call)).fault is SendFault.REJECTED


# The token stays secret


@pytest.mark.parametrize("call", ["connect", *CALLS])
@pytest.mark.parametrize("name", FAULTS)
async def test_no_failure_shows_the_token(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture, name: str, call: str
) -> None:
    caplog.set_level(logging.DEBUG)
    method, make = CALLS.get(call, ("getMe", TelegramChat.connect))
    response, _ = FAULTS[name]
    telegram.script(method, response)
    async with opened(telegram.base_url, timeout_s=0.2 if response is HANG else 10) as chat:
        error = await failure(make(chat))
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = [repr(error), str(error), *traceback.format_exception(error)]
    redacting = RedactingFormatter()
    assert not [line for line in shown if TOKEN in line]
    assert not [record for record in caplog.records if TOKEN in redacting.format(record)]
    assert any(TOKEN in record.getMessage() for record in caplog.records), "the logs hold it until they are redacted"


# What goes out


async def test_a_message_goes_out_as_html_with_its_buttons(telegram: FakeTelegram, chat: TelegramChat) -> None:
    rows = ((Button("Yes", "/yes"), Button("No", "/no")), (Button("Later", "/later"),))
    sent_id = await chat.send(USER, Message("A &amp; <b>B</b> <s>C</s>", rows, silent=True))
    (sent,) = telegram.sent
    assert (sent.message_id, sent.chat_id, sent.text, sent.silent) == (
        sent_id,
        USER,
        "A &amp; <b>B</b> <s>C</s>",
        True,
    )
    assert sent.params["parse_mode"] == "HTML"
    assert sent.params["link_preview_options"] == '{"is_disabled": true}'
    assert sent.buttons == [("Yes", "/yes"), ("No", "/no"), ("Later", "/later")]


async def test_a_button_too_long_for_telegram_is_left_out(telegram: FakeTelegram, chat: TelegramChat) -> None:
    too_long = Button("Long", "/alert " + "ä" * 29)
    await chat.send(USER, Message("A", ((too_long, Button("Fits", "/x")), (too_long,))))
    await chat.send(USER, Message("B", ((too_long,),)))
    assert [sent.buttons for sent in telegram.sent] == [[("Fits", "/x")], []]


async def test_the_menu_lists_the_commands(telegram: FakeTelegram, chat: TelegramChat) -> None:
    await chat.publish_menu([("/price", "Where the price is"), ("help", "What I understand")])
    assert telegram.menu == [("price", "Where the price is"), ("help", "What I understand")]


async def test_a_text_is_answered_by_a_new_message(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.type(USER, USER, "/price")
    (incoming,) = await chat.receive(0)
    await chat.answer(incoming, HELLO)
    assert [(sent.chat_id, sent.text) for sent in telegram.sent] == [(USER, HELLO.html)]


async def tapped(telegram: FakeTelegram, chat: TelegramChat, first: Message) -> Incoming:
    telegram.tap(USER, USER, await chat.send(USER, first), "/delete 7")
    (incoming,) = await chat.receive(0)
    return incoming


async def test_a_tap_is_answered_by_editing_what_was_tapped(telegram: FakeTelegram, chat: TelegramChat) -> None:
    incoming = await tapped(telegram, chat, HELLO)
    await chat.answer(incoming, Message("Deleted #7"))
    assert [(edit.message_id, edit.text) for edit in telegram.edits] == [(telegram.sent[0].message_id, "Deleted #7")]
    assert telegram.answered_taps == [incoming.tap_id]
    assert len(telegram.sent) == 1


async def test_an_edit_that_changes_nothing_is_well(telegram: FakeTelegram, chat: TelegramChat) -> None:
    incoming = await tapped(telegram, chat, HELLO)
    await chat.answer(incoming, HELLO)
    assert (len(telegram.edits), len(telegram.sent)) == (0, 1)


@pytest.mark.parametrize("why", ["message can't be edited", "message to edit not found", "MESSAGE_ID_INVALID"])
async def test_a_tapped_message_beyond_editing_is_answered_anew(
    telegram: FakeTelegram, chat: TelegramChat, why: str
) -> None:
    incoming = await tapped(telegram, chat, HELLO)
    telegram.script("editMessageText", bad_request(why))
    await chat.answer(incoming, Message("Deleted #7"))
    assert telegram.sent[-1].text == "Deleted #7"


async def test_a_tap_too_old_to_be_answered_is_carried_out(telegram: FakeTelegram, chat: TelegramChat) -> None:
    incoming = await tapped(telegram, chat, HELLO)
    telegram.script("answerCallbackQuery", bad_request("query is too old and response timeout expired"))
    await chat.answer(incoming, Message("Deleted #7"))
    assert telegram.edits[0].text == "Deleted #7"


@pytest.mark.parametrize("method", ["answerCallbackQuery", "editMessageText"])
@pytest.mark.parametrize("name", ["429", "500", "blocked by the user", "connection closed", "200 in HTML"])
async def test_an_answer_to_a_tap_fails_as_a_send_does(
    telegram: FakeTelegram, chat: TelegramChat, method: str, name: str
) -> None:
    incoming = await tapped(telegram, chat, HELLO)
    response, meaning = FAULTS[name]
    telegram.script(method, response)
    assert (await failure(chat.answer(incoming, Message("Deleted #7")))).fault is meaning


# What comes in


async def test_a_text_says_who_and_where(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.type(USER, USER, "/price")
    telegram.type(GROUP, USER, "192")
    assert await chat.receive(0) == [
        Incoming(FIRST_UPDATE, USER, ChatKind.PRIVATE, USER, "/price"),
        Incoming(FIRST_UPDATE + 1, GROUP, ChatKind.GROUP, USER, "192"),
    ]


async def test_a_tap_is_the_command_of_its_button(telegram: FakeTelegram, chat: TelegramChat) -> None:
    incoming = await tapped(telegram, chat, HELLO)
    assert (incoming.chat_id, incoming.user_id, incoming.text) == (USER, USER, "/delete 7")
    assert incoming.tapped_message_id == telegram.sent[0].message_id


async def test_a_tap_under_a_message_long_gone_still_counts(telegram: FakeTelegram, chat: TelegramChat) -> None:
    gone = {"message_id": 3, "date": 0, "chat": {"id": USER, "type": "private"}}
    person = {"id": USER, "is_bot": False, "first_name": "U"}
    telegram.inject(callback_query={"id": "t", "from": person, "message": gone, "chat_instance": "1", "data": "/help"})
    (incoming,) = await chat.receive(0)
    assert (incoming.text, incoming.tapped_message_id) == ("/help", 3)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (f"/price@{USERNAME}", "/price"),
        (f"/alert@{USERNAME.upper()} BABA above 192", "/alert BABA above 192"),
        (f"/alert@{USERNAME}\n192", "/alert\n192"),
        ("/price@another_bot", None),
        ("/alert 192 @another_bot", "/alert 192 @another_bot"),
        ("mail me@home", "mail me@home"),
    ],
)
async def test_a_command_to_another_bot_is_not_ours(
    telegram: FakeTelegram, chat: TelegramChat, typed: str, text: str | None
) -> None:
    telegram.type(GROUP, USER, typed)
    (incoming,) = await chat.receive(0)
    assert incoming.text == text


async def test_an_anonymous_admin_is_nobody_in_the_group(telegram: FakeTelegram, chat: TelegramChat) -> None:
    group = {"id": GROUP, "type": "supergroup", "title": "Group"}
    telegram.type(GROUP, 1087968824, "/price", sender_chat=group)
    (incoming,) = await chat.receive(0)
    assert (incoming.chat_id, incoming.user_id, incoming.text) == (GROUP, None, None)


@pytest.mark.parametrize(
    "mark",
    [
        {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Owner"}},
        {"via_bot": {"id": 9, "is_bot": True, "first_name": "B", "username": "owner"}},
        {"sender_chat": {"id": CHANNEL, "type": "channel", "title": "C"}, "is_automatic_forward": True},
        {"from": {"id": USER, "is_bot": True, "first_name": "B"}},
    ],
    ids=["forwarded", "through a bot", "passed on from a channel", "by a bot"],
)
async def test_what_a_person_did_not_type_here_is_only_counted(
    telegram: FakeTelegram, chat: TelegramChat, mark: dict[str, object]
) -> None:
    telegram.type(GROUP, USER, "/delete all yes", **mark)
    (incoming,) = await chat.receive(0)
    assert (incoming.text, incoming.moved_to) == (None, None)


async def test_a_tap_in_a_channel_is_only_counted(telegram: FakeTelegram, chat: TelegramChat) -> None:
    posted = {"message_id": 3, "date": 1, "chat": {"id": CHANNEL, "type": "channel", "title": "C"}}
    telegram.inject(
        callback_query={"id": "t", "from": PERSON, "message": posted, "chat_instance": "1", "data": "/delete 1"}
    )
    assert await chat.receive(0) == [Incoming(FIRST_UPDATE)]


async def test_half_a_character_is_read_as_a_question_mark(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.type(USER, USER, "above 192 note \ud83d")
    (incoming,) = await chat.receive(0)
    assert incoming.text == "above 192 note ?"


async def test_a_group_that_moves_says_where_to(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.inject(message=STICKER | {"chat": {"id": GROUP, "type": "group"}, "migrate_to_chat_id": -1001007})
    (incoming,) = await chat.receive(0)
    assert (incoming.chat_id, incoming.moved_to, incoming.text) == (GROUP, -1001007, None)


STICKER = {
    "message_id": 1,
    "date": 1,
    "chat": {"id": USER, "type": "private"},
    "dice": {"emoji": "🎲", "value": 6},
}
TEXT = {"message_id": 1, "date": 1, "chat": {"id": USER, "type": "private"}, "text": "/price"}
PERSON = {"id": USER, "is_bot": False, "first_name": "U"}


@pytest.mark.parametrize(
    "update",
    [
        {"message": STICKER},
        {"edited_message": TEXT},
        {"channel_post": TEXT},
        {"callback_query": {"id": "t", "from": PERSON, "chat_instance": "1", "data": "/help"}},
        {"callback_query": {"id": "t", "from": PERSON, "chat_instance": "1", "message": TEXT}},
        {"something_new": {"from": "next year"}},
        {"message": "not an object"},
        {"message": {"text": "/price"}},
        {"message": TEXT | {"date": "yesterday"}},
        {"message": TEXT | {"date": 10**20}},
        {"message": TEXT | {"chat": {"id": USER, "type": "hologram"}}},
        {"message": TEXT | {"from": PERSON, "chat": {"id": 10**30, "type": "private"}}},
        {"message": TEXT | {"from": PERSON | {"id": str(USER)}}},
        {"message": TEXT | {"from": PERSON | {"id": True}}},
        {"callback_query": {"id": "t", "from": PERSON, "chat_instance": "1", "message": TEXT, "data": 7}},
        {},
    ],
)
async def test_what_is_no_text_is_counted_and_blocks_nothing(
    telegram: FakeTelegram, chat: TelegramChat, update: dict[str, object]
) -> None:
    telegram.inject(**update)
    telegram.type(USER, USER, "/help")
    strange, plain = await chat.receive(0)
    assert (strange.update_id, strange.text) == (FIRST_UPDATE, None)
    assert (plain.update_id, plain.text) == (FIRST_UPDATE + 1, "/help")


async def test_a_channel_post_has_no_user_and_is_only_counted(telegram: FakeTelegram, chat: TelegramChat) -> None:
    telegram.post(CHANNEL, "/price")
    assert await chat.receive(0) == [Incoming(FIRST_UPDATE)]


@pytest.mark.parametrize(
    "update", [b"{}", b"7", b'{"update_id": "x"}', b'{"update_id": true}', b'{"update_id": -1}', b'{"update_id": 1e30}']
)
async def test_an_update_that_cannot_be_counted_is_an_unclear_answer(
    telegram: FakeTelegram, chat: TelegramChat, update: bytes
) -> None:
    telegram.script("getUpdates", garbage(b'{"ok": true, "result": [' + update + b"]}"))
    assert (await failure(chat.receive(0))).fault is UNCLEAR


async def test_what_was_confirmed_by_the_offset_does_not_come_again(telegram: FakeTelegram, chat: TelegramChat) -> None:
    for text in ("one", "two", "three"):
        telegram.type(USER, USER, text)
    assert [incoming.text for incoming in await chat.receive(FIRST_UPDATE + 2)] == ["three"]
    assert [incoming.text for incoming in await chat.receive(0)] == ["three"]


async def test_only_texts_and_taps_are_asked_for(telegram: FakeTelegram, chat: TelegramChat) -> None:
    assert await chat.receive(41) == []
    method, params = telegram.calls[-1]
    assert (method, params["offset"], params["timeout"]) == ("getUpdates", "41", "0")
    assert params["allowed_updates"] == '["message", "callback_query"]'


async def test_a_long_look_for_updates_ends_with_the_first_and_holds_up_no_message(
    telegram: FakeTelegram,
) -> None:
    chat = TelegramChat(TOKEN, telegram.base_url, poll_timeout_s=30)
    look = asyncio.create_task(chat.receive(0))
    await asyncio.to_thread(telegram.wait_for_calls, "getUpdates", 1)
    await chat.send(USER, HELLO)
    assert not look.done()
    telegram.type(USER, USER, "/price")
    (incoming,) = await asyncio.wait_for(look, 5)
    assert incoming.text == "/price"
    await chat.close()


async def test_connections_that_are_never_given_back_do_not_end_the_listening(telegram: FakeTelegram) -> None:
    telegram.script("getUpdates", HANG, HANG)
    async with opened(telegram.base_url, timeout_s=2) as chat:
        lost = [asyncio.ensure_future(chat.receive(0)) for _ in range(2)]
        await asyncio.to_thread(telegram.wait_for_calls, "getUpdates", 2)
        with pytest.raises(SendError) as caught:
            await chat.receive(0)  # there is no third connection
        telegram.type(7, 7, "/price")
        found = await chat.receive(0)
        await asyncio.wait(lost)
    assert (caught.value.fault, [one.text for one in found]) == (SendFault.UNSENT, ["/price"])
    assert all(isinstance(one.exception(), SendError) for one in lost)


async def test_a_look_for_updates_can_be_cancelled_and_repeated(telegram: FakeTelegram) -> None:
    chat = TelegramChat(TOKEN, telegram.base_url, poll_timeout_s=30)
    for turn in range(1, 4):
        look = asyncio.create_task(chat.receive(0))
        await asyncio.to_thread(telegram.wait_for_calls, "getUpdates", turn)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
    telegram.type(USER, USER, "/price")
    assert len(await chat.receive(0)) == 1
    await chat.close()


async def test_closing_twice_and_unconnected_is_well(telegram: FakeTelegram) -> None:
    chat = TelegramChat(TOKEN, telegram.base_url)
    await chat.close()
    await chat.close()
    assert await chat.connect() == USERNAME
    await chat.close()


# Pictures and documents

CAPTIONED = Message("<b>BABA</b> 189.34", ((Button("5d", "/chart BABA 5d"),),), silent=True)


@pytest.mark.parametrize(("file", "kind"), [(PICTURE, "photo"), (TABLE, "document")])
async def test_a_file_goes_with_the_words_below_it(
    telegram: FakeTelegram, chat: TelegramChat, file: File, kind: str
) -> None:
    ident = await chat.send(USER, CAPTIONED, file)
    (sent,) = telegram.sent
    assert (sent.message_id, sent.kind, sent.file) == (ident, kind, (file.name, file.content))
    assert (sent.text, sent.buttons, sent.silent) == (CAPTIONED.html, [("5d", "/chart BABA 5d")], True)


@pytest.mark.parametrize("words", [1024 * "x", 1024 * "&amp;", 512 * "🔔", f"<b>{1023 * 'x'}</b>…"])
async def test_words_of_1024_characters_are_a_caption(telegram: FakeTelegram, chat: TelegramChat, words: str) -> None:
    await chat.send(USER, Message(words), PICTURE)
    assert [(sent.kind, sent.text) for sent in telegram.sent] == [("photo", words)]


@pytest.mark.parametrize("words", [1025 * "x", 512 * "🔔" + "!", 4000 * "x"])
async def test_longer_words_go_first_and_the_picture_follows_without_a_sound(
    telegram: FakeTelegram, chat: TelegramChat, words: str
) -> None:
    ident = await chat.send(USER, Message(words, CAPTIONED.buttons), PICTURE)
    said, shown = telegram.sent
    assert (said.message_id, said.text, said.silent, len(said.buttons)) == (ident, words, False, 1)
    assert (shown.kind, shown.text, shown.silent, shown.buttons) == ("photo", "", True, [])


@pytest.mark.parametrize("content", [png(9_990, 11), png(2_100, 100), b"GIF89a"])
async def test_a_picture_telegram_does_not_take_is_malformed(chat: TelegramChat, content: bytes) -> None:
    assert (await failure(chat.send(USER, HELLO, File("x.png", content)))).fault is MALFORMED


async def test_a_tap_answered_with_a_picture_leaves_the_tapped_message(
    telegram: FakeTelegram, chat: TelegramChat
) -> None:
    await chat.answer(await tapped(telegram, chat, HELLO), CAPTIONED, PICTURE)
    assert ([sent.kind for sent in telegram.sent], telegram.edits) == (["text", "photo"], [])
    assert len(telegram.answered_taps) == 1


async def test_words_for_a_tap_under_a_picture_come_below_it(telegram: FakeTelegram, chat: TelegramChat) -> None:
    ident = await chat.send(USER, CAPTIONED, PICTURE)
    await chat.answer(Incoming(1, USER, ChatKind.PRIVATE, USER, "/levels", ident, "t"), HELLO)
    assert ([sent.kind for sent in telegram.sent], telegram.edits) == (["photo", "text"], [])


async def test_a_picture_is_given_more_time_than_words(telegram: FakeTelegram) -> None:
    telegram.script("sendPhoto", HANG)
    async with opened(telegram.base_url, timeout_s=0.1) as chat:
        upload = asyncio.create_task(failure(chat.send(USER, HELLO, PICTURE)))
        await asyncio.to_thread(telegram.wait_for_calls, "sendPhoto", 1)
        telegram.script("sendMessage", HANG)
        await failure(chat.send(USER, HELLO))
        assert not upload.done()
        assert (await upload).fault is UNCLEAR


# Proxies and certificates of the environment


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure_telegram(authority: trustme.CA) -> Iterator[FakeTelegram]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "api.telegram.test").configure_cert(tls)
    with FakeTelegram(tls=tls) as server:
        yield server


@contextlib.asynccontextmanager
async def proxy(target_port: int, answer: bytes = b"200 OK") -> AsyncIterator[str]:
    """The address of a CONNECT proxy that leads wherever it is asked to the one target."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        there, back = await asyncio.open_connection("127.0.0.1", target_port)
        writer.write(b"HTTP/1.1 " + answer + b"\r\n\r\n")
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
async def test_a_private_authority_is_trusted_through_the_environment(
    secure_telegram: FakeTelegram,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv(variable, str(tmp_path / "ca.pem"))
    async with opened(secure_telegram.base_url) as chat:
        assert await chat.connect() == USERNAME


async def test_an_unknown_authority_is_not_trusted(secure_telegram: FakeTelegram) -> None:
    async with opened(secure_telegram.base_url) as chat:
        assert (await failure(chat.connect())).fault is SendFault.UNSENT


async def test_the_proxy_of_the_environment_is_used(
    secure_telegram: FakeTelegram, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with proxy(secure_telegram.port) as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        async with opened("https://api.telegram.test/bot") as chat:
            assert await chat.connect() == USERNAME
            await chat.send(USER, HELLO)
    assert len(secure_telegram.sent) == 1


async def test_a_proxy_that_refuses_means_not_sent(
    secure_telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy(secure_telegram.port, answer=b"403 Forbidden") as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        async with opened("https://api.telegram.test/bot") as chat:
            assert (await failure(chat.send(USER, HELLO))).fault is SendFault.UNSENT


async def test_no_proxy_is_asked_for_an_excepted_host(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with opened(telegram.base_url) as chat:
        assert (await failure(chat.connect())).fault is SendFault.UNSENT
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with opened(telegram.base_url) as chat:
        assert await chat.connect() == USERNAME


@pytest.mark.parametrize(
    ("variable", "setting"),
    [("SSL_CERT_FILE", "/nowhere/ca.pem"), ("HTTPS_PROXY", "gopher://user:hush@proxy.test")],
)
def test_an_unusable_environment_is_named_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, variable: str, setting: str
) -> None:
    monkeypatch.setenv(variable, setting)
    with pytest.raises(ValueError, match=variable) as caught:
        TelegramChat(TOKEN)
    assert not any("hush" in line or TOKEN in line for line in traceback.format_exception(caught.value))
