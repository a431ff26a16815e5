"""The ladder of a stock's levels as a small picture: rungs at their prices, a provider's range beside them.

Owns sizes and strokes. Never decides what is shown: `core.chart.ladder` does.
"""

from bot.charts.ink import LIGHT
from bot.charts.sheet import Sheet, box, one_at_a_time, width
from bot.core.chart.ladder import Ladder, marks, rungs, visible_range
from bot.core.chart.tags import Column, Kind, Tag, aim
from bot.core.message import File, clipped
from bot.core.metrics.price import money

SIZE = WIDTH, HEIGHT = 1000, 700
SMALLEST = 25
"""The height of the smallest words in pixels: ten points where a phone shows the picture 400 points wide."""

_BIG, _MEDIUM = 44, 29
_EDGE, _TOP, _FOOT = 16, 128, 44  # pixels around the drawing
_ROW = 32  # the height of a row of words
_POLES = 350, 540  # where a rung begins and ends; without a range beside it, it begins at the left
_BESIDE = 596  # where the words beside the rungs begin
_RANGE = 298  # the middle of the provider's range
_HALF = 11  # how far it reaches to either side
_WORDS_END = 258  # where the words beside it end


def draw_ladder(ladder: Ladder) -> File:
    """The ladder as a PNG. Takes a tenth of a second, the first time a second: call it in a thread."""
    with one_at_a_time:
        sheet = Sheet(LIGHT.paper, SIZE)
        paint(ladder, sheet)
        return File(f"{clipped(ladder.symbol, 15)}-levels.png", sheet.png())


def paint(ladder: Ladder, sheet: Sheet) -> None:
    """Everything, from the back to the front, on a sheet of this size."""
    _Picture(ladder, sheet).paint()


