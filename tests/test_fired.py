"""The words of crossings that are no plain price line: what was reached, its value, its cause, its note."""

from dataclasses import replace

import pytest

from bot.core import events
from bot.core.alerts import Direction, Way
from bot.core.attribution import Attribution
from bot.core.message import LONGEST, length
from tests.test_wording import at, crossed, said, told, view

UP, DOWN = Direction.UP, Direction.DOWN


@pytest.mark.parametrize(
    ("metric", "threshold", "direction", "value", "head", "measured"),
    [
        ("today", 5.0, UP, 5.12, "BABA is up 5 % since the previous close ↑",
         "change since the previous close +5.12 % · "),
        ("change:1h", -2.0, DOWN, -2.5, "BABA is down 2 % in 1h ↓", "change in 1h −2.5 % · "),
        ("change:ytd", 90.0, UP, 90.1, "BABA is up 90 % this year ↑", "change since New Year +90.1 % · "),
        ("gap", 3.0, UP, 3.4, "BABA opened 3 % or more above the previous close ↑", "gap at the open +3.4 % · "),
        ("rsi:14", 30.0, DOWN, 29.8, "BABA came down to an RSI(14) of 30 ↓", "RSI(14) 29.8 · "),
        ("average:1/200", 0.0, UP, 0.1, "BABA rose above its 200-day average ↑", "price against MA200 +0.1 % · "),
        ("average:50/200", 0.0, DOWN, -0.1, "BABA saw its 50-day average cross below its 200-day average ↓",
         "MA50 against MA200 −0.1 % · "),
        ("range52:high", 0.000001, UP, 0.4, "BABA made a new 52-week high ↑",
         "distance from the 52-week high +0.4 % · "),
        ("range52:high", -3.0, UP, -2.9, "BABA came within 3 % of its 52-week high ↑",
         "distance from the 52-week high −2.9 % · "),
        ("upside:JPMorgan Chase", 30.0, UP, 30.5, "BABA reached 30 % upside to JPMorgan Chase ↑",
         "upside to JPMorgan Chase +30.5 % · "),
        ("close", 192.0, UP, 193.0, "BABA closed above 192.00 consensus ↑", ""),
    ],
)  # fmt: skip
def test_each_metric_says_what_it_came_to(
    metric: str, threshold: float, direction: Direction, value: float, head: str, measured: str
) -> None:
    one = told(threshold, direction, at(9, 30), metric=metric, value=value, low=threshold, high=threshold)
    lines = said(crossed(one, price=190.75), view(at(9, 31))).splitlines()
    assert lines[0] == f"<b>🔔 {head}</b>"
    assert lines[1].startswith(f"{measured}190.75, ")


@pytest.mark.parametrize(
    ("way", "direction", "passed", "within", "head"),
    [
        (Way.BETWEEN, UP, False, None, "entered 185.00–195.00 ↑"),
        (Way.OUTSIDE, DOWN, False, None, "left 185.00–195.00 ↓"),
        (Way.OUTSIDE, UP, True, None, "went straight through 185.00–195.00 ↑"),
        (Way.BETWEEN, DOWN, False, 2.0, "came within 2 % of consensus ↓"),
        (Way.BETWEEN, DOWN, True, 2.0, "passed consensus and the 2 % around it ↓"),
    ],
)
def test_a_channel_says_whether_it_was_entered_left_or_passed(
    way: Way, direction: Direction, passed: bool, within: float | None, head: str
) -> None:
    level = "consensus" if within else None
    one = told(195.0, direction, at(9, 30), way=way, passed=passed, within=within, low=185.0, high=195.0, level=level)
    assert said(crossed(one, price=190.75), view(at(9, 31))).splitlines()[0] == f"<b>🔔 BABA {head}</b>"


def test_lines_and_other_metrics_share_a_message_in_the_order_of_the_walk() -> None:
    moved = told(5.0, UP, at(9, 30), number=3, metric="today", value=5.1)
    head = said(crossed(told(190.0, UP, at(9, 30)), moved, price=190.75), view(at(9, 31))).splitlines()[0]
    assert head == (
        "<b>🔔 BABA reached 190.00 ↑  Bernstein SocGen, price target; is up 5 % since the previous close ↑</b>"
    )


def test_an_upside_owed_before_this_was_asked_says_which_of_the_two_moved() -> None:
    one = told(10.0, DOWN, at(9, 30), metric="upside:consensus", value=9.8)
    assert "\nBy the price alone; the target did not move\n" in said(crossed(one, price=174.0), view(at(9, 31)))
    cut = events.Revision("consensus", 192.0, 188.0)
    text = said(crossed(one, price=174.0, revision=cut), view(at(9, 31)))
    assert "\nBy the target alone: consensus moved from 192.00 to 188.00, the price did not\n" in text


