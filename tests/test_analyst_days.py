"""A fortnight of analysts, from the unmodified yfinance in its process to the first line of what a chat is told."""

from collections.abc import Callable, Collection, Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.core.clock import Place
from bot.core.events import from_json
from bot.core.market import Stock
from bot.core.wording import render
from bot.core.wording.view import View
from bot.feeds import Part, Researched
from bot.feeds.yahoo_lines import Question
from bot.jobs.research import Researcher
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.desk import ME, Keyboard, furnished, put_price, watchlist
from tests.fakes.inquiry import inquire
from tests.fakes.yahoo import FakeYahoo
from tests.fakes.yahoo_chart import Fault

DAY = 86_400
MONDAY = 1_765_200_600  # 8 December 2025, 08:30 in New York
ASIA = {"TZ": "Pacific/Honolulu"}


class Asking:
    """The source as it is, its process born in a nursery, on a machine in Honolulu."""

    def __init__(self, yahoo: FakeYahoo, folder: Path) -> None:
        self.yahoo, self.folder = yahoo, folder

    async def research(
        self, stock: Stock, zone: str, parts: Collection[Part], most_requests: int, now: int
    ) -> Researched:
        question = Question(stock.symbol, zone, tuple(parts), most_requests, now, 5, str(self.folder / "cache"))
        return inquire(question, self.folder, self.yahoo.environment | ASIA)

    def close(self) -> None:
        """Nothing to give back."""


class Fortnight:
    """BABA at 158.20 and one chat with alerts on its analysts; a day is what Yahoo says on it and who is told what."""

    def __init__(self, store: Store, yahoo: FakeYahoo, asking: Asking) -> None:
        self.store, self.yahoo, self.clock = store, yahoo, Clock(MONDAY)
        self.watched = watchlist(store).watched()[0]
        self.job = Researcher(store, asking, self.clock, time(8, 30))
        self.history: list[dict[str, Any]] = []
        self.shown = slice(1)
        self.say = Keyboard(furnished(store))
        for text in ("crosses consensus", "crosses jpmorgan", "rating changes", "target changes", "consensus moves 2%"):
            self.say(f"/alert {text}", at=MONDAY - DAY)
        put_price(store, 158.2, MONDAY - 60)

    def targets(self, mean: float, **more: float) -> None:
        values = {
            "currentPrice": 158.2,
            "targetMedianPrice": 187.87,
            "targetLowPrice": 95.27,
            "targetHighPrice": 238.38,
        }
        self.yahoo.set_summary("BABA", "financialData", values | {"targetMeanPrice": mean} | more)

    def firm(self, name: str, target: float, before: float, ago: int = 0, **more: Any) -> None:
        """One more row, at the head of Yahoo's list."""
        row = {"epochGradeDate": int(self.clock()) - ago - 3_600, "firm": name, "toGrade": "Buy", "fromGrade": "Buy",
               "action": "main", "currentPriceTarget": target, "priorPriceTarget": before}  # fmt: skip
        self.history.insert(0, row | more)
        self.yahoo.set_summary("BABA", "upgradeDowngradeHistory", {"history": self.history})

    def report(self, *moments: int, expected: bool = True) -> None:
        told = {"earnings": {"earningsDate": list(moments), "isEarningsDateEstimate": expected}}
        self.yahoo.set_summary("BABA", "calendarEvents", told)

    async def look(self) -> list[str]:
        """The first lines of what is told after a look now."""
        await self.job.look(self.watched)
        view = View(int(self.clock()), Place("America/New_York"), (), None)
        rows = self.store.db.execute("select kind, facts from outbox order by id").fetchall()
        self.store.db.execute("delete from outbox")
        return [
            line for kind, facts in rows for line in render(from_json(kind, facts), view).html.splitlines()[self.shown]
        ]

    @property
    def crossed(self) -> set[str]:
        """The metrics of all that was told as a crossing."""
        return {told.metric for told in self.store.crossings.told(ME, "BABA", 0, 2**40)}

    async def next_day(self) -> list[str]:
        self.clock.now += DAY
        return await self.look()

    async def day_of(self, fault: Fault) -> list[str]:
        """A day on which all that is asked of companies fails like this."""
        self.yahoo.fail_with(fault, where="summary")
        told = await self.next_day()
        self.yahoo.recover()
        return told


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Iterator[Fortnight]:
    with FakeYahoo(clock=lambda: MONDAY) as yahoo:
        (tmp_path / "cache").mkdir()
        house = Fortnight(store, yahoo, Asking(yahoo, tmp_path))
        house.targets(191.5)
        house.report(1_771_502_400, 1_771_934_400)  # 19 February 12:00 UTC to the 24th
        house.firm("Benchmark", 0, 0, ago=300 * DAY)
        yield house


