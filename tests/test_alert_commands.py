"""/alert, /alerts and /delete: what was wished for is understood, kept, listed and let go."""

import random
import re
from dataclasses import replace

import pytest

from bot import commands
from bot.commands.desk import Desk, number
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Stock
from bot.core.message import Message
from bot.jobs.make import make
from tests.fakes.analysts import level
from tests.fakes.desk import ME, NOW, OTHER, Keyboard, dump, labels, own, put_price, typed

# /alert


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("/alert >192", "✅ #1 BABA above 192.00 · now 158.20, needs +21.4 % · tells again after a move of 1 %"),
        ("/alert below 150 once", "✅ #1 BABA below 150.00 once · now 158.20, needs −5.2 % · tells once, then ends"),
        ("/alert above jpmorgan",
         "✅ #1 BABA above 230.00 (JPMorgan) · now 158.20, needs +45.4 % · tells again after a move of 1 %"),
        ("/alert 158.20", "✅ #1 BABA crosses 158.20 · now 158.20, exactly there · tells again after a move of 1 %"),
    ],
)  # fmt: skip
def test_the_confirmation_says_what_was_understood(say: Keyboard, text: str, reply: str) -> None:
    confirmed = say(text)
    assert (confirmed.html, labels(confirmed)) == (reply, ["Edit #1", "Delete #1", "Chart", "Alerts"])


def test_without_a_price_the_confirmation_says_so(desk: Desk, say: Keyboard) -> None:
    desk.store.db.conn.execute("delete from quotes")
    assert say("/alert 192").html.startswith(
        "✅ #1 BABA crosses 192.00 · no price is known yet; it counts from the first one"
    )


def test_a_near_miss_is_a_question_whose_yes_makes_the_alert(desk: Desk, say: Keyboard) -> None:
    question = say("/alert BABA abvoe 192")
    assert question.html == "I read &quot;abvoe&quot; as above: BABA above 192.00?"
    assert (labels(question), own(desk)) == (["Yes", "No"], [])
    assert say.tap(question, "Yes").html.startswith("✅ #1 BABA above 192.00")
    assert own(desk) == ["#1 above 192"]


def test_no_changes_nothing(desk: Desk, say: Keyboard) -> None:
    question = say("/alert BABA abvoe 192")
    before = dump(desk.store)
    assert say.tap(question, "No").html == "Nothing was changed."
    assert dump(desk.store) == before


ALREADY = "BABA is above 150.00 already (158.20). Shall I tell you at the next fresh reach, or now too?"


def test_what_is_true_already_is_said_with_the_choice(desk: Desk, say: Keyboard) -> None:
    question = say("/alert above 150")
    assert question.html == ALREADY
    assert labels(question) == ["At the next fresh reach", "Tell me now too", "Cancel"]
    assert own(desk) == []


def test_at_the_next_fresh_reach_makes_a_quiet_alert(desk: Desk, say: Keyboard) -> None:
    confirmed = say.tap(say("/alert above 150"), "At the next fresh reach")
    assert confirmed.html == (
        "✅ #1 BABA above 150.00 · now 158.20, above it already; the line lies −5.2 % away"
        " · tells again after a move of 1 %"
    )
    (alert,) = desk.store.alerts.of_chat(ME)
    assert (alert.state.side, alert.state.armed) == ("above", True)


def test_tell_me_now_too_tells_and_makes_the_alert(desk: Desk, say: Keyboard) -> None:
    told = say.tap(say("/alert above 150"), "Tell me now too").html.splitlines()
    assert told[0] == (
        "🔔 BABA is above 150.00 now: <b>BABA 158.20</b> · 09:59 New York, regular session · Yahoo, 20 s old"
    )
    assert told[1].startswith("✅ #1 BABA above 150.00 · ")
    assert own(desk) == ["#1 above 150"]


def test_told_now_and_once_leaves_no_alert(desk: Desk, say: Keyboard) -> None:
    told = say.tap(say("/alert below 160 once"), "Tell me now too").html
    assert told.startswith("🔔 BABA is below 160.00 now: ")
    assert told.endswith("\nIt was to be told once, so no alert is left.")
    assert own(desk) == []


@pytest.mark.parametrize("text", ["1", "/alert above 19200", "below 1.9"])
def test_a_line_ten_times_off_is_asked_about_before_it_is_made(desk: Desk, say: Keyboard, text: str) -> None:
    question = say(text)
    assert question.html.endswith("away. Is that meant?")
    assert own(desk) == []
    say.tap(question, "Yes")
    assert len(own(desk)) == 1


