"""What a source said of the analysts → levels, alerts and debts, as one.

Owns what of it is news, for whom, and that every word is told once. Sends nothing and asks nobody.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.alerts import Alert, Crossing
from bot.core.analysts import PROVIDER, RatingAction, Targets, in_our_unit
from bot.core.levels import is_passed
from bot.core.market import Hours, Stock
from bot.core.news import AnalystNews, ConsensusMove, LevelMove
from bot.core.revisions import Revision, revised_by
from bot.feeds import Part, Researched
from bot.jobs.company import take_in_dates
from bot.jobs.consensus import follow, question
from bot.jobs.judge import by_chat, judge
from bot.jobs.revise import following_chats, revise
from bot.jobs.standing import Change, consensus_change, standing_path
from bot.store import Store

log = logging.getLogger(__name__)

RECENT_S = 45 * 86_400
"""What is dated further back in seconds is no news, however late the source lists it."""

WRONG_UNIT = "in another currency or per another share"

_CHANGES: Mapping[str, Callable[[RatingAction], bool]] = {
    "news:ratings": lambda action: action.changes_rating,
    "news:targets": lambda action: action.changes_target,
}


@dataclass(frozen=True, slots=True)
class _Moved:
    """A level that has followed its firm, and the chats with an alert on it."""

    move: LevelMove
    action: RatingAction
    chats: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is new after one look; `actions` and `changes` by the key of the metric that they move."""

    levels: Sequence[_Moved]
    actions: Mapping[str, Sequence[RatingAction]]
    changes: Mapping[str, Change]


def take_in(store: Store, stock: Stock, hours: Hours, said: Researched, now: int) -> dict[str, str]:
    """Store what was said, judge the alerts it concerns, owe the news; the parts that were refused, and why.

    Belongs into a transaction. The first that is ever heard of a stock is no news: only levels that
    are older than what their firms say now are revised.
    """
    recent, moved = _take_in_actions(store, hours, said, now)
    refused = _take_in_targets(store, stock, hours, said, now)
    if said.recommendations is not None:
        store.analysts.add_recommendations(stock.symbol, said.recommendations, now)
    take_in_dates(store, stock.symbol, hours.zone, said.dates, now)
    has_targets = said.targets is not None and not refused
    changes = _changes(store, stock.symbol, hours.zone, now) if has_targets else {}
    actions = {key: tuple(filter(is_change, recent)) for key, is_change in _CHANGES.items()}
    _tell(store, hours, said, _Found(moved, actions, changes), now)
    return refused


def _references(store: Store, symbol: str) -> list[float]:
    """Figures in the unit that targets have to be in: the price, and the mean that was believed last.

    A stock that has fallen far leaves the targets behind for a while. Before its first price the stored
    levels tell.
    """
    quote, said = store.history.last_quote(symbol), store.analysts.targets(symbol, PROVIDER)
    if quote is None:
        return [level.price for level in store.levels.present(symbol)]
    return [quote.price, *([said.targets.mean] if said is not None else [])]


def _take_in_actions(
    store: Store, hours: Hours, said: Researched, now: int
) -> tuple[Sequence[RatingAction], Sequence[_Moved]]:
    """What of the actions is news, and the levels that have followed their firms."""
    symbol, references = said.symbol, _references(store, said.symbol)
    is_first = not store.analysts.knows_actions(symbol) and store.analysts.effort(symbol).good_at is None
    new = store.analysts.add_actions(symbol, [_in_our_unit(one, references) for one in said.actions], now)
    revisions = revised_by(store.levels.present(symbol), new, hours.zone, said.source)
    moved = [_revise(store, hours, revision, now) for revision in revisions]
    recent = () if is_first else tuple(one for one in new if one.at >= now - RECENT_S)
    return recent, [one for one in moved if one is not None]


def _in_our_unit(action: RatingAction, references: Sequence[float]) -> RatingAction:
    """The action; where its target is in another unit without it: the rating is good all the same."""
    if action.target is None or in_our_unit(action.target, references):
        return action
    return replace(action, target=None, target_before=None)


def _revise(store: Store, hours: Hours, revision: Revision, now: int) -> _Moved | None:
    """The level follows its firm; its followers are told with the rest of the news. None where only its day is new."""
    old, new = revision.old, revision.new
    chats, quote = following_chats(store, new), store.history.last_quote(new.symbol)
    revise(store, new, hours, now, known_to=chats)
    if not revision.is_news:
        return None
    passed = is_passed(old.price, new.price, quote.price if quote is not None else None)
    day = new.as_of.isoformat()
    move = LevelMove(new.name, new.kind, old.price, new.price, new.rating, old.rating, day, passed)
    return _Moved(move, revision.action, frozenset(chats))


