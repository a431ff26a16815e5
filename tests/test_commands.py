"""Who is answered, what a text means, and what is said of prices, levels and the state of things."""

import re
from dataclasses import replace

import pytest

from bot import commands
from bot.commands.desk import Desk
from bot.core.contact import Missed
from bot.core.events import Restored
from bot.core.market import Bar, Quote, Session, Stock
from bot.feeds import FaultKind
from bot.jobs.configured import adopt_chats
from bot.store.history import FeedHealth
from tests.fakes.analysts import LEVELS, level
from tests.fakes.desk import (
    GROUP,
    ME,
    NOW,
    OTHER,
    STRANGER,
    Keyboard,
    assert_fit_to_send,
    dump,
    labels,
    own,
    put_price,
    typed,
)

# Who is answered


@pytest.mark.parametrize("text", ["/start", "/alert 192", "/start abcdefghij", "192", "/nonsense", "/start \ud800"])
def test_strangers_get_silence_and_leave_no_row(desk: Desk, text: str) -> None:
    before = dump(desk.store)
    assert commands.respond(desk, typed(text, STRANGER), NOW) is None
    assert dump(desk.store) == before


def test_what_is_no_text_is_not_answered(desk: Desk) -> None:
    assert commands.respond(desk, typed(None), NOW) is None


def test_a_group_hears_answers_to_commands_only(desk: Desk, say: Keyboard) -> None:
    assert commands.respond(desk, typed("192", GROUP), NOW) is None
    assert say("/price", GROUP).html.startswith("<b>BABA 158.20</b>")
    assert say("/alert 192", GROUP).html.startswith("✅ #1 BABA crosses 192.00")


def test_an_alert_is_refused_where_it_would_never_be_told(desk: Desk) -> None:
    reply = commands.respond(desk, typed("/alert 192", -555, ME), NOW)
    assert reply is not None
    assert reply.html == (
        "Alerts are not told in this chat, so none was made. Make it in your own chat with this bot, "
        "or add -555 to telegram.chats in the settings and start again."
    )
    assert own(desk, -555) == []


def test_whoever_shows_the_open_code_is_let_in_once(desk: Desk) -> None:
    code = desk.store.chats.new_code(NOW)
    reply = commands.respond(replace(desk, defaults={"BABA": ("crosses consensus",)}), typed(f"/start {code}", 99), NOW)
    assert reply is not None
    assert reply.html.startswith(
        "✅ Paired. You own this bot.\n\n<b>1 alert, nearest first</b>\n#1 BABA crosses consensus"
    )
    assert commands.respond(desk, typed(f"/start {code}", STRANGER), NOW) is None


def test_somebody_listed_already_can_pair_and_so_become_the_owner(desk: Desk, say: Keyboard) -> None:
    assert say(f"/start {desk.store.chats.new_code(NOW)}").html.startswith("✅ Paired. You own this bot.")
    assert desk.store.fact("owner") == str(ME)
    adopt_chats(desk.store, [], None, NOW)
    assert [member.chat_id for member in desk.store.chats.members()] == [ME]


def test_a_code_shown_in_a_group_lets_nobody_in(desk: Desk) -> None:
    code = desk.store.chats.new_code(NOW)
    assert commands.respond(desk, typed(f"/start {code}", -7, STRANGER), NOW) is None


def test_a_chat_that_writes_again_is_not_lost(desk: Desk, say: Keyboard) -> None:
    desk.store.chats.set_lost(ME, NOW - 60)
    say("/price")
    assert {member.lost_at for member in desk.store.chats.members()} == {None}


def test_a_lost_chat_that_writes_is_told_once_what_it_missed(desk: Desk, say: Keyboard) -> None:
    desk.store.outbox.owe([ME], Restored("BABA", NOW - 90, NOW - 80), NOW - 80)
    desk.store.outbox.refused(desk.store.outbox.due(NOW)[0], "blocked")
    desk.store.chats.set_lost(ME, NOW - 60)
    say("/price")
    say("/price")
    (owed,) = desk.store.outbox.due(NOW)
    assert (owed.chat_id, owed.event) == (ME, Missed(1, NOW - 80))


