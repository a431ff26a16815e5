"""Every condition and every modifier: it fires exactly when it should, lived bar by bar and looked back on alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from bot.core.alerts import Policy, Way
from bot.core.language import Wish
from bot.core.market import Bar, Day
from tests.fakes.twice import HOURS, OPEN, Row, lived, looked_back

MIDNIGHTS = {"Thu": OPEN - 34_200, "Fri": OPEN - 34_200 + 86_400}
DAYS = [
    Day(date(2024, 12, 31), 100, 100, 100, 100),
    *(Day(date(2025, 9, day), 190, 200, 170, close) for day, close in ((24, 190), (25, 180), (26, 184), (29, 188))),
    Day(date(2025, 9, 30), 190, 195, 185, 189),
    Day(date(2025, 10, 1), 190, 195, 185, 190),
]
Script = Sequence[tuple[str, tuple[float, ...]]]
"""From when on, minute by minute, which prices: ("Thu 09:30", (189, 191))."""


@dataclass(frozen=True)
class Case:
    """A condition, a script with the minutes in which it is told, and a script along which it is not."""

    typed: str
    wish: Wish
    fires: Script
    told: list[str]
    quiet: Script


def wish(way: Way, line: float, upper: float | None = None, metric: str = "price", level: str | None = None) -> Wish:
    return Wish("BABA", way, line, level, upper, None, metric)


def policed(policy: Policy) -> Wish:
    return Wish("BABA", Way.ABOVE, 192.0, policy=policy)


def thu(*prices: float, at: str = "09:30") -> tuple[str, tuple[float, ...]]:
    return f"Thu {at}", prices


def fri(*prices: float, at: str = "09:30") -> tuple[str, tuple[float, ...]]:
    return f"Fri {at}", prices


ABOVE, BELOW, CROSSES, BETWEEN, OUTSIDE = Way.ABOVE, Way.BELOW, Way.CROSSES, Way.BETWEEN, Way.OUTSIDE
RISE = [thu(190, 192)]
TWICE = [thu(190, 192, 190, 192)]

CASES = [
    Case("above 192", wish(ABOVE, 192), [thu(190, 192, 191.9, 193)], ["Thu 09:31"], [thu(190, 191.99)]),
    Case("below 188", wish(BELOW, 188), [thu(190, 188, 187)], ["Thu 09:31"], [thu(190, 188.01, 192)]),
    Case("crosses 190", wish(CROSSES, 190), [thu(188, 190, 188), fri(191)],
         ["Thu 09:31", "Thu 09:32", "Fri 09:30"], [thu(188, 189.99, 188)]),
    Case("above consensus", wish(ABOVE, 192, level="consensus"), RISE, ["Thu 09:31"], [thu(190, 191.99)]),
    Case("close above 192", wish(ABOVE, 192, metric="close"),
         [thu(193, 191), thu(191, at="15:59"), fri(191), fri(192, at="15:59")], ["Fri 15:59"],
         [thu(191, at="15:59"), fri(193, 194), fri(191.99, at="15:59")]),
    Case("between 185 and 195", wish(BETWEEN, 185, 195), [thu(197, 195, 190)], ["Thu 09:31"], [thu(197, 195.01)]),
    Case("between, straight through", wish(BETWEEN, 188, 192), [thu(195, 185)], ["Thu 09:31"], [thu(195, 194)]),
    Case("outside 185 195", wish(OUTSIDE, 185, 195), [thu(190, 195), fri(190, 185)], ["Thu 09:31", "Fri 09:31"],
         [thu(190, 194.99, 185.01)]),
    Case("up 5%", wish(ABOVE, 5, metric="today"), [thu(190, 199.5, 200), fri(200, 210)],
         ["Thu 09:31", "Fri 09:31"], [thu(190, 199.49)]),
    Case("down 3% today", wish(BELOW, -3, metric="today"), [thu(190, 184.3)], ["Thu 09:31"], [thu(190, 184.31)]),
    Case("moves 2% in 1h", wish(OUTSIDE, -2, 2, metric="change:1h"),
         [thu(190), thu(190, 193.8, at="10:30")], ["Thu 10:31"],
         [thu(190), thu(190, 192, at="10:30"), thu(194, at="11:32")]),
    Case("up 10% in 5d", wish(ABOVE, 10, metric="change:5d"), [thu(190, 198)], ["Thu 09:31"], [thu(190, 197.99)]),
    Case("down 8% since now", wish(BELOW, 174.8), [thu(190, 174.8)], ["Thu 09:31"], [thu(190, 174.81)]),
    Case("up 90% ytd", wish(ABOVE, 90, metric="change:ytd"), [thu(189, 190)], ["Thu 09:31"], [thu(189, 189.99)]),
    Case("gap 3%", wish(ABOVE, 3, metric="gap"), [thu(195.7, 190), fri(195.7)], ["Thu 09:30", "Fri 09:30"],
         [thu(196, at="08:00"), thu(190, 196)]),
    Case("within 2% of bernstein", Wish("BABA", BETWEEN, 186.2, "Bernstein SocGen Group", 193.8, 2.0),
         [thu(196, 193.8)], ["Thu 09:31"], [thu(196, 193.81)]),
    Case("upside < 10%", wish(BELOW, 10, metric="upside:consensus"), [thu(170, 174.6)], ["Thu 09:31"],
         [thu(170, 174.5)]),
    Case("upside to jpmorgan > 30%", wish(ABOVE, 30, metric="upside:JPMorgan Chase"), [thu(180, 176.9)],
         ["Thu 09:31"], [thu(180, 177)]),
    Case("new 52w high", wish(ABOVE, 0.000001, metric="range52:high"), [thu(190, 200.01, 200)], ["Thu 09:31"],
         [thu(190, 200)]),
    Case("new 52w low", wish(BELOW, -0.000001, metric="range52:low"), [thu(110, 99.99)], ["Thu 09:31"],
         [thu(110, 100)]),
    Case("within 3% of 52w high", wish(ABOVE, -3, metric="range52:high"), [thu(190, 194)], ["Thu 09:31"],
         [thu(190, 193.99)]),
    Case("above ma3", wish(ABOVE, 0, metric="average:1/3"), [thu(185, 189.5)], ["Thu 09:31"], [thu(185, 189.49)]),
    Case("ma2 crosses ma3", wish(CROSSES, 0, metric="average:2/3"), [thu(185, 188)], ["Thu 09:31"],
         [thu(185, 187.99)]),
    Case("rsi2 < 50", wish(BELOW, 50, metric="rsi:2"), [thu(190, 186)], ["Thu 09:31"], [thu(190, 186.1)]),
    Case("once", policed(Policy(once=True)), TWICE, ["Thu 09:31"], [thu(190, 191)]),
    Case("more than once", policed(Policy()), TWICE, ["Thu 09:31", "Thu 09:33"], [thu(190, 191)]),
    Case("daily tells the rest later", policed(Policy(daily=True)), TWICE, ["Thu 09:31", "Thu 09:33"],
         [thu(190, 191)]),
    Case("every 4h tells the rest later", policed(Policy(every_s=14_400)), TWICE, ["Thu 09:31", "Thu 09:33"],
         [thu(190, 191)]),
    Case("rearm 3%", policed(Policy(rearm_pct=3.0)), [thu(190, 192, 190, 192, 186, 192)],
         ["Thu 09:31", "Thu 09:35"], [thu(190, 191)]),
    Case("hold 3m", policed(Policy(hold_s=180)), [thu(190, 193, 193, 193, 193)], ["Thu 09:33"],
         [thu(190, 193, 193, 191, 193, 193)]),
    Case("hold 3m, not by night", policed(Policy(hold_s=180)),
         [thu(190, at="15:57"), thu(193, 193, at="15:58"), fri(193, 193)], ["Fri 09:30"],
         [thu(190, at="15:57"), thu(193, 193, at="15:58")]),
    Case("until 10:00", policed(Policy(expires_at=OPEN + 1800)), [thu(190), thu(192, at="09:59")], ["Thu 09:59"],
         [thu(190), thu(192, at="10:00")]),
    Case("regular hours only", policed(Policy(regular_only=True)), [thu(190, at="08:00"), thu(190, 192)],
         ["Thu 09:31"], [thu(190, at="08:00"), thu(192, 190, at="08:01"), thu(190), thu(193, at="16:01")]),
    Case("silent", policed(Policy(silent=True)), RISE, ["Thu 09:31"], [thu(190, 191)]),
    Case('note "trim"', policed(Policy(note="trim")), RISE, ["Thu 09:31"], [thu(190, 191)]),
]  # fmt: skip


def bars_of(script: Script) -> list[Bar]:
    """Bars that open and close at each price."""
    made = []
    for moment, prices in script:
        day, clock = moment.split()
        start = MIDNIGHTS[day] + int(clock[:2]) * 3600 + int(clock[3:]) * 60
        for place, price in enumerate(prices):
            at = start + 60 * place
            made.append(Bar(at, price, price, price, price, 1, HOURS.session_at(at)))
    return made


def told(rows: list[Row]) -> list[str]:
    """When the crossings were told: ["Thu 09:31"]."""
    moments = []
    for _, _, at, _, _ in rows:
        day = "Fri" if at >= MIDNIGHTS["Fri"] else "Thu"
        minutes = (at - MIDNIGHTS[day]) // 60
        moments.append(f"{day} {minutes // 60:02}:{minutes % 60:02}")
    return moments


def both(case: Case, script: Script) -> tuple[list[str], list[str]]:
    """What the case tells along a script: lived bar by bar, and looked back on."""
    bars = bars_of(script)
    (live,) = lived([case.wish], bars, list(range(1, len(bars) + 1)), DAYS)
    (back,) = looked_back([case.wish], bars, DAYS)
    assert live == back
    return told(live), told(back)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.typed)
def test_it_fires_exactly_when_it_should(case: Case) -> None:
    assert both(case, case.fires) == (case.told, case.told)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.typed)
def test_it_does_not_fire_short_of_it(case: Case) -> None:
    assert both(case, case.quiet) == ([], [])
