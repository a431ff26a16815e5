"""Events → messages: with the rooms beside it the owner of every sentence that is sent without being asked for."""

from collections.abc import Callable
from html import escape
from typing import Any

from bot.core import events
from bot.core.clock import lasting
from bot.core.closes import Closed
from bot.core.contact import ChatLost, Missed, ReaderGone, SecondReader
from bot.core.message import Message, clipped, counted
from bot.core.metrics.price import money
from bot.core.news import AnalystNews, AnalystsBack, AnalystsSilent, ConsensusDrift, DateMoved, DateNear
from bot.core.splits import SplitApplied, SplitSuspected
from bot.core.wording import company, news, splits
from bot.core.wording.daily import closed
from bot.core.wording.fired import crossed
from bot.core.wording.phrases import clock_words, distance, now_beside, round_number
from bot.core.wording.view import View

REPEATED = "↻ repeated, the first delivery was not confirmed"


def render(event: events.Event, view: View) -> Message:
    """The event in words, as of `view.now`."""
    kind = type(event)
    return _MESSAGES[kind](event, view) if kind in _MESSAGES else Message(_WORDS[kind](event, view))


def marked(message: Message) -> Message:
    """The same message, saying that it may have arrived before."""
    return Message(f"{message.html}\n{REPEATED}", message.buttons, message.silent)


def _revised(event: events.Revised, view: View) -> str:
    name, change = escape(clipped(event.level)), "cut" if event.new < event.old else "raised"
    source = f" ({escape(clipped(event.source, 40))})" if event.source else ""
    head = f"📝 {escape(event.symbol)}: {name}{source} {change} from {money(event.old)} to {money(event.new)}"
    dated = f"{head}, {view.place.recent(event.at, view.now)}."
    return dated if event.price is None else f"{dated} {_beside(event, event.price)}"


def _beside(event: events.Revised, price: float) -> str:
    """Where the price lay when the line moved: the sentence may be read later."""
    if event.passed:
        return now_beside(event.symbol, price, event.new)
    return f"{escape(event.symbol)} at {money(price)}: the line lies {distance(price, event.new)} away."


def _expired(event: events.Expired, view: View) -> str:
    spoke = "without a word" if not event.told else "told once" if event.told == 1 else f"told {event.told} times"
    return f"⌛ #{event.number} {escape(clipped(event.text, 200))} has come to its end ({spoke})."


def _silent(event: events.Silent, view: View) -> str:
    if event.clock_s:
        return (
            f"⚠️ This machine's clock is {clock_words(event.clock_s)} that of {escape(event.symbol)}'s prices: "
            "set it right. Until then alerts come late or look late; what is crossed will be told with its time."
        )
    since, lasted = view.place.recent(event.last_at, view.now), lasting(event.noticed_at - event.last_at)
    return (
        f"⚠️ No fresh {escape(event.symbol)} price since {since} ({lasted}) although the exchange is open. "
        "Nothing is lost: what is crossed meanwhile will be told with its time."
    )


def _restored(event: events.Restored, view: View) -> str:
    span = view.place.span(event.after, event.back_at, view.now)
    return f"✅ {escape(event.symbol)} prices are back (silent {span})."


def _watching(event: events.Watching, view: View) -> str:
    symbol, known = escape(event.symbol), [part for part in (event.name, event.currency) if part]
    named = f" · {escape(', '.join(clipped(part) for part in known))}" if known else ""
    return (
        f"✅ <b>{symbol} {money(event.price)}</b> · {view.place.recent(event.quoted_at, view.now)}{named}\n"
        f"{symbol} is watched now. /alert {symbol} above {round_number(event.price * 1.1)} makes an alert."
    )


def _given_up(event: events.GivenUp, view: View) -> str:
    symbol = escape(event.symbol)
    return f"{symbol} is not watched: {_why_given_up(event, symbol)}"


def _why_given_up(event: events.GivenUp, symbol: str) -> str:
    match event.why:
        case events.Unwatchable.CURRENCY:
            told = escape(clipped(event.told or "another currency"))
            return f"Yahoo quotes it in {told}, not in {event.wanted}. /watch {symbol} takes the currency as it comes."
        case events.Unwatchable.NO_CALENDAR:
            return (
                f"the hours of {escape(event.exchange)} cannot be found out here. "
                f"Another exchange can be named: /watch {symbol} XNYS"
            )
        case events.Unwatchable.NO_PRICES:
            return "Yahoo has no prices of it. finance.yahoo.com shows how a stock is spelt; then /watch it again."
        case _:
            return "Yahoo does not know it. finance.yahoo.com shows how a stock is spelt; then /watch it again."


def _lost(event: ChatLost, view: View) -> str:
    return (
        f"⚠️ Chat {event.chat_id} takes no messages: this bot was blocked or removed there, or never started. "
        "Its alerts are kept and resume when it writes to this bot (/start), a group when the bot is back in it."
    )


def _missed(event: Missed, view: View) -> str:
    since = view.place.moment(event.since, view.now)
    return (
        f"↩️ {counted(event.count, 'message')} could not be delivered here since {since}: this chat took none. "
        "/history tells what was reached meanwhile."
    )


def _second_reader(event: SecondReader, view: View) -> str:
    return (
        f"⚠️ Since {view.place.moment(event.since, view.now)} another program reads this bot's messages too: commands "
        "may go unanswered. Stop it, or give it a bot of its own. Alerts arrive all the same."
    )


def _reader_gone(event: ReaderGone, view: View) -> str:
    span = view.place.span(event.since, event.until, view.now)
    return f"✅ The other program is gone ({span}): commands are answered again."


def _put_back(event: events.PutBack, view: View) -> str:
    copied, age = view.place.moment(event.copied_at, view.now), lasting(event.at - event.copied_at)
    cause = "The database was damaged." if event.damaged else "The database was put back by hand."
    return (
        f"⚠️ {cause} A copy of {copied}, {age} older, has taken its place. What was typed since then has to be typed "
        "again; /alerts lists what there is. Prices since then are caught up, and what is told of that time may be a "
        "repeat (↻). The old file is kept."
    )


_MESSAGES: dict[type[events.Event], Callable[[Any, View], Message]] = {
    events.Crossed: crossed,
    Closed: closed,
    AnalystNews: news.analyst_news,
    ConsensusDrift: news.drifted,
    AnalystsSilent: news.silent,
    AnalystsBack: news.back,
    DateMoved: company.moved,
    DateNear: company.near,
}
"""Those that say more than words: they come with buttons, or silently."""

_WORDS: dict[type[events.Event], Callable[[Any, View], str]] = {
    events.Revised: _revised,
    events.Silent: _silent,
    events.Restored: _restored,
    events.Expired: _expired,
    events.Watching: _watching,
    events.GivenUp: _given_up,
    ChatLost: _lost,
    Missed: _missed,
    SecondReader: _second_reader,
    ReaderGone: _reader_gone,
    events.PutBack: _put_back,
    SplitApplied: splits.applied,
    SplitSuspected: splits.suspected,
}
