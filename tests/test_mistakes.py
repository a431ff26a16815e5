"""The alert language and mistakes: what was nearly right is guessed, anything else is told what to type."""

import random
import re
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.language import LONGEST, Nearly, Unreadable, Vocabulary, Wish, describe, parse
from tests.fakes.analysts import LEVELS, level
from tests.test_language import SAID, TWO_STOCKS, VOCABULARY

LEVELS_OF_BABA = "Levels of BABA: Morningstar, JPMorgan, consensus and Bernstein SocGen."


def why(text: str, vocabulary: Vocabulary = VOCABULARY) -> str:
    reading = parse(text, vocabulary)
    assert isinstance(reading, Unreadable), reading
    return reading.why


# What looks like a ticker


@pytest.mark.parametrize("text", ["AAPL above 200", "above 200 $AAPL", "alert AAPL 200"])
def test_a_stock_that_is_not_watched_is_told_how_it_would_be(text: str) -> None:
    assert why(text).endswith(" Another stock has to be watched first: /watch AAPL")


@pytest.mark.parametrize("text", ["above xyzzy", "above 200 please dear bot"])
def test_no_other_word_is_taken_for_a_stock(text: str) -> None:
    assert "/watch" not in why(text)


# Nearly right


@pytest.mark.parametrize(
    ("text", "typed", "meant", "normal"),
    [
        ("BABA abvoe 192", "abvoe", "above", "BABA above 192.00"),
        ("belwo 150 once", "belwo", "below", "BABA below 150.00 once"),
        ("crosses consensis", "consensis", "consensus", "BABA crosses consensus"),
        ("abvoe consensis", "abvoe", "above", "BABA above consensus"),
        ("crsses jpmorgn", "crsses", "crosses", "BABA crosses JPMorgan"),
        ("above jpmorgan chse", "chse", "chase", "BABA above JPMorgan"),
        ("babba above 192", "babba", "BABA", "BABA above 192.00"),
        ("upsied < 10%", "upsied", "upside", "BABA upside below 10%"),
        ("betwen 185 and 195", "betwen", "between", "BABA between 185.00 and 195.00"),
        ("witin 2% of bernstien", "witin", "within", "BABA within 2% of Bernstein SocGen"),
        ("mvoes 3% in 1h", "mvoes", "moves", "BABA moves 3% in 1h"),
        ("new 52w hihg", "hihg", "high", "BABA new 52w high"),
        ("goldn cross", "goldn", "golden", "BABA ma50 above ma200"),
        ("abov ma200", "abov", "above", "BABA above ma200"),
        ("clsoe above 192", "clsoe", "close", "BABA close above 192.00"),
        ("above 192 evry 4h", "evry", "every", "BABA above 192.00 every 4h"),
        ("above 192 dayly", "dayly", "daily", "BABA above 192.00 daily"),
        ("above 192 silnt", "silnt", "silent", "BABA above 192.00 silent"),
        ('onec above 192 note "abvoe"', "onec", "once", 'BABA above 192.00 once note "abvoe"'),
        ("above 192,50", "192,50", "192.50", "BABA above 192.50"),
        ("above 1.234,5", "1.234,5", "1234.5", "BABA above 1234.50"),
        ("up 2,5 %", "2,5", "2.5", "BABA up 2.5%"),
        ("up 2,5%", "2,5%", "2.5%", "BABA up 2.5%"),
        ("up 5", "5", "5%", "BABA up 5%"),
        ("moves 2 in 1h", "2", "2%", "BABA moves 2% in 1h"),
        ("upside < 10", "10", "10%", "BABA upside below 10%"),
        ("down 8 since now", "8", "8%", "BABA below 145.54"),
        ("above 5%", "5%", "up 5%", "BABA up 5%"),
        ("below 5%", "5%", "down 5%", "BABA down 5%"),
        ("5%", "5%", "moves 5%", "BABA moves 5%"),
        ("gap > 3%", "3%", "up 3%", "BABA gap up 3%"),
        ("up 192", "up", "above", "BABA above 192.00"),
        ("falls 150 once", "falls", "below", "BABA below 150.00 once"),
        ("new all-time high", "new all-time high", "52w high", "BABA new 52w high"),
    ],
)
def test_what_was_nearly_right_is_guessed(text: str, typed: str, meant: str, normal: str) -> None:
    assert parse(text, VOCABULARY) == Nearly(typed, meant, normal)
    assert isinstance(parse(normal, VOCABULARY), Wish)


