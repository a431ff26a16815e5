"""/why: where an alert stands, in the words of the rule that decides."""

from dataclasses import replace

import pytest

from bot.commands.desk import Desk
from bot.core.alerts import Hold, Reason, Side, State, Verdict
from bot.core.market import Bar, Session
from tests.fakes.desk import ME, NOW, Keyboard, put_price
from tests.fakes.metrics import day

ARMED = "\nArmed.\nIt has told nothing so far."


def test_an_alert_that_waits_says_how_far_it_is_and_that_it_is_armed(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    assert say("/why 1").html == (
        "<b>#1 BABA above 192.00</b>: not yet. 158.20 at 09:59 New York (20 s ago); the line lies +21.4 % away." + ARMED
    )


def test_the_next_look_is_said_where_one_is_planned(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    planned = Keyboard(replace(desk, next_poll=lambda symbol: NOW + 11))
    assert planned("/why #1").html.endswith("\nNext look in 11 s.")


def note(desk: Desk, state: State, reason: Reason = Reason.FIRED) -> None:
    (alert,) = desk.store.alerts.of_chat(ME)
    desk.store.alerts.note(alert, Verdict(reason, state))


@pytest.mark.parametrize(
    ("price", "state", "said"),
    [
        (193.0, State(Side.ABOVE, armed=False), "it was crossed a short while ago and rests. 193.00 at"),
        (193.0, State(Side.ABOVE, armed=False), "\nResting until 190.08 or 193.92.\n"),
        (193.0, State(Side.ABOVE, armed=False), "\nThe last look that changed something said: fired.\n"),
        (196.0, State(Side.ABOVE, armed=True), "it is there already; it tells when it has gone back"),
        (
            193.0,
            State(Side.BELOW, armed=True, hold=Hold(Side.ABOVE, NOW - 400, 240, NOW - 60)),
            "reached, and waiting for it to hold. 193.00",
        ),
    ],
)
def test_what_it_remembers_is_said(desk: Desk, say: Keyboard, price: float, state: State, said: str) -> None:
    say("above 192 hold 10m" if state.hold else "above 192")
    put_price(desk.store, price, NOW)
    note(desk, state)
    assert said in say("/why 1").html


def test_how_long_it_has_held_is_said(desk: Desk, say: Keyboard) -> None:
    say("above 192 hold 10m")
    note(desk, State(Side.BELOW, armed=True, hold=Hold(Side.ABOVE, NOW - 400, 240, NOW - 60)))
    assert "\nHeld for 4 min of 10 min so far.\n" in say("/why 1").html


def test_a_metric_is_shown_with_its_value_and_the_price(desk: Desk, say: Keyboard) -> None:
    say("upside < 10%")
    assert "not yet. upside to consensus +21.37 %, price 158.20 at 09:59 New York" in say("/why 1").html


@pytest.mark.parametrize("text", ["between 150 and 160", "outside 185 195"])
def test_a_channel_that_the_price_is_in_or_out_of_as_wished_is_no_not_yet(say: Keyboard, text: str) -> None:
    say(f"{text} fresh")
    assert "</b>: it is there already; it tells when it has gone back" in say("/why 1").html


def test_a_closing_price_is_not_taken_for_the_price_of_the_quote(desk: Desk, say: Keyboard) -> None:
    desk.store.history.add_days("BABA", [day(-1, 190.0)])
    say("close above 192")
    assert "closing price 190.00, price 158.20 at 09:59 New York" in say("/why 1").html


def test_a_metric_that_lacks_days_says_so(desk: Desk, say: Keyboard) -> None:
    say("above ma200")
    assert "Its metric (price against MA200) has no value yet" in say("/why 1").html


def test_an_alert_made_outside_of_its_session_knows_the_last_regular_price(desk: Desk, say: Keyboard) -> None:
    close_at = NOW - 18 * 3600  # yesterday's session, then this morning before the open
    desk.store.history.add_days("BABA", [day(-1, 190.0)])
    desk.store.history.add_bars("BABA", [Bar(close_at, 190.0, 190.0, 190.0, 190.0, 1, Session.REGULAR)])
    desk.store.history.add_bars("BABA", [Bar(NOW - 1900, 195.0, 195.0, 195.0, 195.0, 1, Session.PRE)])
    desk.store.db.conn.execute("delete from quotes")
    put_price(desk.store, 195.0, NOW - 1900)
    assert say("above 192 rth").html.startswith("✅ #1 BABA above 192.00 rth · now 190.00, needs +1.1 %")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/why", "Which one? /why 7 explains alert #7; /alerts lists yours."),
        ("/why 3", "There is no alert #3 (any more). /alerts lists yours."),
    ],
)
def test_an_alert_that_is_not_there_is_said(say: Keyboard, text: str, said: str) -> None:
    assert say(text).html == said


def test_of_a_stock_watched_no_more_nothing_is_looked_at(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    elsewhere = Keyboard(replace(desk, stocks={}, hours={}))
    assert elsewhere("/why 1").html == (
        "<b>#1 BABA above 192.00</b>: BABA is not watched any more, so nothing is looked at."
    )


def test_without_any_price_that_is_the_reason(desk: Desk, say: Keyboard) -> None:
    say("above 192")
    desk.store.db.conn.execute("delete from quotes")
    assert "not yet. No price of BABA is known so far." in say("/why 1").html
