"""Alerts on what no price moves: how far the consensus has moved, analysts' news, the days until a date."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.commands.desk import Desk
from bot.core.alerts import Alert, Crossing, Direction, Policy, State, Way
from bot.core.analysts import Targets
from bot.core.chart import Chart
from bot.core.company import CompanyDate, Occasion
from bot.core.course import Record, course
from bot.core.crossing import evaluate, is_true_already
from bot.core.language import Nearly, Unreadable, Vocabulary, Wish, describe, parse
from bot.core.market import Session
from bot.core.message import File, Message
from bot.core.metrics import METRICS, of_key
from bot.core.replay import starting
from bot.core.wording.phrases import rearming, titled
from bot.jobs.make import blank, make
from bot.store import Store
from bot.store.analysts import Effort
from tests.fakes.analysts import LEVELS, level
from tests.fakes.desk import ME, NOW, Keyboard, labels, new_york
from tests.fakes.metrics import OPEN, minutes, values
from tests.fakes.paths import along

ABOVE, BELOW, OUTSIDE = Way.ABOVE, Way.BELOW, Way.OUTSIDE
VOCABULARY = Vocabulary({"BABA": LEVELS}, {"BABA": 158.2}, NOW)
DAY_S = 86_400
STANDING = ("consensus:1d", "news:ratings", "until:earnings")


def of(metric: str, way: Way, threshold: float, upper: float | None = None) -> Wish:
    return Wish("BABA", way, threshold, upper=upper, metric=metric)


def read(text: str, vocabulary: Vocabulary = VOCABULARY) -> Wish | Nearly | Unreadable:
    return parse(text, vocabulary)


def why(text: str) -> str:
    made = read(text)
    assert isinstance(made, Unreadable), made
    return made.why


# What is read

CONSENSUS = [
    (("consensus moves 2%", "consensus changes 2%", "consensus moves ≥ 2%", "consensus moves more than 2%",
      "the consensus moves by 2 %", "target consensus changes 2%", "consensus target moves 2%", "mean target moves 2%",
      "yahoo's consensus moves 2% today", "moves 2% consensus", "2% change in consensus", "consensus moves 2% in a day",
      "tell me when the consensus moves 2%", "consensus up or down 2%"), of("consensus:1d", OUTSIDE, -2, 2)),
    (("consensus up 2%", "consensus rises 2%", "consensus +2%", "consensus up over 2%"), of("consensus:1d", ABOVE, 2)),
    (("consensus down 5% in 30d", "consensus falls 5% in a month", "consensus -5% over the last 30 days",
      "consensus drops 5% within 30 days"), of("consensus:30d", BELOW, -5)),
    (("consensus moves 5% in a week",), of("consensus:7d", OUTSIDE, -5, 5)),
    (("consensus up 0.5% in a year",), of("consensus:365d", ABOVE, 0.5)),
]  # fmt: skip
NEWS = [
    (("rating changes", "ratings change", "rating change", "new ratings", "any rating change", "a change of rating",
      "upgrades or downgrades", "upgrades and downgrades", "upgrades/downgrades", "notify me of rating changes",
      "tell me about analyst rating changes"), of("news:ratings", ABOVE, 1)),
    (("target changes", "price target changes", "targets change", "new price target", "target price changes"),
     of("news:targets", ABOVE, 1)),
]  # fmt: skip
DATES = [
    (("earnings in 3d", "earnings in 3 days", "3 days before earnings", "earnings 3d", "3 days until earnings",
      "earnings within 3 days", "3d to the next earnings", "earnings report in 3d",
      "let me know 3 days before earnings"),
     of("until:earnings", BELOW, 3)),
    (("earnings tomorrow", "earnings in 1d", "the day before earnings", "a day before earnings"),
     of("until:earnings", BELOW, 1)),
    (("earnings today", "earnings in 0d"), of("until:earnings", BELOW, 0)),
    (("earnings in a week", "a week before earnings"), of("until:earnings", BELOW, 7)),
    (("earnings in 2 months", "earnings in 60d"), of("until:earnings", BELOW, 60)),
    (("ex-dividend in 5d", "exdividend in 5d", "ex dividend in 5 days", "ex-div in 5d", "dividend in 5d",
      "5 days before the ex-dividend date"), of("until:ex-dividend", BELOW, 5)),
]  # fmt: skip
SAID = [(text, expected) for texts, expected in [*CONSENSUS, *NEWS, *DATES] for text in texts]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_the_grammar_with_or_without_levels(text: str, expected: Wish) -> None:
    assert read(text) == read(text.upper()) == read(f"$baba {text}") == expected
    assert read(text, Vocabulary({"BABA": ()})) == expected
    assert read(describe(expected, VOCABULARY)) == expected


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("consensus changes 2% in a day", "BABA consensus moves 2%"),
        ("consensus -5% in a month", "BABA consensus down 5% in 30d"), ("new ratings", "BABA rating changes"),
        ("targets change", "BABA target changes"), ("3 days before earnings", "BABA earnings in 3d"),
        ("dividend in 2d", "BABA ex-dividend in 2d"), ("earnings tonight", "BABA earnings today"),
    ],
)  # fmt: skip
def test_the_normal_form(text: str, normal: str) -> None:
    made = read(text)
    assert isinstance(made, Wish)
    assert describe(made, VOCABULARY) == normal


@pytest.mark.parametrize(
    ("text", "typed", "normal"),
    [
        ("earnings", "earnings", "earnings in 1d"), ("dividend", "dividend", "ex-dividend in 1d"),
        ("earnings in 3", "3", "earnings in 3d"), ("upgrades", "upgrades", "rating changes"),
        ("ratings", "ratings", "rating changes"), ("price target", "price target", "target changes"),
        ("target moves 2%", "target", "consensus moves 2%"), ("consensus 2%", "2%", "consensus moves 2%"),
        ("consensus up 2", "2", "consensus up 2%"), ("ratng changes", "ratng", "rating changes"),
        ("earnigns in 3d", "earnigns", "earnings in 3d"), ("consensus mvoes 2%", "mvoes", "consensus moves 2%"),
    ],
)  # fmt: skip
def test_what_is_nearly_right_is_asked(text: str, typed: str, normal: str) -> None:
    made = read(text)
    assert isinstance(made, Nearly)
    assert (made.typed, made.text) == (typed, f"BABA {normal}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("consensus moves 0.4%", "wander by less than 0.5% from day to day with the rate of exchange"),
        ("consensus moves 0.4%", "such as consensus moves 2%"), ("consensus moves", "such as consensus moves 2%"),
        ("consensus moves 2% in 3h", "1d to 365d, such as consensus moves 2% in 30d"),
        ("consensus moves 2% in 366d", "1d to 365d"), ("consensus moves 2% in 1.5d", "1d to 365d"),
        ("consensus moves 2% ytd", "1d to 365d"), ("consensus moves 2% in 5d in 7d", "1d to 365d"),
        ("consensus falls below 180", "such as consensus moves 2%"),
        ("jpmorgan moves 2%", "target changes tells when a firm revises"),
        ("jpmorgan target moves 2%", "target changes tells when a firm revises"),
        ("bernstein up 5% in 30d", "target changes tells when a firm revises"),
        ("jpmorgan rating changes", "rating changes tells of every firm"),
        ("rating changes 5%", "say rating changes alone"), ("target changes in 30d", "say target changes alone"),
        ("rating or target changes", "two alerts"), ("rating changes above 192", "say rating changes alone"),
        ("earnings in 5h", "such as earnings in 3d"), ("earnings in 30 min", "such as earnings in 3d"),
        ("earnings in 61d", "0d to 60d"), ("earnings in 1.5 days", "0d to 60d"), ("earnings in 192", "0d to 60d"),
        ("dividend in 3 months", "such as ex-dividend in 3d"), ("earnings in 3d in 5d", "such as earnings in 3d"),
        ("earnings and dividend in 3d", "one date"), ("earnings in 3d above 192", 'read "above 192"'),
        ("above 192 until earnings", '"until" needs a date'), ("until earnings", '"until" needs a date'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_to_type(text: str, said: str) -> None:
    assert said in why(text)


@pytest.mark.parametrize(
    "text",
    ["crosses consensus", "above consensus", "consensus", "within 2% of consensus", "consensus within 2%",
     "falls below consensus", "drops to consensus", "moves above the consensus", "upside below 10%",
     "upside to consensus below 10%", "close above consensus"],
)  # fmt: skip
def test_a_line_at_the_consensus_stays_one(text: str) -> None:
    made = read(text)
    assert isinstance(made, Wish)
    assert made.level == "consensus" or made.metric == "upside:consensus"


@pytest.mark.parametrize("text", ["2% above consensus", "up 2% above consensus", "moves 2% below the consensus"])
def test_a_distance_from_the_consensus_is_no_move_of_it(text: str) -> None:
    assert "consensus moves" not in why(text)


@pytest.mark.parametrize("firm", ["Target Research", "Earnings Partners", "Consensus Group", "rating changes", "Until"])
def test_a_firm_may_be_called_like_these_words(firm: str) -> None:
    vocabulary = Vocabulary({"BABA": (level(firm, 200.0), *LEVELS)})
    wish = Wish("BABA", ABOVE, 200.0, firm)
    assert read(describe(wish, vocabulary), vocabulary) == read(f'above "{firm}"', vocabulary) == wish


def test_a_consensus_under_any_name_is_the_consensus() -> None:
    vocabulary = Vocabulary({"BABA": (level("Street", 192.0, "consensus"),)})
    assert read("street moves 2%", vocabulary) == of("consensus:1d", OUTSIDE, -2, 2)


# What is said besides

END = int(datetime(2026, 12, 31, tzinfo=UTC).timestamp()) + DAY_S


@pytest.mark.parametrize("text", ["rating changes", "earnings in 3d", "consensus moves 2%"])
def test_once_silent_a_note_and_an_end_are_taken(text: str) -> None:
    made = read(f'{text} once silent until 2026-12-31 note "look"')
    assert isinstance(made, Wish)
    assert made.policy == Policy(once=True, silent=True, expires_at=END, note="look")
    assert read(describe(made, VOCABULARY)) == made


REFUSED = [("hold", "hold 10m"), ("regular hours", "regular hours only"), ("rearm", "rearm 2%"), ("every", "every 4h"),
           ("daily", "daily")]  # fmt: skip


@pytest.mark.parametrize("text", ["rating changes", "target changes", "earnings in 3d", "ex-dividend in 3d"])
@pytest.mark.parametrize(("word", "typed"), REFUSED)
def test_what_has_no_meaning_for_news_and_dates_is_refused(text: str, word: str, typed: str) -> None:
    assert why(f"{text} {typed}") == f'"{word}" has no meaning for what no price moves; please say BABA {text}.'


def test_a_move_of_the_consensus_refuses_what_is_about_prices_alone() -> None:
    assert why("consensus moves 2% hold 10m rth once").startswith('"hold" and "regular hours" have no meaning')
    made = read("consensus moves 2% daily rearm 3%")
    assert isinstance(made, Wish)
    assert made.policy == Policy(daily=True, rearm_pct=3)


def test_another_band_in_the_settings_leaves_news_and_dates_as_they_are() -> None:
    other = replace(VOCABULARY, rearm_pct=2.5)
    for text in ("rating changes", "earnings in 3d"):
        made = read(text)
        assert isinstance(made, Wish)
        assert (describe(made, other), read(text, other)) == (f"BABA {text}", made)


# What is told


def told(wish: Wish, *values: float) -> list[float]:
    """The values at which it tells, made at the first of them."""
    alert = blank(wish, 1, 0)
    alert = replace(alert, state=starting(alert, values[0]))
    return [one.value for one in evaluate(alert, along(values, metric=wish.metric)).crossings]


def test_each_look_that_found_news_tells_once() -> None:
    news = of("news:ratings", ABOVE, 1)
    assert told(news, 0, 3, 0) == [3]
    assert told(news, 0, 1, 0, 2, 0, 0) == [1, 2]


@pytest.mark.parametrize(
    ("days", "told_at"),
    [
        ([5, 3, 3, 2, 0, 90, 3], [3, 3]),
        ([5, 4, 2, 1, 0], [2]),  # the day itself was missed
        ([3, 2, 1, 0, 90, 4, 3], [3]),  # as near as that when it was made
        ([5, 3, 4, 3, 2], [3, 3]),  # put off by a day
        ([2, 90, 2], [2]),
    ],
)
def test_a_date_is_told_once_each_time_it_comes_near(days: list[float], told_at: list[float]) -> None:
    assert told(of("until:earnings", BELOW, 3), *days) == told_at


def test_the_day_itself_is_told_once() -> None:
    assert told(of("until:earnings", BELOW, 0), 2, 1, 0, 0, 90, 1, 0) == [0, 0]


def test_the_consensus_tells_again_after_a_point() -> None:
    moves = of("consensus:1d", OUTSIDE, -2, 2)
    assert told(moves, 0, 2, 1.5, 2.1, 1, 2.2) == [2, 2.2]
    assert told(moves, 0, -2.5, 0, -2) == [-2.5, -2]
    assert told(of("consensus:30d", BELOW, -5), -5, -4.5, -5.2, -4, -5) == [-5]


@pytest.mark.parametrize(
    ("wish", "value", "is_there"),
    [
        (of("until:earnings", BELOW, 30), 12, True), (of("until:earnings", BELOW, 3), 3, True),
        (of("until:earnings", BELOW, 3), 4, False), (of("news:ratings", ABOVE, 1), 0, False),
        (of("consensus:30d", OUTSIDE, -5, 5), -6, True),
    ],
)  # fmt: skip
def test_what_is_true_already(wish: Wish, value: float, is_there: bool) -> None:
    assert is_true_already(wish.way, value, wish.threshold, wish.upper) is is_there


@pytest.mark.parametrize("key", STANDING)
def test_what_no_price_moves_has_the_value_it_was_given_all_along_a_course(key: str) -> None:
    track = course("BABA", minutes(OPEN, 100.0, 101.0), None, Record("UTC", standing={key: 3.0}))
    assert set(values(key, track)) == {3.0}


def test_only_these_are_moved_by_no_price() -> None:
    assert [one.name for one in METRICS if one.is_standing] == ["consensus", "news", "until"]


# What is said of them


@pytest.mark.parametrize(
    ("key", "value", "shown", "again"),
    [
        ("until:earnings", 12, "earnings in 12 days", "tells each time it comes"),
        ("until:ex-dividend", 1, "ex-dividend in 1 day", "tells each time it comes"),
        ("until:earnings", 0, "earnings today", "tells each time it comes"),
        ("news:ratings", 2, "rating changes (2)", "tells each time"),
        ("consensus:30d", -5.25, "change of the consensus in 30d −5.25 %", "tells again after a move of 1 point"),
    ],
)
def test_each_shows_its_value_in_its_own_words(key: str, value: float, shown: str, again: str) -> None:
    assert (titled(key, value), rearming(1.0, key)) == (shown, again)


@pytest.mark.parametrize(
    ("key", "threshold", "said"),
    [
        ("until:earnings", 3, "has earnings in 3 days"), ("until:ex-dividend", 0, "goes ex-dividend today"),
        ("news:targets", 1, "has target changes"), ("consensus:30d", -5, "saw its consensus fall 5 % in 30d"),
        ("consensus:1d", 2, "saw its consensus rise 2 % in 1d"),
    ],
)  # fmt: skip
def test_each_says_what_happened(key: str, threshold: float, said: str) -> None:
    metric, argument = of_key(key)
    assert metric.reached(argument, threshold, up=threshold > 0) == said


def set_earnings(store: Store, days: int, occasion: Occasion = Occasion.EARNINGS) -> None:
    day = date(2025, 10, 2) + timedelta(days=days)
    store.company_dates.revise("BABA", CompanyDate(occasion, day, day), NOW)


def set_means(store: Store, *means: float) -> None:
    """Yahoo's means of the last days, the last one today's."""
    for place, mean in enumerate(means):
        store.analysts.add_targets("BABA", "Yahoo", Targets(mean), NOW - (len(means) - 1 - place) * DAY_S)


def confirmed(say: Keyboard, text: str) -> str:
    head, _, rest = say(text).html.partition(" · ")
    assert head == f"✅ #1 BABA {text}"
    return rest


def test_a_date_is_confirmed_with_the_days_to_go(desk: Desk, say: Keyboard) -> None:
    set_earnings(desk.store, 12)
    assert confirmed(say, "earnings in 3d") == "12 days to go · tells each time it comes"


@pytest.mark.parametrize("days", [None, -1])
def test_a_date_that_is_not_known_or_over_is_none(desk: Desk, say: Keyboard, days: int | None) -> None:
    if days is not None:
        set_earnings(desk.store, days)
    assert confirmed(say, "earnings in 3d") == (
        "no date is known yet; it counts from the first one · tells each time it comes"
    )


def test_news_are_confirmed_without_a_look_back(desk: Desk, say: Keyboard) -> None:
    trade(desk)
    assert confirmed(say, "rating changes") == "nothing new at present · tells each time"


def test_a_move_of_the_consensus_is_confirmed_with_what_it_has_moved_so_far(desk: Desk, say: Keyboard) -> None:
    set_means(desk.store, 190.0, 189.0)
    assert confirmed(say, "consensus moves 2%") == "−0.53 % so far · tells again after a move of 1 point"
    assert "BABA consensus moves 2% · −0.53 % so far" in say("/alerts").html


def test_without_any_targets_no_consensus_is_known(say: Keyboard) -> None:
    assert confirmed(say, "consensus moves 2%").startswith("no consensus is known yet; it counts from the first one · ")


def test_they_stand_where_they_do_though_no_price_is_known(desk: Desk, say: Keyboard) -> None:
    desk.store.db.conn.execute("delete from quotes")
    set_earnings(desk.store, 12)
    assert confirmed(say, "earnings in 3d").startswith("12 days to go")


def test_a_date_already_so_near_is_asked_about(desk: Desk, say: Keyboard) -> None:
    set_earnings(desk.store, 12)
    question = say("earnings in 30d")
    assert question.html.startswith("BABA earnings in 30d: true already (earnings in 12 days). Shall I tell you")
    assert say.tap(question, "Tell me now too").html.splitlines() == [
        "🔔 BABA earnings in 30d: true now: earnings in 12 days",
        "✅ #1 BABA earnings in 30d · 12 days to go, there already · tells each time it comes",
    ]


def rows(message: Message) -> list[str]:
    return message.html.splitlines()[1:]


def test_the_list_of_alerts_says_of_each_how_it_stands_and_those_without_a_distance_come_last(
    desk: Desk, say: Keyboard
) -> None:
    set_earnings(desk.store, 12)
    for text in ("rating changes", "ex-dividend in 3d", "earnings in 5d", "above 192", "earnings in 20d fresh"):
        say(text)
    assert rows(say("/alerts")) == [
        "#3 BABA earnings in 5d · 12 days to go", "#4 BABA above 192.00 · +21.4 %",
        "#1 BABA rating changes · nothing new at present", "#2 BABA ex-dividend in 3d",
        "#5 BABA earnings in 20d · 12 days to go",
    ]  # fmt: skip


LOOKED = " The last complete look at the analysts: 07:00 New York (3 h ago)."
PLANNED = "\nIt has told nothing so far.\nThey are looked at before the open of every trading day, and after earnings."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rating changes", "not yet. Nothing new at present."),
        ("earnings in 3d", "not yet. 12 days to go."),
        ("earnings in 20d fresh", "it has come already; it tells when the next one comes. 12 days to go."),
        ("ex-dividend in 3d", "not yet. No date is known so far; it counts from the first one."),
    ],
)
def test_why_tells_of_the_last_look_at_the_analysts(desk: Desk, say: Keyboard, text: str, said: str) -> None:
    set_earnings(desk.store, 12)
    desk.store.analysts.note_effort(Effort("BABA", good_at=NOW - 3 * 3600))
    say(text)
    planned = Keyboard(replace(desk, next_poll=lambda symbol: NOW + 11))
    assert planned("/why 1").html.partition("</b>: ")[2] == said + LOOKED + PLANNED


def test_why_tells_how_far_the_consensus_has_moved(desk: Desk, say: Keyboard) -> None:
    set_means(desk.store, 190.0, 189.0)
    say("consensus down 2%")
    answer = say("/why 1", at=NOW + 60).html
    assert "not yet. −0.53 % so far. The analysts have" in answer
    assert "\nArmed.\n" in answer


@pytest.mark.parametrize("text", ["/test rating changes", "/test earnings in 3d 1y", "/test consensus moves 2%"])
def test_what_bars_do_not_tell_is_not_tested(say: Keyboard, text: str) -> None:
    answer = say(text)
    assert "cannot be tested: bars do not tell what analysts said" in answer.html
    assert (labels(answer), answer.attach) == (["Make this alert"], None)


@pytest.mark.parametrize("bars", [[], ["--bars", "none.csv"]])
def test_the_program_s_back_test_exits_2_with_one_clear_line(
    own_logs: None, tmp_path: object, monkeypatch: pytest.MonkeyPatch, bars: list[str]
) -> None:
    monkeypatch.chdir(str(tmp_path))
    result = CliRunner().invoke(main, ["backtest", "BABA rating changes", *bars])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert '"BABA rating changes" cannot be tested: bars do not tell what analysts said' in result.stderr


def test_an_edit_offers_only_what_has_a_meaning_and_says_why_the_rest_has_none(say: Keyboard) -> None:
    say("rating changes")
    assert labels(say("/edit 1"))[:2] == ["Once", "Silent"]
    assert "Hold 10 min" not in labels(say("/edit 1"))
    assert "has no meaning for what no price moves; please say BABA rating changes." in say("/edit 1 hold 10m").html


def cross(store: Store, text: str, value: float) -> None:
    wish = read(text)
    assert isinstance(wish, Wish)
    alert = make(store, wish, ME, new_york(), "chat", NOW)
    crossing = Crossing(0, NOW - 3600, value, 158.2, wish.threshold, Direction.DOWN, Session.CLOSED, None)
    store.crossings.add(alert, [crossing], NOW)


def test_the_history_says_what_was_told_in_its_own_words(desk: Desk, say: Keyboard) -> None:
    cross(desk.store, "earnings in 3d", 3)
    cross(desk.store, "rating changes", 2)
    trade(desk)
    answer = say("/history 7d").html
    assert answer.endswith("\n2025-10-02 09:00 earnings in 3 days · #1\n2025-10-02 09:00 rating changes (2) · #2")


def trade(desk: Desk) -> None:
    desk.store.history.add_bars("BABA", minutes(OPEN - 1800, *[158.0] * 40))


def test_a_chart_marks_no_moment_at_which_no_price_did_anything(desk: Desk) -> None:
    trade(desk)
    cross(desk.store, "rating changes", 2)
    drawn: list[Chart] = []

    def draw(chart: Chart) -> File:
        drawn.append(chart)
        return File("chart.png", b"")

    attach = Keyboard(replace(desk, draw=draw))("/chart 1d").attach
    assert attach is not None
    attach()
    assert [(list(chart.crossings), list(chart.alerts)) for chart in drawn] == [([], [])]


def test_a_wish_that_has_no_value_yet_begins_without_a_side(desk: Desk) -> None:
    alert: Alert = blank(of("until:earnings", BELOW, 3), ME, NOW)
    assert starting(alert, None) == State()
