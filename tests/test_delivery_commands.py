"""/snooze, /mute, /resume, /timezone and /digest: what they say, and what waits because of them."""

import re

import pytest

from bot import commands
from bot.commands.desk import Desk
from bot.core import events
from bot.core.alerts import Crossing, Direction
from bot.core.market import Point, Quote, Session
from bot.core.message import Message
from bot.jobs.judge import owe_crossings
from bot.jobs.watch import take_in
from bot.store import Store
from tests.fakes.desk import ME, NOW, OTHER, STRANGER, Keyboard, dump, labels, new_york, own, typed
from tests.fakes.feed import answer, minute
from tests.test_watch import BABA

HOUR, DAY = 3600, 86_400


@pytest.fixture
def three(say: Keyboard) -> Keyboard:
    """#1, #2 that may tell every 4 h at most, and #3; and one alert of somebody else."""
    for text in ("/alert above 190", "/alert above 192", "/alert above 230"):
        say(text)
    say("/alert above 190", OTHER)
    return say


def cross(desk: Desk, *numbers: int, at: int = NOW, chat: int = ME) -> None:
    """These alerts have just been crossed."""
    fired = []
    for number in numbers:
        alert = desk.store.alerts.numbered(chat, number)
        assert alert is not None
        line = alert.threshold
        fired.append((alert, Crossing(0, at, line, line, line, Direction.UP, Session.REGULAR, None)))
    points = [Point(at, 190.0, Session.REGULAR, at)]
    owe_crossings(desk.store, new_york(), fired, points, Quote("BABA", at, 190.0, Session.REGULAR, "Yahoo"), at)


def dues(store: Store, chat: int = ME) -> list[int]:
    """In how many seconds from now each pending message is due, by their ids."""
    rows = store.db.execute(
        "select not_before from outbox where chat_id = ? and status = 'pending' order by id", [chat]
    )
    return [due - NOW for (due,) in rows]


def pause(desk: Desk, number: int, every_s: int) -> None:
    desk.store.db.conn.execute("update alerts set every_s = ? where chat_id = ? and number = ?", [every_s, ME, number])


# /snooze


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("/snooze 1 2h", "#1 is quiet until 12:00 New York."),
        ("/snooze #1 30 min", "#1 is quiet until 10:30 New York."),
        ("/snooze 1", "#1 is quiet until 11:00 New York."),
        ("/snooze 1 for 1d", "#1 is quiet until 3 Oct 10:00 New York."),
        ("/snooze 1 2 1h", "#1 and #2 are quiet until 11:00 New York."),
        ("/snooze 1, 3 2 hours", "#1 and #3 are quiet until 12:00 New York."),
        ("/snooze all 1w", "#1, #2 and #3 are quiet until 9 Oct 10:00 New York."),
        ("snooze 1 90d", "#1 is quiet until 31 Dec 09:00 New York."),
    ],
)
def test_a_snooze_is_confirmed_with_its_end(three: Keyboard, text: str, reply: str) -> None:
    said = three(text)
    assert said.html.startswith(reply)
    assert said.html.endswith("would tell meanwhile comes then, as one message.")


@pytest.mark.parametrize("text", ["/snooze", "/snooze 1 soon", "/snooze soon", "/snooze 1 -2h", "/snooze 9"])
def test_a_snooze_that_is_not_understood_changes_nothing(desk: Desk, three: Keyboard, text: str) -> None:
    before = dump(desk.store)
    assert re.search("/snooze 7 2h|/alerts", three(text).html)
    assert dump(desk.store) == before


def test_the_list_of_alerts_says_which_are_snoozed(three: Keyboard) -> None:
    three("/snooze 2 2h")
    assert three("/alerts").html.splitlines()[2] == "#2 BABA above 192.00 · +21.4 % · snoozed until 12:00 New York"
    assert "snoozed" not in three("/alerts", at=NOW + 3 * HOUR).html


def test_a_snooze_of_more_than_ninety_days_is_refused(desk: Desk, three: Keyboard) -> None:
    before = dump(desk.store)
    assert three("/snooze 1 91d").html.startswith("At most 90 days.")
    assert dump(desk.store) == before


