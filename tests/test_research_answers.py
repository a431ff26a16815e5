"""What is believed of Yahoo's answers about analysts, and what a child process may say of them."""

import json
import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.core.analysts import RatingAction, Recommendations, Targets
from bot.core.company import CompanyDate, Occasion
from bot.feeds import FaultKind, Part
from bot.feeds.yahoo_answers import actions, content, dates, recommendations, targets
from bot.feeds.yahoo_lines import Hearing, failed, sent, told

NOW = 1759411800  # 2025-10-02 09:30 in New York
NEW_YORK = "America/New_York"
GIVEN = {"current": 105.85, "high": 238.38, "low": 95.27, "mean": 185.41, "median": 187.87}
READ = Targets(185.41, 187.87, 95.27, 238.38, 39, 105.85)
UNBELIEVABLE: list[Any] = [None, 0, 0.0, -185.41, math.nan, math.inf, "185.41", True, {}, {"raw": 0}, []]


def row(**changes: Any) -> dict[str, Any]:
    return {"at": NOW - 60, "Firm": "JP Morgan", "Action": "main", "ToGrade": "Buy", "FromGrade": "Hold"} | changes


def summary(**modules: Any) -> str:
    return json.dumps({"quoteSummary": {"result": [modules], "error": None}})


def test_targets_are_read_with_the_analysts_from_yahoos_own_answer():
    assert targets(GIVEN, {"numberOfAnalystOpinions": 39}) == READ


def test_a_number_may_come_with_its_print():
    given = {name: {"raw": value, "fmt": "x"} for name, value in GIVEN.items()}
    assert targets(given, {"numberOfAnalystOpinions": {"raw": 39, "fmt": "39"}}) == READ


@pytest.mark.parametrize("value", UNBELIEVABLE)
def test_without_a_believable_mean_there_are_no_targets(value: object):
    assert targets(GIVEN | {"mean": value}, {}) is None


@pytest.mark.parametrize("count", [0.5, 10_001, 1e300])
def test_so_many_analysts_as_there_cannot_be_are_none(count: float):
    assert targets(GIVEN, {"numberOfAnalystOpinions": count}) == replace(READ, analysts=None)


@pytest.mark.parametrize("value", UNBELIEVABLE)
def test_any_other_figure_that_cannot_be_is_left_out_alone(value: object):
    given = dict.fromkeys(GIVEN, value) | {"mean": 185.41}
    assert targets(given, {"numberOfAnalystOpinions": value}) == Targets(185.41)


def test_an_action_is_read_with_its_targets():
    read = actions([row(Action="UP", currentPriceTarget=230.0, priorPriceTarget=200)], NOW)
    assert read == (RatingAction("JP Morgan", NOW - 60, "up", "Buy", "Hold", 230.0, 200.0),)


@pytest.mark.parametrize("value", UNBELIEVABLE)
def test_a_target_of_zero_is_none(value: object):
    (one,) = actions([row(currentPriceTarget=value, priorPriceTarget=value)], NOW)
    assert (one.target, one.target_before) == (None, None)


def test_missing_columns_are_nothing():
    assert actions([{"at": NOW, "Firm": "JP Morgan"}], NOW) == (RatingAction("JP Morgan", NOW, ""),)


@pytest.mark.parametrize("rating", ["", "  ", None, math.nan, 3, "\ud800"])
def test_an_empty_rating_is_none(rating: object):
    (one,) = actions([row(ToGrade=rating, FromGrade=rating)], NOW)
    assert (one.rating, one.rating_before) == (None, None)


@pytest.mark.parametrize(
    "change",
    [{"Firm": ""}, {"Firm": None}, {"Firm": math.nan}, {"at": 0}, {"at": -(2**63)}, {"at": NOW + 86_401}, {"at": None}],
)
def test_a_row_without_a_firm_or_of_an_absurd_time_is_dropped(change: dict[str, Any]):
    assert actions([row(**change)], NOW) == ()


