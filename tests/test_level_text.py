"""What may stand behind /level, and what may not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.language import Unreadable, Vocabulary
from bot.core.reading.level_text import LevelWish, read_level, spelt
from bot.core.units import ADS, SHARE, Unit
from tests.fakes.analysts import LEVELS, VOCABULARY

TWO = Vocabulary({"BABA": LEVELS, "NVDA": ()})
MS = "Morgan Stanley"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ('NVDA "Morgan Stanley" 200', LevelWish("NVDA", MS, 200.0)),
        ("$nvda “Morgan Stanley” $1,200.50", LevelWish("NVDA", MS, 1200.5, unit=Unit("$"))),
        ("nvda Morgan Stanley 1.2k", LevelWish("NVDA", MS, 1200.0)),
        ("Morgan Stanley NVDA 200", LevelWish("NVDA", MS, 200.0)),
        ('NVDA 200 "Morgan  Stanley"', LevelWish("NVDA", MS, 200.0)),
        ("NVDA Morgan Stanley 200 2026-01-15", LevelWish("NVDA", MS, 200.0, as_of=date(2026, 1, 15))),
        ("NVDA Morningstar fair value 200", LevelWish("NVDA", "Morningstar", 200.0, "fair value")),
        ('NVDA "Yahoo mean" consensus 200', LevelWish("NVDA", "Yahoo mean", 200.0, "consensus")),
        ("NVDA consensus 200", LevelWish("NVDA", "consensus", 200.0, "consensus")),
        ("NVDA own 200", LevelWish("NVDA", "own", 200.0, "own")),
        ("NVDA Citi 200 rating Strong Buy", LevelWish("NVDA", "Citi", 200.0, rating="Strong Buy")),
        ('NVDA Citi rating "Buy" 200', LevelWish("NVDA", "Citi", 200.0, rating="Buy")),
        ("BABA bernstein 205 outperform", LevelWish("BABA", "Bernstein SocGen Group", 205.0, rating="Outperform")),
        ("BABA bernstein strong buy 205", LevelWish("BABA", "Bernstein SocGen Group", 205.0, rating="Strong Buy")),
        ("NVDA Citi 200 Buy price target", LevelWish("NVDA", "Citi", 200.0, "price target", "Buy")),
        ('NVDA "Citi" 200 equal-weight', LevelWish("NVDA", "Citi", 200.0, rating="Equal-Weight")),
        ('NVDA "Citi Outperform" 200', LevelWish("NVDA", "Citi Outperform", 200.0)),
        ("NVDA Buy Side Research 200", LevelWish("NVDA", "Buy Side Research", 200.0)),
        ('NVDA "86 Research" 200', LevelWish("NVDA", "86 Research", 200.0)),
        ("NVDA UBS 200", LevelWish("NVDA", "UBS", 200.0)),
        ("BABA bernstein 200", LevelWish("BABA", "Bernstein SocGen Group", 200.0)),
        ('BABA "jpmorgan" 200', LevelWish("BABA", "JPMorgan Chase", 200.0)),
        ("BABA morningstar price target 200", LevelWish("BABA", "Morningstar", 200.0, "price target")),
        ("BABA consensus off", LevelWish("BABA", "consensus", None, "consensus")),
        ("BABA consensus off per share", LevelWish("BABA", "consensus", None, "consensus")),
        ("NVDA Hong Kong Pound Research 200", LevelWish("NVDA", "Hong Kong Pound Research", 200.0)),
        ("NVDA HKD Citi target rate 7.78 200", LevelWish("NVDA", "Citi target", 200.0, unit=Unit("HKD", None, 7.78))),
        ("BABA Citi 2000 sure", LevelWish("BABA", "Citi", 2000.0, sure=True)),
    ],
)
def test_a_level_is_read(text: str, wish: LevelWish) -> None:
    assert read_level(text, TWO) == wish


PER_SHARE = Unit("HKD", SHARE, 7.78)


@pytest.mark.parametrize(
    ("text", "price", "unit"),
    [
        ("187 HKD", 187, Unit("HKD")),
        ("hk$187", 187, Unit("HKD")),
        ("HK $187", 187, Unit("HKD")),
        ("187hkd", 187, Unit("HKD")),
        ("HKD 187", 187, Unit("HKD")),
        ("187 HK dollars", 187, Unit("HKD")),
        ("187 Hong Kong dollars", 187, Unit("HKD")),
        ("187 hk", 187, Unit("HKD")),
        ("1399 CNY", 1399, Unit("CNY")),
        ("RMB 1,399", 1399, Unit("CNY")),
        ("RMB1399", 1399, Unit("CNY")),
        ("1399 yuan", 1399, Unit("CNY")),
        ("1399元", 1399, Unit("CNY")),
        ("¥1399", 1399, Unit("¥")),
        ("￥1399", 1399, Unit("¥")),
        ("$200", 200, Unit("$")),
        ("US$ 200", 200, Unit("USD")),
        ("US dollars 200", 200, Unit("USD")),
        ("$200 usd", 200, Unit("USD")),
        ("€170", 170, Unit("EUR")),
        ("12 GBp", 12, Unit("GBp")),
        ("12 gbp", 12, Unit("GBP")),
        ("200 per ADS", 200, Unit(None, ADS)),
        ("200 per ADR", 200, Unit(None, ADS)),
        ("24 USD per share", 24, Unit("USD", SHARE)),
        ("24 a share", 24, Unit(None, SHARE)),
        ("24 per ordinary share.", 24, Unit(None, SHARE)),
        ("187 HKD per share rate 7.78", 187, PER_SHARE),
        ("rate 7.78 per h-share HKD 187", 187, PER_SHARE),
        ("HK$187/share, rate: 7.78", 187, PER_SHARE),
        ("187hkd/share @7.78", 187, PER_SHARE),
        ("187 HKD per share exchange rate of 7.78 HKD a USD", 187, PER_SHARE),
        ("187 HKD a share at rate 7.78 USD/HKD", 187, PER_SHARE),
        ("187 per share rate=7.78 HKD", 187, PER_SHARE),
    ],
)
def test_what_the_price_is_in_is_read_with_it(text: str, price: float, unit: Unit) -> None:
    assert read_level(f'NVDA "Citi" {text}', TWO) == LevelWish("NVDA", "Citi", price, unit=unit)


def test_a_firm_in_quotation_marks_may_have_words_of_money_in_its_name() -> None:
    wish = read_level('NVDA "Yuan Rate per Share 200" 187 HKD', TWO)
    assert wish == LevelWish("NVDA", "Yuan Rate per Share 200", 187, unit=Unit("HKD"))


def test_a_single_stock_need_not_be_named() -> None:
    assert read_level("bernstein 200", VOCABULARY) == LevelWish("BABA", "Bernstein SocGen Group", 200.0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Citi 200", "Several stocks are watched (BABA and NVDA); please name one:"),
        ("NVDA", "A level needs a firm and a price:"),
        ("NVDA Citi", "A level needs a firm and a price:"),
        ("NVDA 200", "A level needs the name of a firm, with letters in it:"),
        ('NVDA "" 200', "A level needs the name of a firm, with letters in it:"),
        ('NVDA "12" 200', "A level needs the name of a firm, with letters in it:"),
        ("NVDA 86 Research 200", "Which is the price?"),
        ("NVDA Citi 200 off", "Which is the price?"),
        ('NVDA "Citi 200', "A quotation mark is missing"),
        ('NVDA "Citi" "UBS" 200', "One firm has one level"),
        ('NVDA "Citi" AAPL 200', 'I could not read "AAPL". Where it is a stock, it is not watched yet: /watch AAPL'),
        ("NVDA AAPL Citi 200", "AAPL is not watched; /watch AAPL changes that."),
        (f'NVDA "{"x" * 61}" 200', "A firm's name has at most 60 characters, that one has 61:"),
        ('NVDA "above" 200', 'The words "above" mean something else in an alert'),
        ('NVDA "once" 200', 'The words "once" mean something else in an alert'),
        ('NVDA "below the price" 200', 'The words "below the price" mean something else'),
        ('NVDA "fair value" 200', '"fair value" says what kind of line it is'),
        ("NVDA Citi -5", '"-5" is not a price'),
        ("NVDA Citi 0", '"0" is not a price'),
        ("NVDA Citi 1e99", '"1e99" is not a price'),
        ("NVDA Citi 5%", '"5%" is not a price'),
        ("NVDA Citi 192,50", '"192,50" is not a price; did you mean 192.50?'),
        ("NVDA Citi 200 2026-13-01", '"2026-13-01" is not a day'),
        ("NVDA Citi 200 2026-01-01 2026-01-02", '"2026-01-01" is not a day'),
        ("NVDA Citi 200 rating", "A rating is a word or two"),
        ("NVDA Citi off", '"Citi" has no level on NVDA.'),
        ("BABA bern 200", '"bern" begins "Bernstein SocGen Group".'),
        ("NVDA Citi 187 HKD rate", "A rate is a number behind the word rate: rate 7.78. An example: /level"),
        ("NVDA Citi 187 HKD rate 7,78", 'A rate is a number behind the word rate: rate 7.78. "7,78" is none; did you'),
        ("NVDA Citi 187 HKD rate 0", 'A rate is a number behind the word rate: rate 7.78. "0" is none.'),
        ("NVDA Citi 187 HKD rate 0.13 USD per HKD", "The rate is how many HKD one of the stock's currency costs"),
        ("NVDA Citi 187 HKD 7.78", "Which is the price? The firm may stand in quotation marks, and a rate behind"),
        ("NVDA Citi HK$187 CNY", "A price is in one currency; those are CNY and HKD."),
        ("NVDA Citi 24 per shr", 'I could not read "per"; a price is per share or per ADS, at a rate of so much.'),
        ("NVDA Citi 187 *8", 'I could not read "*8"; a price is per share or per ADS'),
        ("NVDA Citi 24 per share per ADS", "A price is per share or per ADS; please say one of the two."),
        ("BABA " + "x " * 400, "That is 805 characters long"),
    ],
)
def test_what_is_no_level_gets_a_sentence(text: str, why: str) -> None:
    refused = read_level(text, TWO)
    assert isinstance(refused, Unreadable)
    assert refused.why.startswith(why)


WISHES = st.builds(
    LevelWish,
    st.sampled_from(["BABA", "NVDA"]),
    st.sampled_from([MS, "86 Research", "JPMorgan Chase", "O'Neil & Co.", "own", "consensus"]),
    st.floats(0.01, 1e6).map(lambda price: round(price, 2)),
    st.sampled_from(["price target", "fair value", "consensus", "own"]),
    st.sampled_from([None, "Buy", "Strong Buy"]),
    st.none() | st.dates(date(2000, 1, 1)),
    st.booleans(),
    st.builds(
        Unit,
        st.sampled_from([None, "$", "¥", "USD", "CNY", "HKD", "GBP", "GBp"]),
        st.sampled_from([None, SHARE, ADS]),
        st.none() | st.floats(0.001, 10_000).map(lambda rate: round(rate, 6)),
    ),
)


@given(WISHES)
def test_the_normal_form_reads_back(wish: LevelWish) -> None:
    assert read_level(spelt(wish), TWO) == wish


@given(st.text(st.sampled_from('BABA NVDA "“”$12.5k-offsure rating own<&¥HKD/@')) | st.text())
def test_whatever_is_typed_is_read_or_refused_in_a_sentence(text: str) -> None:
    read = read_level(text, TWO)
    assert isinstance(read, LevelWish) or read.why
