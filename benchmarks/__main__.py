"""python -m benchmarks [figure …] [--quick]: measure and print, one line a figure."""

import argparse
from collections.abc import Callable, Iterator

from benchmarks import backtest, charts, commits, footprint, latency, replies, research, thresholds
from benchmarks.figure import Figure

MEASURES: dict[str, Callable[[bool], Iterator[Figure]]] = {
    "thresholds": thresholds.measure,
    "commits": commits.measure,
    "latency": latency.measure,
    "replies": replies.measure,
    "backtest": backtest.measure,
    "footprint": footprint.measure,
    "charts": charts.measure,
    "research": research.measure,
}
"""Each measures its figures; with True only enough of them to see that it works."""

_ROW = "{:<18} {:>7} {:>15}  {:<6} {:<7} {:<21} {}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The figures of the README, as ratios.")
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"one of {', '.join(MEASURES)} [default: all]")
    parser.add_argument("--quick", action="store_true", help="small sizes, which say nothing about the aims")
    wanted = parser.parse_args()
    if unknown := set(wanted.figures) - set(MEASURES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    print(_ROW.format("figure", "ratio", "(min–max)", "aim", "", "medians", "what ÷ what"))
    for name in wanted.figures or MEASURES:
        for figure in MEASURES[name](wanted.quick):
            print(line(figure), flush=True)


def line(figure: Figure) -> str:
    """The figure as a row of the table."""
    spread = f"({_short(min(figure.ratios))}–{_short(max(figure.ratios))})"
    dividend, divisor = (_amount(cost, figure.unit) for cost in figure.medians)
    return _ROW.format(
        figure.name, _short(figure.ratio), spread, figure.aim, figure.verdict,
        f"{dividend} ÷ {divisor}", f"{figure.dividend} ÷ {figure.divisor}",
    )  # fmt: skip


def _short(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _amount(cost: float, unit: str) -> str:
    if unit == "bytes":
        return f"{cost / 1e6:.1f} MB"
    if unit != "s":
        return f"{cost:g}"
    return f"{cost * 1000:.2f} ms" if cost < 1 else f"{cost:.2f} s"


if __name__ == "__main__":
    main()
