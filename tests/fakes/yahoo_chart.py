"""What Yahoo answers over HTTP: charts in its JSON shape, refusals, the pages around them."""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Literal
from zoneinfo import ZoneInfo

Row = tuple[int, float | None, float | None, float | None, float | None, int | None]
"""at (epoch seconds UTC, off the minute for a live row), open, high, low, close, volume."""

Fault = int | Literal["hang", "drop", "tls", "consent", "html", "down", "empty", "no trades", "null rows", "no meta"]
"""A status, or: no answer; the connection cut; no handshake; the consent form; some other page; the "be right
back" page; a chart without rows; "data doesn't exist"; rows of nulls; a chart without time zone."""

_NEW_YORK = ZoneInfo("America/New_York")

_INTRADAY = {"1m": 30, "5m": 60, "60m": 730}
"""For how many days back Yahoo has bars of each width."""

CHART = "/v8/finance/chart/"
_DAY_S = 86_400
HTML = "<html><body><form action='/v2/collectConsent'><input name='csrfToken' value='x'></form></body></html>"
DOWN = "<html><body>Will be right back...</body></html>"


@dataclass(frozen=True)
class Request:
    """What was asked, by which name of the host."""

    host: str
    path: str
    params: Mapping[str, str]

    @property
    def is_for_days(self) -> bool:
        """Whether daily prices of a span are wanted; yfinance's look-up of a time zone names no span."""
        return self.path.startswith(CHART) and self.params.get("interval") == "1d" and "period1" in self.params


@dataclass
class Listing:
    """One stock as the fake knows it."""

    rows: list[Row] = field(default_factory=list)
    days: list[Row] = field(default_factory=list)  # at is the opening, of a running session the last trade
    events: dict[str, Any] = field(default_factory=dict)  # dividends and splits, as Yahoo words them
    meta: dict[str, Any] = field(default_factory=dict)
    adjusted_by: float = 1.0  # what adjusted closes are multiplied with, as after a dividend
    answer: Mapping[str, Any] | None = None  # instead of all that


