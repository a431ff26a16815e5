"""What a price was typed in: HK$187, 1399 CNY, 24 USD per share, 187 HKD per ordinary share rate 7.78.

Takes these words out of the others around the price; what they come to for a stock, `core.units` knows.
"""

import re
from collections.abc import Sequence

from bot.core.message import clipped
from bot.core.reading.typed import RefusedError, Token
from bot.core.reading.words import decimal
from bot.core.units import ADS, SHARE, Unit

_SPELT = {
    "USD": "us$ usdollar usdollars", "$": "dollar dollars buck bucks", "HKD": "hk$ hkdollar hkdollars hk",
    "CNY": "rmb cnh cn¥ rmb¥ yuan renminbi 元 人民币", "JPY": "jp¥ yen 円", "¥": "￥", "EUR": "€ euro euros",
    "GBP": "£ pound pounds sterling", "GBp": "gbx pence p", "ZAc": "", "ZAR": "", "CHF": "", "CAD": "c$ ca$",
    "AUD": "a$ au$", "NZD": "nz$", "SGD": "s$ sg$", "TWD": "nt$ ntd", "KRW": "₩", "INR": "₹", "BRL": "r$", "MXN": "",
    "SEK": "", "NOK": "", "DKK": "", "PLN": "", "ILS": "₪", "THB": "฿", "MYR": "", "IDR": "", "PHP": "", "VND": "",
    "RUB": "₽", "SAR": "", "AED": "", "CZK": "", "HUF": "", "TRY": "₺", "CLP": "", "COP": "", "PEN": "", "ARS": "",
    "QAR": "", "KWD": "", "EGP": "", "PKR": "", "ISK": "", "RON": "", "MOP": "", "KZT": "", "ILA": "",
}  # fmt: skip
_CURRENCY_OF = {word: code for code, words in _SPELT.items() for word in (code.casefold(), *words.split())} | {
    "gbp": "GBP"  # and GBp only where it is written so
}
_BESIDE_A_NUMBER = frozenset(["hk", "try", "cop", "pen", "p", "buck", "bucks", "pound", "pounds", "sterling", "euro"])
"""Words that a firm's name may have elsewhere."""

_ANY = "|".join(sorted(map(re.escape, _CURRENCY_OF), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<before>{_ANY})?(?P<number>[+−-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:k|e[+-]?\d+)?)(?P<after>{_ANY})?", re.IGNORECASE
)
_PLACES, _DOLLARS = ("us", "hk", "hong kong"), re.compile(r"\$.*|dollars?")
_SLASHED = re.compile(r"(?P<rest>.*)(?P<per>/(?:sh|share|ads|adr)s?)", re.IGNORECASE)
_ORDINARY = "(?:ordinary|ord|common|underlying|h|hk|hong kong)"
_EACH = "(?:(?:per|a|an|each|every|1|one) )"
_PER = {
    SHARE: re.compile(rf"(?:{_EACH}+|/)(?:{_ORDINARY} )?(?:shares?|sh|h-shares?)|{_ORDINARY} shares?|h-shares?"),
    ADS: re.compile(rf"(?:{_EACH}+|/)?(?:ad[sr]s?|(?:american )?depositary (?:share|receipt)s?)"),
}
_LONGEST_PER = 5
_RATE = re.compile(r"(?:rate|fx|@)[:=]?(?P<number>\d\S*)?")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)")
_COMMA = re.compile(r"\d{1,6},\d{1,6}")
_SIGNS = ("/", "*", "@", "×", "÷")
_LEADING = frozenset({"exchange", "at", "with", "the"})
_BETWEEN = frozenset({"of", "is", "at", "was", "=", ":", "about", "~"})
_PAIR = re.compile(rf"(?P<one>{_ANY})(?:/|:)?(?P<other>{_ANY})?")
_LEAST_RATE, _MOST_RATE = 0.0001, 1_000_000


def without_unit(words: Sequence[Token]) -> tuple[list[Token], Unit]:
    """The words without those that say what the price is in, its number bare; and what they say.

    Raises RefusedError where they contradict one another.
    """
    rest = _joined(words)
    rest, rate, rate_in = _without_rate(rest)
    rest, per = _without_share(rest)
    rest, currency, amounts = _without_currency(rest)
    if currency is not None and amounts > 1:
        raise RefusedError(
            "Which is the price? The firm may stand in quotation marks, and a rate behind the word rate."
        )
    if unread := next((word.text for word in rest if word.says("per") or (word.folded[:1] in _SIGNS)), None):
        raise RefusedError(
            f'I could not read "{clipped(unread)}"; a price is per share or per ADS, at a rate of so much.'
        )
    if rate_in is not None and currency is not None and rate_in != currency:
        raise RefusedError(f"The rate is how many {currency} one of the stock's currency costs, not the reverse.")
    return rest, Unit(currency or rate_in, per, rate)


