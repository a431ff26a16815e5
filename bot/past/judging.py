"""The bars a back-test is judged on: those of a file, else the recorded ones, else downloaded days."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from pathlib import Path

from bot.core.backtest import Backtest, judged
from bot.core.course import Record
from bot.core.days import WIDE_S, believed, day_of, fold, last_settled, midnight
from bot.core.language import Wish
from bot.core.levels import Level
from bot.core.market import Bar, Day, Hours, Session, Stock
from bot.core.metrics import reach_s
from bot.core.replay import fresh_from
from bot.feeds import Feed, FeedError
from bot.feeds.recorded import read_csv
from bot.jobs.backtest import fired_in
from bot.jobs.make import blank
from bot.parts import yahoo
from bot.past import RefusedError, UnansweredError
from bot.settings import Settings
from bot.store import Store

_BEFORE = timedelta(days=420)
"""What is downloaded from before the first day asked about: its 52 weeks, and an average of 200 days."""

_EXTENDED = frozenset({Session.PRE, Session.POST})


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: a wish on a stock; `levels` are the stock's present ones."""

    stock: Stock
    wish: Wish
    hours: Hours
    levels: Sequence[Level]


def on_file(subject: Subject, file: Path, watched: frozenset[Session], since: date | None) -> Backtest:
    """Judge by the file's bars alone; those before `since` are what was known by then. Raises RefusedError."""
    wish, hours = subject.wish, subject.hours
    bars = [bar for bar in _read(file, hours) if bar.session not in _EXTENDED or bar.session in watched]
    if not bars:
        raise RefusedError(f"{file}: holds no bars.")
    if reach_s(wish.metric) and bars[0].width_s >= WIDE_S:
        raise RefusedError(f"{file}: holds a bar a day; a change over minutes or hours needs finer ones.")
    asked = since or day_of(bars[0], hours.zone)
    before = [bar for bar in bars if day_of(bar, hours.zone) < asked]
    rest = bars[len(before) :]
    if not rest:
        return Backtest(hours.zone, asked)
    closes = [(bar.ends_at, bar.close) for bar in before]
    levels = {level.firm: level.price for level in subject.levels}
    over_at = inf if rest[-1].width_s >= WIDE_S else hours.last_close(rest[-1].ends_at) or inf
    record = Record(hours.zone, fold(before, hours.zone), closes=closes, levels=levels, closed_at=over_at)
    return judged(fresh_from(blank(wish, 0, 0), rest[0].at), rest, record, asked)


def _read(file: Path, hours: Hours) -> tuple[Bar, ...]:
    try:
        return read_csv(file, hours.session_at)
    except ValueError as error:
        raise RefusedError(str(error)) from None
    except OSError as error:
        raise RefusedError(f"{file}: cannot be read ({(error.strerror or 'error').casefold()}).") from None


def on_stored(subject: Subject, store: Store, since: date, now: int) -> Backtest:
    """Judge by what is recorded, up to `now`; empty where nothing is."""
    begun_at = midnight(since, subject.hours.zone)
    return fired_in(store, subject.wish, subject.hours, begun_at, now)


def on_downloaded(subject: Subject, settings: Settings, scratch: Store, since: date, now: int) -> Backtest:
    """Judge by days fetched for this alone, put into a database that is thrown away. Raises UnansweredError."""
    symbol, hours = subject.stock.symbol, subject.hours
    with tempfile.TemporaryDirectory(prefix="targetwatch-") as folder:
        storage = settings.storage.model_copy(update={"path": Path(folder) / "none.db"})
        elsewhere = settings.model_copy(update={"storage": storage})
        feed = yahoo(elsewhere, {symbol: hours.session_at}, {symbol: hours.zone})
        try:
            days = asyncio.run(_days(feed, subject.stock, since - _BEFORE, now))
        except FeedError as error:
            raise UnansweredError(
                f"Nothing is recorded of {symbol} since {since}, and Yahoo gave no days of it ({error.kind.value}). "
                "Try again later, or name a file with --bars."
            ) from None
        finally:
            feed.close()
    settled = last_settled(hours, now)
    for level in subject.levels:
        scratch.levels.revise(level, now)
    scratch.history.add_days(symbol, (day for day in believed(days) if day.day <= settled))
    return on_stored(subject, scratch, since, now)


async def _days(feed: Feed, stock: Stock, since: date, now: int) -> tuple[Day, ...]:
    return await feed.days(stock, since, now)
