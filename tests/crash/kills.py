"""Kills a daemon again and again, lets the last one finish, and compares what was told with what was due."""

import json
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired

import trustme

from tests.crash import script
from tests.crash.heard import read
from tests.crash.life import MOMENTS, ONLY_AT_THE_START, ONLY_OURS, ONLY_WHEN_TYPED_TO, Clock, Order
from tests.crash.oracle import Due, Wish, dues
from tests.crash.script import CHATS, LADDER, PAUSES_S, REARM_PCT, SYMBOL, Typed
from tests.fakes.nursery import Child, Nursery
from tests.fakes.telegram import FakeTelegram, Posted
from tests.fakes.telegram_form import Files

AT_RANDOM = "at random"
ARRIVED, ACCEPTED, ANSWERED = "a send has arrived", "a send is accepted, not answered", "a send is answered"
ALL_MOMENTS = (*MOMENTS, ARRIVED, ACCEPTED, ANSWERED)
IMPORTS = ("tests.crash.life", "bot.chats.telegram_chat")

_RANDOM_WITHIN_S = 0.25
_ENDS_WITHIN_S = 30.0

_CONFIGURATION = f"""
[telegram]
chats = {list(CHATS)}
[schedule]
sessions = ["always"]
[screen]
stale_after = "400d"
[alerts]
rearm_pct = {REARM_PCT}
[watch.{SYMBOL}]
exchange = "always"
"""


def furnished(folder: Path, telegram: FakeTelegram) -> dict[str, str]:
    """Lay out what a life needs to be found in its folder; the environment that leads it there."""
    (folder / "c.toml").write_text(_CONFIGURATION, encoding="utf-8")
    trustme.CA().cert_pem.write_to_path(str(folder / "ca.pem"))
    return {
        "PATH": os.environ["PATH"],
        "SSL_CERT_FILE": str(folder / "ca.pem"),  # one is read sooner than all of the world's
        "TARGETWATCH_CONFIG": str(folder / "c.toml"),
        "TARGETWATCH_TELEGRAM__BASE_URL": telegram.base_url,
        "TELEGRAM_TOKEN": telegram.token,
    }


class Deadly(FakeTelegram):
    """A Telegram that strikes at a moment of a send."""

    def __init__(self) -> None:
        super().__init__()
        self._moment, self._left = "", 0
        self._strike: Callable[[], None] = lambda: None

    @contextmanager
    def aimed(self, moment: str, nth: int, strike: Callable[[], None]) -> Iterator[None]:
        """Strike when a send has come so far for the nth time."""
        with self.changed:
            self._moment, self._left, self._strike = moment, nth, strike
        yield
        with self.changed:
            self._moment = ""

    def perform(self, method: str, params: dict[str, str], files: Files) -> object:
        if self._struck(ARRIVED, method):
            raise ConnectionAbortedError("lost on its way")
        result = super().perform(method, params, files)
        self._struck(ACCEPTED, method)
        return result

    def note_answer(self, method: str) -> None:
        self._struck(ANSWERED, method)

    def _struck(self, moment: str, method: str) -> bool:
        with self.changed:
            self._left -= method == "sendMessage" and moment == self._moment
            if self._left or moment != self._moment:
                return False
            self._moment = ""
        self._strike()
        return True


@dataclass(slots=True)
class Tally:
    """What became of a way to deliver: crossings that were due or lost, messages that were repeated or false.

    `kills` are by their moment. `in_flight` are the sends whose end was not noted; only who notes
    them beforehand knows their number. `amiss` is what the database holds wrongly.
    """

    kills: Counter[str]
    due: int = 0
    lost: list[Due] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    in_flight: int = 0
    commands: int = 0
    amiss: list[str] = field(default_factory=list)


