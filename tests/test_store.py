"""The database: durability, the index behind every poll, and what cannot be opened."""

import random
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.alerts import Alert, Line, Reason, Side, State, Verdict, Way
from bot.core.market import Bar, Quote, Session
from bot.core.market import Path as PricePath
from bot.store import Store, open_store
from bot.store.alerts import _CANDIDATES, _EXPIRED, _METRICS
from bot.store.errors import StoreError
from bot.store.lock import AlreadyRunningError, Lock, is_held
from tests.fakes.paths import along

BELOW = State(Side.BELOW, armed=True)


def draft(threshold: float, symbol: str = "BABA", chat_id: int = 1, state: State = BELOW) -> Alert:
    return Alert(0, chat_id, 0, symbol, "price", Way.CROSSES, Line(threshold, threshold / 100), 0, state=state)


def add(store: Store, alert: Alert) -> Alert:
    return store.alerts.add(alert, "chat")


def path(*prices: float, symbol: str = "BABA") -> PricePath:
    return along(prices, symbol)


def test_commits_are_synced_to_disk_in_a_write_ahead_log(store: Store) -> None:
    mode = store.db.execute("pragma journal_mode").fetchone()[0]
    synchronous = store.db.execute("pragma synchronous").fetchone()[0]
    assert (mode, synchronous) == ("wal", 2)


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.remember("a", 1)
        raise RuntimeError
    assert store.fact("a") is None


def test_an_inner_transaction_is_part_of_the_outer_one(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        with store.transaction():
            store.remember("a", 1)
        raise RuntimeError
    assert store.fact("a") is None


def test_candidates_are_found_by_both_indices_and_never_by_a_scan(store: Store) -> None:
    plan = [row[-1] for row in store.db.execute(f"explain query plan {_CANDIDATES}", ["[]"])]
    assert [step for step in plan if "alert_up" in step]
    assert [step for step in plan if "alert_down" in step]
    assert [step for step in plan if step.startswith("SCAN alerts")] == []


def test_the_metrics_in_use_are_found_without_reading_the_alerts(store: Store) -> None:
    for metric in ("price", "rsi:14", "price", "upside:consensus"):
        add(store, replace(draft(190.0), metric=metric))
    add(store, replace(draft(190.0, "NVDA"), metric="gap"))
    assert store.alerts.metrics("BABA") == ("price", "rsi:14", "upside:consensus")
    plan = [row[-1] for row in store.db.execute(f"explain query plan {_METRICS}", {"symbol": "BABA"})]
    assert [step for step in plan if "SCAN alerts" in step] == []


def test_candidates_are_exactly_those_whose_rest_the_path_leaves(store: Store) -> None:
    for line in (189.0, 190.0, 191.0, 192.0):
        add(store, draft(line))
    assert [alert.threshold for alert in store.alerts.candidates([path(188.0, 191.0)])] == [189.0, 190.0, 191.0]


def test_those_whose_end_has_come_are_found_by_it(store: Store) -> None:
    plan = [row[-1] for row in store.db.execute(f"explain query plan select * from alerts where {_EXPIRED}", [1, "A"])]
    assert plan == ["SEARCH alerts USING INDEX alert_expiry (expires_at<?)"]


def test_a_million_to_one_the_join_agrees_with_a_scan(store: Store) -> None:
    dice = random.Random(7)
    states = (BELOW, State(Side.ABOVE, True), State(Side.ABOVE, False), State(Side.BELOW, False), State())
    with store.transaction():
        for _ in range(2_000):
            add(store, draft(dice.uniform(90, 110), dice.choice("ABCDE"), state=dice.choice(states)))
    paths = [path(*(dice.uniform(95, 105) for _ in range(4)), symbol=symbol) for symbol in "ABC"]
    everybody = store.alerts.of_chat(1)
    scanned = [
        alert.id for alert in everybody for one in paths if one.symbol == alert.symbol and _may_change(alert, one)
    ]
    assert [alert.id for alert in store.alerts.candidates(paths)] == sorted(scanned)


def _may_change(alert: Alert, price_path: PricePath) -> bool:
    low, high = price_path.range
    if alert.state.side is None:
        return True
    if not alert.state.armed:
        return high >= alert.line.upper_end or low <= alert.line.lower_end
    return high >= alert.threshold if alert.state.side is Side.BELOW else low <= alert.threshold


def test_an_ended_alert_is_no_candidate(store: Store) -> None:
    alert = add(store, draft(190.0))
    store.alerts.end(alert, 5, by="deleted")
    assert store.alerts.candidates([path(191.0)]) == ()


def test_a_noted_state_moves_the_rest_interval(store: Store) -> None:
    alert = add(store, draft(190.0))
    store.alerts.note(alert, Verdict(Reason.FIRED, State(Side.ABOVE, False, 60)))
    assert store.alerts.candidates([path(190.5, 189.5)]) == ()
    assert store.alerts.candidates([path(188.1)])[0].state == State(Side.ABOVE, False, 60)


def test_numbers_are_a_chat_s_own_and_never_given_twice(store: Store) -> None:
    first = add(store, draft(190.0))
    store.alerts.end(first, 5, by="deleted")
    numbers = [add(store, draft(190.0, chat_id=chat_id)).number for chat_id in (1, 2, 1)]
    assert numbers == [2, 1, 3]


def test_a_bar_of_the_same_minute_is_replaced_by_its_later_form(store: Store) -> None:
    bar = Bar(60, 10.0, 10.0, 10.0, 10.0, 1)
    store.history.add_bars("BABA", [bar])
    store.history.add_bars("BABA", [replace(bar, high=11.0)])
    assert [one.high for one in store.history.bars("BABA", 0, 100)] == [11.0]


def test_a_revised_level_is_a_new_row_and_the_old_one_ends(store: Store) -> None:
    from datetime import date

    from bot.core.levels import Level

    for at, price in ((10, 192.0), (20, 188.0)):
        store.levels.revise(Level("BABA", "consensus", "consensus", None, price, date(2025, 12, 6), "test"), at)
    rows = store.db.execute("select price, valid_from, valid_to from levels order by id").fetchall()
    assert rows == [(192.0, 10, 20), (188.0, 20, None)]


@pytest.mark.parametrize("view", ["present_levels", "fired", "minutes", "owed"])
def test_every_view_can_be_read(store: Store, view: str) -> None:
    assert store.db.execute(f"select * from {view}").fetchall() == []


@pytest.mark.parametrize(("at", "price"), [(59, None), (60, 10.0), (89, 10.0), (90, 11.0), (119, 11.0), (120, 12.0)])
def test_the_last_price_at_a_moment_is_a_polls_or_that_of_a_bar_over_by_then(
    store: Store, at: int, price: float | None
) -> None:
    store.history.add_bars("BABA", [Bar(0, 9.0, 9.0, 9.0, 10.0, 1), Bar(60, 10.0, 12.0, 10.0, 12.0, 1)])
    store.history.add_quote(Quote("BABA", 90, 11.0, Session.REGULAR, "Yahoo"))
    assert store.history.last_price_at("BABA", at) == price


def test_a_poll_reads_bars_quotes_and_feeds_by_their_keys(store: Store) -> None:
    asked: list[str] = []
    store.db.conn.set_trace_callback(asked.append)
    for question in (store.history.last_bar, store.history.last_quote, store.history.feed, store.alerts.chats_watching):
        question("BABA")
    store.db.conn.set_trace_callback(None)
    plan = [row[-1] for query in asked for row in store.db.execute(f"explain query plan {query}")]
    assert [step for step in plan if step.startswith("SCAN") or "CORRELATED" in step] == []


def test_the_present_levels_are_found_without_reading_their_revisions(store: Store) -> None:
    asked: list[str] = []
    store.db.conn.set_trace_callback(asked.append)
    store.levels.present("BABA")
    store.db.conn.set_trace_callback(None)
    plan = [row[-1] for row in store.db.execute(f"explain query plan {asked[0]}")]
    assert "SEARCH levels USING INDEX present_level (symbol=?)" in plan


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path / "t.db")
    store.db.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('targetwatch', 'm999', '')"
    )
    store.close()
    with pytest.raises(StoreError, match="newer targetwatch"):
        open_store(tmp_path / "t.db")


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "t.db").write_bytes(b"this is not a database, but a text of some length" * 40)
    with pytest.raises(StoreError, match=r"t\.db is not a database"):
        open_store(tmp_path / "t.db")


