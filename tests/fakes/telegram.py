"""A loopback Telegram for the real python-telegram-bot.

    with FakeTelegram() as telegram:
        ...                                   # start whatever reads telegram.token, telegram.base_url
        telegram.type(7, 7, "/price")         # user 7 types in private chat 7
        (told,) = telegram.wait_for_sent(1)
        telegram.tap(7, 7, told.message_id, "/delete 1")
        telegram.script("sendMessage", slow_down(3), LOST)   # the next two sends go wrong

It runs in threads of its own, so a test may drive a subprocess with it or, on the same loop, a
chat; in a coroutine call the waiting methods through `asyncio.to_thread`. It refuses what Telegram
refuses: a wrong token, HTML that cannot be parsed, texts, captions and button data that are too
long, photos that are too large, an edit that changes nothing. Updates vanish once a greater offset
has been asked for.
"""

import json
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Self

from tests.fakes.telegram_form import Files
from tests.fakes.telegram_http import Server
from tests.fakes.telegram_rules import (
    DROP,
    HANG,
    LOST,
    RESET,
    Json,
    Posted,
    RefusedError,
    Scripted,
    accepted,
    bad_request,
    chat_of,
    conflict,
    forbidden,
    garbage,
    migrated,
    posted_file,
    posted_from,
    refusal,
    sent_message,
    server_error,
    slow_down,
    unauthorized,
    user_of,
)

__all__ = [
    "DROP",
    "FIRST_UPDATE",
    "HANG",
    "LOST",
    "RESET",
    "TOKEN",
    "USERNAME",
    "FakeTelegram",
    "Posted",
    "Scripted",
    "accepted",
    "bad_request",
    "conflict",
    "forbidden",
    "garbage",
    "migrated",
    "refusal",
    "server_error",
    "slow_down",
    "unauthorized",
]

TOKEN = "123456789:" + 3 * "LoopbackToken"  # never whole in the source: secret scanners would stumble
USERNAME = "targetwatch_bot"
FIRST_UPDATE = 700_000_001


