"""The terminal as a messenger: messages printed, commands typed, buttons as numbered choices.

Owns how a message looks without Telegram and how typed lines become updates; files are saved and their
path is printed. Never runs a command.
"""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import TextIO

from bot.chats import ChatKind, Incoming, SendError, SendFault
from bot.chats.shelf import Shelf
from bot.core.message import Button, File, Message

log = logging.getLogger(__name__)

TERMINAL_CHAT = 1
"""The id of the one chat a terminal has, and of the one user before it; no Telegram chat has it."""

_BOLD_ON, _BOLD_OFF = "\x1b[1m", "\x1b[0m"
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_READ_BYTES = 4096
_BACKGROUND_PAUSE_S = 1.0
_MOST_CHOICES = 9
_SAME_AS = {"y": "yes", "ok": "yes", "n": "no"}


class TerminalChat:
    """A `Chat` that prints to `out` and reads what is typed at `keyboard`.

    A keyboard that is no terminal (a pipe, /dev/null, None) is never read; messages are printed
    all the same. Bold is shown where `out` is a terminal.
    """

    def __init__(
        self, out: TextIO, keyboard: TextIO | None = None, *, offers_choices: bool = True, files: Path | None = None
    ) -> None:
        """`offers_choices` False leaves the buttons out, for where nobody can type a number.

        Pictures and documents are saved in the folder `files`; without one they are left out.
        """
        self._out = out
        self._offers_choices = offers_choices
        self._shelf = Shelf(files) if files else None
        self._bold = out.isatty()
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._typing = _Typing(keyboard, self.type, self._say_ended) if keyboard and keyboard.isatty() else None
        self._asked: Sequence[Button] = ()
        self._choices: Sequence[Button] = ()
        self._next_update_id = 0
        self._last_message_id = 0

    def type(self, line: str) -> None:
        """Take a line as typed; an empty one says nothing."""
        if line.strip():
            self._typed.put_nowait(line.strip())

    async def connect(self) -> str:
        """Begin to listen to the keyboard; "terminal"."""
        if self._typing:
            self._typing.start()
        return "terminal"

    async def publish_menu(self, commands: Sequence[tuple[str, str]]) -> None:
        """Nothing: a terminal has no menu, /help lists the commands."""

    async def receive(self, offset: int) -> Sequence[Incoming]:
        """The next typed line; waits for ever where nobody types. Its id is at least `offset`."""
        line = await self._typed.get()
        update_id = max(offset, self._next_update_id)
        self._next_update_id = update_id + 1
        return [self._read(update_id, line)]

    async def send(self, chat_id: int, message: Message, file: File | None = None) -> int:
        """Print one message; its buttons are numbered on from the choices shown before.

        So an alert that comes while a question is open never changes what its numbers mean.
        Raises SendError (not sent) where the terminal is gone.
        """
        offered = _choices(message)
        kept = self._choices if len(self._choices) + len(offered) <= _MOST_CHOICES else self._asked
        return self._show(message, [*kept, *offered], file, first=len(kept) + 1)

    async def answer(self, incoming: Incoming, message: Message, file: File | None = None) -> None:
        """Print the reply; the choices shown before it are over."""
        self._asked = _choices(message)
        self._show(message, self._asked, file, first=1)

    def _show(self, message: Message, choices: Sequence[Button], file: File | None, first: int) -> int:
        self._print(message, first, self._saved(file))
        self._choices = choices
        self._last_message_id += 1
        return self._last_message_id

    async def close(self) -> None:
        """Leave the keyboard alone from now on."""
        if self._typing:
            self._typing.stop()

    def _say_ended(self) -> None:
        print("(End of input: nothing more is read here. Ctrl-C stops the program.)", file=self._out, flush=True)

    def _read(self, update_id: int, line: str) -> Incoming:
        chosen = self._chosen(line)
        return Incoming(
            update_id,
            chat_id=TERMINAL_CHAT,
            chat_kind=ChatKind.TERMINAL,
            user_id=TERMINAL_CHAT,
            text=chosen.command if chosen else line,
            tapped_message_id=self._last_message_id if chosen else None,
            tap_id=str(update_id) if chosen else None,
        )

    def _chosen(self, line: str) -> Button | None:
        """The choice meant by its number or its word; None for any other number, which may well be a price."""
        if re.fullmatch(r"[1-9]\d?", line, re.ASCII) and int(line) <= len(self._choices):
            return self._choices[int(line) - 1]
        word = _SAME_AS.get(line.casefold(), line.casefold())
        return next((button for button in self._asked if button.label.casefold() == word), None)

    def _saved(self, file: File | None) -> str:
        """Where the file now lies, as the last line of its message; empty where there is none to speak of."""
        if file is None or self._shelf is None:
            return ""
        try:
            return f"\n{self._shelf.put(file).absolute()}"
        except OSError:
            log.warning("a file could not be saved in the terminal's folder", exc_info=True)
            return "\n(The file for this could not be saved: is the folder of the database full or not writable?)"

    def _print(self, message: Message, first: int, path: str) -> None:
        choices = _numbered(message, first) if self._offers_choices else ""
        shown = plain_text(message.html, bold=self._bold) + choices + path
        encoding = self._out.encoding or "utf-8"
        try:
            # A terminal without emoji gets a question mark, never an error instead of the alert.
            print(shown.encode(encoding, "replace").decode(encoding), end="\n\n", file=self._out, flush=True)
        except (OSError, ValueError):
            raise SendError(SendFault.UNSENT) from None


