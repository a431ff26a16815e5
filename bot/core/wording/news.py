"""The words of what analysts have changed, and of a stored consensus that has come apart from a provider's."""

from datetime import date
from html import escape

from bot.core.analysts import RatingAction, change_pct, legible
from bot.core.clock import Place, calendar_day
from bot.core.formula import percent
from bot.core.message import Button, Message, clipped, counted, enumerated, fitted
from bot.core.metrics.price import money
from bot.core.news import AnalystNews, AnalystsBack, AnalystsSilent, ConsensusDrift, ConsensusMove, LevelMove
from bot.core.wording import running
from bot.core.wording.phrases import changed, chart_button, consensus_of, distance, now_beside
from bot.core.wording.view import View

_MOST_ROWS = 24


def analyst_news(event: AnalystNews, view: View) -> Message:
    """One look at the analysts, in one message: what moved, by whom, when it was said, where the price is."""
    rows = [
        *(row for one in event.levels for row in _level(one, event)),
        *(_consensus(one, event) for one in event.consensus),
        *(_action(one, event, view) for one in reversed(event.actions)),
    ]
    left_out = len(rows) - _MOST_ROWS
    shown = [*rows[:_MOST_ROWS], *([f"… and {left_out} more; /levels shows what lies where"] if left_out > 0 else [])]
    text = fitted(shown, "… and more", head=[_head(event)], tail=[_standing(event, view), *_endings(event)])
    symbol = event.symbol
    buttons = (Button("Levels", f"/levels {symbol}"), chart_button(symbol))
    return Message(text, (buttons,), silent=event.silent)


def _head(event: AnalystNews) -> str:
    """The most important thing first: a stored level, then the consensus, then single words of firms."""
    symbol = escape(event.symbol)
    if event.levels:
        first, others = event.levels[0], len(event.levels) + len(event.actions) - 1
        others += 0 if any(map(_is_consensus, event.levels)) else len(event.consensus)
        more = f", and {others} more" if others else ""
        return f"<b>📝 {symbol}: {escape(clipped(first.firm))} {_verb(first.old, first.new, first)}{more}</b>"
    if event.consensus:
        one = event.consensus[0]
        return f"<b>📝 {symbol}: the consensus is {_way(one.pct)} {_size(one.pct)} {_in_days(one.days)}</b>"
    if _is_alone(event):
        return f"<b>📝 {symbol}: {escape(_claim(event.actions[0]))}</b>"
    return f"<b>📝 {symbol}: {len(event.actions)} changes by analysts</b>"


def _verb(old: float, new: float, move: LevelMove) -> str:
    """cut its price target to 188.00, or changes its rating where the price stays."""
    if old == new:
        return f"now rates it {escape(clipped(move.rating or 'otherwise', 30))}"
    what = "" if _is_consensus(move) else f"its {move.kind} "
    return f"{'cut' if new < old else 'raised'} {what}to {money(new)}"


def _is_consensus(move: LevelMove) -> bool:
    """Whether nobody's own: the mean of all."""
    return move.kind == "consensus"


def _level(move: LevelMove, event: AnalystNews) -> list[str]:
    """190.00 struck through, 188.00 Bernstein SocGen, Outperform · 2 Oct · +0.7 %."""
    old = f"<s>{money(move.old)}</s> " if move.old != move.new else ""
    rating = f", {_rating(move.rating_before, move.rating)}" if move.rating else ""
    rating = f" ({escape(event.source)}, mean)" if _is_consensus(move) else rating
    far = f" · {distance(event.price, move.new)}" if event.price else ""
    day = calendar_day(date.fromisoformat(move.as_of))
    row = f"{old}{money(move.new)} {escape(clipped(move.firm))}{rating} · {day}{far}"
    if not move.passed or event.price is None:
        return [row]
    return [row, now_beside(event.symbol, event.price, move.new)]


def _rating(before: str | None, after: str) -> str:
    changed = f" (was {escape(clipped(before, 30))})" if before and before != after else ""
    return f"{escape(clipped(after, 30))}{changed}"


def _consensus(move: ConsensusMove, event: AnalystNews) -> str:
    """Yahoo's mean 181.24 → 185.41, up 2.3 % in a day; median 187.87, unchanged; 39 analysts.

    The figures of a level that has followed it are said already; what many moves have in common, with the first.
    """
    far = f"{_way(move.pct)} {_size(move.pct)} {_in_days(move.days)}"
    mean = changed(legible(move.mean_before), legible(move.mean))
    is_said = any(_is_consensus(one) and changed(one.old, one.new) == mean for one in event.levels)
    parts = [f"{escape(move.provider)}'s mean {far if is_said else f'{mean}, {far}'}", *_median(move)]
    if move.analysts and move == event.consensus[0]:
        parts.append(counted(move.analysts, "analyst"))
    return "; ".join(parts)


