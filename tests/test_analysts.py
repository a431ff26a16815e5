"""What a source said of the analysts: which level follows its firm, what is news, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.desk import Desk
from bot.core.analysts import RatingAction, Targets
from bot.core.events import from_json
from bot.core.news import AnalystNews, LevelMove
from bot.feeds import Researched
from bot.jobs.analysts import RECENT_S, WRONG_UNIT, take_in
from bot.store import Store
from tests.fakes.desk import ME, OTHER, Keyboard, furnished, new_york
from tests.fakes.feed import STOCK
from tests.fakes.house import passing_store
from tests.fakes.research import said

DAY = 86_400
AFTER = 1_765_200_000  # 8 December 2025, two days after the report that the stored levels are of


def act(
    firm: str, target: float | None = None, before: float | None = None, at: int = AFTER, **more: str
) -> RatingAction:
    return RatingAction(firm, at, more.get("action", "main"), more.get("rating"), more.get("was"), target, before)


def hear(store: Store, answer: Researched, now: int = AFTER + DAY) -> dict[str, str]:
    with store.transaction():
        return take_in(store, STOCK, new_york(), answer, now)


def news(store: Store, chat: int = ME) -> list[AnalystNews]:
    """What the chat is owed of analysts; it is owed no longer."""
    rows = store.db.execute("select facts from outbox where chat_id = ? and kind = 'analystnews' order by id", [chat])
    found = [from_json("analystnews", facts) for (facts,) in rows.fetchall()]
    store.db.execute("delete from outbox")
    return [one for one in found if isinstance(one, AnalystNews)]


def level(store: Store, firm: str) -> tuple[float, str | None, str, str]:
    (found,) = (one for one in store.levels.present("BABA") if one.firm == firm)
    return found.price, found.rating, found.as_of.isoformat(), found.source


@pytest.fixture
def heard(desk: Desk) -> Desk:
    """A desk that has heard of one old action already, so that all further ones are news."""
    hear(desk.store, said(None, act("Benchmark", at=AFTER - 400 * DAY, rating="Buy")), AFTER)
    return desk


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
def test_a_target_in_another_unit_is_never_stored(heard: Desk, target: float) -> None:
    hear(heard.store, said(None, act("JP Morgan", target, 1_380.0, rating="Overweight")))
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
