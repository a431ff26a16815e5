"""The words of a stock's levels: rows of the ladder, how old they are, what a provider says live, a report held."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html import escape

from bot.core.analysts import PROVIDER, Recommendations, Targets, legible
from bot.core.clock import calendar_day
from bot.core.company import CompanyDate, Occasion
from bot.core.formula import percent, percentage
from bot.core.levels import Level
from bot.core.message import clipped
from bot.core.metrics.price import money
from bot.core.report import Figures, Held
from bot.core.wording.phrases import distance, median_of

_MONTHS_OF_A_FEW_YEARS = 24
_UNKNOWN = "–"


def row(level: Level, old: float | None, price: float | None, today: date) -> str:
    """One level: its price, after the `old` one where it was revised lately, whose it is, how far, how old."""
    before = f"<s>{money(old)}</s> " if old is not None else ""
    far = f"  {distance(price, level.price)}" if price is not None else ""
    named, day = title(level), level.as_of.isoformat()
    said = ", ".join(filter(None, [day if day not in named else "", age(level.as_of, today)]))
    return f"{before}<b>{money(level.price)}</b>  {escape(named)}{far}" + (f" · {said}" if said else "")


def title(level: Level) -> str:
    """Whose line it is and of which kind; a consensus names its provider, or that it is stored and from where."""
    if not _names_source(level):
        return label(level)
    if level.source.startswith(PROVIDER):
        figure = "median" if "median" in level.source else "mean"
        return f"{clipped(level.name)} ({PROVIDER}, {figure})"
    return f"{clipped(level.name)}, stored ({clipped(level.source, 40)})"


def label(level: Level) -> str:
    """Whose line it is with its rating or kind, in few words: a consensus is from Yahoo, or stored."""
    what = level.rating or level.kind
    if _names_source(level):
        what = PROVIDER if level.source.startswith(PROVIDER) else "stored"
    return f"{clipped(level.name)}, {clipped(what, 20)}"


def _names_source(level: Level) -> bool:
    return level.kind == "consensus"


def age(day: date, today: date) -> str:
    """How long ago a day was, in words: 12 days old, 11 months old; nothing of one still to come."""
    days = (today - day).days
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    if days <= 0:
        return "today" if days == 0 else ""
    if months < 1:
        return _old(days, "day")
    return _old(months, "month") if months < _MONTHS_OF_A_FEW_YEARS else _old(months // 12, "year")


def _old(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'} old"


def to_the_cent(targets: Targets) -> Targets:
    """The targets as people read them."""
    prices = (targets.mean, targets.median, targets.low, targets.high)
    mean, median, low, high = (price and legible(price) for price in prices)
    return replace(targets, mean=mean or targets.mean, median=median, low=low, high=high)


def live(targets: Targets, since: str, price: float | None, *, is_stored: bool = False) -> str:
    """Yahoo mean 185.41 (+17.2 %), median 187.87 of 39 analysts, range 95.27–238.38 (since 3 Oct).

    Of a mean that `is_stored` only what the row of the stored one does not say; that may be nothing.
    """
    far = f" ({distance(price, targets.mean)})" if price is not None else ""
    rest = median_of(targets.median, targets.analysts)
    middle = rest if is_stored else ", ".join(filter(None, [f"{PROVIDER} mean {money(targets.mean)}{far}", rest]))
    is_range = targets.low is not None and targets.high is not None
    ends = f"range {money(targets.low or 0)}–{money(targets.high or 0)}" if is_range else ""
    said = ", ".join(filter(None, [middle, ends]))
    return f"{said} (since {since})" if said else ""


def recommended(counts: Recommendations) -> str:
    """41 recommend: 34 buy, 7 hold, 0 sell."""
    buy, sell = counts.strong_buy + counts.buy, counts.sell + counts.strong_sell
    return f"{counts.analysts} recommend: {buy} buy, {counts.hold} hold, {sell} sell"


def dates(known: Mapping[Occasion, CompanyDate], today: date) -> str:
    """Earnings 24 Nov (expected) · ex-dividend was 11 Jun; of splits only one still to come."""
    said = [
        _dated(known[one], today)
        for one in Occasion
        if one in known and not (one is Occasion.SPLIT and known[one].days_left(today) < 0)
    ]
    line = " · ".join(said)
    return line[:1].upper() + line[1:]


def _dated(one: CompanyDate, today: date) -> str:
    word, left = one.occasion.value, one.days_left(today)
    if left == 0:
        return f"{word} today"
    past = "were " if one.occasion is Occasion.EARNINGS else "was "
    ends = dict.fromkeys(calendar_day(day, today) for day in (one.day, one.last_day))
    expected = " (expected)" if one.is_estimate and left > 0 else ""
    return f"{word} {past if left < 0 else ''}{' – '.join(ends)}{expected}"


def report(held: Held) -> str:
    """What a report claimed, what the same metrics gave on its day, and what they give now."""
    one = held.report
    claims = Figures(one.year_to_date_pct, one.upside_pct)
    head = f"Report of {one.as_of.isoformat()} (“{escape(clipped(one.title, 80))}”)"
    said = [f"{percentage(claims.year_to_date_pct)} year to date"] if claims.year_to_date_pct is not None else []
    if claims.upside_pct is not None:
        meant = f" of {money(held.consensus)}" if held.consensus is not None else ""
        said.append(f"about {percentage(claims.upside_pct)} to its consensus{meant}")
    if not said:
        return head
    then, now = _computed(claims, held.then), _computed(claims, held.now)
    computed = [f"computed then {then}" if then else "", f"now {now}" if now else ""]
    return " · ".join(filter(None, [f"{head}: {', '.join(said)}", *computed]))


def _computed(claims: Figures, figures: Figures) -> str:
    """The figures of those claims that were made, in their order; nothing where none is known."""
    pairs = (
        (claims.year_to_date_pct, figures.year_to_date_pct),
        (claims.upside_pct, figures.upside_pct),
    )
    found = [value for claim, value in pairs if claim is not None]
    if all(value is None for value in found):
        return ""
    return ", ".join(_UNKNOWN if value is None else percent(value) for value in found)


def revision(level: Level, since: str, price: float | None) -> str:
    """One revision with all that is known of where it comes from; `price` where it is the present one."""
    currency = f" {escape(clipped(level.currency, 4))}" if level.currency else ""
    far = f"  {distance(price, level.price)}" if price is not None else ""
    what = ", ".join(filter(None, [level.kind, clipped(level.rating or "", 30)]))
    return (
        f"<b>{money(level.price)}</b>{currency}  {escape(what)}{far}"
        f" · as of {level.as_of.isoformat()} · {escape(clipped(level.source, 80))} · here since {escape(since)}"
    )
