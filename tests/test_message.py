"""What keeps every message within what a messenger carries, and foreign text within its sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.message import LONGEST, Button, clipped, enumerated, fitted, length


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "0"), (2, "0 and 1"), (3, "0, 1 and 2"), (4, "0, 1, 2 and 1 more"), (9, "0, 1, 2 and 6 more")],
)
def test_a_list_ends_in_and(count: int, text: str) -> None:
    assert enumerated([str(n) for n in range(count)], most=3) == text


@given(st.text(), st.integers(2, 50))
def test_foreign_text_is_clipped_to_one_visible_line(text: str, most: int) -> None:
    shown = clipped(text, most)
    assert len(shown) <= most
    assert shown.isprintable()
    assert clipped(shown, most) == shown


@given(st.lists(st.text("aé🙂&<", max_size=400), max_size=40), st.booleans())
def test_rows_too_many_give_way_whole(texts: list[str], keep_last: bool) -> None:
    rows = [f"{n} <b>{text.replace('&', '&amp;').replace('<', '&lt;')}</b>" for n, text in enumerate(texts)]
    lines = fitted(rows, "…", head=["head"], tail=["tail"], keep_last=keep_last).split("\n")
    kept = [line for line in lines[1:-1] if line != "…"]
    assert length("\n".join(lines)) <= LONGEST
    assert (lines[0], lines[-1]) == ("head", "tail")
    assert kept == (rows[len(rows) - len(kept) :] if keep_last else rows[: len(kept)])
    assert ("…" in lines) == (len(kept) < len(rows))


def test_length_is_what_telegram_counts() -> None:
    assert length("<s>A</s> <b>A&amp;B</b> 🔔") == len("A A&B ") + 2


def test_a_messenger_carries_sixty_four_bytes_of_a_command() -> None:
    assert Button("Yes", "/alert " + "é" * 28).fits
    assert not Button("Yes", "/alert " + "é" * 29).fits
