"""Buttons whose command is longer than a messenger carries: a short id goes out, the command stays here.

Says only what a tap means. That the person who taps may do it is checked where every command is.
"""

import re
from dataclasses import replace

from sqlite_utils import Database

from bot.core.message import Button, Message

MOST_KEPT = 20_000
"""What people type can fill no disk: the oldest commands are forgotten, and their buttons say so."""


class Buttons:
    """The commands behind short ids; the same command always has the same id."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def shortened(self, message: Message) -> Message:
        """The message with buttons that a messenger can carry."""
        if all(button.fits for row in message.buttons for button in row):
            return message
        rows = tuple(tuple(map(self._shortened, row)) for row in message.buttons)
        return replace(message, buttons=rows)

    def meant(self, text: str) -> str | None:
        """The command that a tapped button stands for; None for an id that is not known here."""
        found = re.fullmatch(r"~(\d{1,18})", text, re.ASCII)
        if found is None:
            return text
        row = self._db.execute("select command from buttons where id = ?", [int(found[1])]).fetchone()
        return None if row is None else str(row[0])

    def _shortened(self, button: Button) -> Button:
        return button if button.fits else replace(button, command=f"~{self._id(button.command)}")

    def _id(self, command: str) -> int:
        known = self._db.execute("select id from buttons where command = ?", [command]).fetchone()
        if known is not None:
            return int(known[0])
        cursor = self._db.conn.execute("insert into buttons (command) values (?)", [command])
        self._db.conn.execute("delete from buttons where id <= ? - ?", [cursor.lastrowid, MOST_KEPT])
        return int(cursor.lastrowid or 0)
