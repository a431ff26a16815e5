"""The real yfinance in a child process, asked of analysts, against a loopback Yahoo: what it gives, how it fails."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.core.analysts import RatingAction, Recommendations, Targets
from bot.core.company import CompanyDate, Occasion
from bot.core.market import Session, Stock
from bot.feeds import FaultKind, Part, Researched
from bot.feeds.yahoo import YahooFeed
from bot.feeds.yahoo_lines import Question, told
from bot.feeds.yahoo_research import YahooResearch
from tests.fakes.inquiry import inquire
from tests.fakes.yahoo import FakeYahoo, Where
from tests.fakes.yahoo_chart import Fault

BABA = Stock("BABA", "Alibaba", "XNYS", "USD")
ZONE = "America/New_York"
NOW = 1759411800  # 2025-10-02 09:30 in New York
RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
MODULES = ("financialData", "upgradeDowngradeHistory", "recommendationTrend", "calendarEvents")
SAID: dict[str, dict[str, Any]] = {
    "financialData": {"currentPrice": 105.85, "targetHighPrice": 238.38, "targetLowPrice": 95.27,
                      "targetMeanPrice": 185.41, "targetMedianPrice": 187.87, "numberOfAnalystOpinions": 39},
    "upgradeDowngradeHistory": {"history": [
        {"epochGradeDate": NOW - 60, "firm": "JP Morgan", "toGrade": "Buy", "fromGrade": "Hold", "action": "up",
         "priceTargetAction": "Raises", "currentPriceTarget": 230.0, "priorPriceTarget": 0.0},
        {"epochGradeDate": NOW - 90, "firm": "Benchmark", "toGrade": "Buy", "fromGrade": "", "action": "init"},
    ]},
    "recommendationTrend": {"trend": [{"period": "0m", "strongBuy": 7, "buy": 27, "hold": 7, "sell": 0}]},
    "calendarEvents": {"earnings": {"earningsDate": [1763586000], "isEarningsDateEstimate": False},
                       "exDividendDate": 1718236800},
}  # fmt: skip
TARGETS = Targets(185.41, 187.87, 95.27, 238.38, 39, 105.85)
EARNINGS = CompanyDate(Occasion.EARNINGS, date(2025, 11, 19), date(2025, 11, 19))
EX_DIVIDEND = CompanyDate(Occasion.EX_DIVIDEND, date(2024, 6, 13), date(2024, 6, 13))

Ask = Callable[..., Researched]


@pytest.fixture
def yahoo() -> Iterator[FakeYahoo]:
    with FakeYahoo(clock=lambda: NOW) as fake:
        for module, content in SAID.items():
            fake.set_summary("BABA", module, content)
        yield fake


@pytest.fixture
def ask(yahoo: FakeYahoo, tmp_path: Path) -> Ask:
    """One child and what it says; each time it must have counted its requests rightly, and sent no more than it may."""

    def ask(symbol: str = "BABA", most: int = 8, seconds: float = 20, **environment: str) -> Researched:
        before = len(yahoo.requests)
        question = Question(symbol, ZONE, tuple(Part), most, NOW, seconds, str(tmp_path / "cache"))
        (tmp_path / "cache").mkdir(exist_ok=True)
        found = inquire(question, tmp_path, yahoo.environment | environment)
        assert found.requests == len(yahoo.requests) - before <= most
        return found

    return ask


def fails(kind: FaultKind) -> dict[Part, FaultKind]:
    return dict.fromkeys(Part, kind)


def asked(yahoo: FakeYahoo) -> list[str]:
    return [request.params["modules"] for request in yahoo.summaries]


def test_every_part_is_one_request_with_a_cookie_before_the_first_ever(ask: Ask, yahoo: FakeYahoo):
    found = ask()
    assert (found.targets, found.dates, found.faults) == (TARGETS, (EARNINGS, EX_DIVIDEND), {})
    assert found.recommendations == Recommendations(7, 27, 7, 0, 0)
    assert asked(yahoo) == list(MODULES)
    assert (found.requests, ask().requests) == (6, 5)


def test_a_target_of_zero_is_none_and_a_missing_column_nothing(ask: Ask):
    assert ask().actions == (
        RatingAction("Benchmark", NOW - 90, "init", "Buy"),
        RatingAction("JP Morgan", NOW - 60, "up", "Buy", "Hold", 230.0),
    )


def test_the_child_gives_way_to_others_and_ends_by_itself_where_nobody_ends_it(ask: Ask, tmp_path: Path):
    ask(seconds=20)
    niceness, left_s = map(int, (tmp_path / "errors").read_text().split()[-2:])
    assert niceness == min(os.nice(0) + 10, 19)
    assert 0 < left_s <= 21


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not here")
@pytest.mark.parametrize("machine", ["Pacific/Honolulu", "Pacific/Kiritimati"])
def test_the_recorded_answers_are_read_on_a_machine_anywhere(ask: Ask, yahoo: FakeYahoo, machine: str):
    for module in MODULES:
        recorded = json.loads((RECORDINGS / f"quoteSummary-{module}-BABA.json").read_text())
        yahoo.set_summary("BABA", module, json.dumps(recorded["response"]["bodyJson"]))
    found = ask(TZ=machine)
    assert found.targets == Targets(152.7521, 160.12865, 86.08602, 190.69434, 39, 143.75)
    assert found.actions[-1] == RatingAction("Benchmark", 1740154411, "main", "Buy", "Buy")
    assert (len(found.actions), found.recommendations) == (400, Recommendations(7, 27, 7, 0, 0))
    assert found.dates == (CompanyDate(Occasion.EARNINGS, date(2025, 5, 12), date(2025, 5, 16), True), EX_DIVIDEND)


@pytest.mark.parametrize(
    ("fault", "where", "kind", "requests"),
    [
        (401, "summary", FaultKind.SERVER_ERROR, 5),  # a new crumb might have helped
        (403, "summary", FaultKind.SERVER_ERROR, 5),
        (404, "summary", FaultKind.UNKNOWN_SYMBOL, 3),
        (429, "summary", FaultKind.RATE_LIMITED, 3),
        (999, "summary", FaultKind.RATE_LIMITED, 3),
        (500, "summary", FaultKind.SERVER_ERROR, 6),  # each part may fail by itself
        ("html", "summary", FaultKind.UNREADABLE, 3),
        ("down", "summary", FaultKind.UNREADABLE, 3),
        ("consent", "summary", FaultKind.UNREADABLE, 5),
        ("drop", "summary", FaultKind.UNREACHABLE, 3),
        ("hang", "summary", FaultKind.TIMEOUT, 3),
        (429, "side", FaultKind.RATE_LIMITED, 1),
        ("drop", "side", FaultKind.UNREACHABLE, 3),
        ("hang", "side", FaultKind.TIMEOUT, 3),
        ("drop", "everywhere", FaultKind.UNREACHABLE, 2),
        (500, "everywhere", FaultKind.SERVER_ERROR, 8),
    ],
)
def test_a_yahoo_that_is_ill_is_left_alone(
    ask: Ask, yahoo: FakeYahoo, fault: Fault, where: Where, kind: FaultKind, requests: int
):
    yahoo.fail_with(fault, where=where)
    # Cookie and crumb have a quarter of it each: time enough to be reached on a busy machine.
    found = ask(seconds={"side": 6, "summary": 3}[where] if fault == "hang" else 20)
    assert (found.faults, found.requests) == (fails(kind), requests)


def test_a_stock_that_yahoo_does_not_know_is_asked_for_once(ask: Ask, yahoo: FakeYahoo):
    assert (ask("BABAX").faults, len(asked(yahoo))) == (fails(FaultKind.UNKNOWN_SYMBOL), 1)


@pytest.mark.parametrize("fault", [500, 502])
def test_a_part_that_fails_alone_takes_no_other_with_it(ask: Ask, yahoo: FakeYahoo, fault: Fault):
    yahoo.fail_with(fault, where="summary", module="upgradeDowngradeHistory")
    found = ask()
    assert found.faults == {Part.ACTIONS: FaultKind.SERVER_ERROR}
    assert (found.targets, found.dates, found.requests) == (TARGETS, (EARNINGS, EX_DIVIDEND), 6)


EMPTY = '{"quoteSummary": {"result": [%s], "error": null}}'
NOTHING = {
    "an empty list": dict.fromkeys(MODULES, EMPTY % ""),
    "no module": dict.fromkeys(MODULES, EMPTY % "{}"),
    "modules of nothing": {module: {} for module in MODULES},
    "no rows": {
        module: {"maxAge": 1, "history": [], "trend": [], "earnings": {"earningsDate": []}} for module in MODULES
    },
    "404 that says so": {**dict.fromkeys(MODULES), "price": {}},
}


@pytest.mark.parametrize("answers", NOTHING.values(), ids=NOTHING)
def test_nothing_there_is_no_data_and_no_fault(ask: Ask, yahoo: FakeYahoo, answers: dict[str, Any]):
    for module, answer in answers.items():
        yahoo.set_summary("BABA", module, answer)
    found = ask()
    assert (found.targets, found.actions, found.recommendations, found.dates) == (None, (), None, ())
    assert (found.faults, found.requests) == ({}, 6)


@pytest.mark.parametrize(
    "answer",
    ['{"quoteSummary": {"resu', "null", EMPTY % "7", '{"quoteSummary": {"result": null, "error": null}}',
     '{"quoteSummary": {"result": null, "error": {"code": "Internal Server Error"}}}'],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_a_fault_of_each_part(ask: Ask, yahoo: FakeYahoo, answer: str):
    for module in MODULES:
        yahoo.set_summary("BABA", module, answer)
    found = ask()
    assert (found.faults, found.requests) == (fails(FaultKind.UNREADABLE), 6)


def test_rows_of_an_unknown_shape_are_a_fault_and_a_calendar_with_prints_is_none(ask: Ask, yahoo: FakeYahoo):
    yahoo.set_summary("BABA", "upgradeDowngradeHistory", {"history": [{"when": 1}]})
    calendar = {"earnings": {"earningsDate": [{"raw": 1763586000, "fmt": "x"}]}, "exDividendDate": {}}
    yahoo.set_summary("BABA", "calendarEvents", calendar)
    found = ask()
    assert (found.faults, found.dates) == ({Part.ACTIONS: FaultKind.UNREADABLE}, (EARNINGS,))


@pytest.mark.parametrize(("fault", "most", "missing"), [(None, 4, 2), (None, 0, 4), ("consent", 3, 4), (401, 4, 4)])
def test_no_more_requests_are_sent_than_allowed(
    ask: Ask, yahoo: FakeYahoo, fault: Fault | None, most: int, missing: int
):
    if fault:
        yahoo.fail_with(fault, where="summary")
    found = ask(most=most)
    assert (found.requests, list(found.faults)) == (most, list(Part)[-missing:])


# From here on with the real child process, or another program in its place.


@pytest.fixture
def led(yahoo: FakeYahoo, monkeypatch: pytest.MonkeyPatch) -> FakeYahoo:
    for name, value in yahoo.environment.items():
        monkeypatch.setenv(name, value)
    return yahoo


def instead(folder: Path, script: str, deadline_s: float = 20) -> YahooResearch:
    return YahooResearch(folder / "cache", deadline_s, ("sh", "-c", script))


async def look(research: YahooResearch, parts: Sequence[Part] = tuple(Part)) -> Researched:
    return await research.research(BABA, ZONE, parts, 8, NOW)


def is_gone(pid: int) -> bool:
    """Whether nothing is left of it, not even an exit code that nobody took."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_the_child_starts_anywhere_and_what_lies_there_is_not_run(
    led: FakeYahoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "json.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Pacific/Honolulu")
    found = await look(YahooResearch(Path("cache")))
    assert (found.targets, found.dates, found.faults, found.requests) == (TARGETS, (EARNINGS, EX_DIVIDEND), {}, 6)
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert capfd.readouterr() == ("", "")


