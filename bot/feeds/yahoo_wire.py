"""The requests to Yahoo: yfinance and curl, held to a deadline, their faults named.

Loaded by `yahoo.py` with the first fetch, since importing yfinance takes a second and 100 MB, and
used from one thread only. It never looks at a price.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic
from typing import Any

import yfinance
from curl_cffi import CurlOpt
from curl_cffi.requests import Response
from curl_cffi.requests import Session as CurlSession
from curl_cffi.requests.exceptions import HTTPError, RequestException, Timeout
from yfinance.data import SingletonMeta, YfData
from yfinance.exceptions import YFDataException, YFPricesMissingError, YFRateLimitError, YFTzMissingError

from bot.core.splits import Split, split_of
from bot.feeds import FaultKind, FeedError
from bot.feeds.yahoo_grains import Span

Row = tuple[int, float, float, float, float, int]
"""at, open, high, low, close, volume; `at` in epoch seconds UTC, NaN where Yahoo sent null."""

DayRow = tuple[date, float, float, float, float, int, float]
"""date of the session, open, high, low, close, volume, new shares for one old; NaN where Yahoo sent null."""

_CHART = "/v8/finance/chart/"
TOO_MANY = (429, 999)  # 999: what Yahoo's outer servers answer to a blocked address
_LONGEST_WAIT_S = 86_400.0
_IDLE_S = 90  # servers close what is idle for longer

_log = logging.getLogger(__name__)


class Wire:
    """yfinance, set up once for the whole process, and one long-lived Ticker a symbol."""

    def __init__(self, zones: Mapping[str, str], cache_dir: Path, *, afresh: bool = False) -> None:
        """`afresh` where a thread was lost before: yfinance has one session for all, with locks that it may hold."""
        set_up(str(cache_dir))
        if afresh:
            SingletonMeta._instances.pop(YfData, None)
        self._zones = zones
        self._session = HurriedSession(impersonate="chrome")
        self._tickers: dict[str, Any] = {}
        self._odd: set[str] = set()

    def history(
        self, symbol: str, span: Span | None, seconds: float, now: float, interval: str = "1m"
    ) -> tuple[list[Row], Mapping[str, Any], list[Split]]:
        """The rows of a span, or of the last day, what Yahoo says of the stock, and the splits in the span.

        Takes `seconds` from `now` on at most. Of the mapping, only names that are in the chart's own answer may
        be asked: for `tradingPeriods` yfinance would send another request. Raises what yfinance
        and curl raise; `blame` knows what it means.
        """
        asked = {"period": "1d"} if span is None else {"start": span[0], "end": span[1]}
        frame, meta = self._frame(symbol, seconds, now, interval=interval, prepost=True, **asked)
        rows = _rows(frame)
        if not rows and span is None:
            raise YFPricesMissingError(symbol, "")
        return rows, meta, _splits(frame)

    def days(self, symbol: str, span: Span, seconds: float, now: float) -> tuple[list[DayRow], Mapping[str, Any]]:
        """The rows of the sessions in a span, a running one included, and what Yahoo says of the stock.

        Adjusted for splits alone. See `history` for the rest.
        """
        frame, meta = self._frame(symbol, seconds, now, interval="1d", prepost=False, start=span[0], end=span[1])
        return _day_rows(frame), meta

    def _frame(self, symbol: str, seconds: float, now: float, **asked: Any) -> tuple[Any, Mapping[str, Any]]:
        """What yfinance makes of the answer; None where there was no trade in a span."""
        self._session.start(seconds, now)
        ticker = self._ticker(symbol)
        try:
            frame = ticker.history(auto_adjust=False, actions=True, **asked)
        except YFPricesMissingError as error:
            meta: Mapping[str, Any] = ticker.get_history_metadata()
            if "period" in asked or not _is_silence(self._session.status, meta, error.rationale):
                raise
            return None, meta
        finally:
            # yfinance remembers its answers about the past, a 500 as well, until the process ends.
            YfData.cache_get.cache_clear()
        return frame, ticker.get_history_metadata()

    def blame(self, symbol: str, error: Exception, now: int) -> FeedError:
        """The fault behind an exception of `history`."""
        kind = _kind(error, self._session.status)
        if kind is None:
            self._note_shape(symbol, error)
        return FeedError(symbol, kind or FaultKind.UNREADABLE, _wait_s(self._session.wish, now))

    @property
    def clock_at(self) -> int | None:
        """The time by Yahoo's own clock when it gave the last chart (epoch seconds UTC), None where it did not say."""
        return _moment(self._session.date)

    def _note_shape(self, symbol: str, error: Exception) -> None:
        """Said once of each sort: it may come with every poll for hours."""
        sort = type(error).__name__
        level = logging.DEBUG if sort in self._odd else logging.WARNING
        self._odd.add(sort)
        _log.log(level, "yahoo's answer has an unknown shape symbol=%s error=%s", symbol, sort)
        _log.debug("where it could not be read", exc_info=error)

    def _ticker(self, symbol: str) -> Any:
        if symbol not in self._tickers:
            if zone := self._zones.get(symbol):
                # Saves a request, and a refusal of it that yfinance would remember for good.
                yfinance.cache.get_tz_cache().store(symbol.upper(), zone)
            self._tickers[symbol] = yfinance.Ticker(symbol, session=self._session)
        return self._tickers[symbol]


