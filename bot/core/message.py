"""What is said to a chat, free of any messenger: text in Telegram's HTML, and buttons that are commands."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

LONGEST = 4096
"""Characters one message holds, as `length` counts them."""

LONGEST_CAPTION = 1024
"""Characters that fit below a picture or a document, counted alike."""

_ROOM = LONGEST - 96  # the rest is for what is added when it is sent: repeated, or without its file


@dataclass(frozen=True, slots=True)
class Button:
    """A tap does the same as typing `command` ("/delete 7"), which may be of any length."""

    label: str
    command: str

    @property
    def fits(self) -> bool:
        """Whether a messenger carries the command itself (Telegram: 64 bytes), or an id of it (`store.buttons`)."""
        return len(self.command.encode()) <= 64


@dataclass(frozen=True, slots=True)
class File:
    """Something to look at or keep beside the words: a picture (PNG), or a document of any kind."""

    name: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        return self.name.endswith(".png")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: escaped HTML of at most 4096 characters after parsing, rows of buttons.

    `attach` makes the file that goes along. It takes long and touches nothing shared: it is called
    off the event loop, after everything the command changed has been committed.
    """

    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    silent: bool = False
    attach: Callable[[], File] | None = None


def length(html: str) -> int:
    """How long a message is to Telegram: tags gone, entities read, in UTF-16 units (an emoji is two)."""
    return len(unescape(re.sub(r"<[^>]*>", "", html)).encode("utf-16-le", "surrogatepass")) // 2


def fitted(
    rows: Sequence[str],
    rest: str | Callable[[int], str],
    *,
    head: Sequence[str] = (),
    tail: Sequence[str] = (),
    between: str = "\n",
    keep_last: bool = False,
) -> str:
    """Head, rows and tail as the text of one message; rows it cannot hold give way to `rest`, which may count them.

    Only whole rows are left out, so that no markup breaks: those at the end, or with `keep_last`
    those at the beginning.
    """
    whole = between.join([*head, *rows, *tail])
    if length(whole) <= _ROOM:
        return whole
    said = (lambda count: rest) if isinstance(rest, str) else rest
    room = _ROOM - length(between.join([*head, said(len(rows)), *tail]))
    kept = _within(rows[::-1] if keep_last else rows, room, between)
    left_out = said(len(rows) - len(kept))
    body = [left_out, *kept[::-1]] if keep_last else [*kept, left_out]
    return between.join([*head, *body, *tail])


def _within(rows: Sequence[str], room: int, between: str) -> list[str]:
    kept = []
    for row in rows:
        room -= length(row) + len(between)
        if room < 0:
            break
        kept.append(row)
    return kept


def clipped(text: str, most: int = 40) -> str:
    """Foreign text fit to stand in a sentence: one line, nothing invisible, at most so many characters."""
    visible = "".join(" " if char.isspace() else char for char in text if char.isspace() or char.isprintable())
    line = " ".join(visible.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def enumerated(parts: Sequence[str], most: int = 10) -> str:
    """a, b and c; of a long list the first ones, "and 37 more". `parts` is not empty."""
    left_out = len(parts) - most
    *first, last = [*parts[:most], f"{left_out} more"] if left_out > 0 else parts
    return f"{', '.join(first)} and {last}" if first else last


def counted(count: int, noun: str) -> str:
    """1 alert, 2 alerts."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
