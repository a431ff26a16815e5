"""A chart as a picture; the only room that knows matplotlib, all of it in `sheet`.

Owns sizes, colours and strokes. Never decides what is shown: `core.chart` does.
"""

from collections.abc import Sequence

from bot.charts.ink import DARK, LIGHT
from bot.charts.sheet import HEIGHT, WIDTH, Point, Sheet, box, one_at_a_time, width
from bot.core.chart import Chart, Mark, brief, marked, steps, thinned, visible_range
from bot.core.chart.tags import Column, Kind, Tag, tags
from bot.core.chart.times import Shade, is_daily, shades, ticks
from bot.core.clock import Place
from bot.core.market import Bar, Session
from bot.core.message import File, clipped
from bot.core.metrics.price import money

_LEFT, _TOP, _FOOT, _GAP, _RIGHT = 16, 140, 96, 26, 12  # pixels around the drawing and the words beside it
_BIG, _MEDIUM, _SMALL = 44, 27, 25  # heights of text in pixels
_ROW = 32  # the height of a row of words beside the drawing
_LONGEST_ROW, _WIDEST_ROW = 17, 280
_MOST_CANDLES = 80
_FEWEST_PLACES = 24  # a few bars are not blown up to the whole width
_MOST_TICKS = 5
_MOST_MARK_LABELS = 6
_WORDS = {Session.PRE: "pre-market", Session.POST: "after hours", Session.CLOSED: "closed"}


def draw(chart: Chart) -> File:
    """The chart as a PNG. Takes a tenth of a second, the first time a second: call it in a thread.

    Raises ValueError where there is no bar.
    """
    if not chart.bars:
        raise ValueError("a chart needs at least one bar")
    with one_at_a_time:
        picture = _Picture(chart)
        picture.paint()
        return File(f"{chart.symbol}.png", picture.sheet.png())


