"""/level with a price in another currency or per ordinary share: converted with what was typed, or not stored."""

from dataclasses import replace

import pytest

from bot.commands.desk import Desk
from bot.core.levels import Level
from bot.core.market import Stock
from bot.store import Store
from tests.fakes.analysts import LEVELS
from tests.fakes.desk import NOW, Keyboard, furnished, put_price
from tests.fakes.desk import labels as labels_of

UNIT = "BABA's levels are in USD per ADS (1 ADS = 8 ordinary shares)."


@pytest.fixture
def desk(store: Store) -> Desk:
    """BABA with its eight shares an ADS, at 186."""
    desk = furnished(store)
    put_price(store, 186.0, NOW - 10)
    return replace(desk, stocks={"BABA": Stock("BABA", "Alibaba", "XNYS", "USD", 8)})


@pytest.fixture
def say(desk: Desk) -> Keyboard:
    return Keyboard(desk)


def stored(desk: Desk) -> list[Level]:
    return [one for one in desk.levels("BABA") if one.firm == "Nomura"]


@pytest.mark.parametrize(
    ("text", "price", "source"),
    [
        (
            "187 HKD per share rate 7.78",
            192.29,
            "typed in the chat: 187.00 HKD per share × 8 ÷ 7.78 HKD a USD, rate as typed 2025-10-02",
        ),
        (
            "RMB1399 per ADS rate 7.1",
            197.04,
            "typed in the chat: 1,399.00 CNY per ADS ÷ 7.1 CNY a USD, rate as typed 2025-10-02",
        ),
        ("24 USD per share", 192.0, "typed in the chat: 24.00 USD per share × 8"),
        ("$200", 200.0, "typed in the chat"),
        ("200 USD per ADS", 200.0, "typed in the chat"),
        ("200", 200.0, "typed in the chat"),
    ],
)
def test_a_level_is_stored_in_the_stock_s_unit_and_its_source_says_how_it_came_about(
    desk: Desk, say: Keyboard, text: str, price: float, source: str
) -> None:
    say(f'/level BABA "Nomura" {text}')
    (level,) = stored(desk)
    assert (level.price, level.currency, level.source) == (price, "USD", source)


def test_the_answer_shows_the_rate_and_its_time(say: Keyboard) -> None:
    assert say('/level BABA "Nomura" 187 HKD per share rate 7.78').html == (
        "📝 BABA Nomura: 192.29 · price target · 2025-10-02\n"
        "187.00 HKD per share × 8 ÷ 7.78 HKD a USD, rate as typed 2 Oct 10:00 New York.\n"
        "It lies +3.4 % from the price, 186.00."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("187 HKD", f"{UNIT} Please type it with the rate, how many HKD one USD costs, in place of 7.8:"),
        ("187 HKD", '\n/level BABA "Nomura" 187.00 HKD per share rate 7.8\nor /level BABA "Nomura" 187.00 HKD per'),
        ("HK$187/share", 'in place of 7.8:\n/level BABA "Nomura" 187.00 HKD per share rate 7.8'),
        ("1399 CNY", '/level BABA "Nomura" 1399.00 CNY per ADS rate 7'),
        ("¥1399", '¥ is CNY or JPY. Please type which:\n/level BABA "Nomura" 1399.00 CNY\n/level BABA "Nomura" 13'),
        ("187 HKD rate 7.78", f"{UNIT} Is 187.00 HKD per ADS, or per ordinary share?"),
        ("187 HKD per share rate 0.1285", 'the reverse. Then type: /level BABA "Nomura" 187.00 HKD per share rate 7'),
        ("187 rate 7.78", 'is named: /level BABA "Nomura" 187.00 HKD rate 7.78\nWithout a rate: /level BABA "Nom'),
        ("1 JPY per ADS rate 90000", 'No price comes of 1.00 JPY per ADS. BABA\'s levels are in USD per ADS'),
        ("1399", '1,399.00 is 7.5 times the price, 186.00: in CNY? If so: type it with the rate, how many CNY'),
        ("1399", 'in place of 7:\n/level BABA "Nomura" 1399.00 CNY per ADS rate 7\nIn USD after all: /level'),
        ("$1399 sure", "7.5 times the price, 186.00: in CNY?"),
        ("1399 USD", "7.5 times the price, 186.00: in CNY?"),
        ("24", "24.00 is 1/7.8 of the price, 186.00: is it per ordinary share?"),
        ("24 sure", "24.00 is 1/7.8 of the price, 186.00: is it per ordinary share?"),
        ("192 per share", "192.00 USD per share × 8 is 1,536.00, 8.3 times the price, 186.00: is it per ADS?"),
    ],
)  # fmt: skip
def test_what_may_be_in_another_unit_is_not_stored_and_the_answer_says_what_to_type(
    desk: Desk, say: Keyboard, text: str, said: str
) -> None:
    assert said.replace('"', "&quot;").replace("'", "&#x27;") in say(f'/level BABA "Nomura" {text}').html
    assert stored(desk) == []


