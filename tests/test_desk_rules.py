"""The small rules of the analyst desk one by one: what is later, what is jitter, who is reminded, what is asked."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.commands.desk import Desk
from bot.core.alerts import Way
from bot.core.analysts import RatingAction, Recommendations, Targets, in_our_unit, is_corrected, is_jitter
from bot.core.company import CompanyDate, Occasion
from bot.core.language import Wish
from bot.core.levels import Level
from bot.core.market import Stock
from bot.core.revisions import revised_by
from bot.exchange import Exchange
from bot.feeds import FaultKind, Part, Researched
from bot.jobs.analysts import WRONG_UNIT, take_in
from bot.jobs.chosen import choose
from bot.jobs.company import Reminders, take_in_dates
from bot.jobs.consensus import stored
from bot.jobs.make import make
from bot.jobs.research import Researcher, last_due
from bot.jobs.upkeep import tell_put_back
from bot.store import Store
from bot.store.ahead import bring_back
from bot.store.analysts import Effort
from tests.conftest import Clock
from tests.fakes.analysts import level
from tests.fakes.desk import ME, NOW, Keyboard, by_three_clocks, new_york, put_price, watchlist
from tests.fakes.feed import STOCK
from tests.fakes.research import ScriptedResearch, earnings, said

DAY = 86_400
NEW_YORK, TOKYO, HONOLULU = "America/New_York", "Asia/Tokyo", "Pacific/Honolulu"
MORNING = 1_765_200_000  # 8 December 2025, 8:20 in New York
REPORT = earnings("2025-11-25")
FROM_YAHOO = replace(level("JPMorgan Chase", 230.0, rating="Overweight"), source="Yahoo", as_of=date(2025, 12, 8))


def act(at: int, target: float | None = None, rating: str | None = None) -> RatingAction:
    return RatingAction("JP Morgan", at, "main", rating, None, target, None)


@pytest.mark.parametrize(
    ("present", "actions", "found"),
    [
        (FROM_YAHOO, [act(MORNING + DAY, 250.0)], (250.0, "Overweight")),
        (FROM_YAHOO, [act(MORNING + 60, 250.0)], (250.0, "Overweight")),  # later on the same day
        (replace(FROM_YAHOO, source="typed in the chat"), [act(MORNING + 60, 250.0)], None),
        (FROM_YAHOO, [act(MORNING - DAY, 250.0)], None),
        (FROM_YAHOO, [act(MORNING + 60, 230.0, "Overweight")], None),
        (FROM_YAHOO, [act(MORNING + DAY, 250.0), act(MORNING + 2 * DAY, None, "Hold")], (250.0, "Hold")),
        (FROM_YAHOO, [act(MORNING + 2 * DAY, 260.0), act(MORNING + DAY, 250.0)], (260.0, "Overweight")),
    ],
)
def test_a_level_is_what_its_firm_said_last(
    present: Level, actions: list[RatingAction], found: tuple[float, str] | None
) -> None:
    revisions = revised_by([present], actions, NEW_YORK, "Yahoo")
    assert [(one.new.price, one.new.rating) for one in revisions] == ([found] if found else [])


@pytest.mark.parametrize(
    ("before", "after", "corrected"),
    [(None, None, False), (None, 200.0, True), (200.0, None, False), (200.0, 203.9, False), (200.0, 204.0, True)],
)
def test_a_target_is_corrected_by_two_percent_or_where_there_was_none(
    before: float | None, after: float | None, corrected: bool
) -> None:
    assert is_corrected(before, after) is corrected


ALIKE = Targets(200.0, 200.0, 100.0, 300.0)


@pytest.mark.parametrize(
    ("after", "jitter"),
    [
        (replace(ALIKE, mean=200.99), True),
        (replace(ALIKE, mean=201.0), False),
        (Targets(203.98, 203.98, 101.99, 305.97), True),
        (Targets(204.0, 204.0, 102.0, 306.0), False),
    ],
)
def test_half_a_percent_is_news_and_two_whatever_moved_it(after: Targets, jitter: bool) -> None:
    assert is_jitter(ALIKE, after) is jitter


@pytest.mark.parametrize(
    ("target", "references", "ours"),
    [
        (299.9, [100.0], True), (300.0, [100.0], False), (33.4, [100.0], True), (40.0, [120.0], False),
        (100.0, [], False), (100.0, [0.0, -1.0], False), (100.0, [1_000.0, 120.0], True),
    ],
)  # fmt: skip
def test_three_times_every_reference_is_another_unit(target: float, references: list[float], ours: bool) -> None:
    assert in_our_unit(target, references) is ours


@pytest.mark.parametrize(("rating", "action", "changes"), [("Buy", "init", True), ("Buy", "reit", False)])
def test_a_firms_first_rating_is_a_change_whatever_is_said_of_before(rating: str, action: str, changes: bool) -> None:
    assert RatingAction("Citi", NOW, action, rating, rating).changes_rating is changes


def test_a_row_without_a_target_is_new_once(store: Store) -> None:
    rows = [act(NOW, None, "Buy")]
    assert [len(store.analysts.add_actions("BABA", rows, NOW + n)) for n in range(2)] == [1, 0]


@pytest.mark.parametrize("firm", ["Consensus", "YAHOO"])
def test_the_providers_consensus_is_revised_under_the_name_it_has(desk: Desk, say: Keyboard, firm: str) -> None:
    desk.store.levels.end("BABA", "consensus", NOW)
    desk.store.levels.revise(level(firm, 192.0, "consensus"), NOW)
    desk.store.analysts.add_targets("BABA", "Yahoo", Targets(185.0), NOW)
    say("/consensus adopt")
    found = stored(desk.store, "BABA")
    assert found is not None
    assert (found.firm, found.price) == (firm, 185.0)


def know(store: Store, *dates: CompanyDate, now: int = NOW) -> None:
    with store.transaction():
        take_in_dates(store, "BABA", NEW_YORK, dates, now)


def moment(text: str, zone: str = NEW_YORK) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2025-12-08", "2025-12-28", True),  # on its day, put off by twenty days
        ("2025-12-08", "2025-12-29", False),  # the next one
        ("2025-12-09", "2026-03-05", True),  # not yet over
        ("2025-12-10", "2025-12-08", True),  # to this very day
    ],
)
def test_a_date_that_has_come_does_not_move_any_more(desk: Desk, say: Keyboard, old: str, new: str, told: bool) -> None:
    say("/alert above 300")
    know(desk.store, earnings(old), now=MORNING - 3 * DAY)
    know(desk.store, earnings(new), now=MORNING)
    (count,) = desk.store.db.execute("select count(*) from outbox where kind = 'datemoved'").fetchone()
    assert count == told


@pytest.fixture
def zones(store: Store) -> Store:
    return by_three_clocks(store)


def look(store: Store, now: int) -> list[tuple[int, int | None, int]]:
    """Who is told at that moment, by which alert, and of how many days."""
    Reminders(store, Clock(now)).look(watchlist(store).watched())
    rows = store.db.execute(
        "select chat_id, facts ->> 'alert', facts ->> 'days_left' from outbox where kind = 'datenear' order by id"
    ).fetchall()
    store.db.execute("delete from outbox")
    return sorted(rows)


def test_in_honolulu_the_day_goes_on_when_it_is_over_in_new_york(zones: Store) -> None:
    know(zones, REPORT)
    assert look(zones, moment("2025-11-26 01:00")) == [(3, None, 0)]


@pytest.mark.parametrize("known_first", [True, False])
def test_an_alert_counts_the_days_of_its_own_chat_alone(zones: Store, known_first: bool) -> None:
    if known_first:
        know(zones, REPORT)
    for chat_id in (1, 2):
        make(zones, Wish("BABA", Way.BELOW, 3.0, metric="until:earnings"), chat_id, new_york(), "chat", NOW)
    if not known_first:
        know(zones, REPORT)
    assert look(zones, moment("2025-11-22 21:30", TOKYO)) == [(2, 2, 3)]  # in New York it is half past seven
    assert look(zones, moment("2025-11-22 09:00")) == [(1, 2, 3)]


def test_a_snoozed_date_waits_and_one_that_may_have_been_told_is_marked(desk: Desk, say: Keyboard) -> None:
    know(desk.store, earnings("2025-12-11"), now=MORNING - 5 * DAY)
    at = MORNING - 4 * DAY
    make(desk.store, Wish("BABA", Way.BELOW, 3.0, metric="until:earnings"), ME, new_york(), "chat", at)
    say("/snooze 1 7d", at=at)
    tell_put_back(desk.store, at, MORNING + 600, damaged=True)  # 8:30; the look is at 9:50
    Reminders(desk.store, Clock(MORNING + 5_400)).look(watchlist(desk.store).watched())
    rows = desk.store.db.execute("select not_before, doubtful from outbox where kind = 'datenear'").fetchall()
    assert rows == [(at + 7 * DAY, 1)]


def test_a_changed_date_that_may_have_been_told_is_marked(desk: Desk, say: Keyboard) -> None:
    say("/alert above 300")
    know(desk.store, earnings("2025-12-20"), now=MORNING)
    tell_put_back(desk.store, MORNING, MORNING + 60, damaged=True)
    know(desk.store, earnings("2025-12-21"), now=MORNING + 120)
    rows = desk.store.db.execute("select doubtful from outbox where kind = 'datemoved' and chat_id = ?", [ME])
    assert rows.fetchall() == [(1,)]


AT = time(8, 30)
PATIENT = Researched("BABA", "Yahoo", requests=1)


async def looks(store: Store, source: ScriptedResearch, *clocks: str) -> list[frozenset[Part]]:
    for clock in clocks:
        watched = watchlist(store).watched()[0]
        await Researcher(store, source, Clock(moment(f"2025-10-02 {clock}")), AT).look(watched)
    return [parts for _, parts, _ in source.asked]


async def test_what_is_refused_is_noted_and_not_asked_again_that_day(store: Store) -> None:
    put_price(store, 158.2)
    source = ScriptedResearch(replace(said(1_399.0), requests=1))
    assert len(await looks(store, source, "08:30", "09:30")) == 1
    assert store.analysts.effort("BABA").faults == (("targets", WRONG_UNIT),)


async def test_a_look_in_which_a_part_failed_is_not_a_good_one(store: Store) -> None:
    failed = Researched("BABA", "Yahoo", faults={Part.DATES: FaultKind.TIMEOUT}, requests=1)
    await looks(store, ScriptedResearch(failed), "08:30")
    assert store.analysts.effort("BABA").good_at is None


async def test_a_clock_set_back_does_not_put_off_what_failed(store: Store) -> None:
    failed = Researched("BABA", "Yahoo", faults={Part.DATES: FaultKind.TIMEOUT}, requests=1)
    source = ScriptedResearch(failed, PATIENT)
    assert len(await looks(store, source, "08:50", "08:40")) == 2


async def test_a_chosen_stock_is_asked_about_from_its_first_price_on(store: Store) -> None:
    choose(store, Stock("NVDA", "NVDA", "XNYS", None), ME, NOW)
    chosen, source = watchlist(store).watched()[1], ScriptedResearch(PATIENT)
    for one, asked in ((chosen, 0), (replace(chosen, is_confirmed=True), 1)):
        await Researcher(store, source, Clock(NOW), AT).look(one)
        assert len(source.asked) == asked


async def test_what_was_asked_for_a_stock_unwatched_meanwhile_is_left_alone(store: Store) -> None:
    class Slow(ScriptedResearch):
        async def research(self, *asked: object) -> Researched:
            store.stocks.remove("NVDA")
            return replace(said(200.0), symbol="NVDA")

    choose(store, Stock("NVDA", "NVDA", "XNYS", None), ME, NOW)
    put_price(store, 158.2)
    chosen = replace(watchlist(store).watched()[1], is_confirmed=True)
    await Researcher(store, Slow(), Clock(NOW), AT).look(chosen)
    assert store.fact("heard/rating actions/NVDA") is None


@pytest.mark.parametrize(
    ("hours", "research_at", "now", "due"),
    [
        (new_york(), time(18, 0), "2025-10-02 19:00", "2025-10-02 19:00"),  # an hour after the evening's
        (new_york(), time(18, 0), "2025-10-02 18:59", "2025-10-02 18:00"),
        (new_york(), time(0, 0), "2025-10-02 00:00", "2025-10-02 00:00"),
        (new_york(), time(23, 30), "2025-10-03 00:30", "2025-10-03 00:30"),
        (Exchange("always", 0), AT, "2025-10-02 17:00", "2025-10-02 04:30"),  # where nothing closes: at 8:30 UTC
    ],
)
def test_after_a_report_a_look_is_due_whatever_the_hour_of_the_daily_one(
    hours: Exchange, research_at: time, now: str, due: str
) -> None:
    assert last_due(hours, research_at, earnings("2025-10-02"), moment(now)).at == moment(due)


def test_what_a_clock_ahead_has_heard_of_analysts_is_brought_back(store: Store) -> None:
    then = NOW + 400 * DAY
    store.analysts.add_targets("BABA", "Yahoo", Targets(185.0), NOW - DAY)
    store.analysts.add_targets("BABA", "Yahoo", Targets(190.0), then)
    store.analysts.add_recommendations("BABA", Recommendations(1, 2, 3, 4, 5), then)
    store.analysts.add_actions("BABA", [act(NOW, 200.0)], then)
    store.company_dates.revise("BABA", earnings("2026-11-24"), then)
    store.company_dates.revise("BABA", earnings("2026-11-25"), then + DAY)
    store.analysts.note_effort(Effort("BABA", then, then, then, 1, "2026-11-06", 8))
    for report in ("2026-11-25", "2025-10-03"):
        store.company_dates.note_reminder(ME, "BABA", earnings(report), 1)
    store.remember("heard/targets/BABA", then)
    store.remember("unheard/BABA", then)
    bring_back(store.db, NOW)
    said_last, effort = store.analysts.targets("BABA", "Yahoo"), store.analysts.effort("BABA")
    assert (said_last and said_last.targets.mean, store.analysts.recommendations("BABA")) == (185.0, None)
    assert store.db.execute("select seen_at from rating_actions").fetchall() == [(NOW,)]
    assert store.db.execute("select valid_from, valid_to from company_dates").fetchall() == [(NOW, NOW), (NOW, None)]
    assert (effort.due_at, effort.tried_at, effort.good_at, effort.day) == (NOW, NOW, NOW, "2025-10-02")
    assert store.db.execute("select day from reminders").fetchall() == [("2025-10-03",)]
    assert (store.fact("heard/targets/BABA"), store.fact("unheard/BABA")) == (str(NOW), str(NOW))


def test_what_is_said_again_is_said_since_then(store: Store) -> None:
    same, other = Targets(185.0, analysts=39), Targets(185.0, analysts=40)
    counted = [store.analysts.add_targets("BABA", "Yahoo", one, NOW + n) for n, one in enumerate((same, same, other))]
    found = store.analysts.targets("BABA", "Yahoo")
    assert (counted, found and found.at) == ([True, False, False], NOW + 2)
    for n in range(2):
        store.analysts.add_recommendations("BABA", Recommendations(1, 2, 3, 4, 5), NOW + n)
    assert store.db.execute("select at from recommendations").fetchall() == [(NOW,)]


def test_two_firms_alike_in_one_answer_stay_two(store: Store) -> None:
    rows = [RatingAction(firm, NOW, "main", "Buy", "Hold", 200.0) for firm in ("Bernstein", "Bernstein SocGen")]
    assert [len(store.analysts.add_actions("BABA", rows, NOW + n)) for n in range(2)] == [2, 0]


def test_one_date_takes_the_place_of_its_own_kind_alone(store: Store) -> None:
    know(store, REPORT, CompanyDate(Occasion.EX_DIVIDEND, date(2026, 6, 11), date(2026, 6, 11)))
    know(store, earnings("2025-11-26"))
    assert set(store.company_dates.present("BABA")) == {Occasion.EARNINGS, Occasion.EX_DIVIDEND}


def waits(store: Store) -> list[tuple[str, int]]:
    """What I am owed, and when it is due."""
    return list(store.db.execute("select kind, not_before from outbox where chat_id = ? order by id", [ME]))


def test_a_date_that_waits_for_a_snooze_comes_when_it_is_ended(desk: Desk, say: Keyboard) -> None:
    know(desk.store, earnings("2025-12-11"), now=MORNING - 5 * DAY)
    make(desk.store, Wish("BABA", Way.BELOW, 3.0, metric="until:earnings"), ME, new_york(), "chat", MORNING - 4 * DAY)
    say("/snooze 1 7d", at=MORNING - DAY)
    Reminders(desk.store, Clock(MORNING)).look(watchlist(desk.store).watched())
    assert waits(desk.store) == [("datenear", MORNING + 6 * DAY)]
    say("/resume", at=MORNING + 60)
    assert waits(desk.store) == [("datenear", MORNING + 60)]


def test_a_snooze_of_an_alert_keeps_no_level_back(desk: Desk, say: Keyboard) -> None:
    say("/alert above jpmorgan", at=MORNING - DAY)
    say("/alert target changes", at=MORNING - DAY)
    for answer in (said(None, RatingAction("Citi", MORNING - DAY, "init", "Buy")), said(None, act(MORNING, 250.0))):
        with desk.store.transaction():
            take_in(desk.store, STOCK, new_york(), answer, MORNING)
    say("/snooze 2 1d", at=MORNING + 60)
    assert waits(desk.store) == [("analystnews", MORNING)]


def test_how_far_a_date_is_goes_by_the_clocks_of_the_place(desk: Desk, say: Keyboard) -> None:
    know(desk.store, REPORT)
    assert "in 1 day" not in (shown := say("/dates", at=moment("2025-11-23 23:00")).html)
    assert "in 2 days" in shown