def test_of_several_alerts_those_that_are_there_are_snoozed(desk: Desk, three: Keyboard) -> None:
    assert three("/snooze 1 8 1h").html.splitlines() == [
        "#1 is quiet until 11:00 New York. What it would tell meanwhile comes then, as one message.",
        "There is no alert #8 (any more). /alerts lists yours.",
    ]
    assert desk.store.alerts.snoozed(ME, NOW) == {1: NOW + HOUR}


def test_only_ones_own_alerts_are_snoozed(desk: Desk, three: Keyboard) -> None:
    three("/snooze all 1h")
    assert desk.store.alerts.snoozed(OTHER, NOW) == {}
    assert three("/snooze 2 1h", OTHER).html.startswith("There is no alert #2")


def test_a_snoozed_alert_watches_on_and_its_crossings_wait(desk: Desk, three: Keyboard) -> None:
    three("/snooze 1 2h")
    cross(desk, 1, 3)
    assert dues(desk.store) == [2 * HOUR, 0]


def test_what_is_owed_already_waits_too(desk: Desk, three: Keyboard) -> None:
    cross(desk, 1)
    three("/snooze 1 2h")
    assert dues(desk.store) == [2 * HOUR]


def test_a_message_of_two_alerts_waits_as_long_as_both_are_snoozed(desk: Desk, three: Keyboard) -> None:
    cross(desk, 1, 3)
    three("/snooze 1 2h")
    assert dues(desk.store) == [0]
    three("/snooze 3 1h")
    assert dues(desk.store) == [HOUR]
    three("/snooze 3 off")
    assert dues(desk.store) == [0]


def test_the_last_snooze_counts_be_it_longer_or_shorter(desk: Desk, three: Keyboard) -> None:
    three("/snooze 1 1d")
    cross(desk, 1)
    three("/snooze 1 1h")
    assert dues(desk.store) == [HOUR]
    three("/snooze 1 3h")
    assert dues(desk.store) == [3 * HOUR]


def test_waking_an_alert_brings_what_waited_and_what_comes_next_at_once(desk: Desk, three: Keyboard) -> None:
    asleep = three("/snooze 1 2h")
    cross(desk, 1)
    assert three.tap(asleep, "Wake #1").html == "#1 is awake again. What waited comes now, as one message."
    cross(desk, 1)
    assert dues(desk.store) == [0, 0]


def test_waking_an_alert_does_not_shorten_its_pause(desk: Desk, three: Keyboard) -> None:
    pause(desk, 2, 4 * HOUR)
    cross(desk, 2)
    cross(desk, 2)
    assert dues(desk.store) == [0, 4 * HOUR]
    desk.store.outbox.move(1, NOW)
    three("/snooze 2 1h")
    three("/snooze 2 off")
    assert dues(desk.store)[1] == 4 * HOUR


def test_the_pause_after_a_snooze_counts_from_when_it_is_told(desk: Desk, three: Keyboard) -> None:
    pause(desk, 2, 4 * HOUR)
    cross(desk, 2)
    three("/snooze 2 2h")
    cross(desk, 2, at=NOW + 3 * HOUR)
    assert dues(desk.store) == [2 * HOUR, 6 * HOUR]


def test_a_crossing_that_waits_is_stored_as_deferred(desk: Desk, three: Keyboard) -> None:
    three("/snooze 1 2h")
    cross(desk, 1)
    reasons = desk.store.db.execute("select reason from alerts where chat_id = ? and number in (1, 2)", [ME]).fetchall()
    assert reasons[0] == ("deferred",)
    assert reasons[1] != ("deferred",)


# /mute


@pytest.mark.parametrize(
    "text", ["22:00-07:00", "22-7", "22:00 07:00", "22:00 to 7:00", "22.00–7.00", "10pm-7am", "from 22 until 7"]
)
def test_quiet_hours_are_read_as_people_type_them(desk: Desk, say: Keyboard, text: str) -> None:
    assert say(f"/mute {text}").html.startswith("🌙 Quiet every day 22:00–07:00 by the clocks of New York.")
    assert desk.store.chats.quiet(ME).hours == (22 * 60, 7 * 60)


@pytest.mark.parametrize(
    "text", ["25:00-07:00", "22:60-7", "22", "22:00", "7-7", "13pm-7am", "0am-7", "x", "-1h", "2x"]
)
def test_quiet_hours_that_cannot_be_are_refused(desk: Desk, say: Keyboard, text: str) -> None:
    before = dump(desk.store)
    assert "/mute 22:00-07:00 sets quiet hours" in say(f"/mute {text}").html
    assert dump(desk.store) == before


