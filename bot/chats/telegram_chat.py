"""Telegram, spoken through python-telegram-bot's plain `Bot`.

Owns what is said and the reading of updates. Never retries, stores, or decides who may
command: its callers do.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Update,
    User,
)
from telegram import Message as TelegramMessage
from telegram.constants import ChatType, ParseMode
from telegram.error import BadRequest

from bot.chats import ChatKind, Incoming, SendError, SendFault
from bot.chats.telegram_connections import UPLOADS_TAKE, connections
from bot.chats.telegram_faults import says, settle
from bot.core.message import LONGEST_CAPTION, File, Message, length

log = logging.getLogger(__name__)

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_WANTED_UPDATES = ["message", "callback_query"]

_GREATEST_ID = 2**53

_KINDS = {
    ChatType.PRIVATE: ChatKind.PRIVATE,
    ChatType.GROUP: ChatKind.GROUP,
    ChatType.SUPERGROUP: ChatKind.GROUP,
    ChatType.CHANNEL: ChatKind.CHANNEL,
}

_CANNOT_BE_EDITED = (
    "can't be edited",
    "message to edit not found",
    "message_id_invalid",
    "there is no text in the message to edit",  # it is a picture or a document
)


class TelegramChat:
    """A `Chat` over the Bot API.

    `poll_timeout_s` is how long Telegram may keep a look for updates open; `timeout_s` bounds
    connecting, writing and reading of every call, each by itself; files are given six times as
    long. Proxies and certificates come from the environment as httpx reads it, and from
    CURL_CA_BUNDLE where SSL_CERT_FILE is unset.
    Raises ValueError where these or the token are unusable, without saying the token.
    """

    def __init__(
        self,
        token: str,
        base_url: str = "https://api.telegram.org/bot",
        *,
        poll_timeout_s: int = 25,
        timeout_s: float = 10.0,
    ) -> None:
        self._poll_timeout_s = poll_timeout_s
        self._timeout_s = timeout_s
        self._name = ""
        self._listening, self._sending = connections(timeout_s)
        if not token:
            raise ValueError("a Telegram token is needed")
        self._bot = Bot(token, base_url, request=self._sending, get_updates_request=self._listening)

    async def connect(self) -> str:
        """Check the token; the bot's username."""
        await settle(self._bot.initialize())
        self._name = self._bot.username
        return self._name

    async def publish_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        """Show (name, summary) of every command behind Telegram's menu button."""
        menu = [BotCommand(name.removeprefix("/"), summary) for name, summary in commands]
        await settle(self._bot.set_my_commands(menu))

    async def receive(self, offset: int) -> Sequence[Incoming]:
        """Updates from `offset` on, those before it being confirmed and gone for good.

        Where Telegram numbers its updates anew, lower ones than `offset` may come.
        """
        try:
            answer = await settle(self._look_for_updates(offset))
        except SendError as error:
            if error.fault is SendFault.UNSENT:
                await self._listen_anew()
            raise
        if not isinstance(answer, list) or not all(_is_countable(update) for update in answer):
            raise SendError(SendFault.UNCLEAR)
        unreadable: list[str] = []
        updates = [read_update(update, self._name, unreadable.append) for update in answer]
        if unreadable:  # one line for all of them: a flood of updates is none of lines
            log.warning("unreadable updates are passed over count=%d last=%s", len(unreadable), unreadable[-1])
        return updates

    async def send(self, chat_id: int, message: Message, file: File | None = None) -> int:
        """Deliver one message; Telegram's id of it within the chat.

        Words too long for a caption go first, and the file follows them without a sound. Where only
        that fails, all of it counts as failed.
        """
        if file is None:
            return await settle(self._say(chat_id, message))
        if length(message.html) <= LONGEST_CAPTION:
            return await settle(self._upload(chat_id, file, message))
        sent = await settle(self._say(chat_id, message))
        await settle(self._upload(chat_id, file, Message("", silent=True)))
        return sent

    async def answer(self, incoming: Incoming, message: Message, file: File | None = None) -> None:
        """Reply to a text with a message, to a tap by editing what was tapped, where that is possible."""
        if incoming.tap_id is not None:
            await settle(self._stop_spinner(incoming.tap_id))
        is_editable = file is None and incoming.tapped_message_id is not None
        if is_editable and await settle(self._edit(incoming, message)):
            return
        await self.send(incoming.chat_id, message, file)

    async def close(self) -> None:
        """Give back all connections; `connect` opens them again."""
        await settle(self._bot.shutdown())
        # Bot.shutdown does nothing where connect was never called or never succeeded.
        await settle(asyncio.gather(self._listening.shutdown(), self._sending.shutdown()))

    async def _listen_anew(self) -> None:
        """New connections for listening: httpx may count one for ever whose request was cancelled at a bad moment."""
        await settle(self._listening.shutdown())
        await settle(self._listening.initialize())

    async def _look_for_updates(self, offset: int) -> Any:
        """The raw answer: Bot.get_updates loses all updates where a single one cannot be parsed."""
        wanted = {"offset": offset, "timeout": self._poll_timeout_s, "allowed_updates": _WANTED_UPDATES}
        # The odd spelling arrives as getUpdates, on the connections made for it; the usual ones
        # are names of Bot's own methods, and do_api_request would warn at every call.
        return await self._bot.do_api_request(
            "get_Updates", wanted, read_timeout=self._poll_timeout_s + self._timeout_s
        )

    async def _say(self, chat_id: int, message: Message) -> int:
        sent = await self._bot.send_message(
            chat_id,
            message.html,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            disable_notification=message.silent,
            reply_markup=_keyboard(message),
        )
        return _number(sent.message_id)

    async def _upload(self, chat_id: int, file: File, said: Message) -> int:
        """A picture as a photo, which shows at once, anything else as a document."""
        send = self._bot.send_photo if file.is_picture else self._bot.send_document
        sent: TelegramMessage = await send(
            chat_id,
            file.content,
            filename=file.name,
            caption=said.html or None,
            parse_mode=ParseMode.HTML,
            disable_notification=said.silent,
            reply_markup=_keyboard(said),
            read_timeout=UPLOADS_TAKE * self._timeout_s,
        )
        return _number(sent.message_id)

    async def _stop_spinner(self, tap_id: str) -> None:
        """Tell the reader's device that the tap has been seen; one too old to be answered is let be."""
        try:
            await self._bot.answer_callback_query(tap_id)
        except BadRequest:
            log.info("a tap was too old to be answered")

    async def _edit(self, incoming: Incoming, message: Message) -> bool:
        """Whether the tapped message now says `message`; False where it cannot be edited any more."""
        try:
            await self._bot.edit_message_text(
                message.html,
                incoming.chat_id,
                incoming.tapped_message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_keyboard(message),
            )
        except BadRequest as error:
            if says(error, _CANNOT_BE_EDITED):
                return False
            if not says(error, ("not modified",)):
                raise
        return True


