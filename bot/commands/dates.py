"""/dates: when the companies report and trade ex-dividend, and whether this chat is reminded of it."""

from datetime import date
from html import escape

from bot.commands.desk import Desk, Request
from bot.core.company import CompanyDate, Occasion
from bot.core.days import date_of
from bot.core.message import Button, Message, fitted
from bot.core.wording.company import dated, in_days

NAME = "dates"
SUMMARY = "earnings and ex-dividend dates; reminders on or off"

_ON, _OFF = Button("Turn reminders on", "/dates on"), Button("Turn reminders off", "/dates off")


def run(desk: Desk, request: Request) -> Message:
    chats, typed = desk.store.chats, request.arguments.strip().casefold()
    serves = chats.serves(request.chat_id)
    if typed in ("on", "off"):
        if not serves:
            return Message("Nothing is told in this chat unasked, so it gets no reminders. /help lists what works.")
        chats.set_reminders(request.chat_id, typed == "on")
    symbols = desk.chosen("" if typed in ("on", "off") else request.arguments)
    if isinstance(symbols, Message):
        return Message(f"{symbols.html} /dates lists all dates, /dates on and /dates off are for reminders.")
    texts = [_of(desk, symbol, request.now) for symbol in symbols]
    wants = chats.wants_reminders(request.chat_id)
    tail = [_reminders(wants)] if serves else []
    text = fitted(texts, "… and more stocks; name one", tail=tail, between="\n\n")
    return Message(text, (((_OFF if wants else _ON),),) if serves else ())


def _of(desk: Desk, symbol: str, now: int) -> str:
    dates, today = desk.store.company_dates.present(symbol), date_of(now, desk.place(symbol).zone)
    name = f"<b>{escape(symbol)}</b>"
    if not dates:
        return f"{name}: no dates are known yet; Yahoo is asked before the exchange opens."
    rows = [
        f"{what.occasion.capitalize()} {dated(what)} · {in_days(what.days_left(today))}"
        for what in _in_order(dates, today)
    ]
    splits = desk.store.splits.every(symbol)
    if splits:
        last = splits[-1]
        rows.append(f"Last split {last.numerator} for {last.denominator}, {last.day.isoformat()}")
    return "\n".join([name, *rows])


def _in_order(dates: dict[Occasion, CompanyDate], today: date) -> list[CompanyDate]:
    """What is next comes first, what is over last."""
    return sorted(dates.values(), key=lambda what: (what.days_left(today) < 0, what.day))


def _reminders(wants: bool) -> str:
    if not wants:
        return "Reminders are off. /dates on turns them on."
    return (
        "This chat is reminded the day before and on the morning, by its own clocks. "
        "Earlier: earnings in 3d makes an alert."
    )
