"""The source of prices and the messenger, held to the limits of the watchdog.

What hangs there for ever is a fault like any other, known by the same names: whoever asks them
tries again as ever, and what may have been sent is marked as a repeat.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date

from bot.chats import Chat, Incoming, SendError, SendFault
from bot.core.market import Day, Stock
from bot.core.message import File, Message
from bot.feeds import FaultKind, Feed, FeedError, Fetched
from bot.liveness.watchdog import StuckError

Within = Callable[[str], AbstractAsyncContextManager[None]]
"""Holds what is done within to the limit of a part, see `Watchdog.within`."""


class LimitedFeed:
    """A `Feed` of which every question ends."""

    def __init__(self, feed: Feed, within: Within) -> None:
        self._feed = feed
        self._within = within

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        async with self._limit("prices", stock):
            return await self._feed.fetch(stock, since, now)

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        async with self._limit("days", stock):
            return await self._feed.days(stock, since, now)

    def close(self) -> None:
        self._feed.close()

    @asynccontextmanager
    async def _limit(self, part: str, stock: Stock) -> AsyncIterator[None]:
        try:
            async with self._within(part):
                yield
        except StuckError:
            raise FeedError(stock.symbol, FaultKind.TIMEOUT) from None


class LimitedChat:
    """A `Chat` of which every call ends."""

    def __init__(self, chat: Chat, within: Within) -> None:
        self._chat = chat
        self._within = within

    async def connect(self) -> str:
        async with self._limit("connection"):
            return await self._chat.connect()

    async def publish_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        async with self._limit("connection"):
            await self._chat.publish_menu(commands)

    async def receive(self, offset: int) -> Sequence[Incoming]:
        async with self._limit("commands"):
            return await self._chat.receive(offset)

    async def send(self, chat_id: int, message: Message, file: File | None = None) -> int:
        async with self._limit("delivery"):
            return await self._chat.send(chat_id, message, file)

    async def answer(self, incoming: Incoming, message: Message, file: File | None = None) -> None:
        async with self._limit("reply"):
            await self._chat.answer(incoming, message, file)

    async def close(self) -> None:
        """Whoever stops the program waits for it no longer than it likes."""
        await self._chat.close()

    @asynccontextmanager
    async def _limit(self, part: str) -> AsyncIterator[None]:
        try:
            async with self._within(part):
                yield
        except StuckError:
            raise SendError(SendFault.UNCLEAR) from None