@pytest.mark.parametrize("text", ["1399", "1399 sure", "$1,399", "1399 CNY", "1399 per ADS", "1399 RMB per share"])
def test_no_tap_stores_1399_beside_186(desk: Desk, say: Keyboard, text: str) -> None:
    for label in (first := labels_of(reply := say(f'/level BABA "Nomura" {text}'))):
        say.tap(reply, label)
    assert [level.price for level in stored(desk)] == []
    assert "Yes" not in first


@pytest.mark.parametrize(
    ("text", "label", "price"),
    [
        ("187 HKD rate 7.78", "Per share", 192.29),
        ("1399 CNY rate 7.1", "Per ADS", 197.04),
        ("24", "Per share", 192.0),
        ("24", "Per ADS", 24.0),
        ("192 USD per share", "Per ADS", 192.0),
    ],
)
def test_the_missing_word_is_a_tap_away(desk: Desk, say: Keyboard, text: str, label: str, price: float) -> None:
    say.tap(say(f'/level BABA "Nomura" {text}'), label)
    assert [level.price for level in stored(desk)] == [price]


def test_who_names_the_unit_and_is_sure_is_believed(desk: Desk, say: Keyboard) -> None:
    say('/level BABA "Nomura" 1399 USD sure')
    assert [level.price for level in stored(desk)] == [1399.0]


def test_before_the_first_price_a_level_is_held_against_the_others(desk: Desk, say: Keyboard) -> None:
    desk.store.db.execute("delete from quotes")
    assert "1,399.00 is 5.4 times the nearest level, 258.00: in CNY?" in say('/level BABA "Nomura" 1399').html
    assert "The nearest level of BABA is 258.00; 9,000.00 (Nomura) is" in say('/level BABA "Nomura" 9000').html
    assert len(desk.levels("BABA")) == len(LEVELS)


def test_a_stock_that_is_no_ads_is_converted_by_the_rate_alone_and_says_so(desk: Desk, store: Store) -> None:
    plain = replace(desk, stocks={"BABA": Stock("BABA", "Alibaba", "XNYS", "USD")})
    reply = Keyboard(plain)('/level BABA "Nomura" 1399 HKD per share rate 7.78')
    assert (
        "÷ 7.78 HKD a USD, rate as typed 2 Oct 10:00 New York. One BABA counts as one share; shares_per" in reply.html
    )
    assert "per share" not in Keyboard(plain)('/level BABA "Nomura" 190 per share').html


def test_before_the_currency_is_known_a_price_is_taken_without_one(desk: Desk) -> None:
    say = Keyboard(replace(desk, stocks={"BABA": Stock("BABA", "BABA", "XNYS", None)}))
    reply = say('/level BABA "Nomura" 187 HKD rate 7.78')
    assert reply.html.startswith("What currency BABA trades in is known with its first price; /price BABA shows")
    say('/level BABA "Nomura" $187')
    assert [(level.price, level.currency) for level in stored(desk)] == [(187.0, None)]
