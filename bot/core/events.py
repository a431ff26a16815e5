"""What a chat is owed, as facts: the outbox stores these, and the words are made when they are sent."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, get_args

from bot.core.alerts import Alert, Crossing, Direction, Way
from bot.core.attribution import Attribution
from bot.core.closes import Closed, closed_of
from bot.core.contact import ChatLost, Missed, ReaderGone, SecondReader
from bot.core.market import Point, Quote, Session
from bot.core.news import (
    AnalystNews,
    AnalystsBack,
    AnalystsSilent,
    ConsensusDrift,
    DateMoved,
    DateNear,
    moved_of,
    near_of,
    news_of,
    silent_of,
)
from bot.core.splits import SplitApplied, SplitSuspected, applied_of

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One crossing of one alert, with what the alert was like then.

    `at` is the start of its bar, which is `width_s` long. `value` is the metric's, `price` the stock's at
    that point; `band` in the metric's unit; `since`
    the flip before, if any. `low` and `high` are the lines of a channel, `within` its half width in
    percent of the level. `cause` is what moved an upside; None for other metrics, and in rows from
    before it was asked for.
    """

    number: int
    metric: str
    way: Way
    level: str | None
    threshold: float
    band: float
    direction: Direction
    at: int
    value: float
    price: float
    since: int | None
    session: Session
    passed: bool
    low: float
    high: float
    within: float | None
    rearm_pct: float
    once: bool
    silent: bool
    note: str | None
    width_s: int = _MINUTE_S
    cause: Attribution | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without prices, from `since` (epoch seconds UTC); whether the source or we were away.

    `held` where prices were there, but might have been on another scale.
    """

    since: int
    feed_silent: bool
    held: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """A level's move, in the stock's currency."""

    level: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class Crossed:
    """The crossings of one poll for one chat, in the order of the walk.

    `before` is the price the walk started from; `gap` the stretch in which the crossings were
    missed while they happened, else None. `revision` is what caused them where it was a level that
    moved, not the price.
    """

    symbol: str
    told: tuple[Told, ...]
    price: float
    quoted_at: int
    session: Session
    source: str
    high: float
    low: float
    before: float | None
    noticed_at: int
    gap: Gap | None
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class Revised:
    """A level that alerts of this chat follow has moved; `passed` where the price now lies on the other side.

    `source` is where the new one is from.
    """

    symbol: str
    level: str
    old: float
    new: float
    price: float | None
    passed: bool
    at: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Silent:
    """No fresh price since `last_at` although the exchange is open.

    `clock_s` where it only seems so: the seconds by which our own clock is ahead of the source's,
    negative behind; else 0.
    """

    symbol: str
    last_at: int
    noticed_at: int
    clock_s: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    """Prices are back after a silence that was told; `after` was the last price before it."""

    symbol: str
    after: int
    back_at: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """A copy of the database, made at `copied_at`, took its place at `at`, because it was `damaged` or by hand."""

    copied_at: int
    at: int
    damaged: bool


@dataclass(frozen=True, slots=True)
class Expired:
    """An alert has come to the end that was set for it; `text` is its normal form, `told` how often it spoke."""

    symbol: str
    number: int
    text: str
    told: int
    at: int


@dataclass(frozen=True, slots=True)
class Watching:
    """The first price of a stock this chat has chosen; `name` and `currency` as the source says them."""

    symbol: str
    name: str | None
    currency: str | None
    price: float
    quoted_at: int


class Unwatchable(StrEnum):
    """Why a chosen stock is not watched after all."""

    UNKNOWN = "unknown"
    NO_PRICES = "no prices"
    CURRENCY = "currency"
    NO_CALENDAR = "no calendar"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A stock this chat has chosen is not watched; `wanted` is the currency typed, `told` that of the source."""

    symbol: str
    why: str
    exchange: str
    wanted: str | None
    told: str | None


