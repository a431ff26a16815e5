"""Events → messages. Owns every sentence that is sent without being asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from bot.core import events
from bot.core.alerts import Direction
from bot.core.clock import Place, lasting
from bot.core.levels import Level
from bot.core.market import Quote
from bot.core.message import Button, Message, clipped, enumerated, fitted
from bot.core.metrics import BY_NAME
from bot.core.metrics.price import money
from bot.core.phrases import aged, delete_button, distance, neighbours, rearming, round_number, session_words

LATE_AFTER_S = 300
"""Seconds between noticing and sending after which a message says that it comes late."""

REPEATED = "↻ repeated, the first delivery was not confirmed"
_ARROWS = {Direction.UP: "↑", Direction.DOWN: "↓"}
_OPPOSITE = {Direction.UP: "↓", Direction.DOWN: "↑"}
_LONGEST_LIST = 40
_MOST_TURNS = 4
_MOST_EARLIER = 6


@dataclass(frozen=True, slots=True)
class View:
    """What is known when the words are made: the time, the place, the present levels and quote."""

    now: int
    place: Place
    levels: Sequence[Level]
    quote: Quote | None


def render(event: events.Event, view: View) -> Message:
    """The event in words, as of `view.now`."""
    match event:
        case events.Crossed():
            return _crossed(event, view)
        case events.Revised():
            return Message(_revised(event, view))
        case events.Silent():
            return Message(_silent(event, view))
        case events.Restored():
            return Message(_restored(event, view))
        case events.Watching():
            return Message(_watching(event, view))
        case events.GivenUp():
            return Message(_given_up(event))
        case events.ChatLost():
            return Message(
                f"⚠️ Chat {event.chat_id} no longer takes messages (blocked or deleted). "
                "Its alerts are kept and resume when it writes to this bot again."
            )


def marked(message: Message) -> Message:
    """The same message, saying that it may have arrived before."""
    return Message(f"{message.html}\n{REPEATED}", message.buttons, message.silent)


def _crossed(event: events.Crossed, view: View) -> Message:
    text = _at_once(event, view) if event.gap is None else _digest(event, event.gap, view)
    return Message(text, _buttons(event))


def _at_once(event: events.Crossed, view: View) -> str:
    late = view.now - event.noticed_at > LATE_AFTER_S
    head = f"<b>{'🕰' if late else '🔔'} {escape(event.symbol)} {_sentence(event.told, view)}</b>"
    outlook = [_delay(event, view), _standing(event, view)] if late else _next(event, view)
    return "\n".join([head, _where(event, view), *_earlier(event.told, view), *outlook, *_endings(event.told)])


def _sentence(told: Sequence[events.Told], view: View) -> str:
    """reached 190.00 ↑ Bernstein SocGen, price target — or several lines in the order of the walk."""
    turns = [list(turn) for _, turn in groupby(told, key=lambda one: (one.direction, _verb(one)))]
    lines = _lines(turns[0], view)
    if len(turns) == 1 and len(lines) == 1:
        first = lines[0]
        return f"{_verb(first)} {_value(first)} {_ARROWS[first.direction]}{_title(first, view)}"
    shown = [_turn(turn, view) for turn in turns[:_MOST_TURNS]]
    unsaid = [f"{len(turns) - _MOST_TURNS} more turns"] if len(turns) > _MOST_TURNS else []
    return ", then ".join([shown[0], *(text.removeprefix("is ") for text in shown[1:]), *unsaid])


def _turn(told: Sequence[events.Told], view: View) -> str:
    lines = enumerated([f"{_value(one)}{_name(one, view)}" for one in _lines(told, view)], most=6)
    return f"{_verb(told[0])} {lines} {_ARROWS[told[0].direction]}"


def _lines(told: Sequence[events.Told], view: View) -> list[events.Told]:
    """Each line once, however many alerts lie on it, a stored level rather than the bare number."""
    by_name = {(one.threshold, _name(one, view)): one for one in reversed(told)}
    levels = {threshold for threshold, name in by_name if name}
    lines = [one for (threshold, name), one in by_name.items() if name or threshold not in levels]
    return sorted(lines, key=told.index)


def _verb(told: events.Told) -> str:
    if told.since is None:
        return "reached"
    return "is back above" if told.direction is Direction.UP else "is back below"


def _value(told: events.Told) -> str:
    return BY_NAME[told.metric].show(told.threshold)


def _level(told: events.Told, view: View) -> Level | None:
    return next((level for level in view.levels if level.firm == told.level), None)


def _title(told: events.Told, view: View) -> str:
    level = _level(told, view)
    return f"  {escape(clipped(level.title, 60))}" if level else _name(told, view)


def _name(told: events.Told, view: View) -> str:
    """The level's name with a space before it; a level stored no more is called as the alert knew it."""
    level = _level(told, view)
    name = level.name if level else told.level
    return f" {escape(clipped(name))}" if name else ""


def _where(event: events.Crossed, view: View) -> str:
    """190.75, high 191.37, before 188.54 · 2 Oct 09:30 New York, regular session · Yahoo, 12 s old."""
    last = event.told[-1]
    extremes = {Direction.UP: f"high {money(event.high)}", Direction.DOWN: f"low {money(event.low)}"}
    extreme = ", ".join(text for way, text in extremes.items() if any(one.direction is way for one in event.told))
    before = f", before {money(event.before)}" if event.before is not None else ""
    time = f"{view.place.moment(last.at, view.now)}, {session_words(last.session)}"
    return f"{money(event.price)}, {extreme}{before} · {time} · {aged(event.source, view.now - event.quoted_at)}"


