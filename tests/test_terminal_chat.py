import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chats import ChatKind, Incoming, SendError, SendFault
from bot.chats.shelf import Shelf
from bot.chats.terminal_chat import TERMINAL_CHAT, TerminalChat, plain_text
from bot.core.message import Button, File, Message
from tests.fakes.pictures import PICTURE, TABLE

YES_NO = Message("BABA above 192.00?", ((Button("Yes", "/yes 1"), Button("No", "/no 1")),))
LIST = Message("#1\n#2", ((Button("Delete #1", "/delete 1"),), (Button("Delete #2", "/delete 2"),)))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def chat(out: io.StringIO) -> TerminalChat:
    return TerminalChat(out)


async def typed(chat: TerminalChat, line: str, offset: int = 0) -> Incoming:
    chat.type(line)
    (incoming,) = await asyncio.wait_for(chat.receive(offset), 5)
    return incoming


# What is printed


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b>BABA</b> reached 190.00 ↑", "BABA reached 190.00 ↑"),
        ("S&amp;P &lt;b&gt; &#8593; &quot;x&quot;", 'S&P <b> ↑ "x"'),
        ('<a href="https://example.org">source</a>', "source"),
        ('<tg-time unix="1759411800" format="t">09:30</tg-time>', "09:30"),
        ("5 < 6 &", "5 < 6 &"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2Jwiped&#27;[31m?\r\x07", "[2Jwiped[31m?"),
        ("<b>עברית</b> 🔔👩‍💻", "עברית 🔔👩‍💻"),
        ("<s>230.00</s> <b>245.00</b>  JPMorgan", "230.00 → 245.00  JPMorgan"),
    ],
)
def test_a_message_is_shown_as_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


async def test_bold_is_shown_only_on_a_terminal(out: io.StringIO) -> None:
    screen = Screen()
    for target in (out, screen):
        await TerminalChat(target).send(TERMINAL_CHAT, Message("<b>BABA</b> <strong>up</strong>"))
    assert out.getvalue() == "BABA up\n\n"
    assert screen.getvalue() == "\x1b[1mBABA\x1b[0m \x1b[1mup\x1b[0m\n\n"


async def test_buttons_are_numbered_choices_row_by_row(chat: TerminalChat, out: io.StringIO) -> None:
    await chat.send(TERMINAL_CHAT, Message("A", (*YES_NO.buttons, (), *LIST.buttons)))
    assert out.getvalue() == "A\n[1] Yes  [2] No\n[3] Delete #1\n[4] Delete #2\n\n"


@pytest.mark.parametrize("file", [PICTURE, TABLE])
def test_a_file_is_saved_and_its_path_is_the_last_line(out: io.StringIO, tmp_path: Path, file: File) -> None:
    asyncio.run(TerminalChat(out, files=tmp_path / "files").send(TERMINAL_CHAT, YES_NO, file))
    path = Path(out.getvalue().splitlines()[-2])
    assert path in {one for one in (tmp_path / "files").iterdir() if one.read_bytes() == file.content}


async def test_without_a_folder_the_words_are_all(out: io.StringIO, chat: TerminalChat) -> None:
    await chat.send(TERMINAL_CHAT, Message("BABA"), PICTURE)
    assert out.getvalue() == "BABA\n\n"


async def test_a_folder_that_cannot_be_written_costs_the_file_and_not_the_words(
    out: io.StringIO, tmp_path: Path
) -> None:
    (tmp_path / "files").write_text("in the way")
    await TerminalChat(out, files=tmp_path / "files").send(TERMINAL_CHAT, Message("BABA"), PICTURE)
    assert out.getvalue().startswith("BABA\n(The file for this could not be saved")


def test_two_files_of_one_name_are_kept_apart_and_one_saved_twice_is_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    paths = [shelf.put(File("BABA-1d.png", content)) for content in (b"one", b"two", b"one")]
    assert len({path.name for path in paths}) == 2
    assert [path.read_bytes() for path in paths] == [b"one", b"two", b"one"]