def written(price: str, unit: Unit) -> list[str]:
    """The price and the words that stand around it: `without_unit` reads them back."""
    is_sign = unit.currency is not None and not unit.currency.isalpha()
    amount = [f"{unit.currency}{price}"] if is_sign else [price, unit.currency or ""]
    per = f"per {unit.per}" if unit.per else ""
    rate = f"rate {decimal(unit.rate)}" if unit.rate is not None else ""
    return [word for word in (*amount, per, rate) if word]


def _joined(words: Sequence[Token]) -> list[Token]:
    """HK $187 and US dollars are typed with a space as well, 24 USD/share without."""
    joined: list[Token] = []
    for word in words:
        slashed = None if word.is_quoted else _SLASHED.fullmatch(word.plain)
        if word.says("kong") and joined and joined[-1].says("hong"):
            joined[-1] = Token("Hong Kong")
        elif joined and joined[-1].folded in _PLACES and word.folded and _DOLLARS.fullmatch(word.folded):
            place = joined.pop().folded.replace("hong kong", "hk")
            joined.append(Token(f"{place}{word.text}"))
        elif slashed and slashed["rest"]:
            joined += [Token(slashed["rest"]), Token(slashed["per"])]
        else:
            joined.append(word)
    return joined


def _without_rate(words: list[Token]) -> tuple[list[Token], float | None, str | None]:
    """The rate behind the word rate, and which currency was said to be counted by it."""
    at = next((place for place, word in enumerate(words) if word.folded and _RATE.fullmatch(word.folded)), None)
    if at is None:
        return words, None, None
    before, behind = words[:at], words[at + 1 :]
    while before and before[-1].folded in _LEADING:
        before.pop()
    glued = _RATE.fullmatch(words[at].folded)
    if glued is not None and glued["number"]:
        behind.insert(0, Token(glued["number"]))
    while behind and behind[0].folded in _BETWEEN:
        behind.pop(0)
    rate = _rate(behind.pop(0).folded if behind else "")
    counted = _take_pair(behind)
    return before + behind, rate, counted


def _rate(word: str) -> float:
    rate = round(float(word), 6) if _NUMBER.fullmatch(word) and len(word) < 20 else 0.0
    if not _LEAST_RATE <= rate <= _MOST_RATE:
        meant = f"; did you mean {word.replace(',', '.')}?" if _COMMA.fullmatch(word) else "."
        found = f' "{clipped(word)}" is none{meant}' if word else ""
        raise RefusedError(f"A rate is a number behind the word rate: rate 7.78.{found}")
    return rate


def _take_pair(behind: list[Token]) -> str | None:
    """HKD or HKD a USD behind a rate, of which the first is counted; HKD/USD is written for both directions.

    A currency in front of a number is that of the price.
    """
    pair = _PAIR.fullmatch(behind[0].folded) if behind and behind[0].folded else None
    if pair is None or (len(behind) > 1 and _AMOUNT.fullmatch(behind[1].folded)):
        return None
    words = [word.folded for word in behind[1:3]]
    is_long = len(words) == 2 and words[0] in ("a", "per", "for", "to", "=") and words[1] in _CURRENCY_OF
    del behind[: 3 if is_long else 1]
    return None if pair["other"] else _CURRENCY_OF[pair["one"]]


def _without_share(words: list[Token]) -> tuple[list[Token], str | None]:
    rest, said, place = [], set(), 0
    while place < len(words):
        per, length = _per_at(words, place)
        if per is None:
            rest.append(words[place])
        else:
            said.add(per)
        place += length
    if len(said) > 1:
        raise RefusedError("A price is per share or per ADS; please say one of the two.")
    return rest, next(iter(said), None)


def _per_at(words: Sequence[Token], place: int) -> tuple[str | None, int]:
    """What the words from here on say of the share, and how many they are."""
    for length in range(min(_LONGEST_PER, len(words) - place), 0, -1):
        text = " ".join(word.folded for word in words[place : place + length])
        for per, pattern in _PER.items():
            if pattern.fullmatch(text):
                return per, length
    return None, 1


def _without_currency(words: list[Token]) -> tuple[list[Token], str | None, int]:
    """The currency, in one word with the number, beside it or anywhere; and how many numbers there are."""
    amounts = [None if word.is_quoted else _AMOUNT.fullmatch(word.plain) for word in words]
    rest, said = [], []
    for place, (word, amount) in enumerate(zip(words, amounts, strict=True)):
        beside = [*amounts[max(place - 1, 0) : place], *amounts[place + 1 : place + 2]]
        if amount is not None:
            said += [_currency(amount[side]) for side in ("before", "after") if amount[side]]
            rest.append(Token(amount["number"]))
        elif word.folded in _CURRENCY_OF and (any(beside) or word.folded not in _BESIDE_A_NUMBER):
            said.append(_currency(word.plain))
        else:
            rest.append(word)
    plain = {one for one in said if one != "$"} or set(said)  # $187 USD, $187 HKD
    if len(plain) > 1:
        raise RefusedError(f"A price is in one currency; those are {' and '.join(sorted(plain))}.")
    return rest, next(iter(plain), None), len(amounts) - amounts.count(None)


def _currency(word: str) -> str:
    return word if word in _SPELT else _CURRENCY_OF[word.casefold()]
