"""The exact words of what analysts have changed, of the two consensuses, of the dates."""

from dataclasses import replace
from datetime import date

import pytest

from bot import commands
from bot.commands.desk import Desk
from bot.core.analysts import RatingAction, Targets
from bot.core.clock import Place
from bot.core.company import CompanyDate, Occasion
from bot.core.market import Stock
from bot.core.news import AnalystNews, ConsensusDrift, ConsensusMove, DateNear, LevelMove
from bot.core.splits import Split
from bot.core.wording import render
from bot.core.wording.view import View
from bot.store.stocks import Chosen
from tests.fakes.desk import GROUP, ME, NOW, Keyboard, labels, typed
from tests.fakes.research import earnings

VIEW = View(NOW, Place("America/New_York"), (), None)
JPM = LevelMove("JPMorgan", "price target", 230.0, 245.0, "Overweight", None, "2025-10-01", passed=False)
BERNSTEIN = LevelMove("<B>", "price target", 190.0, 150.0, "Hold", "Buy", "2025-10-01", passed=True)
ONTO = LevelMove("UBS", "price target", 190.0, 158.2, None, None, "2025-10-01", passed=True)
OVER = LevelMove("UBS", "price target", 150.0, 170.0, None, None, "2025-10-01", passed=True)
RATED = LevelMove("Bernstein", "price target", 190.0, 190.0, "Hold", "Buy", "2025-10-01", passed=False)
DAILY = ConsensusMove("Yahoo", 1, 2.3, 185.413456, 181.24, 187.87, 187.87, 39)
MONTHLY = ConsensusMove("Yahoo", 30, -5.04, 181.24, 190.86, 187.0, 190.0, 1)
BARE = ConsensusMove("Yahoo", 30, -5.04, 181.24, 190.86, None, 190.0, None)
FIRST_MEDIAN = ConsensusMove("Yahoo", 1, 2.3, 185.41, 181.24, 187.87, None, None)
SEEN = "BABA 158.20 · Yahoo, seen 10:00 New York"


def act(
    firm: str, target: float | None = None, before: float | None = None, rating: str | None = None,
    was: str | None = None, action: str = "main", at: int = NOW - 86_400,
) -> RatingAction:  # fmt: skip
    return RatingAction(firm, at, action, rating, was, target, before)


RAISED = act("Citi", 200.0, 190.0, "Buy", "Buy")