async def test_a_poll_goes_on_while_the_research_hangs_and_closing_ends_it(led: FakeYahoo, cache_dir: Path):
    led.set_bars("BABA", [(NOW - 60, 188.0, 188.0, 188.0, 188.0, 1)])
    led.fail_with("hang", where="summary")
    feed = YahooFeed({"BABA": lambda at: Session.REGULAR}, {"BABA": ZONE}, cache_dir)
    research = YahooResearch(cache_dir)
    looking = asyncio.create_task(look(research))
    assert await asyncio.to_thread(led.wait_for_summaries, 1)
    assert (await feed.fetch(BABA, None, NOW)).bars
    assert not looking.done()
    research.close()
    feed.close()
    assert (await looking).faults == fails(FaultKind.UNREADABLE)


async def test_at_the_deadline_the_child_is_killed_and_reaped_and_what_it_had_said_counts(tmp_path: Path):
    said = told(Part.TARGETS, TARGETS)
    script = f"""echo '{{"requests": '$$'}}'; echo '{said}'; echo oops >&2; exec sleep 60"""
    found = await asyncio.wait_for(look(instead(tmp_path, script, deadline_s=1)), 15)
    assert found.targets == TARGETS
    assert found.faults == dict.fromkeys(tuple(Part)[1:], FaultKind.TIMEOUT)
    assert is_gone(found.requests)


