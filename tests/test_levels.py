"""What a level is called, which one a word means, and how far it lies from the price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.levels import ahead, named, upside_pct
from tests.fakes.analysts import LEVELS, level

PRICES = st.floats(0.01, 10_000)


def firms(text: str, *known: str) -> list[str]:
    levels = [level(firm, 100.0) for firm in known] or LEVELS
    return [one.firm for one in named(levels, text)]


@pytest.mark.parametrize(
    ("firm", "name"),
    [
        ("Bernstein SocGen Group", "Bernstein SocGen"),
        ("JPMorgan Chase", "JPMorgan"),
        ("Jefferies Group Inc.", "Jefferies"),
        ("Keefe, Bruyette & Woods, Inc.", "Keefe, Bruyette & Woods"),
        ("Morningstar", "Morningstar"),
        ("Group", "Group"),
        ("Cross Research", "Cross"),
        ("86 Research", "86 Research"),
    ],
)
def test_a_firm_is_called_as_people_call_it(firm: str, name: str) -> None:
    assert level(firm, 100.0).name == name


def test_a_title_says_what_kind_of_line_it_is_once() -> None:
    assert [one.title for one in LEVELS] == [
        "Morningstar, fair value", "JPMorgan, price target", "consensus", "Bernstein SocGen, price target",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["jpmorgan", "JPMORGAN chase", "jp", "Chase", "jpm cha"])
def test_the_beginning_of_a_firms_words_means_the_firm(text: str) -> None:
    assert firms(text) == ["JPMorgan Chase"]


@pytest.mark.parametrize("text", ["", " ", "organ", "chase jpmorgan", "jpmorgan chased", "jpmorgan sachs"])
def test_what_begins_no_word_of_a_firm_means_none(text: str) -> None:
    assert firms(text) == []


def test_what_several_firms_begin_with_means_all_of_them() -> None:
    assert firms("morg", "Morgan Stanley", "Morgan Keegan", "JPMorgan") == ["Morgan Stanley", "Morgan Keegan"]


def test_a_firm_in_full_is_not_mixed_up_with_those_that_begin_like_it() -> None:
    known = ("JPMorgan Chase", "JPMorgan", "JPMorgan Chase Securities")
    assert [firms(firm, *known) for firm in known] == [[firm] for firm in known]


def test_a_name_in_full_is_not_mixed_up_with_those_that_begin_like_it() -> None:
    assert firms("Bernstein", "Bernstein Group", "Bernstein SocGen Group") == ["Bernstein Group"]


def test_an_upside_is_in_percent_of_the_price() -> None:
    assert upside_pct(160, 192) == pytest.approx(20.0)


@pytest.mark.parametrize(("price", "target"), [(0, 192), (160, 0), (-1, 192), (160, -1)])
def test_an_upside_of_what_is_no_price_is_refused(price: float, target: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        upside_pct(price, target)


@pytest.mark.parametrize(
    ("price", "above", "below"),
    [
        (158.2, 190.0, None),
        (190.0, 192.0, None),
        (191.0, 192.0, 190.0),
        (192.0, 230.0, 190.0),
        (258.0, None, 230.0),
        (300.0, None, 258.0),
    ],
)
def test_ahead_is_the_nearest_level_strictly_beyond_the_price(
    price: float, above: float | None, below: float | None
) -> None:
    found = [ahead(LEVELS, price, above=True), ahead(LEVELS, price, above=False)]
    assert [one and one.price for one in found] == [above, below]


@given(st.lists(PRICES, max_size=8), PRICES)
def test_no_level_lies_between_the_price_and_the_one_ahead(lines: list[float], price: float) -> None:
    found = ahead([level(f"firm {n}", line) for n, line in enumerate(lines)], price, above=True)
    assert (found.price if found else None) == min((line for line in lines if line > price), default=None)
