"""The token reaches no log, whatever goes wrong with Telegram: in text and in JSON, at DEBUG, tracebacks included."""

import contextlib
import json
import logging
import sys
import traceback
from collections.abc import Awaitable, Sequence
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import telegram as library
from click.testing import CliRunner

from bot import logs
from bot.chats import SendError
from bot.chats.telegram_chat import TelegramChat
from bot.cli import main
from bot.core.message import Message
from bot.entry import secrets_of
from bot.settings import load
from tests.fakes.switch import SECRET as SWITCH_SECRET
from tests.fakes.telegram import (
    DROP,
    HANG,
    LOST,
    RESET,
    TOKEN,
    FakeTelegram,
    bad_request,
    conflict,
    forbidden,
    garbage,
    server_error,
    slow_down,
    unauthorized,
)
from tests.leaks import SECRET, LogTrap, leaking_files

ENDS = [
    DROP, HANG, LOST, RESET, bad_request("no"), conflict(), forbidden(), garbage(), garbage(status=502), server_error(),
    slow_down(1), unauthorized(401), unauthorized(404),
]  # fmt: skip
ELSEWHERE = {
    "nobody listens": "http://127.0.0.1:1/bot",
    "no TLS": "https://127.0.0.1:{port}/bot",
    "not HTTP": "ftp://127.0.0.1/bot",
    "no scheme": "bot",
    "token in the address": f"http://127.0.0.1:1/{TOKEN}/bot",
}


async def complain(calls: Sequence[Awaitable[object]]) -> None:
    """Log everything about each failure that Python can print, locals of its frames included."""
    for call in calls:
        try:
            await call
        except (SendError, ValueError, library.error.TelegramError, httpx.HTTPError, httpx.InvalidURL) as error:
            whole = traceback.TracebackException.from_exception(error, capture_locals=True)
            logging.getLogger("bot").exception("failed error=%r whole=%s", error, "".join(whole.format()))
            logging.getLogger("bot").error("failed cause=%r", error.__cause__)


