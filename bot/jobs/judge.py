"""Judges alerts against what their metrics did, stores what became of them, owes what is to be told.

The same for a poll and for a revision; knows neither where prices nor where revisions come from.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from bot.core import events
from bot.core.alerts import Alert, Crossing, Reason, Verdict
from bot.core.crossing import evaluate
from bot.core.market import Hours, Path, Point, Quote
from bot.jobs.attribution import attributed
from bot.jobs.heard import may_be_told
from bot.jobs.telling import due_at
from bot.store import Store

LATE_S = 180
"""Seconds between the start of a crossing's bar and now; a crossing younger than that is no late one."""

Fired = Sequence[tuple[Alert, Crossing]]


def judge(
    store: Store,
    paths: Sequence[Path],
    now: int,
    rested_since: int | None = None,
    only: Callable[[Alert], bool] = lambda alert: True,
) -> list[tuple[Alert, Crossing]]:
    """Take the alerts these paths concern along them, store what became of each, give what is to be told.

    With `rested_since` only the alerts that no bar starting later has changed, with `only` those of which it is true.
    """
    by_metric = {(path.symbol, path.metric): path for path in paths}
    fired: list[tuple[Alert, Crossing]] = []
    for alert in store.alerts.candidates(paths, rested_since):
        if not only(alert):
            continue
        verdict = evaluate(alert, by_metric[alert.symbol, alert.metric])
        _settle(store, alert, verdict, now)
        fired += [(alert, crossing) for crossing in verdict.crossings]
    return fired


def _settle(store: Store, alert: Alert, verdict: Verdict, now: int) -> None:
    store.alerts.note(alert, verdict)
    if verdict.crossings:
        store.crossings.add(alert, verdict.crossings, now)
        if alert.policy.once:
            store.alerts.end(alert, now, by="told once")


def owe_crossings(
    store: Store,
    hours: Hours,
    fired: Fired,
    points: Sequence[Point],
    quote: Quote,
    now: int,
    before: float | None = None,
    gap: events.Gap | None = None,
    revision: events.Revision | None = None,
) -> None:
    """Owe each chat what it is to be told, in one message for everything that is due together.

    `before` is the price the walk began from, `gap` a stretch without prices that it ended.
    """
    explained = attributed(store, hours, fired)
    for (chat_id, due), crossings in by_chat(store, hours, explained, now).items():
        missed = gap if any(now - crossing.at > LATE_S for _, crossing in crossings) else None
        event = events.crossed(crossings, points, quote, before, now, missed, revision)
        is_doubtful = may_be_told(store, min(crossing.at for _, crossing in crossings))
        store.outbox.owe([chat_id], event, now, due, doubtful=is_doubtful)


def by_chat(store: Store, hours: Hours, fired: Fired, now: int) -> dict[tuple[int, int], list[tuple[Alert, Crossing]]]:
    """What each chat is to be told, and when; a chat no longer served is told nothing."""
    chats: dict[tuple[int, int], list[tuple[Alert, Crossing]]] = defaultdict(list)
    dues: dict[int, int] = {}
    served = {chat_id for chat_id in {alert.chat_id for alert, _ in fired} if store.chats.serves(chat_id)}
    for alert, crossing in fired:
        if alert.chat_id not in served:
            continue
        if alert.id not in dues:
            dues[alert.id] = due_at(store, alert, hours, now)
            if dues[alert.id] > now:
                store.alerts.explain(alert, Reason.DEFERRED)
        chats[alert.chat_id, dues[alert.id]].append((alert, crossing))
    return chats
