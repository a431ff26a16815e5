"""Down for minutes, hours, days, weeks: what was missed is told once, in one digest, as exactly as the source knows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chats.terminal_chat import plain_text
from bot.core.alerts import Way
from bot.core.clock import Place
from bot.core.language import Wish
from bot.core.market import Session, Stock
from bot.core.screen import Rules
from bot.core.wording import render
from bot.core.wording.view import View
from bot.feeds.yahoo import YahooFeed
from bot.jobs.make import make
from bot.jobs.watch import Watch, Watched
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.analysts import LEVELS
from tests.fakes.desk import new_york
from tests.fakes.house import passing_store
from tests.fakes.yahoo import FakeYahoo
from tests.fakes.yahoo_chart import Row

CHAT = 7
ALL_DAY = frozenset({Session.PRE, Session.REGULAR, Session.POST})


def at(text: str) -> int:
    """A moment of 2026 on New York's clocks."""
    return int(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo("America/New_York")).timestamp())


UP_UNTIL = at("02-02 10:03")  # a Monday
NEW_YORK = new_york()
BABA = Watched(Stock("BABA", "Alibaba", "XNYS", "USD"), NEW_YORK, Rules(20, ALL_DAY), stale_after_s=300)


def session(day: str, *turns: tuple[str, float]) -> list[Row]:
    """The minutes of a regular session: from each time on at that price, at first at the first one's."""
    rows: list[Row] = []
    for minute in range(at(f"{day} 09:30"), at(f"{day} 16:00"), 60):
        price = [price for hour, price in turns if at(f"{day} {hour}") <= minute][-1]
        rows.append((minute, price, price, price, price, 100))
    return rows


@dataclass
class Life:
    """One daemon's store, the clock, the source; the words owed to the chat."""

    clock: Clock
    yahoo: FakeYahoo
    feed: YahooFeed
    store: Store

    async def polls(self, moment: int) -> list[str]:
        """Look at this moment; what is then owed, in words."""
        self.clock.now = moment
        await Watch(self.store, self.feed, self.clock).poll(BABA)
        return self.told()

    def told(self) -> list[str]:
        said = []
        while due := self.store.outbox.due(2**40):
            levels, quote = self.store.levels.present("BABA"), self.store.history.last_quote("BABA")
            view = View(int(self.clock.now), Place(NEW_YORK.zone), levels, quote)
            said.append(plain_text(render(due[0].event, view).html))
            self.store.outbox.sent(due[0], 1, 0)
        return said

    def states(self) -> list[object]:
        """What a daemon goes on from: levels, lines and sides, and what the alerts told, on whatever scale."""
        alerts = [(alert.lines, alert.state) for alert in self.store.alerts.on("BABA")]
        levels = [(level.firm, level.price) for level in self.store.levels.present("BABA")]
        crossed = self.store.crossings.told(CHAT, "BABA", 0, 2**40)
        return [alerts, levels, [(one.at, one.number, one.direction) for one in crossed]]


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch, store: Store, cache_dir: Path) -> Iterator[Life]:
    clock = Clock(UP_UNTIL)
    with FakeYahoo(clock) as yahoo:
        for name, value in yahoo.environment.items():
            monkeypatch.setenv(name, value)
        feed = YahooFeed({"BABA": NEW_YORK.session_at}, {"BABA": NEW_YORK.zone}, cache_dir)
        furnish(store)
        yield Life(clock, yahoo, feed, store)
        feed.close()


def furnish(store: Store) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, UP_UNTIL - 86_400)
    for level in LEVELS:
        store.levels.revise(level, UP_UNTIL - 86_400)
    for way, line, firm in ((Way.CROSSES, 190.0, "Bernstein SocGen Group"), (Way.ABOVE, 192.0, "consensus")):
        make(store, Wish("BABA", way, line, firm), CHAT, NEW_YORK, "chat", UP_UNTIL - 3_600)


@dataclass(frozen=True)
class Gap:
    """The sessions, when the daemon went and came back, what it then says; `split` opens the day of a 2-for-1 split."""

    rows: list[Row]
    down: int
    back: int
    says: list[list[str]]
    split: int | None = None


