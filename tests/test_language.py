"""The alert language: every way to say a wish, its normal form, and what is made of mistakes."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts import Way
from bot.core.language import LONGEST, Nearly, Unreadable, Vocabulary, Wish, describe, parse
from bot.core.levels import Level
from tests.fakes.analysts import LEVELS, VOCABULARY, level

ABOVE, BELOW, CROSSES = Way.ABOVE, Way.BELOW, Way.CROSSES
TWO_STOCKS = Vocabulary({"BABA": LEVELS, "JPM": (level("consensus", 310.0, "consensus", symbol="JPM"),)})

# Firms that begin like others, that hold the language's own words and numbers, and that hold markup.
AWKWARD = (
    "consensus", "Consensus Group", "JPMorgan", "JPMorgan Chase", "JPMorgan Chase Securities", "JP",
    "Cross Research", "86 Research", "T. Rowe Price", "Above Capital", "Under the Tree", "Once More", "Now Partners",
    "A&B <i>", "Keefe, Bruyette & Woods", "BABA Watch", "1,000 Hills", "Société Générale", "中金公司", "192", "above",
)  # fmt: skip


def wish(way: Way, threshold: float, firm: str | None = None, once: bool = False, symbol: str = "BABA") -> Wish:
    return Wish(symbol, way, threshold, firm, once)


def read(text: str, vocabulary: Vocabulary = VOCABULARY) -> Wish | Nearly | Unreadable:
    return parse(text, vocabulary)


def why(text: str, vocabulary: Vocabulary = VOCABULARY) -> str:
    reading = parse(text, vocabulary)
    assert isinstance(reading, Unreadable), reading
    return reading.why


# What can be said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192", wish(CROSSES, 192)),
        ("BABA above 192", wish(ABOVE, 192)),
        ("below 150", wish(BELOW, 150)),
        ("crosses consensus", wish(CROSSES, 192, "consensus")),
        ("above jpmorgan", wish(ABOVE, 230, "JPMorgan Chase")),
        ("consensus", wish(CROSSES, 192, "consensus")),
        ("below bernstein", wish(BELOW, 190, "Bernstein SocGen Group")),
        ("below bernstein socgen", wish(BELOW, 190, "Bernstein SocGen Group")),
        ("over 192", wish(ABOVE, 192)),
        ("under 192", wish(BELOW, 192)),
        ("BABA price above 192", wish(ABOVE, 192)),
        ("tell me when BABA goes above the consensus", wish(ABOVE, 192, "consensus")),
    ],
)
def test_the_grammar(text: str, expected: Wish) -> None:
    assert read(text) == expected
    assert read(f"{text} once") == wish(expected.way, expected.threshold, expected.level, once=True)
    assert read(text.upper()) == expected


@pytest.mark.parametrize("words", [*permutations(["BABA", "above", "192", "once"])])
def test_words_come_in_any_order(words: tuple[str, ...]) -> None:
    assert read(" ".join(words)) == wish(ABOVE, 192, once=True)


@pytest.mark.parametrize("words", [*permutations(["$baba", "Above", "JPMORGAN"])])
def test_a_level_is_found_in_any_order_and_case(words: tuple[str, ...]) -> None:
    assert read(" ".join(words)) == wish(ABOVE, 230, "JPMorgan Chase")


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("192", 192), ("192.", 192), ("192.00", 192), ("+192", 192), (".5", 0.5), ("$192", 192), ("192$", 192),
        ("192USD", 192), ("$1,234.50", 1234.5), ("1,234.50", 1234.5), ("1,234,567", 1_234_567), ("1.5k", 1500),
        ("1.5K", 1500), ("1e3", 1000), ("0.0123", 0.0123), ("191.999999", 191.999999), ("١٩٢", 192),
    ],
)  # fmt: skip
def test_a_number_in_any_usual_spelling(number: str, value: float) -> None:
    assert read(f"above {number}") == wish(ABOVE, value)


@pytest.mark.parametrize(
    ("text", "way"),
    [(">192", ABOVE), ("BABA>192", ABOVE), (">= 192", ABOVE), ("≥192", ABOVE), ("<192", BELOW), ("BABA <=192", BELOW)],
)
def test_signs_stand_for_words(text: str, way: Way) -> None:
    assert read(text) == wish(way, 192)


def test_the_answers_to_already_true_are_part_of_the_language() -> None:
    assert read("above 150 fresh") == Wish("BABA", ABOVE, 150, fresh=True)
    assert read("above 150 now") == Wish("BABA", ABOVE, 150, now=True)


# Several stocks


def test_of_several_stocks_the_one_named_is_meant() -> None:
    assert read("above consensus jpm", TWO_STOCKS) == wish(ABOVE, 310, "consensus", symbol="JPM")


@pytest.mark.parametrize("text", ["BABA above jpm", "above jpm BABA", "jpm above baba"])
def test_a_word_that_is_a_stock_and_a_firm_is_taken_as_makes_sense(text: str) -> None:
    assert read(text, TWO_STOCKS) == wish(ABOVE, 230, "JPMorgan Chase")


def test_of_several_stocks_one_must_be_named() -> None:
    assert why("above 192", TWO_STOCKS) == "Several stocks are watched (BABA and JPM); please name one."


def test_of_several_stocks_a_misspelt_one_is_guessed() -> None:
    assert read("BABBA above 192", TWO_STOCKS) == Nearly("BABBA", "BABA", "BABA above 192.00")


# The normal form


@given(
    st.sampled_from(Way),
    st.one_of(st.floats(0.0001, 10_000_000), st.integers(1, 10**9).map(lambda cents: cents / 100)),
    st.booleans(),
)
def test_the_normal_form_of_a_number_is_read_as_the_same_wish(way: Way, value: float, once: bool) -> None:
    meant = wish(way, round(value, 6), once=once)
    assert read(describe(meant, VOCABULARY)) == meant


@given(
    st.sets(st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=30)), min_size=1, max_size=8),
    st.sampled_from(Way),
    st.booleans(),
    st.data(),
)
def test_the_normal_form_of_a_level_is_read_as_the_same_wish(
    firms: set[str], way: Way, once: bool, data: st.DataObject
) -> None:
    levels = _distinct(firms)
    if not levels:
        return
    followed = data.draw(st.sampled_from(levels))
    vocabulary = Vocabulary({"BABA": levels})
    meant = wish(way, followed.price, followed.firm, once)
    assert read(describe(meant, vocabulary), vocabulary) == meant


def _distinct(firms: set[str]) -> list[Level]:
    """Levels of firms as the settings allow them: not empty, told apart in any case."""
    spelt = {" ".join(firm.casefold().split()): firm.strip() for firm in sorted(firms)}
    return [level(firm, 100.0 + index) for index, (folded, firm) in enumerate(spelt.items()) if folded]


def test_a_number_is_a_number_even_where_a_firm_is_called_like_one() -> None:
    vocabulary = Vocabulary({"BABA": (level("86 Research", 200.0), level("192", 100.0))})
    assert read("above 86", vocabulary) == wish(ABOVE, 86)
    assert read("above 86 research", vocabulary) == wish(ABOVE, 200, "86 Research")
    assert read(describe(wish(ABOVE, 192), vocabulary), vocabulary) == wish(ABOVE, 192)


def test_a_firm_may_be_called_like_a_word_of_the_language() -> None:
    vocabulary = Vocabulary({"BABA": (level("Cross Research", 200.0), level("T. Rowe Price", 210.0))})
    assert read("below cross research once", vocabulary) == wish(BELOW, 200, "Cross Research", once=True)
    assert read("above rowe price", vocabulary) == wish(ABOVE, 210, "T. Rowe Price")


# Mistakes


@pytest.mark.parametrize(
    ("text", "typed", "meant", "normal"),
    [
        ("BABA abvoe 192", "abvoe", "above", "BABA above 192.00"),
        ("belwo 150 once", "belwo", "below", "BABA below 150.00 once"),
        ("crosses consensis", "consensis", "consensus", "BABA crosses consensus"),
        ("abvoe consensis", "abvoe", "above", "BABA above consensus"),
        ("above jpmorgn", "jpmorgn", "jpmorgan", "BABA above JPMorgan"),
        ("above jpmorgan chse", "chse", "chase", "BABA above JPMorgan"),
        ("babba above 192", "babba", "baba", "BABA above 192.00"),
        ("above 192,50", "192,50", "192.50", "BABA above 192.50"),
        ("above 1.234,5", "1.234,5", "1234.5", "BABA above 1234.50"),
    ],
)
def test_what_was_nearly_right_is_guessed(text: str, typed: str, meant: str, normal: str) -> None:
    assert read(text) == Nearly(typed, meant, normal)
    assert isinstance(read(normal), Wish)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "An alert needs a price or the name of a level."),
        ("above", "An alert needs a price or the name of a level."),
        ("BABA once", "An alert needs a price or the name of a level."),
        ("-5", '"-5" is not a price; a price is a number above zero.'),
        ("above 0", '"0" is not a price; a price is a number above zero.'),
        ("inf", '"inf" is not a price; a price is a number above zero.'),
        ("-Infinity", '"-Infinity" is not a price; a price is a number above zero.'),
        ("nan", '"nan" is not a price; a price is a number above zero.'),
        ("1e999", '"1e999" is not a price; a price is a number above zero.'),
        ("1e300k", '"1e300k" is not a price any share has.'),
        ("10000001", '"10000001" is not a price any share has.'),
        ("0.00001", '"0.00001" is not a price any share has.'),
        ("190 192", "One alert watches one price; please make two alerts of it."),
        ("above below 192", "An alert goes one way: above, below or crosses."),
        ("b" * 301, "That is 301 characters long; an alert is a few words."),
    ],
)
def test_what_cannot_be_read_is_told_with_the_reason(text: str, reason: str) -> None:
    assert why(text) == reason


@pytest.mark.parametrize(
    "text",
    ["🚀", "AAPL above 192", "مرحبا", "'; drop table alerts; --", "5 %", "1,23,4", "7th", "--5", "$$5", "infe5", "ınf"],
)
def test_an_unknown_word_is_repeated_with_the_levels_there_are(text: str) -> None:
    assert why(text).startswith('I could not read "')
    assert why(text).endswith(". Levels of BABA: Morningstar, JPMorgan, consensus and Bernstein SocGen.")


def test_a_word_that_means_several_levels_is_answered_with_them() -> None:
    vocabulary = Vocabulary({"BABA": (level("Morgan Stanley", 200.0), level("Morgan Keegan", 210.0))})
    assert why("above morgan", vocabulary) == '"morgan" can be several levels: Morgan Stanley and Morgan Keegan.'


def test_what_is_repeated_is_short_and_visible() -> None:
    assert '"abcdef"' in why("abc\u202e\x00def")
    assert why("\x00\u200f").startswith("I could not read that.")
    assert max(len(why(text)) for text in ("x" * LONGEST, "9" * LONGEST, "-" + "9" * 299)) < 200


@given(st.text(max_size=60))
def test_any_text_has_a_reading(text: str) -> None:
    reading = read(text)
    if isinstance(reading, Nearly):
        assert isinstance(read(reading.text), Wish)


def test_a_guess_at_a_guess_is_never_made() -> None:
    words = Vocabulary({"BABA": (level("Let It Be Stock Research", 200.0), level("An Itt Sharee", 210.0))})
    for text in ("let it bee stocck 1 2", "it itt sharee lett", "sharee be stokc", "researhc an let"):
        assert isinstance(parse(text, words), Wish | Nearly | Unreadable)