def test_what_firms_write_is_one_line_of_bounded_length_that_can_be_stored():
    (one,) = actions([row(Firm=" J\nP\ud83d " + "M" * 200, ToGrade="B" * 200)], NOW)
    assert (one.firm, one.rating) == ("J P " + "M" * 76, "B" * 40)


def test_the_400_newest_are_kept_in_the_order_of_their_times():
    read = actions([row(at=NOW - 60 * minute) for minute in range(500)], NOW)
    assert [one.at for one in read] == [NOW - 60 * minute for minute in reversed(range(400))]


def test_one_firm_at_one_second_counts_once_as_yahoo_names_it_first():
    read = actions([row(ToGrade="Buy"), row(ToGrade="Sell"), row(Firm="Benchmark")], NOW)
    assert sorted((one.firm, one.rating) for one in read) == [("Benchmark", "Buy"), ("JP Morgan", "Buy")]


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([{"period": "-1m", "buy": 9}, {"period": "0m", "strongBuy": 7, "buy": 27, "hold": 7}], (7, 27, 7, 0, 0)),
        ([{"period": "0m", "strongBuy": {"raw": 2}, "sell": 1.0, "strongSell": math.nan}], (2, 0, 0, 1, 0)),
        ([{"period": "0m", "buy": 0}], None),
        ([{"period": "0m", "buy": 1e300, "hold": 2}], (0, 0, 2, 0, 0)),  # no database holds so many
        ([{"period": "-1m", "buy": 9}], None),
        ([{"buy": 9}], None),
        ([], None),
    ],
)
def test_the_counts_are_those_of_the_present_month(rows: list[dict[str, Any]], counts: tuple[int, ...] | None):
    assert recommendations(rows) == (counts and Recommendations(*counts))


RECORDED = {"earnings": {"earningsDate": [1747053000, 1747398600], "isEarningsDateEstimate": True},
            "exDividendDate": 1718236800}  # fmt: skip
EX_DIVIDEND = CompanyDate(Occasion.EX_DIVIDEND, date(2024, 6, 13), date(2024, 6, 13))


def earnings(first: date, last: date | None = None, is_estimate: bool = False) -> CompanyDate:
    return CompanyDate(Occasion.EARNINGS, first, last or first, is_estimate)


def test_the_recorded_calendar_is_a_week_of_expected_earnings_and_the_last_ex_dividend_day():
    assert dates(RECORDED, NEW_YORK) == (earnings(date(2025, 5, 12), date(2025, 5, 16), True), EX_DIVIDEND)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (1763596800, NEW_YORK, date(2025, 11, 20)),  # midnight UTC: a bare date, there still the 19th
        (1763586000, NEW_YORK, date(2025, 11, 19)),  # 16:00
        (1763614800, NEW_YORK, date(2025, 11, 20)),  # 00:00
        (1763600400, "Asia/Hong_Kong", date(2025, 11, 20)),
        (1763573400, "Asia/Hong_Kong", date(2025, 11, 20)),  # 01:30, in New York the 19th
        ({"raw": 1763586000, "fmt": "2025-11-19"}, NEW_YORK, date(2025, 11, 19)),
    ],
)
def test_midnight_utc_is_a_bare_date_and_any_other_moment_a_time_on_the_exchanges_clock(
    moment: object, zone: str, day: date
):
    assert dates({"earnings": {"earningsDate": [moment]}}, zone) == (earnings(day),)


@pytest.mark.parametrize("moment", [*UNBELIEVABLE, 1763586000000, 10**30])
def test_an_absurd_moment_is_no_date(moment: object):
    assert dates({"earnings": {"earningsDate": [moment]}, "exDividendDate": moment}, NEW_YORK) == ()


@pytest.mark.parametrize(
    ("said", "is_estimate"),
    [({}, True), ({"isEarningsDateEstimate": False}, False), ({"isEarningsDateEstimate": 1}, False)],
)
def test_a_range_is_an_estimate_unless_yahoo_says_otherwise(said: dict[str, object], is_estimate: bool):
    (one,) = dates({"earnings": {"earningsDate": [1747398600, 1747053000], **said}}, NEW_YORK)
    assert one == earnings(date(2025, 5, 12), date(2025, 5, 16), is_estimate)


