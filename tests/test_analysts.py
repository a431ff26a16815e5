"""What a source said of the analysts: which level follows its firm, what is news, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.desk import Desk
from bot.core.analysts import RatingAction, Targets
from bot.core.clock import Place
from bot.core.days import date_of, midnight
from bot.core.news import LevelMove
from bot.core.splits import Split
from bot.core.wording import render
from bot.core.wording.view import View
from bot.jobs.analysts import RECENT_S, WRONG_UNIT
from bot.store import Store
from bot.store.analysts import Effort
from tests.fakes.desk import ME, OTHER, Keyboard, furnished, put_price
from tests.fakes.house import passing_store
from tests.fakes.opinions import AFTER, DAY, act, claims, hear, news
from tests.fakes.research import said


def level(store: Store, firm: str) -> tuple[float, str | None, str, str]:
    (found,) = (one for one in store.levels.present("BABA") if one.firm == firm)
    return found.price, found.rating, found.as_of.isoformat(), found.source


def test_a_level_follows_its_firm_and_its_followers_are_told_once(heard: Desk, say: Keyboard) -> None:
    say("/alert above jpmorgan")
    answer = said(None, act("JP Morgan", 245.0, 230.0, rating="Overweight"))
    for place in range(3):
        hear(heard.store, answer, AFTER + place * DAY)
    assert level(heard.store, "JPMorgan Chase") == (245.0, "Overweight", "2025-12-08", "Yahoo")
    move = LevelMove("JPMorgan", "price target", 230.0, 245.0, "Overweight", None, "2025-12-08", passed=False)
    assert [one.levels for one in news(heard.store)] == [(move,)]
    assert [alert.threshold for alert in heard.store.alerts.of_chat(ME)] == [245.0]


def test_the_old_level_stays_as_a_row(heard: Desk) -> None:
    hear(heard.store, said(None, act("JP Morgan", 245.0)))
    assert [one.price for one, _ in heard.store.levels.every("BABA", "JPMorgan Chase")] == [245.0, 230.0]


@pytest.mark.parametrize(
    "action",
    [
        act("JP Morgan", 245.0, at=AFTER - 30 * DAY),  # the report knew it
        act("JP Morgan", 230.0),
        act("JP Morgan"),
        act("Morgan Stanley", 245.0),
        act("Morningstar", 300.0),  # a fair value is no price target
    ],
)
def test_what_a_level_knows_already_or_is_not_about_moves_nothing(
    heard: Desk, say: Keyboard, action: RatingAction
) -> None:
    say("/alert above jpmorgan")
    before = [(one.firm, one.price) for one in heard.store.levels.present("BABA")]
    hear(heard.store, said(None, action))
    assert [(one.firm, one.price) for one in heard.store.levels.present("BABA")] == before
    assert news(heard.store) == []


def test_a_target_said_again_makes_its_level_young_and_no_news(heard: Desk, say: Keyboard) -> None:
    say("/alert above jpmorgan")
    hear(heard.store, said(None, act("JP Morgan", 230.0, 230.0)))
    assert (level(heard.store, "JPMorgan Chase")[2], news(heard.store)) == ("2025-12-08", [])


def test_a_rating_alone_leaves_the_target_as_old_as_it_is(heard: Desk, say: Keyboard) -> None:
    say("/alert above bernstein")
    hear(heard.store, said(None, act("Bernstein", rating="Market Perform", was="Outperform", action="down")))
    assert level(heard.store, "Bernstein SocGen Group")[:3] == (190.0, "Market Perform", "2025-12-06")
    (told,) = news(heard.store)
    assert [(one.rating_before, one.rating) for one in told.levels] == [("Outperform", "Market Perform")]


def test_of_several_words_of_a_firm_the_last_counts(heard: Desk) -> None:
    actions = [
        act("JP Morgan", 250.0, at=AFTER + 2 * DAY),
        act("JP Morgan", 240.0),
        act("JP Morgan", 260.0, at=AFTER + DAY),
    ]
    hear(heard.store, said(None, *actions), AFTER + 3 * DAY)
    assert level(heard.store, "JPMorgan Chase")[0] == 250.0


def test_the_first_that_is_heard_of_a_stock_brings_its_levels_up_to_date(desk: Desk, say: Keyboard) -> None:
    say("/alert above jpmorgan")
    hear(desk.store, said(None, act("JP Morgan", 245.0), act("Barclays", 200.0, 190.0)))
    (told,) = news(desk.store)
    assert ([move.new for move in told.levels], told.actions) == ([245.0], ())


@pytest.mark.parametrize("target", [1399.0, 24.0])
def test_a_target_in_another_unit_is_never_stored_and_that_is_logged_once(
    heard: Desk, target: float, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        hear(heard.store, said(None, act("JP Morgan", target, 1_380.0, rating="Overweight")))
    assert caplog.messages == [f"targets refused symbol=BABA firms=JP Morgan: {WRONG_UNIT}"]
    assert level(heard.store, "JPMorgan Chase")[:2] == (230.0, "Overweight")
    assert [one.target for one in heard.store.analysts.actions("BABA")] == [None, None]


@pytest.mark.parametrize(
    "targets",
    [
        Targets(1_399.0, 1_410.0, 900.0, 1_800.0, 39, 158.2),  # CNY beside a price in USD
        Targets(1_399.0, 1_410.0, 900.0, 1_800.0, 39, 1_130.0),  # all of it in CNY
        Targets(24.0, 24.0, 12.0, 30.0, 39, 19.8),  # per ordinary share
    ],
)
def test_a_consensus_in_another_unit_is_refused_and_said_to_be(heard: Desk, targets: Targets) -> None:
    refused = hear(heard.store, replace(said(), targets=targets))
    assert refused == {"targets": WRONG_UNIT}
    assert heard.store.analysts.targets("BABA", "Yahoo") is None


def test_a_price_that_has_fallen_far_does_not_make_old_targets_foreign(heard: Desk) -> None:
    assert hear(heard.store, replace(said(), targets=Targets(185.0, price=70.0))) == {}


def test_without_a_price_of_ours_the_levels_tell_the_unit(store: Store) -> None:
    desk = furnished(store)
    desk.store.db.execute("delete from quotes")
    assert hear(desk.store, said(1_399.0)) == {"targets": WRONG_UNIT}
    assert hear(desk.store, said(185.0)) == {}


def test_what_is_dated_long_ago_is_stored_and_not_told(heard: Desk) -> None:
    hear(heard.store, said(None, act("Barclays", 200.0, 190.0, at=AFTER - RECENT_S)))
    assert (len(heard.store.analysts.actions("BABA")), news(heard.store)) == (2, [])


def test_a_rating_and_a_target_are_told_to_those_who_wished_for_them(heard: Desk, say: Keyboard) -> None:
    say("/alert rating changes")
    say("/alert target changes", chat=OTHER)
    hear(heard.store, said(None, act("Barclays", rating="Sell", was="Buy", action="down"), act("Citi", 200.0, 190.0)))
    found = {chat: [claims(one) for one in news(heard.store, chat)] for chat in (ME, OTHER)}
    assert found == {ME: [["Barclays"]], OTHER: [["Citi"]]}


def test_who_wished_for_both_gets_one_message_in_which_each_action_stands_once(heard: Desk, say: Keyboard) -> None:
    say("/alert rating changes")
    say("/alert target changes")
    say("/alert above jpmorgan")
    both = act("Barclays", 150.0, 190.0, rating="Sell", was="Buy", action="down")
    hear(heard.store, said(None, both, act("JP Morgan", 245.0, 230.0)))
    (told,) = news(heard.store)
    assert (claims(told), [one.firm for one in told.levels], told.alerts) == (["Barclays"], ["JPMorgan"], (1, 2))


def test_a_row_is_told_once_and_each_look_tells_what_is_new(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    rows = [
        act("Barclays", 150.0, 190.0),
        act("Citi", 200.0, 190.0, at=AFTER + DAY),
        act("UBS", 180.0, 170.0, at=AFTER),
    ]
    for seen in (1, 1, 2, 3, 3):
        hear(heard.store, said(None, *rows[:seen]), AFTER + 2 * DAY)
    assert [claims(one) for one in news(heard.store)] == [["Barclays"], ["Citi"], ["UBS"]]


def test_what_comes_at_once_after_a_frozen_week_is_one_message_by_its_days(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    rows = [act(f"Firm {n}", 150.0 + n, 190.0, at=AFTER + n * DAY) for n in range(7)]
    hear(heard.store, said(None, *reversed(rows)), AFTER + 8 * DAY)
    (told,) = news(heard.store)
    assert [one.at for one in told.actions] == [AFTER + n * DAY for n in range(7)]
    text = render(told, View(AFTER + 8 * DAY, Place("America/New_York"), (), None)).html
    assert "7 changes" in text
    assert all(f"{8 + n} Dec Firm {n}" in text for n in range(7))


def test_a_line_that_now_lies_beyond_the_price_is_told_first_then_what_moved_furthest(
    heard: Desk, say: Keyboard
) -> None:
    for firm in ("consensus", "jpmorgan", "bernstein"):
        say(f"/alert above {firm}")
    hear(heard.store, said(191.0))
    say("/consensus follow")
    news(heard.store)
    acts = act("JP Morgan", 270.0, at=AFTER + DAY), act("Bernstein", 155.0, at=AFTER + DAY)
    hear(heard.store, said(188.0, *acts), AFTER + 2 * DAY)
    (told,) = news(heard.store)
    assert [one.firm for one in told.levels] == ["Bernstein SocGen", "JPMorgan", "consensus"]


def test_a_firm_s_word_is_of_its_day_at_the_exchange_wherever_it_is_read(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    hear(heard.store, said(None, act("Citi", 180.0, 190.0, at=AFTER + 13 * 3600), act("UBS", 180.0, 190.0, at=AFTER)))
    (told,) = news(heard.store)  # 8 December, 21:20 in New York, and the 9th in Tokyo
    rows = render(told, View(AFTER + DAY, Place("Asia/Tokyo"), (), None)).html.splitlines()
    assert [row[:10] for row in rows[1:3]] == ["8 Dec Citi", "8 Dec UBS "]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (act("Citi", rating="Buy", was="Buy", action="reit"), []),
        (act("Citi", 190.0, 190.0, rating="Buy", was="Buy"), []),
        (act("Citi", rating="Buy", action="init"), ["rating changes"]),
        (act("Citi", 190.0, rating="Buy", was="Buy"), ["target changes"]),
        (act("Citi", 200.0, 190.0, rating="Buy", was="Hold", action="up"), ["rating changes", "target changes"]),
        (act("Citi"), []),
    ],
)
def test_what_only_repeats_is_no_news(heard: Desk, say: Keyboard, action: RatingAction, told: list[str]) -> None:
    texts = ("rating changes", "target changes")
    for text in texts:
        say(f"/alert {text}")
    hear(heard.store, said(None, action))
    numbers = [number for one in news(heard.store) for number in one.alerts]
    assert [texts[number - 1] for number in numbers] == told


def test_the_first_word_on_a_stock_that_nobody_had_rated_is_news(desk: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    desk.store.analysts.note_effort(Effort("BABA", good_at=AFTER - DAY))
    hear(desk.store, said(None, act("Barclays", 200.0)))
    assert [claims(one) for one in news(desk.store)] == [["Barclays"]]


def test_a_target_that_the_source_adds_to_a_row_later_is_news_then(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    for target in (None, 200.0, 200.0):
        hear(heard.store, said(None, act("Citi", target, rating="Buy", was="Buy")))
    assert [claims(one) for one in news(heard.store)] == [["Citi"]]


def test_a_consensus_that_has_moved_is_told_with_mean_and_median(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    for place, mean in enumerate([185.0, 185.3, 189.0, 189.2]):
        hear(heard.store, said(mean), AFTER + place * DAY)
    (told,) = news(heard.store)
    (move,) = told.consensus
    assert (move.mean_before, move.mean, move.median, move.days, move.analysts) == (185.0, 189.0, 187.87, 1, 39)


def test_a_consensus_that_moves_on_two_days_running_is_told_on_both_and_once_on_each(
    heard: Desk, say: Keyboard
) -> None:
    say("/alert consensus moves 2%")
    hours = [(0, 185.0), (24, 180.0), (32, 179.0), (48, 170.0), (96, 160.0)]
    for after, mean in hours:
        hear(heard.store, said(mean), AFTER + after * 3600)
    assert [told.consensus[0].mean for told in news(heard.store)] == [180.0, 170.0, 160.0]


@pytest.mark.parametrize(("pct", "days"), [(5, [[1], [1]]), (20, [[1], [1, 3]])])
def test_a_move_is_said_of_the_days_that_are_known_and_once(
    heard: Desk, say: Keyboard, pct: int, days: list[list[int]]
) -> None:
    say("/alert consensus moves 2%")
    say(f"/alert consensus moves {pct}% in 30d")
    for place, mean in enumerate([185.0, 160.0, 160.0, 140.0]):
        hear(heard.store, said(mean), AFTER + place * DAY)
    assert [[one.days for one in told.consensus] for told in news(heard.store)] == days


def test_a_consensus_that_creeps_is_told_of_its_month_and_not_of_its_days(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    say("/alert consensus moves 5% in 30d")
    for place in range(10):
        hear(heard.store, said(185.0 * (1 - 0.007 * place)), AFTER + 3 * place * DAY)
    assert [one.alerts for one in news(heard.store)] == [(2,)]


@pytest.mark.parametrize("factor", [1.004, 0.995, 1.015])
def test_targets_that_all_move_alike_by_little_are_no_news(heard: Desk, say: Keyboard, factor: float) -> None:
    say("/alert consensus moves 0.5%")
    one = Targets(185.41, 187.87, 95.27, 238.38, 39)
    hear(heard.store, replace(said(), targets=one), AFTER)
    mean, median, low, high = (round(value * factor, 2) for value in (185.41, 187.87, 95.27, 238.38))
    other = Targets(mean, median, low, high, 39)
    hear(heard.store, replace(said(), targets=other))
    assert news(heard.store) == []


def test_a_snoozed_alert_keeps_its_news_and_a_level_is_told_all_the_same(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    say("/alert above jpmorgan")
    say("/snooze 1 1d", at=AFTER + DAY)
    hear(heard.store, said(None, act("Citi", 200.0, 190.0), act("JP Morgan", 245.0, 230.0)))
    waits = heard.store.db.execute("select not_before - created_at from outbox order by id").fetchall()
    found = [(claims(one), len(one.levels)) for one in news(heard.store)]
    assert (waits, found) == ([(0,), (DAY,)], [([], 1), (["Citi", "JP Morgan"], 0)])


def test_a_split_between_two_looks_moves_no_consensus(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    hear(heard.store, said(185.41), AFTER)
    split = Split(date_of(AFTER + DAY, "America/New_York"), 2, 1)
    heard.store.splits.rescale_targets("BABA", midnight(split.day, "America/New_York"), split.factor)
    put_price(heard.store, 79.1, AFTER + DAY)
    hear(heard.store, replace(said(), targets=Targets(92.7, 93.9, 47.6, 119.2, 39)), AFTER + 2 * DAY)
    assert news(heard.store) == []


PRICES = st.floats(60, 400).map(lambda price: round(price, 2))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["JP Morgan", "Bernstein", "mean"]), PRICES), min_size=1, max_size=6))
def test_a_look_at_the_analysts_is_never_a_crossing_of_a_level(looks: list[tuple[str, float]]) -> None:
    with passing_store() as store:
        say = Keyboard(furnished(store))
        for text in ("crosses jpmorgan", "crosses bernstein", "crosses consensus", "within 2% of consensus"):
            say(f"/alert {text}", chat=OTHER)
        hear(store, said(192.0), AFTER)
        say("/consensus follow")
        for place, (who, price) in enumerate(looks, start=1):
            at = AFTER + place * DAY
            hear(store, said(price) if who == "mean" else said(None, act(who, price, at=at)), at)
        assert store.crossings.count() == 0
