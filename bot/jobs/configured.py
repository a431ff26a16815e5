"""What the configuration says → the database, where it is new or changed since the last start.

Otherwise the database wins: a level adopted or an alert deleted in a chat stays so.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from bot.core.clock import Place
from bot.core.language import Vocabulary, Wish, parse
from bot.core.levels import Level
from bot.core.market import Hours
from bot.jobs.make import make
from bot.jobs.revise import revise
from bot.store import Store

Defaults = Mapping[str, Sequence[str]]
"""The configured alert texts of each symbol."""

MOST_ALERTS = 500
"""Of one chat, where the settings say nothing else."""

Opening = Mapping[str, Hours]
"""The opening hours of each symbol's exchange."""


def adopt_levels(store: Store, levels: Sequence[Level], hours: Opening, now: int) -> None:
    """Store what is new or changed in the file; end what left it.

    An alert that followed a level no longer there keeps its last price as a fixed number.
    """
    listed = {f"level/{level.symbol}/{level.firm}": level for level in levels}
    with store.transaction():
        for name, level in listed.items():
            if store.configured(name) != _said(level):
                store.note_configured(name, _said(level))
                revise(store, level, hours[level.symbol], now)
        for name in store.configured_names("level/"):
            if name not in listed:
                _, symbol, firm = name.split("/", 2)
                store.levels.end(symbol, firm, now)
                store.alerts.unfollow(symbol, firm)
                store.forget_configured(name)


def adopt_alerts(
    store: Store, defaults: Defaults, hours: Opening, rearm_pct: float, now: int, most: int = MOST_ALERTS
) -> None:
    """Give every served chat the defaults it has never had; end those whose text left the file."""
    with store.transaction():
        for name in store.configured_names("alert/"):
            _, _, symbol, text = name.split("/", 3)
            # Of a deleted alert too: should its text come back to the file, it is new.
            if text not in defaults.get(symbol, ()):
                store.forget_configured(name)
        for alert, origin in store.alerts.configured():
            if origin not in defaults.get(alert.symbol, ()):
                store.alerts.end(alert, now, by="left the configuration")
        for member in store.chats.members():
            give_defaults(store, defaults, hours, member.chat_id, rearm_pct, now, most)


def give_defaults(
    store: Store, defaults: Defaults, hours: Opening, chat_id: int, rearm_pct: float, now: int, most: int = MOST_ALERTS
) -> None:
    """Give one chat the default alerts it has never had, until it has `most`; the rest when there is room."""
    room = most - len(store.alerts.of_chat(chat_id))
    for symbol, texts in defaults.items():
        vocabulary = _only(symbol, store, hours[symbol], rearm_pct, now)
        for text in texts:
            name, wish = _default(chat_id, symbol, text), parse(text, vocabulary)
            if store.configured(name) is None and isinstance(wish, Wish) and room > 0:
                room -= 1
                store.note_configured(name, "made")
                make(store, wish, chat_id, hours[symbol], origin=text, now=now)


def adopt_chats(store: Store, chats: Iterable[int], owner: int | None, now: int) -> None:
    """Serve exactly the listed chats beside the paired ones; a chat that left the list is served no more."""
    listed = {store.chats.present_id(chat_id) for chat_id in (*chats, *([owner] if owner is not None else []))}
    with store.transaction():
        for member in store.chats.members():
            if member.origin == "configured" and member.chat_id not in listed:
                store.chats.remove(member.chat_id)
        for chat_id in listed:
            # Telegram: people have positive ids, groups and channels negative ones.
            private = chat_id > 0
            kind, user_id = ("private", chat_id) if private else ("group", None)
            store.chats.add(chat_id, kind, "configured", user_id, now)
        if owner is not None:
            store.remember("owner", owner)


def _default(chat_id: int, symbol: str, text: str) -> str:
    return f"alert/{chat_id}/{symbol}/{text}"


def _only(symbol: str, store: Store, hours: Hours, rearm_pct: float, now: int) -> Vocabulary:
    """The words of one stock, its last price unmentioned: a default means the same whenever it is given."""
    levels = {symbol: store.levels.present(symbol)}
    return Vocabulary(levels, now=now, place=Place(hours.zone), rearm_pct=rearm_pct)


def _said(level: Level) -> str:
    return json.dumps([level.kind, level.rating, level.price, level.as_of.isoformat(), level.source])