def set_up(cache_dir: str) -> None:
    """What this process wants of yfinance."""
    # yfinance 1.7 calls what pandas 3.1 deprecates: a warning on standard error with every poll.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"yfinance\.")
    yfinance.set_tz_cache_location(cache_dir)
    # Otherwise most faults look like a stock that did not trade: an empty frame.
    yfinance.config.debug.hide_exceptions = False


class HurriedSession(CurlSession[Response]):
    """Holds every request to the deadline and remembers how the last chart was answered.

    yfinance's own timeout bounds the chart alone, not the cookie and the crumb before it.
    """

    wanted = _CHART
    ends_at = side_s = begun_at = 0.0
    status = 0
    wish: str | None = None
    date: str | None = None

    def start(self, seconds: float, now: float) -> None:
        """Give all requests from here on `seconds` together, and no connection that has been idle for minutes.

        curl drops these by itself, but by a clock that stands still while a machine is asleep: the
        first request after it would hang in a connection that nobody knows any more.
        """
        is_idle, self.begun_at = now - self.begun_at > _IDLE_S, now
        self.curl_options = {CurlOpt.FRESH_CONNECT: 1} if is_idle else {}  # type: ignore[dict-item]  # knows of strings only
        self.ends_at = monotonic() + seconds
        self.side_s = seconds / 4
        self.status, self.wish, self.date = 0, None, None

    def request(self, *args: Any, **options: Any) -> Response:
        is_chart = self.wanted in options["url"]
        left_s = self.ends_at - monotonic()
        # Cookie and crumb are dispensable: hanging, they must leave time for the chart.
        left_s = left_s if is_chart else min(left_s, self.side_s)
        if left_s < 0.001:  # curl takes 0 ms as "no limit"
            raise Timeout("deadline")
        response = super().request(*args, **{**options, "timeout": left_s})
        if is_chart:
            self.status, self.wish = response.status_code, response.headers.get("retry-after")
            self.date = response.headers.get("date")
        return response


def _kind(error: Exception, status: int) -> FaultKind | None:
    """The first that applies, None for what was never seen; `status` 0 where no chart was answered."""
    rules = (
        (status in TOO_MANY or isinstance(error, YFRateLimitError), FaultKind.RATE_LIMITED),
        (isinstance(error, Timeout), FaultKind.TIMEOUT),
        # An HTTPError is an answer: that of the look-up of a time zone, which nothing was stored of.
        (isinstance(error, RequestException) and not isinstance(error, HTTPError), FaultKind.UNREACHABLE),
        (status in (400, 422), FaultKind.NO_DATA),  # a span that Yahoo does not have
        (status == 404 or isinstance(error, YFTzMissingError), FaultKind.UNKNOWN_SYMBOL),
        (status >= 400 or isinstance(error, YFDataException), FaultKind.SERVER_ERROR),
        (isinstance(error, YFPricesMissingError), FaultKind.NO_DATA),
        (isinstance(error, json.JSONDecodeError), FaultKind.UNREADABLE),  # a page, such as the consent form
    )
    return next((kind for applies, kind in rules if applies), None)


def _is_silence(status: int, meta: Mapping[str, Any], reason: str) -> bool:
    """Whether Yahoo knows the stock and says that nothing was traded in the span."""
    return (status == 200 and "symbol" in meta) or "Data doesn't exist" in reason


def _wait_s(wish: str | None, now: int) -> float | None:
    """A Retry-After header, seconds or an HTTP date, as seconds from now, a day at most."""
    if not wish:
        return None
    at = _moment(wish)
    seconds = float(wish) if wish.isdecimal() else None if at is None else at - now
    return None if seconds is None else min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _moment(text: str | None) -> int | None:
    """An HTTP date in epoch seconds UTC."""
    try:
        return int(parsedate_to_datetime(text).timestamp()) if text else None
    except ValueError:
        return None


def _rows(frame: Any) -> list[Row]:
    if frame is None or frame.empty:
        return []
    frame = _priced(frame)
    rows = zip(frame.index.as_unit("s").asi8.tolist(), *_columns(frame), strict=True)
    return [row for row in rows if row[0] > 0]  # a time that is null reads as one before all others


def _priced(frame: Any) -> Any:
    """Without the rows that bear a dividend or a split alone: no price and no volume."""
    prices = frame[["Open", "High", "Low", "Close"]]
    return frame[prices.notna().any(axis=1) | (frame["Volume"] != 0)]


def _splits(frame: Any) -> list[Split]:
    """The splits by their dates; yfinance notes each as new shares for one old, beside the first row of its day."""
    if frame is None or frame.empty:
        return []
    noted = frame["Stock Splits"]
    noted = noted[noted > 0]
    return [split_of(day, ratio) for day, ratio in zip(noted.index.date.tolist(), noted.tolist(), strict=True)]


def _day_rows(frame: Any) -> list[DayRow]:
    if frame is None or frame.empty:
        return []
    # Dates by Yahoo's own zone: that of the calendar may be another, such as UTC for what never closes.
    splits = frame["Stock Splits"].replace(0.0, 1.0).tolist()
    return list(zip(frame.index.date.tolist(), *_columns(frame), splits, strict=True))


def _columns(frame: Any) -> Iterator[list[Any]]:
    return (frame[name].tolist() for name in ("Open", "High", "Low", "Close", "Volume"))
