"""A pace for loopbacks, which take any number of messages a second."""

from bot.jobs.pace import Pace


class Unspaced(Pace):
    """Holds where it is told to, and spaces nothing."""

    def note_sent(self, chat_id: int, now: float) -> None:
        """Leaves the chat free."""