def _earlier(told: Sequence[events.Told], view: View) -> list[str]:
    """Before that: 192.00 ↑ 09:45, 190.00 ↑ 09:30 — when each line was last crossed the other way.

    Not "above for 25 min": within the band the price may have gone to and fro untold. What this very
    message tells is left out.
    """
    here = {(one.number, one.at) for one in told}
    parts = [
        f"{_value(one)} {_OPPOSITE[one.direction]} {_then(one.since, one.at, view)}"
        for one in told
        if one.since is not None and (one.number, one.since) not in here
    ]
    distinct = list(dict.fromkeys(parts))[:_MOST_EARLIER]
    return [f"Before that: {', '.join(distinct)}"] if distinct else []


def _then(since: int, at: int, view: View) -> str:
    """The hour, with the day where it is another than the crossing's."""
    hour = view.place.hour(since)
    return hour if view.place.is_same_day(since, at) else f"{view.place.day(since, view.now)} {hour}"


def _next(event: events.Crossed, view: View) -> list[str]:
    direction = event.told[-1].direction
    following = neighbours(view.levels, event.price).get(direction)
    if following is not None:
        return [f"Next {following}"]
    return [f"No stored level further {direction.value}"] if view.levels else []


def _endings(told: Sequence[events.Told]) -> list[str]:
    """#2 · tells again after a move of 1 % — one line for all alerts that go on alike."""
    numbers: dict[str, dict[str, None]] = {}
    for one in told:
        numbers.setdefault(_ending(one), {})[f"#{one.number}"] = None
    return [f"{enumerated(list(alike), most=20)} · {ending}" for ending, alike in list(numbers.items())[:_MOST_TURNS]]


def _ending(told: events.Told) -> str:
    return "told once, now ended" if told.once else rearming(told.band / told.threshold * 100)


def _delay(event: events.Crossed, view: View) -> str:
    return f"Sent late: noticed {view.place.moment(event.noticed_at, view.now)}, it could not be delivered before"


def _digest(event: events.Crossed, gap: events.Gap, view: View) -> str:
    """What was crossed in a gap, each line with its own time, and where the price is now."""
    cause = "While no prices came" if gap.feed_silent else "While targetwatch was away"
    span = view.place.span(gap.since, event.noticed_at, view.now)
    rows = _away_rows(event.told, view)
    return fitted(
        rows[-_LONGEST_LIST:],
        "… the first ones are left out; the last were:",
        head=[f"<b>🕰 {cause} ({span}): {escape(event.symbol)}</b>", *_left_out(rows)],
        tail=[_standing(event, view), *_endings(event.told)],
        keep_last=True,
    )


def _left_out(rows: Sequence[str]) -> list[str]:
    missing = len(rows) - _LONGEST_LIST
    return [f"{len(rows)} crossings; the first {missing} are left out here"] if missing > 0 else []


def _away_rows(told: Sequence[events.Told], view: View) -> list[str]:
    several_days = not view.place.is_same_day(told[0].at, told[-1].at)
    moments = [list(group) for _, group in groupby(told, key=lambda one: (one.at, one.direction, _verb(one)))]
    rows = (_away_row(one, view, several_days) for group in moments for one in _lines(group, view))
    return list(dict.fromkeys(rows))


def _away_row(told: events.Told, view: View, with_day: bool) -> str:
    """09:45 reached 192.00 ↑ consensus (at 192.67)."""
    day = f"{view.place.day(told.at, view.now)} " if with_day else ""
    value = f" (at {money(told.value)})" if told.value != told.threshold else ""
    verb = _verb(told).removeprefix("is ")
    arrow = _ARROWS[told.direction]
    return f"{day}{view.place.hour(told.at)} {verb} {_value(told)} {arrow}{_name(told, view)}{value}"


def _standing(event: events.Crossed, view: View) -> str:
    """At 14:05 New York 189.67 · next above 190.00 Bernstein SocGen (+0.2 %): as of the newest price known."""
    price, at = event.price, event.quoted_at
    if view.quote is not None and view.quote.at >= at:
        price, at = view.quote.price, view.quote.at
    following = [f"next {text}" for text in neighbours(view.levels, price).values()]
    return " · ".join([f"At {view.place.recent(at, view.now)} {money(price)}", *following])


def _buttons(event: events.Crossed) -> tuple[tuple[Button, ...], ...]:
    levels = Button("Levels", f"/levels {event.symbol}")
    kept = dict.fromkeys(one.number for one in event.told if not one.once)
    return ((levels, *(delete_button(number) for number in list(kept)[:3])),)


def _revised(event: events.Revised, view: View) -> str:
    name, change = escape(clipped(event.level)), "cut" if event.new < event.old else "raised"
    head = f"📝 {escape(event.symbol)}: {name} {change} from {money(event.old)} to {money(event.new)}"
    dated = f"{head}, {view.place.recent(event.at, view.now)}."
    return dated if event.price is None else f"{dated} {_beside(event, event.price)}"


def _beside(event: events.Revised, price: float) -> str:
    """Where the price lay when the line moved: the sentence may be read later."""
    standing = f"{escape(event.symbol)} at {money(price)}"
    if not event.passed:
        return f"{standing}: the line lies {distance(price, event.new)} away."
    side = "exactly at" if price == event.new else "above" if price > event.new else "below"
    return f"{standing} is now {side} it; the price did not move."


def _silent(event: events.Silent, view: View) -> str:
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


def _given_up(event: events.GivenUp) -> str:
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
