"""Splits: what moves to the new scale, once and before it is judged on, and the wait for one not listed yet."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.terminal_chat import plain_text
from bot.commands.desk import Desk
from bot.core.alerts import Policy, Side, State, Way
from bot.core.clock import Place
from bot.core.events import Crossed, Event, from_json, kind_of, to_json
from bot.core.language import Wish
from bot.core.market import Bar, Day, Session
from bot.core.message import LONGEST, length
from bot.core.screen import Rules
from bot.core.splits import (
    Moved,
    Split,
    SplitApplied,
    SplitSuspected,
    factor_since,
    on_one_scale,
    rescaled,
    split_of,
    suspect,
)
from bot.core.wording import render
from bot.core.wording.view import View
from bot.feeds import Fetched
from bot.jobs.configured import adopt_levels
from bot.jobs.days import keep_days
from bot.jobs.make import make
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from tests.fakes.analysts import LEVELS
from tests.fakes.desk import NOW, Keyboard, new_york
from tests.fakes.feed import STOCK, ScriptedFeed, answer
from tests.fakes.house import passing_store

CHAT = 7
NEW_YORK = new_york()
ZONE = NEW_YORK.zone
RULES = Rules(20, frozenset({Session.PRE, Session.REGULAR, Session.POST}))
BABA = Watched(STOCK, NEW_YORK, RULES, stale_after_s=300)
EX_DAY = date(2025, 10, 3)  # a Friday
TWO_FOR_ONE = Split(EX_DAY, 2, 1)


def at(text: str) -> int:
    """A moment of October 2025 on New York's clocks: "2 15:59"."""
    moment = datetime.strptime(f"2025-10-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(ZONE))
    return int(moment.timestamp())


def bar(text: str, price: float, high: float | None = None, low: float | None = None) -> Bar:
    start = at(text)
    return Bar(start, price, high or price, low or price, price, 100, NEW_YORK.session_at(start))


def listing(*bars: Bar, split: Split = TWO_FOR_ONE) -> Fetched:
    return replace(answer(*bars), splits=(split,))


CLOSE = bar("2 15:59", 160.0)


def take(store: Store, *bars: Bar, split: Split | None = None, now: str | None = None) -> list[Event]:
    """Take these bars in, a little after the last one ends; what is owed then."""
    fetched = answer(*bars, reference=bars[0].close) if split is None else listing(*bars, split=split)
    take_in(store, BABA, fetched, bars[-1].ends_at + 20 if now is None else at(now))
    return owed(store)


def owed(store: Store) -> list[Event]:
    found: list[Event] = []
    while due := store.outbox.due(2**40):
        found += [one.event for one in due]
        for one in due:
            store.outbox.sent(one, 1, 0)
    return found


def words(event: Event, now: str) -> str:
    return plain_text(render(event, View(at(now), Place(ZONE), LEVELS, None)).html)


@pytest.fixture
def split_soon(store: Store) -> Store:
    """BABA at 160 the evening before, the analysts' levels, a chat with an alert of each kind."""
    store.chats.add(CHAT, "private", "paired", CHAT, at("1 10:00"))
    adopt_levels(store, LEVELS, {"BABA": NEW_YORK}, at("1 10:00"))
    take(store, bar("1 15:59", 158.0), bar("2 15:58", 159.0), CLOSE)
    wishes = (
        Wish("BABA", Way.BELOW, 150.0),
        Wish("BABA", Way.ABOVE, 192.0, level="consensus"),
        Wish("BABA", Way.BETWEEN, 140.0, upper=145.0),
        Wish("BABA", Way.BELOW, -30.0, metric="today"),
        Wish("BABA", Way.ABOVE, 25.0, metric="upside:consensus"),
        Wish("BABA", Way.BELOW, 150.0, metric="close"),
    )
    for wish in wishes:
        make(store, wish, CHAT, NEW_YORK, "chat", at("2 15:00"))
    return store


def lines(store: Store) -> list[tuple[float, ...]]:
    return [tuple(line.value for line in alert.lines) for alert in store.alerts.on("BABA")]


def sides(store: Store) -> list[tuple[State, ...]]:
    return [tuple(replace(one, upper=None) for one in alert.states) for alert in store.alerts.on("BABA")]


OPENED = bar("3 09:30", 80.1)
AFTER = replace(CLOSE, open=80.0, high=80.0, low=80.0, close=80.0)
"""The last bar before the split as the source gives it afterwards."""


def test_a_listed_split_crosses_nothing_and_everything_moves_with_it(split_soon: Store) -> None:
    before = sides(split_soon)
    (event,) = take(split_soon, AFTER, OPENED, split=TWO_FOR_ONE)
    assert isinstance(event, SplitApplied)
    assert lines(split_soon) == [(75.0,), (96.0,), (70.0, 72.5), (-30.0,), (25.0,), (75.0,)]
    assert sides(split_soon) == before
    assert [level.price for level in split_soon.levels.present("BABA")] == [129.0, 115.0, 96.0, 95.0]
    assert split_soon.levels.present("BABA")[2].source.endswith(", adjusted for the 2:1 split of 2025-10-03")
    assert [one.close for one in split_soon.history.bars("BABA", 0, 2**40)] == [79.0, 79.5, 80.0, 80.1]


def test_it_is_said_once_what_moved(split_soon: Store) -> None:
    (event,) = take(split_soon, AFTER, OPENED, split=TWO_FOR_ONE)
    assert words(event, "3 09:31") == (
        "✂️ BABA split 2 for 1 on 3 Oct 2025. 4 levels and alerts #1, #2, #3 and #6 are now on the new scale: "
        "Morningstar 258.00 → 129.00, JPMorgan 230.00 → 115.00, consensus 192.00 → 96.00 and "
        "Bernstein SocGen 190.00 → 95.00. Prices before it are adjusted too; "
        "what was told of them stays as it was told."
    )
    assert from_json(kind_of(event), to_json(event)) == event
    assert take(split_soon, AFTER, OPENED, bar("3 09:31", 80.2), split=TWO_FOR_ONE) == []
    assert split_soon.splits.every("BABA") == (TWO_FOR_ONE,)


@pytest.mark.parametrize(
    ("levels", "alerts", "said"),
    [
        ((), (), "✂️ BABA split 1 for 8 on 3 Oct 2025. Prices before it"),
        ((), (3,), " Alert #3 is now on the new scale. Prices before it"),
        ((Moved("JPMorgan", 30.0, 240.0),), (), " 1 level is now on the new scale: JPMorgan 30.00 → 240.00. Prices"),
        (
            (Moved("A & <B>", 30.0, 240.0),),
            (3, 4),
            " 1 level and alerts #3 and #4 are now on the new scale: A & <B> 30",
        ),
    ],
)
def test_only_what_moved_is_said(levels: tuple[Moved, ...], alerts: tuple[int, ...], said: str) -> None:
    assert said in words(SplitApplied("BABA", "2025-10-03", 1, 8, levels, alerts), "3 09:31")


def test_a_split_of_many_levels_and_alerts_fits_into_one_message() -> None:
    levels = tuple(Moved("x" * 60 + f" & {place}", 10.0, 5.0) for place in range(400))
    event = SplitApplied("BABA", "2025-10-03", 2, 1, levels, tuple(range(500)))
    assert length(render(event, View(at("3 09:31"), Place(ZONE), LEVELS, None)).html) <= LONGEST


@pytest.mark.parametrize(
    ("split", "price", "words_of_it"),
    [(Split(EX_DAY, 1, 8), 1281.0, "split 1 for 8 on"), (Split(EX_DAY, 11, 10), 145.5, "split 11 for 10 on"),
     (Split(EX_DAY, 3, 2), 106.0, "split 3 for 2 on"), (Split(EX_DAY, 1281, 1000), 124.0, "split 1281 for 1000 on")],
)  # fmt: skip
def test_any_ratio_that_is_listed_is_no_crossing(
    split_soon: Store, split: Split, price: float, words_of_it: str
) -> None:
    again = rescaled(CLOSE, split.factor)
    (event,) = take(split_soon, again, bar("3 09:30", price), split=split)
    assert words_of_it in words(event, "3 09:31")
    assert split_soon.alerts.on("BABA")[0].threshold == round(150 * split.factor, 2)


def test_what_is_crossed_after_the_split_is_told_on_the_new_scale(split_soon: Store) -> None:
    _, crossed = take(split_soon, AFTER, OPENED, bar("3 09:31", 74.9), split=TWO_FOR_ONE)
    assert isinstance(crossed, Crossed)
    assert [(told.number, told.threshold, told.value) for told in crossed.told] == [
        (1, 75.0, 74.9),
        (5, 25.0, 28.170895),
    ]
    assert crossed.before == 80.0


def test_a_source_that_has_not_restated_the_past_yet_crosses_nothing_either(split_soon: Store) -> None:
    assert [kind_of(one) for one in take(split_soon, CLOSE, OPENED, split=TWO_FOR_ONE)] == ["splitapplied"]
    assert [one.close for one in split_soon.history.bars("BABA", at("2 00:00"), 2**40)] == [79.5, 80.0, 80.1]


@pytest.mark.parametrize(("last", "restated"), [(None, True), (None, False), (AFTER, True), (AFTER, False)])
def test_bars_from_before_a_split_are_brought_to_one_scale(last: Bar | None, restated: bool) -> None:
    first = AFTER if restated else CLOSE
    found = on_one_scale([first, OPENED], TWO_FOR_ONE, last, ZONE)
    assert [one.close for one in found] == [80.0, 80.1]


def test_a_split_to_come_or_of_a_time_that_nothing_is_known_of_changes_nothing(split_soon: Store) -> None:
    before = lines(split_soon)
    assert take(split_soon, CLOSE, bar("2 16:30", 160.0), split=TWO_FOR_ONE) == []
    old = Split(date(2025, 9, 30), 2, 1)
    assert take(split_soon, bar("2 16:30", 160.0), bar("2 16:31", 160.0), split=old) == []
    assert (lines(split_soon), split_soon.splits.every("BABA")) == (before, ())


def test_levels_and_alerts_made_since_the_split_are_on_its_scale_already(split_soon: Store) -> None:
    split_soon.levels.revise(replace(LEVELS[2], price=97.0), at("3 09:00"))
    make(split_soon, Wish("BABA", Way.BELOW, 78.0), CHAT, NEW_YORK, "chat", at("3 09:00"))
    (event,) = take(split_soon, AFTER, OPENED, split=TWO_FOR_ONE)
    assert isinstance(event, SplitApplied)
    assert [one.level for one in event.levels] == ["Morningstar", "JPMorgan", "Bernstein SocGen"]
    assert event.alerts == (1, 3, 6)
    assert lines(split_soon)[-1] == (78.0,)


def test_a_hold_under_way_goes_on_over_a_split(split_soon: Store) -> None:
    wish = Wish("BABA", Way.ABOVE, 161.0, policy=Policy(hold_s=300))
    alert = make(split_soon, wish, CHAT, NEW_YORK, "chat", at("2 15:00"))
    post = [bar(f"2 16:0{minute}", 162.0) for minute in range(3)]
    take(split_soon, CLOSE, *post)
    halves = [replace(one, open=81.0, high=81.0, low=81.0, close=81.0) for one in post]
    *_, crossed = take(split_soon, halves[-1], bar("3 09:30", 81.0), bar("3 09:31", 81.0), split=TWO_FOR_ONE)
    assert isinstance(crossed, Crossed)
    assert [told.number for told in crossed.told] == [alert.number]


def test_the_file_brings_no_level_of_the_old_scale_back_until_it_changes(split_soon: Store) -> None:
    take(split_soon, AFTER, OPENED, split=TWO_FOR_ONE)
    adopt_levels(split_soon, LEVELS, {"BABA": NEW_YORK}, at("3 10:00"))
    assert split_soon.levels.present("BABA")[2].price == 96.0
    changed = [replace(level, price=98.0) if level.firm == "consensus" else level for level in LEVELS]
    adopt_levels(split_soon, changed, {"BABA": NEW_YORK}, at("3 11:00"))
    assert (split_soon.levels.present("BABA")[2].price, lines(split_soon)[1]) == (98.0, (98.0,))


def test_a_line_that_rounding_takes_over_the_price_tells_nothing(store: Store) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, at("1 10:00"))
    make(store, Wish("BABA", Way.CROSSES, 200.0), CHAT, NEW_YORK, "chat", at("1 10:00"))
    take(store, bar("2 15:57", 230.0), bar("2 15:58", 200.005))  # armed, a hair above
    third = replace(bar("2 15:58", 66.67), open=66.668333, high=66.668333, low=66.668333, close=66.668333)
    found = take(store, third, bar("3 09:30", 66.668333), split=Split(EX_DAY, 3, 1))
    assert [kind_of(one) for one in found] == ["splitapplied"]


