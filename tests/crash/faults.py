"""An hour in which Telegram answers as it likes, lived through by our delivery and by the two usual ones.

    python -m tests.crash.faults [SEED]

prints what each made of the same hour. Both clocks are moved by the script, so that the hour takes
seconds; Telegram is the loopback one, spoken to by the unmodified python-telegram-bot.
"""

import asyncio
import logging
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import pairwise
from random import Random

from bot.chats.telegram_chat import TelegramChat
from bot.core.alerts import Direction, Way
from bot.core.clock import Place
from bot.core.events import Crossed, Told
from bot.core.market import Session
from bot.core.wording import REPEATED
from bot.core.wording.view import View
from bot.jobs.deliver import Deliver
from bot.jobs.pace import Pace
from tests.conftest import Clock
from tests.crash.controls import WAYS
from tests.fakes.house import passing_store
from tests.fakes.telegram import (
    DROP,
    HANG,
    LOST,
    RESET,
    TOKEN,
    FakeTelegram,
    Posted,
    Scripted,
    accepted,
    garbage,
    refusal,
    server_error,
    slow_down,
)

NOW = 1_759_411_800  # Thursday, 2 October 2025, 09:30 in New York
HOUR_S = 3600
CHATS = (7, 8, 9, 10, 11, -1007, -1008, -1009)
BURST = tuple(range(100, 135))
"""Chats that are owed one message each, all in the same second."""

_STEP_S = 0.7
_MOST_STEPS = 40_000
_TIMEOUT_S = 0.8
_FIRST_LINE = 1000

_LATE = Scripted(ends="hang", accepts=True)
_OK = b'{"ok": true'
_SHAPES = (
    garbage(), garbage(status=502), garbage(_OK + b"}"), garbage(_OK + b', "result": null}'), garbage(b"[]"),
    garbage(_OK + b', "result": {"date": 1, "chat": {"id": 7, "type": "private"}}}'), garbage(_OK + b', "resu'),
    garbage(_OK + b', "result": true}'), garbage(b""), garbage(b"\xff\xfe"),
)  # fmt: skip
_SERVER_ERRORS = tuple(server_error(status) for status in (500, 502, 503, 504))


class Weather:
    """How the loopback Telegram meets each send: by chance, the same chance for the same send of a chat."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._begun = clock.now
        self._held: tuple[float, float] = (0.0, 0.0)
        self._sends: dict[int, int] = defaultdict(int)
        self.sends: list[tuple[float, int]] = []
        self.violations = 0

    def __call__(self, method: str, params: dict[str, str]) -> Scripted | None:
        if method != "sendMessage":
            return None
        chat_id, now = int(params["chat_id"]), self._clock.now
        since, until = self._held
        self.violations += since < now < until
        self.sends.append((now, chat_id))
        self._sends[chat_id] += 1
        chance = Random(f"{self._seed} {chat_id} {self._sends[chat_id]}")
        return self._drawn(chance, now) if now < self._begun + HOUR_S else None

    def _drawn(self, chance: Random, now: float) -> Scripted | None:
        kinds = ("fine", "429", "429 bare", "5xx", "shape", "drop", "lost", "reset", "hang", "late")
        match chance.choices(kinds, (52, 7, 2, 11, 10, 6, 7, 4, 0.3, 0.3))[0]:
            case "429":
                seconds = chance.randint(1, 60)
                self._held = (now, max(self._held[1], now + seconds))
                return slow_down(seconds)
            case "429 bare":
                return chance.choice((refusal(429, "Too Many Requests"), garbage(status=429)))
            case "5xx":
                return _perhaps_accepted(chance, chance.choice(_SERVER_ERRORS))
            case "shape":
                return _perhaps_accepted(chance, chance.choice(_SHAPES))
            case other:
                return {"drop": DROP, "lost": LOST, "reset": RESET, "hang": HANG, "late": _LATE}.get(other)


def _perhaps_accepted(chance: Random, answer: Scripted) -> Scripted:
    return accepted(answer) if chance.random() < 0.3 else answer


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an hour; only `due` and `repeated` are ever above 0 in a delivery that keeps its promise."""

    due: int
    lost: int
    repeated: int
    unmarked: int
    violated: int
    disordered: int
    too_fast: int


def owed(seed: int, seconds: float = HOUR_S) -> list[tuple[float, int, int]]:
    """(seconds into the hour, chat, line reached), in the order in which they come due; every line once."""
    chance = Random(seed)
    moments = [(chance.uniform(0, HOUR_S), chance.choice(CHATS)) for _ in range(110)]
    together = chance.uniform(600, 1000)
    moments += [(together, chat_id) for chat_id in (*BURST, *CHATS * 3)]
    coming = sorted((one for one in moments if one[0] < seconds), key=lambda one: one[0])
    return [(at, chat_id, _FIRST_LINE + row) for row, (at, chat_id) in enumerate(coming)]


