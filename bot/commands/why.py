"""/why 7: where the alert stands, whether it is armed, what the last look said, when the next one is."""

from dataclasses import replace
from html import escape
from math import nan

from bot.commands.desk import ALERTS, Desk, Request, called
from bot.commands.making import normal
from bot.core.alerts import Alert, Reason, State
from bot.core.clock import lasting
from bot.core.crossing import evaluate, is_true_already
from bot.core.market import Path, Point, Quote, Session
from bot.core.message import Message
from bot.core.metrics import is_standing, of_key, path
from bot.core.wording.phrases import delete_button, distance_from, ends_of, lines_of, titled
from bot.jobs.held import held
from bot.jobs.records import last_course

NAME = "why"
SUMMARY = "why an alert did or did not speak: /why 7"

_SAID = {
    Reason.NOT_REACHED: "not yet",
    Reason.FIRED: "reached",
    Reason.ALREADY_THERE: "it is there already; it tells when it has gone back and reaches the line again",
    Reason.NOT_ARMED: "it was crossed a short while ago and rests",
    Reason.OTHER_WAY: "crossed the other way",
    Reason.FIRST_LOOK: "it takes its side from the first price",
    Reason.BEFORE_CREATION: "nothing new to judge has come since it was made",
    Reason.HOLDING: "reached, and waiting for it to hold",
    Reason.OUT_OF_SESSION: "it watches the regular session alone",
    Reason.EXPIRED: "its time is over",
}


_RESEARCHED = "They are looked at before the open of every trading day, and after earnings"


def run(desk: Desk, request: Request) -> Message:
    alert = called(desk, request, request.arguments, "/why 7 explains alert #7")
    if isinstance(alert, Message):
        return alert
    told = [_head(desk, alert, request.now)]
    if alert.symbol in desk.hours:
        told += [f"{part}." for part in _details(desk, alert, request.now)]
    return Message("\n".join(told), ((delete_button(alert.number), ALERTS),))


def _head(desk: Desk, alert: Alert, now: int) -> str:
    """#7 BABA above 192.00: not yet. 158.20 at 15:59 New York (20 s ago), needs +21.4 %."""
    name = f"<b>#{alert.number} {escape(normal(desk, alert, now))}</b>"
    if alert.symbol not in desk.hours:
        return f"{name}: {escape(alert.symbol)} is not watched any more, so nothing is looked at."
    if is_standing(alert.metric):
        return f"{name}: {escape(_standing(desk, alert, now))}. {_looked_at(desk, alert.symbol, now)}."
    quote = desk.quote(alert.symbol)
    if quote is None:
        return f"{name}: not yet. No price of {escape(alert.symbol)} is known so far."
    last = _last_seen(desk, alert, now)
    if last is None:
        return f"{name}: not yet. {_unknown(alert)}"
    return f"{name}: {_SAID[_reason(alert, last)]}. {_seen(desk, alert, quote, last.values[-1], now)}"


def _reason(alert: Alert, last: Path) -> Reason:
    """The rule's own; a channel that the value is in, or out of as wished, is no wish that waits for it."""
    reason = evaluate(alert, last).reason
    is_there = is_true_already(alert.way, last.values[-1], *lines_of(alert))
    return Reason.ALREADY_THERE if reason is Reason.NOT_REACHED and is_there else reason


def _last_seen(desk: Desk, alert: Alert, now: int) -> Path | None:
    """The last value of the alert's metric as a path of its own: what was judged last, seen once more."""
    walked = last_course(desk.store, alert.symbol, desk.hours[alert.symbol], [alert.metric], now)
    found = path(walked, alert.metric) if walked is not None else None
    if found is None:
        return None
    place = max(place for place, value in enumerate(found.values) if value == value)  # NaN differs from itself
    return replace(found, points=[found.points[place]], values=[found.values[place]], fresh=())


def _unknown(alert: Alert) -> str:
    metric, argument = of_key(alert.metric)
    return (
        f"Its metric ({escape(metric.title(argument))}) has no value yet: more days or minutes have to be known first."
    )