ONE_OF_EACH = (
    Wish("BABA", Way.CROSSES, 150.0), Wish("BABA", Way.OUTSIDE, 140.0, upper=160.0),
    Wish("BABA", Way.CROSSES, 154.0, policy=Policy(hold_s=120)), Wish("BABA", Way.CROSSES, 192.0, level="consensus"),
    Wish("BABA", Way.CROSSES, 20.0, metric="upside:consensus"), Wish("BABA", Way.CROSSES, 2.0, metric="change:1h"),
)  # fmt: skip
PRICES = st.lists(st.integers(65, 100).map(lambda half: half * 2.0), min_size=2, max_size=8)


def lived(evening: Sequence[float], morning: Sequence[float], split: Split | None) -> list[tuple[int, int, str]]:
    """What each alert told, when and which way, polled once a minute over a night, with a split or without."""
    factor = 1.0 if split is None else split.factor
    with passing_store() as store:
        store.chats.add(CHAT, "private", "paired", CHAT, at("1 10:00"))
        adopt_levels(store, LEVELS, {"BABA": NEW_YORK}, at("1 10:00"))
        before = [bar(f"2 15:{50 + minute}", price) for minute, price in enumerate(evening)]
        take_in(store, CALM, answer(before[0], reference=before[0].close), before[0].ends_at)
        for wish in ONE_OF_EACH:
            make(store, wish, CHAT, NEW_YORK, "chat", before[0].ends_at)
        for last, one in pairwise(before):
            take_in(store, CALM, answer(last, one), one.ends_at)
        after = [rescaled(bar(f"3 09:{30 + minute}", price), factor) for minute, price in enumerate(morning)]
        for last, one in pairwise([rescaled(before[-1], factor), *after]):
            fetched = answer(last, one)
            take_in(store, CALM, fetched if split is None else replace(fetched, splits=(split,)), one.ends_at)
        told = store.crossings.told(CHAT, "BABA", 0, 2**40)
        return sorted((one.at, one.number, one.direction.value) for one in told)


