"""From Yahoo's HTTP answer to Telegram's in one process on an injected clock: both real clients."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.chats.telegram_chat import TelegramChat
from bot.chats.terminal_chat import plain_text
from bot.core.clock import Place
from bot.core.market import Session
from bot.core.screen import Rules
from bot.core.wording.view import View
from bot.demo.replay import load_shipped
from bot.exchange import Exchange
from bot.feeds.yahoo import YahooFeed
from bot.jobs.configured import adopt_alerts, adopt_chats, adopt_levels
from bot.jobs.deliver import Deliver
from bot.jobs.watch import Watch, Watched
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram
from tests.fakes.yahoo import FakeYahoo

OPEN = 1759411800  # 2 October 2025, 09:30 New York
CHAT = 7


@dataclass
class Pipeline:
    """The shipped levels and alerts, one chat, and a clock to move."""

    clock: Clock
    yahoo: FakeYahoo
    telegram: FakeTelegram
    watch: Watch
    watched: Watched
    deliver: Deliver

    async def see(self, *prices: float) -> list[str]:
        """A poll every 30 s, each at the next price; the first lines of all messages so far."""
        for price in prices:
            self.clock.now += 30
            self.yahoo.push_price("BABA", price)
            await self.watch.poll(self.watched)
            await self.deliver.drain()
        return [plain_text(message.text).splitlines()[0] for message in self.telegram.sent]


@pytest.fixture
def yahoo(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYahoo]:
    clock = Clock(OPEN)
    with FakeYahoo(clock) as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        fake.push_price("BABA", 188.0, at=OPEN - 60)
        yield fake


@pytest.fixture
async def pipeline(yahoo: FakeYahoo, telegram: FakeTelegram, store: Store, cache_dir: Path) -> AsyncIterator[Pipeline]:
    clock = yahoo.clock
    assert isinstance(clock, Clock)
    settings, exchange = load_shipped(), Exchange("XNYS", OPEN)
    adopt_chats(store, [CHAT], None, OPEN - 3600)
    adopt_levels(store, settings.levels, {"BABA": exchange}, OPEN - 3600)
    adopt_alerts(store, {"BABA": settings.watch["BABA"].alerts}, {"BABA": exchange}, 1.0, OPEN - 3600)
    watched = Watched(settings.stocks[0], exchange, Rules(20, frozenset({Session.PRE, Session.REGULAR})), 300)
    feed = YahooFeed({"BABA": exchange.session_at}, {"BABA": exchange.zone}, cache_dir)
    chat = TelegramChat(telegram.token, telegram.base_url)

    def view(symbol: str | None) -> View:
        return View(
            int(clock.now), Place(exchange.zone), store.levels.present("BABA"), store.history.last_quote("BABA")
        )

    deliver = Deliver(store, chat, view, clock, clock)
    yield Pipeline(clock, yahoo, telegram, Watch(store, feed, clock, tell=deliver.wake), watched, deliver)
    feed.close()
    await chat.close()


async def test_bernstein_and_the_consensus_are_told_once_each_and_nothing_for_230(pipeline: Pipeline) -> None:
    heads = await pipeline.see(188.5, 190.5, 190.5, 193.0, 193.0, 193.0)
    assert heads == ["🔔 BABA reached 190.00 ↑  Bernstein SocGen, price target", "🔔 BABA reached 192.00 ↑  consensus"]


async def test_a_price_of_exactly_192_from_a_32_bit_float_counts_once(pipeline: Pipeline) -> None:
    heads = await pipeline.see(191.0, 192.0, 192.0, 192.0)
    assert heads[-1:] == ["🔔 BABA reached 192.00 ↑  consensus"]
    assert len(heads) == 2


async def test_noise_of_ten_cents_around_192_for_sixty_polls_is_told_once(pipeline: Pipeline) -> None:
    heads = await pipeline.see(191.5, *[192.1, 191.9] * 30)
    assert [head for head in heads if "192.00" in head] == ["🔔 BABA reached 192.00 ↑  consensus"]
