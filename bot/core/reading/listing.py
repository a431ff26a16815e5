"""What somebody typed after /watch → stocks: Yahoo's symbol, and by its ending the calendar of its exchange.

Knows symbols and the names of calendars; never whether a stock exists, what it costs or when an exchange is open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.core.language import Unreadable
from bot.core.message import clipped

USUAL, ALWAYS = "XNYS", "always"
_FUTURES, _FOREIGN_EXCHANGE = "us_futures", "24/5"

# Shenzhen keeps Shanghai's days and hours, as the National exchange of India keeps Bombay's; both have no
# calendar of their own. Athens and Tel Aviv are left out: exchange_calendars cannot build theirs.
ENDINGS: Mapping[str, str] = {
    "AS": "XAMS", "AX": "XASX", "BA": "XBUE", "BD": "XBUD", "BK": "XBKK", "BO": "XBOM", "BR": "XBRU", "CO": "XCSE",
    "DE": "XETR", "F": "XFRA", "HE": "XHEL", "HK": "XHKG", "IC": "XICE", "IL": "XLON", "IR": "XDUB", "IS": "XIST",
    "JK": "XIDX", "JO": "XJSE", "KL": "XKLS", "KQ": "XKRX", "KS": "XKRX", "L": "XLON", "LS": "XLIS", "MC": "XMAD",
    "ME": "XMOS", "MI": "XMIL", "MX": "XMEX", "NE": "XTSE", "NS": "XBOM", "NZ": "XNZE", "OL": "XOSL", "PA": "XPAR",
    "PR": "XPRA", "PS": "XPHS", "RG": "XRIS", "SA": "BVMF", "SI": "XSES", "SN": "XSGO", "SR": "XSAU", "SS": "XSHG",
    "ST": "XSTO", "SW": "XSWX", "SZ": "XSHG", "T": "XTKS", "TL": "XTAL", "TO": "XTSE", "TW": "XTAI", "TWO": "XTAI",
    "V": "XTSE", "VI": "XWBO", "VS": "XLIT", "WA": "XWAR",
}  # fmt: skip

CALENDARS = frozenset({USUAL, ALWAYS, _FUTURES, _FOREIGN_EXCHANGE, *ENDINGS.values()})
"""Every calendar a chat may name: those of the endings and the four others, known to be buildable."""

_NAMES = {name.casefold(): name for name in CALENDARS} | {
    "24/7": ALWAYS, "nyse": USUAL, "nasdaq": USUAL, "xnas": USUAL,
}  # fmt: skip
_CURRENCIES = (
    "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "CZK", "DKK", "EUR", "GBP", "GBp", "HKD", "HUF", "IDR",
    "ILA", "ILS", "INR", "ISK", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RUB", "SAR", "SEK", "SGD",
    "THB", "TRY", "TWD", "USD", "ZAR", "ZAc",
)  # fmt: skip
_SYMBOL = re.compile(r"(?=.*[A-Z0-9])[A-Z0-9.^=-]{1,15}")
_COIN = re.compile(rf"[A-Z0-9]+-({'|'.join(code for code in _CURRENCIES if code.isupper())})")
_MARKET_CODE = re.compile(r"X[A-Z]{3}")
_EXAMPLES = "/watch NVDA, /watch 0700.HK or /watch BTC-USD"
_MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Pick:
    """One stock somebody wants watched; `currency` None where the source is to say it."""

    symbol: str
    exchange: str = ""
    currency: str | None = None


def picked(text: str) -> tuple[Pick, ...] | Unreadable:
    """The stocks in "NVDA, $amd" or "SAP.DE XETR EUR": symbols, exchange and currency behind one where they are named.

    A currency is told by the source and need not be named: London quotes some of its funds in dollars.
    """
    picks: dict[str, Pick] = {}
    last = ""
    for word in text.replace(",", " ").split():
        if last and (known := _NAMES.get(word.casefold())):
            picks[last] = replace(picks[last], exchange=known)
        elif last and (currency := _currency(word)):
            picks[last] = replace(picks[last], currency=currency)
        elif refusal := _refusal(word, is_first=not last):
            return refusal
        else:
            last = word.upper().removeprefix("$")
            picks.setdefault(last, Pick(last))
    if not picks:
        return Unreadable(f"Which stock? {_EXAMPLES}, as finance.yahoo.com spells it.")
    if len(picks) > _MOST_AT_ONCE:
        return Unreadable(f"That are {len(picks)} stocks; please /watch {_MOST_AT_ONCE} at most at a time.")
    return _placed(tuple(picks.values()))


def _placed(picks: tuple[Pick, ...]) -> tuple[Pick, ...] | Unreadable:
    """The same, each with its exchange."""
    placed = [pick if pick.exchange else replace(pick, exchange=_exchange(pick.symbol) or "") for pick in picks]
    homeless = next((pick.symbol for pick in placed if not pick.exchange), None)
    return tuple(placed) if homeless is None else _homeless(homeless)


def _exchange(symbol: str) -> str | None:
    """By Yahoo's spelling; None for an ending that says nothing."""
    if symbol.endswith("=X"):
        return _FOREIGN_EXCHANGE
    if symbol.endswith("=F"):
        return _FUTURES
    if _COIN.fullmatch(symbol):
        return ALWAYS
    name, dot, ending = symbol.rpartition(".")
    return ENDINGS.get(ending) if dot and name else USUAL


def _homeless(symbol: str) -> Unreadable:
    name, _, ending = symbol.rpartition(".")
    if len(ending) == 1:
        return Unreadable(f"Yahoo writes a class of shares with a hyphen: /watch {name}-{ending}")
    return Unreadable(
        f"I do not know the exchange of symbols that end in .{ending}. Type its calendar behind the symbol: "
        f"/watch {symbol} XLON (New York is XNYS, what never closes is always)."
    )


def _currency(word: str) -> str | None:
    return next((code for code in _CURRENCIES if word in (code, code.casefold())), None)


def _refusal(word: str, *, is_first: bool) -> Unreadable | None:
    """Why the word is no symbol, or None."""
    symbol, shown = word.upper().removeprefix("$"), clipped(word)
    if not _SYMBOL.fullmatch(symbol):
        return Unreadable(f'"{shown}" is no symbol. Type it as finance.yahoo.com spells it: {_EXAMPLES}.')
    if symbol.replace(".", "").isdigit():
        return Unreadable(f'"{shown}" is a number. Numbers of Asia\'s exchanges have an ending: /watch 0700.HK.')
    if not is_first and _MARKET_CODE.fullmatch(symbol):
        nearest = get_close_matches(symbol, sorted(CALENDARS), n=1, cutoff=0.6)
        meant = f" Did you mean {nearest[0]}?" if nearest else ""
        return Unreadable(
            f"I know no exchange {symbol}.{meant} New York is XNYS, Hong Kong XHKG, London XLON, what never closes "
            f"always. Where it is a stock, watch it by itself: /watch {symbol}"
        )
    return None