ENDING = "#1 and #2 · tells again after a move of 1 %"
AT_THE_END = (
    "At 13 Mar 16:00 New York 96.50 · next above 115.00 JPMorgan (+19.2 %) · next below 96.00 consensus (−0.5 %)"
)
OF_THE_SPLIT = (
    " split 2 for 1 on {}. 4 levels and alerts #1 and #2 are now on the new scale: Morningstar 258.00 → 129.00, "
    "JPMorgan 230.00 → 115.00, consensus 192.00 → 96.00 and Bernstein SocGen 190.00 → 95.00. Prices before it are "
    "adjusted too; what was told of them stays as it was told."
)
FIVE_MINUTES = Gap(
    session("02-02", ("09:30", 188.5), ("10:04", 190.5), ("10:06", 188.0)),
    UP_UNTIL, UP_UNTIL + 300,
    [[
        "🕰 While targetwatch was away (2 Feb 10:03–10:08 New York): BABA",
        "10:04 reached 190.00 ↑ Bernstein SocGen (at 190.50)",
        "10:06 back below 190.00 ↓ Bernstein SocGen (at 188.00)",
        "At 10:08 New York 188.00 · next above 190.00 Bernstein SocGen (+1.1 %)",
        "#1 · tells again after a move of 1 %",
    ]],
)  # fmt: skip
JUST_NOW = Gap(
    session("02-02", ("09:30", 188.5), ("10:07", 190.5)),
    UP_UNTIL, UP_UNTIL + 300,
    [[
        "🔔 BABA reached 190.00 ↑  Bernstein SocGen, price target",
        "190.50, before 188.50 · 2 Feb 10:07 New York, regular session · Yahoo, 0 s old",
        "Next above 192.00 consensus (+0.8 %), below 190.00 Bernstein SocGen (−0.3 %)",
        "#1 · tells again after a move of 1 %",
    ]],
)  # fmt: skip
THREE_HOURS = Gap(
    session("02-02", ("09:30", 188.5), ("10:30", 190.0), ("11:15", 192.67), ("12:40", 188.0)),
    UP_UNTIL, UP_UNTIL + 3 * 3_600,
    [[
        "🕰 While targetwatch was away (2 Feb 10:03–13:03 New York): BABA",
        "10:30 reached 190.00 ↑ Bernstein SocGen",
        "11:15 reached 192.00 ↑ consensus (at 192.67)",
        "12:40 back below 190.00 ↓ Bernstein SocGen (at 188.00)",
        "At 13:03 New York 188.00 · next above 190.00 Bernstein SocGen (+1.1 %)",
        ENDING,
    ]],
)  # fmt: skip
FOUR_DAYS = Gap(
    [*session("02-06", ("09:30", 188.5), ("15:40", 190.5)), *session("02-09", ("09:30", 187.0)),
     *session("02-10", ("09:30", 188.0), ("11:00", 193.0))],
    at("02-06 15:30") + 30, at("02-10 15:30") + 30,
    [[
        "🕰 While targetwatch was away (6 Feb 15:30 – 10 Feb 15:30 New York): BABA",
        "6 Feb 15:40 reached 190.00 ↑ Bernstein SocGen (at 190.50)",
        "9 Feb 09:30 back below 190.00 ↓ Bernstein SocGen (at 187.00)",
        "10 Feb 11:00 back above 190.00 ↑ Bernstein SocGen (at 193.00)",
        "10 Feb 11:00 reached 192.00 ↑ consensus (at 193.00)",
        "At 15:30 New York 193.00 · next above 230.00 JPMorgan (+19.2 %) · next below 192.00 consensus (−0.5 %)",
        ENDING,
    ]],
)  # fmt: skip
FOUR_DAYS_OVER_A_SPLIT = Gap(
    [*session("02-06", ("09:30", 188.5), ("15:40", 190.5)), *session("02-09", ("09:30", 93.5)),
     *session("02-10", ("09:30", 94.0), ("11:00", 96.5))],
    at("02-06 15:30") + 30, at("02-10 15:30") + 30,
    [
        ["✂️ BABA" + OF_THE_SPLIT.format("9 Feb 2026")],
        [
            "🕰 While targetwatch was away (6 Feb 15:30 – 10 Feb 15:30 New York): BABA",
            "6 Feb 15:40 reached 95.00 ↑ Bernstein SocGen (at 95.25)",
            "9 Feb 09:30 back below 95.00 ↓ Bernstein SocGen (at 93.50)",
            "10 Feb 11:00 back above 95.00 ↑ Bernstein SocGen (at 96.50)",
            "10 Feb 11:00 reached 96.00 ↑ consensus (at 96.50)",
            "At 15:30 New York 96.50 · next above 115.00 JPMorgan (+19.2 %) · next below 96.00 consensus (−0.5 %)",
            ENDING,
        ],
    ],
    split=at("02-09 09:30"),
)  # fmt: skip
FORTY_DAYS = Gap(
    [*session("02-02", ("09:30", 188.5), ("10:04", 190.5)), *session("02-03", ("09:30", 189.5), ("11:01", 188.0)),
     *session("02-17", ("09:30", 191.0), ("14:31", 192.5)), *session("03-13", ("09:30", 192.4), ("15:00", 189.0))],
    UP_UNTIL, at("03-14 12:00"),
    [[
        "🕰 While targetwatch was away (2 Feb 10:03 – 14 Mar 12:00 New York): BABA",
        "2 Feb 10:03–10:05 reached 190.00 ↑ Bernstein SocGen (at 190.50)",
        "3 Feb 11:00–11:05 back below 190.00 ↓ Bernstein SocGen (at 188.00)",
        "17 Feb 09:30 back above 190.00 ↑ Bernstein SocGen (at 191.00)",
        "17 Feb 14:31 reached 192.00 ↑ consensus (at 192.50)",
        "13 Mar 15:00 back below 190.00 ↓ Bernstein SocGen (at 189.00)",
        "At 13 Mar 16:00 New York 189.00 · next above 190.00 Bernstein SocGen (+0.5 %)",
        ENDING,
    ]],
)  # fmt: skip
FORTY_DAYS_OVER_A_SPLIT = Gap(
    [*session("02-02", ("09:30", 188.5), ("10:04", 190.5)), *session("02-03", ("09:30", 94.75), ("11:01", 94.0)),
     *session("03-13", ("09:30", 95.5), ("15:00", 96.5))],
    UP_UNTIL, at("03-14 12:00"),
    [
        ["✂️ BABA" + OF_THE_SPLIT.format("3 Feb 2026")],
        [
            "🕰 While targetwatch was away (2 Feb 10:03 – 14 Mar 12:00 New York): BABA",
            "2 Feb 10:03–10:05 reached 95.00 ↑ Bernstein SocGen (at 95.25)",
            "3 Feb 11:00–11:05 back below 95.00 ↓ Bernstein SocGen (at 94.00)",
            "13 Mar 09:30 back above 95.00 ↑ Bernstein SocGen (at 95.50)",
            "13 Mar 15:00 reached 96.00 ↑ consensus (at 96.50)",
            AT_THE_END,
            ENDING,
        ],
    ],
    split=at("02-03 09:30"),
)  # fmt: skip
HUNDRED_DAYS = Gap(
    [*session("02-02", ("09:30", 188.5), ("11:45", 190.5)), *session("02-03", ("09:30", 190.0), ("15:50", 188.0)),
     *session("04-01", ("09:30", 189.0), ("10:02", 190.5)), *session("05-12", ("09:30", 190.5), ("10:00", 192.5))],
    UP_UNTIL, at("05-13 09:00"),
    [[
        "🕰 While targetwatch was away (2 Feb 10:03 – 13 May 09:00 New York): BABA",
        "2 Feb 11:30–12:30 reached 190.00 ↑ Bernstein SocGen (at 190.50)",
        "3 Feb 15:30–16:00 back below 190.00 ↓ Bernstein SocGen (at 188.00)",
        "1 Apr 10:00–10:05 back above 190.00 ↑ Bernstein SocGen (at 190.50)",
        "12 May 10:00 reached 192.00 ↑ consensus (at 192.50)",
        "At 12 May 16:00 New York 192.50 · next above 230.00 JPMorgan (+19.5 %) · next below 192.00 consensus (−0.3 %)",
        ENDING,
    ]],
)  # fmt: skip


