"""/levels: whose each line is and how old, stored against live, the picture, and where a level comes from."""

from dataclasses import replace
from datetime import date

import pytest

from bot.commands.desk import Desk
from bot.core.analysts import PROVIDER, Recommendations, Targets
from bot.core.chart import Line
from bot.core.chart.ladder import Ladder
from bot.core.company import CompanyDate, Occasion
from bot.core.levels import Level
from bot.core.message import File
from bot.core.splits import Split
from bot.core.wording import running
from bot.core.wording.levels import age, dates, live, recommended, row, title, to_the_cent
from bot.jobs.splits import apply
from bot.store.analysts import Effort
from tests.fakes.analysts import level
from tests.fakes.desk import NOW, Keyboard, labels, new_york, put_price

DAY_S = 86_400
TODAY = date(2026, 10, 3)
YAHOO = Targets(185.41, 187.87, 95.27, 238.38, 39)


def rows(say: Keyboard, at: int = NOW) -> list[str]:
    return say("/levels", at=at).html.splitlines()[1:]


def drawn(desk: Desk, text: str = "/levels") -> Ladder | None:
    """What is handed to whoever draws, or None where no picture goes along."""
    ladders: list[Ladder] = []

    def note(ladder: Ladder) -> File:
        ladders.append(ladder)
        return File("x.png", b"")

    reply = Keyboard(replace(desk, draw_ladder=note))(text)
    assert ladders == []
    if reply.attach is None:
        return None
    reply.attach()
    return ladders[0]


# Rows


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-10-04", ""), ("2026-10-03", "today"), ("2026-10-02", "1 day old"), ("2026-09-04", "29 days old"),
        ("2026-09-03", "1 month old"), ("2025-12-06", "9 months old"), ("2025-11-03", "11 months old"),
        ("2024-10-04", "23 months old"), ("2024-10-03", "2 years old"), ("2020-12-31", "5 years old"),
    ],
)  # fmt: skip
def test_an_age_is_said_in_words(day: str, words: str) -> None:
    assert age(date.fromisoformat(day), TODAY) == words


@pytest.mark.parametrize(
    ("kind", "rating", "source", "words"),
    [
        ("consensus", None, "report of 2025-12-06", "Firm, stored (report of 2025-12-06)"),
        ("consensus", "Buy", "typed in the chat", "Firm, stored (typed in the chat)"),
        ("consensus", None, "Yahoo", "Firm (Yahoo, mean)"),
        ("consensus", None, "Yahoo, mean of 39 analysts, adjusted for a split", "Firm (Yahoo, mean)"),
        ("consensus", None, "Yahoo, median", "Firm (Yahoo, median)"),
        ("price target", "Outperform", "Yahoo", "Firm, Outperform"),
        ("fair value", None, "Yahoo", "Firm, fair value"),
    ],
)
def test_a_consensus_always_says_whose_it_is(kind: str, rating: str | None, source: str, words: str) -> None:
    assert title(Level("BABA", "Firm", kind, rating, 192.0, TODAY, source)) == words


def test_a_day_that_the_source_names_is_not_said_twice() -> None:
    stored = level("consensus", 192.0, "consensus")
    assert row(stored, None, 160.0, TODAY) == (
        "<b>192.00</b>  consensus, stored (report of 2025-12-06)  +20.0 % · 9 months old"
    )
    assert row(replace(stored, source="Yahoo"), 190.0, None, TODAY) == (
        "<s>190.00</s> <b>192.00</b>  consensus (Yahoo, mean) · 2025-12-06, 9 months old"
    )


@pytest.mark.parametrize(("days", "begin"), [(0, "<s>230.00</s> <b>245.00</b>"), (30, "<s>"), (31, "<b>245.00</b>")])
def test_the_old_price_is_struck_through_for_thirty_days(desk: Desk, say: Keyboard, days: int, begin: str) -> None:
    desk.store.levels.revise(level("JPMorgan Chase", 245.0), NOW)
    desk.store.levels.revise(level("JPMorgan Chase", 245.0, rating="Overweight"), NOW)
    assert rows(say, NOW + days * DAY_S)[1].startswith(begin)