@dataclass
class Reply:
    """One answer over HTTP."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def trade(rows: list[Row], at: int, price: float) -> None:
    """Add a trade to the minute it was made in, the last one of the rows or a new one."""
    minute = at - at % 60
    if not rows or rows[-1][0] != minute:
        rows.append((minute, price, price, price, price, 100))
        return
    _, opened, high, low, _, volume = rows[-1]
    rows[-1] = (minute, opened, max(high or price, price), min(low or price, price), price, volume)


def split(listing: Listing, opens_at: int, numerator: int, denominator: int, *, is_listed: bool = True) -> None:
    """Put all prices from before the day of this opening on the new scale, and list the split under the opening."""
    day = _day(opens_at)

    def before(row: Row) -> Row:
        prices = [price and price * denominator / numerator for price in row[1:5]]
        return row if _day(row[0]) >= day else (row[0], *prices, row[5])  # type: ignore[return-value]

    listing.rows, listing.days = [before(row) for row in listing.rows], [before(row) for row in listing.days]
    if is_listed:
        event = {"date": opens_at, "numerator": numerator, "denominator": denominator,
                 "splitRatio": f"{numerator}:{denominator}"}  # fmt: skip
        listing.events.setdefault("splits", {})[str(opens_at)] = event


def chart(request: Request, listings: Mapping[str, Listing], fault: Fault | None, now: float) -> Reply:
    """What a request for prices gets; 32-bit floats, as from Yahoo."""
    if fault in ("html", "down"):
        return Reply(body=HTML if fault == "html" else DOWN)
    listing = listings.get(request.path.removeprefix(CHART))
    if listing is None:
        return _error(404, "Not Found", "No data found, symbol may be delisted")
    if listing.answer is not None:
        return Reply(body=json.dumps(listing.answer))
    span = _span(request.params, listing.rows, now)
    if isinstance(span, Reply):
        return span
    if fault == "no trades":
        asked = f"startDate = {span[0]}, endDate = {span[1]}"
        return _error(400, "Bad Request", f"Data doesn't exist for {asked}")
    offered = listing.days if request.is_for_days else [row for row in listing.rows if _is_shown(row, request.params)]
    rows = [row for row in _coarser(offered, request.params["interval"]) if span[0] <= row[0] < span[1]]
    return _prices(request, listing, rows, fault, _events(listing.events, span))


def _events(events: Mapping[str, Any], span: tuple[int, int]) -> dict[str, Any]:
    """The dividends and splits of the seconds asked for."""
    kinds = {kind: {key: one for key, one in of.items() if span[0] <= one["date"] < span[1]}
             for kind, of in events.items()}  # fmt: skip
    return {kind: of for kind, of in kinds.items() if of}


def _coarser(rows: Sequence[Row], interval: str) -> list[Row]:
    """Minutes folded into bars of five, or into those of an hour, which in the session begin at half past."""
    if interval not in ("5m", "60m"):
        return list(rows)
    begins = _hour if interval == "60m" else _five
    return [_folded(start, list(of)) for start, of in groupby(rows, key=lambda row: begins(row[0]))]


def _five(at: int) -> int:
    return at - at % 300


def _hour(at: int) -> int:
    clock = datetime.fromtimestamp(at, _NEW_YORK)
    is_regular = (9, 30) <= (clock.hour, clock.minute) < (16, 0)
    return at - (at - 1_800 * is_regular) % 3_600


def _folded(start: int, rows: Sequence[Row]) -> Row:
    opens, highs, lows, closes, volumes = zip(*(row[1:] for row in rows if row[1] is not None), strict=True)
    return (start, opens[0], max(highs), min(lows), closes[-1], sum(volumes))


def _span(params: Mapping[str, str], rows: Sequence[Row], now: float) -> tuple[int, int] | Reply:
    """The seconds asked for, or why they are refused; "1d" is the day of the last row in New York."""
    if params.get("interval") not in (*_INTRADAY, "1d"):
        return _error(422, "Unprocessable Entity", "this fake has bars of 1m, 5m, 60m and 1d only")
    if "range" in params:
        today = _day(rows[-1][0]) if rows else None
        return next((row[0] for row in rows if _day(row[0]) == today), 0), int(now) + _DAY_S
    start, end = int(params["period1"]), int(params["period2"])
    if params["interval"] == "1d":
        return start, end
    if params["interval"] == "1m" and end - start > 8 * _DAY_S:
        return _error(422, "Unprocessable Entity", "Only 8 days worth of 1m granularity data are allowed")
    reach = _INTRADAY[params["interval"]]
    if start < now - reach * _DAY_S:
        return _error(422, "Unprocessable Entity", f"The requested range must be within the last {reach} days.")
    return start, end


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, _NEW_YORK).date().isoformat()


def _is_shown(row: Row, params: Mapping[str, str]) -> bool:
    clock = datetime.fromtimestamp(row[0], _NEW_YORK)
    is_regular = (9, 30) <= (clock.hour, clock.minute) < (16, 0)
    return is_regular or params.get("includePrePost", "").lower() == "true"


def _prices(request: Request, listing: Listing, rows: list[Row], fault: Fault | None, listed: dict[str, Any]) -> Reply:
    symbol = request.path.removeprefix(CHART)
    meta = _meta(symbol, request, listing)
    if fault == "no meta":
        del meta["exchangeTimezoneName"]
    if fault == "empty" or not rows:
        return _chart_reply({"meta": meta, "indicators": {"quote": [{}], "adjclose": [{}]}})
    if fault == "null rows":
        rows = [(row[0], None, None, None, None, None) for row in rows]
    starts, *prices, volumes = zip(*rows, strict=True)
    quote: dict[str, Any] = {
        name: [_single(price) for price in column]
        for name, column in zip(("open", "high", "low", "close"), prices, strict=True)
    }
    adjusted = [price and price * listing.adjusted_by for price in quote["close"]]
    indicators = {"quote": [{**quote, "volume": volumes}], "adjclose": [{"adjclose": adjusted}]}
    events = {"events": listed} if listed else {}
    return _chart_reply({"meta": meta, "timestamp": starts, "indicators": indicators} | events)


def _single(price: float | None) -> float | None:
    """The price as a 32-bit float, as Yahoo keeps it: 188.70 becomes 188.6999969…"""
    return None if price is None else float(struct.unpack("f", struct.pack("f", price))[0])


def _meta(symbol: str, request: Request, listing: Listing) -> dict[str, Any]:
    last = listing.rows[-1] if listing.rows else (0, None, None, None, None, None)
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NYQ",
        "instrumentType": "EQUITY",
        "firstTradeDate": 1411133400,
        "regularMarketTime": last[0],
        "hasPrePostMarketData": True,
        "gmtoffset": -14400,
        "timezone": "EDT",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": last[4],
        "chartPreviousClose": 188.0,
        "previousClose": 188.0,
        "priceHint": 2,
        "dataGranularity": request.params["interval"],
        "range": request.params.get("range", ""),
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    return {name: value for name, value in (meta | listing.meta).items() if value is not None}


def _chart_reply(result: Mapping[str, Any]) -> Reply:
    headers = {"Content-Type": "application/json", "Cache-Control": "public, max-age=10"}
    return Reply(body=json.dumps({"chart": {"result": [result], "error": None}}), headers=headers)


def _error(status: int, code: str, description: str) -> Reply:
    error = {"code": code, "description": description}
    return Reply(status, json.dumps({"chart": {"result": None, "error": error}}))


def refusal(status: int, headers: dict[str, str]) -> Reply:
    body = "Too Many Requests\r\n" if status == 429 else f"<html><body>{status}</body></html>"
    return Reply(status, body, dict(headers))


def side(request: Request) -> Reply:
    if request.path == "/v1/test/getcrumb":
        return Reply(body="crumb")
    if request.host.startswith("fc."):
        expires = "Fri, 01-Jan-2038 00:00:00 GMT"
        cookie = f"A3=d=x; Expires={expires}; Domain=.yahoo.com; Path=/; Secure; HttpOnly"
        return Reply(404, "", {"Set-Cookie": cookie})
    if request.host.startswith("guce."):  # where nobody has to be asked for consent, a page without a form
        return Reply(body="<html><body>Yahoo</body></html>")
    return Reply(body=HTML)
