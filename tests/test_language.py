"""The alert language: every way to say a condition, and what it is read as."""

from itertools import permutations

import pytest

from bot.core.alerts import Way
from bot.core.language import Nearly, Unreadable, Vocabulary, Wish, describe, parse
from bot.core.levels import Level
from bot.core.metrics.range52 import BEYOND
from tests.fakes.analysts import LEVELS, level

ABOVE, BELOW, CROSSES, BETWEEN, OUTSIDE = Way.ABOVE, Way.BELOW, Way.CROSSES, Way.BETWEEN, Way.OUTSIDE
VOCABULARY = Vocabulary({"BABA": LEVELS}, {"BABA": 158.2})
TWO_STOCKS = Vocabulary({"BABA": LEVELS, "JPM": (level("consensus", 310.0, "consensus", symbol="JPM"),)})
JPMORGAN, BERNSTEIN = "JPMorgan Chase", "Bernstein SocGen Group"


def wish(way: Way, threshold: float, level: str | None = None, symbol: str = "BABA") -> Wish:
    return Wish(symbol, way, threshold, level)


def of(metric: str, way: Way, threshold: float, upper: float | None = None) -> Wish:
    return Wish("BABA", way, threshold, upper=upper, metric=metric)


def read(text: str, vocabulary: Vocabulary = VOCABULARY) -> Wish | Nearly | Unreadable:
    return parse(text, vocabulary)


def to(firm: str) -> str:
    return f"upside:{firm}"


