"""Whether all is well, as the daemon judges itself and as others are told: /status and `targetwatch health`."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chats import SendFault
from bot.commands.desk import Desk
from bot.core import events
from bot.core.alerts import Way
from bot.core.language import Wish
from bot.core.market import Session, Stock
from bot.core.screen import Rules
from bot.feeds import FaultKind, FeedError, Fetched
from bot.jobs.make import make
from bot.jobs.reach import Reach
from bot.jobs.rival import Rival
from bot.jobs.watch import Watch
from bot.liveness.checkup import as_json, as_text, examine
from bot.liveness.health import ailment, beat, begin
from bot.store import Store, open_store
from bot.store.analysts import Effort
from bot.store.fault_counts import HOUR_S, Source
from bot.store.history import FeedHealth
from bot.store.lock import Lock
from tests.conftest import Clock
from tests.fakes.desk import ME, NOW, Keyboard, new_york, watchlist
from tests.fakes.feed import ScriptedFeed, answer, minute

HOUR = 3600
EVENT = events.Restored("BABA", NOW - 900, NOW - 600)
GOOD = FeedHealth("BABA", NOW - 10, NOW - 10)
Prepare = Callable[[Store, Reach], object]


@pytest.fixture(autouse=True)
def begun(desk: Desk) -> None:
    """A daemon that has run for a day and has just had a good look."""
    begin(desk.store, "1.2.3", NOW - 24 * HOUR)
    desk.store.history.note_feed(GOOD)


def beaten(store: Store, reach: Reach | None = None, now: int = NOW, **limits: int) -> str:
    """What the daemon finds wrong with itself at its next heartbeat."""
    is_well = beat(store, watchlist(store).watched(), 30, now, reach, **limits)
    assert is_well is (not store.fact("ailment"))
    return store.fact("ailment") or "well"


def owe(store: Store, due: int, chat: int = ME) -> None:
    store.outbox.owe([chat], EVENT, NOW - HOUR, due)


def conflicts(store: Store, reach: Reach, *moments: int) -> None:
    clock = Clock(NOW)
    rival = Rival(store, clock, reach)
    for at in moments:
        clock.now = at
        rival.met()
    clock.now = NOW
    rival.absent()  # two listeners push each other out in turn


def back(reach: Reach) -> None:
    reach.failed(SendFault.UNSENT, NOW - 900)
    reach.answered()


AILMENTS: dict[str, Prepare] = {
    "No good answer for BABA for 10 min (timeout).": lambda store, reach: store.history.note_feed(
        replace(GOOD, good_at=NOW - 600, failures=9, fault="timeout")
    ),
    "No BABA price for 7 min.": lambda store, reach: store.history.note_feed(replace(GOOD, silent_since=NOW - 420)),
    "The outbox does not move: a message is due for 11 min.": lambda store, reach: owe(store, NOW - 660),
    "Telegram has not been reached for 10 min.": lambda store, reach: reach.failed(SendFault.UNSENT, NOW - 600),
    "Another program reads this bot's updates and takes half of the commands; stop it.": (
        lambda store, reach: conflicts(store, reach, NOW - 60, NOW - 40, NOW - 20)
    ),
    "The last backup failed (no space).": lambda store, reach: store.remember("backup_fault", "no space"),
    "The last backup is 4 h old.": lambda store, reach: store.remember("backup", NOW - 4 * HOUR),
}  # fmt: skip


@pytest.mark.parametrize("said", AILMENTS)
def test_what_ails_the_daemon_is_said_in_a_sentence(store: Store, said: str) -> None:
    reach = Reach()
    AILMENTS[said](store, reach)
    assert beaten(store, reach) == said


NOT_YET: dict[str, Prepare] = {
    "nothing": lambda store, reach: None,
    "a message due for ten minutes": lambda store, reach: owe(store, NOW - 600),
    "kept for later": lambda store, reach: owe(store, NOW + HOUR),
    "owed to a chat that is served no more": lambda store, reach: owe(store, NOW - HOUR, chat=999),
    "Telegram away for nine minutes": lambda store, reach: reach.failed(SendFault.UNSENT, NOW - 599),
    "Telegram back": lambda store, reach: back(reach),
    "an overlap of two starts": lambda store, reach: conflicts(store, reach, NOW - 3, NOW - 1),
    "a second listener that was stopped": lambda store, reach: conflicts(store, reach, NOW - 900, NOW - 600, NOW - 400),
    "a backup of three hours ago": lambda store, reach: store.remember("backup", NOW - 3 * HOUR),
    "backups switched off": lambda store, reach: store.remember("backup", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_YET)
def test_what_passes_by_itself_is_no_ailment(store: Store, what: str) -> None:
    reach = Reach()
    NOT_YET[what](store, reach)
    assert beaten(store, reach) == "well"


def test_a_backup_overdue_because_nobody_was_there_is_no_ailment(store: Store) -> None:
    store.remember("backup", NOW - 48 * HOUR)
    begin(store, "1.2.3", NOW - HOUR)
    assert beaten(store) == "well"


@pytest.mark.parametrize(("minutes", "said"), [(5, "well"), (6, "No good answer for BABA for 6 min (unreachable).")])
def test_where_no_answer_was_ever_good_it_is_counted_from_the_start(store: Store, minutes: int, said: str) -> None:
    store.history.note_feed(FeedHealth("BABA", NOW - 10, failures=9, fault="unreachable"))
    begin(store, "1.2.3", NOW - minutes * 60)
    assert beaten(store) == said
    (always,) = (replace(one, rules=Rules(20, frozenset(Session))) for one in watchlist(store).watched())
    assert beat(store, [always], 30, NOW) is (said == "well")
    assert (store.fact("ailment") or "well") == said


def test_a_closed_exchange_is_no_silence(store: Store) -> None:
    store.history.note_feed(replace(GOOD, good_at=NOW - 9 * HOUR, failures=3))
    assert beaten(store, now=NOW + 12 * HOUR) == "well"


def test_a_disk_that_is_nearly_full_is_said_by_the_daemon_and_from_outside_once(store: Store) -> None:
    full, path = 2**62, path_of(store)
    said = "The disk of the database is nearly full: less than 4611686018.4 GB are left."
    for known in ("well", said):
        assert beaten(store, least_free_bytes=full if known == said else 0) == known
        with Lock(path):  # a full disk keeps the daemon from noting it
            assert ailment(path, store, NOW, full) == said


def test_whatever_ails_it_is_all_told(store: Store, say: Keyboard) -> None:
    store.history.note_feed(replace(GOOD, silent_since=NOW - 420))
    store.remember("backup_fault", "<disk> full")
    assert beaten(store).count("\n") == 1
    assert "\n⚠️ No BABA price for 7 min.\n⚠️ The last backup failed (&lt;disk&gt; full).\n\n" in say("/status").html


# /status


def test_the_status_of_a_daemon_that_is_well(store: Store, say: Keyboard) -> None:
    store.remember("backup", NOW - 12 * 60)
    store.faults.note(Source.PRICES, "rate limited", NOW)
    store.analysts.note_effort(Effort("BABA", good_at=NOW - 5_400))
    beaten(store)
    assert say("/status").html.splitlines()[:-1] == [
        "<b>targetwatch 1.2.3</b> · up 60 min",
        "All is well.",
        "",
        "<b>BABA 158.20</b> · 09:59 New York, regular session · Yahoo, 20 s old",
        "New York: regular session, watched",
        "Feed: asked 10 s ago · answered well",
        "Analysts: Yahoo checked 08:30 New York",
        "",
        "Outbox: empty",
        "Last 24 h: errors in prices (rate limited 1)",
        "Last backup 12 min ago",
        "0 alerts watched",
    ]


def test_while_a_split_may_lie_between_all_is_not_called_well(store: Store, say: Keyboard) -> None:
    store.remember("held/BABA", json.dumps([NOW - 1800, NOW]))
    beaten(store)
    said = "⚠️ BABA alerts wait: prices after 09:30 New York may be those after a split that is not listed yet."
    assert say("/status").html.splitlines()[1:3] == [said, ""]


@pytest.mark.parametrize(
    ("facts", "said"),
    [({}, []), ({"unheard_told/BABA": NOW}, ["⚠️ Yahoo has not told all of BABA&#x27;s analysts since 29 Sep."])],
)
def test_while_analysts_are_not_heard_all_is_not_called_well(
    store: Store, say: Keyboard, facts: dict[str, int], said: list[str]
) -> None:
    store.analysts.note_effort(Effort("BABA", faults=(("targets", "timeout"),)))
    for name, at in ({"unheard/BABA": NOW - 3 * 86_400} | facts).items():
        store.remember(name, at)
    beaten(store)
    verdict = say("/status").html.partition("\n\n")[0].splitlines()[1:]
    assert verdict == said


def test_of_many_stocks_each_has_a_line_those_that_fail_first(desk: Desk) -> None:
    symbols = [f"S{n}" for n in range(20)]
    desk.store.history.note_feed(FeedHealth("S19", NOW, None, 2, "timeout"))
    many = replace(desk, stocks={one: Stock(one, one, "XNYS", "USD") for one in symbols},
                   hours=dict.fromkeys(symbols, new_york()))  # fmt: skip
    said = Keyboard(many)("/status").html.splitlines()
    assert (said.count("New York: regular session, watched"), len(said) < 25) == (1, True)
    assert said[3] == "S19 no price yet · 2 failed in a row (timeout)"
    assert "… and more stocks" in said


def test_what_is_kept_for_later_is_not_said_to_wait(store: Store, say: Keyboard) -> None:
    owe(store, NOW - 120)
    owe(store, NOW + HOUR)
    assert "\nOutbox: 1 waiting, the oldest for 2 min · 1 kept for later\n" in say("/status").html


def steps(store: Store, say: Keyboard) -> int:
    """How much work SQLite does for one /status, in its own steps."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    store.db.conn.set_progress_handler(count, 50)
    said = say("/status").html
    store.db.conn.set_progress_handler(None, 0)
    assert "1000 or more waiting" in said
    assert "1000 or more kept for later" in said
    return counted[0]


