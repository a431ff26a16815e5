"""The two ways to tell something that `latency` compares; each knows how long its last telling took.

Both write to one chat. On the clocks that polls and pacing go by, a minute passes between two messages.
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from benchmarks import databases
from benchmarks.witnesses import Chat, Feed, Telegram
from bot.core.alerts import Way
from bot.core.clock import Place
from bot.core.language import Wish
from bot.core.market import Session
from bot.core.message import Message
from bot.core.screen import Rules
from bot.core.wording.view import View
from bot.exchange import ALWAYS, Exchange
from bot.jobs.deliver import Deliver
from bot.jobs.make import make
from bot.jobs.watch import Watch, Watched
from tests.fakes.feed import STOCK, answer, minute

_CHAT = 1
_BEGIN = 1_759_411_800
_PRICE = 100.0


class Ours:
    """The daemon's own polling, outbox and delivery, from a feed that answers at once."""

    def __init__(self, file: Path, telegram: Telegram) -> None:
        self._telegram = telegram
        self._store = databases.ours(file)
        self._now = _BEGIN
        self._feed = Feed(answer(minute(_BEGIN, _PRICE), reference=_PRICE))
        self._chat = Chat(telegram.token, telegram.base_url)
        self._deliver = Deliver(self._store, self._chat, self._view, self._clock, self._clock)
        self._watch = Watch(self._store, self._feed, self._clock, tell=self._deliver.wake)
        self._watched = Watched(STOCK, Exchange(ALWAYS, _BEGIN), Rules(20, frozenset({Session.REGULAR})), 300)

    @property
    def told(self) -> Message:
        """The last message."""
        return self._chat.last

    async def open(self) -> None:
        self._chat.ended = asyncio.Event()
        await self._chat.connect()
        self._store.chats.add(_CHAT, "private", "paired", _CHAT, _BEGIN)
        await self._watch.poll(self._watched)
        self._paying = asyncio.create_task(self._deliver.run())

    async def tell(self) -> float:
        """One poll that reaches a new alert; the seconds until its message is accepted."""
        self._now += 60
        price = _PRICE + (self._now - _BEGIN) / 6000
        make(self._store, Wish(STOCK.symbol, Way.ABOVE, price), _CHAT, self._watched.hours, "chat", self._now - 60)
        self._feed.script = [answer(minute(self._now, price), reference=_PRICE)]
        self._chat.ended.clear()
        await self._watch.poll(self._watched)
        await self._chat.ended.wait()
        while self._store.outbox.owes_anything():  # noqa: ASYNC110  (what is noted of it is not measured)
            await asyncio.sleep(0)
        return self._telegram.accepted_at - self._feed.answered_at

    async def close(self) -> None:
        self._paying.cancel()
        with suppress(asyncio.CancelledError):
            await self._paying
        await self._chat.close()
        self._store.close()

    def _clock(self) -> float:
        return self._now

    def _view(self, symbol: str | None) -> View:
        symbol = symbol or STOCK.symbol
        levels, quote = self._store.levels.present(symbol), self._store.history.last_quote(symbol)
        return View(self._now, Place("America/New_York"), levels, quote)


class Bare:
    """A row with the words, committed and synced, then the message."""

    def __init__(self, file: Path, telegram: Telegram) -> None:
        self._telegram = telegram
        self._bot = Bot(telegram.token, telegram.base_url)
        self._connection = databases.plain(file, "told (id integer primary key, text text)")

    async def open(self) -> None:
        await self._bot.initialize()

    async def tell(self, message: Message) -> float:
        """The seconds from the write until the message is accepted."""
        begun = time.perf_counter()
        self._connection.execute("insert into told (text) values (?)", [message.html])
        self._connection.commit()
        await self._bot.send_message(_CHAT, message.html, parse_mode="HTML", reply_markup=_keyboard(message))
        return self._telegram.accepted_at - begun

    async def close(self) -> None:
        await self._bot.shutdown()
        self._connection.close()


def _keyboard(message: Message) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, callback_data=button.command) for button in row]
            for row in message.buttons
        ]
    )
