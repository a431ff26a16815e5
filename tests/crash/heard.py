"""What people were told, read from the texts of the messages that Telegram accepted and from nothing else."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.wording import REPEATED
from tests.crash.oracle import Due
from tests.fakes.telegram import Posted

UNCERTAIN_S = 300
"""So long before the time it names may a message of the moment tell: it names that of its last crossing."""

_YEAR = 2025
_DAY_S = 86_400
_TURN = re.compile(r"([^↑↓]+)([↑↓])")
_LINE = re.compile(r"\b\d+\.\d\d\b")
_MOMENT = re.compile(r"(\d+ \w{3}) (\d\d:\d\d)")
_ROW = re.compile(r"^(?:(\d+ \w{3}) )?(\d\d:\d\d) (?:reached|back above|back below) (\d+\.\d\d) ([↑↓])", re.MULTILINE)

_UNSAID = (" more turns", " left out", " more ↑", " more ↓")


@dataclass(frozen=True, slots=True)
class Heard:
    """One message: `lines` are (line, up) in the order told.

    `times` are theirs where each is named; else `until` is that of the last.
    """

    chat_id: int
    lines: tuple[tuple[float, bool], ...]
    times: tuple[int, ...] | None
    until: int
    is_marked: bool

    def among(self, due: Collection[Due]) -> set[Due]:
        """Those of the crossings that this message tells."""
        if self.times is None:
            found = {one for line in set(self.lines) for one in self._last(due, *line)}
            return found if any(one.at == self.until for one in found) else set()
        told = zip(self.lines, self.times, strict=True)
        return {Due(self.chat_id, line, up, at) for (line, up), at in told} & set(due)

    def _last(self, due: Collection[Due], line: float, up: bool) -> list[Due]:
        """As many such crossings as are told here: the last ones up to the time that is named."""
        count = self.lines.count((line, up))
        times = sorted(one.at for one in due if (one.chat_id, one.line, one.up) == (self.chat_id, line, up))
        fitting = [at for at in times if self.until - UNCERTAIN_S <= at <= self.until]
        return [Due(self.chat_id, line, up, at) for at in fitting[-count:]]


def read(posted: Posted) -> Heard | None:
    """A message that tells crossings; None for one that does not, or does not say each of them."""
    head, _, rest = posted.text.partition("\n")
    is_list = " away (" in head or "Kept for you" in head
    moment = _MOMENT.search(head if is_list else rest)
    if moment is None or any(unsaid in posted.text for unsaid in _UNSAID):
        return None
    at, is_marked = _moment(*moment.groups()), posted.text.endswith(REPEATED)
    if not is_list:
        return Heard(posted.chat_id, tuple(_turns(head)), None, at, is_marked)
    rows = _ROW.findall(rest)
    lines = tuple((float(line), arrow == "↑") for _, _, line, arrow in rows)
    return Heard(posted.chat_id, lines, tuple(_at(day, hour, at) for day, hour, _, _ in rows), at, is_marked)


def _turns(head: str) -> Iterator[tuple[float, bool]]:
    """reached 100.40 and 101.10 ↑, then back below 101.10 ↓."""
    for lines, arrow in _TURN.findall(head):
        for line in _LINE.findall(lines):
            yield float(line), arrow == "↑"


def _at(day: str, hour: str, near: int) -> int:
    """The moment of an hour; without a day the one that lies nearest."""
    if day:
        return _moment(day, hour)
    at = near - near % _DAY_S + _moment("1 Jan", hour) % _DAY_S
    return min((at - _DAY_S, at, at + _DAY_S), key=lambda moment: abs(moment - near))


def _moment(day: str, hour: str) -> int:
    return int(datetime.strptime(f"{day} {_YEAR} {hour}", "%d %b %Y %H:%M").replace(tzinfo=UTC).timestamp())
