"""How fast a messenger is written to, whatever happens to the messages."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.pace import BURST, CHAT_SPACING_S, GROUP_SPACING_S, PER_SECOND, Pace

PERSON, GROUP = 7, -1007
A_TICK = 1e-6

sends = st.lists(
    st.tuples(
        st.integers(-20, 60).filter(bool),
        st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 1.0, 5.0]),
        st.sampled_from(["accepted", "accepted", "accepted", "unclear", "slow down"]),
    ),
    min_size=30,
    max_size=150,
)


def play(script: list[tuple[int, float, str]], jitter: float = 0.0) -> list[tuple[int, float]]:
    """(chat, moment) of sends that are each made as early as the pace allows."""
    pace, now, made = Pace(lambda: jitter), 1000.0, []
    for chat_id, idle_s, end in script:
        now = max(now + idle_s, pace.free_at(chat_id))
        pace.note_sent(chat_id, now)
        made.append((chat_id, now))
        if end == "unclear":
            pace.back_off(chat_id, now)
        elif end == "slow down":
            pace.hold(now, 3.0)
        else:
            pace.note_accepted(chat_id)
    return made


@given(st.lists(st.sampled_from([*[0.0] * 9, 0.01, 0.3, 1.0]), min_size=60, max_size=150))
def test_no_second_sees_more_messages_than_the_limit(idle_s: list[float]) -> None:
    moments = [at for _, at in play([(chat_id, idle, "accepted") for chat_id, idle in enumerate(idle_s, 1)])]
    assert all(later - first >= 1 - A_TICK for first, later in zip(moments, moments[PER_SECOND:], strict=False))


@given(sends, st.floats(0, 1))
def test_a_chat_is_never_written_to_faster_than_it_may(script: list[tuple[int, float, str]], jitter: float) -> None:
    moments = defaultdict(list)
    for chat_id, at in play(script, jitter):
        moments[chat_id].append(at)
    for chat_id, times in moments.items():
        spacing_s = GROUP_SPACING_S if chat_id < 0 else CHAT_SPACING_S
        assert all(later - first >= spacing_s - A_TICK for first, later in pairwise(times))


def test_the_limits_are_below_what_telegram_allows() -> None:
    assert PER_SECOND < 30
    assert CHAT_SPACING_S >= 1
    assert 60 / GROUP_SPACING_S <= 20


def test_a_hold_is_for_everybody_and_the_longest_counts() -> None:
    pace = Pace()
    pace.hold(100.0, 30.0)
    pace.hold(101.0, 5.0)
    pace.hold(102.0, None)
    assert [pace.free_at(chat) for chat in (PERSON, GROUP)] == [130.1, 130.1]


def test_a_wait_that_is_not_named_lasts_some_seconds() -> None:
    pace = Pace()
    pace.hold(100.0, None)
    assert pace.reply_at(PERSON) == 105.1


def test_a_burst_of_replies_keeps_an_alert_waiting_no_longer_than_one() -> None:
    pace = Pace()
    for _ in range(BURST):
        assert pace.reply_at(PERSON) <= 1000.0
        pace.note_sent(PERSON, 1000.0)
    assert (pace.free_at(PERSON), pace.reply_at(PERSON)) == (1001.0, 1001.0)


def test_a_backoff_keeps_what_is_owed_and_no_reply() -> None:
    pace = Pace(jitter=lambda: 0.5)
    for _ in range(6):
        pace.back_off(PERSON, 1000.0)
    assert (pace.free_at(PERSON), pace.reply_at(PERSON)) == (1032.0, 0.0)


@pytest.mark.parametrize(("failures", "wait_s"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (2000, 60)])
def test_each_failure_doubles_the_wait_up_to_a_minute(failures: int, wait_s: float) -> None:
    pace = Pace(jitter=lambda: 0.5)
    for _ in range(failures):
        pace.back_off(PERSON, 1000.0)
    assert pace.free_at(PERSON) == 1000.0 + wait_s


@pytest.mark.parametrize(("chat_id", "spacing_s"), [(PERSON, CHAT_SPACING_S), (GROUP, GROUP_SPACING_S)])
def test_a_failure_never_shortens_the_spacing(chat_id: int, spacing_s: float) -> None:
    pace = Pace(jitter=lambda: 0.0)
    pace.note_sent(chat_id, 1000.0)
    pace.back_off(chat_id, 1000.0)
    assert pace.free_at(chat_id) == 1000.0 + spacing_s


def test_an_accepted_message_ends_the_backoff() -> None:
    pace = Pace(jitter=lambda: 0.5)
    for _ in range(5):
        pace.back_off(PERSON, 1000.0)
    pace.note_accepted(PERSON)
    pace.back_off(PERSON, 2000.0)
    assert pace.free_at(PERSON) == 2001.0


def test_the_first_failure_and_the_first_success_after_it_are_news() -> None:
    pace = Pace()
    assert [pace.back_off(PERSON, 1000.0) for _ in range(3)] == [True, False, False]
    assert [pace.note_accepted(PERSON) for _ in range(2)] == [True, False]
    assert pace.free_at(PERSON) == 0.0


def test_one_chat_backing_off_leaves_the_others_free() -> None:
    pace = Pace()
    pace.back_off(PERSON, 1000.0)
    assert pace.free_at(GROUP) <= 1000.0
