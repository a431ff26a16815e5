"""What is said of a price that somebody typed in another unit than the stock's levels are in: why not, what instead."""

from dataclasses import replace

from bot.core.formula import money
from bot.core.market import Stock
from bot.core.message import clipped
from bot.core.reading.level_text import LevelWish, spelt
from bot.core.units import ADS, SHARE, Converted, Lack, Unit, currency_of, unit_of, usual_rate


def typed(wish: LevelWish) -> str:
    """The command that wishes it."""
    return f"/level {spelt(wish)}"


def refusal(stock: Stock, wish: LevelWish, lack: Lack) -> str:
    """Why the price is not stored as it was typed, and what to type: plain text."""
    own = f"{stock.symbol}'s levels are in {unit_of(stock)}."
    match lack:
        case Lack.STOCK_CURRENCY:
            return (
                f"What currency {stock.symbol} trades in is known with its first price; /price {stock.symbol} shows "
                f"that. A price in that currency can be typed without it: {typed(replace(wish, unit=Unit()))}"
            )
        case Lack.WHICH_CURRENCY:
            readings = (replace(wish, unit=replace(wish.unit, currency=one)) for one in ("CNY", "JPY"))
            return f"{wish.unit.currency} is CNY or JPY. Please type which:\n" + "\n".join(map(typed, readings))
        case Lack.RATE:
            return _needs_rate(stock, wish, own)
        case Lack.REVERSED_RATE:
            return _reversed(stock, wish)
        case Lack.NEEDLESS_RATE:
            example = replace(wish.unit, currency="HKD" if stock.currency != "HKD" else "CNY")
            return (
                f"{own} A rate belongs to a price in another currency, which is named: "
                f"{typed(replace(wish, unit=example))}\n"
                f"Without a rate: {typed(replace(wish, unit=replace(wish.unit, rate=None)))}"
            )
        case Lack.SHARE:
            return f"{own} Is {stated(stock, wish)} per ADS, or per ordinary share?"
        case Lack.SIZE:
            return f"No price comes of {stated(stock, wish)}. {own} An example: {typed(_example(wish))}"


def stated(stock: Stock, wish: LevelWish) -> str:
    """The price with what was said of it, the rate excepted: 187.00 HKD per share."""
    currency = currency_of(stock, wish.unit) if wish.unit.currency else None
    per = f"per {wish.unit.per}" if wish.unit.per else None
    return " ".join(filter(None, [money(wish.price or 0.0), currency, per]))


def question(stock: Stock, wish: LevelWish, amount: Converted, beside: str, times: float, meant: Unit) -> str:
    """1,399.00 is 7.5 times the price, 186.00: in CNY? Where it takes a rate, with what to type for either answer.

    `beside` is what the price was held against, `times` how many times that it is.
    """
    said = f"{amount.how} is {money(amount.price)}," if amount.how else f"{money(amount.price)} is"
    far = f"{said} {times:.1f} times {beside}" if times > 1 else f"{said} 1/{1 / times:.1f} of {beside}"
    if meant.currency == wish.unit.currency:
        return f"{far}: is it per {'ordinary share' if meant.per == SHARE else ADS}?"
    rate = usual_rate(stock, meant.currency or "")
    insisted = replace(wish, unit=replace(wish.unit, currency=stock.currency), sure=True)
    return (
        f"{far}: in {meant.currency}? If so: {_with_rate(stock, meant.currency, rate)}\n"
        f"{typed(replace(wish, unit=replace(meant, rate=rate), sure=False))}\n"
        f"In {stock.currency} after all: {typed(insisted)}"
    )


def _needs_rate(stock: Stock, wish: LevelWish, own: str) -> str:
    currency = currency_of(stock, wish.unit)
    rate = usual_rate(stock, currency or "")
    is_open = stock.shares_per_ads > 1 and wish.unit.per is None
    shares = (SHARE, ADS) if is_open else (wish.unit.per,)
    lines = [typed(replace(wish, unit=Unit(currency, per, rate))) for per in shares]
    return f"{own} Please {_with_rate(stock, currency, rate)}\n" + "\nor ".join(lines)


def _with_rate(stock: Stock, currency: str | None, rate: float) -> str:
    """What to do with the example that follows."""
    return f"type it with the rate, how many {currency} one {stock.currency} costs, in place of {rate:g}:"


def _reversed(stock: Stock, wish: LevelWish) -> str:
    currency, rate = currency_of(stock, wish.unit), wish.unit.rate or 1.0
    turned = replace(wish, unit=replace(wish.unit, rate=round(1 / rate, 4)))
    return (
        f"The rate is how many {currency} one {stock.currency} costs, and {rate:g} looks like the reverse. "
        f"Then type: {typed(turned)}"
    )


def _example(wish: LevelWish) -> LevelWish:
    return LevelWish(wish.symbol, clipped(wish.firm, 60), 200.0)
