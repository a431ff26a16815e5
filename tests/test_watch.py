"""One poll from the source's answer to the outbox: rules 2, 3, 10, 13, 14 and 16."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import events
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session
from bot.core.screen import Rules
from bot.feeds import FaultKind, FeedError, Fetched
from bot.jobs.late import LATE_S
from bot.jobs.make import make
from bot.jobs.watch import Watch, Watched, take_in
from bot.liveness.health import beat
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.desk import new_york
from tests.fakes.feed import STOCK, ScriptedFeed, answer, answers, minute
from tests.fakes.house import passing_store

OPEN = 1759411800  # 2 October 2025, 09:30 New York
CHAT = 7
HOURS = new_york()
RULES = Rules(20, frozenset({Session.PRE, Session.REGULAR, Session.POST}))
BABA = Watched(STOCK, HOURS, RULES, stale_after_s=300)


@pytest.fixture
def watching(store: Store) -> Store:
    """A database with one chat that watches 190, 192 and 230."""
    store.chats.add(CHAT, "private", "paired", CHAT, OPEN - 600)
    for line in (190.0, 192.0, 230.0):
        make(store, Wish("BABA", Way.CROSSES, line), CHAT, HOURS, "chat", OPEN - 600)
    return store


async def play(store: Store, script: Sequence[Fetched | FeedError], start: int = OPEN, every_s: int = 60) -> None:
    """Poll once a minute through the script."""
    clock = Clock(start)
    watch = Watch(store, ScriptedFeed(*script), clock, jitter=lambda: 0.5)
    for _ in script:
        clock.now += every_s
        await watch.poll(BABA)


def owed(store: Store) -> list[events.Event]:
    return [one.event for one in store.outbox.due(2**40)] + _behind(store)


def _behind(store: Store) -> list[events.Event]:
    """`due` shows the first message of a chat; take it away and look again."""
    first = store.outbox.due(2**40)
    if not first:
        return []
    store.outbox.sent(first[0], 1, 0)
    return owed(store)


def tellings(store: Store) -> list[events.Told]:
    return [told for event in owed(store) if isinstance(event, events.Crossed) for told in event.told]


def lines(store: Store) -> list[tuple[float, str]]:
    """(threshold, direction) of every crossing owed, in order."""
    return [(told.threshold, told.direction.value) for told in tellings(store)]


async def test_a_rise_tells_each_line_once_and_nothing_beyond_it(watching: Store) -> None:
    await play(watching, answers(188.5, 190.5, 193.0, start=OPEN))
    assert lines(watching) == [(190.0, "up"), (192.0, "up")]


async def test_a_price_exactly_on_the_level_counts_once(watching: Store) -> None:
    await play(watching, answers(191.0, 192.0, 192.0, 192.0, start=OPEN))
    assert lines(watching) == [(192.0, "up")]


async def test_noise_around_the_line_for_sixty_polls_is_told_once(watching: Store) -> None:
    await play(watching, answers(191.5, *[191.9, 192.1] * 30, start=OPEN))
    assert lines(watching) == [(192.0, "up")]


async def test_a_spike_between_two_polls_is_not_missed(watching: Store) -> None:
    await play(
        watching,
        [
            answer(minute(OPEN, 188.5), reference=188.0),
            answer(minute(OPEN, 188.5), minute(OPEN + 60, 189.0, high=190.4)),
        ],
    )
    assert lines(watching) == [(190.0, "up")]


async def test_a_spike_that_comes_late_in_a_minute_already_seen_is_not_missed(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0), answer(minute(OPEN, 188.5, high=190.0))])
    assert lines(watching) == [(190.0, "up")]


async def test_a_spike_that_the_source_takes_back_and_shows_again_is_told_once(watching: Store) -> None:
    spiked, calm = answer(minute(OPEN, 191.0, high=194.0)), answer(minute(OPEN, 191.0))
    await play(watching, [answer(minute(OPEN, 191.0), reference=188.0), spiked, calm, spiked, calm, spiked])
    assert lines(watching) == [(192.0, "up"), (192.0, "down")]


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (replace(minute(OPEN, 195.0, low=191.0), close=191.0), minute(OPEN, 195.0)),  # shows less of the minute
        (replace(minute(OPEN, 195.0, low=191.0), close=191.0), replace(minute(OPEN, 195.0, low=191.0), volume=50)),
    ],
)
async def test_an_older_form_of_the_last_minute_is_no_move_there_and_back(
    watching: Store, newer: Bar, older: Bar
) -> None:
    """One of its servers lags behind: 195 was before 191, not after it."""
    await play(watching, [answer(minute(OPEN - 60, 195.0), minute(OPEN, 195.0), reference=195.0)])
    await play(watching, [answer(form) for form in [newer, older] * 3])
    assert lines(watching) == [(192.0, "down")]


async def test_an_alert_made_on_a_weekend_before_any_price_tells_the_gap_on_monday(store: Store) -> None:
    friday, saturday, monday = OPEN + 86_400, OPEN + 2 * 86_400, OPEN + 4 * 86_400
    store.chats.add(CHAT, "private", "paired", CHAT, saturday)
    make(store, Wish("BABA", Way.CROSSES, 192.0), CHAT, HOURS, "chat", saturday)
    take_in(store, BABA, answer(minute(friday, 188.5), reference=188.0), saturday + 2)
    take_in(store, BABA, answer(minute(friday, 188.5), minute(monday, 195.0)), monday + 30)
    assert lines(store) == [(192.0, "up")]


async def test_the_same_answer_again_tells_nothing_again(watching: Store) -> None:
    bars = answer(minute(OPEN, 188.5), minute(OPEN + 60, 192.5), reference=188.0)
    await play(watching, [bars, bars, bars])
    assert lines(watching) == [(190.0, "up"), (192.0, "up")]


async def test_crossings_of_one_poll_share_a_message_in_the_order_of_the_walk(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0), answer(minute(OPEN + 60, 193.0))])
    (event,) = owed(watching)
    assert isinstance(event, events.Crossed)
    assert ([told.threshold for told in event.told], event.before) == ([190.0, 192.0], 188.5)


async def test_bars_quote_states_crossings_and_debts_commit_together_or_not_at_all(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)])
    before = _counts(watching)
    watching.db.execute("create trigger full before insert on outbox begin select raise(abort, 'full'); end")
    with pytest.raises(sqlite3.IntegrityError):
        take_in(watching, BABA, answer(minute(OPEN + 60, 193.0)), OPEN + 120)
    assert _counts(watching) == before
    watching.db.execute("drop trigger full")
    take_in(watching, BABA, answer(minute(OPEN + 60, 193.0)), OPEN + 120)
    assert lines(watching) == [(190.0, "up"), (192.0, "up")]


def _counts(store: Store) -> list[int]:
    tables = ("bars", "quotes", "crossings", "outbox")
    return [store.db.execute(f"select count(*) from {table}").fetchone()[0] for table in tables]


async def test_what_was_crossed_while_away_is_one_digest_with_each_time(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)])
    meanwhile = [minute(OPEN + 60 * n, price) for n, price in enumerate([188.5, 190.2, 192.3, 189.8, 189.9])]
    back_at = OPEN + 4 * 3600
    take_in(watching, BABA, answer(*meanwhile, minute(back_at - 60, 189.9)), back_at)
    (event,) = owed(watching)
    assert isinstance(event, events.Crossed)
    assert event.gap == events.Gap(OPEN + 60, feed_silent=False)
    assert [(told.threshold, told.at - OPEN) for told in event.told] == [(190, 60), (192, 120), (192, 180), (190, 180)]


async def test_the_night_is_no_absence(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)])
    morning = OPEN + 86_400
    take_in(watching, BABA, answer(minute(morning, 190.5)), morning + 30)
    (event,) = owed(watching)
    assert isinstance(event, events.Crossed)
    assert event.gap is None


async def test_a_chat_no_longer_served_is_told_nothing(watching: Store) -> None:
    watching.chats.remove(CHAT)
    await play(watching, answers(188.5, 193.0, start=OPEN))
    assert owed(watching) == []


async def test_a_poll_asks_from_a_little_before_the_last_recorded_bar_on(watching: Store) -> None:
    clock, feed = Clock(OPEN), ScriptedFeed(answer(minute(OPEN, 188.5), reference=188.0))
    watch = Watch(watching, feed, clock)
    await watch.poll(BABA)
    await watch.poll(BABA)
    assert [since for since, _ in feed.asked] == [None, OPEN - LATE_S]


LATER = [minute(OPEN + 60 * place, 188.5) for place in range(4)]


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ([LATER[0], LATER[2]], [minute(OPEN + 60, 188.5, high=190.5)]),  # a minute that was missing
        (LATER[:3], [minute(OPEN + 60, 188.5, high=190.5)]),  # one that goes further than it did
        ([LATER[0], minute(OPEN + 60, nan), LATER[2]], [minute(OPEN + 60, 190.5), LATER[2]]),
        ([LATER[0], minute(OPEN + 60, 1885.0), LATER[2]], [minute(OPEN + 60, 190.5), LATER[2]]),
    ],
)
async def test_a_spike_in_a_minute_that_comes_late_is_told_with_its_time(
    watching: Store, before: list[Bar], then: list[Bar]
) -> None:
    await play(watching, [answer(LATER[0], reference=188.0), answer(*before), *[answer(*then, LATER[3])] * 2])
    assert [(told.threshold, told.direction, told.at - OPEN) for told in tellings(watching)][:1] == [(190.0, "up", 60)]
    assert watching.db.execute("select count(*) from crossings").fetchone() == (1,)


def test_a_late_crossing_of_long_ago_says_that_prices_were_missing(watching: Store) -> None:
    for place in (0, 2, 3, 4):
        take_in(watching, BABA, answer(minute(OPEN + 60 * place, 188.5), reference=188.0), OPEN + 60 * place + 30)
    take_in(watching, BABA, answer(minute(OPEN + 60, 190.5)), OPEN + 270)
    (event,) = owed(watching)
    assert isinstance(event, events.Crossed)
    assert event.gap == events.Gap(OPEN, feed_silent=True)


async def test_a_past_that_the_source_counts_anew_over_night_is_no_news(watching: Store) -> None:
    """As after a stock dividend of five percent: every price of the evening before comes 5 % lower."""
    await play(watching, [answer(*[minute(OPEN + 60 * place, 191.0) for place in range(4)], reference=191.0)])
    morning, before = OPEN + 86_400, [minute(OPEN + 60 * place, 181.9) for place in range(3)]
    take_in(watching, BABA, answer(*before, minute(OPEN + 180, 191.0), minute(morning, 191.0)), morning + 30)
    assert lines(watching) == []


async def test_a_line_that_has_moved_since_is_not_taken_back_in_time(watching: Store) -> None:
    """Walked again, 190 would be told as left at 09:31, which nobody could follow."""
    fill = answer(minute(OPEN + 60, 191.0, low=187.0), minute(OPEN + 120, 191.0))
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0), answer(minute(OPEN + 120, 191.0)), fill])
    assert lines(watching) == [(190.0, "up")]


@pytest.mark.parametrize("wrong", [{"symbol": "BABAF"}, {"currency": "HKD"}])
async def test_an_answer_about_something_else_changes_no_price(watching: Store, wrong: dict[str, str]) -> None:
    await play(watching, [answer(minute(OPEN, 500.0), reference=500.0, **wrong)])
    assert (watching.history.last_quote("BABA"), watching.history.feed("BABA").failures) == (None, 1)


async def test_an_answer_of_which_nothing_can_be_believed_is_a_failure(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0), *[answer(minute(OPEN + 60, nan))] * 2])
    health = watching.history.feed("BABA")
    assert (health.failures, health.fault, health.good_at) == (2, "not a price", OPEN + 60)


async def test_a_clock_set_back_does_not_prolong_a_pause(watching: Store) -> None:
    clock, feed = Clock(OPEN + 86_400), ScriptedFeed(FeedError("BABA", FaultKind.RATE_LIMITED), answer())
    watch = Watch(watching, feed, clock)
    await watch.poll(BABA)
    clock.now = OPEN
    await watch.poll(BABA)
    assert len(feed.asked) == 2


async def test_too_many_requests_double_the_pause_and_a_good_answer_ends_it(watching: Store) -> None:
    refused = FeedError("BABA", FaultKind.RATE_LIMITED)
    clock, feed = Clock(OPEN), ScriptedFeed(refused, refused, answer(minute(OPEN, 188.5), reference=188.0))
    watch = Watch(watching, feed, clock, jitter=lambda: 0.5)
    for pause_s in (30, 60):
        await watch.poll(BABA)
        health = watching.history.feed("BABA")
        assert health.retry_at == clock.now + pause_s
        clock.now += pause_s - 1
        await watch.poll(BABA)  # too early: not asked
        clock.now += 1
    await watch.poll(BABA)
    assert (len(feed.asked), watching.history.feed("BABA").failures) == (3, 0)


async def test_the_source_s_own_wish_to_wait_is_obeyed(watching: Store) -> None:
    await play(watching, [FeedError("BABA", FaultKind.RATE_LIMITED, retry_after_s=500)])
    assert watching.history.feed("BABA").retry_at == OPEN + 60 + 500


async def test_other_faults_are_tried_again_at_the_next_poll(watching: Store) -> None:
    await play(watching, [FeedError("BABA", FaultKind.TIMEOUT), *answers(188.5, 190.5, start=OPEN)])
    assert lines(watching) == [(190.0, "up")]


async def test_silence_in_an_open_session_is_told_once_and_its_end_once(watching: Store) -> None:
    frozen = answer(minute(OPEN, 188.5), reference=188.0)
    await play(watching, [frozen] * 10)
    take_in(watching, BABA, answer(minute(OPEN + 600, 188.6)), OPEN + 660)
    await play(watching, [answer(minute(OPEN + 660, 188.7))] * 2, start=OPEN + 660)
    kinds = [events.kind_of(event) for event in owed(watching)]
    assert kinds == ["silent", "restored"]


async def test_silence_is_told_even_where_something_breaks_at_every_poll(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)])
    watching.db.execute("create trigger broken before insert on bars begin select raise(abort, 'broken'); end")
    watch = Watch(watching, ScriptedFeed(answer(minute(OPEN + 600, 188.5))), Clock(OPEN + 600))
    with pytest.raises(sqlite3.IntegrityError):
        await watch.poll(BABA)
    assert [events.kind_of(event) for event in owed(watching)] == ["silent"]


@pytest.mark.parametrize("off_s", [-300, 600])
def test_a_clock_of_ours_that_is_wrong_is_told_once_and_its_mending_once(watching: Store, off_s: int) -> None:
    for place in range(9):
        at = OPEN + 60 * place
        fetched = replace(answer(minute(at, 188.5), reference=188.0), clock_at=at + 60)
        take_in(watching, BABA, fetched, at + 60 + (off_s if 2 <= place < 6 else 0))
    news = [event for event in owed(watching) if isinstance(event, events.Silent | events.Restored)]
    assert [type(event) for event in news] == [events.Silent, events.Restored]
    assert news[0].clock_s == off_s  # type: ignore[union-attr]


async def test_a_poll_that_fails_is_no_all_clear_of_a_wrong_clock(watching: Store) -> None:
    behind = replace(answer(minute(OPEN, 188.5), reference=188.0), clock_at=OPEN + 600)
    newer = replace(answer(minute(OPEN + 60, 188.5)), clock_at=OPEN + 660)
    await play(watching, [behind, newer, FeedError("BABA", FaultKind.TIMEOUT)])
    assert [events.kind_of(event) for event in owed(watching)] == ["silent"]


def test_a_wrong_clock_is_an_ailment_and_a_fault_that_status_shows(watching: Store) -> None:
    off = replace(answer(minute(OPEN, 188.5), reference=188.0), clock_at=OPEN + 600)
    take_in(watching, BABA, off, OPEN + 60)
    beat(watching, [BABA], 30, OPEN + 60)
    assert watching.history.feed("BABA").fault == "this machine's clock is wrong"
    assert watching.fact("ailment") == "The clock of this machine is not that of BABA's prices: set it right."


async def test_a_chat_no_longer_served_is_told_of_no_silence(watching: Store) -> None:
    watching.chats.remove(CHAT)
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)] * 10)
    assert watching.db.execute("select count(*) from outbox").fetchone() == (0,)


async def test_a_closed_exchange_is_not_silent(watching: Store) -> None:
    evening = OPEN + 12 * 3600
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)] * 3, start=evening)
    assert owed(watching) == []


async def test_thin_minutes_before_the_session_are_not_silent(watching: Store) -> None:
    early = OPEN - 3600
    await play(
        watching, [answer(replace(minute(early, 188.5), session=Session.PRE), reference=188.0)] * 20, start=early
    )
    assert owed(watching) == []


async def test_a_silence_counts_from_the_opening_at_the_earliest(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN - 86_400, 188.5), reference=188.0)] * 4)
    assert owed(watching) == []


async def test_a_crossing_found_after_a_silence_says_that_no_prices_came(watching: Store) -> None:
    await play(watching, [answer(minute(OPEN, 188.5), reference=188.0)] * 12)
    take_in(watching, BABA, answer(minute(OPEN + 60, 190.5), minute(OPEN + 720, 188.9)), OPEN + 780)
    crossed = [event for event in owed(watching) if isinstance(event, events.Crossed)]
    assert crossed[0].gap is not None
    assert crossed[0].gap.feed_silent


PRICES = st.integers(18_600, 19_600).map(lambda cents: cents / 100)


@st.composite
def sessions(draw: st.DrawFn) -> list[Bar]:
    made = []
    for place in range(draw(st.integers(2, 15))):
        four = draw(st.lists(PRICES, min_size=4, max_size=4))
        made.append(Bar(OPEN + 60 * place, four[0], max(four), min(four), four[1], 1))
    return made


@settings(max_examples=40)
@given(sessions(), st.data())
def test_live_equals_replay_for_any_split_of_the_bars_into_polls(bars: list[Bar], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(bars) - 1)))) if len(bars) > 1 else []
    assert _crossings(bars, [*cuts, len(bars)]) == _crossings(bars, [len(bars)])


def _crossings(bars: list[Bar], ends: list[int]) -> list[tuple[object, ...]]:
    with passing_store() as store:
        store.chats.add(CHAT, "private", "paired", CHAT, OPEN - 600)
        for line in (188.0, 190.0, 192.0):
            make(store, Wish("BABA", Way.CROSSES, line), CHAT, HOURS, "chat", OPEN - 600)
        start = 0
        for end in ends:
            take_in(store, BABA, answer(*bars[max(0, start - 1) : end], reference=190.0), bars[end - 1].ends_at)
            start = end
        return sorted(store.db.execute("select threshold, direction, at, value from crossings order by id"))


def test_a_close_whose_minute_the_source_no_longer_has_is_still_told(store: Store) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, OPEN)
    store.history.add_days("BABA", [Day(date(2025, 10, 1), 180.0, 181.0, 179.0, 180.0)])
    last_minute = OPEN + 389 * 60
    before, close = minute(last_minute - 60, 180.0), minute(last_minute, 183.0)
    take_in(store, BABA, answer(before, reference=180.0), last_minute)
    make(store, Wish("BABA", Way.ABOVE, 182.0, metric="close"), CHAT, HOURS, "chat", last_minute)
    take_in(store, BABA, answer(before, close), last_minute + 45)
    take_in(store, BABA, answer(replace(minute(last_minute + 60, 183.0), session=Session.POST)), last_minute + 125)
    assert lines(store) == [(182.0, "up")]


def test_a_new_day_knows_nothing_of_when_the_line_was_crossed_the_day_before(store: Store) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, OPEN)
    store.history.add_days("BABA", [Day(date(2025, 10, 1), 180.0, 181.0, 179.0, 180.0)])
    make(store, Wish("BABA", Way.CROSSES, -2.0, metric="today"), CHAT, HOURS, "chat", OPEN - 60)
    first_day = [minute(OPEN + 60 * place, price) for place, price in enumerate((180.0, 175.0, 180.0))]
    next_day = [minute(OPEN + 86_400 + 60 * place, price) for place, price in enumerate((185.0, 175.0))]
    for bar in (*first_day, *next_day):
        take_in(store, BABA, answer(bar, reference=180.0), bar.ends_at)
    told = [one for event in owed(store) if isinstance(event, events.Crossed) for one in event.told]
    assert [one.since for one in told] == [None, OPEN + 60, None]