class Run:
    """One way to deliver, through as many lives as are wanted, on one database."""

    def __init__(self, way: str, seed: int, nursery: Nursery, telegram: Deadly, folder: Path) -> None:
        self._way, self._seed, self._nursery, self._telegram, self._folder = way, seed, nursery, telegram, folder
        self._random = Random(f"{seed}/{way}")
        self._typed: list[Typed] = []
        self._kills: Counter[str] = Counter()
        self._moved_at = 0.0
        self._ended_at = 0
        self._environment = furnished(folder, telegram)
        self._clock = Clock(folder / "clock")

    def lives(self, moments: Iterable[str]) -> Tally:
        """A life for each of these moments to end in, and one that ends by itself."""
        for typed in LADDER:
            self._type(typed)
        self._read_all()
        for moment in moments:
            self._live(moment)
        self._read_all()
        self._ended_at = int(self._clock())
        assert self._born(ends_at=self._ended_at).wait(_ENDS_WITHIN_S) == 0, self.said()
        return self._tally()

    def said(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    def _born(self, moment: str | None = None, nth: int = 1, ends_at: int | None = None) -> Child:
        order = Order(self._seed, self._way, str(self._folder / "clock"), len(self._typed), moment, nth, ends_at)
        return self._nursery.bear(
            "tests.crash.life:live", [order.text], self._folder, self._environment, self._folder / "log"
        )

    def _live(self, moment: str) -> None:
        """One life and its end, at that moment or, where it cannot come, at some other; then a pause."""
        if is_typed_to := script.is_calm(int(self._clock())):
            self._type(script.distant(len(self._typed)))
        if (moment in ONLY_WHEN_TYPED_TO and not is_typed_to) or (moment in ONLY_OURS and self._way != "ours"):
            moment = AT_RANDOM
        nth = 1 if moment in ONLY_AT_THE_START + ONLY_WHEN_TYPED_TO else self._random.randint(1, 4)
        child = self._born(moment, nth)
        with self._telegram.aimed(moment, nth, child.kill):
            self._await_the_end(child, moment)
        self._kills[moment] += 1
        self._pause()

    def _await_the_end(self, child: Child, moment: str) -> None:
        if moment == AT_RANDOM:
            with suppress(TimeoutExpired):
                child.wait(self._random.uniform(0, _RANDOM_WITHIN_S))
            child.kill()
        assert child.wait(_ENDS_WITHIN_S) == -signal.SIGKILL, self.said()

    def _pause(self) -> None:
        """Time goes on while the daemon is down, unless it has not looked since the last time it did."""
        if self._clock() != self._moved_at:
            self._clock.forward(self._random.choice(PAUSES_S))
            self._moved_at = self._clock()

    def _type(self, typed: Typed) -> None:
        self._telegram.type(typed.chat_id, typed.chat_id, typed.text)
        self._typed.append(typed)

    def _read_all(self) -> None:
        """A life that lasts until everything typed has been read."""
        child = self._born()
        self._telegram.wait_until(lambda: not self._telegram.has_unread(), _ENDS_WITHIN_S)
        child.kill()
        child.wait(_ENDS_WITHIN_S)

    def _tally(self) -> Tally:
        tally = Tally(self._kills, commands=len(self._typed))
        with closing(sqlite3.connect(self._folder / "data/targetwatch.db")) as db:
            due = self._due(db, tally.amiss)
            tally.due, tally.in_flight = len(due), db.execute(_IN_FLIGHT).fetchone()[0]
            tally.amiss += _amiss(db, due)
            copies = _compare(due, self._telegram.sent, tally)
            if self._way == "ours":  # the others do not note their attempts
                tally.amiss += [f"told more often than tried: {one}" for one in copies - _tries(db)]
        return tally

    def _due(self, db: sqlite3.Connection, amiss: list[str]) -> set[Due]:
        """By the script alone, but for the moments at which alerts were made: those are the database's."""
        cycles = range(script.cycle_of(self._ended_at) + 1)
        bars = [bar for bar in script.session(self._seed, cycles) if bar.ends_at <= self._ended_at]
        due: set[Due] = set()
        for typed in self._typed:
            made = db.execute(_MADE, [typed.chat_id, typed.line]).fetchall()
            if len(made) == 1:
                wish = Wish(typed.chat_id, typed.way, typed.line, typed.once, made[0][0])
                due.update(dues(wish, bars, REARM_PCT))
            else:
                amiss.append(f"carried out {len(made)} times: {typed.text}")
        return due


_MADE = "select created_at from alerts where chat_id = ? and threshold = ?"

# Nothing but a kill ends an attempt here without its being noted.
_IN_FLIGHT = """
    select coalesce(sum(attempts - 1), 0)
    from (select max(attempts) as attempts from outbox group by chat_id, message_id)
"""

_RECORDED = """
    select chat_id, crossings.threshold, direction = 'up', at from crossings join alerts on alerts.id = alert_id
"""


def _amiss(db: sqlite3.Connection, due: set[Due]) -> Iterator[str]:
    recorded = Counter(Due(chat_id, line, bool(up), at) for chat_id, line, up, at in db.execute(_RECORDED))
    if recorded != Counter(due):
        yield f"the history tells of other crossings: {recorded - Counter(due)}, {Counter(due) - recorded}"
    if (unpaid := db.execute("select count(*) from outbox where status != 'sent' or in_flight").fetchone()[0]) > 0:
        yield f"{unpaid} debts are not paid"
    if (said := db.execute("pragma integrity_check").fetchone()[0]) != "ok":
        yield f"the file is damaged: {said}"


def _tries(db: sqlite3.Connection) -> Counter[Due]:
    """How often it was begun to tell each crossing: more copies than that nobody can have got."""
    rows = db.execute("select chat_id, attempts, facts from outbox where kind = 'crossed'")
    return Counter({
        Due(chat_id, told["threshold"], told["direction"] == "up", told["at"]): attempts
        for chat_id, attempts, facts in rows for told in json.loads(facts)["told"]
    })  # fmt: skip


def _compare(due: set[Due], sent: Sequence[Posted], tally: Tally) -> Counter[Due]:
    """Fills in what was told; how often each crossing was."""
    told: Counter[Due] = Counter()
    for posted in sent:
        if posted.text.startswith("✅ #"):  # the answer to what was typed
            continue
        heard = read(posted)
        found = heard.among(due) if heard is not None else set()
        if heard is None or len(found) < len(heard.lines):
            tally.false.append(posted.text)
        elif told.keys() & found:
            (tally.repeated if heard.is_marked else tally.unmarked).append(posted.text)
        told.update(found)
    tally.lost = sorted(due - told.keys(), key=lambda one: one.at)
    return told
