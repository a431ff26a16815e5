"""Sequences of looks, splits, taps and restarts after which a message of the analyst desk could be wrong or missing."""

from dataclasses import replace
from datetime import date

import pytest

from bot.commands.desk import Desk
from bot.core.alerts import Policy, Way
from bot.core.analysts import RatingAction, Targets
from bot.core.company import CompanyDate, Occasion
from bot.core.language import Wish
from bot.core.market import Stock
from bot.core.splits import Split
from bot.jobs import splits
from bot.jobs.chosen import choose
from bot.jobs.company import Reminders, take_in_dates
from bot.jobs.make import make
from bot.jobs.upkeep import tell_put_back
from bot.store import Store
from bot.store.analysts import Effort
from tests.conftest import Clock
from tests.fakes.desk import ME, Keyboard, new_york, put_price, watchlist
from tests.fakes.feed import minute
from tests.fakes.opinions import AFTER, DAY, act, claims, hear, news
from tests.fakes.research import earnings, said

NEW_YORK = "America/New_York"
SPLIT_DAY = date(2025, 12, 9)
"""The day after `AFTER`."""


def prices(store: Store) -> dict[str, float]:
    return {one.firm: one.price for one in store.levels.present("BABA")}


def kinds(store: Store, chat: int = ME) -> list[str]:
    """The kinds of what is owed to a chat, in order; it is owed no longer."""
    rows = store.db.execute("select kind from outbox where chat_id = ? order by id", [chat]).fetchall()
    store.db.execute("delete from outbox where chat_id = ?", [chat])
    return [kind for (kind,) in rows]


def halve(store: Store, now: int) -> None:
    """Two new shares for one, known to the source of prices by `now`."""
    store.history.add_bars("BABA", [minute(AFTER, 158.2)])
    splits.apply(store, "BABA", new_york(), Split(SPLIT_DAY, 2, 1), now)
    put_price(store, 79.1, now)


