"""Empty databases, quickly: the tables are made once a process, and everybody gets a copy of the file."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store import Store, open_store

_IN_MEMORY = Path("/dev/shm")
"""Where there is one, no commit waits for a disk; that each is synced to it is proven over one (`test_crash`)."""

_KEPT: list[TemporaryDirectory[str]] = []
"""Folders that last as long as the process."""


def new_store(path: Path) -> Store:
    """An empty database at this path, opened as the program opens its own."""
    shutil.copyfile(_template(), path)
    path.chmod(0o600)
    return open_store(path)


@contextmanager
def passing_store() -> Iterator[Store]:
    """An empty database for a moment, for the many examples of one test."""
    place = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    with TemporaryDirectory(dir=place) as folder, closing(new_store(Path(folder) / "t.db")) as store:
        yield store


@cache
def _template() -> Path:
    _KEPT.append(TemporaryDirectory())
    made = Path(_KEPT[-1].name) / "template.db"
    open_store(made).close()
    return made
