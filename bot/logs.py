"""What the program writes to standard error: one event a line, never a secret.

Owns levels, form and redaction. Never decides what is worth a line.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

# A leading \b would miss the token in "/bot123456:AA…", where a letter goes before it.
_BOT_TOKEN = re.compile(r"(?<!\d)\d{6,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)
_REDACTED = "[redacted]"

_TALKATIVE = ("apscheduler", "asyncio", "httpcore", "httpx", "matplotlib", "peewee", "telegram", "yfinance")
"""Libraries heard from WARNING on; httpx at INFO would print every address with the token in it."""

_LEAKS_CHAT_TEXT = "telegram.request"
"""Prints the whole of an answer it cannot parse, people's words included; the fault is reported anyway."""

_REPEAT_THEMSELVES = ("apscheduler", "yfinance")
"""Warn at every poll: of looks that wait for the one before, and of what the feed logs once as a fault of its own."""


def set_up(level: str, secrets: Sequence[str] = (), form: str = "text") -> None:
    """Log from `level` ("INFO") on to standard error, with `secrets` and all bot tokens blotted out.

    `form` is "text" or "json". Replaces what was set up before. Warnings and the traceback that ends
    the program or a thread go the same way. Raises ValueError for an unknown level.
    """
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(JsonFormatter(secrets) if form == "json" else RedactingFormatter(secrets))
    logging.basicConfig(level=level.upper(), handlers=[to_stderr], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger(_LEAKS_CHAT_TEXT).setLevel(logging.CRITICAL)
    for name in _REPEAT_THEMSELVES:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    sys.excepthook = _log_the_end
    threading.excepthook = _log_a_thread_s_end
    sys.unraisablehook = _log_the_unraisable


def is_json() -> bool:
    """Whether standard error is read by a program, a JSON object a line."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)


class RedactingFormatter(logging.Formatter):
    """`2025-10-02T13:31:05.250Z WARNING bot.jobs.deliver: text`, a traceback in the lines below."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = _spellings(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The whole record, exception text included, without secrets."""
        whole = copy(record)  # other handlers get the same record
        whole.msg, whole.args = _message(record), None
        return self.redact(super().format(whole))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """The event on one line: a line break within a value must not look like the next event."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """ISO 8601, UTC, milliseconds."""
        at = datetime.fromtimestamp(record.created, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def redact(self, text: str) -> str:
        """The text without secrets, however an address spells them."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return _BOT_TOKEN.sub(_REDACTED, text)


class JsonFormatter(RedactingFormatter):
    """One JSON object a line: time, level, logger, event (constant text), message, and the values under their names.

    The event "poll failed symbol=%s" has the message "poll failed symbol=BABA" and `"symbol": "BABA"`. A
    traceback is one string, `exception`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Redacted before it is encoded: a secret might look different in JSON."""
        head = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "event": str(record.msg),
            "message": _message(record),
        }
        error = {"exception": self.formatException(record.exc_info)} if record.exc_info else {}
        fields = head | error | {name: value for name, value in _values(record) if name not in head | error}
        return json.dumps({name: self._fit(value) for name, value in fields.items()})

    def _fit(self, value: object) -> object:
        return value if isinstance(value, int) else self.redact(str(value))


_PLACE = re.compile(r"(?:(\w+)=)?%[^%\s\w]*[sdrf.\d]*")


def _message(record: logging.LogRecord) -> str:
    """The event with its values. Where they do not fit, logging itself would print them as they are, secrets too."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"


def _values(record: logging.LogRecord) -> list[tuple[str, Any]]:
    """The values that the event's text names: symbol of "symbol=%s"."""
    args = record.args if isinstance(record.args, tuple) else ()
    places = _PLACE.findall(str(record.msg).replace("%%", ""))
    return [(name, value) for name, value in zip(places, args, strict=False) if name]


def _spellings(secrets: Sequence[str]) -> list[str]:
    """Each secret as it is and as an address may spell it, the longest first; empty ones left out.

    What follows the colon of a token is by itself as good as the whole: an address may be split there.
    """
    known = {secret for secret in secrets if secret}
    known |= {secret.partition(":")[2] for secret in known if _BOT_TOKEN.fullmatch(secret)}
    return sorted(known | {quote(secret, safe="") for secret in known}, key=len, reverse=True)


def _log_the_end(kind: type[BaseException], error: BaseException, trace: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by an error nobody expected", exc_info=error)


def _log_a_thread_s_end(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        logging.getLogger("bot").error("a thread was stopped by an error nobody expected", exc_info=ended.exc_value)


def _log_the_unraisable(ended: "sys.UnraisableHookArgs") -> None:
    logging.getLogger("bot").error("an error that nobody could take", exc_info=ended.exc_value)