def test_a_consensus_that_jumps_on_two_days_is_told_on_both(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    for place, mean in enumerate([185.0, 189.5, 194.2, 194.2]):
        for hour in (0, 6 * 3_600):  # of the second look on a day nothing is told again
            hear(heard.store, said(mean), AFTER + place * DAY + hour)
    assert [[round(move.pct, 1) for move in one.consensus] for one in news(heard.store)] == [[2.4], [2.5]]


def test_a_mean_still_on_the_scale_before_a_split_is_refused_until_it_is_restated(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    hear(heard.store, said(185.41), AFTER)
    say("/consensus follow", at=AFTER)
    halve(heard.store, AFTER + DAY)
    kinds(heard.store)
    late = Targets(185.41, 187.87, 95.27, 238.38, 39, price=79.1)
    assert "targets" in hear(heard.store, replace(said(), targets=late), AFTER + 2 * DAY)
    restated = Targets(92.71, 93.94, 47.64, 119.19, 39, price=79.1)
    assert hear(heard.store, replace(said(), targets=restated), AFTER + 3 * DAY) == {}
    assert (kinds(heard.store), prices(heard.store)["consensus"]) == ([], 92.7)


def test_targets_restated_before_the_split_is_known_here_are_refused(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    say("/alert target changes")
    hear(heard.store, said(185.41), AFTER)
    kinds(heard.store)
    early = replace(said(None, act("JP Morgan", 122.5, 115.0, at=AFTER + DAY)), targets=Targets(92.7, price=79.1))
    assert "targets" in hear(heard.store, early, AFTER + DAY)
    assert (kinds(heard.store), prices(heard.store)["JPMorgan Chase"]) == ([], 230.0)


def test_a_target_from_before_a_split_that_comes_after_it_moves_no_level(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    halve(heard.store, AFTER + DAY)
    kinds(heard.store)
    hear(heard.store, said(None, act("JP Morgan", 200.0, 230.0)), AFTER + 2 * DAY)
    assert (kinds(heard.store), prices(heard.store)["JPMorgan Chase"]) == ([], 115.0)


def test_a_target_halved_by_a_split_alone_is_not_said_to_be_cut(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    halve(heard.store, AFTER + DAY)
    kinds(heard.store)
    hear(heard.store, said(None, act("Citi", 98.0, 200.0, at=AFTER + 2 * DAY)), AFTER + 2 * DAY)
    assert [one.target_before for told in news(heard.store) for one in told.actions] == [None]


def test_what_is_followed_from_a_wandered_mean_on_does_not_go_back_to_an_older_one(heard: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(heard.store, said(185.41), AFTER)
    hear(heard.store, said(186.2), AFTER + DAY)
    say("/consensus follow", at=AFTER + DAY)
    kinds(heard.store)
    hear(heard.store, said(186.2), AFTER + 2 * DAY)
    assert (kinds(heard.store), prices(heard.store)["consensus"]) == ([], 186.2)


def test_the_consensus_of_another_provider_is_never_overwritten(heard: Desk, say: Keyboard) -> None:
    say("/level MarketBeat 210 consensus", at=AFTER)
    hear(heard.store, said(185.41), AFTER)
    say("/consensus follow", at=AFTER)
    hear(heard.store, said(190.0), AFTER + DAY)
    assert (prices(heard.store)["MarketBeat"], prices(heard.store)["consensus"]) == (210.0, 190.0)


def test_where_only_anothers_consensus_is_stored_the_providers_is_stored_beside_it(heard: Desk, say: Keyboard) -> None:
    say("/level consensus off", at=AFTER)
    say("/level MarketBeat 210 consensus", at=AFTER)
    hear(heard.store, said(185.41), AFTER)
    say("/consensus adopt", at=AFTER)
    assert (prices(heard.store)["MarketBeat"], prices(heard.store).get("consensus")) == (210.0, 185.41)


@pytest.mark.parametrize("ending", ["/resume", "/snooze 1 off"])
def test_news_that_wait_for_a_snooze_come_when_it_is_ended(heard: Desk, say: Keyboard, ending: str) -> None:
    say("/alert target changes", at=AFTER)
    say("/snooze 1 3d", at=AFTER)
    hear(heard.store, said(None, act("Citi", 200.0, 190.0)), AFTER + 60)
    say(ending, at=AFTER + 120)
    assert heard.store.db.execute("select not_before from outbox").fetchall() == [(AFTER + 120,)]


def count_down(store: Store, days: float, now: int, occasion: str = "earnings", *, silent: bool = False) -> None:
    policy = Policy(silent=silent)
    make(store, Wish("BABA", Way.BELOW, days, metric=f"until:{occasion}", policy=policy), ME, new_york(), "chat", now)


def know(store: Store, *dates: CompanyDate, now: int) -> None:
    with store.transaction():
        take_in_dates(store, "BABA", NEW_YORK, dates, now)


def look(store: Store, now: int) -> list[tuple[int | None, int]]:
    """The alerts and reminders told at this moment, with the days that were left."""
    Reminders(store, Clock(now)).look(watchlist(store).watched())
    rows = store.db.execute(
        "select facts ->> 'alert', facts ->> 'days_left' from outbox where kind = 'datenear' and chat_id = ?", [ME]
    ).fetchall()
    store.db.execute("delete from outbox")
    return [(alert, days) for alert, days in rows]


def test_an_alert_made_after_the_report_is_not_told_of_it(desk: Desk) -> None:
    now = AFTER + DAY + 3_600  # the 9th
    know(desk.store, earnings("2025-12-08"), now=AFTER)
    count_down(desk.store, 3, now)
    assert look(desk.store, now + 60) == []


@pytest.mark.parametrize("seen", [True, False])
def test_a_next_date_that_is_near_when_it_is_first_known_is_told(desk: Desk, seen: bool) -> None:
    def ex_dividend(day: int) -> CompanyDate:
        return CompanyDate(Occasion.EX_DIVIDEND, date(2025, 12, day), date(2025, 12, day))

    know(desk.store, ex_dividend(10), now=AFTER)
    count_down(desk.store, 7, AFTER, "ex-dividend")
    assert look(desk.store, AFTER + 60) == []  # it was so near when the alert was made
    if seen:  # the program may be away on the day after
        look(desk.store, AFTER + 3 * DAY)
    know(desk.store, ex_dividend(17), now=AFTER + 4 * DAY)
    assert look(desk.store, AFTER + 4 * DAY + 60) == [(1, 5)]


@pytest.mark.parametrize(("new", "told"), [("2026-03-05", []), ("2025-12-11", ["datemoved"])])
def test_a_report_out_in_the_morning_has_not_moved_to_the_next_quarter(
    heard: Desk, say: Keyboard, new: str, told: list[str]
) -> None:
    say("/alert above 300")
    know(heard.store, earnings("2025-12-08"), now=AFTER - DAY)
    know(heard.store, earnings(new, expected=True), now=AFTER)
    assert kinds(heard.store) == told


def test_a_silent_date_is_told_without_a_sound(desk: Desk) -> None:
    know(desk.store, earnings("2025-12-11"), now=AFTER - 3 * DAY)
    count_down(desk.store, 3, AFTER - 2 * DAY, silent=True)
    Reminders(desk.store, Clock(AFTER)).look(watchlist(desk.store).watched())
    assert desk.store.db.execute("select facts ->> 'silent' from outbox where kind = 'datenear'").fetchall() == [(1,)]


def doubtful(store: Store, kind: str) -> list[int]:
    return [one for (one,) in store.db.execute("select doubtful from outbox where kind = ? order by id", [kind])]


def test_news_that_a_lost_database_may_have_told_are_marked_as_a_repeat(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    heard.store.analysts.note_effort(Effort("BABA", good_at=AFTER))
    tell_put_back(heard.store, AFTER + 60, AFTER + 3_600, damaged=True)
    first, second = (act(firm, 200.0, 190.0, at=AFTER + 60) for firm in ("Citi", "UBS"))
    hear(heard.store, said(185.41, first), AFTER + 3_700)
    heard.store.analysts.note_effort(Effort("BABA", good_at=AFTER + 3_700))
    hear(heard.store, said(185.41, first, second), AFTER + DAY)
    assert doubtful(heard.store, "analystnews") == [1, 0]
    assert doubtful(heard.store, "consensusdrift") == [1]


def test_a_reminder_that_a_lost_database_may_have_given_is_marked_as_a_repeat(desk: Desk, say: Keyboard) -> None:
    say("/alert above 300")
    know(desk.store, earnings("2025-12-09"), now=AFTER - 3 * DAY)
    tell_put_back(desk.store, AFTER, AFTER + 3_600, damaged=True)
    for now in (AFTER + 4_000, AFTER + DAY):  # the evening of the day before, and the day
        Reminders(desk.store, Clock(now)).look(watchlist(desk.store).watched())
    assert doubtful(desk.store, "datenear") == [1, 0]


def test_a_target_that_the_source_corrects_corrects_its_level(heard: Desk, say: Keyboard) -> None:
    say("/alert above jpmorgan")
    for target in (254.0, 245.0, 245.0, 245.5):
        hear(heard.store, said(None, act("JP Morgan", target, 230.0)))
    assert [move.new for one in news(heard.store) for move in one.levels] == [254.0, 245.0]


def test_a_target_that_comes_later_than_its_rating_does_not_tell_the_rating_again(heard: Desk, say: Keyboard) -> None:
    say("/alert rating changes")
    say("/alert target changes")
    upgrade = act("Citi", rating="Buy", was="Hold", action="up")
    for target in (None, 200.0, 200.0):
        hear(heard.store, said(None, replace(upgrade, target=target, target_before=target and 190.0)))
    assert [one.alerts for one in news(heard.store)] == [(1,), (2,)]


def test_a_row_whose_firm_is_written_otherwise_is_told_once(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    for firm in ("Bernstein", "Bernstein SocGen Group", "Bernstein Societe Generale"):
        hear(heard.store, said(None, act(firm, 200.0, 190.0)))
    assert [claims(one) for one in news(heard.store)] == [["Bernstein"]]


def test_a_word_that_is_listed_late_does_not_undo_a_later_one(heard: Desk) -> None:
    hear(heard.store, said(None, act("JP Morgan", 245.0, 230.0, at=AFTER + 3_600)))
    hear(heard.store, said(None, act("JP Morgan", 240.0, 230.0)), AFTER + 2 * DAY)
    assert prices(heard.store)["JPMorgan Chase"] == 245.0


def test_a_rating_is_dated_by_its_own_day_and_not_by_the_targets(heard: Desk, say: Keyboard) -> None:
    say("/alert above bernstein")
    hear(heard.store, said(None, act("Bernstein", rating="Hold", was="Outperform", action="down")))
    assert [move.as_of for one in news(heard.store) for move in one.levels] == ["2025-12-08"]


def test_what_happened_while_nobody_watched_the_stock_is_not_told(heard: Desk, say: Keyboard) -> None:
    for text in ("target changes", "consensus moves 2%", "above jpmorgan"):
        say(f"/alert {text}")
    hear(heard.store, said(185.41), AFTER)
    heard.store.analysts.note_effort(Effort("BABA", good_at=AFTER))
    choose(heard.store, Stock("BABA", "Alibaba", "XNYS", "USD"), ME, AFTER + 20 * DAY)
    kinds(heard.store)
    late = said(150.0, act("Citi", 200.0, 190.0, at=AFTER + DAY), act("JP Morgan", 245.0, 230.0, at=AFTER + DAY))
    hear(heard.store, late, AFTER + 20 * DAY + 900)
    told = news(heard.store)
    assert [(claims(one), one.consensus, [move.new for move in one.levels]) for one in told] == [([], (), [245.0])]


def test_a_move_over_days_in_which_nothing_was_heard_is_not_said_to_be_of_one(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    hear(heard.store, said(185.41), AFTER)
    heard.store.analysts.note_effort(Effort("BABA", good_at=AFTER))
    hear(heard.store, said(195.0), AFTER + 5 * DAY)
    assert [move.days for one in news(heard.store) for move in one.consensus] == [5]


def test_nobody_is_told_of_a_firm_whose_level_was_ended(heard: Desk, say: Keyboard) -> None:
    say("/alert above jpmorgan")
    say("/level jpmorgan off", at=AFTER)
    hear(heard.store, said(None, act("JP Morgan", 245.0, 230.0)))
    assert (news(heard.store), prices(heard.store).get("JPMorgan Chase")) == ([], None)


@pytest.mark.parametrize(
    ("texts", "silent"),
    [
        (["target changes silent", "rating changes silent"], True),
        (["target changes silent", "rating changes"], False),
        (["target changes silent", "above jpmorgan"], False),
    ],
)
def test_news_are_silent_where_all_that_wished_for_them_are(
    heard: Desk, say: Keyboard, texts: list[str], silent: bool
) -> None:
    for text in texts:
        say(f"/alert {text}")
    raised = act("Citi", 200.0, 190.0, rating="Buy", was="Hold")
    hear(heard.store, said(None, raised, act("JP Morgan", 245.0, 230.0)))
    assert [one.silent for one in news(heard.store)] == [silent]


@pytest.mark.parametrize(
    ("targets", "is_refused"),
    [
        (Targets(2_500.0, price=2_120.0), True),  # all of it in another currency, at a rate that is no split's
        (Targets(240.0, price=158.2), False),
    ],
)
def test_the_sources_own_price_tells_its_unit(heard: Desk, targets: Targets, is_refused: bool) -> None:
    assert bool(hear(heard.store, replace(said(), targets=targets))) is is_refused


def test_without_any_figure_of_ours_the_sources_own_price_has_to_do(desk: Desk) -> None:
    for table in ("quotes", "levels"):
        desk.store.db.execute(f"delete from {table}")
    assert hear(desk.store, replace(said(), targets=Targets(185.0, price=158.0))) == {}
    assert hear(desk.store, replace(said(), targets=Targets(185.0, price=20.0))) != {}


def test_a_fallen_stocks_targets_are_read_beside_the_older_ones(heard: Desk) -> None:
    hear(heard.store, said(185.0), AFTER)
    put_price(heard.store, 50.0, AFTER + 60)
    hear(heard.store, said(None, act("JP Morgan", 210.0, 230.0)))
    assert prices(heard.store)["JPMorgan Chase"] == 210.0


def test_an_unquiet_night_is_no_split_while_the_last_close_is_the_sources(heard: Desk) -> None:
    heard.store.history.add_bars("BABA", [minute(AFTER - DAY, 158.2)])
    put_price(heard.store, 79.0, AFTER + 60)
    assert hear(heard.store, replace(said(), targets=Targets(185.0, price=158.2))) == {}


def test_targets_with_a_dozen_digits_are_stored_to_the_cent(heard: Desk, say: Keyboard) -> None:
    say("/alert target changes")
    hear(heard.store, said(None, act("JP Morgan", 245.123456, 230.987654)))
    assert prices(heard.store)["JPMorgan Chase"] == 245.12
    assert [one.target_before for told in news(heard.store) for one in told.actions] == [230.99]


def test_a_firm_that_said_nothing_new_keeps_the_level_that_was_typed(heard: Desk, say: Keyboard) -> None:
    hear(heard.store, said(None, act("JP Morgan", 245.0, 230.0)))
    say("/level jpmorgan 230 2025-12-05", at=AFTER + DAY)
    hear(heard.store, said(None, act("JP Morgan", 245.0, 230.0), act("UBS", 200.0, at=AFTER - 60)), AFTER + 2 * DAY)
    assert prices(heard.store)["JPMorgan Chase"] == 230.0


def split(store: Store, numerator: int, denominator: int, price: float) -> None:
    """On the 9th, applied; the stock is at this price since."""
    store.history.add_bars("BABA", [minute(AFTER, 158.2)])
    splits.apply(store, "BABA", new_york(), Split(SPLIT_DAY, numerator, denominator), AFTER + DAY)
    put_price(store, price, AFTER + DAY)


@pytest.mark.parametrize(
    ("terms", "price", "mean", "days", "is_refused"),
    [
        ((2, 1), 79.1, 185.0, 30, True),
        ((2, 1), 79.1, 185.0, 31, False),  # a month after it a doubled consensus is one
        ((6, 5), 132.0, 175.0, 2, False),  # from 154.17: so much analysts may say without a split
    ],
)
def test_only_a_large_split_of_late_makes_a_mean_doubtful(
    heard: Desk, terms: tuple[int, int], price: float, mean: float, days: int, is_refused: bool
) -> None:
    hear(heard.store, said(185.0), AFTER)
    split(heard.store, *terms, price)
    assert bool(hear(heard.store, said(mean), AFTER + (1 + days) * DAY)) is is_refused


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (act("Citi", 98.0, 105.0, at=AFTER + DAY), (98.0, 105.0)),  # of the day of the split itself
        (act("Citi", 98.0, 200.0, at=AFTER + 400 * DAY), (98.0, None)),
        (act("Citi", 98.0, 200.0, at=AFTER + 402 * DAY), (98.0, 200.0)),  # no firm is silent for so long
        (act("Citi", 98.0, 1_380.0, at=AFTER + 402 * DAY), (98.0, None)),  # in another currency
    ],
)
def test_what_a_target_was_before_is_said_where_both_are_on_one_scale(
    heard: Desk, say: Keyboard, action: RatingAction, told: tuple[float, float | None]
) -> None:
    say("/alert target changes")
    split(heard.store, 2, 1, 79.1)
    kinds(heard.store)
    hear(heard.store, said(None, action), action.at + 60)
    assert [(one.target, one.target_before) for event in news(heard.store) for one in event.actions] == [told]


def test_days_on_which_the_targets_were_refused_count_as_unheard(heard: Desk, say: Keyboard) -> None:
    say("/alert consensus moves 2%")
    for day, mean in enumerate([185.0, 1_399.0, 1_399.0, 195.0]):
        hear(heard.store, said(mean), AFTER + day * DAY)
    assert [move.days for one in news(heard.store) for move in one.consensus] == [3]


def test_a_followed_consensus_that_a_lost_database_may_have_told_is_marked(heard: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(heard.store, said(185.0), AFTER)
    say("/consensus follow", at=AFTER)
    tell_put_back(heard.store, AFTER + 60, AFTER + 3_600, damaged=True)
    for day, mean in ((1, 190.0), (2, 200.0)):
        hear(heard.store, said(mean), AFTER + day * DAY)
    assert doubtful(heard.store, "analystnews") == [1, 0]


def asked(store: Store, *means: float, since: int = 1) -> list[int]:
    """How often the question was asked after each of these looks, a day apart."""
    counts = []
    for place, mean in enumerate(means, start=since):
        hear(store, said(mean), AFTER + place * DAY)
        counts.append(kinds(store).count("consensusdrift"))
    return counts


@pytest.mark.parametrize(
    ("means", "counts"),
    [((190.08,), [1]), ((190.09,), [0]), ((185.0, 188.7), [1, 1]), ((185.0, 188.69), [1, 0])],
)
def test_it_is_asked_from_one_percent_on_and_again_after_two(
    heard: Desk, say: Keyboard, means: tuple[float, ...], counts: list[int]
) -> None:
    say("/alert above 300")
    assert asked(heard.store, *means) == counts


@pytest.mark.parametrize("choice", ["adopt", "keep", "follow"])
def test_who_has_chosen_is_not_asked_about_a_little_more(heard: Desk, say: Keyboard, choice: str) -> None:
    say("/alert above 300")
    assert asked(heard.store, 185.0, 183.0) == [1, 0]
    say(f"/consensus {choice}", at=AFTER + 2 * DAY)
    assert asked(heard.store, 180.5, since=3) == [0]


def test_what_is_followed_names_its_source_although_the_same_was_typed(heard: Desk, say: Keyboard) -> None:
    hear(heard.store, said(185.0), AFTER)
    say("/consensus follow", at=AFTER)
    say("/level consensus 185", at=AFTER + 60)
    hear(heard.store, said(185.0))
    assert [one.source for one in heard.store.levels.present("BABA") if one.firm == "consensus"] == ["Yahoo, mean"]


@pytest.mark.parametrize("before", [1e-9, 1e300])
def test_an_earlier_target_that_can_be_none_costs_no_look_after_a_split(heard: Desk, before: float) -> None:
    halve(heard.store, AFTER + DAY)
    hear(heard.store, said(None, act("Citi", 98.0, before, at=AFTER + 2 * DAY)), AFTER + 2 * DAY)
    assert heard.store.analysts.actions("BABA")[-1].target_before is None


def test_who_has_kept_a_consensus_is_not_asked_again_because_of_a_split(heard: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(heard.store, said(185.41), AFTER)
    say("/consensus keep", at=AFTER)
    halve(heard.store, AFTER + DAY)
    kinds(heard.store)
    hear(heard.store, replace(said(), targets=Targets(92.71, 93.94, 47.64, 119.19, 39, price=79.1)), AFTER + 3 * DAY)
    assert kinds(heard.store) == []
