"""The words of crossings: what was reached, where the price is, what comes next; at once, late, or after a gap."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from bot.core import events
from bot.core.alerts import Direction, Way
from bot.core.levels import Level
from bot.core.message import Button, Message, clipped, enumerated, fitted
from bot.core.metrics import of_key
from bot.core.metrics.price import PRICE, money
from bot.core.wording.causes import causes, is_explained, points_of
from bot.core.wording.phrases import aged, chart_button, delete_button, neighbours, rearming, session_words
from bot.core.wording.view import View

LATE_AFTER_S = 300
"""Seconds between noticing and sending after which a message says that it comes late."""

_MINUTE_S = 60
_ARROWS = {Direction.UP: "↑", Direction.DOWN: "↓"}
_OPPOSITE = {Direction.UP: "↓", Direction.DOWN: "↑"}
_LONGEST_LIST = 40
_MOST_TURNS = 4
_MOST_EARLIER = 6
_MOST_KINDS = 3
_MOST_MEASURED = 10
MOST_NOTES = 5
"""So many notes go with a list of what happened."""


def crossed(event: events.Crossed, view: View) -> Message:
    """The message of one poll's crossings, as of `view.now`."""
    text = _at_once(event, view) if event.gap is None else _digest(event, event.gap, view)
    return Message(text, _buttons(event), silent=all(one.silent for one in event.told))


def _at_once(event: events.Crossed, view: View) -> str:
    late = view.now - event.noticed_at > LATE_AFTER_S
    head = f"<b>{'🕰' if late else '🔔'} {escape(event.symbol)} {_sentence(event.told, view)}</b>"
    outlook = [_delay(event, view), standing(event, view)] if late else _next(event, view)
    body = [_where(event, view), *causes(event, view), *_earlier(event.told, view), *outlook]
    return fitted(notes(event.told), "… and more notes", head=[head, *body], tail=endings(event.told))


def notes(told: Sequence[events.Told]) -> list[str]:
    """What people wrote down to be reminded of."""
    return list(dict.fromkeys(f"📌 {escape(one.note)}" for one in told if one.note))


def _sentence(told: Sequence[events.Told], view: View) -> str:
    """reached 190.00 ↑ Bernstein SocGen, price target — or several things in the order of the walk."""
    kinds = [list(kind) for _, kind in groupby(told, key=_is_line)]
    shown = [_lines_reached(kind, view) if _is_line(kind[0]) else _said(kind, view) for kind in kinds[:_MOST_KINDS]]
    unsaid = [f"{len(kinds) - _MOST_KINDS} more turns"] if len(kinds) > _MOST_KINDS else []
    return "; ".join([*shown, *unsaid])


def _is_line(told: events.Told) -> bool:
    """Whether it is a price that came to a single line: such crossings share a sentence."""
    return told.metric == PRICE.name and told.low == told.high


def _said(told: Sequence[events.Told], view: View) -> str:
    """is up 5 % since the previous close ↑, entered 185.00–195.00 ↓: what each metric says of itself."""
    clauses = dict.fromkeys(f"{_clause(one, view)} {_ARROWS[one.direction]}" for one in told)
    return enumerated(list(clauses), most=_MOST_TURNS)


def _clause(told: events.Told, view: View) -> str:
    if told.metric == PRICE.name:
        return _channel(told, view)
    metric, argument = of_key(told.metric)
    name = _name(told, view) if metric.in_money else ""
    return escape(metric.reached(argument, told.threshold, up=told.direction is Direction.UP)) + name


def _channel(told: events.Told, view: View) -> str:
    verb = "went straight through" if told.passed else "entered" if told.way is Way.BETWEEN else "left"
    if told.within is None:
        return f"{verb} {money(told.low)}–{money(told.high)}"
    if told.passed:
        return f"passed{_name(told, view)} and the {told.within:g} % around it"
    return f"came within {told.within:g} % of{_name(told, view)}"


def _lines_reached(told: Sequence[events.Told], view: View) -> str:
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
    return of_key(told.metric)[0].show(told.threshold)


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
    """190.75, high 191.37, before 188.54 · 2 Oct 09:30 New York, regular session · Yahoo, 12 s old.

    An extreme that is the price itself, as where a level moved and no price did, is not said twice.
    """
    last = event.told[-1]
    known = {Direction.UP: ("high", event.high), Direction.DOWN: ("low", event.low)}
    ways = [way for way in known if any(one.direction is way for one in event.told)]
    extremes = [f"{name} {money(price)}" for name, price in (known[way] for way in ways) if price != event.price]
    before = [f"before {money(event.before)}"] if event.before is not None else []
    time = f"{view.place.moment(last.at, view.now)}, {session_words(last.session)}"
    measured = "".join(f"{text} · " for text in _measured(event.told))
    price = ", ".join([money(event.price), *extremes, *before])
    return f"{measured}{price} · {time} · {aged(event.source, view.now - event.quoted_at)}"