def fill(store: Store) -> None:
    """Messages that wait, are kept for later, were sent or were refused, more of each than is counted."""
    with store.transaction():
        for due, status in ((NOW, "dead"), (NOW, "sent"), (NOW, "pending"), (NOW + HOUR, "pending")):
            store.outbox.owe([ME] * 1500, EVENT, NOW, due)
            store.db.execute("update outbox set status = ? where id > (select max(id) from outbox) - 1500", [status])


def test_the_status_costs_the_same_however_many_messages_there_are(store: Store, say: Keyboard) -> None:
    fill(store)
    before = steps(store, say)
    fill(store)
    assert steps(store, say) <= before * 1.05


def test_alerts_are_counted_no_further_than_anybody_wants_to_know(store: Store) -> None:
    with store.transaction():
        for _ in range(30):
            make(store, Wish("BABA", Way.ABOVE, 170.0), ME, new_york(), "chat", NOW)
    assert (store.alerts.count(10), store.alerts.count(100)) == (10, 30)


# Errors by kind


def test_errors_are_counted_by_kind_and_hour_the_most_frequent_first(store: Store) -> None:
    for kind, count in (("timeout", 1), ("rate limited", 3)):
        for _ in range(count):
            store.faults.note(Source.PRICES, kind, NOW)
    store.faults.note(Source.TELEGRAM, "unclear", NOW)
    beaten(store)
    store.faults.note(Source.TELEGRAM, "unclear", NOW)
    beaten(store)
    assert json.dumps(store.faults.recent(NOW)) == (
        '{"prices": {"rate limited": 3, "timeout": 1}, "Telegram": {"unclear": 2}}'
    )