def event(
    *news: LevelMove | RatingAction | ConsensusMove, price: float | None = 158.2, alerts: tuple[int, ...] = (),
    notes: tuple[str, ...] = (), silent: bool = False,
) -> AnalystNews:  # fmt: skip
    levels = tuple(one for one in news if isinstance(one, LevelMove))
    actions = tuple(one for one in news if isinstance(one, RatingAction))
    moves = tuple(one for one in news if isinstance(one, ConsensusMove))
    return AnalystNews("BABA", "Yahoo", levels, actions, moves, price, alerts, NOW, silent, notes)


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        (
            event(JPM, alerts=(1,)),
            ["<b>📝 BABA: JPMorgan raised its price target to 245.00</b>",
             "<s>230.00</s> 245.00 JPMorgan, Overweight · 1 Oct 2025 · +54.9 %", SEEN, "Told by #1"],
        ),
        (
            event(BERNSTEIN),
            ["<b>📝 BABA: &lt;B&gt; cut its price target to 150.00</b>",
             "<s>190.00</s> 150.00 &lt;B&gt;, Hold (was Buy) · 1 Oct 2025 · −5.2 %",
             "BABA at 158.20 is now above it; the price did not move.", SEEN],
        ),
        (
            event(ONTO),
            ["<b>📝 BABA: UBS cut its price target to 158.20</b>", "<s>190.00</s> 158.20 UBS · 1 Oct 2025 · 0.0 %",
             "BABA at 158.20 is now exactly at it; the price did not move.", SEEN],
        ),
        (
            event(OVER),
            ["<b>📝 BABA: UBS raised its price target to 170.00</b>", "<s>150.00</s> 170.00 UBS · 1 Oct 2025 · +7.5 %",
             "BABA at 158.20 is now below it; the price did not move.", SEEN],
        ),
        (
            event(RATED, price=None),
            ["<b>📝 BABA: Bernstein now rates it Hold</b>", "190.00 Bernstein, Hold (was Buy) · 1 Oct 2025",
             "Yahoo, seen 10:00 New York"],
        ),
        (
            event(JPM, RATED, RAISED, DAILY, alerts=(1, 2), notes=("<x>",)),
            ["<b>📝 BABA: JPMorgan raised its price target to 245.00, and 3 more</b>",
             "<s>230.00</s> 245.00 JPMorgan, Overweight · 1 Oct 2025 · +54.9 %",
             "190.00 Bernstein, Hold (was Buy) · 1 Oct 2025 · +20.1 %",
             "Yahoo's mean 181.24 → 185.41, up 2.3 % in a day; median 187.87, unchanged; 39 analysts",
             "1 Oct Citi raised its target from 190.00 to 200.00, still Buy · +26.4 %",
             SEEN, "📌 &lt;x&gt;", "Told by #1 and #2"],
        ),
        (
            event(MONTHLY, DAILY),
            ["<b>📝 BABA: the consensus is down 5.0 % in 30 days</b>",
             "Yahoo's mean 190.86 → 181.24, down 5.0 % in 30 days; median 190.00 → 187.00; 1 analyst",
             "Yahoo's mean 181.24 → 185.41, up 2.3 % in a day; median 187.87, unchanged", SEEN],
        ),
        (
            event(BARE, FIRST_MEDIAN),
            ["<b>📝 BABA: the consensus is down 5.0 % in 30 days</b>",
             "Yahoo's mean 190.86 → 181.24, down 5.0 % in 30 days",
             "Yahoo's mean 181.24 → 185.41, up 2.3 % in a day; median 187.87", SEEN],
        ),
        (
            event(replace(JPM, rating_before="Overweight"), price=None),
            ["<b>📝 BABA: JPMorgan raised its price target to 245.00</b>",
             "<s>230.00</s> 245.00 JPMorgan, Overweight · 1 Oct 2025", "Yahoo, seen 10:00 New York"],
        ),
        (
            event(RAISED, DAILY),
            ["<b>📝 BABA: the consensus is up 2.3 % in a day</b>",
             "Yahoo's mean 181.24 → 185.41, up 2.3 % in a day; median 187.87, unchanged; 39 analysts",
             "1 Oct Citi raised its target from 190.00 to 200.00, still Buy · +26.4 %", SEEN],
        ),
        (
            event(RAISED),
            ["<b>📝 BABA: Citi raised its target from 190.00 to 200.00, still Buy</b>",
             "1 Oct · 200.00 lies +26.4 % away", SEEN],
        ),
        (
            event(act("Citi", 170.0, 190.0, "Sell", "Buy", "down"), price=None),
            ["<b>📝 BABA: Citi downgraded it from Buy to Sell, cut its target from 190.00 to 170.00</b>", "1 Oct",
             "Yahoo, seen 10:00 New York"],
        ),
        (
            event(act("Citi", 200.0, None, "Buy", None, "init"), act("UBS", None, None, "Buy", "Hold", "up", NOW)),
            ["<b>📝 BABA: 2 changes by analysts</b>", "2 Oct UBS upgraded it from Hold to Buy",
             "1 Oct Citi begins to rate it: Buy, sees a target of 200.00 · +26.4 %", SEEN],
        ),
        (
            event(act("Citi", None, None, "Buy", "Hold")),
            ["<b>📝 BABA: Citi changed its rating from Hold to Buy</b>", "1 Oct", SEEN],
        ),
        (
            event(act("A", None, None, "Buy", "Buy"), act("B", None, None, "Buy")),
            ["<b>📝 BABA: 2 changes by analysts</b>", "1 Oct B begins to rate it: Buy", "1 Oct A repeats Buy", SEEN],
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_analysts(told: AnalystNews, rows: list[str]) -> None:
    assert render(told, VIEW).html.split("\n") == rows


@pytest.mark.parametrize(("count", "last"), [(24, "Firm 0"), (25, "… and 1 more; /levels shows what lies where")])
def test_of_very_many_changes_the_newest_are_said_and_the_rest_is_counted(count: int, last: str) -> None:
    actions = [act(f"Firm {place}", 200.0 + place, 190.0) for place in range(count)]
    rows = render(event(*actions), VIEW).html.split("\n")
    assert (len(rows), last in rows[-2]) == (count + 2 if count == 24 else 27, True)


def test_news_come_with_levels_and_chart_and_silently_where_that_is_wished_for() -> None:
    message = render(event(RAISED, silent=True), VIEW)
    assert ([label.casefold() for label in labels(message)], message.silent) == (["levels", "chart"], True)
    assert not render(event(RAISED), VIEW).silent


@pytest.mark.parametrize(
    ("drift", "both", "apart"),
    [
        (
            ConsensusDrift("BABA", "Yahoo", 192.0, "2025-12-06", 185.413456, 187.87, 39, NOW),
            "the stored consensus is 192.00 (2025-12-06); Yahoo's mean is 185.41, median 187.87 of 39 analysts (2 Oct)",
            "−3.4 %",
        ),
        (
            ConsensusDrift("BABA", "Yahoo", 192.0, "2025-12-06", 195.0, None, 1, NOW, "<M>"),
            "the stored consensus of &lt;M&gt; is 192.00 (2025-12-06); Yahoo's mean is 195.00 of 1 analyst (2 Oct)",
            "+1.6 %",
        ),
    ],
)
def test_which_consensus_shall_count_is_asked_with_both(drift: ConsensusDrift, both: str, apart: str) -> None:
    message = render(drift, VIEW)
    assert message.html == f"📝 BABA: {both}. That is {apart}. Which one shall count? /consensus BABA asks again."
    assert labels(message) == ["Adopt", "Keep", "Always follow"]


def test_a_dividends_date_says_what_it_means_and_silently_where_that_is_wished_for() -> None:
    day = date(2025, 10, 3)
    message = render(DateNear("BABA", CompanyDate(Occasion.EX_DIVIDEND, day, day), 1, 4, NOW, True, None, True), VIEW)
    meaning = "Whoever buys from then on does not get this dividend; the price usually opens lower by it."
    head = f"<b>📅 BABA ex-dividend date tomorrow</b>: Fri 3 Oct 2025. {meaning}"
    assert (message.silent, message.html) == (True, f"{head}\n#4 · told once, now ended")


STORED = "<b>BABA consensus</b>: stored 192.00 (2025-12-06, report of 2025-12-06)"
LIVE = "Yahoo's mean 185.41, median 187.87 of 39 analysts (2 Oct)"
STANDS = "It lies +17.2 % from the price, 158.20"


def test_the_consensus_is_said_as_it_is_and_as_it_becomes(desk: Desk, say: Keyboard) -> None:
    unknown = "Yahoo has not said one yet; it is asked before the exchange opens"
    assert say("/consensus").html == f"{STORED} · {unknown}."
    assert say("/consensus adopt").html == "Yahoo has not said a consensus of BABA yet."
    desk.store.analysts.add_targets("BABA", "Yahoo", Targets(185.413456, 187.874321, None, None, 39), NOW)
    kept = f"{STORED} · {LIVE}, −3.4 % · the stored one counts."
    assert say("/consensus baba").html == kept
    assert say("/consensus KEEP").html == f"{kept} Nobody is asked again until Yahoo's moves on."
    assert say("/consensus adopt").html == f"✅ BABA consensus 192.00 → 185.41 (Yahoo, mean, 2025-10-02).\n{STANDS}."
    follows = "From now on it follows Yahoo's mean; /consensus BABA keep ends that."
    assert say("/consensus BABA follow").html == (
        f"✅ BABA consensus 185.41 (Yahoo, mean, 2025-10-02).\n{STANDS}.\n{follows}"
    )
    assert say("/consensus").html == f"<b>BABA consensus</b>: {LIVE}, which it follows."


@pytest.mark.parametrize(
    ("mean", "side"), [(150.0, "above"), (158.2, "exactly at")]
)  # fmt: skip
def test_an_adopted_consensus_that_passes_the_price_says_that_the_price_has_not_moved(
    desk: Desk, say: Keyboard, mean: float, side: str
) -> None:
    desk.store.analysts.add_targets("BABA", "Yahoo", Targets(mean), NOW)
    assert say("/consensus adopt").html.endswith(f"158.20, which is now {side} it without having moved.")
    desk.store.analysts.add_targets("BABA", "Yahoo", Targets(170.0), NOW + 60)
    assert say("/consensus adopt").html.endswith("158.20, which is now below it without having moved.")


def test_anothers_consensus_is_said_to_be_anothers_and_stays_beside_the_adopted_one(desk: Desk, say: Keyboard) -> None:
    say("/level consensus off")
    say("/level MarketBeat 210 consensus")
    desk.store.analysts.add_targets("BABA", "Yahoo", Targets(185.41), NOW)
    named = "<b>BABA consensus</b>: stored of MarketBeat 210.00 (2025-10-02, typed in the chat)"
    assert say("/consensus").html.startswith(named)
    assert say("/consensus adopt").html == f"✅ BABA consensus 185.41 (Yahoo, mean, 2025-10-02).\n{STANDS}."


def test_what_consensus_nobody_knows_is_said_without_a_price(desk: Desk, say: Keyboard) -> None:
    desk.store.db.execute("delete from quotes")
    desk.store.analysts.add_targets("BABA", "Yahoo", Targets(0.0123456789), NOW)
    say("/level consensus off")
    assert say("/consensus").html == (
        "<b>BABA consensus</b>: none is stored · Yahoo's mean 0.012346 (2 Oct) · the stored one counts."
    )
    assert (
        say("/consensus adopt").html == "✅ BABA consensus 0.012346 (Yahoo, mean, 2025-10-02).\nNo price is known yet."
    )


def test_of_several_stocks_one_is_to_be_named(desk: Desk, say: Keyboard) -> None:
    desk.store.stocks.add(Chosen(Stock("NVDA", "NVDA", "XNYS", None), ME, NOW))
    assert say("/consensus adopt").html == "Which stock? For instance: /consensus BABA adopt"
    shown = say("/consensus")
    assert (shown.html.count("consensus</b>"), labels(shown)) == (2, ["Levels"])


ON = (
    "This chat is reminded the day before and on the morning, by its own clocks. "
    "Earlier: earnings in 3d makes an alert."
)
OFF = "Reminders are off. /dates on turns them on."


def test_the_dates_are_said_in_their_order_with_how_far_they_are(desk: Desk, say: Keyboard) -> None:
    unknown = "<b>BABA</b>: no dates are known yet; Yahoo is asked before the exchange opens."
    assert say("/dates").html == f"{unknown}\n\n{ON}"
    report = earnings("2025-11-24", "2025-11-28", expected=True)
    for what in (report, CompanyDate(Occasion.EX_DIVIDEND, date(2025, 6, 12), date(2025, 6, 12))):
        desk.store.company_dates.revise("BABA", what, NOW)
    desk.store.splits.add("BABA", Split(date(2024, 12, 5), 3, 2), NOW)
    desk.store.splits.add("BABA", Split(date(2025, 9, 5), 2, 1), NOW)
    known = (
        "<b>BABA</b>\nEarnings Mon 24 Nov – Fri 28 Nov 2025 (expected, not confirmed) · in 53 days\n"
        "Ex-dividend Thu 12 Jun 2025 · 112 days ago\nLast split 2 for 1, 2025-09-05"
    )
    assert say("/dates baba").html == f"{known}\n\n{ON}"
    assert say("/dates OFF").html == f"{known}\n\n{OFF}"
    assert labels(say("/dates")) == ["Turn reminders on"]
    assert labels(say("/dates on")) == ["Turn reminders off"]


def test_who_is_told_nothing_unasked_gets_no_reminders(desk: Desk) -> None:
    desk.store.chats.remove(GROUP)
    on, shown = (commands.respond(desk, typed(text, GROUP, ME), NOW) for text in ("/dates on", "/dates"))
    assert on is not None
    assert shown is not None
    unasked = "Nothing is told in this chat unasked, so it gets no reminders. /help lists what works."
    assert (on.html, labels(shown), "eminder" in shown.html) == (unasked, [], False)
