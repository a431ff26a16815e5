"""The shape of the configuration: every section and key, its type, default and what is allowed.

A key's `description` is what people are told is allowed there when they wrote something else.
Never reads a file or the environment: that is `bot.settings`.
"""

import re
from collections.abc import Collection
from datetime import date, time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from bot.core.market import Session
from bot.exchange import calendar_names, is_known

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def refusal(allowed: str) -> PydanticCustomError:
    """The error of a key whose `description` would not say enough about what is allowed."""
    return PydanticCustomError("refused", "{allowed}", {"allowed": allowed})


def nearest(wrong: str, right: Collection[str]) -> str | None:
    """What was probably meant: the one that begins so, else the one spelt most alike, or None."""
    begun = [name for name in right if wrong and name.startswith(wrong)]
    return next(iter(begun or get_close_matches(wrong, [*right], n=1)), None)


def _number(value: object) -> object:
    if isinstance(value, bool):  # it would pass for 0 or 1
        raise ValueError("not a number")  # noqa: TRY004  (pydantic collects ValueError only)
    return value


def _seconds(value: object) -> int:
    written = re.fullmatch(r"(\d{1,6}) ?([smhd])", value.strip()) if isinstance(value, str) else None
    if not written or int(written[1]) == 0:
        raise ValueError("not a duration")
    return int(written[1]) * _SECONDS[written[2]]


def _month(seconds: int) -> int:
    if seconds < 30 * _SECONDS["d"]:
        raise ValueError("less than a month")
    return seconds


def _day(value: object) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if type(value) is date:
        return value
    raise ValueError("not a day")


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        raise ValueError("not an address")
    return value


def _secret_address(value: SecretStr) -> SecretStr:
    _address(value.get_secret_value())
    return value


def _file(value: Path) -> Path:
    if not value.name:
        raise ValueError("not a file")
    return value.expanduser()


def _chat(value: int) -> int:
    if value == 0:
        raise ValueError("no chat has the id 0")
    return value


def _exchange(value: str) -> str:
    if is_known(value):
        return value
    meant = nearest(value.upper(), calendar_names())
    hint = f"; did you mean {meant}?" if meant else ""
    raise refusal(f'a calendar of exchange_calendars such as XNYS, or "always"{hint}')


Whole = Annotated[int, BeforeValidator(_number)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Duration = Annotated[int, BeforeValidator(_seconds)]
"""Written as "90s", "5m", "2h" or "400d"; held in seconds."""
Claim = Annotated[Number, Field(gt=-100, lt=1e6)]
"""A change in percent."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9.^=-]{1,15}$")]
SessionName = Literal["pre", "regular", "post", "always"]


class Section(BaseModel):
    """A table of the file: nothing in it may change, and nothing unknown may be in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Telegram(Section):
    """Where people are reached; without a token the terminal takes its place."""

    token: SecretStr | None = Field(default=None, description="TELEGRAM_TOKEN or TELEGRAM_TOKEN_FILE")
    base_url: Annotated[str, AfterValidator(_address)] = Field(
        default="https://api.telegram.org/bot", description="an address that begins with http:// or https://"
    )
    chats: tuple[Annotated[Whole, AfterValidator(_chat)], ...] = Field(
        default=(), description="a list of chat ids, whole numbers: [123456789, -1001234567890]"
    )
    owner: Annotated[Whole, Field(ge=1)] | None = Field(
        default=None, description="the user id of one person, a whole number of 1 or more"
    )
    max_alerts_per_chat: Whole = Field(default=500, ge=1, description="a whole number of 1 or more")


class Storage(Section):
    """Where the history is kept."""

    path: Annotated[Path, AfterValidator(_file)] = Field(
        default=Path("data/targetwatch.db"), description="the path of a file"
    )

    keep_minute_bars_s: Annotated[Duration, AfterValidator(_month)] = Field(
        default=400 * 86_400, alias="keep_minute_bars", description='a duration of "30d" or more'
    )
    backups: Whole = Field(default=24, ge=0, le=10_000, description="a whole number from 0 to 10000")


class Schedule(Section):
    """When prices are asked for."""

    poll_seconds: Whole = Field(default=30, ge=1, le=3600, description="a whole number of seconds from 1 to 3600")
    sessions: tuple[SessionName, ...] = Field(
        default=("pre", "regular", "post"),
        min_length=1,
        description='a list of "pre", "regular", "post", or ["always"]',
    )

    research_at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        "08:30", description='a time of the day such as "08:30"'
    )

    @property
    def research_time(self) -> time:
        return time.fromisoformat(self.research_at)

    @property
    def watched(self) -> frozenset[Session]:
        """The sessions in which prices are asked for; all four, CLOSED included, for ["always"]."""
        return frozenset(Session) if "always" in self.sessions else frozenset(map(Session, self.sessions))


class Screen(Section):
    """Which prices are believed."""

    max_jump_pct: Number = Field(default=20.0, gt=0, le=1000, description="a percentage above 0, at most 1000")
    stale_after_s: Duration = Field(
        default=300, alias="stale_after", description='a duration such as "90s", "5m", "2h" or "1d"'
    )


class Alerts(Section):
    """How alerts behave that say nothing of their own."""

    rearm_pct: Number = Field(default=1.0, gt=0, lt=100, description="a percentage above 0 and below 100")


class Health(Section):
    """Who is told that all is well."""

    # Whoever knows it can keep the alarm from being raised: such addresses are their own password.
    ping_url: Annotated[SecretStr, AfterValidator(_secret_address)] | None = Field(
        None, description="an address that begins with http:// or https://"
    )


class ConfiguredLevel(Section):
    """One firm's line on a stock, per share as traded, in the stock's currency."""

    firm: Text = Field(description="the name of a firm")
    kind: Literal["consensus", "price target", "fair value", "own"] = Field(
        description='"consensus", "price target", "fair value" or "own"'
    )
    rating: Text | None = Field(default=None, description='a rating in words such as "Outperform"')
    price: Number = Field(gt=0, lt=1e12, description="a price above 0")
    as_of: Annotated[date, BeforeValidator(_day)] = Field(description="a day such as 2025-12-06")
    source: Text = Field(description="where the level is from, in words")


class ConfiguredReport(Section):
    """A report on a stock, with those of its claims that can be computed."""

    title: Text = Field(description="the title of a report, in words")
    as_of: Annotated[date, BeforeValidator(_day)] = Field(description="a day such as 2025-12-06")
    year_to_date_pct: Claim | None = Field(
        default=None, description="the change since New Year in percent such as 86.4, above -100"
    )
    upside_pct: Claim | None = Field(
        default=None, description="the upside to the consensus in percent such as 20, above -100"
    )


class Watch(Section):
    """One watched stock."""

    name: Text | None = Field(default=None, description="the stock's name as people call it")
    exchange: Annotated[str, AfterValidator(_exchange)] = Field(
        default="XNYS", description='a calendar of exchange_calendars such as XNYS, or "always"'
    )
    # GBp and ZAc are what Yahoo calls pence and cents.
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Za-z]$")] = Field(
        "USD", description="a currency in three letters such as USD"
    )
    levels: tuple[ConfiguredLevel, ...] = Field(default=(), description="a list of levels, each a table")
    alerts: tuple[Text, ...] = Field(default=(), description='a list of alerts such as ["crosses consensus"]')
    report: ConfiguredReport | None = Field(
        default=None, description="a table with title, as_of, year_to_date_pct and upside_pct"
    )
