"""What price and target did to an upside: the shares, where they are counted from, and their words on every way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.terminal_chat import plain_text
from bot.core import events
from bot.core.alerts import Alert, Line, Side, State, Way
from bot.core.attribution import Attribution, Known, attribution, parts
from bot.core.clock import Place
from bot.core.language import Wish
from bot.core.market import Bar, Session
from bot.core.screen import Rules
from bot.core.splits import Split, scaled_since
from bot.core.wording import render
from bot.core.wording.kept import Kept, together
from bot.core.wording.view import View
from bot.jobs.make import make
from bot.jobs.revise import revise
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from tests.fakes.analysts import LEVELS, level
from tests.fakes.desk import NOW, new_york
from tests.fakes.feed import STOCK, answer, minute
from tests.fakes.house import passing_store

CHAT, HOUR, DAY = 7, 3600, 86_400
NEW_YORK = new_york()
BABA = Watched(STOCK, NEW_YORK, Rules(20, frozenset(Session)), stale_after_s=300)
AMOUNTS = st.integers(1, 10**7).map(lambda cents: cents / 100)


# The shares


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_two_parts_are_exactly_the_change_and_turn_their_signs_backwards_in_time(
    price0: float, target0: float, price1: float, target1: float
) -> None:
    by_price, by_target = parts(price0, target0, price1, target1)
    upsides = [Fraction(target) / Fraction(price) - 1 for price, target in ((price0, target0), (price1, target1))]
    assert by_price + by_target == (upsides[1] - upsides[0]) * 100
    assert parts(price1, target1, price0, target0) == (-by_price, -by_target)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_what_did_not_move_did_nothing(one: float, other: float, same: float) -> None:
    assert parts(one, same, other, same)[1] == 0
    assert parts(same, one, same, other)[0] == 0


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_each_part_has_the_sign_of_its_move(price0: float, target0: float, price1: float, target1: float) -> None:
    by_price, by_target = parts(price0, target0, price1, target1)
    assert ((by_price > 0) - (by_price < 0)) == (price1 < price0) - (price1 > price0)
    assert ((by_target > 0) - (by_target < 0)) == (target1 > target0) - (target1 < target0)


def test_each_part_is_the_mean_of_both_orders() -> None:
    by_price, by_target = map(float, parts(160.0, 192.0, 200.0, 240.0))
    assert by_price == pytest.approx(((192 / 200 - 192 / 160) + (240 / 200 - 240 / 160)) / 2 * 100)
    assert by_target == pytest.approx(((240 - 192) / 160 + (240 - 192) / 200) / 2 * 100)


@pytest.mark.parametrize(
    ("price0", "target0", "target1", "expected"),
    [
        (None, 192.0, 192.0, Attribution(5, None, 0.0)),  # the price was not known; that the target stood still is
        (None, 192.0, 190.0, Attribution(5, None, None)),
        (160.0, None, 192.0, Attribution(5, None, None)),
        (160.0, 192.0, None, Attribution(5, None, None)),
    ],
)
def test_what_is_not_known_is_not_attributed(
    price0: float | None, target0: float | None, target1: float | None, expected: Attribution
) -> None:
    assert attribution(Known(5, price0, target0), Known(9, 174.0, target1)) == expected


def test_a_line_of_the_old_scale_is_moved_by_the_splits_since_rounded_as_they_did() -> None:
    splits = [Split(date(2025, 10, 3), 2, 1), Split(date(2025, 10, 7), 3, 1)]
    assert scaled_since(192.33, splits, NOW, "America/New_York") == 32.06  # by way of 96.17, not 96.165
    assert scaled_since(96.17, splits, NOW + 2 * DAY, "America/New_York") == 32.06
    assert scaled_since(32.06, splits, NOW + 7 * DAY, "America/New_York") == 32.06


# Out of the store


@pytest.fixture
def house(store: Store) -> Store:
    """One chat, the shipped levels, BABA at 170.00 since an hour."""
    store.chats.add(CHAT, "private", "paired", CHAT, NOW - 3 * DAY)
    for one in LEVELS:
        store.levels.revise(one, NOW - 2 * DAY)
    poll(store, -HOUR, 170.0)
    return store


def poll(store: Store, after_s: int, *prices: float) -> None:
    """One poll so many seconds after ten o'clock, that finds still minutes at these prices up to then."""
    first = NOW + after_s - 60 * (len(prices) - 1)
    bars = [minute(first + 60 * place, price) for place, price in enumerate(prices)]
    take(store, bars, NOW + after_s + 30)