def test_the_newest_twenty_are_kept_and_nobody_else_s_file_is_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    shelf = Shelf(tmp_path)
    for age in range(25, 0, -1):
        os.utime(shelf.put(File("a.csv", str(age).encode())), (1e9 - age, 1e9 - age))
    newest = shelf.put(File("a.csv", b"newest"))
    left = {path.read_text() for path in tmp_path.glob("a-*.csv")}
    assert left == {"newest", *map(str, range(1, 20))}
    assert newest.exists()
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize("name", ["../../etc/x.png", "BRK/B-1d.png", "..", "^GSPC", ".png", "a b\n.csv"])
def test_a_file_lies_in_its_folder_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = Shelf(tmp_path / "files").put(File(name, b"x"))
    assert path.parent == tmp_path / "files"
    assert path.resolve().parent == (tmp_path / "files").resolve()


async def test_what_the_terminal_cannot_show_becomes_a_question_mark() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    await TerminalChat(out).send(TERMINAL_CHAT, Message("🔔 BABA ↑"))
    out.seek(0)
    assert out.read() == "? BABA ?\n\n"


async def test_a_terminal_that_is_gone_means_not_sent(chat: TerminalChat, out: io.StringIO) -> None:
    out.close()
    with pytest.raises(SendError) as caught:
        await chat.send(TERMINAL_CHAT, YES_NO)
    assert caught.value.fault is SendFault.UNSENT


async def test_messages_are_numbered(chat: TerminalChat) -> None:
    assert [await chat.send(TERMINAL_CHAT, YES_NO) for _ in range(3)] == [1, 2, 3]


# What is typed


async def test_a_typed_line_comes_from_the_terminals_one_user(chat: TerminalChat) -> None:
    assert await typed(chat, " /price \n") == Incoming(0, TERMINAL_CHAT, ChatKind.TERMINAL, TERMINAL_CHAT, "/price")


async def test_an_empty_line_says_nothing(chat: TerminalChat) -> None:
    chat.type("  ")
    assert (await typed(chat, "/help")).text == "/help"


@pytest.mark.parametrize(("offsets", "ids"), [((41, 42), [41, 42]), ((41, 41), [41, 42]), ((9, 5), [9, 10])])
async def test_line_numbers_grow_from_the_stored_offset(
    chat: TerminalChat, offsets: tuple[int, ...], ids: list[int]
) -> None:
    assert [(await typed(chat, "x", offset)).update_id for offset in offsets] == ids


async def test_a_number_just_shown_is_that_choice(chat: TerminalChat) -> None:
    shown_in = await chat.send(TERMINAL_CHAT, LIST)
    incoming = await typed(chat, "2")
    assert (incoming.text, incoming.tapped_message_id) == ("/delete 2", shown_in)
    assert incoming.tap_id


@pytest.mark.parametrize("line", ["3", "192", "0", "-1", "02", "1.0", "+1", "²", "1 1", "٢"])
async def test_any_other_number_stays_what_was_typed(chat: TerminalChat, line: str) -> None:
    await chat.send(TERMINAL_CHAT, LIST)
    incoming = await typed(chat, line)
    assert (incoming.text, incoming.tap_id) == (line, None)


async def test_without_choices_every_number_is_a_text(chat: TerminalChat) -> None:
    await chat.send(TERMINAL_CHAT, Message("BABA 158.20"))
    assert (await typed(chat, "1")).text == "1"


async def test_a_message_without_choices_leaves_those_before_it(chat: TerminalChat) -> None:
    await chat.send(TERMINAL_CHAT, YES_NO)
    await chat.send(TERMINAL_CHAT, Message("BABA reached 190.00"))
    assert (await typed(chat, "1")).text == "/yes 1"


async def test_an_alert_beside_an_open_question_is_numbered_on_and_takes_no_answer_away(
    chat: TerminalChat, out: io.StringIO
) -> None:
    await chat.answer(Incoming(1), YES_NO)
    await chat.send(TERMINAL_CHAT, LIST)
    assert "[3]" in out.getvalue()
    assert [(await typed(chat, line)).text for line in ("1", "3")] == ["/yes 1", "/delete 1"]


async def test_an_answer_ends_the_choices_before_it(chat: TerminalChat) -> None:
    await chat.send(TERMINAL_CHAT, LIST)
    await chat.answer(Incoming(1), YES_NO)
    assert (await typed(chat, "1")).text == "/yes 1"


