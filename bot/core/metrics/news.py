"""News of the analysts: how many ratings, or price targets, one look at them found changed."""

from math import inf

from bot.core.alerts import Way
from bot.core.levels import Level
from bot.core.measures import Counted
from bot.core.message import clipped
from bot.core.reading.conditions import Condition, Meant, Reading, Scope, Unreadable
from bot.core.reading.words import Words

_NORMAL = {"ratings": "rating changes", "targets": "target changes"}
_BOTH = "Those are two alerts, rating changes and target changes; please make one of each."

_OF_ANYBODY = r"(?:(?:on|about|any|new|all|analyst|analysts|analysts'|analyst's|firm|firms) )*"
_CHANGE = r"(?:a )?(?:changes?|changed|changing|revisions?|revised|updates?|updated)"
_GRADE = r"(?:up|down)-?grad(?:es?|ed|ing)"
_SAID = {"ratings": r"(?:ratings?|recommendations?)", "targets": r"(?:price )?targets?(?: prices?)?"}
_CHANGED = {
    kind: rf"{_OF_ANYBODY}{noun} (?:is |are |has |have |was )*{_CHANGE}"
    rf"|{_OF_ANYBODY}(?:changes?|changed|revisions?|revised) (?:of |in |to )?(?:the |a )?{noun}|(?:any )?new {noun}"
    for kind, noun in _SAID.items()
}
_EITHER_GRADE = rf"{_OF_ANYBODY}{_GRADE}(?:/| (?:(?:or|and|/) )?){_GRADE}"


class News(Counted):
    """How many changes one look at the analysts found, else 0; the argument is "ratings" or "targets"."""

    name = "news"
    keywords = (
        "rating", "ratings", "recommendation", "recommendations", "target", "targets", "change", "changes", "changed",
        "changing", "revision", "revisions", "revised", "update", "updates", "updated", "upgrade", "upgrades",
        "upgraded", "upgrading", "downgrade", "downgrades", "downgraded", "downgrading", "upgrades/downgrades",
        "new", "any", "all", "analyst", "analysts", "analyst's", "analysts'", "firm", "firms", "about", "prices",
    )  # fmt: skip

    def show(self, value: float) -> str:
        """Beside what it counts: target changes (2)."""
        return f"({value:g})"

    def distance(self, value: float, threshold: float) -> float:
        """Nobody knows how far off news are."""
        return inf

    def far(self, value: float, threshold: float) -> str:
        return "nothing new at present"

    def again(self, rearm_pct: float) -> str:
        return "tells each time"

    def reached(self, argument: str, threshold: float, *, up: bool) -> str:
        return f"has {_NORMAL[argument]}"

    def title(self, argument: str) -> str:
        return _NORMAL[argument]

    def read(self, words: Words, scope: Scope) -> Reading:
        """A change of ratings, or of targets; less than that is asked about."""
        changed = [kind for kind, phrase in _CHANGED.items() if words.take(phrase)]
        changed += ["ratings"] if words.take(_EITHER_GRADE) else []
        named = dict.fromkeys([*changed, *(kind for kind, noun in _SAID.items() if words.has(noun))])
        if len(named) > 1 and changed:
            return Unreadable(_BOTH)
        return _said(changed[0], words, scope) if changed else _half_said(words)

    def write(self, condition: Condition, scope: Scope) -> str:
        return _NORMAL[condition.metric.partition(":")[2]]


def _said(kind: str, words: Words, scope: Scope) -> Condition | Unreadable:
    if words.numbers or words.percents or words.spans:
        return Unreadable(f"Each change is told, of any size and when it comes; please say {_NORMAL[kind]} alone.")
    level = scope.take_level(words)
    if isinstance(level, Level):
        return Unreadable(f"{clipped(level.name)} alone cannot be watched; {_NORMAL[kind]} tells of every firm.")
    return _condition(kind)


def _half_said(words: Words) -> Reading:
    """Upgrades alone, ratings alone: what goes with them cannot be told apart, so it is asked."""
    phrases = {
        "ratings": rf"{_OF_ANYBODY}(?:{_GRADE}|{_SAID['ratings']})",
        "targets": rf"{_OF_ANYBODY}{_SAID['targets']}",
    }
    for kind, phrase in phrases.items():
        if (found := words.take(phrase)) and not words.unread:
            return Meant(found[0], _NORMAL[kind], _condition(kind))
    return None


def _condition(kind: str) -> Condition:
    return Condition(f"news:{kind}", Way.ABOVE, 1.0)


NEWS = News()