class _Picture:
    """One drawing under way: where each thing of a chart goes, in pixels from the lower left corner."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._ink = DARK if chart.dark else LIGHT
        self.sheet = Sheet(self._ink.paper)
        self._bars = thinned(chart.bars)
        self._low, self._high = visible_range(self._bars, [*chart.levels, *chart.alerts])
        self._height = HEIGHT - _TOP - _FOOT
        column = Column(-(_FOOT - 8) / self._height, 1 + (_TOP - 8) / self._height, _ROW / self._height, _LONGEST_ROW)
        self._tags = tags(chart, self._low, self._high, column)
        widest = max(_row_width(words, number) for tag in self._tags for number, words in enumerate(tag.rows))
        self._beside = WIDTH - _RIGHT - min(widest, _WIDEST_ROW)  # where the words begin
        self._width = self._beside - _GAP - _LEFT
        self._step = self._width / max(len(self._bars), _FEWEST_PLACES)

    def paint(self) -> None:
        """Everything, from the back to the front."""
        self._paint_sessions()
        self._paint_scale()
        self._paint_time()
        self._paint_lines()
        if len(self._bars) <= _MOST_CANDLES:
            self._paint_candles()
        else:
            self._paint_line()
        self._paint_prices()
        self._paint_marks()
        for tag in self._tags:
            self._paint_tag(tag)
        self._paint_head()

    def _x(self, place: float) -> float:
        """The middle of the bar at that place."""
        return _LEFT + (place + 0.5) * self._step

    def _y(self, price: float) -> float:
        return _FOOT + (price - self._low) / (self._high - self._low) * self._height

    @property
    def _right(self) -> float:
        return _LEFT + self._width

    def _paint_sessions(self) -> None:
        for shade in shades(self._bars):
            left, right = self._x(shade.first - 0.5), self._x(shade.end - 0.5)
            self.sheet.fill([[(left, _FOOT), (left, self._top), (right, self._top), (right, _FOOT)]], self._ink.shade)
        self._name_sessions([shade for shade in shades(self._bars) if self._has_room(shade)])

    def _has_room(self, shade: Shade) -> bool:
        return width(_WORDS[shade.session], _SMALL) + 16 < (shade.end - shade.first) * self._step

    def _name_sessions(self, wide: Sequence[Shade]) -> None:
        """What the shades mean: in each of them, or at the foot where they are many and narrow."""
        for shade in wide:
            at = (self._x(shade.first - 0.5) + 8, _FOOT + 8)
            self.sheet.say(at, _WORDS[shade.session], _SMALL, self._ink.faint, halo=self._ink.shade)
        if not wide and shades(self._bars):
            at = (_LEFT + 8, _FOOT + 8)
            self.sheet.say(at, "shaded: not the regular session", _SMALL, self._ink.faint, halo=self._ink.paper)

    @property
    def _top(self) -> float:
        return _FOOT + self._height

    def _paint_scale(self) -> None:
        prices = steps(self._low, self._high)
        self.sheet.strokes([[(_LEFT, self._y(at)), (self._right, self._y(at))] for at in prices], self._ink.grid, 1.5)
        self.sheet.strokes([[(_LEFT, y), (self._right, y)] for y in (_FOOT, self._top)], self._ink.grid, 3)

    def _paint_prices(self) -> None:
        """The scale's numbers, inside at the left: outside they would take the room of a fifth of all bars."""
        for price in steps(self._low, self._high):
            if _FOOT + _ROW < self._y(price) < self._top - _ROW:
                at = (_LEFT + 8, self._y(price) + 6)
                self.sheet.say(at, brief(price), _SMALL, self._ink.faint, halo=self._ink.paper)

    def _paint_time(self) -> None:
        found = ticks(self._bars, Place(self._chart.zone), _MOST_TICKS)
        xs = [self._x(tick.place - 0.5) for tick in found]
        self.sheet.strokes([[(x, _FOOT - 36), (x, self._top)] for x in xs], self._ink.grid, 1.5)
        for x, tick in zip(xs, found, strict=True):
            if x + 6 + width(tick.label, _SMALL) < self._right:
                self.sheet.say((x + 6, _FOOT - 34), tick.label, _SMALL, self._ink.faint)

    def _paint_lines(self) -> None:
        levels = [line.price for line in self._chart.levels if self._low <= line.price <= self._high]
        across = [[(_LEFT, self._y(price)), (self._right, self._y(price))] for price in levels]
        self.sheet.strokes(across, self._ink.level, 2.5, dashed=True)
        alerts = [line.price for line in self._chart.alerts if self._low <= line.price <= self._high]
        ends = [[(self._right - 26, self._y(price)), (self._right, self._y(price))] for price in alerts]
        self.sheet.strokes(ends, self._ink.alert, 7)

    def _paint_line(self) -> None:
        xs = [self._x(place) for place in range(len(self._bars))]
        highs = [(x, self._y(bar.high)) for x, bar in zip(xs, self._bars, strict=True)]
        lows = [(x, self._y(bar.low)) for x, bar in zip(xs, self._bars, strict=True)]
        self.sheet.fill([[*highs, *reversed(lows)]], self._ink.range)
        closes = [(x, self._y(bar.close)) for x, bar in zip(xs, self._bars, strict=True)]
        self.sheet.strokes([closes], self._ink.price, 3)

    def _paint_candles(self) -> None:
        """Hollow where the price rose, solid where it fell."""
        wicks = [[(self._x(i), self._y(bar.low)), (self._x(i), self._y(bar.high))] for i, bar in enumerate(self._bars)]
        self.sheet.strokes(wicks, self._ink.price, 2.5)
        for rose, inside in ((True, self._ink.paper), (False, self._ink.price)):
            bodies = [self._body(i, bar) for i, bar in enumerate(self._bars) if (bar.close >= bar.open) is rose]
            self.sheet.fill(bodies, inside, edge=self._ink.price)

    def _body(self, place: int, bar: Bar) -> list[Point]:
        half = min(self._step * 0.36, 14)
        x, low, high = self._x(place), self._y(min(bar.open, bar.close)), self._y(max(bar.open, bar.close))
        return [(x - half, low), (x - half, high), (x + half, high), (x + half, low)]

    def _paint_marks(self) -> None:
        found = marked(self._bars, self._chart.crossings)
        for place, mark in found:
            self._paint_mark(self._x(place), mark, labelled=len(found) <= _MOST_MARK_LABELS)

    def _paint_mark(self, x: float, mark: Mark, *, labelled: bool) -> None:
        """A triangle that points where the price went, its tip on the price."""
        y, down = self._y(min(max(mark.price, self._low), self._high)), -1 if mark.up else 1
        shape = [(x, y), (x - 13, y + 24 * down), (x + 13, y + 24 * down)]
        self.sheet.fill([shape], self._ink.up if mark.up else self._ink.down, edge=self._ink.paper)
        if labelled:
            foot = y + 24 * down + (6 if down > 0 else -6 - _SMALL)
            at = (max(x - width(mark.label, _SMALL) / 2, 4), foot)
            self.sheet.say(at, mark.label, _SMALL, self._ink.text, halo=self._ink.paper)

    def _paint_tag(self, tag: Tag) -> None:
        colour = {Kind.LEVEL: self._ink.level, Kind.ALERT: self._ink.alert, Kind.LAST: self._ink.price}[tag.kind]
        middle, aim = _FOOT + tag.y * self._height, _FOOT + tag.aim * self._height
        if tag.is_shown:
            self.sheet.strokes([[(self._right, aim), (self._beside - 6, middle)]], colour, 2.5)
        if tag.kind is Kind.LAST:
            corners = box((self._beside - 6, middle - _ROW / 2), (WIDTH - 4, middle + _ROW / 2))
            self.sheet.fill([corners], colour)
        for number, words in enumerate(tag.rows):
            foot = middle + (len(tag.rows) / 2 - number - 1) * _ROW + 6
            ink = self._ink.paper if tag.kind is Kind.LAST else self._ink.text if number else colour
            size = _row_size(number) * min(1.0, _WIDEST_ROW / _row_width(words, number))
            self.sheet.say((self._beside, foot), words, size, ink, bold=number == 0)

    def _paint_head(self) -> None:
        chart, last = self._chart, self._bars[-1]
        head = f"{clipped(chart.symbol, 12)}  {money(last.close)} {clipped(chart.currency, 4)}"
        self._paint_title(HEIGHT - 66, head, _BIG, self._ink.text, bold=True)
        self._paint_title(HEIGHT - 112, clipped(chart.title, 80), _MEDIUM, self._ink.faint)
        self.sheet.say((_LEFT, 16), self._as_of(last), _SMALL, self._ink.faint)

    def _paint_title(self, foot: float, words: str, size: int, colour: str, *, bold: bool = False) -> None:
        """Words above the drawing, smaller where they would run into those beside it."""
        share = (self._beside - _LEFT - _GAP) / max(width(words, size, bold=bold), 1)
        self.sheet.say((_LEFT, foot), words, size * min(1.0, share), colour, bold=bold)

    def _as_of(self, last: Bar) -> str:
        place = Place(self._chart.zone)
        end = min(last.ends_at, self._chart.now)
        time = place.day(last.at, self._chart.now) if is_daily(self._bars) else place.moment(end, self._chart.now)
        return " · ".join(filter(None, [f"as of {time}", clipped(self._chart.source, 24)]))


def _row_size(number: int) -> int:
    """How high the first and the other rows beside the drawing are."""
    return _SMALL if number else _MEDIUM


def _row_width(words: str, number: int) -> float:
    return width(words, _row_size(number), bold=number == 0)