@pytest.mark.parametrize(
    "gap",
    [FIVE_MINUTES, JUST_NOW, THREE_HOURS, FOUR_DAYS, FOUR_DAYS_OVER_A_SPLIT, FORTY_DAYS, FORTY_DAYS_OVER_A_SPLIT,
     HUNDRED_DAYS],
    ids=["5 min", "just now", "3 h", "4 days", "4 days, split", "40 days", "40 days, split", "100 days"],
)  # fmt: skip
async def test_after_a_gap_each_crossing_is_told_once_with_its_time(life: Life, gap: Gap) -> None:
    await begin(life, gap)
    show(life, gap)
    assert [said.splitlines() for said in await life.polls(gap.back)] == gap.says
    assert await life.polls(gap.back + 60) == []


async def begin(life: Life, gap: Gap) -> None:
    """The last look before the gap, which tells nothing."""
    life.yahoo.set_bars("BABA", [row for row in gap.rows if row[0] <= gap.down])
    assert await life.polls(gap.down) == []


def show(life: Life, gap: Gap) -> None:
    """Everything that happens, on the scale after the split."""
    life.yahoo.set_bars("BABA", gap.rows)
    if gap.split is not None:
        life.yahoo.split("BABA", gap.split, 2, 1)


@pytest.mark.parametrize(
    "gap", [THREE_HOURS, FOUR_DAYS, FOUR_DAYS_OVER_A_SPLIT], ids=["3 h", "4 days", "4 days, split"]
)
async def test_after_a_gap_everything_is_as_if_the_daemon_had_never_been_away(life: Life, gap: Gap) -> None:
    await begin(life, gap)
    with passing_store() as lived:
        furnish(lived)
        other = replace(life, store=lived)
        await begin(other, gap)
        life.yahoo.set_bars("BABA", gap.rows)
        split = gap.split or 2**40
        for moment in [at for at, *_ in gap.rows if gap.down < at <= gap.back][::31]:
            if moment >= split and not life.yahoo.listed("BABA"):
                life.yahoo.split("BABA", split, 2, 1)
            await other.polls(moment)
        await other.polls(gap.back)
        await life.polls(gap.back)
        assert life.states() == other.states()