async def test_a_child_that_has_answered_every_part_is_not_waited_for_and_may_have_much_to_say(tmp_path: Path):
    many = tuple(RatingAction("M" * 80, at, "main", "B" * 40, "H" * 40) for at in range(400))
    answers = (told(Part.ACTIONS, many), *(told(part, None) for part in Part if part is not Part.ACTIONS))
    (tmp_path / "answers").write_text("\n".join(answers) + "\n")
    research = instead(tmp_path, f"cat {tmp_path}/answers; exec sleep 60")
    found = await asyncio.wait_for(look(research), 15)
    assert (found.actions, found.faults) == (many, {})


async def test_a_research_that_is_cancelled_leaves_no_child(tmp_path: Path):
    script = f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 60"
    looking = asyncio.create_task(look(instead(tmp_path, script)))
    for _ in range(1000):
        if (tmp_path / "pid").exists():
            break
        await asyncio.sleep(0.01)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    "script",
    ["exit 3", "echo garbage", "kill -9 $$", "head -c 3000000 /dev/zero", """echo '{"part": "dates"}'""", "exec <&-"],
)
async def test_a_child_that_dies_or_talks_nonsense_is_a_fault_of_every_part(
    tmp_path: Path, script: str, capfd: pytest.CaptureFixture[str]
):
    assert (await look(instead(tmp_path, f"echo oops >&2; {script}"))).faults == fails(FaultKind.UNREADABLE)
    assert capfd.readouterr() == ("", "")