def test_a_split_strikes_nothing_through(desk: Desk, say: Keyboard) -> None:
    with desk.store.transaction():
        apply(desk.store, "BABA", new_york(), Split(date(2025, 10, 3), 8, 1), NOW + DAY_S)
    assert "<s>" not in "".join(rows(say, NOW + DAY_S))
    desk.store.levels.revise(level("JPMorgan Chase", 30.0), NOW + DAY_S)
    assert rows(say, NOW + DAY_S)[1].startswith("<s>28.75</s> <b>30.00</b>")


def test_foreign_words_are_escaped_and_clipped(desk: Desk, say: Keyboard) -> None:
    foreign = f"<i>&{'long ' * 30}"
    desk.store.levels.revise(
        Level("BABA", foreign, "consensus", foreign, 200.0, date(2025, 10, 1), foreign, foreign), NOW
    )
    desk.store.analysts.note_effort(Effort("BABA", NOW, NOW, NOW, faults=((foreign, foreign),)))
    assert "<b>200.00</b>  &lt;i&gt;&amp;long" in say("/levels").html
    assert "&lt;i&gt;" in say("/levels BABA <i>&long").html


# Stored against live


@pytest.mark.parametrize(
    ("targets", "price", "words"),
    [
        (YAHOO, 158.2,
         "Yahoo mean 185.41 (+17.2 %), median 187.87 of 39 analysts, range 95.27–238.38 (since 3 Oct)"),
        (YAHOO, None, "Yahoo mean 185.41, median 187.87 of 39 analysts, range 95.27–238.38 (since 3 Oct)"),
        (Targets(200.0), 160.0, "Yahoo mean 200.00 (+25.0 %) (since 3 Oct)"),
        (Targets(200.0, low=9.0, analysts=3), None, "Yahoo mean 200.00 of 3 analysts (since 3 Oct)"),
    ],
)  # fmt: skip
def test_what_yahoo_says_is_told_as_far_as_it_says_it(targets: Targets, price: float | None, words: str) -> None:
    assert live(targets, "3 Oct", price) == words


def test_what_the_row_of_the_stored_consensus_says_is_not_said_below_it(desk: Desk, say: Keyboard) -> None:
    desk.store.analysts.add_targets("BABA", PROVIDER, YAHOO, NOW)
    say("/consensus follow")
    assert rows(say)[4] == "↳ median 187.87 of 39 analysts, range 95.27–238.38 (since 2 Oct)"
    assert live(Targets(185.41), "3 Oct", 158.2, is_stored=True) == ""


def test_targets_are_read_to_the_cent_and_below_one_to_six_digits() -> None:
    assert to_the_cent(Targets(185.4134567, None, 0.01234567, 238.3812345)) == Targets(185.41, None, 0.012346, 238.38)


def test_what_yahoo_says_stands_below_the_stored_consensus_or_after_all_levels(desk: Desk, say: Keyboard) -> None:
    desk.store.analysts.add_targets("BABA", PROVIDER, YAHOO, NOW)
    assert rows(say)[3].startswith("↳ Yahoo mean 185.41 (+17.2 %), median")
    desk.store.levels.end("BABA", "consensus", NOW)
    assert rows(say)[3:] == ["── price 158.20 ──", rows(say)[-1]]
    assert rows(say)[-1].startswith("Yahoo mean 185.41")


def test_recommendations_are_counted_in_three() -> None:
    assert recommended(Recommendations(10, 24, 7, 1, 2)) == "44 recommend: 34 buy, 7 hold, 3 sell"


