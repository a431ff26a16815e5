"""What a source said of the analysts → levels, alerts and debts, as one.

Owns what of it is news, for whom, and that every word is told once. Sends nothing and asks nobody.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.alerts import Alert, Crossing
from bot.core.analysts import PROVIDER, RatingAction, Targets, change_pct, in_our_unit, legible
from bot.core.days import date_of
from bot.core.levels import Level, is_passed
from bot.core.market import Hours, Stock
from bot.core.news import AnalystNews, ConsensusMove, LevelMove
from bot.core.revisions import revised_by
from bot.feeds import Part, Researched
from bot.jobs import heard
from bot.jobs.company import take_in_dates
from bot.jobs.consensus import question, to_follow
from bot.jobs.judge import by_chat, judge
from bot.jobs.revise import following_chats, revise
from bot.jobs.scale import believed, is_after_a_split, is_before_a_split
from bot.jobs.standing import Change, consensus_change, span_days, standing_path
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
    """A level that has followed its firm or its provider, and the chats with an alert on it."""

    move: LevelMove
    action: RatingAction | None
    chats: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Found:
    """All that is new after one look; `actions` and `changes` by the key of the metric that they move.

    `unheard_days` may have passed since the targets moved. `is_anew` where nobody watched the stock until now,
    `is_doubtful` where all of it may have been told before.
    """

    levels: Sequence[_Moved]
    actions: Mapping[str, Sequence[RatingAction]]
    changes: Mapping[str, Change]
    unheard_days: int
    is_anew: bool
    is_doubtful: bool


def take_in(
    store: Store, stock: Stock, hours: Hours, said: Researched, now: int, asked: Collection[Part] = tuple(Part)
) -> dict[str, str]:
    """Store what was said, judge the alerts it concerns, owe the news; the parts that were refused, and why.

    `asked` are the parts that were asked for. Belongs into a transaction. The first that is ever heard of a stock
    is no news: only levels that are older than what their firms say now are revised.
    """
    unheard_days = heard.days_since(store, stock.symbol, hours.zone, date_of(now, hours.zone))
    is_anew = heard.is_watched_anew(store, stock.symbol)
    is_doubtful = heard.may_be_told(store, heard.last(store, stock.symbol, Part.ACTIONS) or 0)
    recent, moved = _take_in_actions(store, hours, said, now)
    refused = _take_in_targets(store, hours, said, now, doubtful=is_doubtful)
    has_targets = said.targets is not None and not refused
    followed = _follow(store, stock, hours, now) if has_targets else ()
    if said.recommendations is not None:
        store.analysts.add_recommendations(stock.symbol, said.recommendations, now)
    take_in_dates(store, stock.symbol, hours.zone, said.dates, now)
    changes = _changes(store, stock.symbol, hours.zone, now) if has_targets else {}
    actions = {key: tuple(filter(is_change, recent)) for key, is_change in _CHANGES.items()}
    levels = sorted([*followed, *moved], key=_weight)
    _tell(store, hours, said, _Found(levels, actions, changes, unheard_days, is_anew, is_doubtful), now)
    answered = [part for part in asked if part not in said.faults and part.value not in refused]
    heard.note(store, stock.symbol, answered, now)
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
    symbol, readable = said.symbol, _readable(store, hours, said, now)
    is_first = heard.is_watched_anew(store, symbol) or (
        not store.analysts.knows_actions(symbol) and store.analysts.effort(symbol).good_at is None
    )
    new = store.analysts.add_actions(symbol, readable, now)
    _log_refused(said, [one for one in new if one.at >= now - RECENT_S])
    said_since = _said_since(store, symbol, new)
    revisions = revised_by(store.levels.present(symbol), said_since, hours.zone, said.source)
    moved = [_revise(store, hours, one.old, one.new, one.action, now) for one in revisions]
    recent = () if is_first else tuple(one for one in new if one.at >= now - RECENT_S)
    return recent, [one for one in moved if one is not None]


def _log_refused(said: Researched, new: Sequence[RatingAction]) -> None:
    """Once for each: the rows come again every day."""
    bare = {(one.firm, one.at) for one in new if one.target is None}
    firms = [one.firm for one in said.actions if one.target is not None and (one.firm, one.at) in bare]
    if firms:
        log.warning("targets refused symbol=%s firms=%s: %s", said.symbol, ",".join(firms), WRONG_UNIT)


def _said_since(store: Store, symbol: str, new: Sequence[RatingAction]) -> list[RatingAction]:
    """The new actions and what their firms are known to have said later: a row listed late undoes nothing."""
    firms, since = {one.firm for one in new}, min((one.at for one in new), default=0)
    return [one for one in store.analysts.actions(symbol, since) if one.firm in firms] if new else []


def _readable(store: Store, hours: Hours, said: Researched, now: int) -> list[RatingAction]:
    """The actions, without targets in another unit or on another scale: their ratings are good all the same."""
    references, splits = _references(store, said.symbol), store.splits.every(said.symbol)
    source_price = said.targets.price if said.targets is not None else None
    if is_after_a_split(store, said.symbol, source_price, now):
        references = []
    return [believed(_in_our_unit(one, references), splits, hours.zone) for one in said.actions]


def _in_our_unit(action: RatingAction, references: Sequence[float]) -> RatingAction:
    if action.target is None or not in_our_unit(action.target, references):
        return replace(action, target=None, target_before=None)
    before = action.target_before
    return replace(action, target=legible(action.target), target_before=before and legible(before))


def _follow(store: Store, stock: Stock, hours: Hours, now: int) -> Sequence[_Moved]:
    """The consensus follows its provider; the first one has nobody to tell."""
    new = to_follow(store, stock, hours, now)
    if new is None:
        return ()
    old = store.levels.of_firm(stock.symbol, new.firm)
    if old is None:
        revise(store, new, hours, now)
        return ()
    moved = _revise(store, hours, old, new, None, now)
    return () if moved is None else (moved,)


def _revise(store: Store, hours: Hours, old: Level, new: Level, action: RatingAction | None, now: int) -> _Moved | None:
    """A level moves; its followers are told with the rest of the news. None where only its day is new."""
    chats, quote = following_chats(store, new), store.history.last_quote(new.symbol)
    revise(store, new, hours, now, known_to=chats)
    if (old.price, old.rating) == (new.price, new.rating):
        return None
    passed = is_passed(old.price, new.price, quote.price if quote is not None else None)
    day = new.as_of if action is None else date_of(action.at, hours.zone)
    move = LevelMove(new.name, new.kind, old.price, new.price, new.rating, old.rating, day.isoformat(), passed)
    return _Moved(move, action, frozenset(chats))


def _take_in_targets(store: Store, hours: Hours, said: Researched, now: int, *, doubtful: bool) -> dict[str, str]:
    if said.targets is None:
        return {}
    if not (_fits(said.targets, _references(store, said.symbol)) and _is_on_our_scale(store, hours, said, now)):
        log.warning("targets refused symbol=%s mean=%s: %s", said.symbol, said.targets.mean, WRONG_UNIT)
        return {Part.TARGETS.value: WRONG_UNIT}
    store.analysts.add_targets(said.symbol, said.source, said.targets, now)
    question(store, said.symbol, now, doubtful=doubtful)
    return {}


def _fits(targets: Targets, references: Sequence[float]) -> bool:
    """The source's own price tells best in which unit it speaks; where none of ours is known, it has to do."""
    if targets.price is None or not references:
        return in_our_unit(targets.mean, references or [targets.price or 0.0])
    return in_our_unit(targets.price, references) and in_our_unit(targets.mean, [*references, targets.price])


