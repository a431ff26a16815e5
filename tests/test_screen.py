"""What is not believed: rule 13."""

from dataclasses import replace
from math import inf, nan

import pytest

from bot.core.market import Bar, Session, Stock
from bot.core.screen import Fault, Rules, identity, late, screen

STOCK = Stock("BABA", "Alibaba", "XNYS", "USD")
RULES = Rules(max_jump_pct=20, sessions=frozenset({Session.PRE, Session.REGULAR, Session.POST}))
NOW = 10_000


def bar(minute: int, price: float, **changes: object) -> Bar:
    return replace(Bar(minute * 60, price, price, price, price, 100), **changes)  # type: ignore[arg-type]


LAST = bar(0, 190.0)


def kept(*bars: Bar, last: Bar | None = LAST, reference: float | None = None) -> list[float]:
    return [one.close for one in screen(bars, last, reference, NOW, RULES).bars]


def faults(*bars: Bar, last: Bar | None = LAST) -> tuple[Fault, ...]:
    return screen(bars, last, None, NOW, RULES).faults


@pytest.mark.parametrize("wrong", [nan, inf, -inf, 0.0, -190.0])
@pytest.mark.parametrize("field", ["open", "high", "low", "close"])
def test_what_is_no_price_is_refused_wherever_it_stands(field: str, wrong: float) -> None:
    spoilt = bar(1, 191.0, **{field: wrong})
    assert (kept(spoilt), faults(spoilt)) == ([], (Fault.NOT_A_PRICE,))


def test_a_bar_whose_high_is_below_its_close_is_refused() -> None:
    assert faults(bar(1, 191.0, high=190.0, low=189.0)) == (Fault.NOT_A_PRICE,)


def test_a_bar_older_than_the_last_is_out_of_order() -> None:
    assert faults(bar(1, 190.0), last=bar(2, 190.0)) == (Fault.OUT_OF_ORDER,)


def test_bars_in_disorder_are_put_in_order_and_none_is_lost() -> None:
    disordered = [bar(1, 190.0), bar(3, 191.0), bar(2, 192.0), bar(4, 193.0)]
    assert kept(*disordered) == [190.0, 192.0, 191.0, 193.0]
    assert faults(*disordered) == (Fault.OUT_OF_ORDER,)


def test_a_minute_given_twice_is_one_bar_with_the_extremes_of_both() -> None:
    (one,) = screen([bar(1, 191.0, high=193.0), bar(1, 192.0, low=190.5)], LAST, None, NOW, RULES).bars
    assert (one.open, one.high, one.low, one.close) == (191.0, 193.0, 190.5, 192.0)


def test_the_minute_of_the_last_bar_may_come_again() -> None:
    assert kept(bar(0, 190.5)) == [190.5]


