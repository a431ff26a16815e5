"""What the settings file says enters the database where it is new or changed; otherwise the database wins."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core import events
from bot.core.alerts import Side, State
from bot.core.levels import Level
from bot.core.market import Bar, Quote, Session, Stock
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.feeds import Fetched
from bot.jobs.configured import adopt_alerts, adopt_chats, adopt_levels
from bot.jobs.revise import revise
from bot.jobs.watch import Watched, take_in
from bot.store import Store
from tests.fakes.analysts import LEVELS, level
from tests.fakes.desk import new_york

NOW = 1_759_413_600  # 2 October 2025, 10:00 in New York
ME, FRIEND, GROUP = 11, 12, -100
BABA = Stock("BABA", "Alibaba", "always", "USD")
HOURS = {"BABA": new_york()}
REPORT = "report of 2025-12-06"
TEXTS = ("crosses consensus", "below 150 once")


@pytest.fixture
def house(store: Store) -> Store:
    """A first start: two chats, the shipped levels, two default alerts, the price at 158.20."""
    store.history.add_quote(Quote("BABA", NOW - 60, 158.2, Session.REGULAR, "Yahoo"))
    start(store)
    return store


def start(
    store: Store,
    chats: Sequence[int] = (ME, GROUP),
    levels: Sequence[Level] = LEVELS,
    texts: Sequence[str] = TEXTS,
    owner: int | None = None,
) -> None:
    """What every start does with its settings."""
    adopt_chats(store, chats, owner, NOW)
    adopt_levels(store, levels, HOURS, NOW)
    adopt_alerts(store, {"BABA": texts}, HOURS, 1.0, NOW)


def own(store: Store, chat: int = ME) -> list[str]:
    return [f"#{one.number} {one.way.value} {one.level or one.threshold}" for one in store.alerts.of_chat(chat)]


def owed(store: Store) -> list[tuple[int, events.Event]]:
    """Every pending message, one chat after the other."""
    rows = store.db.execute("select chat_id, kind, facts from outbox where status = 'pending' order by id")
    return [(chat_id, events.from_json(kind, facts)) for chat_id, kind, facts in rows]


def changed(price: float, firm: str = "consensus") -> tuple[Level, ...]:
    return tuple(replace(one, price=price) if one.firm == firm else one for one in LEVELS)


def prices(store: Store) -> dict[str, float]:
    return {one.firm: one.price for one in store.levels.present("BABA")}


# Alerts


def test_every_served_chat_gets_the_default_alerts(house: Store) -> None:
    assert own(house) == own(house, GROUP) == ["#1 crosses consensus", "#2 below 150.0"]


def test_a_second_start_changes_nothing(house: Store) -> None:
    before = list(house.db.conn.iterdump())
    start(house)
    assert list(house.db.conn.iterdump()) == before


def test_a_new_alert_takes_its_side_from_the_last_price(house: Store) -> None:
    assert [one.state for one in house.alerts.of_chat(ME)] == [State(Side.BELOW, True), State(Side.ABOVE, True)]


def test_an_alert_deleted_in_the_chat_stays_deleted(house: Store) -> None:
    house.alerts.end(house.alerts.of_chat(ME)[0], NOW, by="deleted")
    start(house)
    assert own(house) == ["#2 below 150.0"]
    assert own(house, GROUP) == ["#1 crosses consensus", "#2 below 150.0"]


def test_a_changed_text_takes_the_place_of_the_old_one(house: Store) -> None:
    start(house, texts=("crosses consensus", "below 155"))
    assert own(house) == ["#1 crosses consensus", "#3 below 155.0"]


def test_a_chat_gets_no_more_default_alerts_than_it_may_have_and_the_rest_when_there_is_room(store: Store) -> None:
    adopt_chats(store, [ME], None, NOW)
    adopt_levels(store, LEVELS, HOURS, NOW)
    for _ in range(2):
        adopt_alerts(store, {"BABA": TEXTS}, HOURS, 1.0, NOW, most=1)
        assert own(store) == ["#1 crosses consensus"]
    store.alerts.end(store.alerts.of_chat(ME)[0], NOW, by="chat")
    adopt_alerts(store, {"BABA": TEXTS}, HOURS, 1.0, NOW, most=1)
    assert own(store) == ["#2 below 150.0"]


def test_a_text_that_comes_back_to_the_file_is_new_again(house: Store) -> None:
    house.alerts.end(house.alerts.of_chat(ME)[1], NOW, by="deleted")
    start(house, texts=TEXTS[:1])
    start(house)
    assert own(house) == ["#1 crosses consensus", "#3 below 150.0"]


def test_alerts_made_in_the_chat_do_not_depend_on_the_file(house: Store) -> None:
    house.db.conn.execute("update alerts set origin = 'chat' where number = 2")
    start(house, texts=())
    assert own(house) == ["#2 below 150.0"]


def test_of_a_stock_that_left_the_file_the_default_alerts_end(house: Store) -> None:
    adopt_levels(house, [], HOURS, NOW)
    adopt_alerts(house, {}, HOURS, 1.0, NOW)
    assert own(house) == []
    assert prices(house) == {}


# Chats


def test_a_chat_that_left_the_list_is_served_no_more_and_keeps_its_alerts(house: Store) -> None:
    start(house, chats=[ME])
    assert [member.chat_id for member in house.chats.members()] == [ME]
    assert not house.chats.obeys(None, GROUP)
    start(house)
    assert own(house, GROUP) == ["#1 crosses consensus", "#2 below 150.0"]


def test_a_paired_chat_is_served_without_being_listed(house: Store) -> None:
    house.chats.add(FRIEND, "private", "paired", FRIEND, NOW)
    start(house, chats=[])
    assert [member.chat_id for member in house.chats.members()] == [FRIEND]
    assert own(house, FRIEND) == ["#1 crosses consensus", "#2 below 150.0"]


def test_the_owner_is_served_and_remembered(store: Store) -> None:
    start(store, chats=[], owner=ME)
    assert store.fact("owner") == str(ME)
    assert store.chats.obeys(ME, -999)
    assert own(store) == ["#1 crosses consensus", "#2 below 150.0"]


def test_a_person_is_obeyed_anywhere_and_a_group_only_there(house: Store) -> None:
    assert [house.chats.obeys(user, chat) for user, chat in ((ME, -999), (FRIEND, GROUP), (FRIEND, FRIEND))] == [
        True, True, False,
    ]  # fmt: skip


# Levels


def test_the_levels_of_the_file_are_stored(house: Store) -> None:
    assert house.levels.present("BABA") == LEVELS


def test_a_level_revised_in_the_database_stays_so(house: Store) -> None:
    revise(house, changed(195.0)[2], new_york(), NOW)
    start(house)
    assert prices(house)["consensus"] == 195.0


def test_a_level_changed_in_the_file_is_told_as_a_revision(house: Store) -> None:
    start(house, levels=changed(188.0))
    told = events.Revised("BABA", "consensus", 192.0, 188.0, 158.2, passed=False, at=NOW, source=REPORT)
    assert owed(house) == [(GROUP, told), (ME, told)]


def test_the_alerts_follow_their_level(house: Store) -> None:
    start(house, levels=changed(188.0))
    (followed, fixed) = house.alerts.of_chat(ME)
    assert (followed.threshold, followed.line.band, followed.state) == (188.0, 1.88, State(Side.BELOW, True))
    assert fixed.threshold == 150.0


def test_a_change_in_anything_but_the_price_is_stored_and_not_told(house: Store) -> None:
    start(house, levels=tuple(replace(one, rating="Buy") for one in LEVELS))
    assert {one.rating for one in house.levels.present("BABA")} == {"Buy"}
    assert owed(house) == []


def test_a_level_nobody_follows_is_revised_in_silence(house: Store) -> None:
    start(house, levels=changed(240.0, "JPMorgan Chase"))
    assert prices(house)["JPMorgan Chase"] == 240.0
    assert owed(house) == []


def test_a_chat_served_no_more_is_told_of_no_revision(house: Store) -> None:
    start(house, chats=[ME], levels=changed(188.0))
    assert [chat for chat, _ in owed(house)] == [ME]


def test_an_alert_on_a_level_that_left_the_file_keeps_its_price(house: Store) -> None:
    start(house, levels=LEVELS[:2], texts=TEXTS)
    followed = house.alerts.of_chat(ME)[0]
    assert (followed.level, followed.threshold) == (None, 192.0)


def test_a_level_that_comes_back_is_new_again(house: Store) -> None:
    start(house, levels=LEVELS[:2])
    start(house)
    assert house.levels.present("BABA") == LEVELS


# A moved line is no crossing


@pytest.mark.parametrize(
    ("price", "to", "side", "armed"),
    [
        (189.4, 188.0, Side.ABOVE, False),  # the line fell below the price, less than a band away
        (189.4, 180.0, Side.ABOVE, True),
        (189.4, 189.4, Side.ABOVE, False),  # exactly on the price
        (193.0, 200.0, Side.BELOW, True),
        (193.0, 193.5, Side.BELOW, False),
    ],
)
def test_a_level_moved_over_the_price_is_told_as_such(
    store: Store, price: float, to: float, side: Side, armed: bool
) -> None:
    store.history.add_quote(Quote("BABA", NOW - 60, price, Session.REGULAR, "Yahoo"))
    start(store, chats=[ME], texts=["crosses consensus"])
    start(store, chats=[ME], texts=["crosses consensus"], levels=changed(to))
    assert owed(store) == [
        (ME, events.Revised("BABA", "consensus", 192.0, to, price, passed=True, at=NOW, source=REPORT))
    ]
    assert store.alerts.of_chat(ME)[0].state == State(side, armed)


def poll(store: Store, watched: Watched, at: int, *prices: float) -> None:
    """One poll at a moment, that finds still minutes at these prices up to it, else one at 189.40."""
    prices = prices or (189.4,)
    first = at - 60 * (len(prices) - 1)
    bars = tuple(Bar(first + 60 * place, one, one, one, one, 1) for place, one in enumerate(prices))
    take_in(store, watched, Fetched("BABA", "USD", bars, at, 189.4, "Yahoo"), at + 30)


def test_a_line_is_not_reached_by_prices_from_before_it_lay_there(store: Store) -> None:
    """They come after a silence, in which the level was revised from 192 to 190."""
    watched = Watched(BABA, Exchange("always", NOW), Rules(20.0, frozenset(Session)), stale_after_s=300)
    poll(store, watched, NOW - 600)
    start(store, chats=[ME], texts=["crosses consensus"])
    store.db.conn.execute("update alerts set created_at = created_at - 3600")
    start(store, chats=[ME], texts=["crosses consensus"], levels=changed(190.0))
    poll(store, watched, NOW + 60, 189.4, 189.4, 191.0, 188.0, 189.4, 189.4)
    assert store.crossings.count() == 0
    poll(store, watched, NOW + 120, 189.4, 190.5)
    assert store.crossings.count() == 1


def test_before_any_price_a_revision_says_nothing_of_one(store: Store) -> None:
    start(store, chats=[ME])
    start(store, chats=[ME], levels=changed(188.0))
    assert owed(store) == [
        (ME, events.Revised("BABA", "consensus", 192.0, 188.0, None, passed=False, at=NOW, source=REPORT))
    ]
    assert store.alerts.of_chat(ME)[0].state == State()


def test_a_first_level_is_no_revision(store: Store) -> None:
    revise(store, level("Citi", 200.0), new_york(), NOW)
    assert prices(store) == {"Citi": 200.0}
    assert owed(store) == []


def test_a_level_that_comes_back_elsewhere_is_told_as_a_move_of_the_target(store: Store) -> None:
    store.history.add_quote(Quote("BABA", NOW - 60, 170.0, Session.REGULAR, "Yahoo"))
    revise(store, level("Citi", 200.0), new_york(), NOW - 50)
    start(store, chats=[ME], texts=["upside to citi below 10%"])
    store.levels.end("BABA", "Citi", NOW)
    revise(store, level("Citi", 180.0), new_york(), NOW + 60)
    (event,) = (event for _, event in owed(store))
    assert isinstance(event, events.Crossed)
    assert event.revision == events.Revision("Citi", 200.0, 180.0)


def test_a_line_followed_in_regular_hours_only_takes_its_side_from_the_regular_price(store: Store) -> None:
    regular, post = Bar(NOW - 60, 185.0, 185.0, 185.0, 185.0, 1), Bar(NOW, 196.0, 196.0, 196.0, 196.0, 1, Session.POST)
    store.history.add_bars("BABA", [regular, post])
    store.history.add_quote(Quote("BABA", NOW, 196.0, Session.POST, "Yahoo"))
    start(store, chats=[ME], texts=["crosses consensus", "crosses consensus rth"])
    start(store, chats=[ME], texts=["crosses consensus", "crosses consensus rth"], levels=changed(195.0))
    assert [alert.state.side for alert in store.alerts.of_chat(ME)] == [Side.ABOVE, Side.BELOW]


def test_a_configured_group_that_moved_is_served_under_its_new_id_and_keeps_its_alerts(store: Store) -> None:
    start(store, chats=[-7], texts=["crosses consensus"])
    store.chats.migrate(-7, -1007)
    start(store, chats=[-7], texts=["crosses consensus"])
    assert [member.chat_id for member in store.chats.members()] == [-1007]
    assert [(alert.chat_id, alert.number) for alert in store.alerts.of_chat(-1007)] == [(-1007, 1)]