def test_a_mute_is_confirmed_with_its_end(desk: Desk, say: Keyboard) -> None:
    assert say("/mute 2d").html.startswith("🌙 Muted until 4 Oct 10:00 New York. What comes due meanwhile")
    assert desk.store.chats.quiet_until(ME, NOW) == NOW + 2 * DAY
    assert desk.store.chats.quiet_until(OTHER, NOW) is None


def test_mute_alone_says_what_is_set(say: Keyboard) -> None:
    assert say("/mute").html.startswith("Nothing is muted. /mute 22:00-07:00 sets")
    say("/mute 22-7")
    say("/mute 3h")
    assert say("/mute").html.splitlines()[:2] == [
        "🌙 Muted until 13:00 New York.",
        "Quiet every day 22:00–07:00 by the clocks of New York.",
    ]


def test_mute_off_ends_everything(desk: Desk, three: Keyboard) -> None:
    for text in ("/mute 22-7", "/mute 3h", "/snooze 1 1h"):
        three(text)
    assert three("/mute off").html == "Ended: the mute, 1 snooze, the quiet hours."
    assert desk.store.chats.quiet_until(ME, NOW + 14 * HOUR) is None
    assert desk.store.alerts.snoozed(ME, NOW) == {}


def test_replies_never_wait(say: Keyboard) -> None:
    say("/mute 2d")
    assert say("/price").html.startswith("<b>BABA 158.20</b>")


# /resume


def test_resume_ends_the_mute_and_keeps_the_quiet_hours(desk: Desk, three: Keyboard) -> None:
    three("/mute 22-7")
    three.tap(three("/mute 3h"), "Resume")
    assert desk.store.chats.quiet_until(ME, NOW) is None
    assert desk.store.chats.quiet_until(ME, NOW + 13 * HOUR) == NOW + 21 * HOUR


def test_resume_within_quiet_hours_lifts_them_until_they_begin_again(desk: Desk, say: Keyboard) -> None:
    say("/mute 9-12")
    assert desk.store.chats.quiet_until(ME, NOW) == NOW + 2 * HOUR
    assert say("/resume").html.startswith("The present quiet hours are lifted; those of the next days stay.")
    assert desk.store.chats.quiet_until(ME, NOW + HOUR) is None
    assert desk.store.chats.quiet_until(ME, NOW + DAY) == NOW + DAY + 2 * HOUR


def test_resume_brings_what_waited_for_it_and_leaves_the_pauses(desk: Desk, three: Keyboard) -> None:
    pause(desk, 2, 4 * HOUR)
    cross(desk, 2)
    three("/mute 1d")
    three("/snooze 3 2h")
    cross(desk, 1)
    cross(desk, 2)
    cross(desk, 3)
    desk.store.outbox.put_off(ME, NOW + DAY, NOW)  # as delivery does
    assert dues(desk.store) == [DAY, DAY, 4 * HOUR, 2 * HOUR]
    assert three("/resume").html == "Ended: the mute, 1 snooze. What waited comes now, as one message."
    assert dues(desk.store) == [0, 0, 4 * HOUR, 0]


def test_resume_of_one_alert_ends_its_snooze_alone(desk: Desk, three: Keyboard) -> None:
    three("/snooze all 1h")
    assert three("/resume 2").html == "#2 is awake again."
    assert desk.store.alerts.snoozed(ME, NOW) == {1: NOW + HOUR, 3: NOW + HOUR}


def test_without_anything_to_end_resume_says_so(desk: Desk, say: Keyboard) -> None:
    before = dump(desk.store)
    assert say("/resume").html.startswith("Nothing was muted or snoozed.")
    assert dump(desk.store) == before


# /timezone


def test_times_are_told_by_the_clocks_of_the_chat(say: Keyboard) -> None:
    assert say("/timezone berlin").html == "Times here are those of Berlin (Europe/Berlin) from now on; it is 16:00."
    assert "15:59 Berlin" in say("/price").html
    assert "09:59 New York" in say("/price", OTHER).html
    assert "New York: regular session" in say("/status").html


