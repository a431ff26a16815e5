"""/level NVDA "Morgan Stanley" 200: an analyst's line stored, revised or ended by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import escape

from bot.commands.desk import LEVELS, Desk, Request, ask, numbered
from bot.core.alerts import Alert, Way
from bot.core.language import Unreadable, Wish, describe, parse
from bot.core.levels import Level
from bot.core.message import Button, Message, clipped, counted
from bot.core.metrics import follows
from bot.core.metrics.price import money
from bot.core.reading.level_text import LevelWish, read_level, spelt
from bot.core.wording.phrases import distance
from bot.jobs.revise import revise

NAME = "level"
SUMMARY = 'store a level: /level "Morgan Stanley" 200'

MOST = 60
"""Levels of one stock; no stock has so many analysts, and every alert typed is compared with all of their names."""

_FAR = 3
_SOURCE = "typed in the chat"


def run(desk: Desk, request: Request) -> Message:
    if not request.arguments.strip():
        return Message(_usage(desk))
    wish = read_level(request.arguments, desk.vocabulary())
    if isinstance(wish, Unreadable):
        return Message(escape(wish.why if "/" in wish.why else f"{wish.why} An example: {_example(desk)}"))
    present = {level.firm: level for level in desk.levels(wish.symbol)}
    before = present.get(wish.firm)
    if wish.price is None:
        return _end(desk, request, wish)
    if before is None and len(present) >= MOST:
        return Message(
            f"{wish.symbol} has {len(present)} levels, the most there may be. "
            "/level with off in place of the price ends one."
        )
    return _doubt(desk, wish, wish.price) or _store(desk, request, wish, wish.price, before)


def _usage(desk: Desk) -> str:
    return (
        f"{escape(_example(desk))} stores a level or revises it; a date (2026-01-15), fair value, consensus or own, "
        "and rating Outperform may follow. With off in place of the price it is ended."
    )


def _example(desk: Desk) -> str:
    return f'/level {next(iter(desk.stocks))} "Morgan Stanley" 200'


def _doubt(desk: Desk, wish: LevelWish, price: float) -> Message | None:
    """Three times the price, or a third: more often a slip than an analyst's opinion."""
    quote = desk.quote(wish.symbol)
    if wish.sure or quote is None or quote.price / _FAR < price < quote.price * _FAR:
        return None
    far = distance(quote.price, price)
    question = f"{wish.symbol} is at {money(quote.price)}; {money(price)} ({clipped(wish.firm)}) is {far} away."
    return ask(escape(f"{question} Is that meant?"), f"/level {spelt(replace(wish, sure=True))}")


def _store(desk: Desk, request: Request, wish: LevelWish, price: float, before: Level | None) -> Message:
    today = desk.exchange(wish.symbol).local(request.now).date()
    if wish.as_of is not None and wish.as_of > today:
        return Message(f"{wish.as_of} is still to come; a level is of today ({today}) or earlier. /levels shows them.")
    level = _level(wish, price, before, wish.as_of or today)
    followers = desk.store.alerts.following(wish.symbol, wish.firm)
    revise(desk.store, level, desk.hours[wish.symbol], request.now, known_to=[request.chat_id])
    rows = [_change(level, before), _standing(desk, level, before), *_moved(request, followers, before, level)]
    return Message("\n".join(filter(None, rows)), _buttons(desk, request, level, followers))


def _level(wish: LevelWish, price: float, before: Level | None, as_of: date) -> Level:
    """What was not typed stays as it was."""
    kind = wish.kind or (before.kind if before is not None else "price target")
    rating = wish.rating or (before.rating if before is not None else None)
    return Level(wish.symbol, wish.firm, kind, rating, price, as_of, _SOURCE)


def _change(level: Level, before: Level | None) -> str:
    """📝 BABA Morgan Stanley: 190.00 → 200.00 · price target, Outperform · 2026-01-15."""
    old = f"{money(before.price)} → " if before is not None and before.price != level.price else ""
    what = ", ".join(filter(None, [level.kind, clipped(level.rating or "", 30)]))
    head = f"📝 {level.symbol} {clipped(level.name)}: {old}{money(level.price)}"
    return escape(f"{head} · {what} · {level.as_of.isoformat()}")


def _standing(desk: Desk, level: Level, before: Level | None) -> str:
    """How far it lies from the price, and whether it has moved over it."""
    quote = desk.quote(level.symbol)
    if quote is None:
        return "No price is known yet."
    far = f"{distance(quote.price, level.price)} from the price, {money(quote.price)}."
    if before is None or (quote.price >= before.price) is (quote.price >= level.price):
        return far
    side = "exactly at" if quote.price == level.price else "above" if quote.price > level.price else "below"
    return f"{far} The price is now {side} it without having moved."


def _moved(request: Request, followers: Sequence[Alert], before: Level | None, level: Level) -> list[str]:
    """Which alerts follow it, those of this chat by number."""
    if not followers:
        return []
    verb = "follows" if len(followers) == 1 else "follow"
    moved = "" if before is None or before.price == level.price else " and moved along"
    return [f"{_listed(request, followers)} {verb} it{moved}."]


def _listed(request: Request, alerts: Sequence[Alert]) -> str:
    own = [alert.number for alert in alerts if alert.chat_id == request.chat_id]
    others = len(alerts) - len(own)
    parts = [numbered(own)] if own else []
    parts += [f"{counted(others, 'alert')} of other chats"] if others else []
    return " and ".join(parts)


def _end(desk: Desk, request: Request, wish: LevelWish) -> Message:
    followers = desk.store.alerts.following(wish.symbol, wish.firm)
    (level,) = (one for one in desk.levels(wish.symbol) if one.firm == wish.firm)
    desk.store.levels.end(wish.symbol, wish.firm, request.now)
    desk.store.alerts.unfollow(wish.symbol, wish.firm)
    rows = [f"🗑 {escape(wish.symbol)} {escape(clipped(level.name))} at {money(level.price)} is ended."]
    if followers:
        keep = "keeps" if len(followers) == 1 else "keep"
        rows.append(f"{_listed(request, followers)} {keep} {money(level.price)} as a number of its own.")
    waiting = [alert for alert in desk.store.alerts.on(wish.symbol) if follows(alert.metric) == wish.firm]
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        rows.append(f"{_listed(request, waiting)} {verb} until it is stored again.")
    return Message("\n".join(rows), ((LEVELS,),))


def _buttons(desk: Desk, request: Request, level: Level, followers: Sequence[Alert]) -> tuple[tuple[Button, ...], ...]:
    """An alert on it where this chat has none."""
    wish = Wish(level.symbol, Way.CROSSES, level.price, level.firm)
    normal = describe(wish, desk.vocabulary())
    has_one = any(one.chat_id == request.chat_id for one in followers)
    if has_one or not isinstance(parse(normal, desk.vocabulary()), Wish):
        return ((LEVELS,),)
    return ((Button("Alert on it", f"/alert {normal}"), LEVELS),)