def take(store: Store, bars: Sequence[Bar], now: int) -> None:
    take_in(store, BABA, answer(*bars, reference=bars[0].close), now)


def wish(store: Store, threshold: float, way: Way = Way.CROSSES, firm: str = "consensus", after_s: int = 0) -> Alert:
    made = Wish("BABA", way, threshold, metric=f"upside:{firm}")
    return make(store, made, CHAT, NEW_YORK, "chat", NOW + after_s)


def move(store: Store, price: float, after_s: int, firm: str = "consensus") -> None:
    revise(store, level(firm, price), NEW_YORK, NOW + after_s)


def told(store: Store) -> list[events.Crossed]:
    """What is owed, in its order, as its rows give it back."""
    rows = store.db.execute("select kind, facts from outbox where kind = 'crossed' order by id")
    found = [events.from_json(kind, facts) for kind, facts in rows]
    return [event for event in found if isinstance(event, events.Crossed)]


def view(after_s: int) -> View:
    return View(NOW + after_s, Place("America/New_York"), LEVELS, None)


def lines(store: Store, after_s: int) -> list[str]:
    """The last message's lines that say what came from where."""
    text = plain_text(render(told(store)[-1], view(after_s)).html)
    return [line for line in text.splitlines() if " from the " in line or "alone" in line]


def cause(store: Store) -> tuple[int, float, float]:
    """Since when, counted from ten o'clock, and the points of the last crossing owed."""
    found = told(store)[-1].told[-1].cause
    assert found is not None
    assert found.price is not None
    assert found.target is not None
    return found.since - NOW, round(found.price, 2), round(found.target, 2)


def test_by_the_price_alone_since_it_was_made(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 120, 176.0)
    assert cause(house) == (0, -3.85, 0.0)
    assert lines(house, 180) == [
        "Upside to consensus fell to 9.09 %: −3.9 points from the price, none from the target (since 10:00)"
    ]


def test_by_both_where_a_poll_follows_a_revision(house: Store) -> None:
    wish(house, 9.5)
    move(house, 191.0, 60)
    poll(house, 120, 176.0)
    assert cause(house) == (0, -3.84, -0.58)
    assert lines(house, 180) == [
        "Upside to consensus fell to 8.52 %: −3.8 points from the price, −0.6 from the target (since 10:00)"
    ]


def test_by_both_where_a_revision_follows_a_poll_and_the_levels_move_is_named(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 60, 172.0)
    move(house, 188.0, 120)
    assert cause(house) == (0, -1.3, -2.34)
    (line,) = lines(house, 180)
    assert line == (
        "As consensus moved from 192.00 to 188.00, upside to it fell to 9.3 %: −1.3 points from the price, "
        "−2.3 from the target (since 10:00)"
    )


def test_by_the_target_alone_where_the_price_stood_still(house: Store) -> None:
    wish(house, 10.0)
    move(house, 186.0, 60)
    (line,) = lines(house, 120)
    assert line == (
        "As consensus moved from 192.00 to 186.00, upside to it fell to 9.41 %: none from the price, "
        "−3.5 points from the target (since 10:00)"
    )


@pytest.mark.parametrize("revised_first", [True, False])
def test_what_was_told_before_is_where_it_is_counted_from(house: Store, revised_first: bool) -> None:
    wish(house, 10.0)
    if revised_first:
        move(house, 186.0, 90)  # told at 9.41 %, the price at 170
    else:
        poll(house, 60, 176.0)  # told at 9.09 %, the target at 192
        move(house, 191.0, 100)
    poll(house, 180, 160.0)
    since, by_price, by_target = cause(house)
    assert (since, by_target) == ((60, 0.0) if revised_first else (60, -0.6))
    before, after = (186 / 170, 186 / 160) if revised_first else (192 / 176, 191 / 160)
    assert by_price + by_target == pytest.approx((after - before) * 100, abs=0.01)


