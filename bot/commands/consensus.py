"""/consensus: the stored consensus beside the provider's, and which of the two counts."""

from collections.abc import Sequence
from difflib import get_close_matches
from html import escape

from bot.commands.desk import LEVELS, Desk, Request, ask
from bot.core.analysts import PROVIDER, change_pct, legible
from bot.core.formula import percent
from bot.core.levels import Level
from bot.core.message import Button, Message, clipped, fitted
from bot.core.metrics.price import money
from bot.core.wording.news import consensus_buttons
from bot.core.wording.phrases import changed, consensus_of, from_price
from bot.jobs import consensus
from bot.store.analysts import Said

NAME = "consensus"
SUMMARY = "stored or Yahoo's: /consensus adopt, keep or follow"

_CHOICES = ("adopt", "keep", "follow")


def run(desk: Desk, request: Request) -> Message:
    typed = request.arguments.split()
    choice = next((word.casefold() for word in typed if word.casefold() in _CHOICES), None)
    named = [word for word in typed if word.casefold() != choice]
    symbols = desk.chosen(" ".join(named))
    if isinstance(symbols, Message):
        return _nearly(desk, typed) or symbols
    if choice is None:
        texts = [_beside(desk, symbol, request.now) for symbol in symbols]
        buttons = (*_choices(desk, symbols[0]), (LEVELS,)) if len(symbols) == 1 else ((LEVELS,),)
        return Message(fitted(texts, "… and more stocks; name one", between="\n\n"), buttons)
    if len(symbols) > 1:
        return Message(f"Which stock? For instance: /consensus {escape(symbols[0])} {choice}")
    return _chosen(desk, request, symbols[0], choice)


def _nearly(desk: Desk, typed: Sequence[str]) -> Message | None:
    """A choice mistyped: asked, never taken."""
    meant = [_meant(desk, word) for word in typed]
    if meant == list(typed):
        return None
    line = " ".join([f"/{NAME}", *meant])
    return ask(f"Did you mean {escape(line)}?", line) if _is_readable(desk, meant) else None


def _meant(desk: Desk, word: str) -> str:
    if word.upper().removeprefix("$") in desk.stocks:
        return word
    return next(iter(get_close_matches(word.casefold(), _CHOICES, n=1)), word)


def _is_readable(desk: Desk, words: Sequence[str]) -> bool:
    return all(word in _CHOICES or word.upper().removeprefix("$") in desk.stocks for word in words)


def _choices(desk: Desk, symbol: str) -> tuple[tuple[Button, ...], ...]:
    if consensus.is_followed(desk.store, symbol):
        return ((Button(f"Stop following {PROVIDER}", f"/consensus {symbol} keep"),),)
    return consensus_buttons(symbol)


def _beside(desk: Desk, symbol: str, now: int) -> str:
    """BABA consensus: stored 192.00 (2025-12-06) · Yahoo's mean 185.41, −3.4 % · the stored one counts."""
    level, said = consensus.stored(desk.store, symbol), desk.store.analysts.targets(symbol, PROVIDER)
    name = f"<b>{escape(symbol)} consensus</b>"
    if said is None:
        unknown = f"{PROVIDER} has not said one yet; it is asked before the exchange opens"
        return f"{name}: {_stored(level)} · {unknown}."
    if consensus.is_followed(desk.store, symbol) and level is not None and level.price == legible(said.targets.mean):
        return f"{name}: {_live(desk, symbol, said, now)}, which it follows."
    apart = f", {percent(change_pct(level.price, said.targets.mean))}" if level is not None else ""
    counts = f"{PROVIDER}'s is followed" if consensus.is_followed(desk.store, symbol) else "the stored one counts"
    return f"{name}: {_stored(level)} · {_live(desk, symbol, said, now)}{apart} · {counts}."


def _stored(level: Level | None) -> str:
    if level is None:
        return "none is stored"
    whose = consensus.whose(level)
    name = f" of {escape(clipped(whose))}" if whose else ""
    return f"stored{name} {money(level.price)} ({level.as_of.isoformat()}, {escape(level.source)})"


def _live(desk: Desk, symbol: str, said: Said, now: int) -> str:
    mean = consensus_of(said.targets.mean, said.targets.median, said.targets.analysts)
    return f"{PROVIDER}'s mean {mean} ({desk.place(symbol).day(said.at, now)})"


def _chosen(desk: Desk, request: Request, symbol: str, choice: str) -> Message:
    store, stock, hours, now = desk.store, desk.stocks[symbol], desk.hours[symbol], request.now
    if choice == "keep":
        consensus.keep(store, symbol)
        return Message(f"{_beside(desk, symbol, now)} Nobody is asked again until {PROVIDER}'s moves on.", ((LEVELS,),))
    before = consensus.stored(store, symbol)
    take = consensus.adopt if choice == "adopt" else consensus.set_followed
    level = take(store, stock, hours, now, [request.chat_id])
    if level is None:
        later = " It is taken over as soon as it does." if choice == "follow" else ""
        return Message(f"{PROVIDER} has not said a consensus of {escape(symbol)} yet.{later}", ((LEVELS,),))
    before = before if before is not None and before.firm == level.firm else None  # another's stays as it is
    quote = desk.quote(symbol)
    rows = [_change(level, before), from_price(level, before, quote.price if quote else None)]
    if choice == "follow":
        rows.append(f"From now on it follows {PROVIDER}'s mean; /consensus {escape(symbol)} keep ends that.")
    return Message("\n".join(rows), ((LEVELS,),))


def _change(level: Level, before: Level | None) -> str:
    """✅ BABA consensus 192.00 → 185.41 (Yahoo, mean, 2026-10-03)."""
    price = changed(before.price if before is not None else None, level.price)
    return f"✅ {escape(level.symbol)} consensus {price} ({level.source}, {level.as_of.isoformat()})."