def bold(text: str) -> str:
    return f"<b>📝 BABA: {text}</b>"


async def test_a_week_of_analysts_is_told_line_by_line(house: Fortnight):
    assert await house.look() == []  # the first is no news
    assert await house.next_day() == []  # unchanged
    house.targets(191.5 * 1.003)
    assert await house.next_day() == []  # the rate of exchange
    house.targets(199.0)
    assert [line[:60] for line in await house.next_day()] == [
        "📝 BABA: the stored consensus is 192.00 (2025-12-06); Yahoo's"[:60],
        bold("the consensus is up 3.9 % in a day"),
    ]
    house.firm("JP Morgan", 150.0, 230.0)
    assert await house.next_day() == [bold("JPMorgan cut its price target to 150.00")]
    assert house.crossed == {"consensus:1d", "news:targets"}  # and none of a line


async def test_a_new_firm_an_upgrade_and_a_burst_after_a_frozen_week(house: Fortnight):
    await house.look()
    house.firm("Loop Capital", 210.0, 0, action="init", fromGrade="")
    assert await house.next_day() == [bold("Loop Capital begins to rate it: Buy, sees a target of 210.00")]
    house.firm("Barclays", 0, 0, action="up", fromGrade="Hold")  # zero is no target
    assert await house.next_day() == [bold("Barclays upgraded it from Hold to Buy")]
    house.clock.now += 7 * DAY
    for place, name in enumerate(("Citigroup", "Mizuho", "UBS")):
        house.firm(name, 180.0 + place, 170.0, ago=place * 2 * DAY)
    assert await house.next_day() == [bold("3 changes by analysts")]
    assert await house.next_day() == []


async def test_dates_are_those_of_new_york_on_a_machine_in_honolulu(house: Fortnight):
    await house.look()
    house.report(1_771_502_400, 1_772_020_800)  # only the end of the stretch has moved
    assert await house.next_day() == []
    house.report(1_771_416_000, expected=False)
    assert [line.partition(" · ")[0] for line in await house.next_day()] == [
        "📅 BABA earnings moved from Thu 19 Feb – Wed 25 Feb 2026 to Wed 18 Feb 2026"
    ]
    house.report(1_771_549_200, expected=False)  # 20 February 01:00 UTC is the evening of the 19th
    assert "to Thu 19 Feb 2026" in (await house.next_day())[0]


WRONG: list[Callable[[Fortnight], object]] = [
    lambda house: house.targets(1_399.0, currentPrice=1_130.0),
    lambda house: house.targets(1_399.0),
    lambda house: house.targets(0.0),
    lambda house: house.yahoo.set_summary("BABA", "financialData", {}),
    lambda house: house.yahoo.set_summary("BABA", "financialData", None),
    lambda house: house.yahoo.set_summary("BABA", "financialData", '{"quoteSummary"'),
    lambda house: house.yahoo.set_summary("BABA", "upgradeDowngradeHistory", {"history": []}),
]
FAULTS: list[Fault] = [401, 404, 429, 500, "empty", "html", "drop"]


async def test_what_is_wrong_or_missing_moves_nothing_and_the_next_good_answer_counts(house: Fortnight):
    await house.look()
    before = house.store.levels.present("BABA")
    for wrong in WRONG:
        wrong(house)
        assert await house.next_day() == []
    house.targets(191.5)
    said = [line for fault in FAULTS for line in await house.day_of(fault)]
    assert house.store.levels.present("BABA") == before
    assert [line.partition(":")[0] for line in said] == ["⚠️ Yahoo has not told all of BABA's analysts since 15 Dec"]
    house.targets(183.0)
    assert [line[:32] for line in await house.next_day()] == [
        "📝 BABA: the stored consensus is ", bold("the consensus is down 4.4 % in 18 days")[:32],
        "✅ Yahoo tells of BABA's analysts",
    ]  # fmt: skip


async def test_a_followed_consensus_that_cuts_through_the_price_is_a_revision(house: Fortnight):
    await house.look()
    house.say("/consensus follow", at=int(house.clock()))
    house.targets(150.0)
    house.shown = slice(None)
    told = await house.next_day()
    assert told[:3] == [
        bold("consensus cut to 150.00"), "<s>191.50</s> 150.00 consensus (Yahoo, mean) · 9 Dec 2025 · −5.2 %",
        "BABA at 158.20 is now above it; the price did not move.",
    ]  # fmt: skip
    assert told[3].startswith("Yahoo's mean down 21.7 % in a day")
    assert house.crossed == {"consensus:1d"}
