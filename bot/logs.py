"""What the program writes to standard error: one event a line, never a secret.

Owns levels, form and redaction. Never decides what is worth a line.
"""

import logging
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

# A leading \b would miss the token in "/bot123456:AA…", where a letter goes before it.
_BOT_TOKEN = re.compile(r"(?<!\d)\d{6,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)
_REDACTED = "[redacted]"

_TALKATIVE = ("apscheduler", "asyncio", "httpcore", "httpx", "matplotlib", "peewee", "telegram", "yfinance")
"""Libraries heard from WARNING on; httpx at INFO would print every address with the token in it."""

_LEAKS_CHAT_TEXT = "telegram.request"
"""Prints the whole of an answer it cannot parse, people's words included; the fault is reported anyway."""

_REPEATS_ITSELF = "yfinance"
"""Warns at every poll of what the feed maps to a fault of its own, which is logged once."""


def set_up(level: str, secrets: Sequence[str] = ()) -> None:
    """Log from `level` ("INFO") on to standard error, with `secrets` and all bot tokens blotted out.

    Replaces what was set up before. Warnings and the traceback that ends the program go the same
    way. Raises ValueError for an unknown level.
    """
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(level=level.upper(), handlers=[to_stderr], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger(_LEAKS_CHAT_TEXT).setLevel(logging.CRITICAL)
    logging.getLogger(_REPEATS_ITSELF).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    sys.excepthook = _log_the_end


class RedactingFormatter(logging.Formatter):
    """`2025-10-02T13:31:05.250Z WARNING bot.jobs.deliver: text`, a traceback in the lines below."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = _spellings(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The whole record, exception text included, without secrets."""
        return self._redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """The event on one line: a line break within a value must not look like the next event."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """ISO 8601, UTC, milliseconds."""
        at = datetime.fromtimestamp(record.created, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return _BOT_TOKEN.sub(_REDACTED, text)


def _spellings(secrets: Sequence[str]) -> list[str]:
    """Each secret as it is and as an address may spell it, the longest first; empty ones left out."""
    known = {secret for secret in secrets if secret}
    return sorted(known | {quote(secret, safe="") for secret in known}, key=len, reverse=True)


def _log_the_end(kind: type[BaseException], error: BaseException, trace: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by an error nobody expected", exc_info=error)
