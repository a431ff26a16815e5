"""Whether the messenger can be reached, as the reading of commands sees it. Decides nothing and keeps nothing."""

from dataclasses import dataclass

from bot.chats import SendFault

_CONFLICTS_LAST_S = 300


@dataclass(slots=True)
class Reach:
    """Since when (epoch seconds UTC) the messenger was out of reach, or another program read the updates too.

    Two listeners push each other out in turn, so good answers in between do not end a conflict: it
    is over when none was seen for five minutes.
    """

    lost_since: int | None = None
    conflict_since: int | None = None
    conflict_at: int = 0

    def failed(self, fault: SendFault, now: int) -> None:
        """A look for updates, or the first call of all, brought nothing."""
        if fault is not SendFault.CONFLICT:
            self.lost_since = now if self.lost_since is None else self.lost_since
            return
        if not self.in_conflict(now):
            self.conflict_since = now
        self.conflict_at = now

    def answered(self) -> None:
        """The messenger has answered."""
        self.lost_since = None

    def in_conflict(self, now: int) -> bool:
        """Whether another program was seen of late."""
        return self.conflict_since is not None and now - self.conflict_at <= _CONFLICTS_LAST_S
