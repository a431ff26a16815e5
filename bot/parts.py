"""The parts that the settings name: stocks with their hours, prices, chat, desk, dead man's switch. Starts nothing."""

import sys
from collections.abc import Callable, Mapping

from bot import __version__
from bot.charts import draw
from bot.charts.ladder import draw_ladder
from bot.chats import Chat
from bot.chats.terminal_chat import TerminalChat
from bot.commands.desk import Desk
from bot.core.market import Hours, Stock
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.feeds import Feed, Research, SessionAt
from bot.jobs.watch import Watched
from bot.liveness.limits import LimitedChat
from bot.liveness.ping import Ping
from bot.liveness.watchdog import Watchdog
from bot.settings import Settings
from bot.store import Store

FeedMaker = Callable[[Settings, Mapping[str, SessionAt], Mapping[str, str]], Feed]
"""Makes the source of prices, given the session at a moment and the time zone of each symbol."""


ResearchMaker = Callable[[Settings], Research]
"""Makes the source of what analysts say."""


class EnvironmentFaultError(Exception):
    """Something outside of the configuration file cannot be used; the text is fit for people."""


def watched_stocks(settings: Settings, now: int) -> tuple[Watched, ...]:
    """Every configured stock with its hours and rules; stocks of one exchange share its calendar."""
    codes = dict.fromkeys(stock.exchange for stock in settings.stocks)
    exchanges = {code: Exchange(code, now) for code in codes}
    rules = Rules(settings.screen.max_jump_pct, settings.schedule.watched)
    gap_s = max(180, 3 * settings.schedule.poll_seconds)
    return tuple(
        Watched(stock, exchanges[stock.exchange], rules, settings.screen.stale_after_s, gap_s)
        for stock in settings.stocks
    )


def yahoo(settings: Settings, session_at: Mapping[str, SessionAt], zones: Mapping[str, str]) -> Feed:
    """Yahoo, for the stocks of these symbols; its cache lies beside the database."""
    from bot.feeds.yahoo import YahooFeed

    return YahooFeed(session_at, zones, settings.storage.path.parent / "yahoo-cache")


def yahoo_research(settings: Settings) -> Research:
    """Yahoo, asked in a process of its own; its cache is that of the prices."""
    from bot.feeds.yahoo_research import YahooResearch

    return YahooResearch(settings.storage.path.parent / "yahoo-cache")


def make_chat(settings: Settings, watchdog: Watchdog) -> Chat:
    """Telegram, or without a token the terminal. Raises EnvironmentFaultError."""
    if settings.telegram.token is None:
        files = settings.storage.path.parent / "files"
        return TerminalChat(sys.stdout, sys.stdin, offers_choices=sys.stdin.isatty(), files=files)
    from bot.chats.telegram_chat import TelegramChat  # half a second that a terminal need not wait

    try:
        telegram = TelegramChat(settings.telegram.token.get_secret_value(), settings.telegram.base_url)
    except ValueError as error:
        raise EnvironmentFaultError(str(error)) from None
    return LimitedChat(telegram, watchdog.within)


def make_desk(
    settings: Settings, store: Store, stocks: Mapping[str, Stock], hours: Mapping[str, Hours], now: int
) -> Desk:
    """What the chat commands are handed; `stocks` and `hours` by symbol."""
    return Desk(
        store,
        stocks,
        hours,
        {symbol: watch.alerts for symbol, watch in settings.watch.items()},
        settings.schedule.watched,
        settings.alerts.rearm_pct,
        settings.telegram.max_alerts_per_chat,
        __version__,
        now,
        draw,
        draw_ladder,
        reports=settings.reports,
    )


def make_ping(settings: Settings) -> Ping | None:
    """None where no address is named. Raises EnvironmentFaultError."""
    if settings.health.ping_url is None:
        return None
    from bot.chats.telegram_connections import trusted_certificates

    try:
        return Ping(settings.health.ping_url.get_secret_value(), trusted_certificates())
    except (OSError, ValueError):
        certificates = "SSL_CERT_FILE or CURL_CA_BUNDLE"
    # Outside of the clause: the error's own text is for nobody.
    raise EnvironmentFaultError(f"the environment names certificates that cannot be used: {certificates}")