@pytest.mark.parametrize("events", [{}, {"earnings": None}, {"earnings": {}}, {"earnings": {"earningsDate": None}}])
def test_a_calendar_without_dates_is_no_data(events: dict[str, Any]):
    assert dates(events, NEW_YORK) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (summary(financialData={"a": 1}), {"a": 1}),
        (summary(), {}),
        (summary(financialData=None), {}),
        ('{"quoteSummary": {"result": [], "error": null}}', {}),
        ('{"quoteSummary": {"result": null, "error": {"description": "No fundamentals data found for any"}}}', {}),
        ('{"quoteSummary": {"result": null, "error": {"description": "Quote not found for symbol: X"}}}', None),
        ('{"quoteSummary": {"result": null, "error": {"code": "Internal"}}}', None),
        ('{"quoteSummary": {"result": null, "error": null}}', None),
        ('{"quoteSummary": {"result": "x"}}', None),
        ('{"finance": {}}', None),
        ("[]", None),
        ('{"quoteSummary"', None),
        ("<html>", None),
        ("", None),
    ],
)
def test_nothing_there_and_not_to_be_read_are_two_things(text: str, said: object):
    assert content(text, "financialData") == said


ANSWERS: dict[Part, Any] = {
    Part.TARGETS: READ,
    Part.ACTIONS: (RatingAction("JP Morgan", NOW, "up", "Buy", None, 230.0),),
    Part.RECOMMENDATIONS: Recommendations(7, 27, 7, 0, 0),
    Part.DATES: (earnings(date(2025, 5, 12), date(2025, 5, 16), True), EX_DIVIDEND),
}


def heard(*lines: str, parts: tuple[Part, ...] = tuple(Part)) -> Hearing:
    hearing = Hearing("BABA", parts)
    for line in lines:
        hearing.hear(line.encode())
    return hearing


def test_what_the_child_tells_is_what_is_heard():
    hearing = heard(sent(6), *(told(part, said) for part, said in ANSWERS.items()))
    found = hearing.end(FaultKind.TIMEOUT)
    assert (found.targets, found.actions, found.recommendations, found.dates) == tuple(ANSWERS.values())
    assert (hearing.is_over, dict(found.faults), found.requests, found.source) == (True, {}, 6, "Yahoo")


def test_no_data_is_an_answer_and_what_was_never_told_has_the_fault_of_the_end():
    hearing = heard(told(Part.TARGETS, None), told(Part.ACTIONS, ()), failed(Part.DATES, FaultKind.SERVER_ERROR, "x"))
    assert hearing.end(FaultKind.TIMEOUT).faults == {
        Part.DATES: FaultKind.SERVER_ERROR,
        Part.RECOMMENDATIONS: FaultKind.TIMEOUT,
    }


@pytest.mark.parametrize(
    "line",
    ["", "garbage", "[]", "7", "null", '{"part": "fees"}', '{"part": "targets"}',
     '{"part": "targets", "said": {"x": 1}}', '{"part": "targets", "fault": "x"}',
     '{"part": "dates", "said": [1]}', '{"requests": "many"}', "\ud800"],
)  # fmt: skip
def test_garbage_is_no_answer(line: str):
    hearing = Hearing("BABA", (Part.TARGETS,))
    hearing.hear(line.encode("utf-8", "surrogatepass"))
    assert hearing.end(FaultKind.UNREADABLE).faults == {Part.TARGETS: FaultKind.UNREADABLE}


def test_a_part_that_was_not_asked_for_is_no_answer():
    found = heard(told(Part.TARGETS, READ), parts=(Part.DATES,)).end(FaultKind.UNREADABLE)
    assert (found.targets, found.faults) == (None, {Part.DATES: FaultKind.UNREADABLE})
