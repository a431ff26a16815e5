"""The benchmarks can be run: every figure is measured, whatever it says of this machine."""

import pytest

from benchmarks.__main__ import MEASURES, line
from benchmarks.figure import Figure, alternate


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_figure_is_measured_and_positive(name: str) -> None:
    figures = list(MEASURES[name](True))
    assert figures
    assert [figure.name for figure in figures if not min(figure.ratios) > 0] == []


def test_two_things_are_measured_in_turns_and_the_first_turn_does_not_count() -> None:
    costs = iter([9.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    assert alternate(lambda: next(costs), lambda: next(costs), pairs=2, turns=2) == [(2.0, 3.0), (6.0, 7.0)]


@pytest.mark.parametrize(
    ("at_most", "at_least", "verdict"),
    [(2.0, None, "met"), (1.9, None, "missed"), (None, 2.0, "met"), (None, 2.1, "missed"), (None, None, "")],
)
def test_an_aim_that_is_missed_is_said(at_most: float | None, at_least: float | None, verdict: str) -> None:
    figure = Figure("x", "this", "that", [(2.0, 1.0), (9.0, 1.0), (1.0, 1.0)], at_most, at_least)
    assert (figure.ratio, figure.verdict) == (2.0, verdict)
    assert verdict in line(figure)
