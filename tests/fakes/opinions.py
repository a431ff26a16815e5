"""Analysts' words as a test makes them, taken in as a look takes them in; and what a chat is owed of them."""

from bot.core.analysts import RatingAction
from bot.core.events import from_json
from bot.core.news import AnalystNews
from bot.feeds import Researched
from bot.jobs.analysts import take_in
from bot.store import Store
from tests.fakes.desk import ME, new_york
from tests.fakes.feed import STOCK

DAY = 86_400
AFTER = 1_765_200_000  # 8 December 2025, two days after the report that the stored levels are of


def act(
    firm: str, target: float | None = None, before: float | None = None, at: int = AFTER, **more: str
) -> RatingAction:
    return RatingAction(firm, at, more.get("action", "main"), more.get("rating"), more.get("was"), target, before)


def hear(store: Store, answer: Researched, now: int = AFTER + DAY) -> dict[str, str]:
    with store.transaction():
        return take_in(store, STOCK, new_york(), answer, now)


def news(store: Store, chat: int = ME) -> list[AnalystNews]:
    """What the chat is owed of analysts; it is owed no longer."""
    rows = store.db.execute("select facts from outbox where chat_id = ? and kind = 'analystnews' order by id", [chat])
    found = [from_json("analystnews", facts) for (facts,) in rows.fetchall()]
    store.db.execute("delete from outbox where chat_id = ?", [chat])
    return [one for one in found if isinstance(one, AnalystNews)]


def claims(told: AnalystNews) -> list[str]:
    """The firms whose words are told."""
    return [one.firm for one in told.actions]