async def test_of_many_alerts_the_latest_keeps_small_numbers_and_the_question_its_own(chat: TerminalChat) -> None:
    await chat.answer(Incoming(1), YES_NO)
    for _ in range(20):
        await chat.send(TERMINAL_CHAT, LIST)
    assert (await typed(chat, "1")).text == "/yes 1"
    assert (await typed(chat, "12")).text == "12"


@pytest.mark.parametrize("line", ["yes", "Yes", "y", "ok"])
async def test_a_question_can_be_answered_in_words(chat: TerminalChat, line: str) -> None:
    await chat.answer(Incoming(1), YES_NO)
    assert (await typed(chat, line)).text == "/yes 1"


@pytest.mark.parametrize("line", ["1", "/price"])
async def test_a_reply_ends_the_choices_before_it(chat: TerminalChat, line: str) -> None:
    await chat.send(TERMINAL_CHAT, YES_NO)
    await chat.answer(await typed(chat, line), Message("Done"))
    assert (await typed(chat, "1")).text == "1"


async def test_a_reply_may_bring_its_own_choices(chat: TerminalChat) -> None:
    await chat.answer(await typed(chat, "/alerts"), LIST)
    assert (await typed(chat, "2")).text == "/delete 2"


# The keyboard


@pytest.fixture
def terminal() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """A pseudo terminal: the end where a person types, and the program's end."""
    person, program = os.openpty()
    with os.fdopen(program, "r") as keyboard:
        yield person, keyboard
    os.close(person)


async def test_lines_are_read_from_a_terminal(out: io.StringIO, terminal: tuple[int, io.TextIOWrapper]) -> None:
    person, keyboard = terminal
    chat = TerminalChat(out, keyboard)
    assert await chat.connect() == "terminal"
    os.write(person, "/price\n\nabove 192 ₿\n".encode())
    lines = [await asyncio.wait_for(chat.receive(0), 5) for _ in range(2)]
    assert [line.text for (line,) in lines] == ["/price", "above 192 ₿"]
    await chat.close()


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_after_the_end_of_typing_it_waits_without_spinning(out: io.StringIO, hangs_up: bool) -> None:
    person, program = os.openpty()
    with os.fdopen(program, "r") as keyboard:
        chat = TerminalChat(out, keyboard)
        await chat.connect()
        os.close(person) if hangs_up else os.write(person, b"\x04")
        waiting = asyncio.create_task(chat.receive(0))
        async with asyncio.timeout(5):
            while asyncio.get_running_loop().remove_reader(program):  # True as long as it is watched
                await chat.connect()
                await asyncio.sleep(0.001)  # the kernel hands on what is typed in its own time
        assert not waiting.done()
        waiting.cancel()


async def test_a_closed_chat_leaves_the_keyboard_alone(
    out: io.StringIO, terminal: tuple[int, io.TextIOWrapper]
) -> None:
    person, keyboard = terminal
    chat = TerminalChat(out, keyboard)
    await chat.connect()
    await chat.close()
    os.write(person, b"for the next program\n")
    assert keyboard.readline() == "for the next program\n"
    await chat.close()


async def test_a_keyboard_that_is_no_terminal_is_not_read() -> None:
    piped = io.StringIO("/delete 1\n")
    chat = TerminalChat(io.StringIO(), piped)
    await chat.connect()
    await chat.close()
    assert piped.read() == "/delete 1\n"


ENDS_WHILE_LISTENING = """
import asyncio, sys
from bot.chats.terminal_chat import TerminalChat

async def main():
    chat = TerminalChat(sys.stdout, sys.stdin)
    await chat.connect()
    try:
        await asyncio.wait_for(chat.receive(0), 0.05)
    except TimeoutError:
        print("nobody typed")

asyncio.run(main())
"""


def test_a_program_ends_at_once_while_nobody_types(terminal: tuple[int, io.TextIOWrapper]) -> None:
    _, keyboard = terminal
    ended = subprocess.run(
        [sys.executable, "-c", ENDS_WHILE_LISTENING],
        check=False,
        stdin=keyboard,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "nobody typed\n", "")


async def test_where_nobody_can_type_no_choices_are_offered() -> None:
    out = io.StringIO()
    await TerminalChat(out, offers_choices=False).send(1, Message("Reached.", ((Button("Levels", "/levels"),),)))
    assert out.getvalue() == "Reached.\n\n"
