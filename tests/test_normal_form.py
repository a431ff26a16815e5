"""The normal form of every wish is read back as the same wish, whatever the levels are called."""

from dataclasses import replace
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.alerts import Alert, Line, Policy, Way
from bot.core.analysts import JITTER_PCT
from bot.core.clock import Place
from bot.core.language import Vocabulary, Wish, describe, parse
from bot.core.levels import Level
from bot.core.metrics.range52 import BEYOND
from bot.core.reading.modifiers import LONGEST_NOTE
from tests.fakes.analysts import level

ABOVE, BELOW, CROSSES, BETWEEN, OUTSIDE = Way.ABOVE, Way.BELOW, Way.CROSSES, Way.BETWEEN, Way.OUTSIDE
ZONE = ZoneInfo("America/New_York")
NOW = int(datetime(2026, 11, 20, 10, 30, tzinfo=ZONE).timestamp())

# Firms that begin like others, that hold the language's own words, numbers and quotation marks, and markup.
AWKWARD = (
    "consensus", "Consensus Group", "JPMorgan", "JPMorgan Chase", "JPMorgan Chase Securities", "JP", "Cross Research",
    "86 Research", "T. Rowe Price", "Above Capital", "Under the Tree", "Once More", "Now Partners", "A&B <i>",
    "Keefe, Bruyette & Woods", "Keefe", "Keefe,", "BABA Watch", "BABA", "1,000 Hills", "Société Générale", "中金公司",
    "192", "above", "above 192", "Up 5%", "Gap Capital", "gap", "RSI Partners", "rsi 14 below 30", "ma200", "note",
    'note "x"', 'consensus note "x"', '"consensus"', "“consensus”", "O'Neil", "Moody's", "'x' y", 'a" b', "once",
    "daily",
    "every 4h", "every", "hold 10m", "until 2026-12-31", "for 30d", "rth", "silent", "fresh", "now", "since now", "the",
    "5 d", "52w high", "within 2% of consensus", "between 185 and 195", "upside", "low", ">", "-", "%", "nan", "１９２",
    "rating changes", "target", "earnings", "earnings in 3d", "ex-dividend", "moves 2%", "consensus moves 2%",
)  # fmt: skip

