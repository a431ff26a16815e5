"""A chat that takes no messages any more, and one that takes them again: what is noted, and who is told."""

import logging

from bot.core.contact import ChatLost, Missed
from bot.store import Store

log = logging.getLogger(__name__)


def lose(store: Store, chat_id: int, now: int) -> None:
    """The chat has refused a message for good; the owner is told once, until it is found again."""
    if not store.chats.set_lost(chat_id, now):
        return
    log.error("chat %d takes no messages: somebody there must press Start, in a group add the bot again", chat_id)
    if (owner := store.owner) is not None and owner != chat_id:
        store.outbox.owe([owner], ChatLost(chat_id, now), now)


def find(store: Store, chat_id: int, now: int) -> None:
    """The chat writes to us or takes a message; where it was lost it is told how much it has missed."""
    if not store.chats.is_lost(chat_id):
        return
    count, since = store.outbox.missed(chat_id)
    store.chats.set_lost(chat_id, None)
    log.info("chat %d takes messages again", chat_id)
    if since is not None:
        store.outbox.owe([chat_id], Missed(count, since), now)
