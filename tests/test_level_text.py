"""What may stand behind /level, and what may not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.language import Unreadable, Vocabulary
from bot.core.reading.level_text import LevelWish, read_level, spelt
from bot.core.units import Unit
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
        ('NVDA "86 Research" 200', LevelWish("NVDA", "86 Research", 200.0)),
        ("NVDA UBS 200", LevelWish("NVDA", "UBS", 200.0)),
        ("BABA bernstein 200", LevelWish("BABA", "Bernstein SocGen Group", 200.0)),
        ('BABA "jpmorgan" 200', LevelWish("BABA", "JPMorgan Chase", 200.0)),
        ("BABA morningstar price target 200", LevelWish("BABA", "Morningstar", 200.0, "price target")),
        ("BABA consensus off", LevelWish("BABA", "consensus", None, "consensus")),
        ("BABA Citi 2000 sure", LevelWish("BABA", "Citi", 2000.0, sure=True)),
    ],
)
def test_a_level_is_read(text: str, wish: LevelWish) -> None:
    assert read_level(text, TWO) == wish


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
)


@given(WISHES)
def test_the_normal_form_reads_back(wish: LevelWish) -> None:
    assert read_level(spelt(wish), TWO) == wish


@given(st.text(st.sampled_from('BABA NVDA "“”$12.5k-offsure rating own<&')) | st.text())
def test_whatever_is_typed_is_read_or_refused_in_a_sentence(text: str) -> None:
    read = read_level(text, TWO)
    assert isinstance(read, LevelWish) or read.why