async def test_a_child_that_cannot_be_started_is_a_fault_of_every_part(tmp_path: Path):
    research = YahooResearch(tmp_path, program=[str(tmp_path / "missing")])
    assert (await look(research)).faults == fails(FaultKind.UNREADABLE)


async def test_no_secret_reaches_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("TELEGRAM_TOKEN", "telegram_token_file", "TARGETWATCH_HEALTH__PING_URL"):
        monkeypatch.setenv(name, "123:secret")
    found = await look(instead(tmp_path, """echo '{"requests": '$((1 + $(env | grep -c :secret)))'}'"""))
    assert found.requests == 1


async def test_the_parts_asked_for_go_to_the_child_in_their_order_and_for_none_there_is_no_child(tmp_path: Path):
    research = instead(tmp_path, f"cat > {tmp_path}/asked")
    assert (await look(research, [])).faults == {}
    assert not (tmp_path / "asked").exists()
    await look(research, [Part.DATES, Part.ACTIONS])
    assert json.loads((tmp_path / "asked").read_text())["parts"] == [Part.ACTIONS, Part.DATES]


async def test_once_closed_it_starts_no_child(tmp_path: Path):
    research = instead(tmp_path, f"touch {tmp_path}/started")
    research.close()
    research.close()
    assert (await look(research)).faults == fails(FaultKind.UNREADABLE)
    assert not (tmp_path / "started").exists()