def test_errors_of_yesterday_are_not_told_and_those_of_the_day_before_not_kept(store: Store) -> None:
    with store.transaction():
        for now in range(NOW, NOW + 200 * HOUR_S, HOUR_S):
            for _ in range(3):
                store.faults.note(Source.PRICES, "timeout", now)
            store.faults.settle(now)
    assert store.faults.recent(NOW + 199 * HOUR_S) == {"prices": {"timeout": 3 * 24}}
    assert store.db.execute("select count(*) from faults").fetchone()[0] == 48


def test_an_error_costs_no_commit_of_its_own(store: Store) -> None:
    before = store.db.conn.total_changes
    store.faults.note(Source.PRICES, "timeout", NOW)
    assert store.db.conn.total_changes == before


STRANGE = answer(minute(NOW - 60, 1.0), symbol="AAPL")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (FeedError("BABA", FaultKind.RATE_LIMITED), "rate limited"),
        (STRANGE, "wrong symbol"),
        (answer(minute(NOW - 60, -1.0)), "not a price"),
    ],
)
async def test_every_poll_that_fails_is_counted(store: Store, told: Fetched | FeedError, kind: str) -> None:
    (watched,) = watchlist(store).watched()
    await Watch(store, ScriptedFeed(told), lambda: NOW, jitter=lambda: 0.5).poll(watched)
    assert store.faults.recent(NOW) == {"prices": {kind: 1}}


