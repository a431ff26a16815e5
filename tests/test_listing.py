"""What may stand behind /watch, and which exchange follows from a symbol."""

import pytest

from bot.core.language import Unreadable
from bot.core.reading.listing import CALENDARS, Pick, picked
from bot.exchange import Exchange, is_known
from tests.fakes.desk import NOW


@pytest.mark.parametrize(
    ("text", "picks"),
    [
        ("NVDA", [Pick("NVDA", "XNYS")]),
        ("$nvda", [Pick("NVDA", "XNYS")]),
        ("NVDA, AMD nvda", [Pick("NVDA", "XNYS"), Pick("AMD", "XNYS")]),
        ("0700.hk", [Pick("0700.HK", "XHKG")]),
        ("SAP.DE BP.L", [Pick("SAP.DE", "XETR"), Pick("BP.L", "XLON")]),
        ("000001.SZ", [Pick("000001.SZ", "XSHG")]),
        ("BTC-USD", [Pick("BTC-USD", "always")]),
        ("BTC-USD 24/7 usd", [Pick("BTC-USD", "always", "USD")]),
        ("EURUSD=X GC=F ^GSPC", [Pick("EURUSD=X", "24/5"), Pick("GC=F", "us_futures"), Pick("^GSPC", "XNYS")]),
        ("BRK-B", [Pick("BRK-B", "XNYS")]),
        ("^HSI xhkg HKD AMD", [Pick("^HSI", "XHKG", "HKD"), Pick("AMD", "XNYS")]),
        ("VOD.L GBp", [Pick("VOD.L", "XLON", "GBp")]),
        ("FOO.XX XLON", [Pick("FOO.XX", "XLON")]),
        ("NVDA nasdaq", [Pick("NVDA", "XNYS")]),
        ("USD", [Pick("USD", "XNYS")]),
        ("XELB", [Pick("XELB", "XNYS")]),
    ],
)
def test_symbols_are_read_with_their_exchange(text: str, picks: list[Pick]) -> None:
    assert picked(text) == tuple(picks)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Which stock? /watch NVDA"),
        (" , ", "Which stock?"),
        ("N V D A <b>", '"<b>" is no symbol.'),
        ("ABCDEFGHIJKLMNOP", '"ABCDEFGHIJKLMNOP" is no symbol.'),
        ("...", '"..." is no symbol.'),
        ("700", '"700" is a number.'),
        ("brk.b", "Yahoo writes a class of shares with a hyphen: /watch BRK-B"),
        ("ABC.TA", "I do not know the exchange of symbols that end in .TA."),
        ("NVDA XNYX", "I know no exchange XNYX. Did you mean XNYS?"),
        (" ".join(f"A{n}" for n in range(21)), "That are 21 stocks; please /watch 20 at most at a time."),
    ],
)
def test_what_is_no_stock_gets_a_sentence_that_says_what_to_type(text: str, why: str) -> None:
    refused = picked(text)
    assert isinstance(refused, Unreadable)
    assert refused.why.startswith(why)
    assert "/watch" in refused.why


def test_every_calendar_a_chat_may_name_is_known() -> None:
    assert [name for name in CALENDARS if not is_known(name)] == []


@pytest.mark.parametrize("name", ["XHKG", "XLON", "XSHG", "XTKS"])
def test_calendars_with_breaks_and_holidays_of_their_own_can_be_built(name: str) -> None:
    assert Exchange(name, NOW).zone