@pytest.mark.parametrize(
    ("price", "target", "points"),
    [
        (-3.62, -0.48, "−3.6 points from the price, −0.5 from the target"),
        (-4.1, 0.0, "−4.1 points from the price, none from the target"),
        (2e-7, -4.1, "none from the price, −4.1 points from the target"),  # of a price that rounding moved
        (-4.1, 0.02, "−4.1 points from the price, less than 0.1 from the target"),
        (0.03, -4.1, "less than 0.1 points from the price, −4.1 from the target"),
        (-1234.56, 1.0, "−1,234.6 points from the price, +1.0 from the target"),
    ],
)
def test_an_upside_says_how_much_of_it_the_price_did_and_how_much_the_target(
    price: float, target: float, points: str
) -> None:
    cause = Attribution(at(9, 0, day=1), price, target)
    one = told(10.0, DOWN, at(9, 30), metric="upside:consensus", value=9.8, cause=cause)
    text = said(crossed(one, price=174.0), view(at(9, 31)))
    assert text.splitlines()[1].startswith("174.00, ")  # its value is said once
    assert f"\nUpside to consensus fell to 9.8 %: {points} (since 1 Oct)\n" in text


def test_what_moved_an_upside_is_stored_with_it() -> None:
    cause = Attribution(at(9, 0), -3.6, None)
    event = crossed(told(10.0, DOWN, at(9, 30), metric="upside:consensus", cause=cause), price=174.0)
    assert events.from_json(events.kind_of(event), events.to_json(event)) == event


def test_the_upsides_of_many_firms_are_counted_not_listed() -> None:
    cause = Attribution(at(9, 0), -3.6, -0.5)
    firms = [f"<{'i' * 300}> {number}" for number in range(9)]
    many = [told(10.0, DOWN, at(9, 30), metric=f"upside:{number} {firm}", value=9.8, cause=cause)
            for number, firm in enumerate(firms)]  # fmt: skip
    text = said(crossed(*many, price=174.0), view(at(9, 31)))
    assert "\n… and 4 more upsides\n" in text
    assert text.count("points from the price") == 5
    assert "Upside to 0 &lt;iii" in text


def test_in_a_digest_two_metrics_that_came_to_the_same_number_are_both_told() -> None:
    two = [told(10.0, DOWN, at(9, 30), metric=f"upside:{firm}") for firm in ("consensus", "JPMorgan Chase")]
    channel = told(10.0, DOWN, at(9, 30), way=Way.BETWEEN, high=12.0)
    gap = events.Gap(at(9, 0), feed_silent=False)
    text = said(crossed(*two, channel, told(10.0, DOWN, at(9, 30)), price=9.9, gap=gap), view(at(14, 5)))
    assert [line.partition(" ")[2] for line in text.splitlines()[1:5]] == [
        "reached 10 % upside to consensus ↓", "reached 10 % upside to JPMorgan Chase ↓", "entered 10.00–12.00 ↓",
        "reached 10.00 ↓",
    ]  # fmt: skip


def test_in_a_digest_two_alerts_on_one_line_are_one_row_that_names_the_level() -> None:
    two = told(192.0, UP, at(9, 30), level=None), told(192.0, UP, at(9, 30), number=3)
    text = said(crossed(*two, price=192.5, gap=events.Gap(at(9, 0), feed_silent=False)), view(at(14, 5)))
    assert text.splitlines()[1:-2] == ["09:30 reached 192.00 ↑ consensus"]


def test_a_note_comes_with_what_it_was_written_for_and_cannot_break_the_message() -> None:
    one = told(190.0, UP, at(9, 30), note="trim <20 %> & wait")
    assert "\n📌 trim &lt;20 %&gt; &amp; wait\n" in said(crossed(one, price=190.75), view(at(9, 31)))


@pytest.mark.parametrize("gap", [None, events.Gap(at(9, 0), feed_silent=False)])
def test_hundreds_of_lines_channels_metrics_and_notes_fit_into_one_message(gap: events.Gap | None) -> None:
    lines = [
        told(190.0 + place / 100, UP, at(9, 30), number=place, note=f"{place} {'x' * 190}") for place in range(250)
    ]
    channels = [replace(one, high=200.0, way=Way.BETWEEN) for one in lines]
    metrics = [replace(one, metric=f"change:{place + 1}m", low=0.0) for place, one in enumerate(lines)]
    mixed = [one for three in zip(lines, channels, metrics, strict=True) for one in three]
    text = said(crossed(*mixed, price=190.75, gap=gap), view(at(9, 31)))
    assert "\n📌 249 x" in text if gap else "\n📌 0 x" in text
    assert length(text) <= LONGEST


def test_after_a_gap_each_thing_has_its_own_time() -> None:
    one = told(5.0, UP, at(9, 40), metric="today", value=5.1)
    gap = events.Gap(at(9, 0), feed_silent=False)
    text = said(crossed(told(190.0, UP, at(9, 30)), one, price=190.75, gap=gap), view(at(14, 5)))
    assert "\n09:40 is up 5 % since the previous close ↑\n" in text