def test_what_it_makes_only_its_owner_can_read(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data" / "t.db")
    made = (tmp_path / "data", *(tmp_path / "data").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made} == {0}
    store.close()


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "file" / "t.db")


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    for turn in ("1", "2"):
        store = open_store(tmp_path / "t.db")
        assert store.fact("turn") == ("1" if turn == "2" else None)
        store.remember("turn", turn)
        store.close()


def test_a_full_disk_changes_nothing_and_says_so(store: Store) -> None:
    pages = store.db.execute("pragma page_count").fetchone()[0]
    store.db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"), store.transaction():
        store.remember("a", "x" * 100_000)
    store.db.execute("pragma max_page_count = 1000000")
    assert store.fact("a") is None


def test_one_daemon_holds_a_database(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    with Lock(database):
        assert is_held(database)
        with pytest.raises(AlreadyRunningError), Lock(database):
            pass
    assert not is_held(database)


@pytest.fixture
def second(store: Store, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program on the same file."""
    connection = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    yield connection
    connection.close()


def test_a_reader_beside_a_writer_sees_only_what_is_committed(store: Store, second: sqlite3.Connection) -> None:
    with store.transaction():
        store.remember("a", 1)
        assert second.execute("select count(*) from facts").fetchone() == (0,)
    assert second.execute("select count(*) from facts").fetchone() == (1,)


def test_closes_begin_with_the_last_bar_that_had_ended_by_then(store: Store) -> None:
    bars = [Bar(at, 1, 1, 1, close, 0, width_s=60) for at, close in ((0, 5), (60, 6), (120, 7))]
    store.history.add_bars("BABA", bars)
    assert store.history.closes("BABA", since=119, until=121) == ((60, 5), (120, 6), (180, 7))
    assert store.history.closes("BABA", since=30, until=61) == ((60, 5), (120, 6))
