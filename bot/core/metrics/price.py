"""The price itself; what no other metric reads is about the price."""

from collections.abc import Sequence

from bot.core.course import Course
from bot.core.formula import money
from bot.core.measures import InMoney
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable
from bot.core.reading.lines import LARGEST, SMALLEST, WAY_WORDS, read_line, write_line
from bot.core.reading.moves import read_move
from bot.core.reading.words import Words

__all__ = ["PRICE", "Price", "money"]

_FROM_HERE = r"(?:since|from) (?:now|here)"


class Price(InMoney):
    """The stock's price, in its currency."""

    name = "price"
    keywords = (*WAY_WORDS, "since", "from", "now", "here")

    def values(self, argument: str, course: Course) -> Sequence[float]:
        return [point.price for point in course.points]

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"reached {money(threshold)}"

    def title(self, argument: str) -> str:
        return ""

    def read(self, words: Words, scope: Scope) -> Reading:
        """A price line; "down 8% since now" is one too, drawn where the price is now."""
        if words.take(_FROM_HERE):
            return _from_here(words, scope)
        if words.percents and words.has("since|from"):
            return Unreadable("A move has a beginning: say up 5% since now, up 5% ytd or up 5% in 5d.")
        return read_line(self.name, words, scope)

    def write(self, condition: Condition, scope: Scope) -> str:
        return write_line(condition, scope)


def _from_here(words: Words, scope: Scope) -> Reading:
    move = read_move("price", words, "down 8% since now", may_be_bare=True)
    if move is None:
        return Unreadable("How far from here? Please say it in percent, such as down 8% since now.")
    if isinstance(move, Unreadable):
        return move
    if scope.price is None:
        return Unreadable(f"No price of {scope.symbol} is known yet; please name one, such as above 192.")
    if isinstance(move, Condition):
        return _drawn(move, scope.price)
    drawn = _drawn(move.condition, scope.price)
    return drawn if isinstance(drawn, Unreadable) else Meant(move.typed, move.meant, drawn)


def _drawn(move: Condition, price: float) -> Condition | Unreadable:
    """The lines so many percent from this price, to the cent where it is not below one."""
    changes = [move.threshold] if move.upper is None else [move.threshold, move.upper]
    ends = [round(price * (1 + change / 100), 2 if price >= 1 else 6) for change in changes]
    if price in ends or any(not SMALLEST <= end <= LARGEST for end in ends):
        return Unreadable(f"That is no price apart from {money(price)}; please say another, such as down 8% since now.")
    return Condition("price", move.way, ends[0], ends[1] if len(ends) > 1 else None)


PRICE = Price()