@pytest.mark.parametrize(
    ("good_at", "faults", "words"),
    [
        (None, (), ""),
        (NOW, (), "Yahoo checked 10:00 New York"),
        (NOW - DAY_S, (("targets", "timeout"), ("dates", "timeout")),
         "Yahoo gave no usable targets and dates (timeout); last complete answer 1 Oct 10:00 New York"),
        (None, (("targets", "timeout"), ("dates", "server error")),
         "Yahoo gave no usable targets and dates (timeout, server error)"),
    ],
)  # fmt: skip
def test_when_yahoo_was_asked_is_said_and_what_failed(
    desk: Desk, good_at: int | None, faults: tuple[tuple[str, str], ...], words: str
) -> None:
    assert running.analysts(good_at, faults, desk.place("BABA"), NOW) == words


EARNINGS, DIVIDEND, SPLIT = Occasion.EARNINGS, Occasion.EX_DIVIDEND, Occasion.SPLIT


def on(occasion: Occasion, first: str, last: str = "", *, is_estimate: bool = False) -> CompanyDate:
    return CompanyDate(occasion, date.fromisoformat(first), date.fromisoformat(last or first), is_estimate)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([on(EARNINGS, "2026-11-24", is_estimate=True), on(DIVIDEND, "2026-06-11")],
         "Earnings 24 Nov (expected) · ex-dividend was 11 Jun"),
        ([on(DIVIDEND, "2027-06-11"), on(EARNINGS, "2026-10-02", is_estimate=True)],
         "Earnings were 2 Oct · ex-dividend 11 Jun 2027"),
        ([on(EARNINGS, "2026-11-24", "2026-11-28")], "Earnings 24 Nov – 28 Nov"),
        ([on(EARNINGS, "2026-10-01", "2026-10-05", is_estimate=True), on(SPLIT, "2026-10-05")],
         "Earnings today · split 5 Oct"),
        ([on(SPLIT, "2019-07-30")], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_company_s_dates_are_told_as_to_come_or_past(known: list[CompanyDate], words: str) -> None:
    assert dates({one.occasion: one for one in known}, TODAY) == words


def test_all_that_is_known_stands_below_the_ladder(desk: Desk, say: Keyboard) -> None:
    desk.store.analysts.add_recommendations("BABA", Recommendations(10, 24, 7, 0, 0), NOW)
    desk.store.analysts.note_effort(Effort("BABA", NOW, NOW, NOW))
    desk.store.company_dates.revise("BABA", on(EARNINGS, "2025-11-25", is_estimate=True), NOW)
    assert rows(say)[5:] == [
        "41 recommend: 34 buy, 7 hold, 0 sell · Yahoo checked 10:00 New York",
        "Earnings 25 Nov (expected)",
    ]


# The picture


def test_one_stock_s_ladder_has_its_picture_with_all_that_the_text_says_of_the_levels(desk: Desk) -> None:
    converted = replace(YAHOO, mean=185.4134567, high=238.3812345)
    desk.store.analysts.add_targets("BABA", PROVIDER, converted, NOW)
    ladder = drawn(desk)
    assert ladder is not None
    assert (ladder.symbol, ladder.price, ladder.currency, ladder.provider) == ("BABA", 158.2, "USD", "Yahoo")
    assert ladder.as_of == "2 Oct 09:59 New York, regular session · Yahoo"
    assert ladder.levels[2:] == [Line(192.0, "consensus, stored"), Line(190.0, "Bernstein SocGen, Outperform")]
    assert ladder.targets == YAHOO


def test_it_is_drawn_as_a_small_picture(say: Keyboard) -> None:
    reply = say("/levels")
    assert reply.attach is not None
    assert reply.attach().is_picture
    assert labels(reply) == ["Chart", "Alerts"]


def test_where_a_provider_has_a_consensus_too_which_one_counts_is_a_tap_away(desk: Desk, say: Keyboard) -> None:
    desk.store.analysts.add_targets("BABA", PROVIDER, YAHOO, NOW)
    assert say.tap(say("/levels"), "Consensus").html.startswith("<b>BABA consensus</b>: stored 192.00")


def test_several_stocks_are_text_alone_and_one_that_is_named_has_its_picture(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    assert drawn(desk) is None
    assert drawn(desk, "/levels baba") is not None


def test_without_a_price_or_without_anything_to_compare_it_with_there_is_no_picture(desk: Desk) -> None:
    desk.store.db.conn.execute("delete from levels")
    assert drawn(desk) is None
    desk.store.analysts.add_targets("BABA", PROVIDER, YAHOO, NOW)
    assert drawn(desk) is not None
    desk.store.db.conn.execute("delete from quotes")
    assert drawn(desk) is None


# Where a level comes from


@pytest.mark.parametrize("text", ["/levels jpmorgan", "/levels BABA JPMorgan Chase", "/levels jpm $baba"])
def test_a_firm_s_level_is_shown_with_every_revision(desk: Desk, say: Keyboard, text: str) -> None:
    new = replace(level("JPMorgan Chase", 245.0), rating="Overweight", source="Yahoo", currency="USD")
    desk.store.levels.revise(new, NOW + DAY_S)
    reply = say(text, at=NOW + DAY_S)
    newest = "price target, Overweight  +54.9 % · as of 2025-12-06 · Yahoo · here since 3 Oct 10:00 New York"
    assert reply.html.splitlines() == [
        "<b>BABA JPMorgan Chase</b> · every revision, the newest first",
        f"<b>245.00</b> USD  {newest}",
        "<b>230.00</b>  price target · as of 2025-12-06 · report of 2025-12-06 · here since 2 Oct 10:00 New York",
    ]
    assert (labels(reply), reply.attach) == (["Chart", "Levels"], None)


def test_a_firm_that_has_no_level_is_answered_with_those_that_have(say: Keyboard) -> None:
    assert say("/levels BABA <Citi>").html == (
        "BABA has no level of &lt;Citi&gt;. Its levels: Morningstar, JPMorgan, consensus and Bernstein SocGen."
    )


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("nomura", "BABA has no level of nomura. Its levels: Morningstar, JPMorgan, consensus and Bernstein SocGen."),
        ("Deutsche Bank", "BABA has no level of Deutsche Bank. Its levels: "),
        ("NVDA", "NVDA is not watched. Watched: BABA."),
    ],
)
def test_of_the_only_stock_a_firm_needs_no_stock_named(say: Keyboard, typed: str, answer: str) -> None:
    assert say(f"/levels {typed}").html.startswith(answer)