def test_a_bar_from_the_future_is_refused() -> None:
    assert faults(bar(NOW // 60 + 5, 190.0)) == (Fault.FROM_THE_FUTURE,)


def test_bars_of_sessions_not_watched_are_left_out_without_complaint() -> None:
    closed = bar(1, 191.0, session=Session.CLOSED)
    assert (kept(closed), faults(closed)) == ([], ())


def test_a_jump_waits_for_a_second_bar() -> None:
    assert (kept(bar(1, 250.0)), faults(bar(1, 250.0))) == ([], (Fault.UNCONFIRMED_JUMP,))


def test_a_jump_is_believed_when_the_next_bar_stays_there() -> None:
    assert kept(bar(1, 250.0), bar(2, 249.0)) == [250.0, 249.0]


@pytest.mark.parametrize("after", [Session.POST, Session.CLOSED])
def test_a_jump_in_the_last_watched_minute_is_borne_out_by_what_follows_unwatched(after: Session) -> None:
    regular = Rules(20, frozenset({Session.REGULAR}))
    (one,) = screen([bar(1, 250.0), bar(2, 249.0, session=after)], LAST, None, NOW, regular).bars
    assert one.close == 250.0


def test_a_jump_that_is_believed_brings_no_single_bad_trade_with_it() -> None:
    confirmed, _ = screen([bar(1, 240.0, high=1000.0, low=2.4), bar(2, 240.0)], LAST, None, NOW, RULES).bars
    assert (confirmed.high, confirmed.low) == (240.0, 240.0)


def test_a_bad_print_ten_times_the_price_is_dropped_and_the_next_bar_kept() -> None:
    assert (kept(bar(1, 1900.0), bar(2, 191.0)), faults(bar(1, 1900.0), bar(2, 191.0))) == (
        [191.0],
        (Fault.BAD_PRINT,),
    )


def test_a_move_of_exactly_the_limit_is_no_jump() -> None:
    assert kept(bar(1, 228.0)) == [228.0]


@pytest.mark.parametrize(
    ("spoilt", "mended"),
    [
        (bar(1, 191.0, high=1910.0), (191.0, 191.0, 191.0)),
        (bar(1, 191.0, low=19.1), (191.0, 191.0, 191.0)),
        (bar(1, 191.0, open=1910.0, high=1910.0), (191.0, 191.0, 191.0)),
    ],
)
def test_a_single_bad_trade_within_a_bar_is_cut_off(spoilt: Bar, mended: tuple[float, float, float]) -> None:
    one, _ = screen([spoilt, bar(2, 191.0)], LAST, None, NOW, RULES).bars
    assert (one.open, one.high, one.low) == mended


@pytest.mark.parametrize(
    ("spoilt", "opened"),
    [
        (bar(1, 196.0, open=1930.0, high=1930.0, low=189.0), 189.0),  # opened at 196, it would have come back to it
        (bar(1, 185.0, open=19.0, high=193.0, low=19.0), 193.0),
        (bar(1, 195.0, open=1930.0, high=1930.0, low=195.0), 195.0),
    ],
)
def test_an_open_that_is_cut_off_invents_no_move_there_and_back(spoilt: Bar, opened: float) -> None:
    one, _ = screen([spoilt, bar(2, spoilt.close)], LAST, None, NOW, RULES).bars
    assert one.open == opened


def test_a_last_minute_that_opens_with_a_bad_trade_waits_for_what_follows() -> None:
    """Its true open may still come; told then, it would seem to have come after the rest of the minute."""
    spoilt = bar(1, 188.0, open=1906.0, high=1906.0, low=188.0)
    assert (kept(spoilt), faults(spoilt)) == ([], (Fault.UNCONFIRMED_JUMP,))
    assert kept(bar(1, 188.0, open=190.6, high=190.6, low=188.0)) == [188.0]


RECORDED = (bar(0, 190.0), bar(1, 191.0, high=191.5), bar(3, 190.0), bar(4, 190.0))


@pytest.mark.parametrize(
    ("shown", "believed"),
    [
        (bar(2, 191.0, high=193.0), [(2, 193.0, 191.0)]),  # was missing
        (bar(1, 191.0, low=188.0), [(1, 191.5, 188.0)]),  # goes further than it was seen to go
        (bar(1, 191.0), []),
        (bar(2, 1910.0), []),
        (bar(2, 191.0, high=1910.0), [(2, 191.0, 191.0)]),
        (bar(2, nan), []),
        (bar(2, 191.0, session=Session.CLOSED), []),
        (bar(4, 191.0, high=193.0), []),  # the last minute is no late one
        (bar(0, 191.0, high=193.0), []),  # nothing before it says what it began from
    ],
)
def test_of_minutes_passed_what_goes_beyond_the_record_is_believed(
    shown: Bar, believed: list[tuple[int, float, float]]
) -> None:
    assert [(one.at // 60, one.high, one.low) for one in late([shown], RECORDED, NOW, RULES)] == believed


def test_a_jump_that_came_while_minutes_were_missing_is_borne_out_by_the_minute_beside_it() -> None:
    found = late([bar(1, 250.0), bar(2, 250.0)], (bar(0, 190.0), bar(3, 190.0)), NOW, RULES)
    assert [one.close for one in found] == [250.0, 250.0]


def test_a_spike_within_the_limit_is_kept_whole() -> None:
    (one,) = screen([bar(1, 191.0, high=220.0)], LAST, None, NOW, RULES).bars
    assert one.high == 220.0


def test_the_very_first_bar_needs_a_second_witness() -> None:
    assert kept(bar(1, 190.0), last=None) == []
    assert kept(bar(1, 190.0), last=None, reference=188.0) == [190.0]
    assert kept(bar(1, 190.0), bar(2, 190.5), last=None) == [190.0, 190.5]


@pytest.mark.parametrize("reference", [None, 19.0, 1900.0])
def test_a_second_witness_that_is_wrong_does_not_keep_the_first_bars_out(reference: float | None) -> None:
    assert kept(bar(1, 190.0), bar(2, 190.5), last=None, reference=reference) == [190.0, 190.5]
    assert kept(bar(1, 1900.0), bar(2, 190.0), bar(3, 190.0), last=None, reference=190.0) == [190.0, 190.0]


@pytest.mark.parametrize(
    ("symbol", "currency", "expected"),
    [
        ("BABA", "USD", ()),
        ("baba", None, ()),
        ("BABAF", "USD", (Fault.WRONG_SYMBOL,)),
        ("BABA", "HKD", (Fault.WRONG_CURRENCY,)),
    ],
)
def test_an_answer_about_another_stock_or_in_another_currency_is_refused(
    symbol: str, currency: str | None, expected: tuple[Fault, ...]
) -> None:
    assert identity(STOCK, symbol, currency) == expected
