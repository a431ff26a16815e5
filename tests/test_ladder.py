"""The picture of the levels: everything in its place, nothing over anything else, legible, whatever lies in it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.charts.ink import LIGHT
from bot.charts.ladder import HEIGHT, SIZE, SMALLEST, WIDTH, draw_ladder, paint
from bot.charts.sheet import Point, Sheet, width
from bot.core.analysts import Targets
from bot.core.chart import Line
from bot.core.chart.ladder import Ladder, marks, rungs, visible_range
from bot.core.chart.tags import Column, Kind
from tests.test_charts import BLUE, ORANGE, pixels, share

YAHOO = Targets(mean=185.41, median=187.87, low=95.27, high=238.38, analysts=39)
LEVELS = [Line(258, "Morningstar, fair value"), Line(192, "consensus, stored"), Line(190, "Bernstein, Outperform")]
BABA = Ladder("BABA", "USD", 158.2, "09:59 New York · Yahoo", LEVELS, YAHOO, "Yahoo")
COLUMN = Column(foot=0.0, top=1.0, row=0.06, longest=99)


class Noting(Sheet):
    """A sheet that remembers what is said on it, and how high."""

    def __init__(self) -> None:
        super().__init__(LIGHT.paper, SIZE)
        self.said: list[tuple[Point, str, float, bool]] = []

    def say(self, at: Point, words: str, size: float, colour: str, *, bold: bool = False, halo: str = "") -> None:
        self.said.append((at, words, size, bold))
        super().say(at, words, size, colour, bold=bold, halo=halo)


def rows(ladder: Ladder) -> list[tuple[str, ...]]:
    return [tag.rows for tag in rungs(ladder, *visible_range(ladder.price, ladder.prices), COLUMN)]


# What is shown, and where


def test_the_levels_and_the_price_are_named_from_the_lowest_up_each_with_its_upside() -> None:
    assert rows(BABA) == [
        ("158.20",),
        ("190.00 +20.1 %", "Bernstein, Outperform"),
        ("192.00 +21.4 %", "consensus, stored"),
        ("258.00 +63.1 %", "Morningstar, fair value"),
    ]


def test_levels_of_one_price_share_their_words_and_one_on_the_price_has_its_own() -> None:
    shown = rows(replace(BABA, levels=[Line(190, "A"), Line(190, "B"), Line(158.2, "C")]))
    assert shown == [("158.20",), ("158.20 0.0 %", "C"), ("190.00 +20.1 %", "A · B")]


def test_the_provider_s_range_names_its_four_figures_and_those_alike_once() -> None:
    said = [tag.rows[0] for tag in marks(BABA, 90, 260, COLUMN)]
    assert said == ["95.27 low", "185.41 mean", "187.87 median", "238.38 high"]
    alike = [Targets(190, 190), Targets(190, 190, 190, 190), Targets(190, 190, 180, 200)]
    shown = [[tag.rows[0] for tag in marks(replace(BABA, targets=one), 90, 260, COLUMN)] for one in alike]
    assert shown == [["190.00 mean"], ["190.00 low to high"], ["180.00 low", "190.00 mean", "200.00 high"]]
    assert marks(replace(BABA, targets=None), 90, 260, COLUMN) == ()


@pytest.mark.parametrize(
    ("price", "others", "shown", "off"),
    [
        (158.2, [190, 192, 230, 258], [158.2, 258], []),
        (105.85, [95.27, 185.41, 190, 258], [95.27, 258], []),
        (158.2, [190, 192, 258, 474.6], [258], [474.6]),
        (158.2, [190, 4746, 4747], [190], [4746, 4747]),
        (158.2, [474.6], [158.2, 474.6], []),
        (158.2, [1, 190], [1, 190], []),
    ],
)
def test_a_level_far_away_does_not_squash_the_others_and_one_by_itself_is_in_its_place(
    price: float, others: list[float], shown: list[float], off: list[float]
) -> None:
    low, high = visible_range(price, others)
    assert all(low <= one <= high for one in [price, *shown])
    assert not any(low <= one <= high for one in off)


def test_what_is_off_the_scale_says_so_at_its_end() -> None:
    far = replace(BABA, levels=[*LEVELS, Line(790, "Dreamer")], targets=replace(YAHOO, high=900))
    low, high = visible_range(far.price, far.prices)
    assert rungs(far, low, high, COLUMN)[-1].rows == ("↑ 790.00 +399.4 %", "Dreamer")
    assert marks(far, low, high, COLUMN)[-1].rows == ("↑ 900.00 high",)


PRICES = st.floats(1e-6, 1e9).map(lambda price: round(price, 6))


@given(PRICES, st.lists(PRICES, max_size=30))
def test_the_price_is_always_shown_and_no_words_lie_over_others(price: float, levels: list[float]) -> None:
    ladder = replace(BABA, price=price, levels=[Line(at, "Firm") for at in levels], targets=None)
    low, high = visible_range(price, ladder.prices)
    assert low <= price <= high
    found = rungs(ladder, low, high, COLUMN)
    assert [tag.kind for tag in found].count(Kind.LAST) == 1
    halves = [len(tag.rows) * COLUMN.row / 2 for tag in found]
    for (one, half), (other, other_half) in pairwise(zip(found, halves, strict=True)):
        assert other.y - one.y >= half + other_half - 1e-9


# Painted

THIRTY = [Line(100 + 4.3 * n, f"Firm number {n}, Outperform") for n in range(30)]
NAME = f"{'A Very Long Name Of Analysts & Sons, ' * 3}阿里 $x$ <b>\u202e\n"
ODD: dict[str, Ladder] = {
    "usual": BABA,
    "one level": replace(BABA, levels=LEVELS[:1], targets=None),
    "no level": replace(BABA, levels=[]),
    "nothing": replace(BABA, levels=[], targets=None),
    "thirty levels": replace(BABA, levels=THIRTY),
    "one price": replace(BABA, levels=[Line(190, "A"), Line(190, "B")], targets=None),
    "on the price": replace(BABA, levels=[Line(158.2, "A")], targets=None),
    "three times the price": replace(BABA, levels=[*LEVELS, Line(474.6, "Dreamer")], targets=replace(YAHOO, high=900)),
    "long names": replace(BABA, levels=[Line(190, NAME)], symbol="A&B$.VERYLONG", as_of=NAME, provider=NAME),
    "a fraction of a cent": replace(BABA, price=0.0123, levels=[Line(0.02, "Own")], targets=Targets(0.0141, 0.014)),
    "millions": replace(
        BABA, price=1_234_567.0, levels=[Line(2_234_567, "Own")], targets=Targets(1.4e6, 1.41e6, 1.1e6, 12_345_678)
    ),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", ODD)
def test_every_word_is_large_enough_to_be_read_and_lies_on_the_sheet(odd: str) -> None:
    paint(ODD[odd], sheet := Noting())
    assert sheet.said
    for (left, foot), words, size, bold in sheet.said:
        assert size >= SMALLEST >= 25  # ten points of a screen that is 400 wide
        assert (left >= 0, foot >= 0, foot + size <= HEIGHT) == (True, True, True)
        assert left + width(words, size, bold=bold) <= WIDTH, words


def test_no_figure_is_shortened() -> None:
    paint(ODD["millions"], sheet := Noting())
    said = " ".join(words for _, words, _, _ in sheet.said)
    assert all(figure in said for figure in ("1,234,567", "2,234,567 +81.0 %", "1,410,000", "↑ 12,345,678"))


def test_where_not_all_rungs_can_be_named_it_says_how_many_are() -> None:
    paint(ODD["thirty levels"], sheet := Noting())
    assert any(words.endswith("the nearest 14 of 30 prices named") for _, words, _, _ in sheet.said)


def test_the_picture_is_a_small_png_with_a_rung_at_the_height_of_each_level() -> None:
    file = draw_ladder(BABA)
    found = pixels(file.content)
    assert (file.name, found.shape[:2], SIZE) == ("BABA-levels.png", (700, 1000), (1000, 700))
    assert share(file.content, (255, 255, 255)) > 0.7
    assert heights(found, ORANGE) == pytest.approx([258, 192, 190], abs=1)
    assert heights(found, BLUE) == pytest.approx([158.2], abs=1)


def heights(found: Any, colour: tuple[int, int, int]) -> list[float]:
    """The prices at which there is a stroke of this colour all across the ladder, from the top down."""
    full = [row for row, line in enumerate((found[:, 400:500] == colour).all(axis=(1, 2))) if line]
    middles = [row for row in full if row - 1 not in full]
    low, high = visible_range(BABA.price, BABA.prices)
    thick = 4 if colour == BLUE else 2
    return [low + (HEIGHT - 44 - row - thick) / (HEIGHT - 128 - 44) * (high - low) for row in middles]
