"""What settings are read from: a file and the variables over it, and the token, which has a way of its own.

Knows forms (TOML, JSON, names of variables), not what a key may hold. Every fault becomes a
Mistake in the list that is handed in, so that reading goes on and finds the next one.
"""

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Protocol

from pydantic import SecretStr

from bot.settings.mistakes import Key, Mistake, shown, written
from bot.settings.shape import nearest

Table = dict[str, Any]

PREFIX = "TARGETWATCH_"
CONFIG = "TARGETWATCH_CONFIG"
_TOKEN, _TOKEN_FILE = "TELEGRAM_TOKEN", "TELEGRAM_TOKEN_FILE"
_TOKEN_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]{3,}")


class Layer(Protocol):
    """One source of settings; the layer before it in a row goes over it."""

    @property
    def table(self) -> Table:
        """Sections of keys as they were written, unchecked."""

    def name_of(self, key: Key) -> str:
        """What people have to open or set to change this key."""


@dataclass(frozen=True)
class File:
    """A file's tables."""

    name: str
    table: Table

    def name_of(self, key: Key) -> str:
        return self.name


@dataclass(frozen=True)
class Variables:
    """The tables that variables of the environment make, and which variable made which key."""

    table: Table
    names: Mapping[Key, str]

    def name_of(self, key: Key) -> str:
        over = [made for made in self.names if key[: len(made)] == made]
        under = [made for made in self.names if made[: len(key)] == key]
        return self.names[max(over, key=len) if over else under[0]]


def setter_of(layers: Sequence[Layer], key: Key) -> str:
    """The name of what set a key or, where nothing did, the longest part of the way to it.

    Tables lie over one another key by key, anything else hides the whole of what is below it.
    """
    owner = layers[-1]
    for end in range(1, len(key) + 1):
        holder = next((layer for layer in layers if _holds(layer.table, key[:end])), None)
        if holder is None:
            break
        owner = holder
        if not isinstance(_at(holder.table, key[:end]), dict):
            break
    return owner.name_of(key)


def value_of(layers: Sequence[Layer], key: Key) -> Any:
    """What the uppermost layer that has the key holds there, None where none has it."""
    layer = next((layer for layer in layers if _holds(layer.table, key)), None)
    return None if layer is None else _at(layer.table, key)


def _holds(table: Table, key: Key) -> bool:
    try:
        _at(table, key)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _at(table: Table, key: Key) -> Any:
    value: Any = table
    for part in key:
        value = value[part]
    return value


def read_file(path: Path, mistakes: list[Mistake]) -> File:
    """A TOML file, empty where it cannot be read."""
    try:
        table = parsed(path)
    except OSError as error:
        table, found, allowed = {}, error.strerror or "no readable file", "a file that can be read"
    except UnicodeDecodeError:
        table, found, allowed = {}, "bytes that are not UTF-8", "a TOML file in UTF-8"
    except tomllib.TOMLDecodeError as error:
        table, found, allowed = {}, str(error), "valid TOML"
    else:
        file = File(str(path), _with_upper_symbols(table, str(path), mistakes))
        _refuse_token(file, mistakes)
        return file
    mistakes.append(Mistake(str(path), "the file", found, allowed))
    return File(str(path), table)


def parsed(path: Traversable) -> Table:
    """A TOML file's tables; raises OSError, UnicodeDecodeError and TOMLDecodeError."""
    return tomllib.loads(path.read_bytes().decode("utf-8-sig"))  # some editors begin with a BOM


def read_variables(
    environ: Mapping[str, str], sections: Collection[str], known: Collection[str], mistakes: list[Mistake]
) -> Variables:
    """The TARGETWATCH_… variables; empty ones count as not set, deeper ones go over wider ones.

    `known` are the names that could have been meant where a section does not exist.
    """
    variables = Variables({}, names := {})
    named = [name for name, text in environ.items() if name.startswith(PREFIX) and name != CONFIG and text]
    for name in sorted(named, key=lambda name: (name.count("__"), name)):
        key = _key_of(name)
        if key[0] not in sections or len(key) > _depth(key):
            mistakes.append(_unknown(name, known))
        elif (value := _value(name, key, environ[name], mistakes)) is not None:
            names[key] = name
            _put(variables.table, key, value)
    _refuse_token(variables, mistakes)
    return variables


