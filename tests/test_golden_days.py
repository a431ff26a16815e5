"""Days on which clocks change, exchanges rest or close early: when what happens, by the exchange's own clocks.

One row a day, to be checked by eye. What the source says of the day is asked for when it is `settled`.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from bot.core.alerts import Policy, Way
from bot.core.days import last_settled, midnight
from bot.core.language import Wish
from bot.core.market import Session, Stock
from bot.core.quiet import Quiet, quiet_until
from bot.core.screen import Rules
from bot.exchange import Exchange
from bot.jobs.closes import SETTLED_S, Closes
from bot.jobs.make import make
from bot.jobs.schedule import SessionTrigger
from bot.jobs.telling import due_at
from bot.jobs.watch import Watched
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.feed import minute

ALL_DAY = frozenset({Session.PRE, Session.REGULAR, Session.POST})
CHAT = 7

# Looks are made every minute here, and once more when all is in. The time in UTC at which it opens is
# what a change of the clocks moves; the digest tells a chat how the day went.
GOLDEN = """
XNYS  2026-03-06  Friday                     open 09:30 UTC 14:30 close 16:00  looks 04:00-19:59, 20:01:15  digest 16:10 settled 16:20  next 2026-03-09 04:00
XNYS  2026-03-08  clocks go forward          shut                                                                                       next 2026-03-09 04:00
XNYS  2026-03-09  Monday                     open 09:30 UTC 13:30 close 16:00  looks 04:00-19:59, 20:01:15  digest 16:10 settled 16:20  next 2026-03-10 04:00
XNYS  2026-10-30  Friday                     open 09:30 UTC 13:30 close 16:00  looks 04:00-19:59, 20:01:15  digest 16:10 settled 16:20  next 2026-11-02 04:00
XNYS  2026-11-01  clocks go back             shut                                                                                       next 2026-11-02 04:00
XNYS  2026-11-02  Monday                     open 09:30 UTC 14:30 close 16:00  looks 04:00-19:59, 20:01:15  digest 16:10 settled 16:20  next 2026-11-03 04:00
XNYS  2026-11-25  day before Thanksgiving    open 09:30 UTC 14:30 close 16:00  looks 04:00-19:59, 20:01:15  digest 16:10 settled 16:20  next 2026-11-27 04:00
XNYS  2026-11-26  Thanksgiving               shut                                                                                       next 2026-11-27 04:00
XNYS  2026-11-27  half day                   open 09:30 UTC 14:30 close 13:00  looks 04:00-16:59, 17:01:15  digest 13:10 settled 13:20  next 2026-11-30 04:00
XNYS  2026-11-28  Saturday                   shut                                                                                       next 2026-11-30 04:00
XNYS  2026-12-24  half day                   open 09:30 UTC 14:30 close 13:00  looks 04:00-16:59, 17:01:15  digest 13:10 settled 13:20  next 2026-12-28 04:00
XNYS  2026-12-25  Christmas                  shut                                                                                       next 2026-12-28 04:00
XLON  2026-03-27  Friday                     open 08:00 UTC 08:00 close 16:30  looks 08:00-16:29, 16:31:15  digest 16:40 settled 16:50  next 2026-03-30 08:00
XLON  2026-03-29  clocks go forward          shut                                                                                       next 2026-03-30 08:00
XLON  2026-03-30  Monday                     open 08:00 UTC 07:00 close 16:30  looks 08:00-16:29, 16:31:15  digest 16:40 settled 16:50  next 2026-03-31 08:00
XLON  2026-10-26  Monday after going back    open 08:00 UTC 08:00 close 16:30  looks 08:00-16:29, 16:31:15  digest 16:40 settled 16:50  next 2026-10-27 08:00
XLON  2026-12-24  half day                   open 08:00 UTC 08:00 close 12:30  looks 08:00-12:29, 12:31:15  digest 12:40 settled 12:50  next 2026-12-29 08:00
XASX  2026-04-02  before Easter              open 10:00 UTC 23:00 close 16:00  looks 10:00-15:59, 16:01:15  digest 16:10 settled 16:20  next 2026-04-07 10:00
XASX  2026-04-05  clocks go back             shut                                                                                       next 2026-04-07 10:00
XASX  2026-04-07  after Easter               open 10:00 UTC 00:00 close 16:00  looks 10:00-15:59, 16:01:15  digest 16:10 settled 16:20  next 2026-04-08 10:00
XASX  2026-10-05  Monday after going forward open 10:00 UTC 23:00 close 16:00  looks 10:00-15:59, 16:01:15  digest 16:10 settled 16:20  next 2026-10-06 10:00
XHKG  2026-03-09  clocks never change        open 09:30 UTC 01:30 close 16:00  looks 09:30-15:59, 16:01:15  digest 16:10 settled 16:20  next 2026-03-10 09:30
XHKG  2026-12-24  closed from noon           open 09:30 UTC 01:30 close 12:00  looks 09:30-11:59, 12:01:15  digest 12:10 settled 12:20  next 2026-12-28 09:30
XETR  2026-12-30  last day of the year       open 09:00 UTC 08:00 close 14:00  looks 09:00-13:59, 14:01:15  digest 14:10 settled 14:20  next 2027-01-04 09:00
"""  # noqa: E501


@cache
def exchange(code: str) -> Exchange:
    return Exchange(code, int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()))


def at(moment: str, code: str) -> int:
    """Written like 2026-11-27 13:00, by the clocks of the exchange."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(exchange(code).zone)).timestamp())


def clock(moment: int, code: str, form: str = "%H:%M") -> str:
    return f"{datetime.fromtimestamp(moment, ZoneInfo(exchange(code).zone)):{form}}"


