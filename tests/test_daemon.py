"""The whole daemon as a process, over the real yfinance and python-telegram-bot on loopback."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.store.backups import copies
from tests.fakes.daemon import CHAT, Daemon
from tests.fakes.switch import SECRET as SWITCH_SECRET
from tests.fakes.switch import FakeSwitch
from tests.fakes.telegram import FakeTelegram, server_error, unauthorized
from tests.fakes.yahoo import FakeYahoo

Launch = Callable[..., Daemon]


@pytest.fixture
def yahoo() -> Iterator[FakeYahoo]:
    with FakeYahoo() as fake:
        fake.push_price("BABA", 188.5)
        yield fake


@pytest.fixture
def prepare(tmp_path: Path, yahoo: FakeYahoo, telegram: FakeTelegram) -> Iterator[Launch]:
    prepared: list[Daemon] = []

    def prepare(chat: FakeTelegram | None = telegram, **environment: str) -> Daemon:
        prepared.append(Daemon(tmp_path, yahoo, chat, **environment))
        return prepared[-1]

    yield prepare
    for daemon in prepared:
        daemon.kill()


def heads(telegram: FakeTelegram) -> list[str]:
    """The first line of every message that chat was sent, in order."""
    return [message.text.splitlines()[0] for message in telegram.sent if message.chat_id == CHAT]


def test_each_line_reached_is_told_once_and_a_restart_repeats_nothing(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    daemon = prepare().fresh().start()
    daemon.polls(0)
    yahoo.push_price("BABA", 190.5)
    telegram.wait_for_sent(1)
    yahoo.push_price("BABA", 193.0)
    telegram.wait_for_sent(2)
    daemon.polls(1)
    code, seconds = daemon.stop()
    assert (code, seconds < 5) == (0, True), daemon.said()
    daemon.start()
    daemon.polls(1)
    assert [("190.00" in head, "192.00" in head) for head in heads(telegram)] == [(True, False), (False, True)]
    assert "Bernstein SocGen" in heads(telegram)[0]
    assert "consensus" in heads(telegram)[1]
    assert telegram.token not in daemon.said()
    assert "Traceback" not in daemon.said()


def test_a_price_of_exactly_192_counts_once_however_often_it_is_seen(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    yahoo.set_bars("BABA", [])
    yahoo.push_price("BABA", 191.0)
    daemon = prepare().start()
    daemon.polls(0)
    yahoo.push_price("BABA", 192.0)
    telegram.wait_for_sent(1)
    for price in (191.9, 192.0):
        yahoo.push_price("BABA", price)
        daemon.polls(1)
    assert len(heads(telegram)) == 1


def test_what_was_crossed_while_the_daemon_was_down_is_told_after_the_start(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    daemon = prepare().start()
    daemon.polls(0)
    daemon.stop()
    with sqlite3.connect(daemon.database) as connection:
        # As if they had been made earlier: what lies in the minute of their making is not theirs.
        connection.execute("update alerts set created_at = created_at - 600")
    yahoo.push_price("BABA", 190.2)
    yahoo.push_price("BABA", 189.5)
    daemon.start()
    (told,) = telegram.wait_for_sent(1)
    assert "190.00" in told.text


def test_a_kill_between_commit_and_delivery_loses_nothing(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    from tests.fakes.telegram import HANG

    telegram.script("sendMessage", HANG)
    daemon = prepare().start()
    daemon.polls(0)
    yahoo.push_price("BABA", 190.5)
    telegram.wait_for_calls("sendMessage", 1)
    daemon.kill()
    daemon.start()
    (told,) = telegram.wait_for_sent(1)
    assert "190.00" in told.text
    assert "↻ repeated" in told.text


def test_a_menu_that_cannot_be_shown_keeps_nobody_from_commanding(prepare: Launch, telegram: FakeTelegram) -> None:
    telegram.script("setMyCommands", server_error(500))
    prepare().launch()
    telegram.type(CHAT, CHAT, "/help")
    assert "Commands" in telegram.wait_for_sent(1, timeout=20)[0].text


def test_a_pairing_code_lets_its_bearer_in_and_a_stranger_hears_nothing(
    prepare: Launch, telegram: FakeTelegram
) -> None:
    daemon = prepare(TARGETWATCH_TELEGRAM__CHATS="[]").start()
    telegram.wait_for_calls("getUpdates", 1)
    code = daemon.run("pair").stdout.split("/start ")[1].split()[0]
    telegram.type(99, 99, "/price")
    telegram.type(11, 11, f"/start {code}")
    (welcome,) = telegram.wait_for_sent(1)
    assert welcome.chat_id == 11
    assert "Paired" in welcome.text
    assert "#4" in welcome.text
    telegram.type(11, 11, "/price")
    assert "188.50" in telegram.wait_for_sent(2)[1].text
    telegram.type(11, 11, "/alert above my private thoughts")
    telegram.wait_for_sent(3)
    assert [secret for secret in (code, "private thoughts") if secret in daemon.said()] == []
    with sqlite3.connect(daemon.database) as connection:
        assert connection.execute("select chat_id from chats").fetchall() == [(11,)]


def test_days_that_hang_keep_no_alert_from_being_told_and_no_stop_waiting(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    yahoo.fail_with("hang", where="days")
    daemon = prepare().start()
    assert yahoo.wait_for_day_charts(1), daemon.said()
    yahoo.push_price("BABA", 190.5)
    assert daemon.stop()[1] < 5  # the request is not waited for
    daemon.start()
    telegram.wait_for_sent(1, timeout=30)
    assert ("190.00" in heads(telegram)[0], "Traceback" in daemon.said()) == (True, False), daemon.said()


def test_the_days_are_there_soon_after_the_start(prepare: Launch, yahoo: FakeYahoo) -> None:
    today = int(time.time()) - 60
    yahoo.set_days("BABA", [(today - ago * 86_400, 180.0, 182.0, 179.0, 181.0, 1) for ago in range(30, -1, -1)])
    daemon = prepare().start()
    assert yahoo.wait_for_day_charts(1), daemon.said()
    daemon.polls(1)
    with sqlite3.connect(daemon.database) as connection:
        assert connection.execute("select count(*) from days").fetchone()[0] >= 28


def test_a_second_daemon_on_the_same_database_exits_3(prepare: Launch) -> None:
    daemon = prepare().start()
    second = daemon.run("run", "--log-format", "json")
    ended = json.loads(second.stderr.splitlines()[-1])
    assert (second.returncode, "Another targetwatch" in ended["message"]) == (3, True)


def test_a_rejected_token_exits_4_and_is_nowhere_in_the_log(prepare: Launch, telegram: FakeTelegram) -> None:
    telegram.script("getMe", unauthorized())
    daemon = prepare().launch()
    assert daemon.ends() == 4
    assert "rejects the token" in daemon.said()
    assert telegram.token not in daemon.said()


def test_a_token_revoked_while_running_exits_4_and_keeps_what_is_owed(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    telegram.script("sendMessage", unauthorized())
    daemon = prepare().start()
    daemon.polls(0)
    yahoo.push_price("BABA", 190.5)
    assert daemon.ends() == 4
    daemon.start()
    (told,) = telegram.wait_for_sent(1)
    assert "190.00" in told.text


def test_without_a_token_alerts_are_printed(prepare: Launch, yahoo: FakeYahoo) -> None:
    daemon = prepare(None).start()
    daemon.polls(0)
    yahoo.push_price("BABA", 190.5)
    daemon.polls(2)
    assert "🔔 BABA reached 190.00 ↑" in daemon.said()
    assert daemon.stop()[0] == 0


def statuses(telegram: FakeTelegram) -> Iterator[str]:
    """What /status says, asked again and again: the first look may still be under way."""
    for count in range(1, 50):
        telegram.type(CHAT, CHAT, "/status")
        yield telegram.wait_for_sent(count)[-1].text


def test_without_a_network_it_comes_up_says_so_and_recovers_by_itself(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    from tests.fakes.telegram import DROP

    yahoo.fail_with("drop", where="everywhere")
    telegram.script("getMe", DROP)
    daemon = prepare().launch()
    telegram.wait_for_calls("getUpdates", 1, timeout=30)
    status = next(text for text in statuses(telegram) if "failed in a row" in text)
    assert "no price yet" in status
    assert "Last 24 h: errors in prices (unreachable" in status
    assert "Telegram (unclear 1)" in status
    assert "poll failed" in daemon.said()
    yahoo.recover()
    daemon.polls(1)
    told = len(telegram.sent)
    telegram.type(CHAT, CHAT, "/price")
    assert "188.50" in telegram.wait_for_sent(told + 1)[-1].text


def test_health_tells_a_living_daemon_from_a_dead_one(prepare: Launch) -> None:
    daemon = prepare()
    assert (daemon.run("health").returncode, daemon.run("health").stderr.count("has not run here")) == (1, 1)
    daemon.start()
    daemon.polls(0)
    alive = daemon.run("health")
    assert (alive.returncode, alive.stdout.splitlines()[0]) == (0, "well"), alive.stderr
    assert "BABA 188.50" in alive.stdout
    daemon.stop()
    dead = daemon.run("health")
    assert (dead.returncode, "No daemon runs" in dead.stderr) == (1, True)


def test_in_json_every_line_is_an_object_and_the_dead_man_s_switch_is_asked_without_a_word(prepare: Launch) -> None:
    with FakeSwitch() as switch:
        daemon = prepare(TARGETWATCH_HEALTH__PING_URL=switch.address)
        daemon.arguments = ["--log-format", "json"]
        daemon.start()
        switch.wait_for(2)
        assert daemon.stop()[0] == 0
    events = [json.loads(line) for line in daemon.said().splitlines()]
    assert {event["event"].split()[0] for event in events} >= {"started", "reading", "stopping"}
    assert SWITCH_SECRET not in daemon.said()


def test_a_backup_of_the_running_daemon_is_whole(prepare: Launch, tmp_path: Path) -> None:
    daemon = prepare().start()
    daemon.polls(0)
    assert daemon.run("backup", "copy.db").returncode == 0
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
        assert copy.execute("select count(*) from bars").fetchone()[0] >= 1


def test_a_database_damaged_overnight_is_replaced_by_its_copy_and_the_alerts_go_on(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    daemon = prepare().start()
    while not copies(daemon.database):
        daemon.polls(1)
    daemon.stop()
    content = daemon.database.read_bytes()
    daemon.database.write_bytes(content[:100] + b"\0" * 4_000 + content[4_100:])
    daemon.start()
    (told,) = telegram.wait_for_sent(1)
    assert told.text.startswith("⚠️ The database was damaged. A copy of")
    daemon.polls(1)
    yahoo.push_price("BABA", 190.5)
    assert "reached 190.00" in telegram.wait_for_sent(2)[1].text
    assert len(list(daemon.database.parent.glob("*.set-aside-*"))) == 1
    assert "Traceback" not in daemon.said()


def test_the_doctor_finds_all_well_and_names_the_cure_where_not(prepare: Launch, yahoo: FakeYahoo) -> None:
    daemon = prepare()
    yahoo.set_summary("BABA", "financialData", {"targetMeanPrice": 185.41, "numberOfAnalystOpinions": 39})
    well = daemon.run("doctor")
    assert (well.returncode, well.stdout.count("✓"), well.stdout.count("✗")) == (0, 11, 0), well.stdout
    assert "✓ analysts: BABA mean target 185.41 of 39" in well.stdout
    yahoo.fail_with(429, where="everywhere")
    ill = daemon.run("doctor")
    assert (ill.returncode, "✗ Yahoo: BABA: rate limited" in ill.stdout) == (1, True), ill.stdout
    assert "✗ analysts: rate limited; Yahoo asks for patience" in ill.stdout


def test_a_stock_chosen_in_the_chat_is_confirmed_and_still_watched_after_a_restart(
    prepare: Launch, yahoo: FakeYahoo, telegram: FakeTelegram
) -> None:
    yahoo.push_price("NVDA", 178.2)
    daemon = prepare().start()
    telegram.type(CHAT, CHAT, "/watch NVDA NOSUCH")
    asked, *told = (message.text for message in telegram.wait_for_sent(3))
    assert asked == "NVDA and NOSUCH are looked up; their first prices follow in a moment."
    assert any(text.startswith("✅ <b>NVDA 178.20</b>") for text in told)
    assert sum("is not watched: Yahoo does not know it." in text for text in told) == 1
    daemon.stop()
    daemon.start()
    telegram.type(CHAT, CHAT, "/alert NVDA above 190")
    telegram.wait_for_sent(4)
    daemon.polls(1)
    yahoo.push_price("NVDA", 190.5)
    assert "NVDA reached 190.00" in telegram.wait_for_sent(5)[-1].text
    telegram.type(CHAT, CHAT, "/unwatch NVDA anyway")
    telegram.wait_for_sent(6)
    daemon.polls(1)
    asked_for = len([chart for chart in yahoo.charts if chart.path.endswith("/NVDA")])
    daemon.polls(2)
    assert len([chart for chart in yahoo.charts if chart.path.endswith("/NVDA")]) == asked_for
    assert len(heads(telegram)) == 6
    assert "Traceback" not in daemon.said()
    assert daemon.run("health").returncode == 0


def test_a_chart_typed_is_answered_with_a_photo_and_a_stop_stays_quick(prepare: Launch, telegram: FakeTelegram) -> None:
    daemon = prepare().start()
    daemon.polls(0)
    telegram.type(CHAT, CHAT, "/chart dark")
    (photo,) = telegram.wait_for_sent(1, 30)
    assert (photo.kind, photo.text.splitlines()[0].startswith("<b>BABA 188.50</b>")) == ("photo", True), photo.text
    telegram.tap(CHAT, CHAT, photo.message_id, "/chart BABA 5d dark")
    telegram.wait_for_calls("answerCallbackQuery", 1)
    code, seconds = daemon.stop()
    assert (code, seconds < 5) == (0, True), daemon.said()
    assert "Traceback" not in daemon.said()
    assert "matplotlib" not in daemon.said()
    assert (daemon.database.parent / "matplotlib-cache").is_dir()
