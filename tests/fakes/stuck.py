"""A messenger and a source of which single calls never return, as if the other side had fallen asleep."""

import asyncio
from collections.abc import Sequence
from datetime import date

from bot.chats import Incoming
from bot.core.market import Day, Stock
from bot.core.message import File, Message
from bot.feeds import Fetched
from tests.fakes.desk import typed
from tests.fakes.feed import answer, minute


class Stuck:
    """The first call of each of these names never returns, unless it is ended; `calls` counts all."""

    def __init__(self, *names: str) -> None:
        self._stuck = set(names)
        self.calls: dict[str, int] = {}

    async def _call(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
        await asyncio.sleep(0)
        if name in self._stuck:
            self._stuck.discard(name)
            await asyncio.Event().wait()


class StuckFeed(Stuck):
    """Says that BABA is at 190.50; "fetch" or "days" may get stuck."""

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        await self._call("fetch")
        return answer(minute(now - now % 60, 190.5), reference=190.0)

    async def days(self, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
        await self._call("days")
        return ()

    def close(self) -> None:
        """Nothing to give back."""


class StuckChat(Stuck):
    """Takes every message, and hears /status once; "connect", "receive", "send" or "answer" may get stuck."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.told: list[tuple[int, str]] = []
        self._heard = [typed("/status", chat=7)]

    async def connect(self) -> str:
        await self._call("connect")
        return "bot"

    async def publish_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        await self._call("publish_menu")

    async def receive(self, offset: int) -> Sequence[Incoming]:
        await self._call("receive")
        heard, self._heard = self._heard, []
        return heard

    async def send(self, chat_id: int, message: Message, file: File | None = None) -> int:
        await self._call("send")
        self.told.append((chat_id, message.html))
        return len(self.told)

    async def answer(self, incoming: Incoming, message: Message, file: File | None = None) -> None:
        await self._call("answer")
        self.told.append((incoming.chat_id, message.html))

    async def close(self) -> None:
        """Nothing to give back."""
