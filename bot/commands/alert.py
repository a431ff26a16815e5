"""/alert: read a wish, ask where it is unclear, store it, say what was understood."""

from dataclasses import replace
from html import escape

from bot.commands.desk import ALERTS, Desk, Request, ask
from bot.commands.help import examples
from bot.core.alerts import Alert, Policy, Way, is_true_already
from bot.core.backtest import how_often
from bot.core.language import Nearly, Unreadable, Wish, describe, parse
from bot.core.message import Button, Message, clipped
from bot.core.metrics import of_key
from bot.core.phrases import delete_button, distance_from, line_of, lines_of, rearming, titled
from bot.jobs.backtest import MINUTE_DAYS, fired_in
from bot.jobs.make import make

NAME = "alert"
SUMMARY = "make an alert: /alert above 192"


def run(desk: Desk, request: Request) -> Message:
    understood = read(desk, request.arguments, request.now, "/alert")
    return understood if isinstance(understood, Message) else _take(desk, request, understood)


def read(desk: Desk, text: str, now: int, command: str) -> Wish | Message:
    """The wish in a text, or the question, or the help, that it is answered with; `command` is typed before it."""
    match parse(text, desk.vocabulary(now)):
        case Unreadable(why):
            return Message("\n".join([escape(why), "", "These work:", *examples(desk)]))
        case Nearly(typed, meant, nearly):
            question = f'I read "{clipped(typed)}" as {clipped(meant)}: {clipped(nearly, 250)}?'
            return ask(escape(question), f"{command} {nearly}")
        case Wish() as wish:
            return wish


def _take(desk: Desk, request: Request, wish: Wish) -> Message:
    own = desk.store.alerts.of_chat(request.chat_id)
    refused = _refuse(desk, request, wish, own)
    if refused is not None:
        return refused
    value = desk.value(wish, request.now)
    if value is not None and not (wish.fresh or wish.now) and is_far(wish, value):
        return doubt(desk, wish, value, request.now, "/alert")
    if value is None or wish.fresh or not is_true_already(wish.way, value, wish.threshold, wish.upper):
        return confirm(desk, _make(desk, request, wish), request.now)
    return _tell_now(desk, request, wish, value) if wish.now else _offer(desk, wish, value, request.now)


def _refuse(desk: Desk, request: Request, wish: Wish, own: tuple[Alert, ...]) -> Message | None:
    """Why this wish is not stored, or None."""
    same = next((alert for alert in own if _is_same(alert, wish)), None)
    if same is not None:
        return Message(
            f"#{same.number} {escape(normal(desk, same, request.now))} watches that already.", _buttons(same)
        )
    if len(own) >= desk.max_alerts:
        return Message(
            f"This chat has {len(own)} alerts, the most it may have. Please /delete one first; /alerts lists them.",
            ((ALERTS,),),
        )
    # Somebody we obey may write from any group.
    if not desk.store.chats.serves(request.chat_id):
        return Message(
            "Alerts are not told in this chat, so none was made. Make it in your own chat with this bot, "
            f"or add {request.chat_id} to telegram.chats in the settings and start again."
        )
    return None


def _is_same(alert: Alert, wish: Wish) -> bool:
    alike = (alert.symbol, alert.metric, alert.way, alert.level, alert.within, alert.policy) == (
        wish.symbol, wish.metric, wish.way, wish.level, wish.within, wish.policy,
    )  # fmt: skip
    # What follows a level is the same wish wherever the level lies.
    lines = [line.value for line in alert.lines]
    return alike and (wish.level is not None or lines == [x for x in (wish.threshold, wish.upper) if x is not None])


def is_far(wish: Wish, value: float) -> bool:
    """Three times the price, or a third: more often a slip (a choice's number, a point left out) than a wish."""
    if wish.level is not None or not of_key(wish.metric)[0].in_money:
        return False
    return not all(value / 3 <= line <= value * 3 for line in (wish.threshold, wish.upper or wish.threshold))


def doubt(desk: Desk, wish: Wish, value: float, now: int, command: str) -> Message:
    """The question whether a line so far away is meant."""
    price = of_key(wish.metric)[0].show(value)
    question = f"{wish.symbol} is at {price}; {_line(desk, wish)} is {distance_from(wish, value)} away. Is that meant?"
    return ask(escape(question), f"{command} {describe(wish, desk.vocabulary(now))} fresh")


def _offer(desk: Desk, wish: Wish, value: float, now: int) -> Message:
    """It is true already: what is to be done about that?"""
    normal_form = describe(wish, desk.vocabulary(now))
    choices = (
        Button("At the next fresh reach", f"/alert {normal_form} fresh"),
        Button("Tell me now too", f"/alert {normal_form} now"),
        Button("Cancel", "/cancel"),
    )
    question = "Shall I tell you at the next fresh reach, or now too?"
    text = f"{_standing(desk, wish, value, now)} already ({_value(wish, value)}). {question}"
    return Message(text, tuple((one,) for one in choices))


def _tell_now(desk: Desk, request: Request, wish: Wish, value: float) -> Message:
    told = f"🔔 {_standing(desk, wish, value, request.now)} now: {desk.price_line(wish.symbol, request.now)}"
    if wish.policy.once:
        return Message(f"{told}\nIt was to be told once, so no alert is left.")
    confirmed = confirm(desk, _make(desk, request, wish), request.now)
    return Message(f"{told}\n{confirmed.html}", confirmed.buttons)


def _standing(desk: Desk, wish: Wish, value: float, now: int) -> str:
    if wish.metric != "price" or wish.upper is not None:
        return f"It is so that {escape(describe(wish, desk.vocabulary(now)))}"
    where = "exactly at" if value == wish.threshold else wish.way.value
    return escape(f"{wish.symbol} is {where} {_line(desk, wish)}")


def _value(wish: Wish, value: float) -> str:
    return titled(wish.metric, value)


def _make(desk: Desk, request: Request, wish: Wish) -> Alert:
    return make(desk.store, wish, request.chat_id, desk.hours[wish.symbol], origin="chat", now=request.now)


def confirm(desk: Desk, alert: Alert, now: int, mark: str = "✅") -> Message:
    """What was understood: number, normal form, distance, when it tells again, how often it would have told."""
    again = "tells once, then ends" if alert.policy.once else rearming(alert.policy.rearm_pct, alert.metric)
    head = f"{mark} #{alert.number} {escape(normal(desk, alert, now))}"
    often = how_often(fired_in(desk.store, alert, desk.hours[alert.symbol], _year_ago(now), now, MINUTE_DAYS))
    text = " · ".join(filter(None, [head, escape(_from_here(desk, alert, now)), again, often]))
    return Message(text, _buttons(alert))


def _year_ago(now: int) -> int:
    return now - 365 * 86_400


def _from_here(desk: Desk, alert: Alert, now: int) -> str:
    """now 158.20, needs +21.4 % — or what else is to happen first."""
    value = desk.value(alert, now)
    if value is None:
        return "no price is known yet; it counts from the first one"
    shown, far = titled(alert.metric, value), distance_from(alert, value)
    if value in (line.value for line in alert.lines):
        return f"now {shown}, exactly there"
    if is_true_already(alert.way, value, *lines_of(alert)):
        where = {Way.ABOVE: "above it", Way.BELOW: "below it"}.get(alert.way, "there")
        return f"now {shown}, {where} already; the line lies {far} away"
    return f"now {shown}, needs {far}"


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
    return ((delete_button(alert.number), ALERTS),)
