"""The words of a company's dates: that one is near, and that one has moved."""

from html import escape

from bot.core.clock import calendar_day
from bot.core.company import CompanyDate, Occasion
from bot.core.message import Button, Message
from bot.core.news import DateMoved, DateNear
from bot.core.wording.view import View


def near(event: DateNear, view: View) -> Message:
    """📅 BABA earnings tomorrow: Tue 24 Nov 2026 (expected, not confirmed), as of the day on which it is read."""
    symbol, what = escape(event.symbol), event.what
    days_left = what.days_left(view.place.local(view.now).date())
    head = f"<b>📅 {symbol} {_named(what.occasion)} {in_days(days_left)}</b>: {dated(what)}"
    rows = [f"{head}.{_meaning(what)}", *([f"📌 {escape(event.note)}"] if event.note else [])]
    if event.alert is not None:
        rows.append(f"#{event.alert} · " + ("told once, now ended" if event.once else "tells before the next one too"))
    buttons = (Button("Dates", f"/dates {event.symbol}"), Button("Levels", f"/levels {event.symbol}"))
    return Message("\n".join(rows), (buttons,), silent=event.silent)


def _named(occasion: Occasion) -> str:
    return f"{occasion.value} date" if occasion is Occasion.EX_DIVIDEND else occasion.value


def _meaning(what: CompanyDate) -> str:
    """What a holder has to know of it."""
    if what.occasion is Occasion.EX_DIVIDEND:
        return " Whoever buys from then on does not get this dividend; the price usually opens lower by it."
    return ""


def in_days(days: int) -> str:
    """How far a day is away, as people say it: today, tomorrow, in 3 days, yesterday."""
    named = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return named.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")


def moved(event: DateMoved, view: View) -> Message:
    """📅 BABA earnings moved from Thu 20 Nov to Tue 25 Nov (expected)."""
    name = f"{escape(event.symbol)} {_named(event.new.occasion)}"
    if event.old is None:
        text = f"📅 {name}: {dated(event.new)}"
    elif event.old.day == event.new.day:
        text = f"📅 {name} confirmed: {dated(event.new)}"
    else:
        text = f"📅 {name} moved from {_days(event.old)} to {dated(event.new)}"
    seen = view.place.recent(event.at, view.now)
    return Message(f"{text} · Yahoo, seen {seen}", ((Button("Dates", f"/dates {event.symbol}"),),))


def dated(what: CompanyDate) -> str:
    """Tue 24 Nov 2026 (expected), or Tue 12 – Fri 16 May 2026 (expected)."""
    return f"{_days(what)}{' (expected, not confirmed)' if what.is_estimate else ''}"


def _days(what: CompanyDate) -> str:
    last = f"{what.last_day:%a} {calendar_day(what.last_day)}"
    if what.day == what.last_day:
        return last
    return f"{what.day:%a} {calendar_day(what.day, what.last_day)} – {last}"
