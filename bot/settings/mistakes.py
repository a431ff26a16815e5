"""Mistakes in the configuration, and how they are said: where, which key, what was found, what is allowed.

Never decides what is allowed (the shape does), and never shows a token.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.settings.shape import nearest

Key = tuple[str | int, ...]
"""The way to a value: ("watch", "BABA", "levels", 0, "price")."""

_TOKEN = re.compile(r"(?<!\d)\d+:[A-Za-z0-9_-]{20,}")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: `where` is a file or an environment variable, `key` "schedule.poll_seconds"."""

    where: str
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: found {self.found}; allowed: {self.allowed}"


class ConfigurationError(Exception):
    """The configuration cannot be used; its text is every mistake, one a line."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


def shown(value: object) -> str:
    """A value as the file would write it, shortened, on one line, without tokens."""
    text = _TOKEN.sub("(a token, not shown)", json.dumps(value, default=str, ensure_ascii=False))
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def written(key: Key) -> str:
    """A key as people say it: watch.BABA.levels (entry 2) price."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f" (entry {part + 1})"
        else:
            text += f"{'' if not text else ' ' if text.endswith(')') else '.'}{part}"
    return _TOKEN.sub("…", text)


def refused(error: ValidationError, shape: type[BaseModel], where: Callable[[Key], str]) -> tuple[Mistake, ...]:
    """What pydantic refused, as mistakes; `shape` is the model it was refused by."""
    errors = error.errors(include_url=False)
    # A list whose entry was refused is refused as a whole as well: one mistake told twice.
    inner = {loc[:end] for loc in (details["loc"] for details in errors) for end in range(len(loc))}
    return tuple(_mistake(details, shape, where) for details in errors if details["loc"] not in inner)


def _mistake(details: ErrorDetails, shape: type[BaseModel], where: Callable[[Key], str]) -> Mistake:
    key = tuple(part for part in details["loc"] if part != "[key]")
    found, allowed = shown(details["input"]), _allowed(key, details, shape)
    if _is_secret(key, shape):
        found = "something that is not shown"
    match details["type"]:
        case "extra_forbidden" if key[0] == "watch" and isinstance(details["input"], dict):
            found, allowed = "a table in a table", 'a symbol with a dot in quotes: [watch."0700.HK"]'
        case "extra_forbidden":
            found, allowed = "a key that does not exist", _existing(key, shape)
        case "missing":
            found = "nothing"
        case "string_pattern_mismatch" if "[key]" in details["loc"]:
            allowed = "a symbol of at most 15 of A–Z, 0–9 and . ^ = -, in quotes where it has a dot"
    return Mistake(where(key), written(key), found, allowed)


def _allowed(key: Key, details: ErrorDetails, shape: type[BaseModel]) -> str:
    own = details.get("ctx", {}).get("allowed")
    field, _ = _along(key, shape)
    return str(own or (field and field.description) or "a table")


def _is_secret(key: Key, shape: type[BaseModel]) -> bool:
    field, _ = _along(key, shape)
    return field is not None and _may_be_secret(field.annotation)


def _may_be_secret(kind: Any) -> bool:
    return kind is SecretStr or any(map(_may_be_secret, get_args(kind)))


def _existing(key: Key, shape: type[BaseModel]) -> str:
    names = keys_of(_along(key[:-1], shape)[1])
    meant = nearest(str(key[-1]).lower(), names)
    return f"did you mean {meant}?" if meant else ", ".join(names)


def keys_of(kind: Any) -> list[str]:
    """The keys a table of the file may have, as they are written there."""
    return [key for key in _fields_of(kind) if key != "token"]


def _along(key: Key, shape: type[BaseModel]) -> tuple[FieldInfo | None, Any]:
    """The key last named on the way, unless that is a table's own name; and what the way ends in."""
    field: FieldInfo | None = None
    kind: Any = shape
    for part in key:
        fields = _fields_of(kind)
        if fields:
            field = fields.get(str(part))
            kind = field.annotation if field else None
        else:
            kind = _entry_of(kind)
            field = None if _fields_of(kind) else field
    return field, kind


def _entry_of(kind: Any) -> Any:
    """What a Mapping[str, X] or a tuple[X, ...] holds."""
    return next((held for held in reversed(get_args(kind)) if held is not Ellipsis), None)


def _fields_of(kind: Any) -> dict[str, FieldInfo]:
    """The keys of a table, be it one that may be left out."""
    tables = [one for one in (kind, *_choices(kind)) if isinstance(one, type) and issubclass(one, BaseModel)]
    return {field.alias or name: field for name, field in tables[0].model_fields.items()} if tables else {}


def _choices(kind: Any) -> tuple[Any, ...]:
    """What an X | None may be."""
    return get_args(kind) if isinstance(kind, UnionType) else ()
