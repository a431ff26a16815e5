"""Paths to take an alert along, written as the values they pass."""

from collections.abc import Sequence

from bot.core.market import Path, Point, Session


def along(values: Sequence[float], symbol: str = "BABA", start: int = 100, metric: str = "price") -> Path:
    """One point a second, each by itself, with the value as the price."""
    points = [Point(start + i, value, Session.REGULAR, start + i) for i, value in enumerate(values)]
    return Path(symbol, metric, points, list(values))


def through(*points: Point, symbol: str = "BABA") -> Path:
    """The price through these points."""
    return Path(symbol, "price", points, [point.price for point in points])
