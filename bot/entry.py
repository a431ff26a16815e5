"""What the commands of the program share: settings, database, output and the codes they exit with."""

import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import click

from bot import logs

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store import Store

log = logging.getLogger(__name__)

FAILED, BAD_CONFIGURATION, ALREADY_RUNNING = 1, 2, 3

_LEAST_SECRET = 8


def write(parts: Iterable[str]) -> None:
    """To standard output, for as long as somebody reads it, and a thousand parts at a time."""
    rest = iter(parts)
    try:
        while block := "".join(islice(rest, 1000)):
            click.echo(block, nl=False)
    except BrokenPipeError:
        hush()


def hush() -> None:
    """Whoever read this has seen enough; Python would complain once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def recorded(settings: "Settings") -> "Iterator[Store | None]":
    """The database where there is one; none is made."""
    if not settings.storage.path.exists():
        yield None
        return
    with opened(settings) as store:
        yield store


def settings_of(config: Path | None, exit_code: int = BAD_CONFIGURATION) -> "Settings":
    """The settings; with mistakes in them the program ends, telling each. From then on no traceback tells a secret."""
    from bot.settings import ConfigurationError, load

    try:
        settings = load(config, os.environ)
    except ConfigurationError as error:
        count = len(error.mistakes)
        end(f"✗ The configuration has {count} mistake{'s' if count > 1 else ''}:\n{error}", exit_code)
    logs.set_up("ERROR", secrets_of(settings))
    return settings


def secrets_of(settings: "Settings") -> list[str]:
    """What no line of a log may hold: the token, and the address of the dead man's switch with its path by itself."""
    kept = [secret.get_secret_value() for secret in (settings.telegram.token, settings.health.ping_url) if secret]
    path = urlsplit(kept[-1]).path.strip("/") if settings.health.ping_url else ""
    return [*kept, path] if len(path) >= _LEAST_SECRET else kept


@contextmanager
def opened(settings: "Settings", exit_code: int = BAD_CONFIGURATION) -> "Iterator[Store]":
    """The database, for as long as a command needs it; one that cannot be used ends the program with a sentence."""
    import sqlite3

    from bot.store import open_store
    from bot.store.errors import StoreError, unusable

    try:
        with closing(open_store(settings.storage.path)) as store:
            yield store
    except StoreError as error:
        end(str(error), exit_code)
    except (OSError, sqlite3.Error) as error:
        end(str(unusable(settings.storage.path, error)), exit_code)


def end_on_sigterm() -> None:
    """Until the daemon has its own: as the first process of a container, SIGTERM is ignored without one."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def end(why: str, code: int) -> NoReturn:
    """Say why on standard error, in the form of the log, and exit."""
    if logs.is_json():
        log.error("ended: %s", why)
    else:
        click.echo(why, err=True)
    sys.exit(code)