def lines(capsys: pytest.CaptureFixture[str], form: str) -> list[str]:
    said = capsys.readouterr().err.splitlines()
    assert form == "text" or [json.loads(line)["level"] for line in said]
    return said


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_fault_of_telegram_tells_the_token(
    telegram: FakeTelegram, own_logs: None, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    logs.set_up("DEBUG", [TOKEN], form)
    for name in ("telegram", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # louder than the program lets them be
    chat = TelegramChat(TOKEN, telegram.base_url, timeout_s=0.2, poll_timeout_s=0)
    bot = library.Bot(TOKEN, telegram.base_url)
    await bot.initialize()
    for end in ENDS:
        telegram.script("getMe", end)
        telegram.script("sendMessage", end, end)
        telegram.script("getUpdates", end)
        await complain(
            [chat.connect(), chat.send(7, Message("x")), chat.receive(0), bot.send_message(7, "x", read_timeout=0.2)]
        )
    logging.getLogger("bot").error("who=%r", bot)
    await bot.shutdown()
    await chat.close()
    said = lines(capsys, form)
    assert len([line for line in said if "[redacted]" in line]) > len(ENDS)
    assert [line for line in said if SECRET in line] == []


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("where", ELSEWHERE)
async def test_no_address_that_cannot_be_used_tells_the_token(
    telegram: FakeTelegram, own_logs: None, capsys: pytest.CaptureFixture[str], where: str, form: str
) -> None:
    logs.set_up("DEBUG", [TOKEN], form)
    base_url = ELSEWHERE[where].format(port=telegram.port)
    chat = TelegramChat(TOKEN, base_url, timeout_s=0.5)
    bot = library.Bot(TOKEN, base_url)
    await complain([chat.connect(), chat.send(7, Message("x")), bot.get_me()])
    await chat.close()
    said = lines(capsys, form)
    assert said
    assert [line for line in said if SECRET in line] == []


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "http://user:pass@127.0.0.1:1", "nonsense://x"])
async def test_no_proxy_that_fails_tells_the_token(
    telegram: FakeTelegram, own_logs: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    proxy: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    logs.set_up("DEBUG", [TOKEN])
    with contextlib.suppress(ValueError):
        chat = TelegramChat(TOKEN, timeout_s=0.5)
        await complain([chat.connect(), chat.receive(0)])
    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize("spelt", [TOKEN, quote(TOKEN, safe=""), TOKEN.replace(":", "%3a")])
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_crash_of_the_whole_program_does_not_tell_it(
    own_logs: None, capsys: pytest.CaptureFixture[str], spelt: str, form: str
) -> None:
    logs.set_up("INFO", [], form)  # even where nobody said what the token is
    try:
        raise RuntimeError(f"https://api.telegram.org/bot{spelt}/getMe")
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    said = capsys.readouterr().err
    assert ("[redacted]" in said, SECRET in said) == (True, False)


def test_settings_tell_no_secret_however_they_are_printed(tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_text(f"{TOKEN}\n")
    environment = {"TELEGRAM_TOKEN_FILE": str(file), "TARGETWATCH_HEALTH__PING_URL": f"https://x.org/{SWITCH_SECRET}"}
    settings = load(None, environment)
    printed = f"{settings!r} {settings} {settings.model_dump()} {settings.telegram!r} {settings.model_dump_json()}"
    assert [secret for secret in (SECRET, SWITCH_SECRET) if secret in printed] == []
    assert {TOKEN, f"https://x.org/{SWITCH_SECRET}", SWITCH_SECRET} == set(secrets_of(settings))


@pytest.mark.parametrize(
    "command",
    [["health"], ["pair"], ["export", "bars"], ["backtest", "BABA above 1", "--bars", "none.csv"], ["doctor"]],
)
def test_no_command_tells_a_secret(
    own_logs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, telegram: FakeTelegram, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("TARGETWATCH_TELEGRAM__BASE_URL", telegram.base_url)
    monkeypatch.setenv("TARGETWATCH_HEALTH__PING_URL", f"http://127.0.0.1:1/{SWITCH_SECRET}")
    # A calendar that cannot be built: prices are not asked for, which would bind yfinance's cache to this folder.
    monkeypatch.setenv("TARGETWATCH_WATCH__BABA__EXCHANGE", "ASEX" if command == ["doctor"] else "XNYS")
    said = CliRunner().invoke(main, command)
    assert said.output
    (log,) = logging.getLogger().handlers
    assert isinstance(log.formatter, logs.RedactingFormatter)
    assert log.formatter.redact(f"{TOKEN} {SWITCH_SECRET}") == "[redacted] [redacted]"  # whatever it may come to log
    assert [secret for secret in (SECRET, SWITCH_SECRET) if secret in said.output + repr(said.exception)] == []


def test_a_mistake_in_a_secret_address_does_not_print_it(
    own_logs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARGETWATCH_HEALTH__PING_URL", f"ftp://x.org/{SWITCH_SECRET}")
    said = CliRunner().invoke(main, ["health"])
    assert ("health.ping_url" in said.output, SWITCH_SECRET in said.output) == (True, False)


# The traps that every test stands on


def test_the_trap_sees_what_the_program_logs_and_what_libraries_say_after_redaction() -> None:
    trap = LogTrap()
    for name in ("bot.x", "httpx"):
        trap.handle(logging.LogRecord(name, logging.INFO, "x.py", 1, "asked %s", (TOKEN,), None))
    assert trap.leaks == ["log of bot.x: asked %s"]


def test_the_trap_sees_files_in_any_folder_but_the_token_s_own(tmp_path: Path) -> None:
    with contextlib.ExitStack() as undone:
        for name in ("data/t.db-wal", "telegram-token"):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"\0" + TOKEN.encode())
            undone.callback(path.unlink)
        assert list(leaking_files(tmp_path)) == ["file t.db-wal"]
