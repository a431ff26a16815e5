"""The plan of the house: who may import whom, and that every file of a kind is listed where it is found."""

import ast
import sys
from pathlib import Path

import pytest

from bot import commands
from bot.core import metrics

HOUSE = Path(__file__).parents[1] / "bot"
FILES = {path.relative_to(HOUSE).as_posix(): path for path in sorted(HOUSE.rglob("*.py"))}
OPEN_TO_ALL = (
    "app.py", "cli.py", "entry.py", "__main__.py", "doctor.py", "parts.py", "recovery.py", "restore.py", "rota.py",
    "demo/replay.py", "past/judging.py", "past/question.py",
)  # fmt: skip
EDGES = {
    "store/": {"sqlite_utils", "sqlite3"},
    "feeds/": {"yfinance", "curl_cffi", "pandas"},
    "chats/": {"telegram", "httpx"},
    "charts/": {"matplotlib"},
    "exchange.py": {"exchange_calendars", "pandas"},
    "settings/": {"pydantic", "pydantic_core", "pydantic_settings"},
    "jobs/schedule.py": {"apscheduler"},
    "liveness/ping.py": {"httpx"},
}


def imported(path: Path) -> set[str]:
    """Every module the file imports, wherever in it, as a dotted name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def outside(names: set[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in names}
    return tops - {"bot", "sqlite3"} - set(sys.stdlib_module_names)


def rooms(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("bot.")} - {"__version__"}


def of(folder: str) -> list[str]:
    return [name for name in FILES if name.startswith(folder)]


@pytest.mark.parametrize("name", of("core/"))
def test_the_core_imports_the_standard_library_and_itself(name: str) -> None:
    names = imported(FILES[name])
    assert (outside(names), rooms(names) - {"core"}) == (set(), set())


@pytest.mark.parametrize("name", of("core/"))
def test_the_core_reads_no_clock_no_file_and_no_network(name: str) -> None:
    tops = {top.partition(".")[0] for top in imported(FILES[name])}
    assert not tops & {"time", "os", "pathlib", "socket", "urllib", "asyncio", "random", "sqlite3", "logging"}


@pytest.mark.parametrize("name", [name for edge in EDGES for name in of(edge)])
def test_an_edge_imports_the_core_its_own_kind_and_one_library(name: str) -> None:
    edge = next(edge for edge in EDGES if name.startswith(edge))
    names = imported(FILES[name])
    own = edge.rstrip("/").removesuffix(".py").partition("/")[0]
    allowed = {"core", own} | ({"exchange"} if own == "settings" else set())
    assert (outside(names) - EDGES[edge], rooms(names) - allowed) == (set(), set())


@pytest.mark.parametrize("name", of("jobs/") + of("commands/") + of("liveness/"))
def test_what_runs_and_what_answers_is_handed_the_edges_and_knows_their_protocols_alone(name: str) -> None:
    names = imported(FILES[name])
    assert outside(names) <= EDGES.get(name, set())
    assert rooms(names) <= {"core", "store", "feeds", "chats", "jobs", "commands", name.partition("/")[0]}
    concrete = {n for n in names if n.startswith(("bot.feeds.", "bot.chats.")) and n.split(".")[2][0].islower()}
    assert concrete == set()


def test_only_the_roots_import_everything() -> None:
    others = [name for name in FILES if name not in OPEN_TO_ALL and "/" not in name and name != "__init__.py"]
    assert others == ["exchange.py", "logs.py", "threads.py"]


def test_every_command_file_is_listed() -> None:
    files = {Path(name).stem for name in of("commands/")} - {"__init__", "desk", "making", "spans"}
    assert {command.NAME for command in commands.COMMANDS} == files


def test_every_metric_file_is_listed() -> None:
    files = {Path(name).stem for name in of("core/metrics/")} - {"__init__"}
    assert {metric.name for metric in metrics.METRICS} == files


def test_every_folder_of_the_house_is_on_the_map() -> None:
    import bot

    rooms_there = {name.partition("/")[0].removesuffix(".py") for name in FILES} - {"__init__", "__main__"}
    missing = [room for room in rooms_there if f"`{room}" not in (bot.__doc__ or "")]
    assert missing == []


@pytest.mark.parametrize("name", list(FILES))
def test_every_module_says_what_it_owns(name: str) -> None:
    assert ast.get_docstring(ast.parse(FILES[name].read_text(encoding="utf-8")))


def test_sql_is_spoken_in_one_room_only() -> None:
    speaking = [name for name, path in FILES.items() if ".execute(" in path.read_text(encoding="utf-8")]
    assert [name for name in speaking if not name.startswith("store/")] == []