def test_an_end_goes_by_the_clocks_of_the_chat_when_it_is_typed_and_when_it_comes(desk: Desk, say: Keyboard) -> None:
    say("/timezone Berlin")
    assert say("above 192 for 2h").html.startswith("✅ #1 BABA above 192.00 until 2025-10-02 18:00 ·")
    take_in(desk.store, BABA, answer(minute(NOW + 7200, 158.0), reference=158.0), NOW + 7260)
    (owed,) = desk.store.outbox.due(NOW + 7260)
    assert isinstance(owed.event, events.Expired)
    assert owed.event.text == "BABA above 192.00 until 2025-10-02 18:00"


def test_timezone_alone_says_which_clocks_count(say: Keyboard) -> None:
    assert say("/timezone").html.startswith("No time zone is set: times are those of the exchange, New York; it is 10")
    say("/timezone Asia/Tokyo")
    assert say("/timezone").html.startswith("Times here are those of Tokyo (Asia/Tokyo); it is 23:00.")


def test_a_zone_nearly_named_is_offered(say: Keyboard) -> None:
    question = say("/timezone Berlni")
    assert labels(question)[0] == "Europe/Berlin"
    assert say.tap(question, "Europe/Berlin").html.startswith("Times here are those of Berlin")


def test_quiet_hours_go_by_the_chat_s_clocks_also_when_these_change(desk: Desk, say: Keyboard) -> None:
    say("/timezone Berlin")
    say("/mute 15:30-18:00")  # it is 16:00
    desk.store.outbox.owe([ME], events.Restored("BABA", NOW - 900, NOW - 600), NOW)
    desk.store.outbox.put_off(ME, NOW + 2 * HOUR, NOW)  # as delivery does
    say("/timezone New York")
    assert (desk.store.chats.quiet_until(ME, NOW), dues(desk.store)) == (None, [0])


# /digest


def test_the_digest_is_off_until_it_is_asked_for(desk: Desk, say: Keyboard) -> None:
    assert say("/digest").html == "The digest after the close is off. /digest on turns it on."
    assert say("/digest on").html.startswith("The digest is on: ten minutes after each close")
    assert desk.store.chats.wanting_digest() == (ME,)
    say("/digest off")
    assert desk.store.chats.wanting_digest() == ()


@pytest.mark.parametrize("text", ["/mute 2h", "/digest on", "/timezone Berlin", "/snooze 1 1h"])
def test_where_nothing_is_told_unasked_nothing_is_set(desk: Desk, text: str) -> None:
    before = dump(desk.store)
    reply = commands.respond(desk, typed(text, -555, user=ME), NOW)
    assert isinstance(reply, Message)
    assert "/" in reply.html
    assert dump(desk.store) == before


@pytest.mark.parametrize("text", ["/mute 2h", "/digest on", "/timezone Berlin", "/resume", "/snooze 1 1h"])
def test_strangers_set_nothing(desk: Desk, text: str) -> None:
    before = dump(desk.store)
    assert commands.respond(desk, typed(text, STRANGER), NOW) is None
    assert dump(desk.store) == before


def test_a_chat_that_moves_takes_mute_zone_and_snoozes_along(desk: Desk, three: Keyboard) -> None:
    for text in ("/timezone Berlin", "/mute 3h", "/snooze 1 1h"):
        three(text)
    desk.store.chats.migrate(ME, 4711)
    assert desk.store.chats.quiet_until(4711, NOW) == NOW + 3 * HOUR
    assert (desk.store.chats.zone(4711), desk.store.alerts.snoozed(4711, NOW)) == ("Europe/Berlin", {1: NOW + HOUR})
    assert own(desk, 4711) == ["#1 above 190", "#2 above 192", "#3 above 230"]


@pytest.mark.parametrize("is_known", [False, True])
def test_a_chat_that_moves_keeps_its_quiet_wherever_it_goes(desk: Desk, say: Keyboard, is_known: bool) -> None:
    say("/timezone Europe/Berlin")
    say("/mute 10:00-20:00")
    say("/mute 2d")
    say("/resume")
    say("/mute 1h")
    before = desk.store.chats.quiet(ME)
    if is_known:
        desk.store.chats.add(4711, "group", "configured", None, NOW)
    desk.store.chats.migrate(ME, 4711)
    assert desk.store.chats.quiet(4711) == before
    assert before.hours is not None
    assert before.muted_until is not None