def looks(code: str, day: str) -> tuple[list[int], int]:
    """The looks of a local day, and the first one after it."""
    trigger, end = SessionTrigger(exchange(code), ALL_DAY, 60), at(f"{date.fromisoformat(day) + timedelta(1)}", code)
    found = [trigger.next_look(at(day, code)) or 0]
    while found[-1] < end:
        found.append(trigger.next_look(found[-1] + 1) or 0)
    return found[:-1], found[-1]


def lived(code: str, day: str) -> str:
    """What a day is like, in the words of the table."""
    hours, (seen, following) = exchange(code), looks(code, day)
    then = f"next {clock(following, code, '%Y-%m-%d %H:%M')}"
    minutes = range(at(day, code), at(day, code) + 86_400, 60)
    regular = [moment for moment in minutes if hours.session_at(moment) is Session.REGULAR]
    if not regular:
        assert seen == []
        return f"shut {then}"
    opens, closes = regular[0], regular[-1] + 60
    digest = next(moment for moment in minutes if hours.last_close(moment - SETTLED_S) == closes)
    settled = next(moment for moment in minutes if last_settled(hours, moment) == date.fromisoformat(day))
    return (
        f"open {clock(opens, code)} UTC {datetime.fromtimestamp(opens, UTC):%H:%M} close {clock(closes, code)} "
        f"looks {clock(seen[0], code)}-{clock(seen[-2], code)}, {clock(seen[-1], code, '%H:%M:%S')} "
        f"digest {clock(digest, code)} settled {clock(settled, code)} {then}"
    )


@pytest.mark.parametrize("row", GOLDEN.strip().splitlines(), ids=lambda row: row[:16])
def test_a_day_runs_by_the_clocks_of_its_exchange(row: str) -> None:
    code, day, wanted = row[:4], row[6:16], row[45:]
    assert lived(code, day) == re.sub(r"\s+", " ", wanted)


@pytest.mark.parametrize(
    ("day", "told_at"), [("2026-03-09", "16:10"), ("2026-11-27", "13:10"), ("2026-12-24", "13:10")]
)
def test_the_digest_of_the_day_is_owed_at_that_minute_and_once(store: Store, day: str, told_at: str) -> None:
    watched = Watched(Stock("BABA", "Alibaba", "XNYS", "USD"), exchange("XNYS"), Rules(20, ALL_DAY), 300)
    store.chats.add(CHAT, "private", "paired", CHAT, 0)
    store.chats.set_digest(CHAT, True)
    store.history.add_bars("BABA", [minute(at(f"{day} 09:30", "XNYS"), 188.0)])
    store.remember("closed/XNYS", at(f"{day} 04:00", "XNYS"))
    due, owed = at(f"{day} {told_at}", "XNYS"), []
    for now in (due - 60, due, due + 60):
        Closes(store, Clock(now)).look([watched])
        owed.append(store.outbox.depth(now).due)
    assert owed == [0, 1, 1]


@pytest.mark.parametrize(
    ("code", "told", "again"),
    [
        ("XNYS", "2026-03-05 15:00", "2026-03-06 04:00"),
        ("XNYS", "2026-03-06 15:00", "2026-03-09 04:00"),  # over a day of 23 hours
        ("XNYS", "2026-10-30 15:00", "2026-11-02 04:00"),  # and one of 25
        ("XNYS", "2026-11-25 19:59", "2026-11-27 04:00"),  # Thanksgiving
        ("XNYS", "2026-12-24 16:30", "2026-12-28 04:00"),
        ("XLON", "2026-10-23 12:00", "2026-10-26 08:00"),
        ("XASX", "2026-04-02 12:00", "2026-04-07 10:00"),
        ("XHKG", "2026-12-23 11:00", "2026-12-24 09:30"),  # over a lunch break, which begins no day
        ("always", "2026-03-08 15:00", "2026-03-09 00:00"),
    ],
)
def test_what_is_told_daily_is_told_again_on_the_next_day_of_the_exchange(store, code, told, again) -> None:
    store.chats.add(CHAT, "private", "paired", CHAT, 0)
    alert = make(store, Wish("BABA", Way.CROSSES, 190.0, policy=Policy(daily=True)), CHAT, exchange(code), "chat", 0)
    moments = [due_at(store, alert, exchange(code), at(told, code) + wait_s) for wait_s in (0, 60)]
    assert moments == [at(told, code), at(again, code)]


@pytest.mark.parametrize(
    ("zone", "evening", "hours_of_day", "hours_of_quiet"),
    [
        ("America/New_York", "2026-03-07", 23, 8),
        ("America/New_York", "2026-10-31", 25, 10),
        ("Europe/London", "2026-03-28", 23, 8),
        ("Europe/London", "2026-10-24", 25, 10),
        ("Australia/Sydney", "2026-04-04", 25, 10),
        ("Australia/Sydney", "2026-10-03", 23, 8),
        ("Asia/Hong_Kong", "2026-03-07", 24, 9),
    ],
)
def test_quiet_from_22_to_7_and_the_day_after_are_as_long_as_the_clocks_make_them(
    zone: str, evening: str, hours_of_day: int, hours_of_quiet: int
) -> None:
    begins = int(datetime.fromisoformat(f"{evening} 22:00").replace(tzinfo=ZoneInfo(zone)).timestamp())
    quiet = Quiet(zone, hours=(22 * 60, 7 * 60))
    after = date.fromisoformat(evening) + timedelta(1)
    assert midnight(after + timedelta(1), zone) - midnight(after, zone) == hours_of_day * 3600
    assert [quiet_until(quiet, begins + wait_s) for wait_s in (-1, 0)] == [None, begins + hours_of_quiet * 3600]
