"""Analyst levels to test with: those of BABA that targetwatch ships, and any other."""

from datetime import date

from bot.core.language import Vocabulary
from bot.core.levels import Level


def level(
    firm: str, price: float, kind: str = "price target", rating: str | None = None, symbol: str = "BABA"
) -> Level:
    return Level(symbol, firm, kind, rating, price, date(2025, 12, 6), "report of 2025-12-06")


LEVELS = (
    level("Morningstar", 258.0, "fair value"),
    level("JPMorgan Chase", 230.0),
    level("consensus", 192.0, "consensus"),
    level("Bernstein SocGen Group", 190.0, rating="Outperform"),
)
VOCABULARY = Vocabulary({"BABA": LEVELS})
