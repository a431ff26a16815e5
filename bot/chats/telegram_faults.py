"""What a failed call to Telegram means: every error of python-telegram-bot and httpx as a SendError.

The only reader of Telegram's descriptions. Keeps nothing of an error but its meaning.
"""

import re
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.chats import SendError, SendFault

Answer = TypeVar("Answer")

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""What httpx raises before the first byte of a request has left."""

_CHAT_IS_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "user_deactivated",
    "group chat was deactivated",
    "peer_id_invalid",
    "channel_private",
    "chat_write_forbidden",
    "chat_send_plain_forbidden",
    "chat_admin_required",
    "topic_closed",
    "topic_deleted",
    "chat_restricted",
    "have no rights",
    "not enough rights",
    "need administrator rights",
)
"""Descriptions of a 400 that speak of the chat, not of the message."""


async def settle(call: Awaitable[Answer]) -> Answer:
    """The answer to a call, or SendError, whatever went wrong."""
    try:
        return await call
    except Exception as error:  # noqa: BLE001  (the protocol promises SendError and nothing else)
        failure = fault_of(error)
    # Raised here, outside of the clause, it carries no context: that holds addresses with the token.
    raise failure


def fault_of(error: Exception) -> SendError:
    """What a failed call means; nothing of `error` is kept, for its texts and addresses hold the token."""
    # The word of the server lies below what Bot.initialize and do_api_request make of a 401 or 404.
    while isinstance(error.__cause__, InvalidToken):
        error = error.__cause__
    match error:
        case RetryAfter():
            return SendError(SendFault.SLOW_DOWN, retry_after_s=_retry_after_s(error))
        case NetworkError() if str(error).startswith("Too Many Requests"):
            return SendError(SendFault.SLOW_DOWN, retry_after_s=_worded_wait_s(str(error)))
        case ChatMigrated():
            return SendError(SendFault.MIGRATED, new_chat_id=error.new_chat_id)
        case _ if isinstance(error.__cause__, _NEVER_SENT):
            return SendError(SendFault.UNSENT)
        case _ if isinstance(error.__cause__, TelegramError):
            # Not Telegram's words: a proxy or a portal on the way answered in HTML.
            return SendError(SendFault.UNCLEAR)
    return SendError(_refusal(error))


def _refusal(error: Exception) -> SendFault:
    match error:
        case Forbidden():
            return SendFault.BLOCKED
        case BadRequest():
            return SendFault.BLOCKED if says(error, _CHAT_IS_GONE) else SendFault.MALFORMED
        case InvalidToken():
            return SendFault.REJECTED
        case Conflict():
            return SendFault.CONFLICT
    return SendFault.UNCLEAR


def _retry_after_s(error: RetryAfter) -> float:
    """Seconds; python-telegram-bot gives a number, or a timedelta under PTB_TIMEDELTA."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()


def _worded_wait_s(description: str) -> float | None:
    """The seconds of "retry after 7", where only the words say them; None where not even they do."""
    found = re.search(r"retry after (\d{1,6})", description, re.ASCII)
    return float(found[1]) if found and int(found[1]) else None


def says(error: BadRequest, phrases: Sequence[str]) -> bool:
    """Whether Telegram's description of the error holds one of the phrases, given in lower case."""
    description = str(error).lower()
    return any(phrase in description for phrase in phrases)