def test_an_alert_that_lacks_its_stock_is_asked_which(desk: Desk) -> None:
    two = {"BABA": desk.stocks["BABA"], "NVDA": Stock("NVDA", "NVIDIA", "XNYS", "USD")}
    say = Keyboard(replace(desk, stocks=two, hours=dict.fromkeys(two, desk.hours["BABA"])))
    question = say("above 200")
    assert (question.html.split("?")[0], labels(question)) == (
        "Which stock",
        ["BABA above 200.00", "NVDA above 200.00"],
    )
    assert own(desk) == []
    assert say.tap(question, "NVDA above 200.00").html.startswith("✅ #1 NVDA above 200.00")
    assert labels(say("above consensus")) == ["BABA above consensus"]
    assert say("xyzzy").html.startswith("Several stocks are watched (BABA and NVDA); please name one")


def test_cancel_makes_nothing(desk: Desk, say: Keyboard) -> None:
    assert say.tap(say("/alert above 150"), "Cancel").html == "Nothing was changed."
    assert own(desk) == []


def test_a_level_that_is_true_already_is_named(desk: Desk, say: Keyboard) -> None:
    put_price(desk.store, 192.0, NOW)
    question = say("/alert above consensus")
    assert question.html.startswith("BABA is exactly at 192.00 (consensus) already (192.00).")
    assert say.tap(question, "At the next fresh reach").html.startswith(
        "✅ #1 BABA above 192.00 (consensus) · now 192.00, ex"
    )


def test_a_crossing_is_never_true_already(say: Keyboard) -> None:
    assert say("/alert crosses 150").html.startswith("✅ #1 BABA crosses 150.00 · now 158.20, needs −5.2 %")


def test_a_choice_of_any_length_is_a_button(desk: Desk, say: Keyboard) -> None:
    desk.store.levels.revise(level("Mitsubishi UFJ & Morgan Stanley & Partners & Sons & Heirs", 150.0), NOW)
    question = say("/alert above mitsubishi")
    assert labels(question) == ["At the next fresh reach", "Tell me now too", "Cancel"]
    made = say.tap(question, "At the next fresh reach").html
    assert made.startswith("✅ #1 BABA above 150.00 (Mitsubishi UFJ &amp; Morgan Stanley &amp; Partn…)")


@pytest.mark.parametrize("again", ["/alert BABA ABOVE 192", "/alert >192.00", "above 192 baba", "/alert above 192 now"])
def test_the_same_alert_is_not_made_twice(desk: Desk, say: Keyboard, again: str) -> None:
    say("/alert above 192")
    assert say(again).html == "#1 BABA above 192.00 watches that already."
    assert own(desk) == ["#1 above 192"]


def test_a_level_and_its_number_are_two_alerts(desk: Desk, say: Keyboard) -> None:
    for text in ("above 192", "above consensus", "above 192 once", "crosses 192"):
        say(text)
    assert own(desk) == ["#1 above 192", "#2 above consensus", "#3 above 192 once", "#4 crosses 192"]


def test_what_follows_a_level_is_the_same_wish_wherever_the_level_lies(desk: Desk, say: Keyboard) -> None:
    say("above consensus")
    desk.store.levels.revise(level("consensus", 195.0, "consensus"), NOW)
    assert say("above consensus").html == "#1 BABA above 192.00 (consensus) watches that already."


def test_a_chat_has_only_so_many_alerts(desk: Desk) -> None:
    small = replace(desk, max_alerts=2)
    replies = [commands.respond(small, typed(f"/alert {price}"), NOW) for price in (190, 191, 192)]
    assert replies[2] is not None
    assert replies[2].html.startswith("This chat has 2 alerts, the most it may have. Please /delete one first")
    assert own(desk) == ["#1 crosses 190", "#2 crosses 191"]
    assert commands.respond(small, typed("/alert 192", OTHER), NOW) is not None
    assert own(desk, OTHER) == ["#1 crosses 192"]


def test_no_way_leads_past_the_most_alerts_a_chat_may_have(desk: Desk) -> None:
    small = Keyboard(replace(desk, max_alerts=2, defaults={"BABA": ("above 200", "above 201", "above 202")}))
    question, offer = small("/alert BABA abvoe 192"), small("/alert above 150")
    for text in ("/alert above 190", "/alert above 190", "above 191"):
        small(text)
    for message, label in ((question, "Yes"), (offer, "Tell me now too"), (offer, "At the next fresh reach")):
        assert "the most it may have" in small.tap(message, label).html
    small("/edit 1 above 195")
    small(f"/start {desk.store.chats.new_code(NOW)}")  # pairing brings the defaults
    assert own(desk) == ["#1 above 195", "#2 above 191"]


# /alerts and /delete


