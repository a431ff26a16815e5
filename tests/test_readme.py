"""What the README says is so: its tables against the code, its alert and its count against the demo."""

import re
from pathlib import Path

import click
import pytest

from bot import commands
from bot.cli import main
from bot.settings import Settings, load
from tests.fakes.nursery import program

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The rows below a heading by the text of their first cell, without back-ticks."""
    part = README.partition(f"# {heading}\n")[2].partition("\n#")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in rows[2:]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    shown = program(["demo", "--speed", "0"], tmp_path_factory.mktemp("demo"), {})
    assert (shown.returncode, shown.stderr) == (0, "")
    return shown.stdout


def test_the_alert_it_begins_with_is_one_the_demo_sends(demo: str) -> None:
    alert = README.split("```")[1].removeprefix("text\n")
    assert alert in demo


def test_the_demo_s_count_of_messages_is_the_one_quoted(demo: str) -> None:
    counted = re.search(r"That was all: (\d+) messages.*?have sent (\d+) .*?as well, (\d+)\.", demo, re.DOTALL)
    quoted = re.search(r"targetwatch sends (\d+) messages;.*?lines sends (\d+), one.*?low (\d+)\.", README, re.DOTALL)
    assert counted
    assert quoted
    assert counted.groups() == quoted.groups() == ("5", "21", "40")


def test_every_chat_command_is_in_its_table_with_the_menu_s_words() -> None:
    assert {name: row[0] for name, row in table("Chat commands").items()} == {
        f"/{name}": summary for name, summary in commands.menu()
    }


def test_every_command_of_the_program_is_in_its_table() -> None:
    assert isinstance(main, click.Group)
    assert {name.split()[1] for name in table("The program")} == set(main.commands)


def test_every_setting_is_in_its_table_with_its_default() -> None:
    expected = {}
    for section, field in Settings.model_fields.items():
        for key, inner in getattr(field.annotation, "model_fields", {}).items():
            expected[f"{section}.{inner.alias or key}"] = inner.default
    rows = table("Settings")
    assert set(rows) - {"watch.<SYMBOL>"} == set(expected)
    spelt = {
        "stale_after": lambda value: f"{value // 60}m",
        "keep_minute_bars": lambda value: f"{value // 86_400}d",
        "sessions": lambda value: str(list(value)).replace("'", '"'),
    }
    for key, default in expected.items():
        if key in rows:
            written = spelt.get(key.partition(".")[2], str)(default) if default is not None else "none"
            assert rows[key][0].strip("`") == written.replace("()", "[]"), key


def test_every_link_to_a_file_leads_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_example_of_another_stock_is_a_configuration_without_a_mistake(tmp_path: Path) -> None:
    example = tmp_path / "example.toml"
    example.write_text(README.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert [stock.symbol for stock in load(example, {}).stocks] == ["NVDA"]
