"""The program: `targetwatch` and its commands. Heavy parts are imported by the command that needs them."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot import __version__

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store import Store

FAILED, BAD_CONFIGURATION, ALREADY_RUNNING = 1, 2, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="targetwatch")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration file [default: config/targetwatch.toml, else what is shipped: BABA].",
)
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Watches a stock against its analysts and tells you on Telegram when a line is reached.

    Try it without any set-up: targetwatch demo. No investment advice.
    """
    context.obj = config


@main.command()
@click.option(
    "--log-level",
    default="INFO",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
    help="How much to log to standard error.",
)
@click.pass_obj
def run(config: Path | None, log_level: str) -> None:
    """Poll, compare, record, alert and answer, until SIGTERM or Ctrl-C.

    \b
    Exits 0 stopped cleanly, 2 bad configuration or database, 3 another instance
    holds this database, 4 Telegram rejects the token.
    """  # noqa: D301  (click reads this \b as: keep the lines as they are)
    # Until the daemon has its own: as the first process of a container, SIGTERM is ignored without one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from bot import logs
    from bot.store.lock import AlreadyRunningError, Lock

    settings = _settings(config)
    token = settings.telegram.token
    logs.set_up(log_level, [token.get_secret_value()] if token else [])
    _introduce(settings)
    try:
        with Lock(settings.storage.path):
            sys.exit(_run_daemon(settings))
    except AlreadyRunningError:
        _end(
            f"Another targetwatch runs on {settings.storage.path}; stop it first, or name another storage.path.",
            ALREADY_RUNNING,
        )
    except OSError as error:
        _end(
            f"{settings.storage.path} cannot be used ({(error.strerror or 'error').casefold()}); check storage.path.",
            BAD_CONFIGURATION,
        )


@main.command()
@click.option(
    "--speed",
    default=1.0,
    type=click.FloatRange(0, min_open=False),
    help="1 takes some ten seconds; 0 does not pause at all.",
)
def demo(speed: float) -> None:
    """Replay a real session (BABA, 2 and 3 October 2025) through the same pipeline, in this terminal.

    No token, no network, a temporary database.
    """
    from bot import logs
    from bot.demo.replay import replay

    logs.set_up("ERROR")
    try:
        replay(sys.stdout, speed)
    except BrokenPipeError:
        # Whoever read this has seen enough; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@main.command()
@click.pass_obj
def pair(config: Path | None) -> None:
    """Print a one-time code with which you claim the bot in Telegram (good for ten minutes)."""
    settings = _settings(config)
    with _opened(settings) as store:
        code, name = store.chats.new_code(int(time.time())), store.fact("bot_name")
    if settings.telegram.token is None:
        click.echo(
            "Note: no TELEGRAM_TOKEN is set here, so nobody reads Telegram until the daemon has one.",
            err=True,
        )
    if name and name != "terminal":
        click.echo(f"Open https://t.me/{name}?start={code}")
        click.echo(f"or send this to the bot: /start {code}")
    else:
        click.echo(f"Send this to your bot in a private chat: /start {code}")
    click.echo("It works once, within ten minutes, while the daemon runs.")


@main.command()
@click.pass_obj
def doctor(config: Path | None) -> None:
    """Check every part, and say the cure where one fails.

    Configuration, database, calendar, Telegram, Yahoo and clock, a line each.
    """
    from bot import logs
    from bot.doctor import examine

    logs.set_up("ERROR")
    sys.exit(0 if examine(_settings(config, exit_code=FAILED), click.echo) else FAILED)


@main.command()
@click.pass_obj
def health(config: Path | None) -> None:
    """Whether the daemon on this database is alive and its prices fresh: exit 0, else 1."""
    from bot.health import ailment

    settings = _settings(config, exit_code=FAILED)
    if not settings.storage.path.exists():
        _end(f"No database at {settings.storage.path}: targetwatch has not run here.", FAILED)
    with _opened(settings, exit_code=FAILED) as store:
        problem = ailment(settings.storage.path, store, int(time.time()))
    if problem is not None:
        _end(problem, FAILED)
    click.echo("well")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_obj
def backup(config: Path | None, path: Path) -> None:
    """Write a consistent copy of the database to PATH while the daemon runs."""
    settings = _settings(config)
    if not settings.storage.path.exists():
        _end(f"No database at {settings.storage.path}: there is nothing to copy.", BAD_CONFIGURATION)
    with _opened(settings) as store:
        store.back_up(path)
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def _settings(config: Path | None, exit_code: int = BAD_CONFIGURATION) -> "Settings":
    from bot.settings import ConfigurationError, load

    try:
        settings = load(config, os.environ)
    except ConfigurationError as error:
        count = len(error.mistakes)
        _end(f"✗ The configuration has {count} mistake{'s' if count > 1 else ''}:\n{error}", exit_code)
    return settings


@contextmanager
def _opened(settings: "Settings", exit_code: int = BAD_CONFIGURATION) -> "Iterator[Store]":
    """The database, for as long as a command needs it; one that cannot be used ends the program with a sentence."""
    import sqlite3

    from bot.store import StoreError, open_store, unusable

    try:
        with closing(open_store(settings.storage.path)) as store:
            yield store
    except StoreError as error:
        _end(str(error), exit_code)
    except (OSError, sqlite3.Error) as error:
        _end(str(unusable(settings.storage.path, error)), exit_code)


def _introduce(settings: "Settings") -> None:
    from bot.settings import warnings

    chat = "Telegram" if settings.telegram.token else "this terminal (no TELEGRAM_TOKEN)"
    stocks = ", ".join(stock.symbol for stock in settings.stocks)
    click.echo(f"targetwatch {__version__} watches {stocks} · settings: {settings.source} · chat: {chat}", err=True)
    for warning in warnings(settings):
        click.echo(f"Warning: {warning}", err=True)
    if settings.telegram.token is None and sys.stdin.isatty():
        click.echo("Type help, price, or a price such as 192; Ctrl-C stops.\n", err=True)


def _run_daemon(settings: "Settings") -> int:
    import asyncio

    from bot import app
    from bot.exchange import CalendarError

    with _opened(settings) as store:
        try:
            return int(asyncio.run(app.run(settings, store)))
        except (CalendarError, app.EnvironmentFaultError) as error:
            _end(str(error), BAD_CONFIGURATION)


def _end(why: str, code: int) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(code)
