"""What a picture costs, and for how long the event loop stands still while one is drawn.

The first against bare matplotlib: a figure of the same size, the same bars' closes plotted, saved.
The second against 50 ms: the worst of all turns of a loop that wants to run every 5 ms while a
thread draws, the first import of matplotlib included, so each time in a program of its own.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from benchmarks.figure import Figure, alternate, timed
from bot.charts import draw
from bot.charts.sheet import HEIGHT, WIDTH
from bot.core.chart import Chart, Line
from bot.core.market import Bar
from bot.exchange import NEW_YORK, Exchange

_MORNING = 1_759_392_000  # 2 October 2025, 04:00 in New York
_TURN_S = 0.005
_AIM_S = 0.05


def measure(quick: bool) -> Iterator[Figure]:
    bars = minutes(60 if quick else 960)
    yield Figure(
        "chart", f"a picture of {len(bars)} minutes with levels", "bare matplotlib: Figure, plot, savefig",
        alternate(timed(lambda: draw(chart(bars))), timed(lambda: _bare(bars)), 2 if quick else 20),
        at_most=1.5,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        compiled = None if quick else folder
        if not quick:
            _worst_turn_of_a_new_program(compiled)  # compiles
        yield Figure(
            "chart_lag", "the loop's worst turn during a first picture", f"{_AIM_S * 1000:g} ms",
            [(_worst_turn_of_a_new_program(compiled), _AIM_S) for _ in range(1 if quick else 10)], at_most=1,
        )  # fmt: skip


def minutes(count: int) -> Sequence[Bar]:
    """So many minutes of one day, from the first of the pre-market on."""
    chance, hours, price = random.Random(1), Exchange(NEW_YORK, _MORNING), 188.0
    bars = []
    for at in range(_MORNING, _MORNING + 60 * count, 60):
        opened, price = price, round(price * (1 + chance.gauss(0, 0.0006)), 2)
        high, low = max(opened, price) + 0.03, min(opened, price) - 0.03
        bars.append(Bar(at, opened, high, low, price, 100, hours.session_at(at)))
    return bars


def chart(bars: Sequence[Bar]) -> Chart:
    """The bars with four levels and an alert on each."""
    prices = (190.0, 192.0, 230.0, 258.0)
    levels = [Line(price, name) for price, name in zip(prices, ("one", "two", "three", "four"), strict=True)]
    alerts = [Line(price, f"#{number}") for number, price in enumerate(prices, start=1)]
    return Chart("BABA", "USD", "America/New_York", "1 day", bars, levels, alerts, (), bars[-1].ends_at)


def _bare(bars: Sequence[Bar]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Picture

    picture = Picture((WIDTH / 100, HEIGHT / 100), 100)
    FigureCanvasAgg(picture)
    picture.add_subplot().plot([bar.close for bar in bars])
    file = BytesIO()
    picture.savefig(file, format="png")
    return file.getvalue()


def _worst_turn_of_a_new_program(compiled: str | None) -> float:
    """Seconds; modules are compiled already, as they are where the program was installed by pip.

    `compiled` is the folder they lie in, None for the usual ones, whatever lies there.
    """
    command = [sys.executable, "-c", "from benchmarks.charts import say_worst_turn; say_worst_turn()"]
    where = dict(os.environ)
    if compiled is not None:
        where |= {"PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    said = subprocess.run(command, cwd=Path(__file__).parents[1], env=where, capture_output=True, text=True, check=True)
    return float(said.stdout)


def say_worst_turn() -> None:
    """Print by how many seconds the latest turn of a loop came too late while a thread drew."""
    print(asyncio.run(_worst_turn(chart(minutes(960)))))


async def _worst_turn(wanted: Chart) -> float:
    drawing = asyncio.create_task(asyncio.to_thread(draw, wanted))
    worst = 0.0
    while not drawing.done():
        begun = time.perf_counter()
        await asyncio.sleep(_TURN_S)
        worst = max(worst, time.perf_counter() - begun - _TURN_S)
    return worst
