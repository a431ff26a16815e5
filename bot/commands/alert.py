"""/alert: read a wish, ask where it is unclear, store it, say what was understood."""

from html import escape

from bot.commands.desk import Desk, Request
from bot.commands.help import examples
from bot.core.alerts import Alert, is_true_already
from bot.core.language import Nearly, Unreadable, Wish, describe, parse
from bot.core.levels import Level
from bot.core.market import Quote
from bot.core.message import Button, Message
from bot.core.metrics.price import money
from bot.core.wording import distance, rearming
from bot.jobs.make import make

NAME = "alert"
SUMMARY = "make an alert: /alert above 192"


def run(desk: Desk, request: Request) -> Message:
    match parse(request.arguments, desk.vocabulary()):
        case Unreadable(why):
            return Message("\n".join([escape(why), "", "These work:", *examples(desk)]))
        case Nearly() as nearly:
            return _ask_meant(nearly)
        case Wish() as wish:
            return _take(desk, request, wish)


def _ask_meant(nearly: Nearly) -> Message:
    yes = Button("Yes", f"/alert {nearly.text}")
    text = f"I read {escape(_quoted(nearly.typed))} as {escape(nearly.meant)}: {escape(nearly.text)}?"
    return Message(text, ((yes, Button("No", "/cancel")),) if yes.fits else ())


def _take(desk: Desk, request: Request, wish: Wish) -> Message:
    own = desk.store.alerts.of_chat(request.chat_id)
    same = next((alert for alert in own if _is_same(alert, wish)), None)
    if same is not None:
        return Message(
            f"#{same.number} {escape(describe(same, desk.vocabulary()))} watches that already.", _delete(same)
        )
    if len(own) >= desk.max_alerts:
        return Message(
            f"This chat has {len(own)} alerts, the most it may have. Please /delete one first; /alerts lists them."
        )
    quote = desk.quote(wish.symbol)
    if quote is not None and is_true_already(wish.way, wish.threshold, quote.price) and not wish.fresh:
        return _true_now(desk, request, wish, quote)
    return _confirm(desk, _make(desk, request, wish), quote)


def _is_same(alert: Alert, wish: Wish) -> bool:
    line = alert.threshold == wish.threshold if wish.level is None else alert.level == wish.level
    followed = (alert.level is None) == (wish.level is None)
    return line and followed and (alert.symbol, alert.way, alert.once) == (wish.symbol, wish.way, wish.once)


def _true_now(desk: Desk, request: Request, wish: Wish, quote: Quote) -> Message:
    """It holds already: tell so and offer the choice, or do what was chosen."""
    normal = describe(wish, desk.vocabulary())
    if not wish.now:
        head = f"{_standing(wish, quote)} already ({money(quote.price)}). Shall I tell you"
        choices = (
            Button("At the next fresh reach", f"/alert {normal} fresh"),
            Button("Tell me now too", f"/alert {normal} now"),
            Button("Cancel", "/cancel"),
        )
        rows = tuple((button,) for button in choices if button.fits)
        return Message(f"{head} at the next fresh reach, or now too?", rows)
    told = f"🔔 {_standing(wish, quote)} now: {desk.price_line(wish.symbol, request.now)}"
    if wish.once:
        return Message(f"{told}\nIt was wished for once, so nothing is left to watch.")
    confirmed = _confirm(desk, _make(desk, request, wish), quote)
    return Message(f"{told}\n{confirmed.html}", confirmed.buttons)


def _standing(wish: Wish, quote: Quote) -> str:
    line = money(wish.threshold)
    where = f"exactly at {line}" if quote.price == wish.threshold else f"{wish.way.value} {line}"
    return f"{escape(wish.symbol)} is {where}"


def _make(desk: Desk, request: Request, wish: Wish) -> Alert:
    return make(desk.store, wish, request.chat_id, desk.rearm_pct, origin="chat", now=request.now)


def _confirm(desk: Desk, alert: Alert, quote: Quote | None) -> Message:
    again = "tells once, then ends" if alert.once else rearming(desk.rearm_pct)
    text = " · ".join([f"✅ #{alert.number} {escape(_normal(desk, alert))}", _from_here(alert, quote), again])
    return Message(text, _delete(alert))


def _from_here(alert: Alert, quote: Quote | None) -> str:
    """now 158.20, needs +21.4 % — or what else is to happen first."""
    if quote is None:
        return "no price is known yet; it counts from the first one"
    if quote.price == alert.threshold:
        return f"now {money(quote.price)}, exactly there"
    fresh = is_true_already(alert.way, alert.threshold, quote.price)
    far = distance(quote.price, alert.threshold)
    return f"now {money(quote.price)}, " + (f"the line lies {far} away" if fresh else f"needs {far}")


def _normal(desk: Desk, alert: Alert) -> str:
    """BABA above 192.00, with the level it follows: BABA crosses 192.00 (consensus)."""
    level: Level | None = next((one for one in desk.levels(alert.symbol) if one.firm == alert.level), None)
    name = f" ({level.name})" if level is not None else ""
    once = " once" if alert.once else ""
    return f"{alert.symbol} {alert.way.value} {money(alert.threshold)}{name}{once}"


def _delete(alert: Alert) -> tuple[tuple[Button, ...], ...]:
    return ((Button(f"Delete #{alert.number}", f"/delete {alert.number}"), Button("Alerts", "/alerts")),)


def _quoted(word: str) -> str:
    return f'"{word[:40]}"'
