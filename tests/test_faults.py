"""An hour in which Telegram answers as it likes: nothing lost, nothing repeated unmarked, no wait broken."""

import pytest

from bot.jobs.deliver import Deliver
from tests.crash.controls import WAYS
from tests.crash.faults import Report, lived, owed

SEED = 4


async def test_an_hour_of_faults_loses_nothing_and_repeats_nothing_without_a_mark() -> None:
    report = await lived(Deliver, SEED)
    assert report.repeated > 20, "the hour was too mild to prove anything"
    assert report == Report(len(owed(SEED)), 0, report.repeated, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("way", "seen_by"), [("mark, then send", {"lost", "violated"}), ("send, then mark", {"unmarked"})]
)
async def test_the_hour_tells_the_usual_ways_of_delivery_from_ours(way: str, seen_by: set[str]) -> None:
    report = await lived(WAYS[way], SEED, seconds=1200)
    broken = ("lost", "unmarked", "violated", "disordered", "too_fast")
    assert {name for name in broken if getattr(report, name)} == seen_by