# From outside


def path_of(store: Store) -> Path:
    return Path(store.db.conn.execute("pragma database_list").fetchone()[2])


def checked(store: Store, *, runs: bool = True, now: int = NOW) -> tuple[tuple[str, ...], list[str]]:
    """(ailments, lines) as another program finds them, which knows of the database alone."""
    path = path_of(store)
    with closing(open_store(path)) as outside:
        if not runs:
            found = examine(path, outside, ["BABA"], now)
        else:
            with Lock(path):
                found = examine(path, outside, ["BABA"], now)
        json.loads(as_json(found))
        return found.ailments, list(as_text(found, now))


def test_another_program_is_told_one_thing_a_line(store: Store) -> None:
    store.remember("backup", NOW - 12 * 60)
    store.faults.note(Source.PRICES, "rate limited", NOW)
    beaten(store)
    ailments, lines = checked(store)
    assert (ailments, lines[:-1]) == (
        (),
        [
            "targetwatch 1.2.3, running for 24 h",
            "BABA 158.20, 20 s old · asked 10 s ago · answered well",
            "New York: regular session, watched",
            "Outbox: empty",
            "Last 24 h: errors in prices (rate limited 1)",
            "Last backup 12 min ago",
        ],
    )


def test_a_daemon_that_tells_nobody_says_so_and_how_to_change_it(store: Store) -> None:
    assert not [line for line in checked(store)[1] if line.startswith("Chats")]
    store.db.execute("delete from chats")
    assert "Chats: no chat is known, so nobody is told: `targetwatch pair` lets one in" in checked(store)[1]


def test_a_backup_that_failed_is_said_with_its_cause_and_one_full_stop_less(store: Store) -> None:
    store.remember("backup_fault", "No copy was made: no space.")
    assert "Last backup failed (No copy was made: no space)" in checked(store)[1]


def test_at_night_the_next_session_is_named(store: Store) -> None:
    night = NOW + 12 * HOUR
    beaten(store, now=night)
    assert "New York: closed, watched again 3 Oct 04:00 New York" in checked(store, now=night)[1]


def test_a_daemon_that_does_not_run_or_beats_no_more_is_no_daemon_that_is_well(store: Store) -> None:
    beaten(store)
    assert checked(store, runs=False)[0][0].startswith("No daemon runs on ")
    assert checked(store, runs=False)[1][0] == "targetwatch 1.2.3, not running"
    assert checked(store, now=NOW + 61)[0] == ("The daemon runs but has stopped working: its heartbeat is missing.",)


def test_programs_read_moments_as_iso_8601(store: Store) -> None:
    path = path_of(store)
    found = json.loads(as_json(examine(path, store, ["BABA"], NOW)))
    assert found["well"] is False
    assert found["stocks"][0]["price_at"] == "2025-10-02T13:59:40Z"
    assert found["stocks"][0]["feed"]["good_at"] == "2025-10-02T13:59:50Z"
    assert found["outbox"] == {"due": 0, "due_since": None, "kept": 0, "dead": 0}
