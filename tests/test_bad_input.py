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
     "/watch", "/unwatch", "/level", '"', "off", "NVDA", "XNYS", "Citi", "above", "below",
     "192", "crosses", "consensus", "jpmorgan", "once", "fresh", "now", "1,5", "-3", "nan", ">", "#1",
     "$", "<b>", "&", "🚀", "/test", "/history", "/export", "30d", "csv"]
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


@settings(max_examples=1200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
