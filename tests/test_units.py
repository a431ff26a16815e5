"""In which currency and per which share a price is meant, and what it comes to in the stock's own."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.analysts import in_our_unit
from bot.core.market import Stock
from bot.core.units import ADS, SHARE, Converted, Lack, Unit, in_unit_of, likelier, unit_of

BABA = Stock("BABA", "Alibaba", "XNYS", "USD", 8)
NVDA = Stock("NVDA", "NVIDIA", "XNYS", "USD")
SHELL = Stock("SHEL.L", "Shell", "XLON", "GBp")
TENCENT = Stock("0700.HK", "Tencent", "XHKG", "HKD")
UNKNOWN = Stock("SAP.DE", "SAP.DE", "XETR", None)


@pytest.mark.parametrize(
    ("target", "references", "is_ours"),
    [
        pytest.param(1399, [186], False, id="CNY per ADS"),
        pytest.param(1399, [186, 192, 258], False, id="CNY per ADS beside every level"),
        pytest.param(24, [186, 192, 258], False, id="USD per ordinary share, an eighth"),
        pytest.param(29_000, [186, 258], False, id="JPY"),
        pytest.param(1494, [186, 258], False, id="HKD per ADS"),
        pytest.param(187, [186, 192], True, id="HKD per ordinary share: no ratio tells it"),
        pytest.param(14, [5], True, id="a small biotech at 2.8 times"),
        pytest.param(15, [5], False, id="at three times"),
        pytest.param(62, [186], False, id="at a third"),
        pytest.param(185.41, [105.85], True, id="Yahoo's mean on 2026-10-03"),
        pytest.param(190, [50], False, id="a fallen stock alone"),
        pytest.param(190, [50, 192], True, id="a fallen stock beside its older target"),
        pytest.param(190, [0, -1, nan], False, id="no reference that is a price"),
        pytest.param(190, [], False, id="no reference"),
        pytest.param(nan, [186], False, id="NaN"),
        pytest.param(inf, [186, inf], False, id="infinite"),
        pytest.param(0, [186], False, id="nothing"),
    ],
)
def test_a_target_in_another_unit_lies_too_far_from_every_price_in_ours(
    target: float, references: list[float], is_ours: bool
) -> None:
    assert in_our_unit(target, references) is is_ours


@pytest.mark.parametrize(
    ("stock", "unit"),
    [
        (BABA, "USD per ADS (1 ADS = 8 ordinary shares)"),
        (NVDA, "USD per share, as traded"),
        (UNKNOWN, "the currency it trades in per share, as traded"),
    ],
)
def test_the_unit_of_a_stock_s_levels_has_a_name(stock: Stock, unit: str) -> None:
    assert unit_of(stock) == unit


@pytest.mark.parametrize(
    ("stock", "price", "unit", "comes_to"),
    [
        (BABA, 187, Unit("HKD", SHARE, 7.78), Converted(192.29, "187.00 HKD per share × 8 ÷ 7.78 HKD a USD")),
        (BABA, 1399, Unit("CNY", ADS, 7.1), Converted(197.04, "1,399.00 CNY per ADS ÷ 7.1 CNY a USD")),
        (BABA, 24, Unit("USD", SHARE), Converted(192, "24.00 USD per share × 8")),
        (BABA, 24, Unit(None, SHARE), Converted(192, "24.00 USD per share × 8")),
        (BABA, 192, Unit("$", ADS), Converted(192)),
        (BABA, 192, Unit("USD"), Converted(192)),
        (NVDA, 192, Unit(None, SHARE), Converted(192)),
        (NVDA, 170, Unit("EUR", None, 0.9), Converted(188.89, "170.00 EUR ÷ 0.9 EUR a USD")),
        (TENCENT, 600, Unit("$"), Converted(600)),
        (SHELL, 2700, Unit("GBp"), Converted(2700)),
        (SHELL, 27, Unit("GBP"), Converted(2700, "27.00 GBP ÷ 0.01 GBP a GBp")),
        (UNKNOWN, 200, Unit("$"), Converted(200)),
        (UNKNOWN, 200, Unit("EUR"), Lack.STOCK_CURRENCY),
        (UNKNOWN, 200, Unit(rate=7.78), Lack.STOCK_CURRENCY),
        (BABA, 187, Unit("HKD"), Lack.RATE),
        (BABA, 187, Unit("HKD", SHARE), Lack.RATE),
        (BABA, 187, Unit("HKD", None, 7.78), Lack.SHARE),
        (BABA, 187, Unit("HKD", SHARE, 0.1285), Lack.REVERSED_RATE),
        (BABA, 200, Unit(rate=7.78), Lack.NEEDLESS_RATE),
        (SHELL, 27, Unit("GBP", rate=1.3), Lack.NEEDLESS_RATE),
        (BABA, 1399, Unit("¥"), Lack.WHICH_CURRENCY),
        (TENCENT, 600, Unit("JPY", None, 1e6), Converted(0.0006, "600.00 JPY ÷ 1000000 JPY a HKD")),
        (TENCENT, 1, Unit("JPY", None, 1e6), Lack.SIZE),
    ],
)
def test_a_price_in_another_unit_is_converted_or_what_it_lacks_is_said(
    stock: Stock, price: float, unit: Unit, comes_to: Converted | Lack
) -> None:
    assert in_unit_of(stock, price, unit) == comes_to


UNITS = st.builds(
    Unit,
    st.sampled_from([None, "$", "¥", "USD", "CNY", "HKD", "JPY", "EUR", "GBP"]),
    st.sampled_from([None, SHARE, ADS]),
    st.none() | st.floats(0.001, 1000),
)


@given(st.floats(1, 100_000), UNITS)
def test_what_is_not_in_usd_per_ads_is_never_taken_as_if_it_were(price: float, unit: Unit) -> None:
    found = in_unit_of(BABA, price, unit)
    is_foreign = unit.currency not in (None, "$", "USD")
    if isinstance(found, Converted):
        assert (found.how is None) is (not is_foreign and unit.per != SHARE)
        assert not is_foreign or (unit.rate is not None and unit.per is not None)
        assert found.price == pytest.approx(price * (8 if unit.per == SHARE else 1) / (unit.rate or 1), abs=0.006)


@pytest.mark.parametrize(
    ("stock", "price", "unit", "meant"),
    [
        (BABA, 1399, Unit(), Unit("CNY", ADS)),
        (NVDA, 1399, Unit("$"), Unit("CNY")),
        (BABA, 24, Unit(), Unit(None, SHARE)),
        (BABA, 192, Unit("USD", SHARE), Unit("USD", ADS)),
        (BABA, 187, Unit("HKD", ADS, 7.78), Unit("HKD", SHARE, 7.78)),
        (NVDA, 24, Unit(), None),
        (TENCENT, 1399, Unit(), None),
        (BABA, 5000, Unit(), None),
    ],
)
def test_the_unit_that_would_explain_a_price_far_away_is_found(
    stock: Stock, price: float, unit: Unit, meant: Unit | None
) -> None:
    assert likelier(stock, price, unit, [186, 192]) == meant
