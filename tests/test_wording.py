"""The words of every message, whole; and what holds of all of them whatever their facts."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import events
from bot.core.alerts import Direction, Way
from bot.core.clock import Place
from bot.core.contact import ChatLost, Missed, ReaderGone, SecondReader
from bot.core.formula import percent
from bot.core.levels import Level
from bot.core.market import Quote, Session
from bot.core.message import LONGEST, Message, length
from bot.core.metrics.price import money
from bot.core.wording import REPEATED, marked, render
from bot.core.wording.phrases import distance
from bot.core.wording.view import View
from tests.fakes.analysts import LEVELS, level

UP, DOWN = Direction.UP, Direction.DOWN
NEW_YORK = Place("America/New_York")
BERNSTEIN, CONSENSUS = "Bernstein SocGen Group", "consensus"


def at(hour: int, minute: int, second: int = 0, day: int = 2, year: int = 2025) -> int:
    """A moment of October by New York's clock."""
    return int(datetime(year, 10, day, hour + 4, minute, second, tzinfo=UTC).timestamp())


def told(threshold: float, direction: Direction, when: int, **changes: object) -> events.Told:
    firm = {190.0: BERNSTEIN, 192.0: CONSENSUS}.get(threshold)
    band = threshold / 100
    made = events.Told(
        2, "price", Way.CROSSES, firm, threshold, band, direction, when, threshold, threshold, None, Session.REGULAR,
        passed=False, low=threshold, high=threshold, within=None, rearm_pct=1.0, once=False, silent=False, note=None,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def crossed(*crossings: events.Told, price: float, **changes: object) -> events.Crossed:
    when = crossings[-1].at + 60
    made = events.Crossed(
        "BABA", crossings, price, when, Session.REGULAR, "Yahoo",
        high=191.37, low=189.8, before=188.54, noticed_at=when, gap=None,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def view(now: int, quote: Quote | None = None, levels: tuple[Level, ...] = LEVELS) -> View:
    return View(now, NEW_YORK, levels, quote)


def said(event: events.Event, seen: View) -> str:
    return render(event, seen).html


def labels(message: Message) -> list[str]:
    return [button.label for row in message.buttons for button in row]


# Told at once


def test_one_crossing() -> None:
    event = crossed(told(190.0, UP, at(9, 30)), price=190.75)
    message = render(event, view(at(9, 31, 12)))
    assert message.html == (
        "<b>🔔 BABA reached 190.00 ↑  Bernstein SocGen, price target</b>\n"
        "190.75, high 191.37, before 188.54 · 2 Oct 09:30 New York, regular session · Yahoo, 12 s old\n"
        "Next above 192.00 consensus (+0.7 %), below 190.00 Bernstein SocGen (−0.4 %)\n"
        "#2 · tells again after a move of 1 %"
    )
    assert labels(message) == ["Snooze 1 h", "Snooze 1 d", "Chart", "Levels", "Delete #2"]


def test_an_alert_told_once_says_that_it_ended_and_has_no_delete_button() -> None:
    message = render(crossed(told(190.0, UP, at(9, 30), once=True), price=190.75), view(at(9, 31)))
    assert message.html.endswith("\n#2 · told once, now ended")
    assert labels(message) == ["Chart", "Levels"]


def test_a_number_of_ones_own_has_no_name() -> None:
    event = crossed(told(150.0, DOWN, at(9, 30)), price=149.9, low=149.5)
    assert said(event, view(at(9, 31))).splitlines()[0] == "<b>🔔 BABA reached 150.00 ↓</b>"
    assert "\nNo stored level further down; next above 190.00 Bernstein SocGen (+26.8 %)\n" in said(
        event, view(at(9, 31))
    )


def test_a_ladder_of_two_in_the_order_of_the_walk() -> None:
    down = (
        told(192.0, DOWN, at(9, 55), number=1, since=at(9, 45)),
        told(190.0, DOWN, at(9, 55), number=2, since=at(9, 30)),
    )
    assert said(crossed(*down, price=189.86, before=190.4), view(at(9, 56, 8))) == (
        "<b>🔔 BABA is back below 192.00 consensus and 190.00 Bernstein SocGen ↓</b>\n"
        "189.86, low 189.80, before 190.40 · 2 Oct 09:55 New York, regular session · Yahoo, 8 s old\n"
        "Before that: 192.00 ↑ 09:45, 190.00 ↑ 09:30\n"
        "No stored level further down; next above 190.00 Bernstein SocGen (+0.1 %)\n"
        "#1 and #2 · tells again after a move of 1 %"
    )


def test_up_then_down_in_one_poll() -> None:
    both = (told(192.0, UP, at(9, 45)), told(192.0, DOWN, at(9, 46), since=at(9, 45)))
    assert said(crossed(*both, price=189.9, high=192.67), view(at(9, 47, 5))) == (
        "<b>🔔 BABA reached 192.00 consensus ↑, then back below 192.00 consensus ↓</b>\n"
        "189.90, high 192.67, low 189.80, before 188.54 · 2 Oct 09:46 New York, regular session · Yahoo, 5 s old\n"
        "No stored level further down; next above 190.00 Bernstein SocGen (+0.1 %)\n"
        "#2 · tells again after a move of 1 %"
    )


def test_several_alerts_on_one_line_tell_it_once() -> None:
    three = (told(192.0, UP, at(9, 45), number=number, level=firm) for number, firm in
             ((1, None), (3, CONSENSUS), (4, CONSENSUS)))  # fmt: skip
    lines = said(crossed(*three, price=192.1), view(at(9, 46))).splitlines()
    assert lines[0] == "<b>🔔 BABA reached 192.00 ↑  consensus</b>"
    assert lines[-1] == "#1, #3 and #4 · tells again after a move of 1 %"


def test_alerts_that_end_are_told_apart_from_those_that_go_on() -> None:
    two = (told(190.0, UP, at(9, 45), number=1, once=True), told(192.0, UP, at(9, 45), number=3, rearm_pct=2.0))
    assert said(crossed(*two, price=192.1), view(at(9, 46))).splitlines()[-2:] == [
        "#1 · told once, now ended",
        "#3 · tells again after a move of 2 %",
    ]


def test_a_level_stored_no_more_is_called_as_the_alert_knew_it() -> None:
    event = crossed(told(192.0, UP, at(9, 45)), price=192.1)
    assert "reached 192.00 ↑ consensus</b>" in said(event, view(at(9, 46), levels=()))


def test_a_side_taken_on_another_day_is_told_with_its_day() -> None:
    event = crossed(told(190.0, DOWN, at(9, 55, day=3), since=at(15, 59)), price=189.9)
    assert "\nBefore that: 190.00 ↑ 2 Oct 15:59\n" in said(event, view(at(9, 56, day=3)))


# Told late


def test_what_could_not_be_sent_in_time_says_so_and_where_the_price_is_now() -> None:
    event = crossed(told(190.0, UP, at(9, 30)), price=190.75)
    quote = Quote("BABA", at(14, 4), 189.67, Session.REGULAR, "Yahoo")
    assert said(event, view(at(14, 5), quote)) == (
        "<b>🕰 BABA reached 190.00 ↑  Bernstein SocGen, price target</b>\n"
        "190.75, high 191.37, before 188.54 · 2 Oct 09:30 New York, regular session · Yahoo, 4 h 34 min old\n"
        "Sent late: noticed 2 Oct 09:31 New York, it could not be delivered before\n"
        "At 14:04 New York 189.67 · next above 190.00 Bernstein SocGen (+0.2 %)\n"
        "#2 · tells again after a move of 1 %"
    )


def away(feed_silent: bool) -> events.Crossed:
    three = (
        told(190.0, UP, at(9, 30), number=1, value=190.4),
        told(192.0, UP, at(9, 45), number=3, value=192.67),
        told(192.0, DOWN, at(9, 55), number=3, since=at(9, 45)),
    )
    gap = events.Gap(at(9, 28), feed_silent)
    return crossed(*three, price=189.67, quoted_at=at(14, 5), noticed_at=at(14, 5), gap=gap)


DIGEST = (
    "09:30 reached 190.00 ↑ Bernstein SocGen (at 190.40)\n"
    "09:45 reached 192.00 ↑ consensus (at 192.67)\n"
    "09:55 back below 192.00 ↓ consensus\n"
    "At 14:05 New York 189.67 · next above 190.00 Bernstein SocGen (+0.2 %)\n"
    "#1 and #3 · tells again after a move of 1 %"
)


@pytest.mark.parametrize(
    ("feed_silent", "cause"), [(False, "While targetwatch was away"), (True, "While no prices came")]
)
def test_what_happened_in_a_gap_is_one_digest(feed_silent: bool, cause: str) -> None:
    head = f"<b>🕰 {cause} (2 Oct 09:28–14:05 New York): BABA</b>\n"
    assert said(away(feed_silent), view(at(14, 5, 3))) == head + DIGEST


def test_a_gap_of_several_days_gives_each_line_its_day() -> None:
    two = (told(190.0, UP, at(9, 30)), told(190.0, DOWN, at(9, 55, day=3), since=at(9, 30)))
    event = crossed(*two, price=189.9, gap=events.Gap(at(9, 28), feed_silent=False))
    lines = said(event, view(at(9, 56, day=3))).splitlines()
    assert lines[0] == "<b>🕰 While targetwatch was away (2 Oct 09:28 – 3 Oct 09:56 New York): BABA</b>"
    assert [line[:11] for line in lines[1:3]] == ["2 Oct 09:30", "3 Oct 09:55"]


def test_of_very_many_crossings_a_digest_shows_the_last_and_says_so() -> None:
    many = tuple(told(192.0, UP if n % 2 else DOWN, at(9, 30) + 60 * n, since=n) for n in range(100))
    event = crossed(*many, price=191.0, gap=events.Gap(at(9, 28), feed_silent=False))
    lines = said(event, view(at(11, 11))).splitlines()
    assert lines[1] == "100 crossings; the first 60 are left out here"
    assert (lines[2][:5], lines[-3][:5], len(lines)) == ("10:30", "11:09", 44)


# The other kinds


@pytest.mark.parametrize(
    ("new", "price", "passed", "rest"),
    [
        (188.0, 189.4, True, " BABA at 189.40 is now above it; the price did not move."),
        (194.0, 193.0, True, " BABA at 193.00 is now below it; the price did not move."),
        (189.4, 189.4, True, " BABA at 189.40 is now exactly at it; the price did not move."),
        (188.0, 158.2, False, " BABA at 158.20: the line lies +18.8 % away."),
        (188.0, None, False, ""),
    ],
)
def test_a_revision_is_no_crossing(new: float, price: float | None, passed: bool, rest: str) -> None:
    event = events.Revised("BABA", "consensus", 192.0, new, price, passed, at(8, 30))
    change = "cut" if new < 192 else "raised"
    head = f"📝 BABA: consensus {change} from 192.00 to {money(new)}, 08:30 New York."
    assert said(event, view(at(8, 31))) == head + rest


def test_a_revision_says_where_the_new_level_is_from() -> None:
    event = events.Revised("BABA", "consensus", 192.0, 185.41, None, False, at(8, 30), "Yahoo, mean")
    assert said(event, view(at(8, 31))) == (
        "📝 BABA: consensus (Yahoo, mean) cut from 192.00 to 185.41, 08:30 New York."
    )


def test_a_silence() -> None:
    assert said(events.Silent("BABA", at(10, 42), at(10, 47)), view(at(10, 47))) == (
        "⚠️ No fresh BABA price since 10:42 New York (5 min) although the exchange is open. "
        "Nothing is lost: what is crossed meanwhile will be told with its time."
    )


@pytest.mark.parametrize(("off_s", "words"), [(600, "10 min ahead of"), (-300, "5 min behind")])
def test_a_clock_of_ours_that_is_wrong_is_named_as_such(off_s: int, words: str) -> None:
    assert said(events.Silent("BABA", at(10, 42), at(10, 47), off_s), view(at(10, 47))) == (
        f"⚠️ This machine's clock is {words} that of BABA's prices: set it right. "
        "Until then alerts come late or look late; what is crossed will be told with its time."
    )


def test_a_silence_since_the_day_before_names_the_day() -> None:
    event = events.Silent("BABA", at(19, 59), at(9, 35, day=3))
    assert "since 2 Oct 19:59 New York (13 h 36 min)" in said(event, view(at(9, 35, day=3)))


def test_prices_are_back() -> None:
    event = events.Restored("BABA", at(10, 42), at(10, 51))
    assert said(event, view(at(10, 52))) == "✅ BABA prices are back (silent 2 Oct 10:42–10:51 New York)."


def test_a_chat_is_lost() -> None:
    assert said(ChatLost(-100123, at(10, 0)), View(at(10, 0), Place("UTC"), (), None)) == (
        "⚠️ Chat -100123 takes no messages: this bot was blocked or removed there, or never started. "
        "Its alerts are kept and resume when it writes to this bot (/start), a group when the bot is back in it."
    )


def test_a_chat_found_again_is_told_how_much_it_has_missed() -> None:
    assert said(Missed(3, at(9, 31)), view(at(10, 0))) == (
        "↩️ 3 messages could not be delivered here since 2 Oct 09:31 New York: this chat took none. "
        "/history tells what was reached meanwhile."
    )


def test_a_second_reader_comes_and_goes() -> None:
    assert said(SecondReader(at(9, 31)), view(at(9, 32))) == (
        "⚠️ Since 2 Oct 09:31 New York another program reads this bot's messages too: commands may go unanswered. "
        "Stop it, or give it a bot of its own. Alerts arrive all the same."
    )
    assert said(ReaderGone(at(9, 31), at(9, 50)), view(at(10, 0))) == (
        "✅ The other program is gone (2 Oct 09:31–09:50 New York): commands are answered again."
    )


def test_a_repeat_is_marked_and_keeps_its_buttons() -> None:
    message = render(crossed(told(190.0, UP, at(9, 30)), price=190.75), view(at(9, 31)))
    assert marked(message) == Message(f"{message.html}\n{REPEATED}", message.buttons)
    assert REPEATED == "↻ repeated, the first delivery was not confirmed"


# Whatever the facts


EVERY_EVENT = [
    crossed(told(190.0, UP, at(9, 30)), price=190.75),
    crossed(told(192.0, DOWN, at(9, 55), since=at(9, 45)), told(190.0, DOWN, at(9, 55)), price=189.0),
    away(feed_silent=False),
    events.Revised("BABA", "consensus", 192.0, 188.0, 189.4, True, at(8, 30)),
    events.Silent("BABA", at(10, 42), at(10, 47)),
    events.Restored("BABA", at(10, 42), at(10, 51)),
    Missed(3, at(10, 0)),
    SecondReader(at(10, 0)),
    ReaderGone(at(10, 0), at(10, 20)),
    ChatLost(7, at(10, 0)),
]


@pytest.mark.parametrize("event", EVERY_EVENT, ids=events.kind_of)
def test_every_event_is_stored_and_worded_alike(event: events.Event) -> None:
    again = events.from_json(events.kind_of(event), events.to_json(event))
    assert said(again, view(at(14, 5))) == said(event, view(at(14, 5)))


def test_what_was_owed_before_alerts_had_metrics_is_still_worded() -> None:
    event = crossed(told(190.0, UP, at(9, 30)), price=190.75)
    facts = json.loads(events.to_json(event))
    del facts["revision"]
    for name in ("way", "price", "passed", "low", "high", "within", "rearm_pct", "silent", "note"):
        del facts["told"][0][name]
    assert events.from_json("crossed", json.dumps(facts)) == event


@pytest.mark.parametrize("event", EVERY_EVENT[:-1], ids=events.kind_of)
def test_times_are_the_exchanges_and_name_a_year_that_is_not_this_one(event: events.Event) -> None:
    assert "New York" in said(event, view(at(14, 5)))
    assert "2025" not in said(event, view(at(14, 5)))
    assert " Oct 2025 " in said(event, view(at(14, 5, year=2026)))


@pytest.mark.parametrize("event", EVERY_EVENT, ids=events.kind_of)
def test_messages_are_calm(event: events.Event) -> None:
    text = said(event, view(at(14, 5)))
    assert not re.search(r"!|\b(buy|sell|should|recommend\w*|target met)\b", text, re.IGNORECASE)
    assert not re.search(r"\d%|-\d+\.\d %", text)


class _Tags(HTMLParser):
    """Fails where tags are anything but <b> opened and closed within one line."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert (tag, attrs) == ("b", [])
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_fit_to_send(message: Message) -> None:
    assert length(marked(message).html) <= LONGEST
    assert not re.search(r"&(?!(amp|lt|gt|quot|#x27|#39);)", message.html)
    tags = _Tags()
    tags.feed(message.html)
    assert not tags.open


def test_foreign_names_are_escaped_everywhere() -> None:
    nasty = level("A&B <i>", 190.0, rating="<u>")
    one = crossed(told(190.0, UP, at(9, 30), level="A&B <i>"), price=189.0, symbol="A&B", source="<s>")
    gone = crossed(told(190.0, UP, at(9, 30), level="<i>&"), told(192.0, UP, at(9, 30)), price=190.0)
    revised = events.Revised("A&B", "A&B <i>", 192.0, 188.0, 189.4, True, at(8, 30))
    for event in (one, gone, replace(one, gap=events.Gap(at(9, 0), feed_silent=True)), revised):
        message = render(event, view(at(9, 31), levels=(nasty,)))
        assert_fit_to_send(message)
        assert "A&amp;B" in message.html or "&lt;i&gt;&amp;" in message.html


FIRMS = st.one_of(st.none(), st.text(max_size=200), st.just("&" * 200), st.just("𝒳" * 200))
CROSSINGS = st.lists(
    st.tuples(FIRMS, st.floats(0.0001, 1e11), st.sampled_from(Direction), st.integers(0, 10**6), st.booleans()),
    min_size=1,
    max_size=6,
)


@given(CROSSINGS, st.integers(1, 120), st.booleans(), st.booleans(), st.integers(0, 10**6))
def test_every_message_is_fit_to_send(
    drawn: list[tuple[str | None, float, Direction, int, bool]], times: int, is_late: bool, is_gap: bool, later: int
) -> None:
    crossings = tuple(
        told(price, direction, at(9, 30) + offset + n, number=n, level=firm, since=n if flipped else None, once=flipped)
        for n, (firm, price, direction, offset, flipped) in enumerate(drawn * times)
    )
    levels = tuple(level(firm, price) for firm, price, *_ in drawn if firm and firm.strip())
    gap = events.Gap(at(9, 0), feed_silent=is_late) if is_gap else None
    event = crossed(*crossings, price=190.0, gap=gap)
    assert_fit_to_send(render(event, view(event.noticed_at + (later if is_late else 0), levels=levels)))


def test_five_hundred_alerts_at_once_make_one_message_that_says_how_many() -> None:
    many = tuple(told(190 + n / 100, UP, at(9, 30), number=n, level=None) for n in range(500))
    text = said(crossed(*many, price=196.0), view(at(9, 31)))
    assert text.startswith("<b>🔔 BABA reached 190.00, 190.01, 190.02, 190.03, 190.04, 190.05 and 494 more ↑</b>\n")
    assert text.endswith(", #19 and 480 more · tells again after a move of 1 %")


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(192, "192.00"), (1234.5, "1,234.50"), (158.2, "158.20"), (0.0123, "0.0123"), (0.5, "0.50"),
     (12.345678, "12.345678"), (9_999_999.99, "9,999,999.99"), (0.000001, "0.000001"), (191.9999999, "192.00")],
)  # fmt: skip
def test_a_price_has_two_decimals_and_more_where_it_needs_them(value: float, text: str) -> None:
    assert money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(21.36, "+21.4 %"), (-4.2, "−4.2 %"), (0.0, "0.0 %"), (-0.04, "0.0 %"), (0.04, "0.0 %"), (1234.56, "+1,234.6 %")],
)
def test_a_share_has_a_sign_and_a_space(value: float, text: str) -> None:
    assert percent(value) == text


def test_a_distance_is_in_percent_of_the_price() -> None:
    assert (distance(160.0, 192.0), distance(192.0, 150.0)) == ("+20.0 %", "−21.9 %")