class _Picture:
    """One ladder under way, in pixels from the lower left corner."""

    def __init__(self, ladder: Ladder, sheet: Sheet) -> None:
        self._ladder = ladder
        self._sheet = sheet
        self._low, self._high = visible_range(ladder.price, ladder.prices)
        self._height = HEIGHT - _TOP - _FOOT
        self._start = _POLES[0] if ladder.targets else _EDGE + 40
        self._end = _POLES[1]
        self._tags = rungs(ladder, self._low, self._high, self._column(_FOOT - 4, 12))

    def paint(self) -> None:
        self._paint_head()
        self._paint_poles()
        for tag in self._tags:
            self._paint_tag(tag)
        if self._ladder.targets:
            self._paint_range()

    def _column(self, below: float, above: float) -> Column:
        """The room for words, which may go beyond the drawing by so many pixels."""
        return Column(-below / self._height, 1 + above / self._height, _ROW / self._height, longest=200)

    def _y(self, price: float) -> float:
        """The height of a price, or of the end of the scale that it lies beyond."""
        return self._at(min(max(aim(price, self._low, self._high), 0), 1))

    def _at(self, height: float) -> float:
        return _FOOT + height * self._height

    def _paint_head(self) -> None:
        ladder, room = self._ladder, WIDTH - 2 * _EDGE
        head = f"{clipped(ladder.symbol, 15)}  {money(ladder.price)} {clipped(ladder.currency, 4)}"
        self._say((_EDGE, HEIGHT - 56), head, _BIG, LIGHT.text, room, bold=True)
        self._say((_EDGE, HEIGHT - 96), f"{ladder.as_of}{self._unnamed()}", SMALLEST, LIGHT.faint, room)

    def _unnamed(self) -> str:
        """Where there is no room for the words of all rungs, how many have theirs."""
        every, named = len({line.price for line in self._ladder.levels}), len(self._tags) - 1
        return f" · the nearest {named} of {every} prices named" if named < every else ""

    def _paint_poles(self) -> None:
        """The ladder itself, shaded from the price up to the highest level and down to the lowest."""
        known = [line.price for line in self._ladder.levels]
        ends = [self._y(price) for price in (min([*known, self._ladder.price]), max([*known, self._ladder.price]))]
        self._sheet.fill([box((self._start, ends[0]), (self._end, ends[1]))], LIGHT.shade)
        poles = [[(x, self._at(0)), (x, self._at(1))] for x in (self._start, self._end)]
        self._sheet.strokes(poles, LIGHT.grid, 6)
        shown = {price for price in known if self._low <= price <= self._high}
        self._sheet.strokes([[(self._start, self._y(at)), (self._end, self._y(at))] for at in shown], LIGHT.level, 4)
        at = self._y(self._ladder.price)
        self._sheet.strokes([[(self._start - 14, at), (self._end, at)]], LIGHT.price, 8)

    def _paint_tag(self, tag: Tag) -> None:
        colour = LIGHT.price if tag.kind is Kind.LAST else LIGHT.level
        middle, room = self._at(tag.y), WIDTH - _EDGE - _BESIDE
        if tag.is_shown:
            self._sheet.strokes([[(self._end, self._y(tag.price)), (_BESIDE - 8, middle)]], colour, 2.5)
        if tag.kind is Kind.LAST:
            words = f"price {tag.rows[0]}"
            corner = _BESIDE + min(width(words, _MEDIUM, bold=True), room) + 8, middle + _ROW / 2
            self._sheet.fill([box((_BESIDE - 8, middle - _ROW / 2), corner)], colour)
            self._say((_BESIDE, middle - 10), words, _MEDIUM, LIGHT.paper, room, bold=True)
            return
        if len(tag.rows) == 1:
            self._say((_BESIDE, middle - 9), tag.rows[0], SMALLEST, LIGHT.text, room)
            return
        self._say((_BESIDE, middle + 6), tag.rows[0], _MEDIUM, colour, room, bold=True)
        self._say((_BESIDE, middle + 6 - _ROW), tag.rows[1], SMALLEST, LIGHT.text, room)

    def _paint_range(self) -> None:
        """From the lowest to the highest target, with the one in the middle and the mean across it."""
        found = marks(self._ladder, self._low, self._high, self._column(0, 12))
        ends = [self._y(tag.price) for tag in (found[0], found[-1])]
        self._sheet.fill([box((_RANGE - _HALF, ends[0]), (_RANGE + _HALF, ends[1]))], LIGHT.range)
        for tag in found:
            at = self._y(tag.price)
            self._sheet.strokes([[(_RANGE - _HALF - 3, at), (_RANGE + _HALF + 3, at)]], LIGHT.text, 4)
            self._sheet.strokes([[(_WORDS_END + 6, self._at(tag.y)), (_RANGE - _HALF - 3, at)]], LIGHT.faint, 2)
            self._say_before(_WORDS_END, self._at(tag.y) - 9, tag.rows[0])
        self._say((_EDGE, 10), self._provider(), SMALLEST, LIGHT.faint, _POLES[0] - _EDGE - 16)

    def _provider(self) -> str:
        count = self._ladder.targets.analysts if self._ladder.targets else None
        return self._ladder.provider if count is None else f"{self._ladder.provider}, {count} analysts"

    def _say_before(self, end: float, foot: float, words: str) -> None:
        """Words that end at a place."""
        room = end - _EDGE
        self._say((max(end - width(words, SMALLEST), _EDGE), foot), words, SMALLEST, LIGHT.text, room)

    def _say(
        self, at: tuple[float, float], words: str, size: float, colour: str, room: float, *, bold: bool = False
    ) -> None:
        said, size = _fitted(words, size, room, bold=bold)
        self._sheet.say(at, said, size, colour, bold=bold, halo="" if colour == LIGHT.paper else LIGHT.paper)


def _fitted(words: str, size: float, room: float, *, bold: bool) -> tuple[str, float]:
    """The words and their size where they must not be wider: smaller while they can be read, then shortened."""
    size = max(SMALLEST, min(size, size * room / max(width(words, size, bold=bold), 1)))
    most = len(words)
    while most > 1 and width(clipped(words, most), size, bold=bold) > room:
        most -= 1
    return clipped(words, most), size