# What a text means


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("192", "✅ #1 BABA crosses 192.00 · now 158.20"),
        ("price", "<b>BABA 158.20</b>"),
        ("Price baba", "<b>BABA 158.20</b>"),
        ("above consensus", "✅ #1 BABA above 192.00 (consensus)"),
        ("alert above consensus", "✅ #1 BABA above 192.00 (consensus)"),
        ("delete\n7", "There is no alert #7"),
        ("/price\tBABA", "<b>BABA 158.20</b>"),
        ("/ALERT\n192", "✅ #1 BABA crosses 192.00"),
        ("help", "<b>Commands</b>"),
        ("consensus moves 2", "I read &quot;2&quot; as 2%: BABA consensus moves 2%?"),
        ("alrts", "There is no command /alrts. Did you mean /alerts?"),
        ("good grief", "I could not read &quot;good grief&quot;."),
    ],
)
def test_in_a_chat_of_two_a_slash_is_not_needed(say: Keyboard, text: str, beginning: str) -> None:
    assert say(text).html.startswith(beginning)


@pytest.mark.parametrize(
    ("text", "question", "line"),
    [
        ("/pirce", "There is no command /pirce. Did you mean /price?", "/price"),
        ("/alrt above 192", "There is no command /alrt. Did you mean /alert above 192?", "/alert above 192"),
        ("/levles BABA", "There is no command /levles. Did you mean /levels BABA?", "/levels BABA"),
    ],
)
def test_a_misspelt_command_is_guessed(say: Keyboard, text: str, question: str, line: str) -> None:
    reply = say(text)
    assert (reply.html, labels(reply)) == (question, ["Yes", "No"])
    assert say.tap(reply, "Yes").html == say(line).html.replace("#2", "#1") or "watches that already" in say(line).html


def test_an_unknown_command_is_answered_with_the_way_to_the_known_ones(say: Keyboard) -> None:
    assert say("/xyzzy <b>").html == "There is no command /xyzzy. /help lists those there are."


def test_a_guess_of_any_length_is_a_question_with_buttons(say: Keyboard) -> None:
    reply = say("/alrt BABA crosses Bernstein SocGen Group once upon a time in the west of here")
    assert [button.command for button in reply.buttons[0]] == [
        "/alert BABA crosses Bernstein SocGen Group once upon a time in the west of here", "/cancel",
    ]  # fmt: skip


def test_every_command_of_the_menu_answers(say: Keyboard) -> None:
    assert [name for name, _ in commands.menu()] == [
        "start", "help", "price", "levels", "chart", "alert", "alerts", "edit", "delete", "why", "test", "history",
        "export", "snooze", "mute", "resume", "level", "consensus", "dates", "watch", "unwatch", "digest",
        "timezone", "status",
    ]  # fmt: skip
    assert all(say(f"/{name}").html for name, _ in commands.menu())


def test_help_lists_every_command_and_examples_that_work(desk: Desk, say: Keyboard) -> None:
    text = say("/help").html
    assert all(f"/{name} – " in text for name, _ in commands.menu())
    for line in re.findall(r"^(/alert .*?) – ", text.partition("work</b>")[2], re.MULTILINE):
        assert say(line).html.startswith("✅")
    assert own(desk)[:3] == ["#1 above 170", "#2 below 140 once", "#3 crosses Morningstar"]
    assert [alert.metric.partition(":")[0] for alert in desk.store.alerts.of_chat(ME)[3:]] == [
        "news", "consensus", "until",
    ]  # fmt: skip


def test_start_says_what_this_is(say: Keyboard) -> None:
    text = say("/start").html
    assert text.startswith("<b>targetwatch</b> watches stocks against analyst levels")
    assert "No investment advice" in text


# /levels, /price, /status

ROWS = (
    "<b>258.00</b>  Morningstar, fair value",
    "<b>230.00</b>  JPMorgan, price target",
    "<b>192.00</b>  consensus, stored (report of 2025-12-06)",
    "<b>190.00</b>  Bernstein SocGen, Outperform",
)


def test_the_ladder(say: Keyboard) -> None:
    assert say("/levels").html == (
        "<b>BABA 158.20</b> · 09:59 New York, regular session · Yahoo, 20 s old\n"
        "<b>258.00</b>  Morningstar, fair value  +63.1 % · 2025-12-06\n"
        "<b>230.00</b>  JPMorgan, price target  +45.4 % · 2025-12-06\n"
        "<b>192.00</b>  consensus, stored (report of 2025-12-06)  +21.4 %\n"
        "<b>190.00</b>  Bernstein SocGen, Outperform  +20.1 % · 2025-12-06\n"
        "── price 158.20 ──"
    )


