"""Bars from a file or from memory: read strictly, shown only once they are over."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.market import Bar, Session, Stock
from bot.demo import BARS
from bot.feeds import FaultKind, FeedError
from bot.feeds.recorded import RecordedFeed, read_csv
from tests.fakes.desk import new_york

BABA = Stock("BABA", "Alibaba", "XNYS", "USD")
T0 = 1759411800  # 2025-10-02T13:30:00Z
HEADER = "at,open,high,low,close,volume"
GOOD = "2025-10-02T13:30:00Z,188.58,191.37,188.54,190.75,2404890"


def always_regular(at: int) -> Session:
    return Session.REGULAR


def minute(index: int) -> Bar:
    return Bar(T0 + 60 * index, 1.0, 1.0, 1.0, 1.0, 1)


def feed_of(count: int) -> RecordedFeed:
    return RecordedFeed({"BABA": [minute(index) for index in range(count)]})


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "bars.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("now", "visible"), [(T0, 0), (T0 + 59, 0), (T0 + 60, 1), (T0 + 150, 2), (T0 + 999, 5)])
async def test_a_bar_is_shown_when_it_is_over_and_not_before(now: int, visible: int):
    assert len((await feed_of(5).fetch(BABA, None, now)).bars) == visible


async def test_since_includes_the_bar_that_starts_there():
    fetched = await feed_of(5).fetch(BABA, T0 + 120, T0 + 240)
    assert fetched.bars == (minute(2), minute(3))
    assert fetched.quoted_at == T0 + 240


async def test_without_since_the_last_24_hours_are_given():
    fetched = await feed_of(3000).fetch(BABA, None, T0 + 60 * 2000)
    assert (len(fetched.bars), fetched.bars[0], fetched.bars[-1]) == (1440, minute(560), minute(1999))


@given(st.integers(0, 50), st.lists(st.integers(0, 60 * 60), min_size=1, max_size=6))
async def test_polls_at_any_moments_show_the_same_bars_as_one_at_the_end(count: int, moments: list[int]):
    feed, seen = feed_of(count), dict[int, Bar]()
    for now in sorted(moments):
        fetched = await feed.fetch(BABA, max(seen, default=T0), T0 + now)
        seen |= {bar.at: bar for bar in fetched.bars}
    assert tuple(seen.values()) == (await feed.fetch(BABA, T0, T0 + max(moments))).bars


async def test_no_new_bar_is_an_empty_tuple_and_says_when_the_last_price_was_made():
    fetched = await feed_of(2).fetch(BABA, T0 + 120, T0 + 900)
    assert (fetched.bars, fetched.quoted_at) == ((), T0 + 120)


async def test_a_symbol_without_a_recording_is_unknown():
    with pytest.raises(FeedError) as caught:
        await feed_of(1).fetch(Stock("JD", "JD", "XNYS", "USD"), None, T0)
    assert caught.value.kind is FaultKind.UNKNOWN_SYMBOL


async def test_the_source_says_what_it_was_told_to_say():
    assert (await RecordedFeed({"BABA": []}, "recorded in 2025").fetch(BABA, None, T0)).source == "recorded in 2025"


async def test_a_recording_may_be_closed_twice():
    feed = feed_of(1)
    feed.close()
    feed.close()
    assert (await feed.fetch(BABA, None, T0 + 60)).bars == (minute(0),)


def test_the_demo_is_two_real_days_of_five_minute_bars():
    bars = read_csv(BARS, always_regular)
    assert (len(bars), bars[0].width_s, bars[0].at, max(bar.high for bar in bars)) == (156, 300, T0, 192.67)
    assert (bars[77].close, bars[78].open) == (189.36, 190.72)


def test_width_is_the_smallest_step_and_the_session_is_asked_for(tmp_path: Path):
    times = ("2025-10-02T13:00:00Z", "2025-10-02T13:30:00+00:00", "2025-10-02T09:35:00-04:00")
    path = file_of(tmp_path, HEADER, *(f"{at},1,2,1,2,0" for at in times))
    bars = read_csv(path, lambda at: Session.PRE if at < T0 else Session.REGULAR)
    assert [(bar.at, bar.width_s, bar.session) for bar in bars] == [
        (T0 - 1800, 300, Session.PRE),
        (T0, 300, Session.REGULAR),
        (T0 + 300, 300, Session.REGULAR),
    ]


def test_a_single_bar_is_taken_for_a_minute_and_blank_lines_and_marks_are_passed_over(tmp_path: Path):
    path = file_of(tmp_path, "\ufeff" + HEADER, "", GOOD.replace(",", ", "), "")
    (bar,) = read_csv(path, always_regular)
    assert bar == Bar(T0, 188.58, 191.37, 188.54, 190.75, 2404890)


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        (GOOD.replace("191.37", "abc"), "high", "'abc' is not a number"),
        (GOOD.replace("188.58", "nan"), "open", "'nan'"),
        (GOOD.replace("190.75", "inf"), "close", "'inf'"),
        (GOOD.replace("188.54", "-1"), "low", "'-1'"),
        (GOOD.replace("188.54", "0"), "low", "above 0"),
        (GOOD.replace("2404890", ""), "volume", "'' is not a number"),
        (GOOD.replace("191.37", "188.00"), "high", "188 is below the low 188.54"),
        (GOOD.replace("2025-10-02T13:30:00Z", "yesterday"), "at", "'yesterday' is not a time"),
        (GOOD.replace("00Z", "00"), "at", "does not say its time zone"),
        (GOOD.replace("13:30", "13:20"), "at", "in order of time"),
        (GOOD.replace("13:30", "13:25"), "at", "in order of time"),
        (GOOD + ",9", "columns", "expected 6 values, found 7"),
    ],
)
def test_a_bad_line_is_named_with_its_column_and_what_is_wrong(tmp_path: Path, line: str, column: str, said: str):
    path = file_of(tmp_path, HEADER, GOOD.replace("13:30", "13:25"), line)
    with pytest.raises(ValueError, match=r"^.*bars\.csv: line 3, ") as caught:
        read_csv(path, always_regular)
    assert column in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("header", ["", "date,open,high,low,close,volume", HEADER + ",dividend"])
def test_another_header_is_told_with_the_one_expected(tmp_path: Path, header: str):
    with pytest.raises(ValueError, match=f"line 1, header: expected {HEADER}, found"):
        read_csv(file_of(tmp_path, header, GOOD), always_regular)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04\xf0", HEADER.encode() + b"\n\x00,\x00"])
def test_a_file_that_is_no_text_is_one_clear_error(tmp_path: Path, content: bytes):
    (tmp_path / "bars.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"bars\.csv"):
        read_csv(tmp_path / "bars.csv", always_regular)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv", always_regular)


NEW_YORK = new_york()
CLOSE = T0 + 390 * 60


def two_days() -> RecordedFeed:
    """2 and 3 October, in minutes from 09:30 to 16:00 and an hour beyond."""
    bars = [
        Bar(start, 100.0, 101.0, 99.0, 100.5, 1, NEW_YORK.session_at(start))
        for opened in (T0, T0 + 86_400)
        for start in range(opened, opened + 450 * 60, 60)
    ]
    return RecordedFeed({"BABA": bars}, hours={"BABA": NEW_YORK})


@pytest.mark.parametrize(
    ("now", "volumes"),
    [(T0, []), (CLOSE - 1, []), (CLOSE, [390]), (CLOSE + 86_399, [390]), (CLOSE + 86_400, [390, 390])],
)
async def test_recorded_minutes_are_a_day_once_its_session_is_over_and_not_before(now: int, volumes: list[int]):
    assert [day.volume for day in await two_days().days(BABA, date(2025, 10, 2), now)] == volumes


async def test_days_begin_at_the_date_asked_for():
    feed = RecordedFeed({"BABA": read_csv(BARS, NEW_YORK.session_at)}, hours={"BABA": NEW_YORK})
    (day,) = await feed.days(BABA, date(2025, 10, 3), CLOSE + 86_400)
    assert (day.day, day.open, day.close) == (date(2025, 10, 3), 190.72, 187.98)


async def test_a_recording_without_opening_hours_has_no_days_and_without_the_symbol_is_unknown():
    assert await feed_of(500).days(BABA, date(2025, 10, 1), CLOSE + 86_400) == ()
    with pytest.raises(FeedError) as caught:
        await feed_of(1).days(Stock("JD", "JD", "XNYS", "USD"), date(2025, 10, 1), T0)
    assert caught.value.kind is FaultKind.UNKNOWN_SYMBOL


def test_a_bar_of_a_day_is_the_regular_session_of_its_date_whatever_its_hour(tmp_path: Path):
    path = file_of(tmp_path, HEADER, *(f"2025-10-0{day}T00:00:00Z,1,2,1,2,0" for day in (1, 2)))
    bars = read_csv(path, NEW_YORK.session_at)
    assert [(bar.session, bar.width_s) for bar in bars] == [(Session.REGULAR, 86_400)] * 2