PRICE = [
    (("crosses 192", "192", "BABA 192", "reaches 192", "hits 192", "touches 192", "watch for 192"), wish(CROSSES, 192)),
    (("above 192", "over 192", "more than 192", "at least 192", ">192", "BABA>=192", "≥192"), wish(ABOVE, 192)),
    (("up to 192", "rises to 192", "crosses above 192", "rises above 192", "breaks above $192"), wish(ABOVE, 192)),
    (("tell me when BABA goes above $192, please!", "BABA price above 192", "BABA: above 192."), wish(ABOVE, 192)),
    (("below 150", "under 150", "less than 150", "<150", "BABA <=150", "≤150", "drops below 150"), wish(BELOW, 150)),
    (("down to 150", "falls to 150", "drops under 150", "alert me if it falls below 150"), wish(BELOW, 150)),
    (("crosses consensus", "consensus", "price reaches the consensus"), wish(CROSSES, 192, "consensus")),
    (("above jpmorgan", "above jpmorgan chase", 'above "JPMorgan Chase"', "above “jpmorgan”"),
     wish(ABOVE, 230, JPMORGAN)),
    (("below bernstein", "below bernstein socgen", "below «Bernstein»", "below 'bernstein'"),
     wish(BELOW, 190, BERNSTEIN)),
]  # fmt: skip
CHANNELS = [
    (("between 185 and 195", "between 185 195", "between 195 and 185", "185-195", "185–195", "$185 - $195", "195-185",
      "between 185-195", "inside 185 and 195"), of("price", BETWEEN, 185, 195)),
    (("outside 185 195", "outside of 185 and 195", "outside 185-195", "leaves 185 195"),
     of("price", OUTSIDE, 185, 195)),
    (("within 2% of 192", "within 2 % of $192", "192 within 2%"), of("price", BETWEEN, 188.16, 195.84)),
    (("within 2% of bernstein", "bernstein within 2 percent"), Wish("BABA", BETWEEN, 186.2, BERNSTEIN, 193.8, 2.0)),
]  # fmt: skip
CLOSES = [
    (("close above 192", "closes above 192", "closing price above 192", "above 192 at the close"),
     of("close", ABOVE, 192)),
    (("closing price below 150", "closes under 150"), of("close", BELOW, 150)),
    (("close between 185 and 195",), of("close", BETWEEN, 185, 195)),
    (("closes above consensus", "close > consensus"), Wish("BABA", ABOVE, 192, "consensus", metric="close")),
]  # fmt: skip
MOVES = [
    (("up 5%", "up 5 %", "up 5% today", "+5%", "+5 %", "rises 5%", "gains 5%", "5% up", "up 5 percent", "up by 5%",
      "is up more than 5% today", "moves up 5%", "up ５％", "up 5\u00a0%", "up 5% since yesterday",
      "up 5% since the last close", "up 5% since close"),
       of("today", ABOVE, 5)),
    (("down 3% today", "down 3%", "-3%", "−3 %", "–3%", "drops 3%", "falls 3 percent", "down -3%", "loses 3 pct"),
     of("today", BELOW, -3)),
    (("moves 3%", "up or down 3%", "moves 3% either way", "changes 3% today"), of("today", OUTSIDE, -3, 3)),
    (("moves 2% in 1h", "2% in 1h", "moves 2% in an hour", "moves 2% within 60 min", "in 1 hour moves 2%"),
     of("change:1h", OUTSIDE, -2, 2)),
    (("up 2% in 90 min", "up 2% in 90m", "+2% in 1.5h", "up 2% in 1h30m", "up 2% 90 minutes"),
     of("change:90m", ABOVE, 2)),
    (("up 10% in 5d", "up 10% in 5 days", "up 10% in a week", "up 10% in the last 5 days"), of("change:5d", ABOVE, 10)),
    (("down 4% in 2 days", "falls 4% over 2d"), of("change:2d", BELOW, -4)),
    (("up 3% in 2w", "up 3% in 2 weeks"), of("change:10d", ABOVE, 3)),
    (("up 20% in a month",), of("change:21d", ABOVE, 20)),
    (("up 1% in 24h",), of("change:24h", ABOVE, 1)),
    (("up 1% in 1d", "up 1% in a day"), of("change:1d", ABOVE, 1)),
    (("up 90% ytd", "up 90% year to date", "ytd +90%", "up 90% this year", "up 90% since new year"),
     of("change:ytd", ABOVE, 90)),
    (("down 10% this year",), of("change:ytd", BELOW, -10)),
    (("gap 3%", "gaps 3%", "gap of 3%", "gap 3% at the open", "gap up or down 3%"), of("gap", OUTSIDE, -3, 3)),
    (("gap up 3%", "gaps up 3%", "gap 3% up", "gap +3%"), of("gap", ABOVE, 3)),
    (("gap down 3%", "gaps down 3 %", "gap -3%"), of("gap", BELOW, -3)),
]  # fmt: skip
FROM_HERE = [
    (("down 8% since now", "down 8% from here", "-8% since now", "since now down 8%"), of("price", BELOW, 145.54)),
    (("up 10% from here", "gains 10% from now"), of("price", ABOVE, 174.02)),
    (("moves 5% since now",), of("price", OUTSIDE, 150.29, 166.11)),
]
UPSIDE = [
    (("upside < 10%", "upside below 10%", "upside under 10 %", "upside to consensus below 10%"),
     of(to("consensus"), BELOW, 10)),
    (("upside to jpmorgan > 30%", "jpmorgan upside above 30%", "upside above 30% to JPMorgan Chase"),
     of(to(JPMORGAN), ABOVE, 30)),
    (("upside crosses 0%", "upside 0%"), of(to("consensus"), CROSSES, 0)),
    (("upside below -5%",), of(to("consensus"), BELOW, -5)),
    (("upside between 5% and 10%",), of(to("consensus"), BETWEEN, 5, 10)),
]  # fmt: skip
RANGE = [
    (("new 52w high", "new 52 week high", "52w high", "new high", "new yearly high", "52-week high", "above 52w high",
      "new 1y high"), of("range52:high", ABOVE, BEYOND)),
    (("new 52w low", "52wk low", "new low", "below the 52 week low"), of("range52:low", BELOW, -BEYOND)),
    (("within 3% of 52w high", "within 3% of the 52-week high", "52w high within 3%"), of("range52:high", ABOVE, -3)),
    (("within 3% of the 52 week low",), of("range52:low", BELOW, 3)),
    (("10% below 52w high", "10% off the 52w high"), of("range52:high", BELOW, -10)),
    (("10% above 52w low",), of("range52:low", ABOVE, 10)),
]  # fmt: skip
AVERAGES = [
    (("above ma200", "above ma 200", "above the 200 day average", "above sma200", "above ma(200)", "above 200dma",
      "price above the 200-day moving average", "ma200 below the price"), of("average:1/200", ABOVE, 0)),
    (("below the 200 day average", "below ma200", "drops below ma200"), of("average:1/200", BELOW, 0)),
    (("crosses sma50", "ma50"), of("average:1/50", CROSSES, 0)),
    (("ma50 crosses ma200", "sma50 crosses sma200", "ma200 crosses ma50", "50 ma crosses 200 ma"),
     of("average:50/200", CROSSES, 0)),
    (("ma50 above ma200", "ma50 crosses above ma200", "golden cross", "ma200 below ma50"),
     of("average:50/200", ABOVE, 0)),
    (("ma200 above ma50", "death cross", "ma50 below ma200"), of("average:50/200", BELOW, 0)),
]  # fmt: skip
STRENGTH = [
    (("rsi14 < 30", "rsi below 30", "rsi(14) below 30", "rsi 14 below 30", "below 30 rsi", "rsi < 30%"),
     of("rsi:14", BELOW, 30)),
    (("rsi 7 above 70", "rsi7 > 70", "7 day rsi above 70"), of("rsi:7", ABOVE, 70)),
    (("rsi between 30 and 70", "rsi 14 between 30 and 70"), of("rsi:14", BETWEEN, 30, 70)),
]  # fmt: skip
SAID = [*PRICE, *CHANNELS, *CLOSES, *MOVES, *FROM_HERE, *UPSIDE, *RANGE, *AVERAGES, *STRENGTH]