numbers = st.one_of(
    st.floats(0.0001, 10_000_000).map(lambda value: round(value, 6)),
    st.integers(1, 10**9).map(lambda cents: cents / 100),
)
shares = st.floats(0.000001, 99.999999).map(lambda value: round(value, 6))
lines = st.sampled_from([ABOVE, BELOW, CROSSES])
notes = st.text(min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(
    lambda text: text.strip("' ") and text.isprintable() and not set(text) & set('"“”„«»')
)  # fmt: skip
MINUTE, HOUR, DAY = 60, 3600, 86400


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rhythm = draw(st.sampled_from(["", "once", "daily", "every"]))
    end = draw(st.none() | st.integers(NOW // MINUTE + 1, NOW // MINUTE + 4 * 365 * 24 * 60))
    return Policy(
        once=rhythm == "once",
        daily=rhythm == "daily",
        every_s=draw(st.integers(1, 365 * 24 * 60)) * MINUTE if rhythm == "every" else None,
        rearm_pct=draw(st.just(1.0) | shares),
        hold_s=draw(st.none() | st.integers(1, 24 * 60).map(lambda minutes: minutes * MINUTE)),
        expires_at=None if end is None else _written(end * MINUTE),
        regular_only=draw(st.booleans()),
        silent=draw(st.booleans()),
        note=draw(st.none() | notes),
    )


def _written(end: int) -> int:
    """The first of the two moments that the clock shows alike in autumn."""
    wall = datetime.fromtimestamp(end, ZONE).replace(fold=0)
    return int(wall.timestamp())


@st.composite
def _of_analysts(draw: st.DrawFn) -> Wish:
    """A wish that no price moves, with what such a wish can say of how it is told."""
    wish, own = draw(standing), draw(policies())
    kept = replace(own, hold_s=None, regular_only=False)
    is_counted = not wish.metric.startswith("consensus")
    told_each = replace(kept, daily=False, every_s=None, rearm_pct=Policy().rearm_pct)
    return replace(wish, policy=told_each if is_counted else kept)


def _channel(metric: str, way: Way, ends: tuple[float, float]) -> Wish:
    return Wish("BABA", way, min(ends), upper=max(ends), metric=metric)


def _moves(metrics: st.SearchStrategy[str]) -> st.SearchStrategy[Wish]:
    size = st.floats(0.000001, 100_000).map(lambda value: round(value, 6))
    fall = st.floats(0.000001, 100).map(lambda value: round(value, 6))
    return st.one_of(
        st.builds(lambda metric, up: Wish("BABA", ABOVE, up, metric=metric), metrics, size),
        st.builds(lambda metric, down: Wish("BABA", BELOW, -down, metric=metric), metrics, fall),
        st.builds(lambda metric, far: Wish("BABA", OUTSIDE, -far, upper=far, metric=metric), metrics, size),
    )


windows = st.one_of(
    st.integers(1, 24).map(lambda hours: f"{hours}h"),
    st.integers(1, 1439).filter(lambda minutes: minutes % 60 != 0).map(lambda minutes: f"{minutes}m"),
    st.integers(1, 250).map(lambda days: f"{days}d"),
    st.just("ytd"),
)
channels = st.tuples(numbers, numbers).filter(lambda ends: ends[0] != ends[1])
priced = st.sampled_from(["price", "close"])
strengths = st.integers(2, 100).map(lambda days: f"rsi:{days}")
indices = st.floats(0.000001, 99.999999).map(lambda value: round(value, 6))
averages = st.tuples(st.integers(1, 249), st.integers(2, 250)).filter(lambda pair: pair[0] < pair[1])
RANGES = [("high", ABOVE, -1), ("high", BELOW, -1), ("low", BELOW, 1), ("low", ABOVE, 1)]
without_level = st.one_of(
    st.builds(lambda metric, way, at: Wish("BABA", way, at, metric=metric), priced, lines, numbers),
    st.builds(_channel, priced, st.sampled_from([BETWEEN, OUTSIDE]), channels),
    _moves(st.sampled_from(["today", "gap"])),
    _moves(windows.map(lambda window: f"change:{window}")),
    st.builds(lambda metric, way, at: Wish("BABA", way, at, metric=metric), strengths, lines, indices),
    st.builds(lambda pair, way: Wish("BABA", way, 0.0, metric=f"average:{pair[0]}/{pair[1]}"), averages, lines),
    st.builds(
        lambda one, far: Wish("BABA", one[1], one[2] * far, metric=f"range52:{one[0]}"), st.sampled_from(RANGES), shares
    ),
    st.sampled_from(
        [Wish("BABA", ABOVE, BEYOND, metric="range52:high"), Wish("BABA", BELOW, -BEYOND, metric="range52:low")]
    ),
)
consensus = st.integers(1, 365).map(lambda days: f"consensus:{days}d")
counted = [("news:ratings", ABOVE, 1.0), ("news:targets", ABOVE, 1.0)]
counted += [(f"until:{one}", BELOW, float(days)) for one in ("earnings", "ex-dividend") for days in (0, 1, 3, 30, 60)]
standing = st.one_of(
    _moves(consensus).filter(lambda wish: abs(wish.threshold) >= JITTER_PCT),
    st.builds(lambda one: Wish("BABA", one[1], one[2], metric=one[0]), st.sampled_from(counted)),
)
firms = st.sets(
    st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=30)), min_size=1, max_size=12
)  # fmt: skip


def _distinct(firms: set[str]) -> list[Level]:
    """Levels of firms as the settings allow them: not empty, told apart in any case."""
    spelt = {" ".join(firm.casefold().split()): firm.strip() for firm in sorted(firms)}
    kinds = ["consensus", "price target"]
    named = [firm for folded, firm in spelt.items() if folded]
    return [level(firm, 100.0 + place, kinds[place > 0]) for place, firm in enumerate(named)]


def _follow(one: Level, way: Way, share: float, form: int) -> Wish:
    """A line at the level, a channel around it, or the upside to it."""
    if form == 0:
        return Wish("BABA", way, one.price, one.firm)
    if form == 1:
        lower, upper = (round(one.price * (1 + part / 100), 6) for part in (-share, share))
        return Wish("BABA", BETWEEN, lower, one.firm, upper, share)
    return Wish("BABA", way, share, metric=f"upside:{one.firm}")


def vocabulary_of(levels: list[Level]) -> Vocabulary:
    return Vocabulary({"BABA": levels}, {"BABA": 158.2}, NOW, Place("America/New_York"))


def assert_read_back(wish: Wish, vocabulary: Vocabulary) -> None:
    text = describe(wish, vocabulary)
    assert parse(text, vocabulary) == wish, text


@settings(max_examples=200)
@given(without_level, policies(), firms)
def test_a_wish_without_a_level_is_read_back(wish: Wish, policy: Policy, names: set[str]) -> None:
    assert_read_back(replace(wish, policy=policy), vocabulary_of(_distinct(names)))


@settings(max_examples=100)
@given(_of_analysts(), firms)
def test_a_wish_that_no_price_moves_is_read_back(wish: Wish, names: set[str]) -> None:
    assert_read_back(wish, vocabulary_of(_distinct(names)))


@settings(max_examples=200)
@given(firms, lines, shares, st.integers(0, 2), policies(), st.data())
def test_a_wish_on_a_level_is_read_back(
    names: set[str], way: Way, share: float, form: int, policy: Policy, data: st.DataObject
) -> None:
    levels = _distinct(names)
    if levels:
        followed = data.draw(st.sampled_from(levels))
        assert_read_back(replace(_follow(followed, way, share, form), policy=policy), vocabulary_of(levels))


def test_every_awkward_firm_is_told_from_all_others() -> None:
    levels = _distinct(set(AWKWARD))
    vocabulary = vocabulary_of(levels)
    forms = chain.from_iterable((_follow(one, ABOVE, 2.0, form) for form in range(3)) for one in levels)
    for wish in forms:
        assert_read_back(wish, vocabulary)


@given(without_level, policies())
def test_an_alert_is_described_like_its_wish(wish: Wish, policy: Policy) -> None:
    upper = None if wish.upper is None else Line(wish.upper, 1.0)
    line = Line(wish.threshold, 1.0)
    alert = Alert(1, 1, 1, "BABA", wish.metric, wish.way, line, NOW, upper, policy=policy)
    vocabulary = vocabulary_of([])
    assert describe(alert, vocabulary) == describe(replace(wish, policy=policy), vocabulary)


def test_the_longest_note_and_name_still_fit() -> None:
    firm = "N" * 250
    vocabulary = vocabulary_of([level(firm, 200.0)])
    note = "x" * LONGEST_NOTE
    policy = Policy(every_s=7 * MINUTE, rearm_pct=0.123456, hold_s=7 * MINUTE, regular_only=True, note=note)
    assert_read_back(Wish("BABA", ABOVE, 200.0, firm, policy=policy), vocabulary)


@pytest.mark.parametrize("firms_stored", [("+", ","), (",", "+"), ("Street", "consensus")])
def test_of_two_consensus_levels_each_upside_is_read_back_as_its_own(firms_stored: tuple[str, str]) -> None:
    levels = [level(firm, 100.0, "consensus") for firm in firms_stored]
    for firm in firms_stored:
        assert_read_back(Wish("BABA", Way.ABOVE, 1.0, metric=f"upside:{firm}"), vocabulary_of(levels))