async def test_what_is_older_than_two_years_is_known_by_the_session(life: Life) -> None:
    back = at("02-02 12:00") + 800 * 86_400
    await begin(life, Gap(session("02-02", ("09:30", 188.5)), UP_UNTIL, back, []))
    life.yahoo.set_days(
        "BABA",
        [(at("02-02 09:30"), 188.5, 189.0, 188.0, 188.5, 1), (at("02-03 09:30"), 189.0, 191.0, 188.5, 190.5, 1)],
    )
    said, *_ = await life.polls(back)  # and that no fresh price is there
    assert said.splitlines()[1] == "3 Feb 2026 09:30–16:00 reached 190.00 ↑ Bernstein SocGen (at 191.00)"


async def test_a_split_listed_only_at_the_open_is_waited_for_from_the_first_price_on(life: Life) -> None:
    evening, morning = session("02-02", ("09:30", 188.5), ("15:00", 189.0)), session("02-03", ("09:30", 95.5))
    prices = [(at("02-03 08:00") + 60 * place, 94.6 + place / 10) for place in range(9)]
    early: list[Row] = [(start, price, price, price, price, 10) for start, price in prices]
    life.yahoo.set_bars("BABA", evening)
    said = await life.polls(at("02-02 16:00") + 30)
    life.yahoo.set_bars("BABA", [*evening, *early, *morning])
    for moment in ("08:00", "08:01", "08:05", "09:29"):
        said += await life.polls(at(f"02-03 {moment}") + 30)
    life.yahoo.split("BABA", at("02-03 09:30"), 2, 1)
    said += await life.polls(at("02-03 09:30") + 30)
    assert [text.partition(" BABA")[0] for text in said] == [
        "⚠️",
        "✂️",
        "🕰 While a split was possible (2 Feb 16:00 – 3 Feb 09:30 New York):",
    ]
    assert said[2].splitlines()[1:-2] == ["3 Feb 08:04 reached 95.00 ↑ Bernstein SocGen"]