CALM = replace(BABA, rules=replace(RULES, max_jump_pct=90))
"""So that every move is believed at once."""


@settings(max_examples=8)
@given(PRICES, PRICES, st.sampled_from([TWO_FOR_ONE, Split(EX_DAY, 1, 8), Split(EX_DAY, 5, 4)]))
def test_what_is_told_over_a_split_is_what_would_have_been_told_without_it(
    evening: list[float], morning: list[float], split: Split
) -> None:
    assert lived(evening, morning, split) == lived(evening, morning, None)


# The dangerous morning

PRE = [bar(f"3 08:0{minute}", price) for minute, price in enumerate((80.1, 79.0, 74.0, 79.5))]


def test_a_jump_by_a_usual_ratio_is_held_back_and_said_once(split_soon: Store) -> None:
    (event,) = take(split_soon, CLOSE, *PRE[:2])
    assert words(event, "3 08:02") == (
        "⚠️ BABA at 80.10 is about half of its last price of the day before, 160.00. That may be a split; alerts wait "
        "until Yahoo lists it or the session has been open for 15 minutes. Nothing is lost."
    )
    assert from_json(kind_of(event), to_json(event)) == event
    assert take(split_soon, CLOSE, *PRE) == []
    assert split_soon.history.feed("BABA").fault == "perhaps a split"