def test_of_several_stocks_a_misspelt_one_is_guessed() -> None:
    assert parse("BABBA above 192", TWO_STOCKS) == Nearly("BABBA", "BABA", "BABA above 192.00")
    assert parse("BABBA abvoe 192", TWO_STOCKS) == Nearly("BABBA", "BABA", "BABA above 192.00")


def test_a_guess_at_a_guess_is_never_made() -> None:
    words = Vocabulary({"BABA": (level("Let It Be Stock Research", 200.0), level("An Itt Sharee", 210.0))})
    for text in ("let it bee stocck 1 2", "it itt sharee lett", "sharee be stokc", "researhc an let"):
        assert isinstance(parse(text, words), Wish | Nearly | Unreadable)


# Not readable

REFUSED = [
    ("", "above 192"), ("above", "above consensus"), ("BABA once", "above 192"), ("close above", "above 192"),
    ("-5", '"-5" is not a price'), ("above 0", '"0" is not a price'), ("inf", '"inf" is not a price'),
    ("-Infinity", '"-Infinity" is not a price'), ("nan", '"nan" is not a price'), ("1e999", '"1e999" is not a price'),
    ("1e300k", '"1e300k" is not a price any share has'), ("10000001", "above 192"), ("0.00001", "above 192"),
    ("190 192", "between 185 and 195"), ("above below 192", "between or outside 185 and 195"),
    ("above 195 or below 185", "outside 185 and 195"), ("192 consensus", "a price or a level"),
    ("consensus jpmorgan", "Levels of BABA"), ("above 192 in 5d", "up 10% in 5d"), ("above 192 5d", "for 30d"),
    ("b" * (LONGEST + 1), "601 characters"), ("above 192 gap", "gap 3%"), ("5% above 192", "within 2% of 192"),
    ("2% above consensus", "within 2% of 192"), ("close above 5%", "up 5%"), ("closes up 5%", "up 5%"),
    ("between 185", "between 185 and 195"), ("between", "between 185 and 195"), ("outside 192", "between 185 and 195"),
    ("between 185 and 185", "between 185 and 195"), ("between 1 2 3", "between 185 and 195"),
    ("between bernstein and consensus", "between 185 and 195"), ("between 0 and 5", "above 192"),
    ("between consensus", "between 185 and 195"), ("between 5% and 10%", "above 192"),
    ("within 2%", "within 2% of consensus"), ("within consensus", "within 2% of consensus"),
    ("within 2 of 192", "within 2% of consensus"), ("within 150% of 192", "within 2% of consensus"),
    ("within 0% of 192", "within 2% of consensus"), ("within -2% of 192", "within 2% of consensus"),
    ("within 2% of 192 and 193", "within 2% of consensus"), ("within 2% above 192", "within 2% of consensus"),
    ("near consensus", "within 2% of consensus"), ("within 2% of foo", "Levels of BABA"),
    ("up", "up 5%"), ("up today", "up 5%"), ("up 0%", "up 5%"), ("up 0.0000001%", "up 5%"), ("up inf%", "up 5%"),
    ("up -3%", "down 5%"), ("moves -3%", "moves 5%"), ("down +3%", "down 5%"), ("down 101%", "down 100%"),
    ("up 100001%", "up 5%"), ("up 5% down 5%", "moves 5%"), ("up 5% 6%", "up 5%"), ("up 5% since monday", "up 5% ytd"),
    ("up 5% since", "up 5% since now"), ("up 2% in 25h", "up 2% in 90m"), ("up 2% in 1441m", "24h"),
    ("up 2% in 0m", "up 2% in 90m"), ("up 2% in 0.5m", "up 2% in 90m"), ("up 5% in 251d", "up 10% in 5d"),
    ("up 5% in 0d", "up 10% in 5d"), ("up 5% in 1.5d", "up 10% in 5d"), ("up 5% in 1h in 5d", "up 10% in 5d"),
    ("up in 5d", "up 2% in 5d"), ("ytd", "up 90% ytd"), ("up ytd", "up 90% ytd"), ("since now", "down 8% since now"),
    ("down since now", "down 8% since now"), ("up 0.001% since now", "down 8% since now"),
    ("down 100% since now", "down 8% since now"), ("gap", "gap 3%"), ("gaps up", "gap 3%"), ("gap above 192", "gap 3%"),
    ("gap 0%", "up 5%"), ("upside", "upside below 10%"), ("upside to jpmorgan", "upside below 10%"),
    ("upside -100%", "upside below 10%"), ("upside 100001%", "upside below 10%"),
    ("upside to foo > 10%", "Levels of BABA"),
    ("upside between 5%", "upside between 5% and 10%"), ("upside 5% 6%", "upside between 5% and 10%"),
    ("upside above below 5%", "An alert goes one way"), ("below 52w high", "10% below 52w high"),
    ("above 52w low", "10% above 52w low"), ("within 52w high", "within 3% of 52w high"),
    ("3% 52w high", "within 3% of 52w high"), ("within 200% of 52w high", "within 3% of 52w high"),
    ("within 0% of 52w high", "within 3% of 52w high"), ("above average", "above ma200"), ("ema20", "above ma200"),
    ("above ma1", "2 to 250 days"), ("above ma251", "above ma200"), ("ma0 crosses ma50", "above ma200"),
    ("ma50 crosses ma50", "ma50 crosses ma200"), ("ma20 ma50 ma200", "ma50 crosses ma200"),
    ("between ma50", "above ma200"),
    ("5% above ma200", "above ma200"), ("rsi", "rsi14 below 30"), ("rsi14", "rsi14 below 30"),
    ("rsi < 0", "rsi14 below 30"),
    ("rsi > 100", "rsi14 below 30"), ("rsi1 < 30", "rsi14 below 30"), ("rsi101 < 30", "rsi14 below 30"),
    ("rsi 14 15 16", "rsi14 outside 30 and 70"), ("rsi nan", "rsi14 below 30"), ("rsi between 30 and 30", "30 and 70"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "hint"), REFUSED)