def _is_on_our_scale(store: Store, hours: Hours, said: Researched, now: int) -> bool:
    last, new = store.analysts.targets(said.symbol, said.source), said.targets
    if new is None or is_after_a_split(store, said.symbol, new.price, now):
        return False
    return not is_before_a_split(store, said.symbol, hours.zone, last.targets if last is not None else None, new, now)


def _changes(store: Store, symbol: str, zone: str, now: int) -> dict[str, Change]:
    """How far the consensus has moved, for every span that an alert watches.

    Where it has not, that is an answer too: it arms an alert again.
    """
    keys = [key for key in store.alerts.metrics(symbol) if key.startswith("consensus:")]
    found = {key: consensus_change(store, symbol, zone, span_days(key), now) for key in keys}
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
        event = _news(said, found, levels, alerts, price, hours.zone, now)
        store.outbox.owe([chat_id], event, now, at, doubtful=found.is_doubtful)


def _weight(moved: _Moved) -> tuple[bool, float]:
    """What is told first: a line that now lies on the other side of the price, then the one that moved furthest."""
    return not moved.move.passed, -abs(change_pct(moved.move.old, moved.move.new))


def _judge(store: Store, symbol: str, found: _Found, now: int) -> list[tuple[Alert, Crossing]]:
    counts = {key: float(len(actions)) for key, actions in found.actions.items() if actions}
    news = [standing_path(store, symbol, key, [0.0, count, 0.0], now) for key, count in counts.items()]
    ways = {key: change.path[found.is_anew :] for key, change in found.changes.items()}
    changes = [standing_path(store, symbol, key, way, now) for key, way in ways.items()]
    return judge(store, [*news, *changes], now) if news or changes else []


def _news(
    said: Researched, found: _Found, levels: Sequence[_Moved], alerts: Sequence[Alert], price: float | None,
    zone: str, now: int,
) -> AnalystNews:  # fmt: skip
    """What these alerts wished to be told beside the levels; an action that moved one of them is said with it."""
    keys = dict.fromkeys(alert.metric for alert in alerts)
    said_with = {(one.action.firm, one.action.at) for one in levels if one.action is not None}
    actions = {one for key in keys for one in found.actions.get(key, ()) if (one.firm, one.at) not in said_with}
    silent = bool(alerts) and not levels and all(alert.policy.silent for alert in alerts)
    return AnalystNews(
        said.symbol,
        said.source,
        tuple(one.move for one in levels),
        tuple(sorted(actions, key=lambda one: (one.at, one.firm))),
        tuple(dict.fromkeys(_move(said.source, found, key) for key in keys if key in found.changes)),
        price,
        tuple(alert.number for alert in alerts),
        now,
        silent,
        tuple(_notes(alerts)),
        zone,
    )


def _notes(alerts: Iterable[Alert]) -> dict[str, None]:
    return dict.fromkeys(alert.policy.note for alert in alerts if alert.policy.note)


def _move(source: str, found: _Found, key: str) -> ConsensusMove:
    """Where nothing was heard for longer than that, the move is one of all these days."""
    change = found.changes[key]
    before, after, days = change.before, change.after, max(change.days, found.unheard_days)
    return ConsensusMove(
        source, days, change.pct, after.mean, before.mean, after.median, before.median, after.analysts
    )  # fmt: skip
