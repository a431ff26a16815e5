"""A chart becomes a picture: of the right size, in the right colours, whatever lies in it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from bot.charts import draw
from bot.charts.sheet import HEIGHT, WIDTH, keep_fonts_in, spelt
from bot.core.chart import Chart, Line, Mark
from bot.core.market import Bar, Session

AT = 1_759_411_800  # 2 October 2025, 09:30 in New York
ORANGE, BLUE, GREEN = (0xA8, 0x43, 0x00), (0x0B, 0x5F, 0xA5), (0x00, 0x79, 0x5A)  # levels, price, crossings up


def bars(*closes: float, width_s: int = 60) -> Sequence[Bar]:
    return [Bar(AT + i * width_s, at, at * 1.001, at * 0.999, at, 1, width_s=width_s) for i, at in enumerate(closes)]


RISING = bars(*(188 + i / 50 for i in range(120)))


def chart(shown: Sequence[Bar] = RISING, **more: Any) -> Chart:
    return replace(Chart("BABA", "USD", "America/New_York", "1 day", shown, (), (), (), AT + 600), **more)


def pixels(png: bytes) -> Any:
    """Rows of pixels, each (red, green, blue)."""
    from matplotlib.image import imread

    return (imread(BytesIO(png), format="png")[:, :, :3] * 255).round().astype(int)


def share(png: bytes, colour: tuple[int, int, int]) -> float:
    """Which share of the picture has exactly this colour."""
    return float((pixels(png) == colour).all(axis=2).mean())


@cache
def plain() -> bytes:
    return draw(chart()).content


def test_a_picture_is_a_png_of_its_size_with_a_line_on_white_paper() -> None:
    file = draw(chart())
    assert (file.name, file.is_picture) == ("BABA.png", True)
    assert pixels(file.content).shape[:2] == (HEIGHT, WIDTH)
    assert share(file.content, (255, 255, 255)) > 0.7
    assert share(file.content, BLUE) > 0.003


def test_dark_is_light_on_dark_paper() -> None:
    dark = pixels(draw(chart(dark=True)).content)
    assert (dark[2, 2].max() < 40, dark.mean() < 60, dark.max() > 230) == (True, True, True)


def test_one_chart_is_drawn_alike_each_time() -> None:
    assert draw(chart()).content == plain()


def test_a_level_is_a_line_at_the_height_of_its_price() -> None:
    found = (pixels(draw(chart(levels=[Line(189.2, "consensus")])).content) == ORANGE).all(axis=2)
    rows = found[:, 30:650].sum(axis=1)
    middle = 140 + (HEIGHT - 140 - 96) / 2
    assert rows.max() > 200
    assert abs(int(rows.argmax()) - middle) < 20


def test_a_level_far_away_is_named_and_crosses_nothing() -> None:
    found = (pixels(draw(chart(levels=[Line(258, "Morningstar")])).content) == ORANGE).all(axis=2)
    assert found[:140, 650:].sum() > 100
    assert found[140:].sum() == 0


def test_a_crossing_is_marked() -> None:
    marked = draw(chart(crossings=[Mark(AT + 1800, 188.6, True, "#7")])).content
    assert share(marked, GREEN) > 0
    assert share(plain(), GREEN) == 0


ODD: dict[str, Chart] = {
    "one bar": chart(bars(188)),
    "a price that stands still": chart(bars(*[188] * 200)),
    "bars without any height": chart([Bar(AT + 60 * i, 5, 5, 5, 5, 0) for i in range(3)]),
    "a gap of 5 %": chart([*bars(*[188] * 100), *bars(*[197.4] * 200)[100:]]),
    "ten levels": chart(levels=[Line(185 + i, f"Firm {i}") for i in range(10)]),
    "forty alerts": chart(alerts=[Line(188 + i / 20, f"#{i}") for i in range(40)]),
    "levels of one price": chart(levels=[Line(190, "one"), Line(190, "two")], alerts=[Line(190, "#1")] * 9),
    "a fraction of a cent": chart(bars(0.0123, 0.0124, 0.0121), levels=[Line(0.02, "consensus")]),
    "millions": chart(bars(1_234_567, 1_240_000), levels=[Line(2_234_567, "consensus")], currency="KRW"),
    "thousands of bars": chart(bars(*(188 + i % 97 / 50 for i in range(5_000)))),
    "days": chart(bars(*(100 + i % 30 for i in range(250)), width_s=86_400)),
    "other sessions": chart([replace(bar, session=Session.PRE) for bar in RISING]),
    "glyphs no font has": chart(levels=[Line(189, "阿里 $x$ _^{ 🔔\u202e\n")], title="阿里\x00$\\frac$", symbol="A&B$"),
    "a crossing outside": chart(crossings=[Mark(AT - 999, 188, True, "#1"), Mark(AT + 10**7, 188, False, "#1")]),
    "a crossing off the scale": chart(crossings=[Mark(AT + 60, 1e6, True, "#1"), Mark(AT + 60, 0.01, False, "#2")]),
    "nothing said": chart(title="", currency="", source=""),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", ODD)
def test_whatever_lies_in_a_chart_it_is_drawn(odd: str) -> None:
    assert share(draw(ODD[odd]).content, (255, 255, 255)) < 0.99


def test_without_a_bar_there_is_no_picture() -> None:
    with pytest.raises(ValueError, match="at least one bar"):
        draw(chart([]))


def test_a_character_the_font_has_not_becomes_a_box() -> None:
    assert spelt("Müller ↑ −4 % 阿🔔") == "Müller ↑ −4 % □□"


def test_pictures_do_not_pile_up_in_memory() -> None:
    import gc

    from matplotlib.figure import Figure

    for _ in range(4):
        draw(chart(RISING[:20]))
    assert sum(isinstance(one, Figure) for one in gc.get_objects()) <= 1


def test_matplotlib_waits_for_the_first_picture_and_needs_no_home() -> None:
    program = """
import sys
from bot.charts import draw
assert "matplotlib" not in sys.modules
from tests.test_charts import chart
sys.stdout.buffer.write(draw(chart()).content[:4])
"""
    homeless = {name: at for name, at in os.environ.items() if not name.startswith(("XDG_", "MPL"))}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[1], env=homeless | {"HOME": os.devnull},
        capture_output=True, check=True, timeout=50,
    )  # fmt: skip
    assert done.stdout == b"\x89PNG"


def test_fonts_are_listed_beside_the_database_unless_another_place_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", "/elsewhere")
    keep_fonts_in(tmp_path)
    assert os.environ["MPLCONFIGDIR"] == "/elsewhere"
    del os.environ["MPLCONFIGDIR"]
    keep_fonts_in(tmp_path)
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path)