def test_two_stocks_and_no_firm_are_no_firm_s_level(say: Keyboard) -> None:
    say("/watch NVDA")
    assert say("/levels BABA NVDA").html == "BABA NVDA is not watched. Watched: BABA and NVDA."


def test_a_firm_is_looked_for_in_every_stock_that_is_watched(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    say("/level NVDA JPMorgan 200")
    heads = [line for line in say("/levels jpmorgan").html.splitlines() if "every revision" in line]
    assert [head.split()[0] for head in heads] == ["<b>BABA", "<b>NVDA"]


def test_of_hundreds_of_revisions_the_newest_are_shown(desk: Desk, say: Keyboard) -> None:
    with desk.store.transaction():
        for n in range(100):
            desk.store.levels.revise(level("JPMorgan Chase", 300.0 + n), NOW + n)
    lines = say("/levels jpmorgan").html.splitlines()
    assert lines[1].startswith("<b>399.00</b>")
    assert lines[-1].startswith("… and ")


def test_by_the_exchange_s_date_a_level_of_today_is_today_s(desk: Desk, say: Keyboard) -> None:
    late = NOW + 13 * 3600  # 23:00 in New York, the next day in London
    desk.store.levels.revise(replace(level("Citi", 300.0), as_of=date(2025, 10, 2)), NOW)
    put_price(desk.store, 158.2, late)
    say("/timezone Europe/London")
    assert rows(say, late)[0].endswith("2025-10-02, today")
