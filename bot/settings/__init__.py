"""The settings: read from a TOML file and the environment, checked as a whole, then frozen.

Owns where a setting comes from and that every mistake is told at once. What a key may hold is in
`bot.settings.shape`. Never logs and never prints: the caller shows the ConfigurationError.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, SettingsConfigDict

from bot.core.language import Nearly, Unreadable, Vocabulary, parse
from bot.core.levels import Level
from bot.core.market import Session, Stock
from bot.core.report import Report
from bot.exchange import ALWAYS, has_extended_hours
from bot.settings.layers import (
    CONFIG,
    PREFIX,
    File,
    Layer,
    Table,
    parsed,
    read_file,
    read_token,
    read_variables,
    setter_of,
    value_of,
)
from bot.settings.mistakes import ConfigurationError, Key, Mistake, keys_of, refused, shown, written
from bot.settings.shape import Alerts, Health, Schedule, Screen, Storage, Symbol, Telegram, Watch

__all__ = ["ConfigurationError", "Mistake", "Settings", "load", "shipped_config", "warnings"]

USUAL_FILE = Path("config/targetwatch.toml")
SHIPPED = "the shipped defaults"

_CACHED_BY_YAHOO_S = 10


class Settings(BaseSettings):
    """Every setting of one start, frozen; where each came from can be asked with `where`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    telegram: Telegram = Field(default_factory=Telegram, description="a table")
    storage: Storage = Field(default_factory=Storage, description="a table")
    schedule: Schedule = Field(default_factory=Schedule, description="a table")
    screen: Screen = Field(default_factory=Screen, description="a table")
    alerts: Alerts = Field(default_factory=Alerts, description="a table")
    health: Health = Field(default_factory=Health, description="a table")
    watch: Annotated[Mapping[Symbol, Watch], Field(min_length=1)] = Field(
        description="a table [watch.SYMBOL] for at least one stock"
    )

    _layers: tuple[Layer, ...] = PrivateAttr(default=())

    @property
    def source(self) -> str:
        """The file these settings are from, or "the shipped defaults"; variables go over it."""
        return self._layers[-1].name_of(())

    @property
    def is_shipped(self) -> bool:
        """Whether no file was named or found, so that the shipped one applies."""
        return self.source == SHIPPED

    @property
    def stocks(self) -> tuple[Stock, ...]:
        """The watched stocks in the order of the file."""
        return tuple(
            Stock(symbol, watch.name or symbol, watch.exchange, watch.currency) for symbol, watch in self.watch.items()
        )

    @property
    def levels(self) -> tuple[Level, ...]:
        """The configured levels of all watched stocks."""
        return tuple(
            Level(symbol, one.firm, one.kind, one.rating, one.price, one.as_of, one.source, watch.currency)
            for symbol, watch in self.watch.items()
            for one in watch.levels
        )

    @property
    def reports(self) -> dict[str, Report]:
        """The report on each watched stock that has one, by symbol."""
        found = {symbol: watch.report for symbol, watch in self.watch.items()}
        return {
            symbol: Report(one.title, one.as_of, one.year_to_date_pct, one.upside_pct)
            for symbol, one in found.items()
            if one is not None
        }

    def where(self, *key: str | int) -> str:
        """The file or the environment variable that set a key, for a Mistake found later."""
        return setter_of(self._layers, key)