Event = (
    Crossed | Revised | Silent | Restored | PutBack | Expired | Watching | GivenUp | Closed
    | SplitSuspected | SplitApplied | ChatLost | Missed | SecondReader | ReaderGone
    | AnalystNews | ConsensusDrift | AnalystsSilent | AnalystsBack | DateMoved | DateNear
)  # fmt: skip
_KINDS: dict[str, type[Event]] = {kind.__name__.casefold(): kind for kind in get_args(Event)}
_OF_PARTS: dict[str, Callable[[dict[str, Any]], Event]] = {
    "closed": closed_of, "splitapplied": applied_of, "analystnews": news_of, "datemoved": moved_of, "datenear": near_of,
    "analystssilent": silent_of,
}  # fmt: skip
"""Kinds whose facts hold further facts."""


def kind_of(event: Event) -> str:
    """The event's name in the outbox: "crossed", "revised", …"""
    return type(event).__name__.casefold()


def to_json(event: Event) -> str:
    """The facts as the outbox stores them; `from_json` gives the event back."""
    return json.dumps(event, default=_fields)


def _fields(part: Any) -> dict[str, Any] | str:
    if isinstance(part, date):
        return part.isoformat()
    return {field.name: getattr(part, field.name) for field in fields(part)}


def from_json(kind: str, facts: str) -> Event:
    """Raises KeyError or TypeError where the row was not written by `to_json`."""
    values = json.loads(facts)
    if kind == "crossed":
        values["told"] = tuple(_told(row) for row in values["told"])
        values["session"] = Session(values["session"])
        values["gap"] = Gap(**values["gap"]) if values["gap"] else None
        values["revision"] = Revision(**values["revision"]) if values.get("revision") else None
    made_of = _OF_PARTS.get(kind)
    return _KINDS[kind](**values) if made_of is None else made_of(values)


def _told(row: dict[str, Any]) -> Told:
    row = _of_a_plain_line(row) | row
    kinds = {"direction": Direction(row["direction"]), "session": Session(row["session"]), "way": Way(row["way"])}
    cause = Attribution(**row["cause"]) if row.get("cause") else None
    return Told(**(row | kinds | {"cause": cause}))


def _of_a_plain_line(row: dict[str, Any]) -> dict[str, Any]:
    """What rows do not say that were owed when every alert was one line drawn on the price."""
    line = row["threshold"]
    return {
        "way": Way.CROSSES, "price": row["value"], "passed": False, "low": line, "high": line, "within": None,
        "rearm_pct": round(row["band"] / line * 100, 6) if line else 0.0, "silent": False, "note": None,
    }  # fmt: skip


def crossed(
    fired: Sequence[tuple[Alert, Crossing]],
    points: Sequence[Point],
    quote: Quote,
    before: float | None,
    noticed_at: int,
    gap: Gap | None,
    revision: Revision | None = None,
) -> Crossed:
    """One chat's crossings of one walk as an event, sorted into the order of the walk."""
    prices = [point.price for point in points]
    widths = {point.at: point.since - point.at for point in points if point.since - point.at > _MINUTE_S}
    told = tuple(
        _tell(alert, crossing, widths.get(crossing.at, _MINUTE_S)) for alert, crossing in sorted(fired, key=_walk_order)
    )
    return Crossed(
        quote.symbol, told, quote.price, quote.at, quote.session, quote.source, max(prices), min(prices),
        before, noticed_at, gap, revision,
    )  # fmt: skip


def _walk_order(fired: tuple[Alert, Crossing]) -> tuple[int, float]:
    """Lines reached by the same price come in the order in which it passed them."""
    _, crossing = fired
    up = crossing.direction is Direction.UP
    return crossing.place, crossing.threshold if up else -crossing.threshold


def _tell(alert: Alert, crossing: Crossing, width_s: int) -> Told:
    policy, lines = alert.policy, alert.lines
    line = lines[-1] if crossing.threshold == lines[-1].value else lines[0]
    return Told(
        alert.number, alert.metric, alert.way, alert.level, crossing.threshold, line.band, crossing.direction,
        crossing.at, crossing.value, crossing.price, crossing.since, crossing.session, crossing.passed,
        lines[0].value, lines[-1].value, alert.within, policy.rearm_pct, policy.once, policy.silent, policy.note,
        width_s, crossing.cause,
    )  # fmt: skip
