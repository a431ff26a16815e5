"""What systemd is told, and the unit by which it starts the daemon."""

import re
import shutil
import socket
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli
from bot.app import Exit
from bot.entry import ALREADY_RUNNING, BAD_CONFIGURATION
from bot.liveness import sentry, systemd, watchdog
from bot.settings import load
from tests.fakes.daemon import ROOT, Daemon
from tests.fakes.yahoo import FakeYahoo

UNIT = ROOT / "targetwatch.service"


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    """Where systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(20)
        yield listener


@pytest.mark.parametrize("name", ["@targetwatch-test-{}", "{}/notify"])
def test_a_state_is_one_datagram_to_the_socket_that_is_named(heard: socket.socket, tmp_path: Path, name: str) -> None:
    address = name.format(tmp_path)
    heard.bind(address.replace("@", "\0"))
    assert systemd.notify(systemd.READY, systemd.status("all\nwell"), environment={"NOTIFY_SOCKET": address})
    assert heard.recv(1000) == b"READY=1\nSTATUS=all well"


@pytest.mark.parametrize("address", [None, "", "vsock:2:1234", "/nowhere/at/all", "@nobody-listens-here"])
def test_where_nobody_listens_nothing_happens(address: str | None) -> None:
    assert not systemd.notify(systemd.READY, environment={"NOTIFY_SOCKET": address} if address is not None else {})


def test_the_daemon_is_ready_without_telegram_says_that_it_lives_and_that_it_stops(
    heard: socket.socket, tmp_path: Path
) -> None:
    heard.bind(f"\0{tmp_path}")
    unreachable = {
        "TELEGRAM_TOKEN": "123456:" + "a" * 35, "TARGETWATCH_TELEGRAM__BASE_URL": "http://127.0.0.1:1/bot",
    }  # fmt: skip
    with FakeYahoo() as yahoo:
        daemon = Daemon(tmp_path, yahoo, None, NOTIFY_SOCKET=f"@{tmp_path}", **unreachable).launch()
        try:
            told = [heard.recv(1000).decode() for _ in range(2)]
            code, _ = daemon.stop()
            told.append(heard.recv(1000).decode())
        finally:
            daemon.kill()
    assert sorted(set(told)) == ["READY=1", "STOPPING=1", "WATCHDOG=1\nSTATUS=all well"], daemon.said()
    assert (told[-1], code) == ("STOPPING=1", 0)


def unit() -> dict[str, list[str]]:
    """The values of every key; systemd lets some be given more than once."""
    values: dict[str, list[str]] = defaultdict(list)
    for key, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE):
        values[key].append(value)
    return values


def test_the_unit_starts_a_command_that_there_is() -> None:
    (start,) = unit()["ExecStart"]
    program, command = start.split()
    assert (Path(program).name, command in cli.main.commands) == ("targetwatch", True)


def test_the_unit_starts_again_what_a_start_can_mend_and_nothing_else() -> None:
    (never,) = unit()["RestartPreventExitStatus"]
    assert {int(code) for code in never.split()} == {BAD_CONFIGURATION, Exit.TOKEN_REJECTED}
    assert {ALREADY_RUNNING, Exit.STUCK, sentry.STUCK} == {3, 1}
    assert unit()["Restart"] == ["on-failure"]


def test_the_unit_leaves_the_daemon_time_for_several_signs_of_life() -> None:
    (patience_s,) = unit()["WatchdogSec"]
    assert (unit()["Type"], int(patience_s) >= 10 * watchdog.EVERY_S) == (["notify"], True)


def test_the_settings_in_the_unit_are_settings_and_lie_where_the_daemon_may_write(tmp_path: Path) -> None:
    given = dict(line.split("=", 1) for line in unit()["Environment"])
    settings = load(None, {name: value for name, value in given.items() if name.startswith("TARGETWATCH_ST")})
    assert settings.storage.path.parent == Path("/var/lib") / unit()["StateDirectory"][0]
    assert Path(given["TARGETWATCH_CONFIG"]).parent == Path("/etc") / unit()["ConfigurationDirectory"][0]
    assert given["TELEGRAM_TOKEN_FILE"] == f"%d/{unit()['LoadCredential'][0].split(':')[0]}"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_understands_the_unit_and_finds_little_exposed(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE))
    verified = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", copy], capture_output=True, check=False
    )
    assert rated.returncode == 0, rated.stdout.decode()