@pytest.mark.parametrize(
    ("price", "place"), [(300.0, 0), (258.0, 0), (240.0, 1), (192.0, 2), (191.0, 3), (190.0, 3), (1.0, 4)]
)
def test_the_price_stands_above_the_levels_it_has_reached(desk: Desk, say: Keyboard, price: float, place: int) -> None:
    put_price(desk.store, price, NOW)
    rows = say("/levels").html.splitlines()[1:]
    assert rows[place] == f"── price {price:.2f} ──"
    assert [
        row.partition("  +")[0].partition("  −")[0].partition("  0.0")[0] for row in rows if row != rows[place]
    ] == [*ROWS]


def test_without_a_price_the_ladder_has_no_distances(desk: Desk, say: Keyboard) -> None:
    desk.store.db.conn.execute("delete from quotes")
    lines = say("/levels").html.splitlines()
    assert lines[0] == "<b>BABA</b> · no price yet; the first look is under way"
    assert lines[1:] == [row if "2025" in row else f"{row} · 2025-12-06" for row in ROWS]


def test_without_levels_the_ladder_says_where_they_come_from(desk: Desk, say: Keyboard) -> None:
    desk.store.db.conn.execute("delete from levels")
    assert say("/levels").html.endswith(
        '\nNo levels are stored for BABA. This adds one: /level BABA "Morgan Stanley" 200'
    )


def test_of_very_many_levels_those_around_the_price_are_shown(desk: Desk, say: Keyboard) -> None:
    for n in range(300):
        desk.store.levels.revise(level(f"<i>&{n} {'long ' * 30}", 10.0 + n), NOW)
    lines = say("/levels").html.splitlines()
    assert lines[1] == "… 140 more above"
    assert "── price 158.20 ──" in lines
    assert lines[-1] == "… 135 more below"


def test_the_price_with_its_change_and_neighbours(desk: Desk, say: Keyboard) -> None:
    put_price(desk.store, 191.0, NOW)
    at = NOW - 18 * 3600 - 60  # the last minute of the session before
    desk.store.history.add_bars("BABA", [Bar(at, 180, 180, 180, 180.0, 1)])
    reply = say("/price")
    assert reply.html == (
        "<b>BABA 191.00</b> · 10:00 New York, regular session · Yahoo, 0 s old\n"
        "+6.1 % since the close of 1 Oct\n"
        "Next above 192.00 consensus (+0.5 %)\n"
        "Next below 190.00 Bernstein SocGen (−0.5 %)"
    )
    assert labels(reply) == ["Chart", "Levels", "Alerts"]


def test_a_sessions_last_price_is_not_compared_with_itself(desk: Desk, say: Keyboard) -> None:
    closed = NOW + 6 * 3600
    desk.store.history.add_bars(
        "BABA", [Bar(NOW - 18 * 3600 - 60, 180, 180, 180, 180.0, 1), Bar(closed - 60, 1, 1, 1, 198, 1)]
    )
    desk.store.history.add_quote(Quote("BABA", closed, 198.0, Session.REGULAR, "Yahoo"))
    assert "\n+10.0 % since the close of 1 Oct\n" in say("/price", at=closed + 60).html


def test_after_hours_the_price_is_compared_with_the_close_just_made(desk: Desk, say: Keyboard) -> None:
    closed = NOW + 6 * 3600
    desk.store.history.add_bars("BABA", [Bar(closed - 60, 1, 1, 1, 198, 1)])
    put_price(desk.store, 196.02, closed + 600)
    assert "\n−1.0 % since the close of 2 Oct\n" in say("/price", at=closed + 600).html


def test_a_stale_price_says_its_day_and_age(say: Keyboard) -> None:
    assert say("/price", at=NOW + 3 * 86_400).html.splitlines()[0] == (
        "<b>BABA 158.20</b> · 2 Oct 09:59 New York, regular session · Yahoo, 3 days old"
    )


