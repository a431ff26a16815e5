"""What nearly every test needs: a real database, a clock that stands where it is put, a loopback Telegram."""

import logging
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from bot.commands.desk import Desk
from bot.store import Store
from tests.fakes.desk import Keyboard, furnished
from tests.fakes.house import new_store
from tests.fakes.opinions import AFTER, DAY, act, hear
from tests.fakes.research import said
from tests.fakes.telegram import FakeTelegram
from tests.leaks import LogTrap, leaking, leaking_files

# How long one example takes says something of the machine, nothing of the rule.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test fails that lets the token out onto standard output or error, subprocesses included."""
    report = yield
    printed = [text for name, text in report.sections if "log" not in name]
    if found := leaking(printed, "standard output or error"):
        report.outcome, report.longrepr = "failed", f"the token got out: {found}"
    return report


@pytest.fixture(autouse=True)
def nothing_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test fails that lets the token out into a log or into any file it leaves behind."""
    trap, root = LogTrap(), logging.getLogger()
    root.addHandler(trap)
    yield
    root.removeHandler(trap)
    folder = request.node.funcargs.get("tmp_path")
    assert [*trap.leaks, *(leaking_files(folder) if folder else ())] == []


@dataclass(slots=True)
class Clock:
    """Epoch seconds, or any other seconds, that pass only where a test says so."""

    now: float

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database of its own."""
    opened = new_store(tmp_path / "t.db")
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk with BABA at 158.20, the shipped levels and a served user."""
    return furnished(store)


@pytest.fixture
def heard(desk: Desk) -> Desk:
    """The same that has heard of one old action of an analyst already, so that all further ones are news."""
    hear(desk.store, said(None, act("Benchmark", at=AFTER - 400 * DAY, rating="Buy")), AFTER)
    return desk


@pytest.fixture
def say(desk: Desk) -> Keyboard:
    """Types and taps as that user."""
    return Keyboard(desk)


@pytest.fixture
def own_logs() -> Iterator[None]:
    """A command of the program sets up the log of the whole process, which other tests listen to as well."""
    loggers = [logging.getLogger(name) for name in (None, *logging.Logger.manager.loggerDict)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    for name in logging.Logger.manager.loggerDict:
        logging.getLogger(name).setLevel(logging.NOTSET)
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(False)


@contextmanager
def full_disk(store: Store, change: str) -> Iterator[None]:
    """SQLite's own "database or disk is full" at every such change: "insert on alerts", …"""
    store.db.conn.execute("create table if not exists ballast (dead_weight)")
    store.db.conn.execute("pragma max_page_count = 1")  # SQLite takes it for: no more than now
    store.db.conn.execute(
        f"create temp trigger growth after {change} begin insert into ballast values (zeroblob(100000)); end"
    )
    yield
    store.db.conn.execute("drop trigger growth")
    store.db.conn.execute("pragma max_page_count = 1000000")


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTelegram]:
    """A loopback Telegram, reached without the proxies of the machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with FakeTelegram() as server:
        yield server


@pytest.fixture(scope="session")
def cache_dir() -> Iterator[Path]:
    """One for all feeds: yfinance keeps to the first folder that a process gives it."""
    with TemporaryDirectory() as folder:
        yield Path(folder)
