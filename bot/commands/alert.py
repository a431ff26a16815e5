"""/alert: read a wish, ask where it is unclear, store it, say what was understood."""

from html import escape

from bot.commands.desk import ALERTS, Desk, Request, ask
from bot.commands.help import examples
from bot.core.alerts import Alert, is_true_already
from bot.core.language import Nearly, Unreadable, Wish, describe, parse
from bot.core.market import Quote
from bot.core.message import Button, Message, clipped
from bot.core.metrics.price import money
from bot.core.phrases import delete_button, distance, rearming
from bot.jobs.make import make

NAME = "alert"
SUMMARY = "make an alert: /alert above 192"


def run(desk: Desk, request: Request) -> Message:
    match parse(request.arguments, desk.vocabulary()):
        case Unreadable(why):
            return Message("\n".join([escape(why), "", "These work:", *examples(desk)]))
        case Nearly(typed, meant, text):
            question = f'I read "{clipped(typed)}" as {clipped(meant)}: {clipped(text, 250)}?'
            return ask(escape(question), f"/alert {text}")
        case Wish() as wish:
            return _take(desk, request, wish)


def _take(desk: Desk, request: Request, wish: Wish) -> Message:
    own = desk.store.alerts.of_chat(request.chat_id)
    refused = _refuse(desk, request, wish, own)
    if refused is not None:
        return refused
    quote = desk.quote(wish.symbol)
    if quote is not None and not (wish.fresh or wish.now) and _is_far(wish, quote):
        return _doubt(desk, wish, quote)
    if quote is None or wish.fresh or not is_true_already(wish.way, wish.threshold, quote.price):
        return _confirm(desk, _make(desk, request, wish), quote)
    return _tell_now(desk, request, wish, quote) if wish.now else _offer(desk, wish, quote)


def _refuse(desk: Desk, request: Request, wish: Wish, own: tuple[Alert, ...]) -> Message | None:
    """Why this wish is not stored, or None."""
    same = next((alert for alert in own if _is_same(alert, wish)), None)
    if same is not None:
        return Message(f"#{same.number} {escape(_normal(desk, same))} watches that already.", _buttons(same))
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
    alike = (alert.symbol, alert.metric, alert.way, alert.level, alert.once) == (
        wish.symbol, wish.metric, wish.way, wish.level, wish.once,
    )  # fmt: skip
    # What follows a level is the same wish wherever the level lies.
    return alike and (wish.level is not None or alert.threshold == wish.threshold)


def _is_far(wish: Wish, quote: Quote) -> bool:
    """Three times the price, or a third: more often a slip (a choice's number, a point left out) than a wish."""
    return wish.level is None and not quote.price / 3 <= wish.threshold <= quote.price * 3


def _doubt(desk: Desk, wish: Wish, quote: Quote) -> Message:
    far = distance(quote.price, wish.threshold)
    question = f"{wish.symbol} is at {money(quote.price)}; {_line(desk, wish)} is {far} away. Is that meant?"
    return ask(escape(question), f"/alert {describe(wish, desk.vocabulary())} fresh")


def _offer(desk: Desk, wish: Wish, quote: Quote) -> Message:
    """It is true already: what is to be done about that?"""
    normal = describe(wish, desk.vocabulary())
    choices = (
        Button("At the next fresh reach", f"/alert {normal} fresh"),
        Button("Tell me now too", f"/alert {normal} now"),
        Button("Cancel", "/cancel"),
    )
    question = "Shall I tell you at the next fresh reach, or now too?"
    typed = [f"{one.label}: {escape(one.command)}" for one in choices if not one.fits]
    text = "\n".join([f"{_standing(desk, wish, quote)} already ({money(quote.price)}). {question}", *typed])
    return Message(text, tuple((one,) for one in choices if one.fits))


def _tell_now(desk: Desk, request: Request, wish: Wish, quote: Quote) -> Message:
    told = f"🔔 {_standing(desk, wish, quote)} now: {desk.price_line(wish.symbol, request.now)}"
    if wish.once:
        return Message(f"{told}\nIt was to be told once, so no alert is left.")
    confirmed = _confirm(desk, _make(desk, request, wish), quote)
    return Message(f"{told}\n{confirmed.html}", confirmed.buttons)


def _standing(desk: Desk, wish: Wish, quote: Quote) -> str:
    where = "exactly at" if quote.price == wish.threshold else wish.way.value
    return escape(f"{wish.symbol} is {where} {_line(desk, wish)}")


def _make(desk: Desk, request: Request, wish: Wish) -> Alert:
    return make(desk.store, wish, request.chat_id, desk.rearm_pct, origin="chat", now=request.now)


def _confirm(desk: Desk, alert: Alert, quote: Quote | None) -> Message:
    again = "tells once, then ends" if alert.once else rearming(desk.rearm_pct)
    text = " · ".join([f"✅ #{alert.number} {escape(_normal(desk, alert))}", _from_here(alert, quote), again])
    return Message(text, _buttons(alert))


def _from_here(alert: Alert, quote: Quote | None) -> str:
    """now 158.20, needs +21.4 % — or what else is to happen first."""
    if quote is None:
        return "no price is known yet; it counts from the first one"
    if quote.price == alert.threshold:
        return f"now {money(quote.price)}, exactly there"
    far = distance(quote.price, alert.threshold)
    if is_true_already(alert.way, alert.threshold, quote.price):
        return f"now {money(quote.price)}, {alert.way.value} it already; the line lies {far} away"
    return f"now {money(quote.price)}, needs {far}"


def _normal(desk: Desk, alert: Alert) -> str:
    """BABA above 192.00 once, with the level it follows: BABA crosses 192.00 (consensus)."""
    once = " once" if alert.once else ""
    return f"{alert.symbol} {alert.way.value} {_line(desk, alert)}{once}"


def _line(desk: Desk, alert: Alert | Wish) -> str:
    level = next((one for one in desk.levels(alert.symbol) if one.firm == alert.level), None)
    return money(alert.threshold) + (f" ({clipped(level.name)})" if level is not None else "")


def _buttons(alert: Alert) -> tuple[tuple[Button, ...], ...]:
    return ((delete_button(alert.number), ALERTS),)
