"""Days and minutes to take metrics from, around the open of 2 October 2025 in New York."""

from datetime import date, timedelta

from bot.core.course import Course
from bot.core.market import Bar, Day, Session
from bot.core.metrics import of_key

OPEN = 1_759_411_800  # Thursday, 2 October 2025, 09:30 in New York
MIDNIGHT = 1_759_363_200  # midnight UTC of 2 October, so that days are counted from there
DAY_S = 86_400


def day(offset: int, close: float) -> Day:
    """A day so many calendar days after 2 October, on which only one price was paid."""
    return Day(date(2025, 10, 2) + timedelta(days=offset), close, close, close, close)


def minutes(start: int, *prices: float, session: Session = Session.REGULAR) -> list[Bar]:
    """Minutes on end, one price each."""
    return [flat(start + 60 * place, price, session) for place, price in enumerate(prices)]


def flat(at: int, price: float, session: Session = Session.REGULAR, width_s: int = 60) -> Bar:
    """A bar in which only one price was paid."""
    return Bar(at, price, price, price, price, 100, session, width_s)


def values(key: str, course: Course) -> list[float]:
    """The metric of this key along the course."""
    metric, argument = of_key(key)
    return list(metric.values(argument, course))