def test_once_listed_it_is_applied_and_what_was_held_back_is_told_with_its_time(split_soon: Store) -> None:
    take(split_soon, CLOSE, *PRE)
    applied, crossed = take(split_soon, AFTER, *PRE, OPENED, split=TWO_FOR_ONE)
    assert isinstance(applied, SplitApplied)
    assert words(crossed, "3 09:31").splitlines()[:3] == [
        "🕰 While a split was possible (2 Oct 16:00 – 3 Oct 09:31 New York): BABA",
        "3 Oct 08:02 reached 75.00 ↓ (at 74.00)",
        "3 Oct 08:02 reached 25 % upside to consensus ↑ (+8.2 points from the price, none from the target since 2 Oct)",
    ]


def regular(minutes: int, price: float = 80.0) -> list[Bar]:
    return [bar(f"3 09:{30 + minute}", price) for minute in range(minutes)]


@pytest.mark.parametrize(("minutes", "is_held"), [(1, True), (15, True), (16, False), (20, False)])
def test_what_is_not_listed_after_a_quarter_of_an_hour_of_the_session_is_a_real_move(
    split_soon: Store, minutes: int, is_held: bool
) -> None:
    take(split_soon, CLOSE, *PRE)
    found = take(split_soon, CLOSE, *PRE, *regular(minutes))
    assert [kind_of(one) for one in found] == ([] if is_held else ["crossed"])
    if not is_held:
        assert words(found[0], "3 09:46").splitlines()[1:3] == [
            "3 Oct 08:00 reached 150.00 ↓ (at 80.10)",
            "3 Oct 08:00 went straight through 140.00–145.00 ↓",
        ]


