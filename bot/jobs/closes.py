"""The digest after a close: once an exchange and day, for the chats that want it.

Owns when a close is told and which facts go along; the words are the core's, the sending is delivery's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from bot.core.closes import Close, Closed, Left, Line, Mark
from bot.core.days import date_of
from bot.core.language import Vocabulary, describe
from bot.core.levels import Level, ahead
from bot.core.market import Day
from bot.core.metrics import is_standing, of_key
from bot.core.metrics.price import PRICE
from bot.core.wording.phrases import nearest_line
from bot.jobs.records import known_days, present_values
from bot.jobs.watch import Watched
from bot.store import Store

LOOK_S = 60
"""How often in seconds it is to be seen whether an exchange has closed."""

SETTLED_S = 600
"""Seconds after a close until its last bar and the auction have come in."""

_PATIENCE_S = 3_600  # then it is told without the stocks whose day is still not known
_MOST_MARKS = 6
_MOST_LEFT = 3


class Closes:
    """Sees to the closes of the watched stocks. `clock` gives epoch seconds; `tell` is called after each look."""

    def __init__(self, store: Store, clock: Callable[[], float], tell: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell

    def look(self, watched: Iterable[Watched]) -> None:
        """Owe the digests of the exchanges that have closed since the last look, or since the last run."""
        now, stocks = int(self._clock()), defaultdict(list)
        for one in watched:
            if one.is_confirmed:
                stocks[one.stock.exchange].append(one)
        for exchange, those in stocks.items():
            with self._store.transaction():
                _settle(self._store, exchange, those, now)
        self._tell()


def _settle(store: Store, exchange: str, watched: Sequence[Watched], now: int) -> None:
    """One exchange: what is told, or not wanted by anybody, is not looked at again."""
    name, closed_at = f"closed/{exchange}", watched[0].hours.last_close(now - SETTLED_S)
    told_at = store.fact(name)
    if closed_at is None or (told_at is not None and int(told_at) >= closed_at):
        return
    chats = store.chats.wanting_digest() if told_at is not None else ()  # what closed before the first start is no news
    days = {one.stock.symbol: _day(store, one, closed_at) for one in watched} if chats else {}
    known = {symbol: day for symbol, day in days.items() if day is not None}
    if chats and (not known or (len(known) < len(days) and now < closed_at + _PATIENCE_S)):
        return  # prices may still come
    for chat_id in chats:
        closes = tuple(_close(store, one, known[one.stock.symbol], chat_id, closed_at, now)
                       for one in watched if one.stock.symbol in known)  # fmt: skip
        store.outbox.owe([chat_id], Closed(closes, tuple(days.keys() - known.keys()), closed_at), now)
    store.remember(name, closed_at)


def _day(store: Store, watched: Watched, closed_at: int) -> tuple[Day, float | None] | None:
    """The session that closed then, and the close before it; None where no price of it is known."""
    hours = watched.hours
    days = {day.day: day for day in known_days(store, watched.stock.symbol, hours.zone, closed_at)}
    session = days.get(date_of(closed_at - 1, hours.zone))
    before_at = hours.last_close(closed_at - 1)
    before = None if before_at is None else days.get(date_of(before_at - 1, hours.zone))
    return None if session is None else (session, None if before is None else before.close)


def _close(
    store: Store, watched: Watched, known: tuple[Day, float | None], chat_id: int, closed_at: int, now: int
) -> Close:
    symbol, (day, before) = watched.stock.symbol, known
    since = watched.hours.last_close(closed_at - 1) or closed_at - 86_400
    told, levels = store.crossings.told(chat_id, symbol, since, closed_at), store.levels.present(symbol)
    marks = tuple(Mark(one.metric, one.threshold, one.level, one.direction, one.at)
                  for one in told if not is_standing(one.metric))  # fmt: skip
    return Close(
        symbol, day.close, before, day.high, day.low, len(marks), marks[-_MOST_MARKS:],
        _line(levels, day.close, above=True), _line(levels, day.close, above=False),
        _left(store, watched, chat_id, day.close, now),
    )  # fmt: skip


def _line(levels: Sequence[Level], close: float, *, above: bool) -> Line | None:
    level = ahead(levels, close, above=above)
    return None if level is None else Line(level.name, level.price)


def _left(store: Store, watched: Watched, chat_id: int, close: float, now: int) -> tuple[Left, ...]:
    """The chat's alerts on the stock that a price would bring to tell, the nearest ones."""
    symbol = watched.stock.symbol
    own = store.alerts.of_chat(chat_id)
    alerts = [alert for alert in own if alert.symbol == symbol and not is_standing(alert.metric)]
    keys = {alert.metric for alert in alerts} - {PRICE.name}
    values = present_values(store, symbol, watched.hours, keys, now) | {PRICE.name: close}
    words = Vocabulary({symbol: store.levels.present(symbol)})
    left = [
        Left(alert.number, describe(alert, words), alert.metric, values[alert.metric],
             nearest_line(alert, values[alert.metric]))
        for alert in alerts if alert.metric in values
    ]  # fmt: skip
    return tuple(sorted(left, key=_distance)[:_MOST_LEFT])


def _distance(left: Left) -> float:
    return abs(of_key(left.metric)[0].distance(left.value, left.line))
