"""Which stored price target a provider's spelling of a firm means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.firms import level_of, same_firm
from bot.core.levels import Level
from tests.fakes.analysts import LEVELS, level

STORED = (
    *LEVELS,
    level("Bank of America", 200.0),
    level("Morgan Stanley", 200.0),
    level("Citi", 200.0),
    level("Société Générale", 200.0),
    level("Nomura", 200.0),
    level("Nomura Instinet", 200.0),
    level("Yahoo mean", 200.0, "consensus"),
    level("me", 200.0, "own"),
)


@pytest.mark.parametrize(
    ("firm", "stored"),
    [
        ("JP Morgan", "JPMorgan Chase"),
        ("J.P. Morgan Securities LLC", "JPMorgan Chase"),
        ("JPMorgan Chase & Co.", "JPMorgan Chase"),
        ("JPMorgan Cazenove", "JPMorgan Chase"),
        ("Bernstein", "Bernstein SocGen Group"),
        ("BERNSTEIN  SOCGEN", "Bernstein SocGen Group"),
        ("Sanford C. Bernstein", "Bernstein SocGen Group"),
        ("Bernstein Société Générale Group", "Bernstein SocGen Group"),
        ("B of A Securities", "Bank of America"),
        ("BofA", "Bank of America"),
        ("Merrill Lynch", "Bank of America"),
        ("Bank of America Merrill Lynch", "Bank of America"),
        ("Citigroup", "Citi"),
        ("Citi Research", "Citi"),
        ("SocGen", "Société Générale"),
        ("Societe Generale", "Société Générale"),
        ("morgan-stanley", "Morgan Stanley"),
        ("Nomura Instinet", "Nomura Instinet"),
        ("Nomura Securities", "Nomura"),
        ("Citic Securities", None),
        ("Morgan", None),
        ("Stanley", None),
        ("Bank of Nova Scotia", None),
        ("Bank", None),
        ("Generale", None),
        ("America", None),
        ("JMP Securities", None),
        ("Morningstar", None),
        ("consensus", None),
        ("Yahoo", None),
        ("Yahoo mean", None),
        ("me", None),
        ("own", None),
        ("Chase", None),
        ("Securities", None),
        ("", None),
        ("…", None),
    ],
)
def test_a_firm_means_the_one_price_target_that_can_be_its(firm: str, stored: str | None) -> None:
    found = level_of(STORED, firm)
    assert (found.firm if found else None) == stored


def test_a_beginning_that_two_firms_share_means_neither() -> None:
    two = [level("Bernstein SocGen", 190.0), level("Bernstein Autonomous", 200.0)]
    assert level_of(two, "Bernstein") is None
    assert level_of([*two, level("Bernstein", 180.0)], "Bernstein") == level("Bernstein", 180.0)


def test_two_levels_of_one_firm_are_not_guessed_between() -> None:
    assert level_of([level("JPMorgan", 230.0), level("JPMorgan Chase", 240.0)], "JP Morgan") is None


@pytest.mark.parametrize("stored", ["Morgan", "JPMorgan Chase", "Stanley", "Morgan Group"])
def test_morgan_stanley_is_nobody_else(stored: str) -> None:
    assert level_of([level(stored, 230.0)], "Morgan Stanley") is None


def test_three_letters_begin_too_many_names() -> None:
    assert level_of([level("UBS Warburg", 230.0)], "UBS") is None
    assert level_of([level("UBS Group", 230.0)], "UBS") == level("UBS Group", 230.0)


@pytest.mark.parametrize("firm", ["Loop Capital", "RBC Capital", "Keybanc", "Evercore ISI Group", "BMO Capital"])
def test_a_firm_of_yahoo_s_is_found_under_its_longer_and_shorter_name(firm: str) -> None:
    assert same_firm(firm, f"{firm} Markets")
    assert same_firm(firm, firm.split(maxsplit=1)[0])


WORDS = st.sampled_from([
    "JP", "JPMorgan", "Morgan", "Stanley", "Bank", "of", "America", "B", "A", "BofA", "Merrill", "Lynch", "Citi",
    "Citigroup", "Citic", "Bernstein", "SocGen", "Société", "Générale", "Group", "Securities", "Co.", "&", "Chase",
    "Nomura", "86", "Research", "—", "…", "own", "consensus",
])  # fmt: skip
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join) | st.text(min_size=1, max_size=12)
KINDS = st.sampled_from(["price target", "price target", "fair value", "consensus", "own"])
SOME = st.lists(st.builds(lambda firm, kind: level(firm, 200.0, kind), NAMES, KINDS), unique_by=lambda one: one.firm)


@given(SOME, NAMES)
def test_at_most_one_price_target_is_meant_in_whatever_order_they_are_stored(levels: list[Level], firm: str) -> None:
    found = level_of(levels, firm)
    assert found is None or (found in levels and found.kind == "price target")
    assert level_of(levels[::-1], firm) == found


@given(SOME)
def test_a_firm_means_its_own_price_target(levels: list[Level]) -> None:
    assert [level_of(levels, one.firm) for one in levels if one.kind == "price target"] == [
        one for one in levels if one.kind == "price target"
    ]


@given(NAMES, NAMES)
def test_being_one_firm_goes_both_ways(one: str, other: str) -> None:
    assert same_firm(one, other) == same_firm(other, one)
    assert same_firm(one, one)
