"""The program's commands where they need no daemon: versions, mistakes, exits."""

import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import __version__
from bot.cli import main
from bot.doctor import _calendar
from bot.liveness.health import begin
from bot.settings import load
from bot.store import open_store
from bot.store.lock import Lock
from tests.fakes.nursery import program

NOON = 1_759_420_800  # in New York, on Thursday, 2 October 2025
UNREACHABLE = '[telegram]\nbase_url = "http://127.0.0.1:1/bot"\n'


@pytest.fixture
def invoke(own_logs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Invoke":
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_TOKEN", "TELEGRAM_TOKEN_FILE", "TARGETWATCH_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return Invoke(tmp_path)


class Invoke:
    """Runs a command in an empty folder, where `config.toml` may be written first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, toml: str | None = None) -> Result:
        config = self.folder / "config.toml"
        if toml is not None:
            config.write_text(toml, encoding="utf-8")
            arguments = ("--config", str(config), *arguments)
        return CliRunner().invoke(main, arguments)


def test_the_version_is_said(invoke: Invoke) -> None:
    assert invoke("--version").output == f"targetwatch, version {__version__}\n"


def test_every_command_is_in_the_help_with_a_line_of_its_own(invoke: Invoke) -> None:
    said = invoke("--help").output
    assert [name for name in main.commands if f"\n  {name} " not in said] == []


def test_version_and_help_load_no_heavy_library() -> None:
    heavy = "{'yfinance', 'pandas', 'telegram', 'exchange_calendars', 'sqlite_utils', 'pydantic', 'apscheduler'}"
    code = f"import bot.cli, sys; sys.exit(','.join({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr.strip() == ""
    )


@pytest.mark.parametrize("command", ["run", "pair", "backup x.db"])
def test_a_bad_configuration_exits_2_with_every_mistake(invoke: Invoke, command: str) -> None:
    result = invoke(*command.split(), toml='[schedule]\npoll_seconds = 0\nsessions = ["night"]\n')
    assert result.exit_code == 2
    assert "2 mistakes" in result.stderr
    assert "schedule.poll_seconds" in result.stderr
    assert "night" in result.stderr


@pytest.mark.parametrize("command", ["doctor", "health"])
def test_doctor_and_health_count_a_bad_configuration_as_a_failure(invoke: Invoke, command: str) -> None:
    assert invoke(command, toml="[schedule]\npoll_seconds = 0\n").exit_code == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abvoe 192", 'did you mean "BABA above 192'),
        ("above nobody", "such as"),
        ("", "a list of"),
        ("above -5", "above zero"),
    ],
)
def test_a_configured_alert_that_cannot_be_read_is_a_mistake_with_its_key(invoke: Invoke, text: str, said: str) -> None:
    toml = f'[watch.BABA]\nlevels = []\nalerts = ["above 1", "{text}"]\n'
    result = invoke("run", toml=toml)
    assert (result.exit_code, "watch.BABA.alerts (entry 2)" in result.stderr) == (2, True), result.stderr


def test_a_database_that_is_none_exits_2_and_says_what_to_do(invoke: Invoke) -> None:
    (invoke.folder / "data").mkdir()
    (invoke.folder / "data" / "targetwatch.db").write_text("no database " * 100)
    result = invoke("pair")
    assert (result.exit_code, "storage.path" in result.stderr) == (2, True)


def test_health_counts_a_database_that_is_none_as_a_failure(invoke: Invoke) -> None:
    (invoke.folder / "data").mkdir()
    (invoke.folder / "data" / "targetwatch.db").write_text("no database " * 100)
    assert invoke("health").exit_code == 1


def test_a_database_that_another_program_holds_is_said_without_a_traceback(invoke: Invoke) -> None:
    invoke("pair")
    with closing(sqlite3.connect(invoke.folder / "data" / "targetwatch.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        result = invoke("pair")
    assert (result.exit_code, "database is locked" in result.stderr) == (2, True), result.stderr


def test_the_doctor_names_a_damaged_database_and_a_cache_that_cannot_be_made(invoke: Invoke) -> None:
    invoke("pair")
    database = invoke.folder / "data" / "targetwatch.db"
    whole = database.read_bytes()
    database.write_bytes(whole[:8192] + bytes(len(whole) - 8192))
    (invoke.folder / "data" / "yahoo-cache").write_text("")
    result = invoke("doctor", toml=UNREACHABLE)
    assert ("✗ database" in result.stdout, "✗ Yahoo: its cache" in result.stdout) == (True, True), result.output


def test_damage_in_a_corner_of_the_database_has_the_same_cure(invoke: Invoke) -> None:
    invoke("pair")
    database = invoke.folder / "data" / "targetwatch.db"
    database.write_bytes(database.read_bytes()[:-4096] + b"\1" * 4096)
    (invoke.folder / "data" / "yahoo-cache").write_text("")
    result = invoke("doctor", toml=UNREACHABLE)
    assert "stop targetwatch, then `targetwatch restore latest`" in result.stdout, result.output


def test_the_doctor_asks_the_daemon_and_says_what_is_watched_now(invoke: Invoke) -> None:
    invoke("pair")
    database = invoke.folder / "data" / "targetwatch.db"
    (invoke.folder / "data" / "yahoo-cache").write_text("")
    with closing(open_store(database)) as store, Lock(database):
        begin(store, "1", int(time.time()))
        store.remember("ailment", "Another program reads this bot's updates.")
        result = invoke("doctor", toml=f'{UNREACHABLE}[schedule]\nsessions = ["always"]\n')
    assert "✗ daemon: Another program reads this bot's updates." in result.stdout, result.output
    assert re.search(r"✓ calendar: XNYS: [a-z -]+, watched\n", result.stdout), result.output


@pytest.mark.parametrize(("chats", "warned"), [("[]", True), ("[7]", False)])
def test_the_doctor_says_when_nobody_would_be_told(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, chats: str, warned: bool
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "123456789:" + 35 * "x")
    (invoke.folder / "data").mkdir()
    (invoke.folder / "data" / "yahoo-cache").write_text("")
    result = invoke("doctor", toml=f"{UNREACHABLE}chats = {chats}\n")
    assert ("so nobody is told: `targetwatch pair`" in result.stdout) is warned, result.output


@pytest.mark.parametrize(
    ("now", "said"),
    [(NOON, "regular session, watched"), (NOON + 12 * 3600, "closed; watched next 04:00 New York")],
)
def test_the_doctor_names_the_next_session_only_where_none_is_watched_now(now: int, said: str) -> None:
    assert str(_calendar(load(None, {}), now)) == f"✓ calendar: XNYS: {said}"


def test_a_pairing_code_is_printed_once_and_stored_only_hashed(invoke: Invoke) -> None:
    said = invoke("pair").stdout
    code = said.split("/start ")[1].split()[0]
    stored = (invoke.folder / "data" / "targetwatch.db").read_bytes()
    assert len(code) == 10
    assert code.encode() not in stored


def test_health_without_a_database_says_so_and_makes_none(invoke: Invoke) -> None:
    result = invoke("health")
    assert (result.exit_code, (invoke.folder / "data").exists()) == (1, False)
    assert "has not run here" in result.stderr


def test_a_backup_over_an_existing_file_is_refused(invoke: Invoke) -> None:
    invoke("pair")
    (invoke.folder / "copy.db").write_text("precious")
    result = invoke("backup", "copy.db")
    assert (result.exit_code, (invoke.folder / "copy.db").read_text()) == (2, "precious")


def test_a_calendar_that_cannot_be_built_exits_2_without_a_traceback(invoke: Invoke) -> None:
    (invoke.folder / "own.toml").write_text('[watch.X]\nexchange = "ASEX"\nalerts = []\n')
    # In a process of its own: `run` sets up the log of the whole process.
    result = program(["--config", "own.toml", "run"], invoke.folder, {})
    assert (result.returncode, "ASEX" in result.stderr, "Traceback" in result.stderr) == (2, True, False), result.stderr


def test_an_unknown_command_says_so(invoke: Invoke) -> None:
    assert (invoke("poll").exit_code, "No such command 'poll'" in invoke("poll").stderr) == (2, True)
