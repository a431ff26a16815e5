"""Imports and builds what the children of the shared nursery need, so that they only have to begin."""

import time
from importlib import import_module

from bot.exchange import NEW_YORK, Exchange
from bot.settings import load

for name in (
    "bot.app", "bot.chats.telegram_chat", "bot.cli", "bot.demo.replay", "bot.doctor", "bot.feeds.yahoo",
    "bot.feeds.yahoo_sparing", "bot.logs", "bot.past.question", "tests.crash.life", "tests.fakes.inquiry", "yfinance",
):  # fmt: skip
    import_module(name)
Exchange(NEW_YORK, int(time.time()))
load(None, {})
