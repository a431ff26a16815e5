"""The feed, the chat and the loopback Telegram of the benchmarks, which also note when what happened."""

import asyncio
import time

from bot.chats.telegram_chat import TelegramChat
from bot.core.market import Stock
from bot.core.message import File, Message
from bot.feeds import Fetched
from tests.fakes.feed import ScriptedFeed
from tests.fakes.telegram import FakeTelegram, Posted
from tests.fakes.telegram_rules import Json


class Telegram(FakeTelegram):
    """Notes when it accepted the last message, in seconds of `time.perf_counter`."""

    accepted_at = 0.0

    def _accept(self, posted: Posted) -> Json:
        accepted = super()._accept(posted)
        self.accepted_at = time.perf_counter()
        return accepted


class Feed(ScriptedFeed):
    """Notes when it gave its last answer."""

    answered_at = 0.0

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        fetched = await super().fetch(stock, since, now)
        self.answered_at = time.perf_counter()
        return fetched


class Chat(TelegramChat):
    """Says what was sent last, and when that has ended, so that nobody need look for it meanwhile."""

    last: Message
    ended: asyncio.Event

    async def send(self, chat_id: int, message: Message, file: File | None = None) -> int:
        self.last = message
        try:
            return await super().send(chat_id, message, file)
        finally:
            self.ended.set()
