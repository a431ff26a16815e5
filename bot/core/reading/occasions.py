"""The dates of a company as people call them."""

from bot.core.company import Occasion

_ITS = r"(?:(?:on|the|its|next|upcoming) )*"
_DAY = r"(?: (?:date|day|report|reports|release|results|call|is|are))*"
CALLED = {
    Occasion.EARNINGS: rf"{_ITS}(?:quarterly )?(?:earnings|earning|results){_DAY}",
    Occasion.EX_DIVIDEND: rf"{_ITS}(?:ex-?(?:dividends?|div)|ex dividends?|ex div|dividends?|ex-?date|ex date){_DAY}",
}
"""Those that can be counted down to, as phrases."""
ANY_DATE = "|".join(CALLED.values())

OCCASION_WORDS = (
    "earnings", "results", "quarterly", "report", "reports", "release", "call", "date", "day", "next", "upcoming",
    "ex-dividend", "exdividend", "ex-dividends", "exdividends", "ex", "dividend", "dividends", "ex-div", "exdiv", "div",
    "ex-date", "exdate",
)  # fmt: skip