def read_update(raw: dict[str, Any], own_name: str, unreadable: Callable[[str], object]) -> Incoming:
    """One raw update; `text` None where it is neither a text nor a tap, or is `unreadable`, which is told why."""
    try:
        update = Update.de_json(raw)
        if update.callback_query:
            return _read_tap(update.update_id, update.callback_query)
        if update.message:
            return _read_message(update.update_id, update.message, own_name)
    except Exception as error:  # noqa: BLE001  (one strange update must not stop those behind it)
        unreadable(type(error).__name__)
    return Incoming(raw["update_id"])


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(button.label, callback_data=button.command) for button in row if button.fits]
        for row in message.buttons
    ]
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _is_countable(update: object) -> bool:
    return isinstance(update, dict) and _is_number(update.get("update_id")) and update["update_id"] >= 0


def _is_number(value: object) -> bool:
    """Whether Telegram may mean a number by it: whole, and no greater than any of its ids."""
    return type(value) is int and -_GREATEST_ID <= value <= _GREATEST_ID


def _number(value: object) -> int:
    if not _is_number(value):
        raise ValueError("not a number of Telegram's")
    return int(str(value))


def _read_tap(update_id: int, tap: CallbackQuery) -> Incoming:
    # A channel only receives: whoever reads it could tap there.
    if tap.message is None or tap.data is None or tap.message.chat.type == ChatType.CHANNEL:
        return Incoming(update_id)
    if tap.message.chat.type == ChatType.PRIVATE and tap.message.chat.id != tap.from_user.id:
        return Incoming(update_id)
    return Incoming(
        update_id,
        chat_id=_number(tap.message.chat.id),
        chat_kind=_KINDS[ChatType(tap.message.chat.type)],
        user_id=_number(tap.from_user.id),
        text=_encodable(tap.data),
        tapped_message_id=_number(tap.message.message_id),
        tap_id=_encodable(tap.id),
    )


def _read_message(update_id: int, message: TelegramMessage, own_name: str) -> Incoming:
    # On behalf of a chat (an anonymous admin, a channel), `from` is a stand-in shared by all such.
    user = None if message.sender_chat else message.from_user
    moved_to = message.migrate_to_chat_id
    return Incoming(
        update_id,
        chat_id=_number(message.chat.id),
        chat_kind=_KINDS[ChatType(message.chat.type)],
        user_id=_number(user.id) if user else None,
        text=_meant_for(own_name, message.text) if user and _is_own_word(message, user) else None,
        moved_to=None if moved_to is None else _number(moved_to),
    )


def _is_own_word(message: TelegramMessage, user: User) -> bool:
    """Whether the user typed it here, now, as a person: a word passed on was not meant for us."""
    return not (user.is_bot or message.via_bot or message.forward_origin)


def _encodable(text: str) -> str:
    """The text with what is no character (half of an emoji) as a question mark: it can then be stored and sent."""
    if not isinstance(text, str):
        raise TypeError("not a text")
    return text.encode("utf-8", "replace").decode("utf-8")


def _meant_for(own_name: str, text: str | None) -> str | None:
    """The text without our name in "/price@OurBot"; None where a command names another bot."""
    if text is None:
        return None
    text = _encodable(text)
    addressed = re.match(r"(/\w+)@(\w+)", text)
    if addressed is None:
        return text
    command, name = addressed.groups()
    if name.lower() != own_name.lower():
        return None
    return command + text[addressed.end() :]
