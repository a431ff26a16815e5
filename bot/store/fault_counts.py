"""How often what went wrong, by source and kind: counted in memory, written with the heartbeat.

A failure costs no commit of its own, and a disk that is full loses no count of it. Never says what
a fault means, and holds no text but the kinds' own names.
"""

from collections import Counter
from enum import StrEnum

from sqlite_utils import Database

HOUR_S = 3600
RECENT_H = 24
_KEPT_H = 48


class Source(StrEnum):
    """Where something went wrong, in words that /status may show."""

    PRICES = "prices"
    ANALYSTS = "analyst data"
    TELEGRAM = "Telegram"
    PROGRAM = "program"


class FaultCounts:
    """The counts. What is noted here is seen by `recent` at once, by other programs from `settle` on."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._noted: Counter[tuple[int, str, str]] = Counter()

    def note(self, source: Source, kind: str, now: float) -> None:
        """Count one more; `kind` is one of a few constant names, never a text from outside."""
        self._noted[int(now) // HOUR_S, source.value, kind] += 1

    def settle(self, now: int) -> None:
        """Write what was noted, within the caller's transaction, and drop what is older than two days."""
        rows = [(*key, count) for key, count in self._noted.items()]
        self._db.conn.executemany(
            "insert into faults values (?, ?, ?, ?)"
            " on conflict (hour, source, kind) do update set count = count + excluded.count",
            rows,
        )
        self._db.conn.execute("delete from faults where hour <= ?", [now // HOUR_S - _KEPT_H])
        self._noted.clear()

    def recent(self, now: int) -> dict[str, dict[str, int]]:
        """Counts of the last 24 hours, hours taken whole: {source: {kind: count}}, the most frequent first."""
        since = now // HOUR_S - RECENT_H
        counts: Counter[tuple[str, str]] = Counter()
        for source, kind, count in self._db.execute(_RECENT, [since]):
            counts[source, kind] += count
        for (hour, source, kind), count in self._noted.items():
            if hour > since:
                counts[source, kind] += count
        found: dict[str, dict[str, int]] = {source.value: {} for source in Source}
        for (source, kind), count in counts.most_common():
            found.setdefault(source, {})[kind] = count
        return {source: kinds for source, kinds in found.items() if kinds}


_RECENT = "select source, kind, sum(count) from faults where hour > ? group by source, kind"
