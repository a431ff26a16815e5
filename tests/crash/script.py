"""The script of a crash: a volatile session that goes up and down a ladder of lines, and who wants to hear of it.

A cycle of two hours comes again and again, each time with other prices: a calm in which people type,
hand-made minutes that are hard on a crossing rule, then a ride far up or far down and back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random

from bot.core.market import Bar, Session
from bot.feeds.simulated import Waypoint, simulate

SYMBOL = "ACME"
START = 1_759_406_400  # 2 October 2025, 12:00 UTC
CYCLE_S = 7200
CALM_S = 2400
PAUSES_S = (0, 0, 0, 60, 120, 300, 900)
"""How long the daemon may be away."""

FIRST_LOOK = START + max(PAUSES_S) + 180

REARM_PCT = 0.5

CHATS = (11, 12, 13)


@dataclass(frozen=True, slots=True)
class Typed:
    """An alert that somebody types; within a chat no two share a line, so a message says which one it tells."""

    chat_id: int
    way: str
    line: float
    more: str = ""

    @property
    def text(self) -> str:
        return f"/alert {SYMBOL} {self.way} {self.line:.2f} {self.more}".rstrip()

    @property
    def once(self) -> bool:
        return self.more == "once"


LADDER = (
    *(Typed(11, "crosses", line) for line in (98.6, 99.3, 100.4, 101.1, 101.8, 102.5)),
    *(Typed(12, "above", line) for line in (100.45, 101.15, 102.2)),
    *(Typed(12, "below", line) for line in (99.5, 98.85, 97.8)),
    *(Typed(13, "above", line, "every 10m") for line in (100.6, 101.7)),
    *(Typed(13, "crosses", line) for line in (99.0, 102.4)),
    Typed(12, "above", 100.9, "once"),
)  # fmt: skip


def distant(number: int) -> Typed:
    """A wish for the next ride, high up or deep down, out of reach of the calm in which it is typed."""
    up, step = number % 2 == 0, number // 2 % 100
    line = 104 + step * 0.03 if up else 96 - step * 0.03
    return Typed(CHATS[number % 3], "above" if up else "below", round(line, 2), "once")


def is_calm(at: int) -> bool:
    """Whether the last price known is one of the calm, however long nobody has looked, and the calm goes on."""
    return FIRST_LOOK - START <= (at - START) % CYCLE_S < CALM_S


def cycle_of(at: int) -> int:
    return (at - START) // CYCLE_S


def session(seed: int, cycles: Iterable[int]) -> tuple[Bar, ...]:
    """The minutes of these cycles."""
    return tuple(chain.from_iterable(_cycle(Random(f"{seed}/{n}"), START + n * CYCLE_S) for n in cycles))


def _cycle(random: Random, start: int) -> Iterator[Bar]:
    bars = simulate(_ride(random, start), random.randrange(10**6), lambda at: Session.REGULAR)
    hard = {start + 60 * minute: prices for minute, prices in _HARD.items()}
    return (bar if bar.at not in hard else Bar(bar.at, *hard[bar.at], 100) for bar in bars)


def _ride(random: Random, start: int) -> list[Waypoint]:
    """100 in the calm, then a new price every five minutes around a way to the far end and back."""
    far = random.choice((7.5, -7.5))
    away = [far * min(step, 10 - step) / 5 for step in range(11)]
    ride = [(60 + 5 * step, round(100 + off + random.uniform(-1.2, 1.2), 2)) for step, off in enumerate(away)]
    return [(start + 60 * minute, price) for minute, price in [(0, 100.0), (59, 100.0), *ride, (119, 100.0)]]


_HARD = {
    42: (100.0, 100.4, 99.99, 100.0),  # exactly on a line, and no further
    46: (100.0, 102.5, 99.9, 100.0),  # up the ladder and back within a minute, its top exactly on a line
    50: (103.2, 103.3, 103.1, 103.2),  # a gap over the whole ladder …
    51: (103.2, 103.2, 103.0, 103.1),
    54: (100.0, 100.1, 98.6, 99.9),  # … and a fall to exactly a line
}
"""Open, high, low and close of the hard minutes of a cycle."""
