"""A source of what analysts say that says what the test tells it to, one answer a look."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from bot.core.analysts import RatingAction, Targets
from bot.core.company import CompanyDate, Occasion
from bot.core.market import Stock
from bot.feeds import Part, Researched

NOTHING = Researched("BABA", "Yahoo", requests=4)
"""An answer without any fault, and without anything in it."""


def said(
    mean: float | None = None, *actions: RatingAction, dates: tuple[CompanyDate, ...] = (), median: float = 187.87
) -> Researched:
    """What a source says when all is well."""
    targets = None if mean is None else Targets(mean, median, 95.27, 238.38, 39)
    return replace(NOTHING, targets=targets, actions=actions, dates=dates)


def earnings(day: str, last_day: str | None = None, *, expected: bool = False) -> CompanyDate:
    return CompanyDate(Occasion.EARNINGS, date.fromisoformat(day), date.fromisoformat(last_day or day), expected)


class ScriptedResearch:
    """Gives its answers in turn, the last one for ever."""

    def __init__(self, *script: Researched) -> None:
        self.script = list(script) or [NOTHING]
        self.asked: list[tuple[int, frozenset[Part], int]] = []

    async def research(
        self, stock: Stock, zone: str, parts: Collection[Part], most_requests: int, now: int
    ) -> Researched:
        self.asked.append((now, frozenset(parts), most_requests))
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return replace(answer, symbol=stock.symbol)

    def close(self) -> None:
        """Nothing to give back."""
