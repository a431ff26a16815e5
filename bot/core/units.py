"""The unit that a stock's levels are in, and what a price stated in another comes to in it.

A price per ordinary share or in another currency is converted with what was said, or it is not taken at
all: 1,399 CNY beside a price of 186 USD is no target. Knows no rate of the day; a rate is always somebody's word.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from bot.core.formula import money
from bot.core.market import Stock
from bot.core.reading.lines import LARGEST, SMALLEST
from bot.core.reading.words import decimal

SHARE, ADS = "share", "ADS"

_DOLLARS = ("USD", "HKD", "CAD", "AUD", "NZD", "SGD", "TWD")
_SHARED = {"$": _DOLLARS, "¥": ("CNY", "JPY")}
"""Signs of several currencies: that of the stock where it is one of them."""

_PARTS = {
    ("GBP", "GBp"): 0.01, ("GBp", "GBP"): 100.0, ("ZAR", "ZAc"): 0.01, ("ZAc", "ZAR"): 100.0,
    ("ILS", "ILA"): 0.01, ("ILA", "ILS"): 100.0,
}  # fmt: skip
"""How many of the first are one of the second, for ever."""

_CNY_A_USD = (6.0, 8.0)
_A_USD = {
    "CNY": _CNY_A_USD, "HKD": (7.7, 7.9), "JPY": (100, 180), "EUR": (0.8, 1.0), "GBP": (0.7, 0.9), "CHF": (0.75, 1.05),
    "CAD": (1.2, 1.5), "AUD": (1.3, 1.7), "SGD": (1.2, 1.4), "TWD": (28, 34), "KRW": (1100, 1500), "INR": (80, 100),
}  # fmt: skip
"""Between what a USD has cost in recent years, wide enough to tell a rate from its reverse; never to convert by."""

_AMONG_TIMES = 1.5


@dataclass(frozen=True, slots=True)
class Unit:
    """What was said of a price beside the number; None where nothing was.

    `currency` is three letters, or "$" or "¥", which several share; `per` SHARE or ADS; `rate` how many of
    that currency one of the stock's costs.
    """

    currency: str | None = None
    per: str | None = None
    rate: float | None = None


AS_TRADED = Unit()


class Lack(Enum):
    """Why a price cannot be had in the stock's unit."""

    STOCK_CURRENCY = "nobody has said yet what the stock's prices are in"
    WHICH_CURRENCY = "the sign is that of several"
    RATE = "another currency, and no rate"
    REVERSED_RATE = "the rate is that of the other direction"
    NEEDLESS_RATE = "a rate, and no other currency"
    SHARE = "per share or per ADS"
    SIZE = "no price comes of it"


@dataclass(frozen=True, slots=True)
class Converted:
    """A price in the stock's unit; `how` it came about, None where it was stated in that unit."""

    price: float
    how: str | None = None


def unit_of(stock: Stock) -> str:
    """USD per ADS (1 ADS = 8 ordinary shares); USD per share, as traded."""
    currency = stock.currency or "the currency it trades in"
    shares = stock.shares_per_ads
    return (
        f"{currency} per ADS (1 ADS = {shares} ordinary shares)" if shares > 1 else f"{currency} per share, as traded"
    )


def in_unit_of(stock: Stock, price: float, unit: Unit) -> Converted | Lack:
    """The price as one of the stock's levels: times the shares of an ADS where it is per share, divided by the rate."""
    if stock.currency is None and (unit.currency not in (None, "$") or unit.rate is not None):
        return Lack.STOCK_CURRENCY
    currency = currency_of(stock, unit)
    if currency is None and stock.currency is not None:
        return Lack.WHICH_CURRENCY
    part = _PARTS.get((currency or "", stock.currency or ""))
    lack = _lack(stock, currency, unit, needs_rate=currency != stock.currency and part is None)
    return lack or _converted(stock, price, currency, replace(unit, rate=part or unit.rate))


def currency_of(stock: Stock, unit: Unit) -> str | None:
    """The currency that was said, the stock's where none was; None where it can be several."""
    if unit.currency is None:
        return stock.currency
    if unit.currency not in _SHARED:
        return unit.currency
    if stock.currency in _SHARED[unit.currency]:
        return stock.currency
    return "USD" if unit.currency == "$" and stock.currency is not None else None


def usual_rate(stock: Stock, currency: str) -> float:
    """A number to show how a rate is typed; it is nobody's rate."""
    least, most = _A_USD.get(currency, (1.0, 1.5)) if stock.currency == "USD" else (1.0, 1.5)
    return round((least + most) / 2, 2)


def likelier(stock: Stock, price: float, unit: Unit, references: Iterable[float]) -> Unit | None:
    """Another unit in which the price would lie among these, where it does not in that which was said, or None."""
    references = tuple(references)
    if stock.shares_per_ads > 1:
        other = replace(unit, per=ADS if unit.per == SHARE else SHARE)
        if _lies_among(stock, price, other, references, 1, 1):
            return other
    in_dollars = stock.currency == currency_of(stock, unit) == "USD"
    if in_dollars and _lies_among(stock, price, unit, references, *_CNY_A_USD):
        return replace(unit, currency="CNY", per=unit.per or (ADS if stock.shares_per_ads > 1 else None))
    return None


def _lies_among(stock: Stock, price: float, unit: Unit, references: Iterable[float], least: float, most: float) -> bool:
    converted = in_unit_of(stock, price, unit)
    return isinstance(converted, Converted) and would_lie_among(converted.price, references, least, most)


def would_lie_among(price: float, references: Iterable[float], least: float, most: float) -> bool:
    """Whether the price, divided by something between least and most, is about one of these."""
    return any(price / most <= one * _AMONG_TIMES and price / least >= one / _AMONG_TIMES for one in references)


def _lack(stock: Stock, currency: str | None, unit: Unit, *, needs_rate: bool) -> Lack | None:
    if not needs_rate:
        return Lack.NEEDLESS_RATE if unit.rate is not None else None
    if unit.rate is None:
        return Lack.RATE
    if _is_reversed(stock, currency or "", unit.rate):
        return Lack.REVERSED_RATE
    return Lack.SHARE if stock.shares_per_ads > 1 and unit.per is None else None


def _is_reversed(stock: Stock, currency: str, rate: float) -> bool:
    """0.1285 for HKD: one HKD in USD. Near one nothing can be told."""
    least, most = _A_USD.get(currency, (1, 1)) if stock.currency == "USD" else (1, 1)
    is_usual, is_reverse = (least / 1.5 <= one <= most * 1.5 for one in (rate, 1 / rate))
    return is_reverse and not is_usual


def _converted(stock: Stock, price: float, currency: str | None, unit: Unit) -> Converted | Lack:
    shares = stock.shares_per_ads if unit.per == SHARE else 1
    if shares == 1 and unit.rate is None:
        return Converted(price)
    found = price * shares / (unit.rate or 1)
    found = round(found, 2 if found >= 1 else 6)
    if not SMALLEST <= found <= LARGEST:
        return Lack.SIZE
    stated = " ".join(filter(None, [money(price), currency, f"per {unit.per}" if unit.per else ""]))
    times = f" × {shares}" if shares > 1 else ""
    rate = f" ÷ {decimal(unit.rate)} {currency} a {stock.currency}" if unit.rate is not None else ""
    return Converted(found, f"{stated}{times}{rate}")