def test_no_silence_is_told_while_prices_are_held_back(split_soon: Store) -> None:
    take(split_soon, CLOSE, *PRE)
    assert take(split_soon, CLOSE, *PRE, *regular(12)) == []


def test_no_alert_expires_while_what_would_have_told_it_is_held_back(split_soon: Store) -> None:
    wish = Wish("BABA", Way.BELOW, 151.0, policy=Policy(expires_at=at("3 09:00")))
    make(split_soon, wish, CHAT, NEW_YORK, "chat", at("2 15:00"))
    take(split_soon, CLOSE, *PRE, now="3 09:10")
    found = take(split_soon, AFTER, *PRE, OPENED, split=TWO_FOR_ONE)
    assert [kind_of(one) for one in found] == ["splitapplied", "crossed", "expired"]


def test_a_past_minute_on_another_scale_waits_until_the_source_says_why(split_soon: Store) -> None:
    (event,) = take(split_soon, AFTER, *regular(20))
    assert words(event, "3 09:50") == (
        "⚠️ Yahoo now gives 80.00 for BABA at 2 Oct 15:59 New York, about half of the 160.00 it gave before. "
        "That may be a split; alerts wait until Yahoo lists it. Nothing is lost."
    )
    assert take(split_soon, CLOSE, bar("2 16:00", 160.0)) == []  # it was a slip
    assert [kind_of(one) for one in take(split_soon, AFTER, *regular(20), split=TWO_FOR_ONE)] == ["splitapplied"]


