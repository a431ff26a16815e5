"""How long a reply to /price takes, from the typing to its acceptance by a loopback Telegram: the slowest twentieth.

Against the least a bot can do: python-telegram-bot's own getUpdates and a `send_message` of the same words.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import quantiles

from telegram import Bot

from benchmarks import databases
from benchmarks.figure import Figure, alternate
from benchmarks.latency import without_proxies
from benchmarks.witnesses import Telegram
from bot import commands
from bot.chats.telegram_chat import TelegramChat
from bot.commands.desk import Desk
from bot.jobs.listen import Listen
from tests.fakes.desk import ME, NOW, furnished, typed
from tests.fakes.pace import Unspaced

_PAUSE_S = 0.001


def measure(quick: bool) -> Iterator[Figure]:
    pairs, replies = (1, 5) if quick else (12, 60)
    with tempfile.TemporaryDirectory() as folder, without_proxies(), Telegram() as telegram, asyncio.Runner() as runner:
        desk = furnished(databases.ours(Path(folder) / "ours.db"))
        words = commands.respond(desk, typed("/price"), NOW)
        assert words is not None
        ours = partial(_listen, desk, TelegramChat(telegram.token, telegram.base_url, poll_timeout_s=1))
        bare = partial(_echo, Bot(telegram.token, telegram.base_url), words.html)
        yield Figure(
            "reply", "a reply to /price, the slowest twentieth", "the same words by bare python-telegram-bot",
            alternate(
                lambda: runner.run(_slowest(telegram, ours, replies)),
                lambda: runner.run(_slowest(telegram, bare, replies)),
                pairs,
            ),
            at_most=3,
        )  # fmt: skip


async def _slowest(telegram: Telegram, bot: Callable[[], Awaitable[None]], replies: int) -> float:
    """The 95th percentile of so many replies, one after the other, in seconds; the first does not count."""
    answering = asyncio.ensure_future(bot())
    costs = [await _replied(telegram) for _ in range(replies + 1)]
    answering.cancel()
    await asyncio.wait([answering])
    return quantiles(costs[1:], n=20)[-1]


async def _replied(telegram: Telegram) -> float:
    begun = time.perf_counter()
    telegram.type(ME, ME, "/price")
    while telegram.accepted_at < begun:  # noqa: ASYNC110  (the server is a thread and knows of no loop)
        await asyncio.sleep(_PAUSE_S)
    return telegram.accepted_at - begun


async def _listen(desk: Desk, chat: TelegramChat) -> None:
    """The daemon's own reading and commands."""
    await chat.connect()
    respond = partial(commands.respond, desk)
    await Listen(desk.store, chat, respond, lambda: NOW, "offset", pace=Unspaced()).run()


async def _echo(bot: Bot, words: str) -> None:
    await bot.initialize()
    offset = 0
    while True:
        for update in await bot.get_updates(offset, timeout=1):
            offset = update.update_id + 1
            await bot.send_message(ME, words, parse_mode="HTML")