def _median(move: ConsensusMove) -> list[str]:
    if move.median is None:
        return []
    if move.median_before is None or move.median_before == move.median:
        return [f"median {money(legible(move.median))}{', unchanged' if move.median_before else ''}"]
    return [f"median {changed(legible(move.median_before), legible(move.median))}"]


def _action(action: RatingAction, event: AnalystNews, view: View) -> str:
    """20 Nov Morgan Stanley raised its target from 180.00 to 200.00, still Overweight · +26.4 %."""
    place = view.place if event.zone is None else Place(event.zone)
    day = place.day(action.at, view.now)
    far = f"{distance(event.price, action.target)}" if event.price and action.target else ""
    if _is_alone(event):  # said in the first line
        return " · ".join(
            filter(None, [day, f"{money(action.target)} lies {far} away" if action.target and far else ""])
        )
    return " · ".join(filter(None, [f"{day} {escape(_claim(action))}", far]))


def _is_alone(event: AnalystNews) -> bool:
    return len(event.actions) == 1 and not event.levels and not event.consensus


def _claim(action: RatingAction) -> str:
    """What the firm did, as a sentence without its full stop."""
    firm, rating = clipped(action.firm), clipped(action.rating or "", 30)
    did = [part for part in (_rating_claim(action), _target_claim(action)) if part]
    if not action.changes_rating and rating:
        did = [*did, f"still {rating}"] if did else [f"repeats {rating}"]
    return f"{firm} {', '.join(did)}"


def _rating_claim(action: RatingAction) -> str:
    if not action.changes_rating:
        return ""
    after, before = clipped(action.rating or "", 30), clipped(action.rating_before or "", 30)
    if action.action == "init" or not before:
        return f"begins to rate it: {after}"
    verb = {"up": "upgraded it", "down": "downgraded it"}.get(action.action, "changed its rating")
    return f"{verb} from {before} to {after}"


def _target_claim(action: RatingAction) -> str:
    if not action.changes_target or action.target is None:
        return ""
    if action.target_before is None:
        return f"sees a target of {money(action.target)}"
    verb = "raised" if action.target > action.target_before else "cut"
    return f"{verb} its target from {money(action.target_before)} to {money(action.target)}"


def _standing(event: AnalystNews, view: View) -> str:
    seen = f"{escape(event.source)}, seen {view.place.recent(event.at, view.now)}"
    return seen if event.price is None else f"{escape(event.symbol)} {money(event.price)} · {seen}"


def _endings(event: AnalystNews) -> list[str]:
    notes = [f"📌 {escape(note)}" for note in event.notes]
    if not event.alerts:
        return notes
    return [*notes, f"Told by {enumerated([f'#{number}' for number in event.alerts], most=20)}"]


def drifted(event: ConsensusDrift, view: View) -> Message:
    """Stored consensus 192.00 (2025-12-06); Yahoo's mean is 185.41: which one counts?"""
    provider, symbol = escape(event.provider), escape(event.symbol)
    whose = f" of {escape(clipped(event.firm))}" if event.firm else ""
    said = consensus_of(event.mean, event.median, event.analysts)
    live = f"{provider}'s mean is {said} ({view.place.day(event.at, view.now)})"
    text = (
        f"📝 {symbol}: the stored consensus{whose} is {money(event.stored)} ({event.as_of}); {live}. "
        f"That is {percent(change_pct(event.stored, event.mean))}. Which one shall count? "
        f"/consensus {symbol} asks again."
    )
    return Message(text, consensus_buttons(event.symbol))


def silent(event: AnalystsSilent, view: View) -> Message:
    """⚠️ Yahoo has not said all of BABA's analysts since 18 Nov: no targets (timeout)."""
    reasons: dict[str, list[str]] = {}
    for part, why in event.missing:
        reasons.setdefault(why, []).append(part)
    missing = "; no ".join(f"{escape(enumerated(parts))} ({escape(why)})" for why, parts in reasons.items())
    since = view.place.day(event.since, view.now)
    return Message(
        f"⚠️ {running.unheard(escape(event.symbol), since)}: no {missing}. "
        "Levels stay as they are; what is new meanwhile will be told with its day."
    )


def back(event: AnalystsBack, view: View) -> Message:
    """✅ Yahoo tells of BABA's analysts again (silent 18 Nov 08:30 – 21 Nov 08:30 New York)."""
    span = view.place.span(event.since, event.at, view.now)
    return Message(f"✅ Yahoo tells of {escape(event.symbol)}'s analysts again (silent {span}).")


def consensus_buttons(symbol: str) -> tuple[tuple[Button, ...], ...]:
    """Take the provider's mean once, leave what is stored, or take it every time."""
    choices = (("Adopt", "adopt"), ("Keep", "keep"), ("Always follow", "follow"))
    return (tuple(Button(label, f"/consensus {symbol} {word}") for label, word in choices),)


def _way(pct: float) -> str:
    return "up" if pct > 0 else "down"


def _size(pct: float) -> str:
    return f"{abs(pct):.1f} %"


def _in_days(days: int) -> str:
    return "in a day" if days == 1 else f"in {days} days"
