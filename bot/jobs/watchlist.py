"""What is watched right now: the stocks of the settings file, always, and those chosen in a chat.

The table of chosen stocks is the truth; all that is kept here are calendars, one an exchange, which
take up to two seconds to build. Polls nothing and plans nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.core.events import Unwatchable
from bot.core.market import Hours, Stock
from bot.feeds import SessionAt
from bot.jobs.chosen import give_up
from bot.jobs.watch import Watched
from bot.store import Store
from bot.store.stocks import Chosen

V = TypeVar("V")

log = logging.getLogger(__name__)


class Watchlist:
    """The watched stocks at any moment; a chosen one counts as soon as its calendar is there.

    `stocks` and `hours` go by symbol and are always those of this moment; only for the thread that
    the database belongs to. `session_at` and `zones` are for a source, in any thread: they keep what
    they once knew, since a stock may be taken off the list while it is asked for.
    """

    def __init__(
        self,
        store: Store,
        configured: Sequence[Watched],
        build: Callable[[str], Hours],
        clock: Callable[[], float],
    ) -> None:
        """`build` makes the calendar of an exchange, in any thread, and raises where it cannot.

        The stocks of the file share their rules and patience, which chosen ones get as well.
        """
        self._store = store
        self._configured = {one.stock.symbol: one for one in configured}
        self._pattern = configured[0]
        self._build = build
        self._clock = clock
        self._calendars = {one.stock.exchange: one.hours for one in configured}
        self.session_at: dict[str, SessionAt] = {}
        self.zones: dict[str, str] = {}
        for one in configured:
            self._note(one)
        self.stocks: Mapping[str, Stock] = _Live(self._stock, self._symbols)
        self.hours: Mapping[str, Hours] = _Live(self._hours, self._symbols)

    def watched(self) -> tuple[Watched, ...]:
        """Those of the file in its order, then the chosen ones in theirs."""
        chosen = (self._as_watched(one) for one in self._chosen())
        return (*self._configured.values(), *filter(None, chosen))

    def find(self, symbol: str) -> Watched | None:
        """The stock as it is watched now, None where it is not."""
        if symbol in self._configured:
            return self._configured[symbol]
        chosen = self._store.stocks.one(symbol)
        return None if chosen is None else self._as_watched(chosen)

    def open(self) -> None:
        """At the start: take over what was chosen before, calendars included.

        A stock that has come into the file since is the file's: once it leaves it, it is watched no more.
        """
        for symbol in self._configured:
            self._store.stocks.remove(symbol)
        for code in self._lacking():
            try:
                self._calendars[code] = self._build(code)
            except Exception:
                log.exception("no calendar, its chosen stocks rest until the next start exchange=%s", code)

    async def learn(self) -> None:
        """Build the calendars that chosen stocks still lack, off the event loop; give up those that have none."""
        for code in self._lacking():
            try:
                self._calendars[code] = await asyncio.to_thread(self._build, code)
            except Exception:
                log.exception("no calendar exchange=%s", code)
                self._give_up(code)

    def _lacking(self) -> list[str]:
        codes = dict.fromkeys(one.stock.exchange for one in self._chosen())
        return [code for code in codes if code not in self._calendars]

    def _give_up(self, code: str) -> None:
        now = int(self._clock())
        with self._store.transaction():
            for one in self._chosen():
                if one.stock.exchange == code:
                    give_up(self._store, one, Unwatchable.NO_CALENDAR, now)

    def _chosen(self) -> list[Chosen]:
        return [one for one in self._store.stocks.every() if one.stock.symbol not in self._configured]

    def _as_watched(self, chosen: Chosen) -> Watched | None:
        hours = self._calendars.get(chosen.stock.exchange)
        if hours is None:
            return None
        known = chosen.confirmed_at is not None
        one = replace(self._pattern, stock=chosen.stock, hours=hours, chosen_at=chosen.added_at, is_confirmed=known)
        self._note(one)
        return one

    def _note(self, one: Watched) -> None:
        """Whoever polls a stock has got it from here: what its source has to know is there in time."""
        self.session_at[one.stock.symbol] = one.hours.session_at
        self.zones[one.stock.symbol] = one.hours.zone

    def _symbols(self) -> list[str]:
        return [one.stock.symbol for one in self.watched()]

    def _stock(self, symbol: str) -> Stock | None:
        one = self.find(symbol)
        return None if one is None else one.stock

    def _hours(self, symbol: str) -> Hours | None:
        one = self.find(symbol)
        return None if one is None else one.hours


class _Live(Mapping[str, V]):
    """A mapping that is asked anew every time."""

    def __init__(self, find: Callable[[str], V | None], symbols: Callable[[], Sequence[str]]) -> None:
        self._find = find
        self._symbols = symbols

    def __getitem__(self, symbol: str) -> V:
        found = self._find(symbol)
        if found is None:
            raise KeyError(symbol)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._symbols())

    def __len__(self) -> int:
        return len(self._symbols())
