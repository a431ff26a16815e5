"""Nothing that is typed does any harm, and everything gets an answer that helps."""

import re
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import commands
from bot.commands.desk import Desk
from bot.core.message import Message
from bot.store import Store
from tests.fakes.desk import NOW, Keyboard, assert_fit_to_send, dump, typed

BAD = (
    "/alert", "/alert above", "/alert -5", "/alert BABA above -192", "/alert inf", "/alert above -inf", "/alert nan",
    "/alert 1e999", "/alert 999999999999", "/alert 0", "/alert 0.0000001", "/alert " + "9" * 5000,
    "/alert " + "x " * 2500, "x" * 5000, "/" + "x" * 5000, "/alert 🚀🌕", "🚀", "/🚀", "مرحبا بالعالم",
    "/alert فوق ١٩٢.٥.١", "\u202e291 evoba trela/",
    "/alert <b>bold</b>", "<script>alert(1)</script>", "/alert &lt; &amp;", "/<i>", "/alert '; drop table alerts; --",
    '/alert " or 1=1', "/delete 1; drop table alerts", "/alert \x00\x07\x1b[31m", "\x00", "/", "//alert",
    "/price '; --", "/levels <b>", "/alerts 🚀", "/status please", "/alert above below 3", "/alert 1 2 3", "/cancel",
    "/watch", "/watch <b>", "/watch 🚀", "/watch 192", "/watch NVDA '; --", "/watch " + "X" * 5000, "/watch A.B.C",
    "/unwatch", "/unwatch BABA", "/unwatch <b> anyway", "/level", '/level "', '/level BABA "<b>" nan', "/level 🚀 200%",
    "/level BABA Citi 1e999", "/level " + "x " * 2500, '/level BABA "above" 200', "/level BABA nobody off",
    "/snooze", "/snooze 7 2h", "/snooze 7 -2h", "/snooze 7 999999d", "/snooze all", "/snooze 🚀 2h", "/snooze 7 2x",
    "/snooze " + "7 " * 2000, "/mute 25:00-07:00", "/mute 22", "/mute 07:00-07:00", "/mute 999999w", "/mute <b>",
    "/mute 22:60-7", "/mute -1h", "/resume 7", "/resume <b>", "/timezone <b>", "/timezone Mordor", "/timezone ../etc",
    "/timezone " + "x" * 5000, "/digest", "/digest maybe", "/digest <b>",
    "/edit", "/edit 7 below 150", "/edit <b>", "/edit -1 above 3", "/why", "/why 7", "/why <b>", "/why 1e9",
    "/delete all",
    "/chart 9y", "/chart <b>", "/chart 1d 5d 1m", "/chart " + "x" * 5000,
    "up", "up 0%", "down 101%", "up 5% in 0m", "moves 2% in 25h", "up 5% in 999d", "gap", "upside",
    "upside to nobody < 5%",
    "rsi0 < 30", "rsi14 < 300", "ma1 crosses ma1", "above ma9999", "between 192", "between 0 and 5",
    "within 0% of consensus",
    "new 53w high", "above 192 hold", "above 192 hold 99d", "above 192 every", "above 192 every 0m", "above 192 until",
    "above 192 until 1999-01-01", "above 192 until 9999-12-31", "above 192 for 0d", "above 192 rearm 0%",
    "above 192 once daily", 'above 192 note "', "above 192 note", "above 192 " + 'note "x" ' * 200,
    "/test", "/test <b>", "/test #7", "/test 1y", "/test 1y 2y", "/test above 99999d", "/test 🚀 192", "/history 0d",
    "/history <b>", "/history 1y 2y", "/history 9999y", "/export <b>", "/export csv json pdf", "/export bars 🚀",
)  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:24]))
def test_bad_input_gets_a_useful_answer_and_leaves_no_row(desk: Desk, say: Keyboard, text: str) -> None:
    before = dump(desk.store)
    assert_useful(say(text))
    assert dump(desk.store) == before


def assert_useful(reply: Message) -> None:
    """It says what to type instead, or what is asked for, or has a button; and nothing invisible."""
    assert reply.buttons or re.search(r"/\w+|Nothing was changed|is not watched|BABA|follows? in a moment", reply.html)
    assert reply.html.replace("\n", "").isprintable()
    assert "Error" not in reply.html


WORDS = st.sampled_from(
    ["/alert", "/alerts", "/delete", "/price", "/levels", "/status", "/start", "/cancel", "BABA",
     "/watch", "/unwatch", "/level", "/snooze", "/mute", "/resume", "/timezone", "/digest", "all", "2h", "22:00-07:00",
     '"', "off", "NVDA", "XNYS", "Citi", "above", "below",
     "192", "crosses", "consensus", "jpmorgan", "once", "fresh", "now", "1,5", "-3", "nan", ">", "#1",
     "$", "<b>", "&", "🚀", "/test", "/history", "/export", "30d", "csv",
     "/edit", "/why", "/chart", "up", "down", "moves", "5%", "in", "1h", "5d", "today", "ytd", "since", "gap", "upside",
     "to", "within", "of", "new", "52w", "high", "low", "between", "outside", "and", "close", "ma50", "ma200", "rsi14",
     "daily", "every", "4h", "hold", "10m", "rearm", "1%", "until", "2026-12-31", "for", "rth", "silent", "note"]
)  # fmt: skip
LETTERS = st.one_of(
    st.characters(), st.sampled_from(string.printable), st.sampled_from("\u202e\u200f\x00\x1b'\";<>&/#$%٣")
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Words of the language with letters put in, taken out and put elsewhere."""
    text = list(draw(st.sampled_from([" ", "", "\n", "  "])).join(draw(st.lists(WORDS, max_size=6))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(text)))
        text[place : place + draw(st.integers(0, 2))] = draw(st.lists(LETTERS, max_size=3))
    return "".join(text) * draw(st.sampled_from([1, 1, 1, 1, 40]))


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated())
def test_whatever_is_typed_the_answer_is_useful_and_every_button_works(desk: Desk, text: str) -> None:
    rows = count_alerts(desk.store)
    with rolled_back(desk.store):
        reply = commands.respond(desk, typed(text), NOW)
        assert reply is not None
        assert_fit_to_send(reply)
        assert_useful(reply)
        assert (count_alerts(desk.store) > rows) == reply.html.startswith("✅")
        for button in (button for row in reply.buttons for button in row):
            tapped = answer(desk, button.command)
            # Where only the command was misspelt, what follows it was left as it is.
            assert not REFUSAL.search(tapped.html) or "There is no command" in reply.html


REFUSAL = re.compile(r"could not read|There is no|Which one|not watched|is not a price|needs a price")


def answer(desk: Desk, text: str) -> Message:
    """The fit and useful answer to a text, whose effect is undone."""
    with rolled_back(desk.store):
        reply = commands.respond(desk, typed(text), NOW)
        assert reply is not None
        assert_fit_to_send(reply)
        assert_useful(reply)
    return reply


class rolled_back:  # noqa: N801  (reads as a sentence: with rolled_back)
    """Undo what happens within."""

    def __init__(self, store: Store) -> None:
        self._connection = store.db.conn

    def __enter__(self) -> None:
        self._connection.execute("savepoint here")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("rollback to here")
        self._connection.execute("release here")


def count_alerts(store: Store) -> int:
    (count,) = store.db.execute("select count(*) from alerts").fetchone()
    return int(count)
