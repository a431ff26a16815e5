"""Modifiers in the alert language: how an alert tells, until when, and what it notes."""

from dataclasses import replace
from datetime import datetime
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from bot.core.alerts import Policy, Way
from bot.core.clock import Place
from bot.core.language import Unreadable, Vocabulary, Wish, describe, parse
from tests.fakes.analysts import LEVELS, level

NEW_YORK = ZoneInfo("America/New_York")


def at(*moment: int, zone: str = "America/New_York") -> int:
    return int(datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp())  # type: ignore[misc,arg-type]


NOW = at(2026, 11, 20, 10, 30)
VOCABULARY = Vocabulary({"BABA": LEVELS}, {"BABA": 158.2}, NOW, Place("America/New_York"))


def policy(text: str, vocabulary: Vocabulary = VOCABULARY) -> Policy:
    made = parse(text, vocabulary)
    assert isinstance(made, Wish), made
    assert (made.way, made.threshold) == (Way.ABOVE, 192)
    return made.policy


def why(text: str, vocabulary: Vocabulary = VOCABULARY) -> str:
    made = parse(text, vocabulary)
    assert isinstance(made, Unreadable), made
    return made.why


SAID = [
    (("once", "only once", "just once", "one time"), Policy(once=True)),
    (("daily", "once a day", "once per day", "every day", "at most once a day"), Policy(daily=True)),
    (("every 4h", "every 4 hours", "each 4h"), Policy(every_s=4 * 3600)),
    (("every 30 min", "every 30m"), Policy(every_s=1800)),
    (("every hour", "once an hour", "once per hour", "every 60 min"), Policy(every_s=3600)),
    (("every 2d", "every 2 days"), Policy(every_s=2 * 86400)),
    (("every week", "once a week", "every 7d"), Policy(every_s=7 * 86400)),
    (("rearm 2%", "re-arm 2 %", "rearm 2", "rearm at 2 percent"), Policy(rearm_pct=2)),
    (("re-arm 0.5%", "rearm .5%"), Policy(rearm_pct=0.5)),
    (("rearm 1%",), Policy()),
    (("hold 10m", "hold 10 minutes", "hold for 10 min", "holds for at least 10m"), Policy(hold_s=600)),
    (("hold 2h", "hold 120m", "hold 1h60m"), Policy(hold_s=7200)),
    (("hold 24h", "hold 1d"), Policy(hold_s=86400)),
    (("regular hours only", "rth", "regular only", "only in regular hours", "regular session only", "RTH only"),
     Policy(regular_only=True)),
    (("silent", "silently", "quietly"), Policy(silent=True)),
    (("once silent rth",), Policy(once=True, silent=True, regular_only=True)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [(text, expected) for texts, expected in SAID for text in texts])
def test_a_modifier_stands_before_or_after_the_condition(text: str, expected: Policy) -> None:
    assert policy(f"BABA above 192 {text}") == expected
    assert policy(f"{text} above 192") == expected
    assert policy(f"above 192 {text}".upper()) == expected


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("until 2026-12-31", at(2027, 1, 1)), ("until 31 dec", at(2027, 1, 1)),
        ("until 31st of December", at(2027, 1, 1)),
        ("until dec 31, 2026", at(2027, 1, 1)), ("until 31.12.2026", at(2027, 1, 1)),
        ("till 2026-12-31", at(2027, 1, 1)),
        ("until 2026-12-31 14:00", at(2026, 12, 31, 14)), ("until 31 dec at 14:30", at(2026, 12, 31, 14, 30)),
        ("until 1 march", at(2027, 3, 2)), ("until 29 feb", at(2028, 3, 1)), ("until 20 nov", at(2026, 11, 21)),
        ("until today", at(2026, 11, 21)), ("until tomorrow", at(2026, 11, 22)), ("until monday", at(2026, 11, 24)),
        ("until friday", at(2026, 11, 21)), ("until friday 16:00", at(2026, 11, 20, 16)),
        ("for 30d", at(2026, 12, 21)), ("for 1 day", at(2026, 11, 22)), ("for 2 weeks", at(2026, 12, 5)),
        ("for a month", at(2026, 12, 21)), ("for 4h", at(2026, 11, 20, 14, 30)),
        ("for the next 90 min", at(2026, 11, 20, 12)),
        ("for 5 years", at(2031, 11, 20)),
    ],
)  # fmt: skip
def test_an_end_is_midnight_after_its_day_or_the_minute_named(text: str, end: int) -> None:
    assert policy(f"above 192 {text}") == Policy(expires_at=end)
    assert policy(f"{text} above 192") == Policy(expires_at=end)


def test_the_days_are_those_of_the_place() -> None:
    tokyo = replace(VOCABULARY, place=Place("Asia/Tokyo"))
    assert policy("above 192 until 2026-12-31", tokyo).expires_at == at(2027, 1, 1, zone="Asia/Tokyo")
    assert policy("above 192 for 1d", tokyo).expires_at == at(2026, 11, 23, zone="Asia/Tokyo")


@pytest.mark.parametrize("text", ["until 2026-03-08 02:30", "until 2026-11-01 01:30", "for 35 min"])
def test_an_hour_that_is_skipped_or_repeated_has_a_normal_form(text: str) -> None:
    now = at(2026, 10, 31) if "35" not in text else at(2026, 11, 1, 0, 40)
    vocabulary = replace(VOCABULARY, now=at(2026, 1, 1) if "03-08" in text else now)
    made = parse(f"above 192 {text}", vocabulary)
    assert isinstance(made, Wish)
    assert parse(describe(made, vocabulary), vocabulary) == made