def plain_text(html: str, *, bold: bool = False) -> str:
    """A message's HTML as text: tags gone, entities read, bold as ANSI codes where asked for.

    What is struck through is followed by an arrow to what took its place: 230.00 → 245.00.
    """
    text = _Text(bold)
    text.feed(html)
    text.close()
    return "".join(text.parts)


class _Text(HTMLParser):
    def __init__(self, bold: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._bold = bold

    def handle_data(self, data: str) -> None:
        # Names come from outside; an escape code among them would command the terminal.
        self.parts.append(_CONTROL_CHARACTERS.sub("", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._bold and tag in ("b", "strong"):
            self.parts.append(_BOLD_ON)

    def handle_endtag(self, tag: str) -> None:
        if self._bold and tag in ("b", "strong"):
            self.parts.append(_BOLD_OFF)
        if tag == "s":
            self.parts.append(" →")


def _choices(message: Message) -> Sequence[Button]:
    return [button for row in message.buttons for button in row]


def _numbered(message: Message, first: int) -> str:
    """The buttons in their rows, numbered from `first`: "[1] Delete  [2] Levels"."""
    lines, number = "", first - 1
    for row in filter(None, message.buttons):
        labels = [f"[{number + place}] {button.label}" for place, button in enumerate(row, start=1)]
        number += len(row)
        lines += "\n" + "  ".join(labels)
    return _CONTROL_CHARACTERS.sub("", lines)


class _Typing:
    """Hands on whole lines of a terminal as the event loop sees them, without a thread.

    A thread waiting in readline would hold the stream's lock and abort the interpreter's exit.
    """

    def __init__(self, keyboard: TextIO, take: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._file = keyboard.fileno()
        self._take = take
        self._ended = ended
        self._unfinished = b""
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def stop(self) -> None:
        if self._pause:
            self._pause.cancel()
        asyncio.get_running_loop().remove_reader(self._file)

    def _read(self) -> None:
        if not self._is_ours():
            self._wait_for_foreground()
        elif typed := self._typed():
            *lines, self._unfinished = (self._unfinished + typed).split(b"\n")
            for line in lines:
                self._take(line.decode("utf-8", "replace"))
        else:
            self.stop()  # the end of typing would otherwise be reported without end
            self._ended()

    def _typed(self) -> bytes:
        """What has been typed; empty at the end of typing and where the terminal was taken away."""
        try:
            return os.read(self._file, _READ_BYTES)
        except OSError:
            return b""

    def _is_ours(self) -> bool:
        """Whether what is typed is for us: reading a terminal from the background stops a program."""
        try:
            return os.tcgetpgrp(self._file) == os.getpgrp()
        except OSError:  # not the terminal that started us
            return True

    def _wait_for_foreground(self) -> None:
        self.stop()
        self._pause = asyncio.get_running_loop().call_later(_BACKGROUND_PAUSE_S, self.start)
