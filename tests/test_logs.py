import json
import logging
import subprocess
import sys

import pytest

from bot.logs import JsonFormatter, RedactingFormatter

TOKEN = "8123456789:" + "AbC-d_0" * 5  # never whole in the source: secret scanners would stumble
ODD_SECRET = "short/secret"
QUOTED_SECRET = 'say "hush" é'


def shown(message: str, *args: object, error: BaseException | None = None, form: type = RedactingFormatter) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("bot.jobs", logging.WARNING, "x.py", 1, message, args, exc_info)
    record.created = 1759411865.25
    said: str = form([ODD_SECRET, QUOTED_SECRET]).format(record)
    return said


def fields(message: str, *args: object, error: BaseException | None = None) -> dict[str, object]:
    """What the one line of an event says in JSON."""
    (line,) = shown(message, *args, error=error, form=JsonFormatter).splitlines()
    found: dict[str, object] = json.loads(line)
    return found


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        f"The token `{TOKEN}` was rejected",
        f"bot{TOKEN.replace(':', '%3A')}",
        f"bot{TOKEN.replace(':', '%3a')}",
        f"two: {TOKEN}, {TOKEN}",
        f"said {ODD_SECRET} and short%2Fsecret",
        f"said {QUOTED_SECRET}",
    ],
)
@pytest.mark.parametrize("form", [RedactingFormatter, JsonFormatter])
def test_no_secret_reaches_a_line(text: str, form: type) -> None:
    for event in ((text,), ("%s", text), ("url=%s", text), ("one %s", text, "too many")):
        line = shown(*event, form=form)
        assert "[redacted]" in line
        assert not any(secret in line for secret in (TOKEN[-35:], ODD_SECRET, "short%2Fsecret", "hush"))


@pytest.mark.parametrize("text", ["at 12:30:45", "id 123456789:ok", "1759411865:190.75", "#7 BABA above 192.00"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert text in shown(text)


def failed() -> Exception:
    try:
        try:
            raise OSError(f"https://api.telegram.org/bot{TOKEN}/getMe")
        except OSError as error:
            raise ValueError(f"no {ODD_SECRET}") from error
    except ValueError as error:
        return error


@pytest.mark.parametrize("form", [RedactingFormatter, JsonFormatter])
def test_no_secret_reaches_a_traceback(form: type) -> None:
    text = shown("failed", error=failed(), form=form)
    assert "Traceback" in text
    assert text.count("[redacted]") >= 2
    assert TOKEN not in text
    assert ODD_SECRET not in text


def test_a_line_begins_with_the_time_in_utc() -> None:
    assert shown("sent %d", 3) == "2025-10-02T13:31:05.250Z WARNING bot.jobs: sent 3"


def test_an_event_is_one_line_whatever_its_values_hold() -> None:
    assert shown("%s", "a\r\n2025-10-02T13:31:05Z ERROR forged").endswith(r"a\r\n2025-10-02T13:31:05Z ERROR forged")


# A JSON object a line


def test_an_event_in_json_has_its_constant_text_and_its_values_by_name() -> None:
    assert fields("poll failed symbol=%s fault=%s, %s tries=%d", "BABA", "timeout", "again", 3) == {
        "time": "2025-10-02T13:31:05.250Z",
        "level": "WARNING",
        "logger": "bot.jobs",
        "event": "poll failed symbol=%s fault=%s, %s tries=%d",
        "message": "poll failed symbol=BABA fault=timeout, again tries=3",
        "symbol": "BABA",
        "fault": "timeout",
        "tries": 3,
    }


def test_no_value_takes_the_place_of_what_every_event_has() -> None:
    assert fields("level=%s 100%% message=%s", "x", "y")["level"] == "WARNING"


def test_a_traceback_in_json_is_one_string() -> None:
    assert str(fields("failed", error=failed())["exception"]).startswith("Traceback (most recent call last):\n")


def test_other_handlers_get_the_record_as_it_was() -> None:
    record = logging.LogRecord("bot", logging.INFO, "x.py", 1, "sent %d", (3,), None)
    RedactingFormatter().format(record)
    assert (record.msg, record.args) == ("sent %d", (3,))


SET_UP = "import logging, threading, warnings; from bot.logs import set_up; set_up({level!r}, ['hush'], {form!r}); "


def printed(program: str, level: str = "info", form: str = "text") -> list[str]:
    """What a program of its own writes to standard error; set_up changes a whole process."""
    code = SET_UP.format(level=level, form=form) + program
    return subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=20
    ).stderr.splitlines()


def test_talkative_libraries_are_heard_from_warning_on() -> None:
    names = (
        "httpx",
        "httpcore.http11",
        "telegram.Bot",
        "apscheduler.scheduler",
        "yfinance",
        "peewee",
        "bot.jobs",
    )
    lines = printed(f"[logging.getLogger(n).info('hello') for n in {names}]", level="debug")
    assert [line.split()[2] for line in lines] == ["bot.jobs:"]


def test_libraries_are_not_louder_than_the_program() -> None:
    assert printed("[logging.getLogger(n).warning('hello') for n in ('httpx', 'bot')]", level="error") == []


def test_an_answer_that_cannot_be_parsed_is_not_printed() -> None:
    assert printed("logging.getLogger('telegram.request.BaseRequest').error('people said hush')") == []


@pytest.mark.parametrize(
    "program",
    [
        "raise ValueError('hush')",
        "warnings.warn('hush')",
        "set_up('info', ['hush'], {form!r}); logging.error('hush')",
        "threading.Thread(target=lambda: int('hush')).start()",
        "type('X', (), {{'__del__': lambda self: int('hush')}})()",
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_whatever_a_program_complains_of_is_redacted_and_said_once(program: str, form: str) -> None:
    lines = printed(program.format(form=form), form=form)
    assert sum("[redacted]" in line for line in lines) == 1
    assert not any("hush" in line for line in lines)
    assert form == "text" or all(json.loads(line)["level"] for line in lines)


def test_an_unknown_level_is_refused() -> None:
    assert "ValueError" in "".join(printed("", level="loud"))