def test_without_a_price_the_reason_is_given(desk: Desk, say: Keyboard) -> None:
    desk.store.db.conn.execute("delete from quotes")
    fault = FaultKind.RATE_LIMITED.value
    for feed, excuse in (
        (FeedHealth("BABA"), "; the first look is under way"),
        (FeedHealth("BABA", polled_at=NOW, good_at=NOW), "; the source had none so far"),
        (FeedHealth("BABA", polled_at=NOW, failures=1, fault=fault), " (last try: rate limited)"),
    ):
        desk.store.history.note_feed(feed)
        assert say("/price").html == f"<b>BABA</b> · no price yet{excuse}"


@pytest.mark.parametrize("command", ["/price", "/levels", "/alerts"])
def test_a_stock_that_is_not_watched_is_answered_with_those_that_are(say: Keyboard, command: str) -> None:
    assert say(f"{command} <AAPL>").html == "&lt;AAPL&gt; is not watched. Watched: BABA."


def status(say: Keyboard) -> list[str]:
    return [line for line in say("/status").html.splitlines() if line]


def test_the_status_before_the_first_poll(say: Keyboard) -> None:
    assert status(say)[:-1] == [
        "<b>targetwatch 1.2.3</b> · up 60 min",
        "<b>BABA 158.20</b> · 09:59 New York, regular session · Yahoo, 20 s old",
        "New York: regular session, watched",
        "Feed: not asked yet",
        "Analysts: not asked yet",
        "Outbox: empty",
        "Last 24 h: no errors",
        "0 alerts watched",
    ]
    assert re.fullmatch(r"Storage: database \d\.\d MB, \d+(\.\d)? [MG]B free", status(say)[-1])


@pytest.mark.parametrize(
    ("feed", "line"),
    [
        (FeedHealth("BABA", NOW - 10, NOW - 10), "Feed: asked 10 s ago · answered well · next look in 20 s"),
        (
            FeedHealth("BABA", NOW - 10, NOW - 10, fault="bad print"),
            "Feed: asked 10 s ago · last answer had: bad print · next look in 20 s",
        ),
        (
            FeedHealth("BABA", NOW - 10, NOW - 600, 3, "rate limited", NOW + 240),
            "Feed: asked 10 s ago · 3 failed in a row (rate limited) · last good 10 min ago · next look in 4 min",
        ),
        (
            FeedHealth("BABA", NOW - 10, None, 1, "timeout"),
            "Feed: asked 10 s ago · 1 failed in a row (timeout) · never good yet · next look in 20 s",
        ),
    ],
)
def test_the_status_of_the_feed(desk: Desk, feed: FeedHealth, line: str) -> None:
    desk.store.history.note_feed(feed)
    reply = commands.respond(replace(desk, next_poll=lambda symbol: NOW + 20), typed("/status"), NOW)
    assert reply is not None
    assert line in reply.html.splitlines()


def test_the_status_of_the_outbox(desk: Desk, say: Keyboard) -> None:
    desk.store.outbox.owe([ME, OTHER], Restored("BABA", NOW - 900, NOW - 600), NOW - 180)
    assert "\nOutbox: 2 waiting, the oldest for 3 min\n" in say("/status").html
    desk.store.outbox.refused(desk.store.outbox.due(NOW)[0], "blocked")
    assert "\nOutbox: 1 waiting, the oldest for 3 min · 1 refused for good\n" in say("/status").html


def test_the_status_of_a_closed_exchange_says_when_it_is_watched_again(say: Keyboard) -> None:
    night = NOW + 12 * 3600
    assert "New York: closed, watched again 3 Oct 04:00 New York" in say("/status", at=night - 2 * 3600 + 3600).html


@pytest.mark.parametrize("command", ["/price", "/levels", "/status", "/start"])
def test_a_hundred_stocks_are_answered_in_one_message(desk: Desk, command: str) -> None:
    symbols = [f"STOCK{n}" for n in range(100)]
    with desk.store.transaction():
        for symbol in symbols:
            desk.store.levels.revise(replace(LEVELS[0], symbol=symbol), NOW)
            desk.store.history.add_quote(Quote(symbol, NOW, 191.0, Session.REGULAR, "Yahoo"))
    stocks = {symbol: Stock(symbol, symbol, "XNYS", "USD") for symbol in symbols}
    reply = commands.respond(
        replace(desk, stocks=stocks, hours=dict.fromkeys(symbols, desk.hours["BABA"])), typed(command), NOW
    )
    assert reply is not None
    assert_fit_to_send(reply)
    assert "… and more stocks" in reply.html
