"""Sees whether the token of the loopback Telegram gets out: into logs, files, arguments, chats."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.logs import RedactingFormatter
from tests.fakes.telegram import TOKEN

SECRET = TOKEN.partition(":")[2]
"""However the colon before it is spelt."""


class LogTrap(logging.Handler):
    """Notes every event in which the token can be read: libraries' after redaction, the program's own before it."""

    def __init__(self) -> None:
        super().__init__()
        self.leaks: list[str] = []
        self._bare, self._redacting = logging.Formatter(), RedactingFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        own = record.name.partition(".")[0] == "bot"
        if SECRET in (self._bare if own else self._redacting).format(record):
            self.leaks.append(f"log of {record.name}: {record.msg}")


def leaking_files(folder: Path) -> Iterator[str]:
    """Files that hold the token: logs, databases with their journals, caches, copies; a token's own file may."""
    for path in folder.rglob("*"):
        if path.is_file() and "token" not in path.name and SECRET.encode() in path.read_bytes():
            yield f"file {path.name}"


def leaking(texts: Iterable[str], where: str) -> list[str]:
    """`where`, once, if the token can be read in one of the texts."""
    return [where] if any(SECRET in text for text in texts) else []


def arguments_of(process_id: int) -> str:
    """What everybody on the machine can read of how a process was started."""
    return Path(f"/proc/{process_id}/cmdline").read_bytes().decode(errors="replace")
