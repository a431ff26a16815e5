"""targetwatch backtest and export, as they are typed."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Day
from bot.demo import BARS
from bot.exchange import Exchange
from bot.feeds.recorded import read_csv
from bot.jobs.make import make
from bot.jobs.watch import take_in
from bot.store import Store, open_store
from tests.fakes.feed import answer, minute
from tests.fakes.nursery import program
from tests.fakes.twice import CHAT, HOURS, OPEN, lived
from tests.fakes.yahoo import FakeYahoo
from tests.test_watch import BABA

HEADER = "at,open,high,low,close,volume"
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def elsewhere(own_logs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_TOKEN", "TELEGRAM_TOKEN_FILE", "TARGETWATCH_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def bars_file(*rows: tuple[str, float], name: str = "bars.csv") -> str:
    """A file of bars that stand at one price each."""
    lines = [HEADER, *(f"{at},{price},{price},{price},{price},1" for at, price in rows)]
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def judged(*arguments: str) -> list[tuple[str, float, float, str]]:
    result = invoke("backtest", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return [(row["at"], row["value"], row["threshold"], row["direction"]) for row in json.loads(result.stdout)]


DAILY = [
    ("2025-09-29T00:00:00Z", 188.0), ("2025-09-30T00:00:00Z", 193.0), ("2025-10-01T00:00:00Z", 189.0),
    ("2025-10-02T00:00:00Z", 195.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("BABA above 192", ["up 2025-09-30", "up 2025-10-02"]),
        ("BABA below 190", ["down 2025-10-01"]),
        ("BABA crosses 190", ["up 2025-09-30", "down 2025-10-01", "up 2025-10-02"]),
        ("BABA above 192 once", ["up 2025-09-30"]),
        ("above consensus", ["up 2025-09-30", "up 2025-10-02"]),
        ("above 230", []),
    ],
)
def test_a_file_of_days_is_judged(text: str, told: list[str]) -> None:
    rows = judged(text, "--bars", bars_file(*DAILY))
    assert [f"{direction} {at[:10]}" for at, _, _, direction in rows] == told
    assert all(at.endswith("T00:00:00Z") for at, *_ in rows)


def test_the_demo_s_bars_tell_what_the_demo_tells() -> None:
    wish, bars = Wish("BABA", Way.CROSSES, 190.0), read_csv(BARS, HOURS.session_at)
    (live,) = lived([wish], bars, list(range(1, len(bars) + 1)), [])
    rows = judged("BABA crosses 190", "--bars", str(BARS))
    assert [(value, direction) for _, value, _, direction in rows] == [(value, way) for _, way, _, value, _ in live]
    assert [at for at, *_ in rows] == [
        "2025-10-02T13:30:00Z", "2025-10-02T13:55:00Z", "2025-10-03T16:15:00Z", "2025-10-03T17:45:00Z",
    ]  # fmt: skip


def test_what_lies_before_since_is_known_and_not_told() -> None:
    found = judged("BABA crosses 190", "--bars", bars_file(*DAILY), "--since", "2025-10-01")
    assert [(at[:10], direction) for at, _, _, direction in found] == [("2025-10-02", "up")]


def test_any_stock_may_be_named_with_bars_of_its_own() -> None:
    assert len(judged("NVDA above 192", "--bars", bars_file(*DAILY))) == 2


def test_the_text_names_time_line_and_how_often_and_what_it_was_judged_on() -> None:
    said = invoke("backtest", "crosses", "190", "--bars", str(BARS)).stdout.splitlines()
    assert said[0] == "2025-10-02 09:30 ↑ 190.00 at 191.37"
    assert said[-1].startswith("BABA crosses 190.00 · in these bars: 4 times, last 2025-10-03 · judged on 2 days")


BAD: list[tuple[Sequence[str], str]] = [
    (["abvoe 192"], 'did you mean above: "BABA above 192.00"?'),
    (["above -5"], "above zero"),
    (["foo 192", "--bars", "bars.csv"], "could not read"),
    (["NVDA above 192"], "NVDA is not watched"),
    (["above 192", "--since", "soon"], '--since: "soon" is not a date'),
    (["above 192", "--bars", "none.csv"], "none.csv: cannot be read (no such file or directory)"),
    (["above 192", "--bars", "."], "cannot be read"),
    (["above 192", "--bars", "other.csv"], f"other.csv: line 1, header: expected {HEADER}, found date,open"),
    (["above 192", "--bars", "empty.csv"], "empty.csv: holds no bars"),
    (["above 192", "--bars", "bad.csv"], "bad.csv: line 2, column open: 'x' is not a number"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=lambda value: str(value)[:40])
def test_what_cannot_be_read_exits_2_with_one_clear_line(arguments: Sequence[str], said: str) -> None:
    bars_file(*DAILY)
    Path("other.csv").write_text("date,open,high,low,close,volume,dividend\n2025-10-02,1,1,1,1,1,0\n")
    Path("empty.csv").write_text(f"{HEADER}\n")
    Path("bad.csv").write_text(f"{HEADER}\n2025-10-02T13:30:00Z,x,1,1,1,1\n")
    result = invoke("backtest", *arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr
    assert said in result.stderr


def filled(*days: tuple[date, float]) -> Store:
    """The database at the usual place, with days on which nothing moved."""
    store = open_store(Path("data/targetwatch.db"))
    store.history.add_days("BABA", [Day(day, price, price, price, price) for day, price in days])
    return store


def recent_sessions(count: int) -> list[date]:
    today = datetime.now(UTC).date()
    hours = Exchange("XNYS", int(datetime.now(UTC).timestamp()))
    noons = (datetime(*(today - timedelta(back)).timetuple()[:3], 17, tzinfo=UTC) for back in range(2, 60))
    return sorted([noon.date() for noon in noons if hours.session_at(int(noon.timestamp())) == "regular"][:count])


def test_recorded_days_are_judged_without_a_file() -> None:
    first, second = recent_sessions(2)
    filled((first, 180.0), (second, 193.0)).close()
    ((at, *rest),) = judged("above 192")
    assert (at[:10], rest) == (second.isoformat(), [193.0, 192.0, "up"])


def test_days_are_downloaded_where_none_are_recorded_and_nothing_is_left_behind(tmp_path: Path) -> None:
    first, second = recent_sessions(2)
    opens = [int(datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC).timestamp()) for day in (first, second)]
    with FakeYahoo() as yahoo:
        yahoo.push_price("BABA", 193.0)
        yahoo.set_days(
            "BABA", [(at, price, price, price, price, 1) for at, price in zip(opens, (180, 193), strict=True)]
        )
        # In a fresh process, which shows what is printed by an import.
        result = subprocess.run(
            [sys.executable, "-m", "bot", "backtest", "above 192"], capture_output=True, text=True, check=False,
            timeout=50, env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path / "home"), **yahoo.environment},
        )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{second} ↑ 192.00 at 193.00\n")
    assert not Path("data").exists()


def test_a_source_that_cannot_be_reached_is_one_line_and_exit_1(tmp_path: Path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "HOME": str(tmp_path / "home")}
    result = program(["backtest", "above 192"], tmp_path, nowhere)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1), result.stderr
    assert "Yahoo gave no days of it" in result.stderr


def test_a_reader_who_has_seen_enough_ends_it_quietly() -> None:
    command = f'"{sys.executable}" -m bot backtest crosses 190 --bars "{BARS}" | head -c 1'
    result = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, timeout=50,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert (result.stdout, result.stderr) == ("2", "")


@pytest.fixture
def told() -> None:
    """A database in which an alert of one chat has told."""
    store = filled()
    store.chats.add(CHAT, "private", "paired", CHAT, OPEN - 600)
    make(store, Wish("BABA", Way.ABOVE, 190.0), CHAT, HOURS, "chat", OPEN - 600)
    take_in(store, BABA, answer(minute(OPEN, 188.5), minute(OPEN + 60, 190.5), reference=188.0), OPEN + 120)
    store.close()


@pytest.mark.parametrize(
    ("what", "rows", "column", "value"),
    [
        ("bars", 2, "at", "2025-10-02T13:31:00Z"),
        ("crossings", 1, "at", "2025-10-02T13:31:00Z"),
        ("alerts", 1, "created_at", "2025-10-02T13:20:00Z"),
    ],
)
@pytest.mark.usefixtures("told")
def test_history_is_exported_as_csv_and_json(what: str, rows: int, column: str, value: str) -> None:
    table = list(csv.DictReader(io.StringIO(invoke("export", what).stdout)))
    listed = json.loads(invoke("export", what, "--format", "json").stdout)
    assert (len(table), len(listed), table[-1][column], listed[-1][column]) == (rows, rows, value, value)
    assert list(table[0]) == list(listed[0])


def test_an_export_of_nothing_is_a_header_or_an_empty_list() -> None:
    filled().close()
    assert invoke("export", "bars").stdout == "symbol,at,open,high,low,close,volume,session,width_s\n"
    assert json.loads(invoke("export", "crossings", "--format", "json").stdout) == []


def test_an_export_without_a_database_exits_2_and_makes_none() -> None:
    result = invoke("export", "bars")
    assert (result.exit_code, Path("data").exists(), "nothing to export" in result.stderr) == (2, False, True)
