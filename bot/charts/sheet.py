"""Paper, strokes, fills and words in pixels: everything that matplotlib is asked for.

Never knows what a price is. matplotlib is imported when the first sheet is made.
"""

import gc
import os
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

WIDTH, HEIGHT = 1000, 1100
"""Pixels; on a phone a picture is as wide as the screen, some 400 points."""

one_at_a_time = Lock()
"""Held while a sheet is made and filled: matplotlib's fonts are shared, and not made for several threads."""

Point = tuple[float, float]
"""Pixels from the lower left corner."""

_DPI = 100
_FONT = "DejaVu Sans"  # comes with matplotlib, so it is everywhere


class Sheet:
    """A sheet of one colour; what comes later lies above. One thread at a time may make and fill sheets."""

    def __init__(self, paper: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
        _settle()
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.transforms import IdentityTransform

        self._figure = Figure((size[0] / _DPI, size[1] / _DPI), _DPI, facecolor=paper)
        self._canvas = FigureCanvasAgg(self._figure)
        self._pixels = IdentityTransform()
        self._layer = 0

    def strokes(self, lines: Sequence[Sequence[Point]], colour: str, width: float, *, dashed: bool = False) -> None:
        """Lines through these points."""
        from matplotlib.collections import LineCollection

        style = (0, (5, 3)) if dashed else "solid"
        self._add(LineCollection(lines, colors=colour, linewidths=_points(width), linestyles=style))

    def fill(self, shapes: Sequence[Sequence[Point]], colour: str, *, edge: str = "none") -> None:
        """Shapes with these corners."""
        from matplotlib.collections import PolyCollection

        self._add(PolyCollection(shapes, facecolors=colour, edgecolors=edge, linewidths=_points(2.5)))

    def say(self, at: Point, words: str, size: float, colour: str, *, bold: bool = False, halo: str = "") -> None:
        """Words that begin and stand at this point, `size` high; a `halo` keeps them legible over strokes."""
        from matplotlib.patheffects import withStroke
        from matplotlib.text import Text

        text = Text(
            *at, spelt(words), color=colour, fontsize=_points(size), fontweight=_weight(bold),
            fontfamily=_FONT, parse_math=False,
        )  # fmt: skip
        if halo:
            text.set_path_effects([withStroke(linewidth=4, foreground=halo)])
        self._add(text)

    def png(self) -> bytes:
        """The sheet as a picture; it is gone afterwards.

        A figure and its parts hold each other, and five megabytes of pixels: they would pile up
        until a collection of garbage happens to look at them.
        """
        file = BytesIO()
        self._canvas.print_png(file)  # type: ignore[no-untyped-call]
        del self._figure, self._canvas
        gc.collect(1)
        return file.getvalue()

    def _add(self, artist: Any) -> None:
        artist.set_transform(self._pixels)
        artist.set_zorder(self._layer)
        self._layer += 1
        self._figure.add_artist(artist)


def box(one: Point, other: Point) -> list[Point]:
    """The corners of a rectangle, of which two that face each other are given."""
    (left, low), (right, high) = one, other
    return [(left, low), (left, high), (right, high), (right, low)]


def width(words: str, size: float, *, bold: bool = False) -> float:
    """How many pixels the words are wide."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=_FONT, weight=_weight(bold))))
    font.set_size(_points(size), _DPI)
    font.set_text(spelt(words))
    return font.get_width_height()[0] / 64  # FreeType counts in 64ths


def spelt(words: str) -> str:
    """The words with a box for every character that the font has not."""
    return "".join(char if ord(char) in _glyphs() else "□" for char in words)


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI


def _weight(bold: bool) -> str:
    return "bold" if bold else "normal"


def keep_fonts_in(folder: Path) -> None:
    """Where matplotlib keeps its list of fonts, unless MPLCONFIGDIR names a place: a home may not be writable."""
    os.environ.setdefault("MPLCONFIGDIR", str(folder.absolute()))


@cache
def _settle() -> None:
    """Import matplotlib, and leave its settings as it comes, whatever a file of this machine says.

    A collection of garbage amid thousands of new objects holds up every thread for a tenth of a
    second: none is made meanwhile, and what stays for ever is left out of all later ones.
    """
    collects = gc.isenabled()
    gc.disable()
    import matplotlib as mpl
    import matplotlib.backends.backend_agg
    import matplotlib.collections
    import matplotlib.figure

    mpl.rcdefaults()
    gc.freeze()
    if collects:
        gc.enable()


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(_FONT)).get_charmap())
