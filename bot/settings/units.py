"""Configured levels in another unit than the stock's: a currency of their own is a mistake, an odd price a warning."""

from collections.abc import Iterator, Sequence

from bot.core.analysts import in_our_unit
from bot.core.formula import money
from bot.core.levels import Level
from bot.core.market import Stock
from bot.core.units import unit_of, would_lie_among
from bot.settings.layers import Layer, setter_of, value_of
from bot.settings.mistakes import Key, Mistake, shown, written
from bot.settings.shape import Watch

_CNY_OR_HKD_A_USD = (7.0, 8.0)


def foreign_levels(layers: Sequence[Layer], symbol: str) -> Iterator[Mistake]:
    """Levels whose currency is not the stock's: a rate of some day is nothing a file can know."""
    own = value_of(layers, ("watch", symbol, "currency")) or Watch.model_fields["currency"].default
    levels = value_of(layers, key := ("watch", symbol, "levels"))
    for place, level in enumerate(levels if isinstance(levels, list) else ()):
        currency = level.get("currency") if isinstance(level, dict) else None
        if isinstance(currency, str) and len(currency) == 3 and isinstance(own, str) and currency != own:
            yield _mistake(layers, (*key, place, "currency"), symbol, currency, own)


def _mistake(layers: Sequence[Layer], key: Key, symbol: str, currency: str, own: str) -> Mistake:
    shares = value_of(layers, ("watch", symbol, "shares_per_ads"))
    is_ads = isinstance(shares, int) and shares > 1
    unit = unit_of(Stock(symbol, symbol, "", own, shares if is_ads else 1))
    times = f"multiply a price per ordinary share by {shares}, " if is_ads else ""
    how = f"{times}divide by how many {currency} one {own} costs and leave currency out"
    return Mistake(setter_of(layers, key), written(key), shown(currency), f"{own}: levels are in {unit}; {how}")


def odd_levels(stocks: Sequence[Stock], levels: Sequence[Level]) -> Iterator[str]:
    """Prices in USD far from all others of their stock that CNY or HKD would explain."""
    for stock in stocks:
        own = [level for level in levels if level.symbol == stock.symbol]
        for level in own if stock.currency == "USD" else ():
            others = [other.price for other in own if other is not level]
            if _is_odd(level.price, others):
                yield (
                    f"{stock.symbol}: {level.firm} at {money(level.price)} lies far from the stock's other levels and "
                    f"among them in CNY or HKD; levels are in {unit_of(stock)}."
                )


def _is_odd(price: float, others: Sequence[float]) -> bool:
    return bool(others) and not in_our_unit(price, others) and would_lie_among(price, others, *_CNY_OR_HKD_A_USD)
