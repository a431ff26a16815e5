"""A few days lived through quickly; `make soak` takes weeks, and a look a minute."""

from pathlib import Path

import pytest

from bot.store.backups import damage
from tests.soak import Reading, readings


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Reading]]:
    folder = tmp_path_factory.mktemp("soak")
    return folder, list(readings(folder, days=3, quick=True))


def test_after_its_first_day_the_daemon_grows_no_more(lived: tuple[Path, list[Reading]]) -> None:
    _, (_, first, *_, last) = lived
    assert last.memory_kb < first.memory_kb * 1.05
    assert (last.handles, last.threads) == (first.handles, first.threads)


def test_the_database_grows_as_computed_and_stays_whole(lived: tuple[Path, list[Reading]]) -> None:
    folder, days = lived
    assert days[-1].told > days[0].told > 0
    assert days[-1].database_bytes < 1.3 * days[-1].computed_bytes + 300_000
    assert damage(folder / "t.db") is None


def test_old_minutes_go_and_a_day_of_copies_is_kept(lived: tuple[Path, list[Reading]]) -> None:
    _, days = lived
    assert {(one.backups, one.oldest_minute_days) for one in days} == {(24, 30)}