class FakeTelegram:
    """See the module; `port` 0 is any free one, with `tls` it speaks HTTPS.

    `blocked` chats answer every send with 403. `calls` are all (method, parameters) that came in.
    `weather` says how a call is met that no script is for, None where nothing goes wrong.
    """

    def __init__(self, token: str = TOKEN, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.token = token
        self.sent: list[Posted] = []
        self.edits: list[Posted] = []
        self.answered_taps: list[str] = []
        self.menu: list[tuple[str, str]] = []
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.blocked: set[int] = set()
        self.weather: Callable[[str, dict[str, str]], Scripted | None] = lambda method, params: None
        self.changed = threading.Condition()
        self.closing = False
        self._updates: list[Json] = []
        self._looks = 0
        self._next_update = FIRST_UPDATE
        self._next_message = 1
        self._scripts: dict[str, deque[Scripted]] = defaultdict(deque)
        self._methods: dict[str, Callable[[dict[str, str], Files], object]] = {
            "getMe": self._get_me,
            "setMyCommands": self._set_menu,
            "getUpdates": self._get_updates,
            "sendMessage": self._send,
            "sendPhoto": self._send_photo,
            "sendDocument": self._send_document,
            "editMessageText": self._edit,
            "answerCallbackQuery": self._answer_tap,
        }
        self._server = Server(self, port, tls)
        self.port: int = self._server.server_address[1]
        self.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/bot"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        said = (value for _, params in self.calls for value in params.values())
        assert not any(self.token.partition(":")[2] in value for value in said), "the token was sent to a chat"

    # What people do

    def type(self, chat_id: int, user_id: int, text: str, **more: object) -> int:
        """A text by a user, in a private chat or, below 0, a group; `more` are fields of the message."""
        return self.inject(message=self._message(chat_id, user_id, text=text, **more))

    def tap(self, chat_id: int, user_id: int, message_id: int, command: str) -> int:
        """A tap on the button that carries `command` under a message of ours."""
        message = self._message(chat_id, user_id, text="tapped") | {"message_id": message_id}
        tap_id = f"tap{self._next_update}"
        return self.inject(
            callback_query={
                "id": tap_id,
                "from": user_of(user_id),
                "message": message,
                "chat_instance": "1",
                "data": command,
            }
        )

    def post(self, channel_id: int, text: str) -> int:
        """A post in a channel: it has no user."""
        chat = {"id": channel_id, "type": "channel", "title": "Channel"}
        return self.inject(channel_post=self._message(channel_id, 0, text=text, chat=chat) | {"sender_chat": chat})

    def inject(self, **update: object) -> int:
        """Any raw update, readable or not; its update_id."""
        with self.changed:
            update_id = self._next_update
            self._updates.append({"update_id": update_id, **update})
            self._next_update += 1
            self.changed.notify_all()
        return update_id

    # What goes wrong, and waiting

    def script(self, method: str, *responses: Scripted) -> None:
        """Meet the next calls of `method`, one each, with `responses`."""
        with self.changed:
            self._scripts[method].extend(responses)

    def wait_for_sent(self, count: int, timeout: float = 10.0) -> list[Posted]:
        """All messages sent so far, once there are `count` of them; AssertionError if that takes too long."""
        self.wait_until(lambda: len(self.sent) >= count, timeout)
        return list(self.sent)

    def wait_for_calls(self, method: str, count: int, timeout: float = 10.0) -> list[dict[str, str]]:
        """The parameters of all calls of `method` so far, once there are `count`; they may still be open."""
        self.wait_until(lambda: len(self._calls_of(method)) >= count, timeout)
        return self._calls_of(method)

    def wait_until(self, is_so: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait for something that a call brings about."""
        with self.changed:
            if not self.changed.wait_for(is_so, timeout):
                raise AssertionError(f"not within {timeout} s; sent so far: {self.sent}")

    def _calls_of(self, method: str) -> list[dict[str, str]]:
        return [params for called, params in self.calls if called == method]

    def has_unread(self) -> bool:
        """Whether updates are left whose reading has not been confirmed."""
        return bool(self._updates)

    # What the server asks

    def next_script(self, method: str, params: dict[str, str]) -> Scripted | None:
        with self.changed:
            return self._scripts[method].popleft() if self._scripts[method] else self.weather(method, params)

    def perform(self, method: str, params: dict[str, str], files: Files) -> object:
        """The effect and the result of a call; raises RefusedError."""
        if method not in self._methods:
            raise RefusedError(404, "Not Found")
        with self.changed:
            result = self._methods[method](params, files)
            self.changed.notify_all()
        return result

    def note_call(self, method: str, params: dict[str, str]) -> None:
        with self.changed:
            self.calls.append((method, params))
            self.changed.notify_all()

    def note_answer(self, method: str) -> None:
        """The answer to a call has gone out; for those who watch."""

    def _get_me(self, *_: object) -> Json:
        return {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "T", "username": USERNAME}

    def _set_menu(self, params: dict[str, str], _: Files) -> bool:
        self.menu = [(entry["command"], entry["description"]) for entry in json.loads(params["commands"])]
        return True

    def _get_updates(self, params: dict[str, str], _: Files) -> list[Json]:
        offset = int(params.get("offset", 0))
        if offset <= self._next_update + 10:  # Telegram ignores an offset far ahead of what it has
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
        self._looks += 1
        this = self._looks  # a later look, by whoever took the place of one that died, ends this one
        self.changed.wait_for(
            lambda: self._updates or self.closing or self._looks != this, float(params.get("timeout", 0))
        )
        return self._updates[: int(params.get("limit", 100))]

    def _send(self, params: dict[str, str], _: Files) -> Json:
        return self._accept(posted_from(params, self._next_message))

    def _send_photo(self, params: dict[str, str], files: Files) -> Json:
        return self._accept(posted_file(params, files, self._next_message, "photo"))

    def _send_document(self, params: dict[str, str], files: Files) -> Json:
        return self._accept(posted_file(params, files, self._next_message, "document"))

    def _accept(self, posted: Posted) -> Json:
        if posted.chat_id in self.blocked:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        self._next_message += 1
        self.sent.append(posted)
        return sent_message(posted)

    def _edit(self, params: dict[str, str], _: Files) -> Json:
        edit = posted_from(params, int(params["message_id"]))
        versions = [post for post in self.sent + self.edits if post.message_id == edit.message_id]
        if not versions:
            raise RefusedError(400, "Bad Request: message to edit not found")
        if versions[-1].kind != "text":
            raise RefusedError(400, "Bad Request: there is no text in the message to edit")
        if (versions[-1].text, versions[-1].reply_markup) == (edit.text, edit.reply_markup):
            raise RefusedError(400, "Bad Request: message is not modified: nothing differs")
        self.edits.append(edit)
        return sent_message(edit)

    def _answer_tap(self, params: dict[str, str], _: Files) -> bool:
        self.answered_taps.append(params["callback_query_id"])
        return True

    def _message(self, chat_id: int, user_id: int, **fields: object) -> Json:
        with self.changed:
            message_id, self._next_message = self._next_message, self._next_message + 1
        sender = {"from": user_of(user_id)} if user_id else {}
        return {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": chat_of(chat_id),
            **sender,
            **fields,
        }