@pytest.mark.parametrize(
    ("price", "ratio"),
    [
        (80.0, (2, 1)), (86.0, (2, 1)), (73.0, (2, 1)), (106.7, (3, 2)), (112.0, (3, 2)), (20.0, (8, 1)),
        (16.0, (10, 1)), (320.0, (1, 2)), (1_280.0, (1, 8)), (240.0, (2, 3)), (3.2, (50, 1)),
        (128.0, None), (120.0, None), (97.0, None), (200.0, None), (160.0, None), (155.0, None),
    ],
)  # fmt: skip
def test_which_jumps_may_be_a_split(price: float, ratio: tuple[int, int] | None) -> None:
    found = suspect([bar("3 08:00", price)], CLOSE, ZONE)
    assert (None if found is None else (found.split.numerator, found.split.denominator)) == ratio


@pytest.mark.parametrize("same_day", [bar("2 16:00", 80.0), bar("2 19:59", 80.0)])
def test_a_jump_within_a_day_is_none(same_day: Bar) -> None:
    assert suspect([same_day], CLOSE, ZONE) is None


def test_a_minute_that_fell_by_half_after_it_was_seen_is_no_other_scale() -> None:
    assert suspect([bar("2 15:59", 80.0, high=160.0)], CLOSE, ZONE) is None
    assert suspect([bar("2 15:59", 80.0)], CLOSE, ZONE) is not None


@pytest.mark.parametrize(("ratio", "terms"), [(2.0, (2, 1)), (1.5, (3, 2)), (0.125, (1, 8)), (1.1, (11, 10)),
                                              (1 / 3, (1, 3)), (1.281, (1281, 1000))])  # fmt: skip
def test_a_ratio_is_read_as_new_shares_for_old(ratio: float, terms: tuple[int, int]) -> None:
    assert split_of(EX_DAY, ratio) == Split(EX_DAY, *terms)


@pytest.mark.parametrize(
    ("price", "far"),
    [(80.0, "about half of its"), (107.0, "about two thirds of its"), (20.0, "about 1/8 of its"),
     (16.0, "about a tenth of its"), (320.0, "about twice its"), (240.0, "about 1.5 times its"),
     (1_280.0, "about 8 times its")],
)  # fmt: skip
def test_how_far_it_jumped_is_said_in_plain_words(split_soon: Store, price: float, far: str) -> None:
    (event,) = take(split_soon, CLOSE, bar("3 08:00", price), bar("3 08:01", price))
    assert far in words(event, "3 08:02")


def test_why_says_that_prices_wait(desk: Desk, say: Keyboard) -> None:
    say("/alert below 150")
    desk.store.remember("held/BABA", json.dumps([at("1 16:00"), NOW]))
    assert "Prices after 1 Oct 16:00 New York wait, since they may stand after a split" in say("/why 1").html


@pytest.mark.parametrize(("moment", "factor"), [("2 19:59", 0.25), ("3 00:00", 0.5), ("6 09:29", 0.5), ("7 00:00", 1)])
def test_what_was_told_on_an_older_scale_is_drawn_on_the_one_of_today(moment: str, factor: float) -> None:
    assert factor_since([TWO_FOR_ONE, Split(date(2025, 10, 7), 2, 1)], at(moment), ZONE) == factor


# Beside the days

DAYS = [Day(date(2025, 10, 2) - timedelta(days=back), 160, 160, 160, 160, 100) for back in range(20, -1, -1)]


def halved(days: Sequence[Day]) -> tuple[Day, ...]:
    return tuple(replace(day, open=80.0, high=80.0, low=80.0, close=80.0, volume=200) for day in days)


async def keep(store: Store, *days: Day, now: str = "3 17:00") -> dict[date, float]:
    await keep_days(store, ScriptedFeed(days=[days]), BABA, at(now))
    return {day.day: day.close for day in store.history.days("BABA", date(2025, 9, 1), date(2025, 11, 1))}


def test_days_move_with_the_split_unless_the_source_has_restated_them_already(split_soon: Store) -> None:
    split_soon.history.add_days("BABA", halved(DAYS))
    take(split_soon, AFTER, OPENED, split=TWO_FOR_ONE)
    assert {day.close for day in split_soon.history.days("BABA", DAYS[0].day, EX_DAY)} == {80.0}


