"""The dead man's switch: asked while all is well, and only then; never in the way, never in the log."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.doctor import _switch
from bot.feeds import FaultKind, FeedError
from bot.jobs.watchlist import Watchlist
from bot.liveness.ping import Ping
from bot.parts import watched_stocks
from bot.rota import Rota
from bot.settings import load
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.desk import NOW
from tests.fakes.feed import ScriptedFeed, answer, minute
from tests.fakes.jobs import jobs
from tests.fakes.switch import SECRET, FakeSwitch
from tests.fakes.telegram import FakeTelegram

NIGHT = NOW + 12 * 3600
FAILURE = FeedError("BABA", FaultKind.TIMEOUT)
GOOD = answer(minute(NOW - 60, 158.2), reference=158.2)


@pytest.fixture
def switch(telegram: FakeTelegram) -> Iterator[FakeSwitch]:
    """Reached without the proxies of the machine, as the loopback Telegram is."""
    with FakeSwitch() as fake:
        yield fake


@pytest.fixture
async def ping(switch: FakeSwitch) -> AsyncIterator[Ping]:
    made = Ping(switch.address, ssl.create_default_context(), timeout_s=2)
    yield made
    made.stop()


async def answered(ping: Ping) -> None:
    """Until the request under way, if any, has ended."""
    if ping.under_way is not None:
        await asyncio.wait([ping.under_way])


async def test_it_is_asked_at_its_address_redirects_followed(ping: Ping, switch: FakeSwitch) -> None:
    switch.status = 302
    ping.ask(NOW)
    await answered(ping)
    assert switch.asked == [f"/{SECRET}", f"/moved/{SECRET}"]


async def test_it_is_asked_through_the_proxy_of_the_environment(
    switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", switch.address.removesuffix(f"/{SECRET}"))
    ping = Ping(f"http://switch.invalid/{SECRET}", ssl.create_default_context(), timeout_s=2)
    ping.ask(NOW)
    await answered(ping)
    assert switch.asked == [f"http://switch.invalid/{SECRET}"]


async def test_one_that_hangs_delays_nothing_and_is_not_asked_a_second_time_meanwhile(
    ping: Ping, switch: FakeSwitch
) -> None:
    switch.hangs = True
    ping.ask(NOW)
    await asyncio.to_thread(switch.wait_for, 1)
    first = ping.under_way
    for now in range(NOW + 1, NOW + 5):
        ping.ask(now)
    assert (ping.under_way is first, len(switch.asked)) == (True, 1)


@pytest.mark.parametrize(("gap_s", "moments", "count"), [(0, [0, 1], 2), (15, [0, 14, 15], 2), (15, [0, -99], 2)])
async def test_it_is_asked_no_more_often_than_wanted_and_a_clock_set_back_ends_the_wait(
    ping: Ping, switch: FakeSwitch, gap_s: int, moments: list[int], count: int
) -> None:
    for moment in moments:
        ping.ask(NOW + moment, gap_s)
        await answered(ping)
    assert len(switch.asked) == count


async def test_one_that_wants_patience_gets_a_minute_of_it(ping: Ping, switch: FakeSwitch) -> None:
    switch.status = 429
    for moment in (0, 30, 60):
        ping.ask(NOW + moment)
        await answered(ping)
    assert len(switch.asked) == 2


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "switch"])
async def test_a_failure_is_logged_once_a_stretch_and_its_address_never(
    switch: FakeSwitch, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    switch.status = 500
    whole = switch.address if address == "switch" else address + SECRET
    ping = Ping(whole, ssl.create_default_context(), timeout_s=2)
    for now in (NOW, NOW + 1):
        ping.ask(now)
        await answered(ping)
    own = [record for record in caplog.records if record.name == "bot.liveness.ping"]
    assert [record.levelno for record in own] == [logging.WARNING]
    assert SECRET not in "".join(record.getMessage() for record in own)


# When


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def rota(store: Store, tmp_path: Path, clock: Clock, ping: Ping, *script: object) -> Rota:
    feed = ScriptedFeed(*script)  # type: ignore[arg-type]
    (watched,) = watched_stocks(load(None, {"TARGETWATCH_STORAGE__PATH": str(tmp_path / "t.db")}), NOW)
    watchlist = Watchlist(store, [watched], lambda code: watched.hours, clock)
    return Rota(store, replace(jobs(store, feed, clock), ping=ping), watchlist, 30, clock)


async def test_it_is_asked_after_every_good_poll_and_after_no_other(
    store: Store, tmp_path: Path, clock: Clock, ping: Ping, switch: FakeSwitch
) -> None:
    made = rota(store, tmp_path, clock, ping, GOOD, GOOD, FAILURE, FAILURE, GOOD)
    asked = []
    for _ in range(5):
        await made._look_at("BABA")()
        await answered(ping)
        asked.append(len(switch.asked))
        clock.now += 30
    assert asked == [1, 2, 2, 2, 3]


@pytest.mark.parametrize(
    ("at", "failures", "ailment", "count"),
    [
        (NOW, 0, "", 1),
        (NOW, 1, "", 0),  # a session is open, and its prices stay away
        (NIGHT, 0, "", 1),
        (NIGHT, 1, "", 1),  # nothing is due at night, and the last look may have failed
        (NIGHT, 0, "backup_fault", 0),
    ],
)
async def test_between_polls_the_heartbeat_asks_it_while_the_daemon_is_well(
    store: Store, tmp_path: Path, clock: Clock, ping: Ping, switch: FakeSwitch,
    at: int, failures: int, ailment: str, count: int,
) -> None:  # fmt: skip
    made = rota(store, tmp_path, clock, ping, GOOD)
    store.history.note_feed(replace(store.history.feed("BABA"), polled_at=at, good_at=at, failures=failures))
    store.remember("backup_fault", ailment)
    for clock.now in (at, at + 15, at + 225):
        await made._beat()
        await answered(ping)
    assert len(switch.asked) == count


async def test_a_good_poll_of_a_daemon_that_is_unwell_asks_nothing(
    store: Store, tmp_path: Path, clock: Clock, ping: Ping, switch: FakeSwitch
) -> None:
    store.remember("ailment", "The outbox does not move.")
    await rota(store, tmp_path, clock, ping, GOOD)._look_at("BABA")()
    await answered(ping)
    assert switch.asked == []


@pytest.mark.parametrize(
    ("status", "said"),
    [(200, "✓ dead man's switch: it answers"), (404, "✗ dead man's switch: it answers with status 404; check health")],
)
def test_the_doctor_asks_it_once(switch: FakeSwitch, status: int, said: str) -> None:
    switch.status = status
    settings = load(None, {"TARGETWATCH_HEALTH__PING_URL": switch.address})
    assert str(_switch(settings, NOW)).startswith(said)
    assert len(switch.asked) == 1


def test_the_doctor_does_not_print_an_address_that_does_not_answer() -> None:
    settings = load(None, {"TARGETWATCH_HEALTH__PING_URL": f"http://127.0.0.1:1/{SECRET}"})
    assert str(_switch(settings, NOW)).startswith("✗ dead man's switch: no answer; check health.ping_url")