def _take_in_targets(store: Store, stock: Stock, hours: Hours, said: Researched, now: int) -> dict[str, str]:
    if said.targets is None:
        return {}
    if not _fits(said.targets, _references(store, said.symbol)):
        log.warning("targets refused symbol=%s mean=%s: %s", said.symbol, said.targets.mean, WRONG_UNIT)
        return {Part.TARGETS.value: WRONG_UNIT}
    store.analysts.add_targets(said.symbol, said.source, said.targets, now)
    follow(store, stock, hours, now)
    question(store, said.symbol, now)
    return {}


def _fits(targets: Targets, references: Sequence[float]) -> bool:
    """The source's own price tells best in which unit it speaks; where none of ours is known, it has to do."""
    if targets.price is None or not references:
        return in_our_unit(targets.mean, references or [targets.price or 0.0])
    return in_our_unit(targets.price, references) and in_our_unit(targets.mean, [*references, targets.price])


def _changes(store: Store, symbol: str, zone: str, now: int) -> dict[str, Change]:
    """How far the consensus has moved, for every span that an alert watches.

    Where it has not, that is an answer too: it arms an alert again.
    """
    spans = {
        key: key.removeprefix("consensus:") for key in store.alerts.metrics(symbol) if key.startswith("consensus:")
    }
    found = {key: consensus_change(store, symbol, zone, int(span[:-1]), now) for key, span in spans.items()}
    return {key: change for key, change in found.items() if change is not None}


def _tell(store: Store, hours: Hours, said: Researched, found: _Found, now: int) -> None:
    """Judge the alerts on news, and owe each chat all that concerns it: one message for what is due together."""
    due: dict[tuple[int, int], list[Alert]] = defaultdict(list)
    for chat_id in {chat_id for one in found.levels for chat_id in one.chats}:
        due[chat_id, now] = []
    for moment, fired in by_chat(store, hours, _judge(store, said.symbol, found, now), now).items():
        due[moment] += [alert for alert, _ in fired]
    quote = store.history.last_quote(said.symbol)
    price = quote.price if quote is not None else None
    for (chat_id, at), alerts in sorted(due.items()):
        # Levels are told at once: what a chat's alerts follow is put off with none of them.
        levels = [one for one in found.levels if chat_id in one.chats] if at == now else []
        store.outbox.owe([chat_id], _news(said, found, levels, alerts, price, now), now, at)


def _judge(store: Store, symbol: str, found: _Found, now: int) -> list[tuple[Alert, Crossing]]:
    counts = {key: float(len(actions)) for key, actions in found.actions.items() if actions}
    news = [standing_path(store, symbol, key, [0.0, count, 0.0], now) for key, count in counts.items()]
    changes = [standing_path(store, symbol, key, [change.pct], now) for key, change in found.changes.items()]
    return judge(store, [*news, *changes], now) if news or changes else []


def _news(
    said: Researched, found: _Found, levels: Sequence[_Moved], alerts: Sequence[Alert], price: float | None, now: int
) -> AnalystNews:
    """What these alerts wished to be told beside the levels; an action that moved one of them is said with it."""
    keys = dict.fromkeys(alert.metric for alert in alerts)
    said_with = {one.action for one in levels}
    actions = {one for key in keys for one in found.actions.get(key, ()) if one not in said_with}
    silent = bool(alerts) and not levels and all(alert.policy.silent for alert in alerts)
    return AnalystNews(
        said.symbol,
        said.source,
        tuple(one.move for one in levels),
        tuple(sorted(actions, key=lambda one: (one.at, one.firm))),
        tuple(_move(said.source, key, found.changes[key]) for key in keys if key in found.changes),
        price,
        tuple(alert.number for alert in alerts),
        now,
        silent,
        tuple(_notes(alerts)),
    )


def _notes(alerts: Iterable[Alert]) -> dict[str, None]:
    return dict.fromkeys(alert.policy.note for alert in alerts if alert.policy.note)


def _move(source: str, key: str, change: Change) -> ConsensusMove:
    before, after = change.before, change.after
    days = int(key.removeprefix("consensus:")[:-1])
    return ConsensusMove(
        source, days, change.pct, after.mean, before.mean, after.median, before.median, after.analysts
    )  # fmt: skip
