"""Whether the messenger can be reached, as the reading of commands sees it. Decides nothing and keeps nothing."""

from dataclasses import dataclass

from bot.chats import SendFault


@dataclass(slots=True)
class Reach:
    """Since when (epoch seconds UTC) the messenger was out of reach, or another program reads the updates too."""

    lost_since: int | None = None
    rival_since: int | None = None

    def failed(self, fault: SendFault, now: int) -> None:
        """A look for updates, or the first call of all, brought nothing."""
        if fault is not SendFault.CONFLICT and self.lost_since is None:
            self.lost_since = now

    def answered(self) -> None:
        """The messenger has answered."""
        self.lost_since = None
