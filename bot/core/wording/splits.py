"""The words of a split: what moved to the new scale, or why alerts wait for one that is not listed yet."""

from datetime import date
from html import escape

from bot.core.clock import calendar_day
from bot.core.message import clipped, counted, enumerated
from bot.core.metrics.price import money
from bot.core.splits import Moved, SplitApplied, SplitSuspected
from bot.core.wording.view import View

_SHARES = {1.5: "two thirds", 2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 10: "a tenth"}
_MOST_LEVELS = 12


def applied(event: SplitApplied, view: View) -> str:
    """BABA split 2 for 1 on 4 May 2026: 1 level and alerts #1 and #2 are now on the new scale: …"""
    what = _on_the_new_scale(event)
    moved = enumerated([_moved(one) for one in event.levels], most=_MOST_LEVELS) if event.levels else ""
    scale = f" {what}{': ' + moved if moved else ''}." if what else ""
    day = calendar_day(date.fromisoformat(event.day))
    return (
        f"✂️ {escape(event.symbol)} split {event.numerator} for {event.denominator} on {day}.{scale} "
        "Prices before it are adjusted too; what was told of them stays as it was told."
    )


def _on_the_new_scale(event: SplitApplied) -> str:
    levels = [counted(len(event.levels), "level")] if event.levels else []
    numbers = [f"#{number}" for number in event.alerts]
    alerts = [f"alert{'' if len(numbers) == 1 else 's'} {enumerated(numbers, most=20)}"] if numbers else []
    if not levels and not alerts:
        return ""
    verb = "is" if len(event.levels) + len(event.alerts) == 1 else "are"
    text = f"{' and '.join([*levels, *alerts])} {verb} now on the new scale"
    return text[0].upper() + text[1:]


def _moved(level: Moved) -> str:
    return f"{escape(clipped(level.level))} {money(level.old)} → {money(level.new)}"


def suspected(event: SplitSuspected, view: View) -> str:
    """BABA at 80.10 is about half of 160.20 … That may be a split; alerts wait."""
    symbol, far = escape(event.symbol), _far(event.numerator, event.denominator)
    time = view.place.recent(event.before_at, view.now)
    if event.is_restated:
        return (
            f"⚠️ Yahoo now gives {money(event.price)} for {symbol} at {time}, about {far} the {money(event.before)} "
            "it gave before. That may be a split; alerts wait until Yahoo lists it. Nothing is lost."
        )
    return (
        f"⚠️ {symbol} at {money(event.price)} is about {far} its last price of the day before, {money(event.before)}. "
        "That may be a split; alerts wait until Yahoo lists it or the session has been open for 15 minutes. "
        "Nothing is lost."
    )


def _far(numerator: int, denominator: int) -> str:
    """half of, two thirds of, 1/15 of; twice, 8 times."""
    if numerator > denominator:
        return f"{_SHARES.get(numerator / denominator, f'{denominator}/{numerator}')} of"
    times = denominator / numerator
    return "twice" if times == 2 else f"{times:g} times"
