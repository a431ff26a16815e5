"""How fast a messenger may be written to; only counts, never waits or sends.

Telegram's limits: about 30 messages a second in all, one a second to a chat, 20 a minute to a
group (core.telegram.org/bots/faq, "My bot is hitting limits"). Kept a little below.
"""

import random
from collections import deque
from collections.abc import Callable

from bot.jobs.backoff import backoff_s

PER_SECOND = 25
CHAT_SPACING_S = 1.0
GROUP_SPACING_S = 3.0
BURST = 3
"""So many replies a chat may get at once; Telegram lets short bursts pass."""

_HOLD_MARGIN_S = 0.1
_HOLD_UNSAID_S = 5.0


class Pace:
    """When which chat may next be written to. All moments on one monotonic clock, in seconds."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._recent: deque[float] = deque(maxlen=PER_SECOND)
        self._spaced_until: dict[int, float] = {}
        self._used_until: dict[int, float] = {}
        self._backed_off_until: dict[int, float] = {}
        self._failures: dict[int, int] = {}
        self._held_until = 0.0
        self._jitter = jitter

    def free_at(self, chat_id: int) -> float:
        """The earliest moment for the next message that is owed to this chat."""
        unspaced = max(self._anybody_at(), self._backed_off_until.get(chat_id, 0.0))
        return max(unspaced, self._spaced_until.get(chat_id, 0.0))

    def reply_at(self, chat_id: int) -> float:
        """The earliest moment for a reply: somebody is there, so it waits for no backoff, and may be of a burst."""
        return max(self._anybody_at(), self._used_until.get(chat_id, 0.0) - (BURST - 1) * _spacing_s(chat_id))

    def note_sent(self, chat_id: int, now: float) -> None:
        """A message goes out now."""
        self._recent.append(now)
        self._spaced_until[chat_id] = now + _spacing_s(chat_id)
        self._used_until[chat_id] = max(now, self._used_until.get(chat_id, 0.0)) + _spacing_s(chat_id)

    def note_accepted(self, chat_id: int) -> bool:
        """The chat takes messages: its backoff is over; whether it was in one."""
        self._backed_off_until.pop(chat_id, None)
        return self._failures.pop(chat_id, None) is not None

    def note_reached(self) -> None:
        """The messenger answers again: what waits for it need wait no longer."""
        self._backed_off_until.clear()

    def hold(self, now: float, retry_after_s: float | None) -> None:
        """Write to nobody for so long, or for some seconds where it is not said how long. A 429 does not
        say whether the chat's or the bot's limit was hit, and writing on elsewhere while the bot's own is
        exceeded makes Telegram stricter.
        """
        wait_s = _HOLD_UNSAID_S if retry_after_s is None else retry_after_s
        self._held_until = max(self._held_until, now + wait_s + _HOLD_MARGIN_S)

    def _anybody_at(self) -> float:
        """The earliest moment for a message to any chat."""
        full = self._recent[0] + 1.0 if len(self._recent) == PER_SECOND else 0.0
        return max(self._held_until, full)

    def back_off(self, chat_id: int, now: float) -> bool:
        """The chat could not be reached: wait twice as long each time, about a minute at most; whether that is new."""
        failures = self._failures[chat_id] = self._failures.get(chat_id, 0) + 1
        self._backed_off_until[chat_id] = now + backoff_s(failures, jitter=self._jitter())
        return failures == 1


def _spacing_s(chat_id: int) -> float:
    return GROUP_SPACING_S if chat_id < 0 else CHAT_SPACING_S
