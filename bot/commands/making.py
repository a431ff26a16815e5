"""From a wish to an alert: what is asked first, and what is said when it is kept; for /alert and /edit alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape

from bot.commands.desk import ALERTS, Desk, Request, ask
from bot.commands.help import examples
from bot.core.alerts import Alert, Policy, Way
from bot.core.backtest import how_often
from bot.core.clock import lasting
from bot.core.crossing import is_true_already
from bot.core.language import Nearly, Unreadable, Wish, describe
from bot.core.message import Button, Message, clipped
from bot.core.metrics import is_standing, of_key
from bot.core.wording.phrases import (
    chart_button,
    delete_button,
    distance_from,
    edit_button,
    line_of,
    lines_of,
    rearming,
    titled,
)
from bot.jobs.backtest import MINUTE_DAYS, fired_in

_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Keeping:
    """What becomes of a wish: the command typed before its text, the mark of its answer, how it is stored."""

    command: str
    mark: str
    keep: Callable[[Wish], Alert]


def understood(desk: Desk, reading: Wish | Nearly | Unreadable, command: str) -> Wish | Message:
    """The wish, or the question or the help that another reading is answered with."""
    match reading:
        case Unreadable(why):
            return Message("\n".join([escape(why), "", "These work:", *examples(desk)]))
        case Nearly(typed, meant, nearly):
            question = f'I read "{clipped(typed)}" as {clipped(meant)}: {clipped(nearly, 250)}?'
            return ask(escape(question), f"{command} {nearly}")
        case Wish() as wish:
            return wish


def twin(desk: Desk, request: Request, wish: Wish, number: int | None = None) -> Message | None:
    """That another alert of the chat than number `number` watches the same already, or None."""
    own = desk.store.alerts.of_chat(request.chat_id)
    same = next((alert for alert in own if alert.number != number and _is_same(alert, wish)), None)
    if same is None:
        return None
    return Message(f"#{same.number} {escape(normal(desk, same, request.now))} watches that already.", _buttons(same))


def decide(desk: Desk, wish: Wish, now: int, keeping: Keeping) -> Message:
    """Keep the wish, or ask first where it lies far away or is true already."""
    value = desk.value(wish, now)
    if value is not None and not (wish.fresh or wish.now) and _is_far(wish, value):
        return _doubt(desk, wish, value, now, keeping)
    if value is None or wish.fresh or not is_true_already(wish.way, value, wish.threshold, wish.upper):
        return _confirm(desk, keeping.keep(wish), now, keeping)
    return _tell_now(desk, wish, value, now, keeping) if wish.now else _offer(desk, wish, value, now, keeping)


def _is_same(alert: Alert, wish: Wish) -> bool:
    alike = (alert.symbol, alert.metric, alert.way, alert.level, alert.within, alert.policy) == (
        wish.symbol, wish.metric, wish.way, wish.level, wish.within, wish.policy,
    )  # fmt: skip
    # What follows a level is the same wish wherever the level lies.
    lines = [line.value for line in alert.lines]
    return alike and (wish.level is not None or lines == [x for x in (wish.threshold, wish.upper) if x is not None])


def _is_far(wish: Wish, value: float) -> bool:
    """Three times the price, or a third: more often a slip (a choice's number, a point left out) than a wish."""
    if wish.level is not None or not of_key(wish.metric)[0].in_money:
        return False
    return not all(value / 3 <= line <= value * 3 for line in lines_of(wish))


def _doubt(desk: Desk, wish: Wish, value: float, now: int, keeping: Keeping) -> Message:
    price = of_key(wish.metric)[0].show(value)
    question = f"{wish.symbol} is at {price}; {_line(desk, wish)} is {distance_from(wish, value)} away. Is that meant?"
    return ask(escape(question), f"{keeping.command} {describe(wish, desk.vocabulary(now))} fresh")


def _offer(desk: Desk, wish: Wish, value: float, now: int, keeping: Keeping) -> Message:
    """It is true already: what is to be done about that?"""
    typed = f"{keeping.command} {describe(wish, desk.vocabulary(now))}"
    choices = (
        Button("At the next fresh reach", f"{typed} fresh"),
        Button("Tell me now too", f"{typed} now"),
        Button("Cancel", "/cancel"),
    )
    question = "Shall I tell you at the next fresh reach, or now too?"
    text = f"{_standing(desk, wish, value, now)} already ({escape(titled(wish.metric, value))}). {question}"
    return Message(text, tuple((one,) for one in choices))


def _tell_now(desk: Desk, wish: Wish, value: float, now: int, keeping: Keeping) -> Message:
    seen = escape(titled(wish.metric, value)) if is_standing(wish.metric) else desk.price_line(wish.symbol, now)
    told = f"🔔 {_standing(desk, wish, value, now)} now: {seen}"
    if wish.policy.once and keeping.command == "/alert":
        return Message(f"{told}\nIt was to be told once, so no alert is left.")
    confirmed = _confirm(desk, keeping.keep(wish), now, keeping)
    return Message(f"{told}\n{confirmed.html}", confirmed.buttons)


def _standing(desk: Desk, wish: Wish, value: float, now: int) -> str:
    if wish.metric != "price" or wish.upper is not None:
        return f"{escape(describe(wish, desk.vocabulary(now)))}: true"
    where = "exactly at" if value == wish.threshold else wish.way.value
    return escape(f"{wish.symbol} is {where} {_line(desk, wish)}")


def _confirm(desk: Desk, alert: Alert, now: int, keeping: Keeping) -> Message:
    """What was understood: number, normal form, distance, when it tells again, how often it would have told."""
    again = "tells once, then ends" if alert.policy.once else rearming(alert.policy.rearm_pct, alert.metric)
    head = f"{keeping.mark} #{alert.number} {escape(normal(desk, alert, now))}"
    parts = [head, escape(_from_here(desk, alert, now)), *_paced(alert.policy), again, _past(desk, alert, now)]
    text = " · ".join(filter(None, parts))
    return Message(text, _buttons(alert))


def _past(desk: Desk, alert: Alert, now: int) -> str:
    """How often it would have told; "" of what no bar tells."""
    if is_standing(alert.metric):
        return ""
    return how_often(fired_in(desk.store, alert, desk.hours[alert.symbol], now - _YEAR_S, now, MINUTE_DAYS))


def _paced(policy: Policy) -> list[str]:
    """What the words hold, every and daily come to, which say it to nobody who has not read of them."""
    often = "every " + lasting(policy.every_s) if policy.every_s else "once a day" if policy.daily else None
    held = [f"speaks when it has stayed so for {lasting(policy.hold_s)}"] if policy.hold_s else []
    return held + ([f"at most {often}, what happens meanwhile comes later"] if often else [])


def _from_here(desk: Desk, alert: Alert, now: int) -> str:
    """now 158.20, needs +21.4 % — or what else is to happen first."""
    value = desk.value(alert, now)
    if value is None:
        return f"no {_lacking(desk, alert)} is known yet; it counts from the first one"
    shown, far = titled(alert.metric, value), distance_from(alert, value)
    if not of_key(alert.metric)[0].has_line or of_key(alert.metric)[0].counts_up:
        return f"{far}, there already" if is_true_already(alert.way, value, *lines_of(alert)) else far
    if value in (line.value for line in alert.lines):
        return f"now {shown}, exactly there"
    if is_true_already(alert.way, value, *lines_of(alert)):
        where = {Way.ABOVE: "above it", Way.BELOW: "below it"}.get(alert.way, "there")
        return f"now {shown}, {where} already; the line lies {far} away"
    return f"now {shown}, needs {far}"


def _lacking(desk: Desk, alert: Alert) -> str:
    is_priceless = desk.quote(alert.symbol) is None and not is_standing(alert.metric)
    return "price" if is_priceless else of_key(alert.metric)[0].lacks


def normal(desk: Desk, alert: Alert, now: int) -> str:
    """BABA above 192.00 once, with the level it follows: BABA crosses 192.00 (consensus)."""
    words = desk.vocabulary(now)
    whole = describe(alert, words)
    if alert.level is None or alert.within is not None:
        return whole
    bare = describe(replace(alert, policy=Policy(rearm_pct=words.rearm_pct)), words)
    head = bare.rsplit(alert.way.value, 1)[0]
    return f"{head}{alert.way.value} {_line(desk, alert)}{whole.removeprefix(bare)}"


def _line(desk: Desk, wish: Alert | Wish) -> str:
    level = next((one for one in desk.levels(wish.symbol) if one.firm == wish.level), None)
    return line_of(wish) + (f" ({clipped(level.name)})" if level is not None else "")


def _buttons(alert: Alert) -> tuple[tuple[Button, ...], ...]:
    return ((edit_button(alert.number), delete_button(alert.number), chart_button(alert.symbol), ALERTS),)
