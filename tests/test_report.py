"""A report held against its own day and today, on the real closes of BABA: by the metrics that alerts watch.

The closes are Yahoo's as recorded in a public archive of yfinance downloads (yuters777/stock-data-mining), restored
to unadjusted ones; a dividend of $2.00 was paid on 12 June 2025.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.commands.desk import Desk
from bot.core.market import Day, Quote, Session
from bot.core.report import Figures, Held, Report
from bot.core.splits import Split
from bot.core.wording.levels import report as worded
from bot.jobs.report import hold
from bot.jobs.splits import apply
from bot.parts import make_desk
from bot.settings import load, shipped_config
from bot.store import Store
from tests.fakes.analysts import level
from tests.fakes.desk import NOW, Keyboard, new_york

CLOSES = {
    "2024-12-31": 84.79, "2025-06-11": 120.33, "2025-06-12": 116.62,
    "2025-12-02": 161.13, "2025-12-03": 158.08, "2025-12-04": 157.44, "2025-12-05": 158.32,
}  # fmt: skip
REPORT = Report("A recovery", date(2025, 12, 6), 86.4, 20.0)
LATER = 1_765_204_200  # Monday, 8 December 2025, 09:30 in New York


def put(store: Store, closes: dict[str, float], scale: float = 1.0) -> None:
    days = [(date.fromisoformat(day), close * scale) for day, close in closes.items()]
    store.history.add_days("BABA", [Day(day, close, close, close, close) for day, close in days])


def held(store: Store, as_of: str = "2025-12-06") -> Held:
    return hold(store, "BABA", new_york(), replace(REPORT, as_of=date.fromisoformat(as_of)), LATER)


def rounded(figures: Figures) -> tuple[float | None, ...]:
    both = (figures.year_to_date_pct, figures.upside_pct)
    return tuple(None if value is None else round(value, 1) for value in both)


@pytest.mark.parametrize(
    ("as_of", "year_to_date", "upside"),
    [("2025-12-06", 86.7, 21.3), ("2025-12-05", 86.7, 21.3), ("2025-12-03", 86.4, 21.5)],
)
def test_the_report_s_figures_are_those_of_the_last_close_by_its_day(
    desk: Desk, as_of: str, year_to_date: float, upside: float
) -> None:
    put(desk.store, CLOSES)
    desk.store.levels.revise(replace(level("consensus", 192.0, "consensus"), as_of=date(2025, 12, 1)), NOW)
    assert rounded(held(desk.store, as_of).then) == (year_to_date, upside)


def test_closes_adjusted_for_the_dividend_would_give_another_figure(desk: Desk) -> None:
    before = 1 - 2.0 / CLOSES["2025-06-11"]  # what Yahoo multiplies the closes before the dividend with
    put(desk.store, {day: close * before if day < "2025-06-12" else close for day, close in CLOSES.items()})
    assert rounded(held(desk.store).then)[0] == 89.9
    put(desk.store, CLOSES)
    assert rounded(held(desk.store).then)[0] == 86.7


def test_now_is_the_last_price_beside_the_present_consensus(desk: Desk) -> None:
    put(desk.store, CLOSES)
    desk.store.levels.revise(replace(level("consensus", 180.0, "consensus"), as_of=date(2025, 12, 8)), LATER - 60)
    desk.store.history.add_quote(Quote("BABA", LATER - 20, 150.0, Session.REGULAR, "Yahoo"))
    found = held(desk.store)
    assert (found.consensus, rounded(found.then), rounded(found.now)) == (192.0, (86.7, 21.3), (76.9, 20.0))


def test_what_the_days_do_not_show_is_left_out_and_never_taken_from_another_time(desk: Desk) -> None:
    put(desk.store, {day: close for day, close in CLOSES.items() if day < "2025-11"})
    assert rounded(held(desk.store).then) == (None, None)
    desk.store.levels.end("BABA", "consensus", NOW)
    put(desk.store, CLOSES)
    assert (held(desk.store).consensus, rounded(held(desk.store).then)) == (None, (86.7, None))


@pytest.mark.parametrize("is_revised", [False, True])
def test_a_split_since_changes_neither_figure(desk: Desk, is_revised: bool) -> None:
    put(desk.store, CLOSES)
    before = held(desk.store)
    later = replace(level("consensus", 180.0, "consensus"), as_of=date(2025, 12, 7))
    if is_revised:  # then the split moves that one, and the report's stays on the scale of its day
        desk.store.levels.revise(later, NOW)
    with desk.store.transaction():
        apply(desk.store, "BABA", new_york(), Split(date(2025, 12, 8), 8, 1), LATER)
    after = held(desk.store)
    assert (rounded(after.then), after.consensus) == (rounded(before.then), 24.0)


WHOLE = "+86.4 % year to date (computed then +86.7 %, now −12.3 %)"


@pytest.mark.parametrize(
    ("claims", "consensus", "then", "now", "said"),
    [
        ((86.4, 20), 192, (86.7, 21.3), (-12.31, 81.4),
         f": {WHOLE}, about +20 % to its consensus of 192.00 (computed then +21.3 %, now +81.4 %)"),
        ((None, 20), None, (86.7, None), (1, 81.4), ": about +20 % to its consensus (computed now +81.4 %)"),
        ((86.4, 20), 192, (None, None), (None, 81.4),
         ": +86.4 % year to date, about +20 % to its consensus of 192.00 (computed now +81.4 %)"),
        ((-3, None), 192, (-3.04, 21), (None, None), ": −3 % year to date (computed then −3.0 %)"),
        ((None, None), 192, (1, 1), (1, 1), ""),
    ],
)  # fmt: skip
def test_claims_stand_beside_what_was_then_and_is_now(
    claims: tuple[float, float], consensus: float, then: tuple[float, float], now: tuple[float, float], said: str
) -> None:
    shown = worded(Held(Report("<A>", date(2025, 12, 6), *claims), consensus, Figures(*then), Figures(*now)))
    assert shown == f"Report of 2025-12-06 (“&lt;A&gt;”){said}"


def test_the_ladder_of_a_stock_with_a_report_ends_with_it(desk: Desk) -> None:
    put(desk.store, CLOSES)
    desk.store.history.add_quote(Quote("BABA", LATER - 20, 158.2, Session.REGULAR, "Yahoo"))
    *_, last = Keyboard(replace(desk, reports={"BABA": REPORT}))("/levels", at=LATER).html.splitlines()
    assert last == (
        "Report of 2025-12-06 (“A recovery”): +86.4 % year to date (computed then +86.7 %, now +86.6 %), "
        "about +20 % to its consensus of 192.00 (computed then +21.3 %, now +21.4 %)"
    )


def test_a_report_still_to_come_is_not_told(desk: Desk) -> None:
    put(desk.store, CLOSES)
    told = Keyboard(replace(desk, reports={"BABA": REPORT}))
    assert "Report of" not in told("/levels", at=NOW).html


def test_the_desk_is_handed_the_configured_report(store: Store) -> None:
    settings = load(Path(str(shipped_config())), {})
    assert make_desk(settings, store, {}, {}, NOW).reports["BABA"].upside_pct == 20.0
