"""The real yfinance while Yahoo fails in every way it can: what was crossed meanwhile is told, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.faulty_session import CASES, LINES, PRICES, SPOILT
from tests.fakes.truth import crossings

ROOT = Path(__file__).parents[1]
TRUTH = sorted(one for line in LINES for one in crossings({at: (price,) for at, price in enumerate(PRICES)}, line))
SOME_PRICES = {
    "cookies hang", "zone unknown", "backwards", "the last twice", "a null time",
    "last close null", "last close 0", "last close -5", "middle minute null",
    "last minute tenfold", "last minute a tenth", "middle minute tenfold", "last high tenfold",
}  # fmt: skip
"""With these there are fresh prices all the time, or soon enough."""

UNSEEN = {"middle minute null", "middle minute tenfold"}
"""With these the minute of a crossing cannot be read in time: it is told with the next one's, where it is seen."""


@pytest.fixture(scope="module")
def became() -> dict[str, Any]:
    """What became of each case, in a process of its own, by name."""
    command = [sys.executable, "-m", "tests.fakes.faulty_session"]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=170)
    assert child.stderr == ""
    return {one["name"]: one for one in map(json.loads, child.stdout.splitlines())}


@pytest.mark.timeout(180)
def test_whatever_yahoo_does_each_crossing_is_told_once_with_its_time_and_none_that_was_not(
    became: dict[str, Any],
) -> None:
    told = {name: sorted(map(tuple, one["told"])) for name, one in became.items() if name not in UNSEEN}
    assert told == {case.name: TRUTH for case in CASES if case.name not in UNSEEN}
    for name in UNSEEN:
        assert [(line, way) for line, way, _ in sorted(became[name]["told"])] == [(line, way) for line, way, _ in TRUTH]
    _one_warning_and_one_all_clear(became)
    _late_is_called_late(became)
    _asked_within_bounds(became)
    _no_exception_and_no_flood_in_the_log(became)


def _one_warning_and_one_all_clear(became: dict[str, Any]) -> None:
    for name, one in became.items():
        warning = "wrong clock" if name.startswith("our clock") else "silent"
        assert one["news"] == ([] if name in SOME_PRICES else [warning, "restored"]), name


def _late_is_called_late(became: dict[str, Any]) -> None:
    for name, one in became.items():
        if name in UNSEEN:  # what was crossed in such a minute is told when it is shown
            continue
        assert any(one["late"]) is (name not in SOME_PRICES), name


def _asked_within_bounds(became: dict[str, Any]) -> None:
    """A refusal costs the question, a new cookie and the question again; with everything refused one more."""
    for name, one in became.items():
        assert max(one["requests"][1:]) <= (4 if name == "500 everywhere" else 3), name
    assert became["429 for four minutes"]["requests"][1 : len(SPOILT) + 1] == [3, 0, 3, 0]
    assert became["429"]["requests"][-2] == 0


def _no_exception_and_no_flood_in_the_log(became: dict[str, Any]) -> None:
    for name, one in became.items():
        assert [text for text, is_exception in one["log"] if is_exception] == [], name
        assert len(one["log"]) <= 2, name