def _key_of(name: str) -> tuple[str, ...]:
    section, *rest = name.removeprefix(PREFIX).lower().split("__")
    if section == "watch" and rest:
        rest[0] = rest[0].upper()
    return (section, *rest)


def _depth(key: Key) -> int:
    return 3 if key[0] == "watch" else 2


def _unknown(name: str, known: Collection[str]) -> Mistake:
    meant = nearest(name, known)
    hint = f"did you mean {meant}?" if meant else "TARGETWATCH_SECTION__KEY"
    return Mistake(name, "the variable", "a name that does not exist", hint)


def _value(name: str, key: tuple[str, ...], text: str, mistakes: list[Mistake]) -> Any:
    """A table or a list from JSON, anything else as the text it is; None where it is refused."""
    must_be_table = len(key) < _depth(key)
    if not must_be_table and not text.lstrip().startswith(("[", "{")):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if value is None or (must_be_table and not isinstance(value, dict)):
        allowed = "a table as JSON" if must_be_table else "a list as JSON"
        mistakes.append(Mistake(name, written(key), _without_secrets(key, text), allowed))
        return None
    return _with_upper_symbols({"watch": value}, name, mistakes)["watch"] if key == ("watch",) else value


def _without_secrets(key: Key, text: str) -> str:
    return "text that is not" if key[0] == "telegram" else shown(text)


def _put(table: Table, key: tuple[str, ...], value: Any) -> None:
    for part in key[:-1]:
        table = table.setdefault(part, {})
    table[key[-1]] = value


def _with_upper_symbols(table: Table, where: str, mistakes: list[Mistake]) -> Table:
    """The tables with [watch.baba] as BABA; two spellings of one symbol are a mistake."""
    if not isinstance(table.get("watch"), dict):
        return table
    stocks: Table = {}
    for symbol, stock in table["watch"].items():
        if symbol.upper() in stocks:
            found = "the same symbol in two spellings"
            mistakes.append(Mistake(where, written(("watch", symbol)), found, "one table a stock"))
        stocks[symbol.upper()] = stock
    return table | {"watch": stocks}


def _refuse_token(layer: Layer, mistakes: list[Mistake]) -> None:
    telegram = layer.table.get("telegram")
    if not isinstance(telegram, dict) or "token" not in telegram:
        return
    where = layer.name_of(("telegram", "token"))
    del telegram["token"]
    allowed = f"put it into {_TOKEN} or {_TOKEN_FILE}"
    mistakes.append(Mistake(where, "telegram.token", "a token (not shown)", allowed))


def read_token(environ: Mapping[str, str], mistakes: list[Mistake]) -> SecretStr | None:
    """The bot's token, None where neither of its variables is set."""
    direct, path = environ.get(_TOKEN, "").strip(), environ.get(_TOKEN_FILE, "").strip()
    if direct and path:
        mistakes.append(Mistake(f"{_TOKEN} and {_TOKEN_FILE}", "telegram.token", "both", "only one of the two"))
        return None
    if path:
        return _well_formed(_TOKEN_FILE, _token_in(Path(path), mistakes), mistakes)
    return _well_formed(_TOKEN, direct or None, mistakes)


def _token_in(path: Path, mistakes: list[Mistake]) -> str | None:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        token, found = "", getattr(error, "strerror", None) or "bytes that are not text"
    else:
        found = "an empty file"
    if not token:
        allowed = "a readable file that holds nothing but the token"
        mistakes.append(Mistake(_TOKEN_FILE, "telegram.token", f"{shown(str(path))}: {found}", allowed))
    return token or None


def _well_formed(name: str, token: str | None, mistakes: list[Mistake]) -> SecretStr | None:
    if token is None or _TOKEN_SHAPE.fullmatch(token):
        return SecretStr(token) if token else None
    allowed = "a token as @BotFather gives it: digits, a colon, then letters, digits, _ and -"
    mistakes.append(Mistake(name, "telegram.token", "something else (not shown)", allowed))
    return None