@pytest.mark.parametrize(("text", "expected"), [(text, expected) for texts, expected in SAID for text in texts])
def test_the_grammar(text: str, expected: Wish) -> None:
    assert read(text) == expected
    assert read(text.upper()) == expected
    assert read(describe(expected, VOCABULARY)) == expected


@pytest.mark.parametrize(("text", "expected"), [(texts[0], expected) for texts, expected in SAID])
def test_every_condition_takes_every_modifier(text: str, expected: Wish) -> None:
    made = read(f"silent {text} hold 10m rth")
    assert isinstance(made, Wish)
    assert (made.metric, made.way, made.threshold, made.upper) == (
        expected.metric, expected.way, expected.threshold, expected.upper,
    )  # fmt: skip
    assert (made.policy.silent, made.policy.hold_s, made.policy.regular_only) == (True, 600, True)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("above 192", "BABA above 192.00"), ("192.5", "BABA crosses 192.50"), ("0.0123", "BABA crosses 0.0123"),
        ("consensus", "BABA crosses consensus"), ("close > 192", "BABA close above 192.00"),
        ("195-185", "BABA between 185.00 and 195.00"), ("outside 185 195", "BABA outside 185.00 and 195.00"),
        ("+5%", "BABA up 5%"), ("-3%", "BABA down 3%"), ("moves 3 %", "BABA moves 3%"),
        ("2% in 60 min", "BABA moves 2% in 1h"), ("up 10% in a week", "BABA up 10% in 5d"),
        ("up 90% this year", "BABA up 90% ytd"), ("gaps 3%", "BABA gap 3%"), ("gaps up 3%", "BABA gap up 3%"),
        ("within 2% of bernstein", "BABA within 2% of Bernstein SocGen"), ("upside < 10%", "BABA upside below 10%"),
        ("upside to jpmorgan > 30%", "BABA upside to JPMorgan above 30%"), ("new high", "BABA new 52w high"),
        ("within 3% of 52 week high", "BABA within 3% of 52w high"), ("above 200 day average", "BABA above ma200"),
        ("ma200 crosses ma50", "BABA ma50 crosses ma200"), ("rsi < 30", "BABA rsi14 below 30"),
        ("down 8% since now", "BABA below 145.54"), ("1.5k", "BABA crosses 1500.00"),
        ("1,234.50", "BABA crosses 1234.50"),
    ],
)  # fmt: skip
def test_the_normal_form(text: str, normal: str) -> None:
    made = read(text)
    assert isinstance(made, Wish)
    assert describe(made, VOCABULARY) == normal


@pytest.mark.parametrize("words", [*permutations(["BABA", "above", "192", "once"])])
def test_words_come_in_any_order(words: tuple[str, ...]) -> None:
    assert read(" ".join(words)) == read("BABA above 192 once")


@pytest.mark.parametrize("words", [*permutations(["$baba", "up", "5%", "once", "rth"])])
def test_the_words_of_a_move_come_in_any_order(words: tuple[str, ...]) -> None:
    assert read(" ".join(words)) == read("BABA up 5% once rth")


@pytest.mark.parametrize("words", [*permutations(["$baba", "Above", "JPMORGAN"])])
def test_a_level_is_found_in_any_order_and_case(words: tuple[str, ...]) -> None:
    assert read(" ".join(words)) == wish(ABOVE, 230, JPMORGAN)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("192", 192), ("192.", 192), ("192.00", 192), ("+192", 192), (".5", 0.5), ("$192", 192), ("192$", 192),
        ("192USD", 192), ("$1,234.50", 1234.5), ("1,234.50", 1234.5), ("1,234,567", 1_234_567), ("1.5k", 1500),
        ("1.5K", 1500), ("1e3", 1000), ("0.0123", 0.0123), ("191.999999", 191.999999), ("١٩٢", 192), ("１９２", 192),
    ],
)  # fmt: skip
def test_a_number_in_any_usual_spelling(number: str, value: float) -> None:
    assert read(f"above {number}") == wish(ABOVE, value)


def test_the_answers_to_already_true_are_part_of_the_language() -> None:
    assert read("above 150 fresh") == Wish("BABA", ABOVE, 150, fresh=True)
    assert read("above 150 now") == Wish("BABA", ABOVE, 150, now=True)
    assert read("down 8% since now fresh") == Wish("BABA", BELOW, 145.54, fresh=True)