def test_in_one_walk_each_crossing_is_counted_from_the_one_before(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 180, 176.0, 170.0, 177.0)
    found = [one.cause for one in told(house)[-1].told]
    assert [one and (one.since - NOW, round(one.price or 0, 2)) for one in found] == [
        (0, -3.85), (60, 3.85), (120, -4.47),
    ]  # fmt: skip
    assert len(lines(house, 240)) == 1


def test_each_firm_has_a_line_of_its_own(house: Store) -> None:
    wish(house, 10.0)
    wish(house, 10.5)
    wish(house, 31.0, firm="JPMorgan Chase")
    poll(house, 120, 176.0)
    assert lines(house, 180) == [
        "Upside to JPMorgan Chase fell to 30.68 %: −4.6 points from the price, none from the target (since 10:00)",
        "Upside to consensus fell to 9.09 %: −3.9 points from the price, none from the target (since 10:00)",
    ]


@pytest.mark.parametrize(
    ("way", "prices", "said"),
    [
        (Way.BELOW, (176.0, 160.0, 175.0), "came to 9.71 %: +0.6"),
        (Way.BELOW, (175.0, 160.0, 176.0), "fell to 9.09 %: −0.6"),
        (Way.ABOVE, (178.0, 160.0, 178.0, 174.0), "came to 10.34 %: −9.7"),
        (Way.ABOVE, (178.0, 160.0), "rose to 20 %: +7.1"),
    ],
)
def test_what_turned_untold_since_is_not_said_to_have_fallen_or_risen(
    house: Store, way: Way, prices: tuple[float, ...], said: str
) -> None:
    wish(house, 10.0, way)
    for place, price in enumerate(prices, start=1):
        poll(house, 60 * place, price)
    assert lines(house, 600)[-1].startswith(f"Upside to consensus {said} points from the price, none from the target ")


def test_of_a_target_next_to_nothing_no_price_is_taken_back(house: Store) -> None:
    move(house, 200.0, -60, firm="Citi")
    wish(house, -50.0, firm="Citi")
    move(house, 1e-7, 60, firm="Citi")  # −100 %, as rounded
    move(house, 200.0, 120, firm="Citi")
    assert told(house)[-1].told[-1].cause == Attribution(NOW + 60, None, None)
    assert lines(house, 180) == ["By the target alone: Citi moved from 0.00 to 200.00, the price did not"]


def test_edited_it_is_counted_from_the_edit(house: Store) -> None:
    alert = wish(house, 10.0)
    house.alerts.change(
        replace(alert, metric="price", line=Line(190.0, 1.9), state=State(Side.BELOW, armed=True)), None
    )
    poll(house, 60, 195.0)
    poll(house, 120, 172.0)
    house.alerts.change(replace(alert, created_at=NOW + 200), "edited")
    poll(house, 240, 176.0)
    assert cause(house) == (200, -2.54, 0.0)


def test_a_price_nobody_knows_any_more_is_not_made_up(house: Store) -> None:
    wish(house, 10.0)
    house.history.drop_minutes("BABA", NOW)
    poll(house, 120, 176.0)
    assert lines(house, 180) == [
        "Upside to consensus came to 9.09 % by the price alone; the target did not move (since 10:00)"
    ]
    poll(house, 180, 170.0)
    assert cause(house) == (120, 3.85, 0.0)


def test_nothing_is_said_where_the_price_is_not_known_and_the_target_moved(house: Store) -> None:
    wish(house, 9.5)
    house.history.drop_minutes("BABA", NOW)
    move(house, 191.0, 60)
    poll(house, 120, 176.0)
    assert lines(house, 180) == []


def test_prices_from_before_the_revision_told_last_are_not_counted_from_it(house: Store) -> None:
    """They come after a silence in which the level moved."""
    wish(house, 10.0)
    move(house, 186.0, 600)
    poll(house, 660, 168.0, 160.0, 170.0, 170.0, 170.0)
    assert told(house)[-1].told[0].cause == Attribution(NOW + 600, None, None)


