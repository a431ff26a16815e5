"""The program: `targetwatch` and its commands. Heavy parts are imported by the command that needs them."""

import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import __version__
from bot.entry import (
    ALREADY_RUNNING,
    BAD_CONFIGURATION,
    FAILED,
    end,
    end_on_sigterm,
    hush,
    opened,
    recorded,
    secrets_of,
    settings_of,
    write,
)

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger(__name__)


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
@click.option(
    "--log-format",
    default="text",
    type=click.Choice(["text", "json"]),
    help="A line of text an event, or a JSON object.",
)
@click.pass_obj
def run(config: Path | None, log_level: str, log_format: str) -> None:
    """Poll, compare, record, alert and answer, until SIGTERM or Ctrl-C.

    \b
    Exits 0 stopped cleanly, 2 bad configuration or database, 3 another instance
    holds this database, 4 Telegram rejects the token.
    """  # noqa: D301  (click reads this \b as: keep the lines as they are)
    end_on_sigterm()
    from bot import logs
    from bot.store.lock import AlreadyRunningError, Lock

    settings = settings_of(config)
    logs.set_up(log_level, secrets_of(settings), log_format)
    _introduce(settings)
    try:
        with Lock(settings.storage.path):
            sys.exit(_run_daemon(settings))
    except AlreadyRunningError:
        end(
            f"Another targetwatch runs on {settings.storage.path}; stop it first, or name another storage.path.",
            ALREADY_RUNNING,
        )
    except OSError as error:
        end(
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
        hush()


@main.command()
@click.pass_obj
def pair(config: Path | None) -> None:
    """Print a one-time code with which you claim the bot in Telegram (good for ten minutes)."""
    settings = settings_of(config)
    with opened(settings) as store:
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

    Configuration, database, daemon, disk, backups, calendar, Telegram, Yahoo, dead man's switch and clock, a
    line each.
    """
    from bot.doctor import examine

    sys.exit(0 if examine(settings_of(config, exit_code=FAILED), click.echo) else FAILED)


@main.command()
@click.option("--format", "kind", default="text", type=click.Choice(["text", "json"]), help="How to write it.")
@click.pass_obj
def health(config: Path | None, kind: str) -> None:
    """Whether the daemon on this database is alive, its prices fresh and its messages sent: exit 0, else 1.

    The first line is "well", or on standard error what is wrong; what there is to know follows.
    """
    from bot.liveness import checkup

    settings = settings_of(config, exit_code=FAILED)
    if not settings.storage.path.exists():
        end(f"No database at {settings.storage.path}: targetwatch has not run here.", FAILED)
    with opened(settings, exit_code=FAILED) as store:
        now, symbols = int(time.time()), [stock.symbol for stock in settings.stocks]
        found = checkup.examine(settings.storage.path, store, symbols, now)
    for ailment in found.ailments:
        click.echo(ailment, err=True)
    lines = (
        [checkup.as_json(found)] if kind == "json" else ["well"] * (not found.ailments) + [*checkup.as_text(found, now)]
    )
    write(f"{line}\n" for line in lines)
    sys.exit(FAILED if found.ailments else 0)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_obj
def backup(config: Path | None, path: Path) -> None:
    """Write a consistent copy of the database to PATH while the daemon runs."""
    from bot.store.backups import copy

    settings = settings_of(config)
    if not settings.storage.path.exists():
        end(f"No database at {settings.storage.path}: there is nothing to copy.", BAD_CONFIGURATION)
    with opened(settings):
        copy(settings.storage.path, path)
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


@main.command()
@click.argument("copy", required=False)
@click.pass_obj
def restore(config: Path | None, copy: str | None) -> None:
    """Put a copy in the place of the database: latest, one of the list, or any file. Without COPY, list them.

    The daemon must be stopped. The database there is now is set aside, not deleted.
    """
    from bot.restore import listed, restored
    from bot.store.errors import StoreError
    from bot.store.lock import AlreadyRunningError

    database = settings_of(config).storage.path
    try:
        click.echo(listed(database) if copy is None else restored(database, copy))
    except StoreError as error:
        end(str(error), BAD_CONFIGURATION)
    except AlreadyRunningError:
        end(f"targetwatch runs on {database}; stop it first.", ALREADY_RUNNING)


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--since", metavar="DATE", help="The first day, such as 2025-01-01 [default: 12 months ago, or the file]."
)
@click.option(
    "--bars", type=click.Path(path_type=Path), help="Judge by this file alone: at,open,high,low,close,volume."
)
@click.option("--format", "kind", default="text", type=click.Choice(["text", "json"]), help="How to write the answer.")
@click.pass_obj
def backtest(config: Path | None, text: tuple[str, ...], since: str | None, bars: Path | None, kind: str) -> None:
    """How often an alert would have fired: backtest "BABA above 192".

    From the recorded bars, else from days that are downloaded for it, or from a file.
    """
    from bot.past import RefusedError, UnansweredError, question

    settings = settings_of(config)
    asked = question.Question(" ".join(text), since, bars, int(time.time()))
    try:
        with recorded(settings) as store:
            answer = question.answer(asked, settings, store)
    except RefusedError as error:
        end(str(error), BAD_CONFIGURATION)
    except UnansweredError as error:
        end(str(error), FAILED)
    write(question.as_json(answer) if kind == "json" else question.as_text(answer))


@main.command()
@click.argument("what", type=click.Choice(["bars", "crossings", "alerts"]))
@click.option("--format", "kind", default="csv", type=click.Choice(["csv", "json"]), help="How to write it.")
@click.pass_obj
def export(config: Path | None, what: str, kind: str) -> None:
    """Write the history to standard output, of all stocks and chats; times are UTC."""
    from bot.core.tables import FORMATS

    settings = settings_of(config)
    with recorded(settings) as store:
        if store is None:
            end(f"No database at {settings.storage.path}: there is nothing to export.", BAD_CONFIGURATION)
        write(FORMATS[kind](store.exports.kinds[what]()))


def _introduce(settings: "Settings") -> None:
    from bot import logs
    from bot.settings import warnings

    chat = "Telegram" if settings.telegram.token else "this terminal (no TELEGRAM_TOKEN)"
    stocks = ", ".join(stock.symbol for stock in settings.stocks)
    if logs.is_json():
        log.info("started version=%s stocks=%s settings=%s chat=%s", __version__, stocks, settings.source, chat)
        for warning in warnings(settings):
            log.warning("a setting is hardly meant so: %s", warning)
        return
    click.echo(f"targetwatch {__version__} watches {stocks} · settings: {settings.source} · chat: {chat}", err=True)
    for warning in warnings(settings):
        click.echo(f"Warning: {warning}", err=True)
    if settings.telegram.token is None and sys.stdin.isatty():
        click.echo("Type help, price, or a price such as 192; Ctrl-C stops.\n", err=True)


def _run_daemon(settings: "Settings") -> int:
    import asyncio

    from bot import app, recovery
    from bot.exchange import CalendarError
    from bot.parts import EnvironmentFaultError
    from bot.store.errors import StoreError

    try:
        return int(recovery.run(settings.storage.path, lambda store: asyncio.run(app.run(settings, store))))
    except (CalendarError, EnvironmentFaultError, StoreError) as error:
        end(str(error), BAD_CONFIGURATION)