def test_what_cannot_be_read_is_told_what_to_type(text: str, hint: str) -> None:
    assert hint in why(text)


def test_a_line_from_here_needs_a_price() -> None:
    assert "No price of BABA is known yet" in why("down 8% since now", Vocabulary({"BABA": LEVELS}))


def test_a_name_said_again_and_again_is_still_told_what_is_wrong() -> None:
    assert "levels" in why("consensus " * 40).casefold()


def test_of_several_stocks_one_must_be_named() -> None:
    sentence = "Several stocks are watched (BABA and JPM); please name one, such as BABA above 192."
    assert why("above 192", TWO_STOCKS) == sentence


@pytest.mark.parametrize(
    "text", ["🚀", "AAPL above 192", "مرحبا", "'; drop table alerts; --", "1,23,4", "7th", "--5", "$$5", "infe5",
    "ınf", "foo",
             "not above 192", "above 192 foo", 'above "foo"', '"x y" above 192 once', "AAPL up 5%", "upside foo",
             "rsi foo", "above 192 today"],
)  # fmt: skip
def test_an_unknown_word_is_repeated_with_the_levels_there_are(text: str) -> None:
    assert why(text).startswith('I could not read "')
    assert LEVELS_OF_BABA in why(text)


def test_a_word_that_means_several_levels_is_answered_with_them() -> None:
    vocabulary = Vocabulary({"BABA": (level("Morgan Stanley", 200.0), level("Morgan Keegan", 210.0))})
    for text in ("above morgan", "within 2% of morgan", "upside to morgan > 5%"):
        assert why(text, vocabulary) == '"morgan" can be several levels: Morgan Stanley and Morgan Keegan.'