def test_a_line_from_here_is_fixed_to_the_cent_or_finer_below_one() -> None:
    cheap = Vocabulary({"BABA": LEVELS}, {"BABA": 0.0123})
    assert read("down 8% since now", cheap) == wish(BELOW, 0.011316)


def test_without_a_consensus_the_upside_needs_its_level() -> None:
    vocabulary = Vocabulary({"BABA": (level("JPMorgan Chase", 230.0),)})
    refused = read("upside below 10%", vocabulary)
    assert isinstance(refused, Unreadable)
    assert "upside to JPMorgan below 10%" in refused.why
    assert read("upside to JPMorgan below 10%", vocabulary) == of(to(JPMORGAN), BELOW, 10)


# Several stocks, and stocks called like words


def test_of_several_stocks_the_one_named_is_meant() -> None:
    assert read("above consensus jpm", TWO_STOCKS) == wish(ABOVE, 310, "consensus", symbol="JPM")


@pytest.mark.parametrize("text", ["BABA above jpm", "above jpm BABA", "jpm above baba"])
def test_a_word_that_is_a_stock_and_a_firm_is_taken_as_makes_sense(text: str) -> None:
    assert read(text, TWO_STOCKS) == wish(ABOVE, 230, JPMORGAN)


@pytest.mark.parametrize(
    "symbol", ["GAP", "NOW", "MA", "UP", "NOTE", "RSI", "ABOVE", "192", "9988.HK", "BRK-B", "^GSPC"]
)
@pytest.mark.parametrize("text", ["above 192.00 once", "gap up 3%", 'up 5% in 1h note "x"', "rsi14 below 30"])
def test_a_stock_may_be_called_like_a_word_of_the_language(symbol: str, text: str) -> None:
    vocabulary = Vocabulary({"BABA": LEVELS, symbol: ()})
    made = read(f"{symbol} {text}", vocabulary)
    assert isinstance(made, Wish)
    assert made.symbol == symbol
    assert describe(made, vocabulary) == f"{symbol} {text}"


# Firms called like words


@pytest.mark.parametrize(
    "firm",
    ["86 Research", "Gap Capital", "Up North Securities", "RSI Partners", "Cross Research", "T. Rowe Price",
     "Note Capital", "Once More", "Now Partners", "Until Friday Partners", "Keefe, Bruyette & Woods",
     "A&B <i>", "52w High Fund"],
)  # fmt: skip
@pytest.mark.parametrize("text", ["above {}", "below {} once", "within 2% of {} silent", "upside to {} above 30%"])
def test_a_firm_spelt_out_goes_before_its_single_words(firm: str, text: str) -> None:
    vocabulary = Vocabulary({"BABA": (level(firm, 200.0), level("consensus", 192.0, "consensus"))})
    made = read(text.format(firm), vocabulary)
    assert isinstance(made, Wish)
    assert firm in (made.level, made.metric.partition(":")[2])


def test_a_firm_called_nothing_but_a_comma_is_named_by_no_other_text() -> None:
    assert read("above 192", Vocabulary({"BABA": (level(",", 100.0, "consensus"),)})) == wish(ABOVE, 192)


def test_a_number_is_a_number_even_where_a_firm_is_called_like_one() -> None:
    vocabulary = Vocabulary({"BABA": (level("86 Research", 200.0), level("192", 100.0))})
    assert read("above 86", vocabulary) == wish(ABOVE, 86)
    assert read("above 86 research", vocabulary) == wish(ABOVE, 200, "86 Research")
    assert read("above 192", vocabulary) == wish(ABOVE, 192)
    assert read('above "192"', vocabulary) == wish(ABOVE, 100, "192")


def test_a_firm_is_written_in_quotation_marks_where_it_would_be_read_as_something_else() -> None:
    levels: tuple[Level, ...] = (
        level("192", 100.0),
        level("Up 5%", 200.0),
        level('Foo note "x"', 210.0),
        level("Foo", 1.0),
    )
    vocabulary = Vocabulary({"BABA": levels})
    for one in levels:
        text = describe(wish(CROSSES, one.price, one.firm), vocabulary)
        assert read(text, vocabulary) == wish(CROSSES, one.price, one.firm)
    assert describe(wish(CROSSES, 200, "Up 5%"), vocabulary) == "BABA crosses Up 5%"
    assert describe(wish(CROSSES, 100, "192"), vocabulary) == 'BABA crosses "192"'


def test_the_number_of_a_level_is_written_by_its_firm_wherever_it_lies() -> None:
    assert describe(wish(ABOVE, 999.0, "consensus"), VOCABULARY) == "BABA above consensus"
    assert describe(wish(ABOVE, 999.0, "Gone Securities"), VOCABULARY) == "BABA above Gone Securities"
