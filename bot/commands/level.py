"""/level NVDA "Morgan Stanley" 200: an analyst's line stored, revised or ended by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import escape

from bot.commands.desk import LEVELS, Desk, Request, ask, numbered
from bot.core.alerts import Alert, Way
from bot.core.language import Unreadable, Wish, describe, parse
from bot.core.levels import Level
from bot.core.market import Stock
from bot.core.message import Button, Message, clipped, counted
from bot.core.metrics import follows
from bot.core.metrics.price import money
from bot.core.reading.level_text import LevelWish, read_level
from bot.core.units import ADS, SHARE, Converted, Lack, Unit, in_unit_of, likelier
from bot.core.wording import units
from bot.core.wording.phrases import changed, distance, from_price
from bot.jobs.revise import revise

NAME = "level"
SUMMARY = 'store a level: /level "Morgan Stanley" 200'

MOST = 60
"""Levels of one stock; no stock has so many analysts, and every alert typed is compared with all of their names."""

_FAR = 3
_SOURCE = "typed in the chat"
_THE_PRICE = "the price"


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
    amount = in_unit_of(desk.stocks[wish.symbol], wish.price, wish.unit)
    if isinstance(amount, Lack):
        return _refused(desk.stocks[wish.symbol], wish, amount)
    return _doubt(desk, wish, amount) or _store(desk, request, wish, amount, before)


def _usage(desk: Desk) -> str:
    return (
        f"{escape(_example(desk))} stores a level or revises it; a date (2026-01-15), fair value, consensus or own, "
        "and rating Outperform may follow. With off in place of the price it is ended."
    )


def _example(desk: Desk) -> str:
    return f'/level {next(iter(desk.stocks))} "Morgan Stanley" 200'


def _refused(stock: Stock, wish: LevelWish, lack: Lack) -> Message:
    """Never stored as it is; where one word is missing, it is a tap away."""
    buttons = _per_buttons(wish, sure=False) if lack is Lack.SHARE else ()
    return Message(escape(units.refusal(stock, wish, lack)), buttons)


def _per_buttons(wish: LevelWish, *, sure: bool) -> tuple[tuple[Button, ...], ...]:
    readings = ((per, replace(wish, unit=replace(wish.unit, per=per), sure=sure)) for per in (ADS, SHARE))
    return ((*(Button(f"Per {per}", units.typed(one)) for per, one in readings), Button("No", "/cancel")),)


def _doubt(desk: Desk, wish: LevelWish, amount: Converted) -> Message | None:
    """Three times the price, or a third: more often a slip, or another unit, than an analyst's opinion.

    Where another unit would make it an opinion, being sure is not enough: the unit has to be said.
    """
    beside, what = _beside(desk, wish.symbol, amount.price)
    if beside is None or beside / _FAR < amount.price < beside * _FAR:
        return None
    stock, references = desk.stocks[wish.symbol], [beside, *(level.price for level in desk.levels(wish.symbol))]
    meant = likelier(stock, wish.price or 0.0, wish.unit, references)
    if meant is not None and not (wish.sure and _is_said(wish.unit, meant)):
        buttons = _per_buttons(wish, sure=True) if meant.currency == wish.unit.currency else ()
        of_what = f"{what}, {money(beside)}"
        return Message(escape(units.question(stock, wish, amount, of_what, amount.price / beside, meant)), buttons)
    if wish.sure:
        return None
    far = f"{money(amount.price)} ({clipped(wish.firm)}) is {distance(beside, amount.price)} away."
    is_at = f"{wish.symbol} is at" if what == _THE_PRICE else f"The nearest level of {wish.symbol} is"
    return ask(escape(f"{is_at} {money(beside)}; {far} Is that meant?"), units.typed(replace(wish, sure=True)))


def _is_said(unit: Unit, meant: Unit) -> bool:
    """Whether somebody who was asked about the other unit has named this one."""
    if meant.currency != unit.currency:
        return unit.currency not in (None, "$")
    return unit.per is not None


def _beside(desk: Desk, symbol: str, price: float) -> tuple[float | None, str]:
    """What a price is held against: the stock's or, before its first, the level that lies nearest."""
    quote = desk.quote(symbol)
    if quote is not None:
        return quote.price, _THE_PRICE
    prices = [level.price for level in desk.levels(symbol)]
    return min(prices, key=lambda one: max(one / price, price / one), default=None), "the nearest level"


def _store(desk: Desk, request: Request, wish: LevelWish, amount: Converted, before: Level | None) -> Message:
    today = desk.exchange(wish.symbol).local(request.now).date()
    if wish.as_of is not None and wish.as_of > today:
        return Message(f"{wish.as_of} is still to come; a level is of today ({today}) or earlier. /levels shows them.")
    source = f"{_SOURCE}{_how(amount, wish.unit, today.isoformat())}"
    level = _level(desk.stocks[wish.symbol], wish, amount.price, before, wish.as_of or today, source)
    followers = desk.store.alerts.following(wish.symbol, wish.firm)
    revise(desk.store, level, desk.hours[wish.symbol], request.now, known_to=[request.chat_id])
    rows = [_change(level, before), _conversion(desk, request, wish, amount)]
    quote = desk.quote(level.symbol)
    rows += [from_price(level, before, quote.price if quote else None), *_moved(request, followers, before, level)]
    return Message("\n".join(filter(None, rows)), _buttons(desk, request, level, followers))


def _level(stock: Stock, wish: LevelWish, price: float, before: Level | None, as_of: date, source: str) -> Level:
    """What was not typed stays as it was."""
    kind = wish.kind or (before.kind if before is not None else "price target")
    rating = wish.rating or (before.rating if before is not None else None)
    return Level(wish.symbol, wish.firm, kind, rating, price, as_of, source, stock.currency)


def _how(amount: Converted, unit: Unit, when: str) -> str:
    """How the price came about, for those who find it in years: ": 187.00 HKD per share × 8 ÷ 7.78 HKD a USD …"."""
    rate = f", rate as typed {when}" if unit.rate is not None else ""
    return f": {amount.how}{rate}" if amount.how is not None else ""


def _conversion(desk: Desk, request: Request, wish: LevelWish, amount: Converted) -> str:
    """The same in the answer, with the time, and what one share was taken for."""
    if amount.how is None:
        return ""
    stock, when = desk.stocks[wish.symbol], desk.place(wish.symbol).moment(request.now, request.now)
    said = f"{_how(amount, wish.unit, when).removeprefix(': ')}."
    if wish.unit.per == SHARE and stock.shares_per_ads == 1:
        said += f" One {wish.symbol} counts as one share; shares_per_ads in the settings file can say otherwise."
    return escape(said)


def _change(level: Level, before: Level | None) -> str:
    """📝 BABA Morgan Stanley: 190.00 → 200.00 · price target, Outperform · 2026-01-15."""
    price = changed(before.price if before is not None else None, level.price)
    what = ", ".join(filter(None, [level.kind, clipped(level.rating or "", 30)]))
    head = f"📝 {level.symbol} {clipped(level.name)}: {price}"
    return escape(f"{head} · {what} · {level.as_of.isoformat()}")


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
