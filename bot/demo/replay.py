"""The demo: a real session replayed through the very rooms the daemon uses, only the clock is quicker.

Owns the stage (clock, temporary database, terminal) and the closing count; decides nothing else.
"""

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from bot.chats.terminal_chat import TERMINAL_CHAT, TerminalChat
from bot.commands.desk import Desk
from bot.core.clock import calendar_day
from bot.core.market import Bar, walk
from bot.core.metrics.price import money
from bot.demo import BARS
from bot.feeds.recorded import RecordedFeed, read_csv
from bot.jobs.configured import Opening, adopt_alerts, adopt_levels
from bot.jobs.deliver import Deliver
from bot.jobs.watch import Watch, Watched
from bot.parts import make_desk, watched_stocks
from bot.settings import Settings, load
from bot.store import Store, open_store

_RECORDED_AT = 1759411800  # 2 October 2025, so that the calendar knows the days around it
_PAUSE_PER_BAR_S = 0.06


@dataclass(slots=True)
class Clock:
    """A clock that stands where it was put, in epoch seconds UTC."""

    now: float

    def __call__(self) -> float:
        return self.now


def replay(out: TextIO, speed: float) -> None:
    """Play both days in some ten seconds divided by `speed` (0: without pauses)."""
    settings = load_shipped()
    (found,) = watched_stocks(settings, _RECORDED_AT)
    bars = read_csv(BARS, found.hours.session_at)
    watched = replace(found, gap_s=2 * bars[0].width_s)  # here a bar is a poll
    with tempfile.TemporaryDirectory(prefix="targetwatch-demo-") as folder:
        store = open_store(Path(folder) / "demo.db")
        try:
            asyncio.run(_play(settings, store, watched, bars, out, _PAUSE_PER_BAR_S / speed if speed else 0.0))
        finally:
            store.close()


def load_shipped() -> Settings:
    """The settings that come with the program, whatever lies in the working directory or the environment."""
    from bot.settings import shipped_config

    with as_file(shipped_config()) as path:
        return load(path, {})


async def _play(
    settings: Settings, store: Store, watched: Watched, bars: Sequence[Bar], out: TextIO, pause_s: float
) -> None:
    clock = Clock(bars[0].at - 60)
    symbol = watched.stock.symbol
    desk = make_desk(settings, store, {symbol: watched.stock}, {symbol: watched.hours}, int(clock.now))
    _furnish(settings, store, desk.hours, int(clock.now))
    feed = RecordedFeed({symbol: bars}, "recorded from Yahoo")
    deliver = Deliver(
        store, TerminalChat(out, offers_choices=False), lambda name: desk.view(name, int(clock.now)), clock, clock
    )
    watch = Watch(store, feed, clock, tell=deliver.wake)
    _introduce(desk, watched, bars, out)
    for bar in bars:
        clock.now = bar.ends_at
        await watch.poll(watched)
        _show_clock(desk, symbol, bar, out)
        await deliver.drain()
        if store.outbox.owes_anything():  # nobody listens any more
            raise BrokenPipeError
        await asyncio.sleep(pause_s)
    _sum_up(store, desk, symbol, bars, out)


def _furnish(settings: Settings, store: Store, hours: Opening, now: int) -> None:
    """The shipped levels and alerts, as a first start of the daemon would have them."""
    with store.transaction():
        store.chats.add(TERMINAL_CHAT, "terminal", "terminal", TERMINAL_CHAT, now)
        adopt_levels(store, settings.levels, hours, now)
        adopt_alerts(
            store,
            {symbol: one.alerts for symbol, one in settings.watch.items()},
            hours,
            settings.alerts.rearm_pct,
            now,
        )


def _introduce(desk: Desk, watched: Watched, bars: Sequence[Bar], out: TextIO) -> None:
    stock, place = watched.stock, desk.place(watched.stock.symbol)
    lines = "\n".join(f"  {money(level.price):>7}  {level.title}" for level in desk.levels(stock.symbol))
    as_of = desk.levels(stock.symbol)[0].as_of
    print(
        f"{stock.symbol} ({stock.name}) as it traded on {place.day(bars[0].at)} and {place.day(bars[-1].at)} "
        f"{place.local(bars[-1].at).year}, in five-minute bars recorded from Yahoo.\n"
        f"As an example, these analyst levels of {calendar_day(as_of)} are laid over it, one alert on each:\n"
        f"{lines}\n"
        f"Every message below is what your phone would have received; #2 is the number of your alert.\n"
        f"It opens at {money(bars[0].open)}.\n",
        file=out, flush=True,
    )  # fmt: skip


def _show_clock(desk: Desk, symbol: str, bar: Bar, out: TextIO) -> None:
    """On a terminal one line that ticks along, so that the silence between messages is seen to be one."""
    if out.isatty():
        place = desk.place(symbol)
        print(
            f"\r\x1b[2K{place.day(bar.at)} {place.hour(bar.ends_at)}  {money(bar.close)}",
            end="\r",
            file=out,
            flush=True,
        )


def _sum_up(store: Store, desk: Desk, symbol: str, bars: Sequence[Bar], out: TextIO) -> None:
    lines = [level.price for level in desk.levels(symbol)]
    sent = store.outbox.count_sent()
    crossings = store.crossings.count()
    closes = {line: _flips(line, (bar.close for bar in bars)) for line in lines}
    ticks = sum(_flips(line, (point.price for point in walk(bars))) for line in lines)
    spread = ", ".join(f"{count} at {money(line)}" for line, count in sorted(closes.items()) if count)
    print(
        f"That was all: {sent} messages, which told {crossings} crossings, in two days.\n"
        f"A bot that compares each five-minute close with the same lines, and tells every change of side,\n"
        f"would have sent {sum(closes.values())} ({spread}); one that sees every high and low as well, {ticks}.\n"
        f"targetwatch tells a line again only after a move of {desk.rearm_pct:g} % away from it.\n\n"
        "Next: `make run` watches the live price in this terminal; with TELEGRAM_TOKEN set, on your phone.",
        file=out, flush=True,
    )  # fmt: skip


def _flips(line: float, prices: Iterable[float]) -> int:
    """How often a price series changes sides of a line, one exactly on it counting as above."""
    return sum((before >= line) != (after >= line) for before, after in pairwise(prices))
