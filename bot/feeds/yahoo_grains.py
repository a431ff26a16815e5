"""Which bars Yahoo still has of each stretch of time, and the requests that bring the finest of them. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from bot.core.days import date_of, midnight

Span = tuple[int, int]
"""From the first second to the one past the last, epoch seconds UTC."""

_DAY_S = 86_400
_MOST_MINUTES_S = 7 * _DAY_S  # Yahoo gives at most 8 days of minutes in one answer, and all of the others


@dataclass(frozen=True, slots=True)
class Grain:
    """Bars of one width, by Yahoo's name, and for how many days back it has them: a day less than it says."""

    interval: str
    width_s: int
    reach_days: int


MINUTES = Grain("1m", 60, 29)
DAYS = Grain("1d", _DAY_S, 36_500)
# Not "1h": yfinance merges the splits into that as into days, with a row of no prices for each.
_COARSER = (Grain("5m", 300, 59), Grain("60m", 3_600, 729), DAYS)

Piece = tuple[Grain, Span | None]
"""What one request asks for; without a span Yahoo's own idea of the last day."""

LAST_DAY: list[Piece] = [(MINUTES, None)]


def pieces(since: int, now: int, zone: str) -> list[Piece]:
    """What to ask for to learn all from `since` on, the oldest and coarsest first, in pieces that Yahoo grants."""
    until = _reach(MINUTES, now, zone)
    fine: list[Piece] = [(MINUTES, span) for span in _spans(min(max(since, until), now), now)]
    coarse: list[Piece] = []
    for grain in _COARSER:
        if since >= until:
            break
        start = max(since, _reach(grain, now, zone))
        # The bar around `since` began up to its width before.
        coarse.insert(0, (grain, (start - grain.width_s if start == since else start, until)))
        until = start
    return [*coarse, *fine]


def _reach(grain: Grain, now: int, zone: str) -> int:
    """From when on such bars are asked for: a midnight, over which no bar of any width lies."""
    return midnight(date_of(now - grain.reach_days * _DAY_S, zone) + timedelta(days=1), zone)


def _spans(start: int, now: int) -> list[Span]:
    """The stretch up to now in pieces of a week."""
    starts = range(start - start % 60, now + 1, _MOST_MINUTES_S)
    # A minute more than now: yfinance drops a last row that is not before the end it was given.
    ends = [*starts[1:], now + 60]
    return list(zip(starts, ends, strict=True))