@pytest.mark.parametrize("restated", [True, False])
async def test_days_from_before_a_split_are_stored_on_its_scale(split_soon: Store, restated: bool) -> None:
    split_soon.history.add_days("BABA", DAYS)
    take(split_soon, AFTER, OPENED, split=TWO_FOR_ONE)
    found = await keep(split_soon, *(halved(DAYS) if restated else DAYS), *halved([Day(EX_DAY, 1, 1, 1, 1)]))
    assert (set(found.values()), max(found)) == ({80.0}, EX_DAY)


async def test_days_on_a_scale_that_nothing_explains_are_not_stored(split_soon: Store) -> None:
    split_soon.history.add_days("BABA", DAYS[:-1])
    assert set((await keep(split_soon, *halved(DAYS), now="3 03:00")).values()) == {160.0}
    assert DAYS[-1].day == date(2025, 10, 2)


async def test_a_small_split_that_no_poll_was_told_of_comes_with_the_days(split_soon: Store) -> None:
    split_soon.history.add_days("BABA", DAYS)
    take(split_soon, CLOSE, *(bar(f"3 15:5{minute}", 146.0) for minute in range(10)))  # alert #1 told
    scaled = tuple(replace(day, open=145.45, high=145.45, low=145.45, close=145.45) for day in DAYS)
    await keep(split_soon, *scaled, Day(EX_DAY, 146, 146, 146, 146, 100, split=1.1))
    assert [kind_of(one) for one in owed(split_soon)] == ["splitapplied"]
    alert = split_soon.alerts.on("BABA")[0]
    assert (alert.threshold, alert.state.side, alert.state.armed) == (136.36, Side.ABOVE, True)


def test_an_answer_on_another_scale_shows_no_minutes_late(store: Store) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, at("1 10:00"))
    take(store, bar("2 09:59", 160.0), bar("2 10:00", 160.0))
    make(store, Wish("BABA", Way.BELOW, 150.0), CHAT, NEW_YORK, "chat", at("2 10:00"))
    take(store, bar("2 10:00", 160.0), bar("2 10:01", 160.0))
    take(store, bar("2 10:01", 160.0), bar("2 10:04", 160.0))
    told = [take(store, *[bar(f"2 10:0{minute}", 80.0) for minute in range(seen)]) for seen in (5, 6)]
    assert [[type(event) for event in events] for events in told] == [[], [SplitSuspected]]
    assert [one.close for one in store.history.bars("BABA", 0, 2**40)] == [160.0] * 4


@pytest.mark.parametrize("scale", [0.1, 0.6, 0.75, 1.6, 2.0])
def test_one_answer_with_every_price_on_another_scale_tells_nothing(store: Store, scale: float) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, at("1 10:00"))
    take(store, bar("2 09:59", 160.0), bar("2 10:00", 160.0))
    make(store, Wish("BABA", Way.CROSSES, 155.0), CHAT, NEW_YORK, "chat", at("2 10:00"))
    make(store, Wish("BABA", Way.CROSSES, 165.0), CHAT, NEW_YORK, "chat", at("2 10:00"))
    take(store, *[bar(f"2 10:{minute:02}", 160.0 * scale) for minute in range(31)])
    told = take(store, bar("2 10:00", 160.0), bar("2 10:01", 160.0), bar("2 10:31", 166.0))
    assert [event.told[0].threshold for event in told if isinstance(event, Crossed)] == [165.0]


def test_what_is_told_otherwise_for_a_quarter_of_an_hour_is_believed(store: Store) -> None:
    take(store, bar("2 09:59", 160.0), bar("2 10:00", 160.0))
    for minute in range(1, 20):
        take(store, *[bar(f"2 10:{place:02}", 120.0) for place in range(minute + 1)])
        last = store.history.last_bar("BABA")
        assert last is not None
        assert (last.close == 120.0) is (minute > 16)
