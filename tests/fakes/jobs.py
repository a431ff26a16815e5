"""The jobs of a plan, on a feed and a clock of the test's, without copies of the database."""

from collections.abc import Callable
from datetime import time
from io import StringIO
from pathlib import Path

from bot.chats.terminal_chat import TerminalChat
from bot.feeds import Feed
from bot.jobs.alarm import Alarm
from bot.jobs.closes import Closes
from bot.jobs.company import Reminders
from bot.jobs.days import Days
from bot.jobs.reach import Reach
from bot.jobs.research import Researcher
from bot.jobs.upkeep import Upkeep
from bot.jobs.watch import Watch
from bot.rota import Jobs
from bot.store import Store
from tests.fakes.research import ScriptedResearch


def jobs(store: Store, feed: Feed, clock: Callable[[], float]) -> Jobs:
    return Jobs(
        Watch(store, feed, clock),
        Days(store, feed, clock),
        Closes(store, clock),
        Upkeep(store, Path("none"), clock, tuple, keep=0, minutes_s=30 * 86_400),
        Alarm(store, TerminalChat(StringIO()), clock),
        Reach(),
        Researcher(store, ScriptedResearch(), clock, time(8, 30)),
        Reminders(store, clock),
    )
