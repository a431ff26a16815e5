"""One daemon a database: a lock beside the file that the system lifts when the process ends, however."""

import fcntl
import os
from pathlib import Path
from types import TracebackType


class AlreadyRunningError(Exception):
    """Another daemon holds this database."""


class Lock:
    """Held from entering to leaving. Raises AlreadyRunningError, or OSError where no file can be made."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def __enter__(self) -> "Lock":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close()
            raise AlreadyRunningError from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_held(database: Path) -> bool:
    """Whether a daemon runs on this database right now."""
    try:
        with Lock(database):
            return False
    except AlreadyRunningError:
        return True
