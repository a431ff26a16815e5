"""What the loopback Telegram says: scripted answers, refusals, and what it lets pass as a message."""

import json
import struct
import time
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

from tests.fakes.telegram_form import Files

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scripted:
    """How one call is met: with `status` and `body`, or, by `ends`, with no answer at all.

    `ends` is "answer", "hang" (silence), "drop" (closed) or "reset"; `accepts` says whether the
    call takes effect all the same.
    """

    status: int = 200
    body: bytes = b""
    ends: str = "answer"
    accepts: bool = False


HANG = Scripted(ends="hang")
DROP = Scripted(ends="drop")
RESET = Scripted(ends="reset")
LOST = Scripted(ends="drop", accepts=True)
"""The message is delivered, the answer to the sender is not."""


def refusal(status: int, description: str, **parameters: int) -> Scripted:
    """An error in Telegram's own words."""
    error: Json = {"ok": False, "error_code": status, "description": description}
    return Scripted(status, json.dumps(error | ({"parameters": parameters} if parameters else {})).encode())


def slow_down(seconds: int) -> Scripted:
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def server_error(status: int = 500) -> Scripted:
    return refusal(status, "Internal Server Error")


def forbidden(why: str = "bot was blocked by the user") -> Scripted:
    return refusal(403, f"Forbidden: {why}")


def bad_request(why: str) -> Scripted:
    return refusal(400, f"Bad Request: {why}")


def migrated(new_chat_id: int) -> Scripted:
    why = "Bad Request: group chat was upgraded to a supergroup chat"
    return refusal(400, why, migrate_to_chat_id=new_chat_id)


def unauthorized(status: int = 401) -> Scripted:
    return refusal(status, {401: "Unauthorized", 404: "Not Found"}[status])


def conflict() -> Scripted:
    return refusal(409, "Conflict: terminated by other getUpdates request")


def garbage(body: bytes = b"<html>Please log in to this network</html>", status: int = 200) -> Scripted:
    return Scripted(status, body)


def accepted(response: Scripted) -> Scripted:
    """The same answer, given after the call has taken effect."""
    return replace(response, accepts=True)


@dataclass(frozen=True, slots=True)
class Posted:
    """One accepted message or edit; `text` is the HTML as sent, a caption too, `at` epoch seconds.

    `file` is (name, content) of what was uploaded as `kind`, "photo" or "document".
    """

    message_id: int
    chat_id: int
    text: str
    reply_markup: Json | None
    at: float
    params: dict[str, str] = field(repr=False)
    kind: str = "text"
    file: tuple[str, bytes] | None = field(default=None, repr=False)

    @property
    def silent(self) -> bool:
        return self.params.get("disable_notification") == "true"

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(label, command) of every button, row by row."""
        rows = (self.reply_markup or {}).get("inline_keyboard", [])
        return [(button["text"], button["callback_data"]) for row in rows for button in row]


class RefusedError(Exception):
    """A call that Telegram turns down, with its answer."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.response = refusal(status, description)


class _Parsed(HTMLParser):
    """Telegram's reading of HTML: known tags only, all of them closed in order."""

    TAGS = frozenset(
        {"a", "b", "blockquote", "code", "del", "em", "i", "ins", "pre", "s", "span", "strike", "strong", "u"}
        | {"tg-spoiler", "tg-time"}
    )

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.plain, self._open = "", list[str]()
        self.feed(html)
        self.close()
        if self._open:
            raise _unparsable()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.TAGS:
            raise _unparsable()
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise _unparsable()

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise _unparsable()
        self.plain += data

    def handle_entityref(self, name: str) -> None:
        self.plain += unescape(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.plain += unescape(f"&#{name};")


def _unparsable() -> RefusedError:
    return RefusedError(400, "Bad Request: can't parse entities")


def posted_from(params: dict[str, str], message_id: int) -> Posted:
    """A message of text, where Telegram takes it."""
    return _posted(params, message_id, "text", longest=4096, what="message")


def posted_file(params: dict[str, str], files: Files, message_id: int, kind: str) -> Posted:
    """A message of a photo or a document, where Telegram takes it."""
    if kind not in files:
        raise RefusedError(400, f"Bad Request: there is no {kind} in the request")
    posted = _posted(params, message_id, "caption", longest=1024, what="message caption")
    if kind == "photo":
        _check_photo(files[kind][1])
    return replace(posted, kind=kind, file=files[kind])


def _check_photo(content: bytes) -> None:
    if len(content) > 10 * 1024 * 1024:
        raise RefusedError(400, "Bad Request: file is too big")
    try:
        width, height = size_of(content)
    except (struct.error, ValueError):
        raise RefusedError(400, "Bad Request: IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise RefusedError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in pixels; ValueError where it is no PNG."""
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("not a PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _posted(params: dict[str, str], message_id: int, key: str, *, longest: int, what: str) -> Posted:
    text = params.get(key, "")
    plain = _Parsed(text).plain if params.get("parse_mode") == "HTML" else text
    if not plain.strip() and key == "text":
        raise RefusedError(400, "Bad Request: message text is empty")
    if len(plain.encode("utf-16-le")) > 2 * longest:
        raise RefusedError(400, f"Bad Request: {what} is too long")
    markup = json.loads(params["reply_markup"]) if "reply_markup" in params else None
    posted = Posted(message_id, int(params["chat_id"]), text, markup, time.time(), params)
    if any(not 1 <= len(command.encode()) <= 64 for _, command in posted.buttons):
        raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
    return posted


def sent_message(posted: Posted) -> Json:
    message = {"message_id": posted.message_id, "date": int(posted.at), "chat": chat_of(posted.chat_id)}
    ident = {"file_id": "f", "file_unique_id": "u"}
    match posted.kind:
        case "photo":
            return message | {"caption": posted.text, "photo": [ident | {"width": 1, "height": 1}]}
        case "document":
            return message | {"caption": posted.text, "document": ident}
    return message | {"text": posted.text}


def chat_of(chat_id: int) -> Json:
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": "U"}
    return {"id": chat_id, "type": "supergroup", "title": "Group"}


def user_of(user_id: int) -> Json:
    return {"id": user_id, "is_bot": False, "first_name": "U"}