def test_what_is_repeated_is_short_and_visible() -> None:
    assert '"abcdef"' in why("abc\u202e\x00def")
    assert why("\x00\x01").startswith("I could not read that.")
    assert max(len(why(text)) for text in ("x" * LONGEST, "9" * LONGEST, "-" + "9" * 299, "5%" * 99)) < 250


EXAMPLE = re.compile(r"such as ([^.;,]+?)(?: or ([^.;,]+))?(?:[.;,]|$)")


def test_every_example_that_is_given_works() -> None:
    given_ones = {one for text, _ in REFUSED for found in EXAMPLE.findall(why(text)) for one in found if one}
    assert len(given_ones) > 15
    for example in given_ones:
        # A modifier is no alert by itself.
        assert isinstance(parse(example, VOCABULARY), Wish) or isinstance(parse(f"192 {example}", VOCABULARY), Wish)


# Anything at all


@given(st.text(max_size=60))
def test_any_text_has_a_reading(text: str) -> None:
    assert_useful(text, VOCABULARY)


def assert_useful(text: str, vocabulary: Vocabulary) -> None:
    reading = parse(text, vocabulary)
    assert isinstance(reading, Wish | Nearly | Unreadable)
    if isinstance(reading, Nearly):
        assert isinstance(parse(reading.text, vocabulary), Wish), (text, reading)
    if isinstance(reading, Wish):
        assert parse(describe(reading, vocabulary), vocabulary) == replace(reading, fresh=False, now=False), text


VALID = [text for texts, _ in SAID for text in texts]
MODIFIERS = [
    "once", "daily", "every 4h", "rearm 2%", "hold 10m", "for 30d", "until 31 dec 14:00", "rth", "silent", 'note "x y"',
]  # fmt: skip
INVISIBLE = map(chr, [0, 9, 10, 0xA0, 0x200B, 0x202E, 0x2013, 0x2212, 0xFF05, 0x661, 0x1F680, 0xD800, 0xE000])
ODD = "".join(INVISIBLE) + "\"'“”«»<>%$,.-"


def _mutated(chance: random.Random) -> str:
    """A valid text with some characters and words dropped, doubled, swapped or replaced."""
    words = chance.choice(VALID).split() + chance.choice(MODIFIERS).split()
    for _ in range(chance.randint(0, 2)):
        place = chance.randrange(len(words))
        words[place:place] = chance.choice([words[place : place + 1], [], chance.choice(VALID).split()])
        chance.shuffle(words) if chance.random() < 0.2 else words.pop(chance.randrange(len(words)))
        words = words or ["above"]
    text = list(" ".join(words))
    for _ in range(chance.randint(0, 3)):
        place = chance.randrange(len(text))
        text[place : place + 2] = chance.choice(
            [text[place : place + 1], text[place : place + 2][::-1], [*text[place : place + 2], text[place]],
             [chance.choice(ODD)], [chr(chance.choice([chance.randrange(128), chance.randrange(0x110000)]))]]
        )  # fmt: skip
        text = text or ["5"]
    return "".join(text)


def test_ten_thousand_mutated_texts_have_a_useful_reading() -> None:
    chance = random.Random(192)
    for number in range(10_000):
        assert_useful(_mutated(chance), TWO_STOCKS if number % 4 == 0 else VOCABULARY)


def test_random_letters_have_a_useful_reading() -> None:
    chance = random.Random(190)
    for _ in range(1_000):
        letters = [chr(chance.choice([chance.randrange(32, 127), chance.randrange(0x110000)])) for _ in range(40)]
        assert_useful("".join(letters), VOCABULARY)


@pytest.mark.parametrize(
    "part", ["x", "BABA ", "above ", "note ", "consensus ", "note BABA consensus ", "192 ", "5% ", '" ', "'a ", "(",
    "- ",
             "abvoe ", "every 4h ", "until 31 dec ", "1h ", "ma200 ", "a\u00a0"],
)  # fmt: skip
def test_nonsense_is_read_quickly(part: str) -> None:
    """Ten milliseconds on an idle machine; ten times that never."""
    text = (part * 300)[:300]
    parse(text, VOCABULARY)
    began = process_time()
    parse(text, VOCABULARY)
    assert process_time() - began < 0.1
