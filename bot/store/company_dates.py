"""The dates companies keep and their validity in time, and which chat was reminded of which."""

from datetime import date

from sqlite_utils import Database

from bot.core.company import CompanyDate, Occasion


class CompanyDates:
    """The dates stored."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def present(self, symbol: str) -> dict[Occasion, CompanyDate]:
        """What is known now, by occasion."""
        rows = self._db.execute(
            "select kind, day, last_day, is_estimate from company_dates where symbol = ? and valid_to is null", [symbol]
        )
        found = (
            CompanyDate(Occasion(kind), date.fromisoformat(day), date.fromisoformat(last), bool(estimate))
            for kind, day, last, estimate in rows
        )
        return {one.occasion: one for one in found}

    def revise(self, symbol: str, new: CompanyDate, now: int) -> None:
        """Store the date in place of the present one, which stays as it was until now."""
        self._db.conn.execute(
            "update company_dates set valid_to = ? where symbol = ? and kind = ? and valid_to is null",
            [now, symbol, new.occasion],
        )
        self._db.conn.execute(
            "insert into company_dates (symbol, kind, day, last_day, is_estimate, valid_from)"
            " values (?, ?, ?, ?, ?, ?)",
            [symbol, new.occasion, new.day.isoformat(), new.last_day.isoformat(), new.is_estimate, now],
        )

    def note_reminder(self, chat_id: int, symbol: str, one: CompanyDate, days_left: int) -> bool:
        """Note that the chat is reminded, so many days before; whether it was not noted already."""
        cursor = self._db.conn.execute(
            "insert or ignore into reminders values (?, ?, ?, ?, ?)",
            [chat_id, symbol, one.occasion, one.day.isoformat(), days_left],
        )
        return bool(cursor.rowcount)
