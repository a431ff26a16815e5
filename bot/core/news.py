"""What is news of a stock's analysts and of its company's dates, as the facts that a chat is owed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.core.analysts import RatingAction
from bot.core.company import CompanyDate, Occasion


@dataclass(frozen=True, slots=True)
class LevelMove:
    """A stored level that its firm has revised: prices in the stock's currency, `as_of` an ISO date.

    `passed` where the price lies on another side of it than before, without having moved.
    """

    firm: str
    kind: str
    old: float
    new: float
    rating: str | None
    rating_before: str | None
    as_of: str
    passed: bool


@dataclass(frozen=True, slots=True)
class ConsensusMove:
    """How a provider's targets have moved in so many days: `pct` is that of the mean."""

    provider: str
    days: int
    pct: float
    mean: float
    mean_before: float
    median: float | None
    median_before: float | None
    analysts: int | None


@dataclass(frozen=True, slots=True)
class AnalystNews:
    """All that one look at the analysts found for one chat; `price` is the stock's then, `at` epoch seconds UTC.

    `alerts` are the chat's that wished for it, `notes` what people wrote down beside them. `zone` is the
    exchange's: a firm's word is of a day there, as its level is, wherever it is read.
    """

    symbol: str
    source: str
    levels: tuple[LevelMove, ...]
    actions: tuple[RatingAction, ...]
    consensus: tuple[ConsensusMove, ...]
    price: float | None
    alerts: tuple[int, ...]
    at: int
    silent: bool = False
    notes: tuple[str, ...] = ()
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ConsensusDrift:
    """The stored consensus and a provider's have come apart; somebody is to say which one counts.

    `firm` is whose the stored one is, where it is another provider's.
    `as_of` is an ISO date, `at` when the provider said it (epoch seconds UTC).
    """

    symbol: str
    provider: str
    stored: float
    as_of: str
    mean: float
    median: float | None
    analysts: int | None
    at: int
    firm: str | None = None


@dataclass(frozen=True, slots=True)
class AnalystsSilent:
    """Nothing whole was heard of the analysts since a moment (epoch seconds UTC); `missing` are the parts and why."""

    symbol: str
    since: int
    missing: tuple[tuple[str, str], ...]
    at: int


@dataclass(frozen=True, slots=True)
class AnalystsBack:
    """What was said to be missing since then is heard again."""

    symbol: str
    since: int
    at: int


@dataclass(frozen=True, slots=True)
class DateMoved:
    """A date still to come is another than it was; `old` None where none was known."""

    symbol: str
    old: CompanyDate | None
    new: CompanyDate
    at: int


@dataclass(frozen=True, slots=True)
class DateNear:
    """A date is so many days away, by the clocks of the chat; `alert` is the number of the one that wished for it.

    None where it is the reminder that every chat gets.
    """

    symbol: str
    what: CompanyDate
    days_left: int
    alert: int | None
    at: int
    once: bool = False
    note: str | None = None
    silent: bool = False


def news_of(values: dict[str, Any]) -> AnalystNews:
    """The event again, of the values it was stored as."""
    parts = {
        "levels": tuple(LevelMove(**one) for one in values["levels"]),
        "actions": tuple(RatingAction(**one) for one in values["actions"]),
        "consensus": tuple(ConsensusMove(**one) for one in values["consensus"]),
        "alerts": tuple(values["alerts"]),
        "notes": tuple(values["notes"]),
    }
    return AnalystNews(**(values | parts))


def silent_of(values: dict[str, Any]) -> AnalystsSilent:
    return AnalystsSilent(**(values | {"missing": tuple((part, why) for part, why in values["missing"])}))


def moved_of(values: dict[str, Any]) -> DateMoved:
    old = values["old"]
    return DateMoved(**(values | {"old": old and _date(old), "new": _date(values["new"])}))


def near_of(values: dict[str, Any]) -> DateNear:
    return DateNear(**(values | {"what": _date(values["what"])}))


def _date(row: dict[str, Any]) -> CompanyDate:
    day, last_day = date.fromisoformat(row["day"]), date.fromisoformat(row["last_day"])
    return CompanyDate(Occasion(row["occasion"]), day, last_day, row["is_estimate"])