def load(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of `config`, else of TARGETWATCH_CONFIG, else of the usual or the shipped file.

    TARGETWATCH_… variables of `environ` go over the file, the token comes from there alone.
    Raises ConfigurationError with every mistake.
    """
    mistakes: list[Mistake] = []
    layers = (
        read_variables(environ, Settings.model_fields, _variable_names(), mistakes),
        _file(config, environ, mistakes),
    )
    token = read_token(environ, mistakes)
    settings = _checked(layers, token, mistakes)
    mistakes += _contradictions(layers)
    if settings is None or mistakes:
        raise ConfigurationError(mistakes)
    settings._layers = layers
    return settings


def shipped_config() -> Traversable:
    """The file that comes with the program, in an installed package and in the repository alike."""
    installed = files("bot") / "targetwatch.toml"
    return installed if installed.is_file() else Path(__file__).parents[1] / USUAL_FILE


def warnings(settings: Settings) -> tuple[str, ...]:
    """What is allowed but hardly meant, one sentence each."""
    return (
        *_polls_in_vain(settings),
        *_asks_too_often(settings),
        *_never_looks(settings),
    )


def _polls_in_vain(settings: Settings) -> Iterator[str]:
    every_s = settings.schedule.poll_seconds
    if every_s < _CACHED_BY_YAHOO_S:
        yield (
            f"schedule.poll_seconds is {every_s}: Yahoo keeps an answer for {_CACHED_BY_YAHOO_S} s, "
            f"so asking more often than every {_CACHED_BY_YAHOO_S} s brings nothing newer."
        )


def _asks_too_often(settings: Settings) -> Iterator[str]:
    count, every_s = len(settings.watch), settings.schedule.poll_seconds
    if count > every_s:
        yield (
            f"{count} stocks every {every_s} s ask Yahoo {count / every_s:.1f} times a second; "
            f"about once a second is what it bears: set schedule.poll_seconds to {count}."
        )


def _never_looks(settings: Settings) -> Iterator[str]:
    watched = settings.schedule.watched
    if Session.REGULAR in watched:
        return
    for symbol, watch in settings.watch.items():
        if watch.exchange == ALWAYS or not has_extended_hours(watch.exchange):
            yield (
                f"{symbol} is never looked at: {watch.exchange} has only a regular session, "
                'and schedule.sessions leaves "regular" out.'
            )


def _variable_names() -> list[str]:
    fields = Settings.model_fields
    sections = {f"{PREFIX}{name}".upper(): keys_of(field.annotation) for name, field in fields.items()}
    return [*sections, *(f"{name}__{key}".upper() for name, keys in sections.items() for key in keys)]


def _file(config: Path | None, environ: Mapping[str, str], mistakes: list[Mistake]) -> File:
    named = config or (Path(environ[CONFIG]) if environ.get(CONFIG) else None)
    path = named or (USUAL_FILE if USUAL_FILE.exists() else None)
    shipped = parsed(shipped_config())
    if path is None:
        return File(SHIPPED, shipped)
    file = read_file(path, mistakes)
    return File(file.name, {"watch": shipped["watch"]} | file.table)


def _checked(layers: tuple[Layer, ...], token: SecretStr | None, mistakes: list[Mistake]) -> Settings | None:
    secret: Table = {"telegram": {"token": token}} if token else {}
    tables = (secret, *(layer.table for layer in layers))
    sources = tuple(InitSettingsSource(Settings, table) for table in tables)
    try:
        return Settings(_build_sources=(sources, {}))
    except ValidationError as error:
        mistakes += refused(error, Settings, lambda key: setter_of(layers, key))
        return None


def _contradictions(layers: tuple[Layer, ...]) -> Iterator[Mistake]:
    """Keys that go against one another, looked for in what was written.

    pydantic would look only where every single key is right, and so tell them one start later.
    """
    yield from _mixed_always(layers)
    stocks = [layer.table.get("watch") for layer in layers]
    symbols = dict.fromkeys(symbol for some in stocks if isinstance(some, dict) for symbol in some)
    for symbol in symbols:
        yield from _repeated_firms(layers, ("watch", symbol, "levels"))
        yield from _unreadable_alerts(layers, symbol)


def _mixed_always(layers: tuple[Layer, ...]) -> Iterator[Mistake]:
    key: Key = ("schedule", "sessions")
    sessions = value_of(layers, key)
    if isinstance(sessions, list) and "always" in sessions and len(sessions) > 1:
        yield Mistake(setter_of(layers, key), written(key), shown(sessions), '"always" by itself')


def _repeated_firms(layers: tuple[Layer, ...], key: Key) -> Iterator[Mistake]:
    levels = value_of(layers, key)
    seen: set[str] = set()
    for place, level in enumerate(levels if isinstance(levels, list) else ()):
        firm = level.get("firm") if isinstance(level, dict) else None
        if not isinstance(firm, str):
            continue
        if firm.strip().casefold() in seen:
            found, where = f"a second level of {shown(firm)}", setter_of(layers, key)
            yield Mistake(where, written((*key, place, "firm")), found, "one level a firm on a stock")
        seen.add(firm.strip().casefold())


def _unreadable_alerts(layers: tuple[Layer, ...], symbol: str) -> Iterator[Mistake]:
    """Configured alerts are read by the same language as typed ones, and may name this stock's levels."""
    texts = value_of(layers, key := ("watch", symbol, "alerts"))
    vocabulary = Vocabulary({symbol: tuple(_named_levels(layers, symbol))})
    for place, text in enumerate(texts if isinstance(texts, list) else ()):
        match parse(text, vocabulary) if isinstance(text, str) and text.strip() else None:
            case Nearly() as nearly:
                allowed = f"did you mean {shown(nearly.text)}?"
            case Unreadable(why):
                allowed = f'an alert such as "above 192" or "crosses consensus" ({why.rstrip(".")})'
            case _:
                continue
        yield Mistake(setter_of(layers, key), written((*key, place)), shown(text), allowed)


def _named_levels(layers: tuple[Layer, ...], symbol: str) -> Iterator[Level]:
    """The levels that have a firm, whatever else is wrong with them: an alert on them is none the worse."""
    levels = value_of(layers, ("watch", symbol, "levels"))
    for level in levels if isinstance(levels, list) else ():
        if isinstance(level, dict) and isinstance(firm := level.get("firm"), str) and firm.strip():
            yield Level(symbol, firm.strip(), str(level.get("kind")), None, 1.0, date.min, "")