def test_a_price_of_just_before_the_move_that_was_learned_after_it_changes_nothing(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 60, 170.2)
    move(house, 186.0, 180)
    poll(house, 180, 170.2, 170.3, 160.0)  # the bar of 10:02 was over when the level moved, and not yet known
    assert cause(house) == (180, 6.97, 0.0)


def test_of_a_poll_in_the_very_second_of_a_revision_it_is_not_known_what_it_was_judged_by(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 60, 176.0)
    move(house, 191.0, 90)
    poll(house, 180, 160.0)
    assert told(house)[-1].told[-1].cause == Attribution(NOW + 60, None, None)
    assert lines(house, 240) == []


def test_over_a_split_both_are_on_the_scale_of_today(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 60, 176.0)
    opened, last = NOW + DAY - 1800, minute(NOW + 60, 176.0)
    bars = [replace(last, open=88.0, high=88.0, low=88.0, close=88.0), minute(opened, 86.0), minute(opened + 60, 80.0)]
    split = Split(date(2025, 10, 3), 2, 1)
    take_in(house, BABA, replace(answer(*bars), splits=(split,)), opened + 150)
    assert cause(house) == (60, 2.54, 0.0)


def test_a_poll_in_which_no_upside_crosses_asks_nothing_more(house: Store) -> None:
    wish(house, 5.0)
    make(house, Wish("BABA", Way.CROSSES, 175.0), CHAT, NEW_YORK, "chat", NOW)
    asked: list[str] = []
    house.db.conn.set_trace_callback(asked.append)
    poll(house, 120, 176.0)
    house.db.conn.set_trace_callback(None)
    assert told(house)
    assert not [text for text in asked if "known_at" in text or "from splits" in text or " offset " in text]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.booleans(), st.integers(150, 210)), min_size=1, max_size=8))
def test_whatever_prices_and_targets_do_the_points_add_up_from_telling_to_telling(
    moves: list[tuple[bool, int]],
) -> None:
    with passing_store() as store, store.transaction():
        store.chats.add(CHAT, "private", "paired", CHAT, NOW - DAY)
        move(store, 192.0, -DAY)
        poll(store, -HOUR, 170.0)
        wish(store, 10.0)
        for place, (is_price, to) in enumerate(moves, start=1):
            poll(store, 120 * place, float(to)) if is_price else move(store, float(to), 120 * place)
        tellings = [one for event in told(store) for one in event.told]
        before = (192 / 170 - 1) * 100
        for one in tellings:
            assert one.cause is not None
            assert (one.cause.price or 0) + (one.cause.target or 0) == pytest.approx(one.value - before, abs=1e-4)
            before = one.value


# Told later


def test_what_was_kept_says_it_on_the_row_and_names_the_levels_move(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 60, 172.0)
    move(house, 188.0, 120)
    poll(house, 240, 165.0)
    kept = [Kept(event, NOW + 120) for event in told(house)]
    assert plain_text(together(kept, {"BABA": view(DAY)}).html).splitlines()[1:4] == [
        "10:02 reached 10 % upside to consensus ↓ (−1.3 points from the price, −2.3 from the target since 2 Oct)",
        "By the target: consensus moved from 192.00 to 188.00",
        "10:04 reached 10 % upside to consensus ↑ (+4.6 points from the price, none from the target since 2 Oct)",
    ]


def test_what_was_missed_says_it_on_the_row(house: Store) -> None:
    wish(house, 10.0)
    poll(house, 60, 170.0)
    poll(house, HOUR, 176.0, *[170.0] * 20)
    text = plain_text(render(told(house)[-1], view(HOUR)).html)
    assert (
        "\n10:40 reached 10 % upside to consensus ↓ (−3.9 points from the price, none from the target since 10:00)"
        in text
    )
    assert (
        "\n10:41 reached 10 % upside to consensus ↑ (+3.9 points from the price, none from the target since 10:40)"
        in text
    )
