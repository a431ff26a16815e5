"""The stored consensus beside a provider's: taken over once, kept, or followed every time.

Owns which of the two counts, and when somebody is asked. A consensus that moves is a revision like
any other: it is told as one, never as a crossing.
"""

from collections.abc import Collection

from bot.core.analysts import PROVIDER, change_pct, legible
from bot.core.days import date_of
from bot.core.levels import Level
from bot.core.market import Hours, Stock
from bot.core.news import ConsensusDrift
from bot.jobs.revise import revise
from bot.store import Store
from bot.store.analysts import Said

CONSENSUS = "consensus"

_PROVIDERS_OWN = frozenset({CONSENSUS, PROVIDER.casefold()})
"""Firms under whose name the provider's may be stored: to put it under another's would be a lie."""

ASK_PCT = 1.0
"""So far in percent the two must lie apart for somebody to be asked,"""

_ASK_AGAIN_PCT = 2.0
"""and so far the provider's must have moved since, to be asked once more."""


def stored(store: Store, symbol: str) -> Level | None:
    """The stock's consensus as it is stored; of several the one that can be the provider's, not another's."""
    found = [level for level in store.levels.present(symbol) if level.kind == CONSENSUS]
    return min(found, key=lambda level: not _is_providers(level), default=None)


def whose(level: Level) -> str | None:
    """The provider of a stored consensus, where its name says that it is another."""
    return None if _is_providers(level) else level.name


def _is_providers(level: Level) -> bool:
    return level.firm.casefold() in _PROVIDERS_OWN


def is_followed(store: Store, symbol: str) -> bool:
    """Whether the provider's is taken over every time."""
    return store.fact(_followed(symbol)) is not None


def adopt(store: Store, stock: Stock, hours: Hours, now: int, known_to: Collection[int] = ()) -> Level | None:
    """Take the provider's mean over as the stored consensus; None where it has said none."""
    said = store.analysts.targets(stock.symbol, PROVIDER)
    if said is None:
        return None
    level = _level(store, stock, said, hours.zone)
    with store.transaction():
        revise(store, level, hours, now, known_to)
        store.analysts.count(stock.symbol, PROVIDER, said.at)  # it wanders from here: what is followed does not go back
        _note_asked(store, stock.symbol, said)
    return level


def keep(store: Store, symbol: str) -> None:
    """Leave the stored one as it is: nobody is asked again until the provider's has moved."""
    said = store.analysts.targets(symbol, PROVIDER)
    with store.transaction():
        store.forget(_followed(symbol))
        if said is not None:
            _note_asked(store, symbol, said)


def set_followed(store: Store, stock: Stock, hours: Hours, now: int, known_to: Collection[int] = ()) -> Level | None:
    """Take the provider's over now, and whenever it has moved by more than its jitter."""
    with store.transaction():
        store.remember(_followed(stock.symbol), PROVIDER)
        return adopt(store, stock, hours, now, known_to)


def to_follow(store: Store, stock: Stock, hours: Hours, now: int) -> Level | None:
    """Where it is followed: what the provider says now, if that is news beside what is stored of it."""
    if not is_followed(store, stock.symbol):
        return None
    said = store.analysts.counted_targets(stock.symbol, PROVIDER, now + 1)
    if said is None:
        return None
    level = _level(store, stock, said, hours.zone)
    before = store.levels.of_firm(stock.symbol, level.firm)
    is_same = before is not None and (before.price, before.source) == (level.price, level.source)
    return None if is_same else level


def question(store: Store, symbol: str, now: int, *, doubtful: bool = False) -> None:
    """Owe those who watch the stock the question which consensus counts, where the two have come apart.

    Once, and again only when the provider's has moved on. Belongs into a transaction.
    """
    said, level = store.analysts.targets(symbol, PROVIDER), stored(store, symbol)
    if said is None or level is None or is_followed(store, symbol):
        return
    asked, mean = store.fact(_asked(symbol)), said.targets.mean
    is_apart = abs(change_pct(level.price, mean)) >= ASK_PCT
    if not is_apart or (asked is not None and abs(change_pct(float(asked), mean)) < _ASK_AGAIN_PCT):
        return
    _note_asked(store, symbol, said)
    median, analysts = said.targets.median, said.targets.analysts
    day, firm = level.as_of.isoformat(), whose(level)
    event = ConsensusDrift(symbol, PROVIDER, level.price, day, mean, median, analysts, said.at, firm)
    store.outbox.owe(store.alerts.chats_watching(symbol), event, now, doubtful=doubtful)


def rescale_asked(store: Store, symbol: str, before: int, factor: float) -> None:
    """Multiply the mean that was asked about, where it was said before that moment (epoch seconds UTC)."""
    asked, said = store.fact(_asked(symbol)), store.analysts.targets(symbol, PROVIDER)
    if asked is not None and said is not None and said.at < before:
        store.remember(_asked(symbol), str(float(asked) * factor))


def _level(store: Store, stock: Stock, said: Said, zone: str) -> Level:
    before = stored(store, stock.symbol)
    firm = before.firm if before is not None and _is_providers(before) else CONSENSUS
    day = date_of(said.at, zone)
    return Level(
        stock.symbol, firm, CONSENSUS, None, legible(said.targets.mean), day, f"{PROVIDER}, mean", stock.currency
    )


def _note_asked(store: Store, symbol: str, said: Said) -> None:
    store.remember(_asked(symbol), str(said.targets.mean))


def _followed(symbol: str) -> str:
    return f"followed/{symbol}"


def _asked(symbol: str) -> str:
    return f"asked/{symbol}"
