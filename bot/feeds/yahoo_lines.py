"""What the research and its child process say to each other: JSON, one question, then a line for each thing to tell."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from bot.core.analysts import RatingAction, Recommendations, Targets
from bot.core.company import CompanyDate, Occasion
from bot.feeds import FaultKind, Part, Researched

Said = Targets | tuple[RatingAction, ...] | Recommendations | tuple[CompanyDate, ...] | None
"""The answer to one part; None or nothing in it is "no data"."""

_FIELDS = {
    Part.TARGETS: "targets",
    Part.ACTIONS: "actions",
    Part.RECOMMENDATIONS: "recommendations",
    Part.DATES: "dates",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What the child is to find out, in `seconds` from its start; see `Research`."""

    symbol: str
    zone: str
    parts: tuple[Part, ...]
    most_requests: int
    now: int
    seconds: float
    cache_dir: str


def asked(question: Question) -> str:
    return json.dumps(asdict(question))


def question(line: str) -> Question:
    values = json.loads(line)
    return Question(**{**values, "parts": tuple(Part(part) for part in values["parts"])})


def sent(requests: int) -> str:
    """That so many requests have been sent by now."""
    return json.dumps({"requests": requests})


def told(part: Part, said: Said) -> str:
    """The answer to a part."""
    several = [asdict(one) for one in said] if isinstance(said, tuple) else None
    value = several if several is not None else asdict(said) if said else None  # type: ignore[arg-type]
    return json.dumps({"part": part, "said": value}, default=date.isoformat)


def failed(part: Part, kind: FaultKind, sort: str) -> str:
    """That a part failed; `sort` is the name of the error, for those who look for its reason."""
    return json.dumps({"part": part, "fault": kind, "sort": sort})


class Hearing:
    """What has been heard of a child by now."""

    def __init__(self, symbol: str, parts: tuple[Part, ...]) -> None:
        self.sorts: list[str] = []
        self._so_far = Researched(symbol, "Yahoo")
        self._open = list(parts)

    @property
    def is_over(self) -> bool:
        """Whether every part has been answered."""
        return not self._open

    def hear(self, line: bytes) -> None:
        """Take in one line; what makes no sense is no answer."""
        try:
            values = json.loads(line)
            if "requests" in values:
                self._so_far = replace(self._so_far, requests=int(values["requests"]))
            else:
                self._take(Part(values["part"]), values)
        except (ValueError, LookupError, TypeError, AttributeError):
            self.sorts.append("garbage")

    def end(self, kind: FaultKind) -> Researched:
        """All that was said; what was not has this fault."""
        faults = {**self._so_far.faults, **dict.fromkeys(self._open, kind)}
        return replace(self._so_far, faults=faults)

    def _take(self, part: Part, values: Mapping[str, Any]) -> None:
        if part not in self._open:
            raise ValueError(part)
        if "fault" in values:
            faults = {**self._so_far.faults, part: FaultKind(values["fault"])}
            self._so_far = replace(self._so_far, faults=faults)
            self.sorts.append(str(values.get("sort")))
        else:
            change: dict[str, Any] = {_FIELDS[part]: _said(part, values["said"])}
            self._so_far = replace(self._so_far, **change)
        self._open.remove(part)


def _said(part: Part, value: Any) -> Said:
    if part is Part.ACTIONS:
        return tuple(RatingAction(**one) for one in value or ())
    if part is Part.DATES:
        return tuple(_date(**one) for one in value or ())
    if value is None:
        return None
    return Targets(**value) if part is Part.TARGETS else Recommendations(**value)


def _date(occasion: str, day: str, last_day: str, is_estimate: bool) -> CompanyDate:
    return CompanyDate(Occasion(occasion), date.fromisoformat(day), date.fromisoformat(last_day), is_estimate)
