"""In which currency and per which share a price is meant, and what it comes to in the stock's own."""

from math import inf, nan

import pytest

from bot.core.analysts import in_our_unit


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