def test_alerts_come_nearest_first(desk: Desk, say: Keyboard) -> None:
    for text in ("above 192", "below 150 once", "crosses jpmorgan"):
        say(text)
    listed = say("/alerts")
    assert listed.html == (
        "<b>3 alerts, nearest first</b>\n"
        "#2 BABA below 150.00 once · −5.2 %\n"
        "#1 BABA above 192.00 · +21.4 %\n"
        "#3 BABA crosses JPMorgan at 230.00 · +45.4 %"
    )
    assert labels(listed) == ["Edit #2", "Delete #2", "Edit #1", "Delete #1", "Edit #3", "Delete #3"]


def test_an_alert_that_has_just_told_says_that_it_rests(desk: Desk, say: Keyboard) -> None:
    say("158.20")
    assert say("/alerts").html.splitlines()[1] == "#1 BABA crosses 158.20 · 0.0 % · resting until 156.62 or 159.78"


def test_without_alerts_the_list_says_how_to_make_one(say: Keyboard) -> None:
    assert say("/alerts").html == "No alerts. This makes one:\n/alert BABA above 170 – each time it comes up to 170"


def test_of_a_stock_watched_no_more_alerts_can_still_be_listed_and_deleted(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    moved = replace(desk, stocks={"JPM": Stock("JPM", "JPMorgan", "XNYS", "USD")}, hours={"JPM": desk.hours["BABA"]})
    listed, deleted = (commands.respond(moved, typed(text), NOW) for text in ("/alerts", "/delete 1"))
    assert listed is not None
    assert deleted is not None
    assert listed.html.endswith("#1 BABA above 192.00 · not watched any more")
    assert deleted == Message("🗑 Deleted #1 BABA above 192.00.")


@pytest.fixture
def many(desk: Desk) -> list[int]:
    """500 alerts in no order; their numbers, the nearest first."""
    prices = [200 + index / 4 for index in range(500)]
    random.Random(7).shuffle(prices)
    with desk.store.transaction():
        for price in prices:
            make(desk.store, Wish("BABA", Way.ABOVE, price), ME, desk.hours["BABA"], "chat", NOW)
    return [prices.index(price) + 1 for price in sorted(prices)]


def test_five_hundred_alerts_are_paged_and_every_one_is_reached(say: Keyboard, many: list[int]) -> None:
    page = say("/alerts")
    assert page.html.startswith("<b>500 alerts, nearest first</b> · page 1 of 50\n")
    seen = numbers_on(page)
    while "Further →" in labels(page):
        page = say.tap(page, "Further →")
        assert len(numbers_on(page)) == 10
        seen += numbers_on(page)
    assert seen == many


def test_a_page_beyond_the_last_is_the_last(say: Keyboard, many: list[int]) -> None:
    for text, page in (("/alerts 0", 1), ("/alerts 50", 50), ("/alerts 9999999999", 50), ("/alerts baba 3", 3)):
        assert f" · page {page} of 50\n" in say(text).html


def test_turning_the_page_keeps_to_the_stock(say: Keyboard, many: list[int]) -> None:
    page = say.tap(say("/alerts BABA"), "Further →")
    assert [button.command for button in page.buttons[-1]] == ["/alerts BABA 1", "/alerts BABA 3"]


def numbers_on(page: Message) -> list[int]:
    return [int(found) for found in re.findall(r"^#(\d+)", page.html, re.MULTILINE)]


def test_deleting_offers_to_make_it_again(desk: Desk, say: Keyboard) -> None:
    say("above jpmorgan once")
    deleted = say("/delete #1")
    assert deleted.html == "🗑 Deleted #1 BABA above JPMorgan once."
    assert own(desk) == []
    assert say.tap(deleted, "Make it again").html.startswith("✅ #2 BABA above 230.00 (JPMorgan) once")


def test_only_ones_own_alerts_can_be_deleted(desk: Desk, say: Keyboard) -> None:
    say("above 192", OTHER)
    say("above 193", OTHER)
    say("above 170")
    assert say("/delete 2").html == "There is no alert #2 (any more). /alerts lists yours."
    assert own(desk, OTHER) == ["#1 above 192", "#2 above 193"]


@pytest.mark.parametrize("text", ["/delete", "/delete -1", "/delete ٧", "/delete " + "9" * 40])
def test_what_to_delete_must_be_said(say: Keyboard, text: str) -> None:
    assert say(text).html == "Which one? /delete 7 deletes alert #7; /alerts lists yours."


def test_several_are_deleted_together_or_none_of_them(desk: Desk, say: Keyboard) -> None:
    for line in (170, 180, 190):
        say(f"above {line}")
    assert say("/delete 1 9").html == "There is no alert #9 (any more). /alerts lists yours."
    assert len(own(desk)) == 3
    assert labels(say("/delete #1, 3")) == ["Make it again (1)", "Make it again (3)"]
    assert own(desk) == ["#2 above 180"]


def test_all_are_deleted_after_a_question_and_only_ones_own(desk: Desk, say: Keyboard) -> None:
    say("above 170")
    say("above 180")
    say("above 192", OTHER)
    question = say("/delete all")
    assert (question.html, len(own(desk))) == ("Delete all of this chat's alerts (2)?", 2)
    assert say.tap(question, "Yes").html == "🗑 Deleted 2 alerts."
    assert (own(desk), own(desk, OTHER)) == ([], ["#1 above 192"])
    assert say("/delete all").html == "There are no alerts to delete. /alert above 192 makes one."


# /edit


def test_an_edited_alert_keeps_its_number_and_watches_something_else(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    edited = say("/edit 1 below 150")
    assert edited.html == "✏️ #1 BABA below 150.00 · now 158.20, needs −5.2 % · tells again after a move of 1 %"
    assert own(desk) == ["#1 below 150"]
    (alert,) = desk.store.alerts.of_chat(ME)
    assert (alert.state.side, alert.line.band) == ("above", 1.5)


def test_what_is_only_a_modifier_is_added(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    assert say("/edit #1 once").html.startswith("✏️ #1 BABA above 192.00 once")
    assert own(desk) == ["#1 above 192 once"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hold 10m", "speaks when it has stayed so for 10 min"),
        ("every 4h", "at most every 4 h, what happens meanwhile comes later"),
        ("daily", "at most once a day, what happens meanwhile comes later"),
    ],
)
def test_what_a_modifier_of_pace_comes_to_is_said(say: Keyboard, words: str, said: str) -> None:
    assert f"needs +21.4 % · {said} · tells again" in say(f"above 192 {words}").html


@pytest.mark.parametrize(
    ("words", "added", "normal"),
    [
        ("hold 10m", "hold 5m", "hold 5m"),
        ("every 4h silent", "daily", "daily silent"),
        ("once", "every 2h", "every 2h"),
        ("until 2026-12-31", "for 30d", "until 2025-11-01"),
        ('note "trim"', 'note "sell"', "note &quot;sell&quot;"),
    ],
)
def test_a_modifier_takes_the_place_of_the_one_it_cannot_stand_beside(
    say: Keyboard, words: str, added: str, normal: str
) -> None:
    say(f"above 192 {words}")
    assert say(f"/edit 1 {added}").html.startswith(f"✏️ #1 BABA above 192.00 {normal} · ")


@pytest.mark.parametrize("text", ["above 150", "upside to jpmorgan > 30%", "between 150 and 160"])
def test_whether_it_is_true_already_is_no_question_where_only_a_modifier_changes(say: Keyboard, text: str) -> None:
    say(f"{text} fresh")
    assert say("/edit 1 daily").html.startswith("✏️ #1 BABA")


def test_what_can_be_added_is_offered_and_every_offer_works(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    for label in ("Once", "Once a day", "Every 4 h", "Hold 10 min", "Regular hours", "Silent"):
        assert say.tap(say("/edit 1"), label).html.startswith("✏️ #1 BABA above 192.00")
        say("/edit 1 above 192")
    assert say.tap(say("/edit 1"), "Delete #1").html.startswith("🗑 Deleted #1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/edit", "Which one? /edit 7 below 150 changes alert #7; /alerts lists yours."),
        ("/edit 5 below 150", "There is no alert #5 (any more). /alerts lists yours."),
        ("/edit 1", "#1 is BABA above 192.00. Say what it shall be instead"),
        ("/edit 1 xyzzy", "I could not read"),
        ("/edit 1 above 190", "#2 BABA above 190.00 watches that already."),
        ("/edit 1 above 150", "BABA is above 150.00 already (158.20)."),
        ("/edit 1 abvoe 195", "I read &quot;abvoe&quot; as above: BABA above 195"),
    ],
)
def test_an_edit_that_needs_a_word_more_changes_nothing(desk: Desk, say: Keyboard, text: str, said: str) -> None:
    say("above 192")
    say("above 190")
    assert say(text).html.startswith(said)
    assert own(desk) == ["#1 above 192", "#2 above 190"]


def test_the_answers_to_an_edit_s_question_edit(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    assert say.tap(say("/edit 1 above 150"), "At the next fresh reach").html.startswith("✏️ #1 BABA above 150.00")
    assert own(desk) == ["#1 above 150"]


@pytest.mark.parametrize(
    ("text", "expected"), [("7", 7), (" #7 ", 7), ("", None), ("#", None), ("7.0", None), ("²", None)]
)
def test_numbers_name_alerts(text: str, expected: int | None) -> None:
    assert number(text) == expected


def test_ending_a_level_says_which_alerts_wait_for_it(desk: Desk, say: Keyboard) -> None:
    say("/alert upside to jpmorgan above 90%")
    assert "\n#1 waits until it is stored again." in say("/level BABA JPMorgan off").html
    assert "#1 BABA upside" in say("/alerts").html
    assert "#1 BABA upside" in say("/why 1").html