def test_a_text_read_at_no_moment_has_no_past() -> None:
    assert policy("above 192 until 2026-12-31", Vocabulary({"BABA": LEVELS})).expires_at == at(2027, 1, 1, zone="UTC")
    assert policy("above 192 for 30d", Vocabulary({"BABA": LEVELS})).expires_at is not None


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('above 192 note "trim 20 %"', "trim 20 %"), ("above 192 note “trim 20 %”", "trim 20 %"),
        ("above 192 note 'don't wait'", "don't wait"), ("above 192 note «trim»", "trim"),
        ("above 192 note „trim“", "trim"),
        ("above 192 note trim 20 % once", "trim 20 % once"), ("above 192 note: trim", "trim"),
        ('note "below 150 until monday" above 192', "below 150 until monday"),
        ('above note "hold 10m NVDA" 192', "hold 10m NVDA"), ("above 192 note note it", "note it"),
        ('above 192 note "say «hi» and “ho”"', "say 'hi' and 'ho'"), ("above 192 note a\nb\tc", "a b c"),
        ('above 192 note "consensus"', "consensus"), ("above 192 note abvoe", "abvoe"),
        ('above 192 note "' + "x" * 250 + '"', "x" * 199 + "…"), ("above 192 note BABA below 150", "BABA below 150"),
    ],
)  # fmt: skip
def test_what_is_inside_a_note_is_never_read_as_words(text: str, note: str) -> None:
    assert policy(text) == Policy(note=note)
    made = parse(text, VOCABULARY)
    assert isinstance(made, Wish)
    assert parse(describe(made, VOCABULARY), VOCABULARY) == made


def test_words_after_a_quoted_note_are_read() -> None:
    assert policy('note "trim" above 192 once') == Policy(once=True, note="trim")


def test_a_firm_may_hold_the_word_note() -> None:
    vocabulary = replace(VOCABULARY, levels={"BABA": (*LEVELS, level("Note Capital", 200.0))})
    made = parse('above Note Capital note "x"', vocabulary)
    assert made == Wish("BABA", Way.ABOVE, 200, "Note Capital", policy=Policy(note="x"))
    named = parse("above consensus note capital", vocabulary)
    assert isinstance(named, Wish)
    assert named.policy.note == "capital"


@pytest.mark.parametrize("words", [*permutations(["above 192", "once", "hold 10m", 'note "x y"', "until 2026-12-31"])])
def test_modifiers_come_in_any_order(words: tuple[str, ...]) -> None:
    assert policy(" ".join(words)) == Policy(once=True, hold_s=600, note="x y", expires_at=at(2027, 1, 1))


def test_the_normal_form_has_a_fixed_order() -> None:
    text = 'note "x" silent rth until 31 dec 14:00 hold 90m rearm 2% every 2 days above 192'
    made = parse(text, VOCABULARY)
    assert isinstance(made, Wish)
    normal = 'BABA above 192.00 every 2d rearm 2% hold 90m until 2026-12-31 14:00 rth silent note "x"'
    assert describe(made, VOCABULARY) == normal


def test_the_band_is_named_only_where_it_is_not_the_usual_one() -> None:
    unusual = replace(VOCABULARY, rearm_pct=2.0)
    assert policy("above 192", unusual) == Policy(rearm_pct=2.0)
    made = parse("above 192 rearm 1%", unusual)
    assert isinstance(made, Wish)
    assert (describe(made, unusual), describe(made, VOCABULARY)) == ("BABA above 192.00 rearm 1%", "BABA above 192.00")


def test_an_alert_past_its_end_can_still_be_written() -> None:
    made = Wish("BABA", Way.ABOVE, 192, "consensus", policy=Policy(expires_at=at(2020, 1, 1)))
    assert describe(made, VOCABULARY) == "BABA above consensus until 2019-12-31"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("once every 4h", "every 4h"), ("daily once", "every 4h"), ("once daily", "every 4h"),
        ("once silent every 4h", "keep one"),
        ("daily every 4h", "every 4h"), ("every 1h every 2h", "every 4h"), ("hold 10m hold 20m", "hold 10m"),
        ("until 31 dec for 3d", "until 31 dec"), ("until 31 dec until 30 dec", "until 31 dec"),
        ("rearm 1% rearm 2%", "rearm 1%"), ("every", "every 4h"), ("every soon", "every 4h"), ("hold", "hold 10m"),
        ("hold 10", "hold 10m"), ("rearm", "rearm 1%"), ("rearm far", "rearm 1%"), ("until", "until 31 dec"),
        ("until soon", "until 31 dec"), ("until 30 feb", "until 31 dec"), ("until 2026-13-01", "until 31 dec"),
        ("until 2026-12-31 25:00", "until 31 dec 14:00"), ("until 2020-01-01", "until 31 dec"),
        ("until 9:00", "until 31 dec"),
        ("until 9999-12-31", "until 31 dec"), ("until 2040-01-01", "for 30d"), ("for 9 years", "for 30d"),
        ("for 9999999d", "for 30d"), ("for 0d", "for 30d"), ("every 30d every 400d", "every 4h"),
        ("every 400d", "365d"),
        ("every 0.5m", "every 4h"), ("every 0h", "every 4h"), ("hold 25h", "24h"), ("hold 0m", "hold 10m"),
        ("hold 1.51m", "hold 10m"), ("rearm 0%", "rearm 1%"), ("rearm 100%", "rearm 1%"), ("rearm -1%", "rearm 1%"),
        ("note", 'note "trim 20 %"'), ('note ""', 'note "trim 20 %"'), ("note \u200f", 'note "trim 20 %"'),
    ],
)  # fmt: skip
def test_what_is_missing_or_contradictory_is_said_with_what_to_type(text: str, hint: str) -> None:
    assert hint in why(f"above 192 {text}")
