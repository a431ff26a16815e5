"""What providers said of the analysts, every word of it a row: targets, rating actions, recommendations."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlite_utils import Database

from bot.core.analysts import RatingAction, Recommendations, Targets, is_corrected, is_jitter
from bot.core.firms import same_firm


@dataclass(frozen=True, slots=True)
class Said:
    """The targets of a provider and since when it says so (epoch seconds UTC)."""

    targets: Targets
    at: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How the research of a stock goes; moments in epoch seconds UTC.

    `due_at` is the moment it was last due and was begun, `good_at` when every part was last answered; `tries`
    those for this due moment, `requests` those of `day` (a date of the exchange). `faults` by part: what
    is still missing of this due moment, and why.
    """

    symbol: str
    due_at: int = 0
    tried_at: int = 0
    good_at: int | None = None
    tries: int = 0
    day: str = ""
    requests: int = 0
    faults: tuple[tuple[str, str], ...] = ()


class Analysts:
    """What is stored of the analysts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def targets(self, symbol: str, provider: str) -> Said | None:
        """What the provider said last."""
        return self._said("symbol = ? and provider = ?", symbol, provider)

    def counted_targets(self, symbol: str, provider: str, before: int) -> Said | None:
        """What it had said by a moment that was news beside what it said earlier."""
        return self._said("symbol = ? and provider = ? and at < ? and counts", symbol, provider, before)

    def first_targets(self, symbol: str, provider: str) -> Said | None:
        """The first that was heard of it."""
        return self._said("symbol = ? and provider = ?", symbol, provider, order="at")

    def add_targets(self, symbol: str, provider: str, targets: Targets, now: int) -> bool:
        """Store what is not what it said last; whether it is news."""
        last, counted = self.targets(symbol, provider), self.counted_targets(symbol, provider, now)
        if last is not None and _figures(last.targets) == _figures(targets):
            return False
        counts = counted is None or not is_jitter(counted.targets, targets)
        self._db.conn.execute(
            "insert or replace into targets (symbol, provider, at, mean, median, low, high, analysts, counts)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [symbol, provider, now, *_figures(targets), counts],
        )
        return counts

    def count(self, symbol: str, provider: str, at: int) -> None:
        """Take what it said at that moment for news, however little it differs."""
        self._db.conn.execute(
            "update targets set counts = 1 where symbol = ? and provider = ? and at = ?", [symbol, provider, at]
        )

    def knows_actions(self, symbol: str) -> bool:
        """Whether any rating action on the symbol was stored."""
        found = self._db.execute("select 1 from rating_actions where symbol = ? limit 1", [symbol])
        return found.fetchone() is not None

    def add_actions(self, symbol: str, actions: Iterable[RatingAction], now: int) -> tuple[RatingAction, ...]:
        """Store the actions; those never seen before, or seen without the target they have now, by their time.

        Of one seen before, the rating is no news. One by a firm of another spelling at the very second of a
        known one is that one.
        """
        known: dict[int, dict[str, float | None]] = defaultdict(dict)
        for firm, at, target in self._db.execute(
            "select firm, at, target from rating_actions where symbol = ?", [symbol]
        ):
            known[at][firm] = target
        read = [replace(one, firm=_known_as(one.firm, known.get(one.at, ()))) for one in actions]
        found = {(one.firm, one.at): one for one in read}
        news = [
            one for (firm, at), one in found.items()
            if firm not in known.get(at, ()) or is_corrected(known[at][firm], one.target)
        ]  # fmt: skip
        self._db.conn.executemany(
            "insert or replace into rating_actions values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (symbol, one.firm, one.at, one.action, one.rating, one.rating_before, one.target, one.target_before,
                 now)
                for one in news
            ],
        )  # fmt: skip
        told = [one.with_known_rating if one.firm in known.get(one.at, ()) else one for one in news]
        return tuple(sorted(told, key=lambda one: one.at))

    def actions(self, symbol: str, since: int = 0) -> tuple[RatingAction, ...]:
        """The actions from a moment on, by their time."""
        rows = self._db.execute(
            "select firm, at, action, rating, rating_before, target, target_before from rating_actions"
            " where symbol = ? and at >= ? order by at, firm",
            [symbol, since],
        )
        return tuple(RatingAction(*row) for row in rows)

    def recommendations(self, symbol: str) -> Recommendations | None:
        """How many recommend what, as was said last."""
        row = self._db.execute(
            "select strong_buy, buy, hold, sell, strong_sell from recommendations where symbol = ?"
            " order by at desc limit 1",
            [symbol],
        ).fetchone()
        return None if row is None else Recommendations(*row)

    def add_recommendations(self, symbol: str, counts: Recommendations, now: int) -> None:
        """Store the counts, where they are not those said last."""
        if counts != self.recommendations(symbol):
            self._db.conn.execute(
                "insert or replace into recommendations values (?, ?, ?, ?, ?, ?, ?)",
                [symbol, now, counts.strong_buy, counts.buy, counts.hold, counts.sell, counts.strong_sell],
            )

    def effort(self, symbol: str) -> Effort:
        """How the research of the symbol went so far."""
        row = self._db.execute(
            "select due_at, tried_at, good_at, tries, day, requests, faults from research where symbol = ?", [symbol]
        ).fetchone()
        if row is None:
            return Effort(symbol)
        due_at, tried_at, good_at, tries, day, requests, faults = row
        missing = tuple((part, fault) for part, fault in json.loads(faults))
        return Effort(symbol, due_at, tried_at, good_at, tries, day, requests, missing)

    def note_effort(self, effort: Effort) -> None:
        """Store how it goes."""
        self._db.conn.execute(
            "insert or replace into research values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                effort.symbol, effort.due_at, effort.tried_at, effort.good_at, effort.tries, effort.day,
                effort.requests, json.dumps(effort.faults),
            ],
        )  # fmt: skip

    def _said(self, where: str, *arguments: object, order: str = "at desc") -> Said | None:
        row = self._db.execute(
            f"select mean, median, low, high, analysts, at from targets where {where} order by {order} limit 1",
            list(arguments),
        ).fetchone()
        return None if row is None else Said(Targets(*row[:-1]), row[-1])


def _known_as(firm: str, names: Collection[str]) -> str:
    """The name by which the firm is stored already."""
    return firm if firm in names else next((one for one in names if same_firm(one, firm)), firm)


def _figures(targets: Targets) -> tuple[object, ...]:
    return targets.mean, targets.median, targets.low, targets.high, targets.analysts