def _measured(told: Sequence[events.Told]) -> list[str]:
    """The values of what is no price, and not said further down: RSI(14) 29.8."""
    values = {one.metric: one.value for one in told if not of_key(one.metric)[0].in_money and not is_explained(one)}
    named = dict(list(values.items())[:_MOST_MEASURED])
    return [escape(f"{metric.title(argument)} {metric.show(value)}")
            for (metric, argument), value in ((of_key(key), value) for key, value in named.items())]  # fmt: skip


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
    """The next stored level each way, the way of the move first."""
    direction = event.told[-1].direction
    found = neighbours(view.levels, event.price)
    following = ", ".join(found[way] for way in sorted(found, key=lambda way: way is not direction))
    if view.levels and direction not in found:
        return [f"No stored level further {direction.value}; next {following}"]
    return [f"Next {following}"] if following else []


def endings(told: Sequence[events.Told]) -> list[str]:
    """#2 · tells again after a move of 1 % — one line for all alerts that go on alike."""
    numbers: dict[str, dict[str, None]] = {}
    for one in told:
        numbers.setdefault(_ending(one), {})[f"#{one.number}"] = None
    return [f"{enumerated(list(alike), most=20)} · {ending}" for ending, alike in list(numbers.items())[:_MOST_TURNS]]


def _ending(told: events.Told) -> str:
    return "told once, now ended" if told.once else rearming(told.rearm_pct, told.metric)


def _delay(event: events.Crossed, view: View) -> str:
    return f"Sent late: noticed {view.place.moment(event.noticed_at, view.now)}, it could not be delivered before"


def _digest(event: events.Crossed, gap: events.Gap, view: View) -> str:
    """What was crossed in a gap, each line with its own time, and where the price is now."""
    away = "While no prices came" if gap.feed_silent else "While targetwatch was away"
    cause = "While a split was possible" if gap.held else away
    span = view.place.span(gap.since, event.noticed_at, view.now)
    several_days = not view.place.is_same_day(gap.since, event.noticed_at)
    rows = away_rows(event.told, view, with_day=several_days)
    return fitted(
        rows[-_LONGEST_LIST:],
        "… the first ones are left out; the last were:",
        head=[f"<b>🕰 {cause} ({span}): {escape(event.symbol)}</b>", *_left_out(rows)],
        tail=[standing(event, view), *notes(event.told)[-MOST_NOTES:], *endings(event.told)],
        keep_last=True,
    )


def _left_out(rows: Sequence[str]) -> list[str]:
    missing = len(rows) - _LONGEST_LIST
    return [f"{len(rows)} crossings; the first {missing} are left out here"] if missing > 0 else []


def away_rows(told: Sequence[events.Told], view: View, *, with_day: bool, name: str = "") -> list[str]:
    """Each crossing with its own time; `name` of the stock where that has to be said."""
    moments = [list(group) for _, group in groupby(told, key=lambda one: (one.at, one.direction, _verb(one)))]
    rows = (_away_row(one, view, with_day, escape(name)) for group in moments for one in _distinct(group, view))
    return list(dict.fromkeys(rows))


def _distinct(told: Sequence[events.Told], view: View) -> list[events.Told]:
    """Each line once, and all else: what two metrics came to may be the same number."""
    lines = _lines([one for one in told if _is_line(one)], view)
    return [one for one in told if not _is_line(one) or one in lines]


def _away_row(told: events.Told, view: View, with_day: bool, name: str) -> str:
    """09:45 reached 192.00 ↑ consensus (at 192.67)."""
    day = f"{view.place.day(told.at, view.now)} " if with_day else ""
    moment = f"{day}{_hours(told, view)} {name}"
    if not _is_line(told):
        points = points_of(told, view)
        return f"{moment}{_said([told], view)}{f' ({points})' if points else ''}"
    value = f" (at {money(told.value)})" if told.value != told.threshold else ""
    verb = _verb(told).removeprefix("is ")
    arrow = _ARROWS[told.direction]
    return f"{moment}{verb} {_value(told)} {arrow}{_name(told, view)}{value}"


def _hours(told: events.Told, view: View) -> str:
    """09:45, or 09:30–10:30 where nothing finer is known."""
    hour = view.place.hour(told.at)
    return hour if told.width_s <= _MINUTE_S else f"{hour}–{view.place.hour(told.at + told.width_s)}"


def standing(event: events.Crossed, view: View) -> str:
    """At 14:05 New York 189.67 · next above 190.00 Bernstein SocGen (+0.2 %): as of the newest price known."""
    price, at = event.price, event.quoted_at
    if view.quote is not None and view.quote.at >= at:
        price, at = view.quote.price, view.quote.at
    following = [f"next {text}" for text in neighbours(view.levels, price).values()]
    return " · ".join([f"At {view.place.recent(at, view.now)} {money(price)}", *following])


def _buttons(event: events.Crossed) -> tuple[tuple[Button, ...], ...]:
    chart, levels = chart_button(event.symbol), Button("Levels", f"/levels {event.symbol}")
    kept = list(dict.fromkeys(one.number for one in event.told if not one.once))[:3]
    numbers = " ".join(map(str, kept))
    snoozes = (
        (Button("Snooze 1 h", f"/snooze {numbers} 1h"), Button("Snooze 1 d", f"/snooze {numbers} 1d")) if kept else ()
    )
    deletes = tuple(delete_button(number) for number in kept)
    return tuple(row for row in (snoozes, (chart, levels, *deletes)) if row)