async def lived(way: type[Deliver], seed: int, seconds: float = HOUR_S) -> Report:
    """The hour or its beginning, and as long after it as there is something to pay."""
    wall, ticks, due = Clock(NOW), Clock(1000.0), owed(seed, seconds)
    with passing_store() as store, FakeTelegram() as telegram:
        telegram.weather = weather = Weather(seed, ticks)
        chat = TelegramChat(TOKEN, telegram.base_url, timeout_s=_TIMEOUT_S)
        deliver = way(store, chat, lambda symbol: _view(wall), wall, ticks, pace=Pace(lambda: 0.5))
        waiting = list(due)
        for _ in range(_MOST_STEPS):
            while waiting and waiting[0][0] <= ticks.now - 1000.0:
                _, chat_id, line = waiting.pop(0)
                store.outbox.owe([chat_id], _reached(line, int(wall.now)), int(wall.now))
            await deliver.drain()
            is_paid = not store.outbox.owes_anything()
            if is_paid and not waiting:
                break
            step_s = max(_STEP_S, waiting[0][0] - (ticks.now - 1000.0)) if is_paid else _STEP_S
            wall.now, ticks.now = wall.now + step_s, ticks.now + step_s
        await chat.close()
        return _report(due, telegram.sent, weather)


def _view(wall: Clock) -> View:
    return View(int(wall.now), Place("America/New_York"), (), None)


def _reached(line: int, now: int) -> Crossed:
    price, open_ = float(line), Session.REGULAR
    told = Told(
        1, "price", Way.ABOVE, None, price, 1.0, Direction.UP, now, price, price, None, open_, False,
        price, price, None, 1.0, False, False, None,
    )  # fmt: skip
    return Crossed("BABA", (told,), price, now, open_, "Yahoo", price, price, price - 1, now, None)


def _report(due: Sequence[tuple[float, int, int]], sent: Sequence[Posted], weather: Weather) -> Report:
    came: dict[tuple[int, int], list[bool]] = defaultdict(list)
    for message in sent:
        came[message.chat_id, _line(message)].append(REPEATED in message.text)
    first_come: dict[int, list[int]] = defaultdict(list)
    for chat_id, line in came:  # in the order of their first arrival
        first_come[chat_id].append(line)
    return Report(
        due=len(due),
        lost=sum((chat_id, line) not in came for _, chat_id, line in due),
        repeated=sum(len(marks) - 1 for marks in came.values()),
        unmarked=sum(not mark for marks in came.values() for mark in marks[1:]),
        violated=weather.violations,
        disordered=sum(later < earlier for lines in first_come.values() for earlier, later in pairwise(lines)),
        too_fast=sum(_beyond(weather.sends)),
    )


def _line(message: Posted) -> int:
    found = re.search(r"reached ([\d,]+)\.00", message.text)
    assert found is not None, message.text
    return int(found[1].replace(",", ""))


def _beyond(sends: Sequence[tuple[float, int]]) -> Iterator[bool]:
    """For each send whether it was one too many: 30 a second, one a second to a chat, 20 a minute to a group."""
    of_chat: dict[int, list[float]] = defaultdict(list)
    for at, chat_id in sends:
        of_chat[chat_id].append(at)
    yield from _crowded([at for at, _ in sends], 30, 1.0)
    for chat_id, moments in of_chat.items():
        yield from _crowded(moments, 1, 1.0)
        yield from _crowded(moments, 20, 60.0) if chat_id < 0 else ()


def _crowded(moments: Sequence[float], most: int, within_s: float) -> Iterator[bool]:
    return (later - first < within_s - 1e-6 for first, later in zip(moments, moments[most:], strict=False))


async def compared(seed: int) -> dict[str, Report]:
    """What each way of delivery made of the same hour."""
    return {name: await lived(way, seed) for name, way in WAYS.items()}


def main(seed: int) -> None:
    logging.disable(logging.CRITICAL)
    names = [field.name for field in fields(Report)]
    rows: list[tuple[str, Sequence[object]]] = [(f"an hour of faults, seed {seed}", names)]
    rows += [(name, astuple(report)) for name, report in asyncio.run(compared(seed)).items()]
    for title, cells in rows:
        sys.stdout.write(f"{title:<28}{''.join(f'{cell:>12}' for cell in cells)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