def _seen(desk: Desk, alert: Alert, quote: Quote, value: float, now: int) -> str:
    price = "" if alert.metric == "price" else f", price {of_key('price')[0].show(quote.price)}"
    time, age = desk.place(alert.symbol).recent(quote.at, now), lasting(now - quote.at)
    needs = distance_from(alert, value)
    return f"{escape(titled(alert.metric, value))}{price} at {time} ({age} ago); the line lies {needs} away."


def _standing(desk: Desk, alert: Alert, now: int) -> str:
    """Of what no price moves: not yet. 12 days to go — as of the last look at the analysts."""
    metric, value = of_key(alert.metric)[0], desk.value(alert, now)
    if value is None:
        return f"not yet. No {metric.lacks} is known so far; it counts from the first one"
    far = distance_from(alert, value)
    if metric.has_line:
        seen = Path(alert.symbol, alert.metric, [Point(now, nan, Session.CLOSED, now)], [value])
        stands = far if metric.counts_up else f"{titled(alert.metric, value)}; the line lies {far} away"
        return f"{_SAID[_reason(alert, seen)]}. {stands}"
    if is_true_already(alert.way, value, *lines_of(alert)):
        return f"it has come already; it tells when the next one comes. {far}"
    return f"not yet. {far[0].upper()}{far[1:]}"


def _looked_at(desk: Desk, symbol: str, now: int) -> str:
    at = desk.store.analysts.effort(symbol).good_at
    if at is None:
        return "The analysts have not been looked at yet"
    return f"The last complete look at the analysts: {desk.place(symbol).recent(at, now)} ({lasting(now - at)} ago)"


def _details(desk: Desk, alert: Alert, now: int) -> list[str]:
    if is_standing(alert.metric):
        arming = [_arming(alert)] if of_key(alert.metric)[0].has_line else []
        return [*arming, *_pauses(desk, alert, now), *_past(desk, alert, now), _RESEARCHED]
    return [
        _arming(alert),
        *_waiting(desk, alert, now),
        *_pauses(desk, alert, now),
        *_past(desk, alert, now),
        *_next_look(desk, alert, now),
    ]


def _arming(alert: Alert) -> str:
    held = [_held(alert, state) for state in alert.states if state.hold is not None]
    resting = [
        f"Resting until {ends_of(alert, line)}"
        for line, state in zip(alert.lines, alert.states, strict=True)
        if state.side is not None and not state.armed
    ]
    known = all(state.side is not None for state in alert.states)
    return "; ".join([*held, *resting]) or ("Armed" if known else "Armed by the first price")


def _waiting(desk: Desk, alert: Alert, now: int) -> list[str]:
    waits = held(desk.store, alert.symbol)
    if waits is None:
        return []
    since = desk.place(alert.symbol).recent(waits.since, now)
    return [f"Prices after {since} wait, since they may stand after a split that is not listed yet"]


def _held(alert: Alert, state: State) -> str:
    held_s = state.hold.held_s if state.hold is not None else 0
    return f"Held for {lasting(held_s)} of {lasting(alert.policy.hold_s or 0)} so far"


def _pauses(desk: Desk, alert: Alert, now: int) -> list[str]:
    """What keeps its messages waiting."""
    snoozed_until, told_at = desk.store.alerts.pace(alert)
    place = desk.place(alert.symbol)
    snoozed = [f"Snoozed until {place.recent(snoozed_until, now)}"] if snoozed_until and snoozed_until > now else []
    waiting = [f"What it has to say comes at {place.recent(told_at, now)}"] if told_at and told_at > now else []
    return snoozed + waiting


def _past(desk: Desk, alert: Alert, now: int) -> list[str]:
    reason, last = desk.store.alerts.reason(alert), desk.store.crossings.last(alert)
    looked = [f"The last look that changed something said: {escape(reason)}"] if reason else []
    if last is None:
        return [*looked, "It has told nothing so far"]
    count = desk.store.crossings.count_of(alert)
    times = "once" if count == 1 else f"{count} times, last"
    return [*looked, f"Told {times} {desk.place(alert.symbol).moment(last, now)}"]


def _next_look(desk: Desk, alert: Alert, now: int) -> list[str]:
    following = desk.next_poll(alert.symbol)
    return [f"Next look in {lasting(following - now)}"] if following is not None and following > now else []
