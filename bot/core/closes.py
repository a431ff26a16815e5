"""How the stocks of one exchange closed, as the facts that a chat is owed once a day where it wants them."""

from dataclasses import dataclass
from typing import Any

from bot.core.alerts import Direction


@dataclass(frozen=True, slots=True)
class Mark:
    """One crossing told on the day; `level` the firm whose line it was, if any."""

    metric: str
    threshold: float
    level: str | None
    direction: Direction
    at: int


@dataclass(frozen=True, slots=True)
class Left:
    """An alert that is still ahead: its number and normal form, where its metric is, and its nearest line."""

    number: int
    text: str
    metric: str
    value: float
    line: float


@dataclass(frozen=True, slots=True)
class Line:
    """A stored level beside the close."""

    name: str
    price: float


@dataclass(frozen=True, slots=True)
class Close:
    """One stock's day: its regular session, what was told in it, the next levels, the nearest alerts.

    `previous` is the close before, `crossed` how many crossings there were, `marks` the last of them.
    """

    symbol: str
    close: float
    previous: float | None
    high: float
    low: float
    crossed: int
    marks: tuple[Mark, ...]
    above: Line | None
    below: Line | None
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """An exchange has closed, at `at` (epoch seconds UTC); `unknown` are stocks whose day is not known."""

    closes: tuple[Close, ...]
    unknown: tuple[str, ...]
    at: int

    @property
    def symbol(self) -> str:
        """The first of its stocks, all of which trade at one place."""
        return self.closes[0].symbol


def closed_of(values: dict[str, Any]) -> Closed:
    """The event again, of the values it was stored as."""
    closes = tuple(_close(row) for row in values["closes"])
    return Closed(closes, tuple(values["unknown"]), values["at"])


def _close(row: dict[str, Any]) -> Close:
    marks = tuple(Mark(**(one | {"direction": Direction(one["direction"])})) for one in row["marks"])
    above, below = (Line(**row[side]) if row[side] else None for side in ("above", "below"))
    left = tuple(Left(**one) for one in row["left"])
    return Close(**(row | {"marks": marks, "above": above, "below": below, "left": left}))
