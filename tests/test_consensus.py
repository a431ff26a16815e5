"""The stored consensus beside the provider's: asked about once, adopted, kept or followed, never a crossing."""

import pytest

from bot.commands.desk import Desk
from bot.core.analysts import Targets, is_jitter
from bot.core.events import from_json
from bot.core.news import ConsensusDrift
from bot.feeds import Researched
from bot.jobs.analysts import take_in
from bot.store import Store
from tests.fakes.desk import ME, NOW, OTHER, Keyboard, labels, new_york, put_price
from tests.fakes.feed import STOCK
from tests.fakes.research import said

DAY = 86_400


def hear(store: Store, answer: Researched, now: int = NOW) -> dict[str, str]:
    with store.transaction():
        return take_in(store, STOCK, new_york(), answer, now)


def owed(store: Store, chat: int = ME) -> list[str]:
    """The kinds of what is owed to a chat, in order; it is owed no longer."""
    rows = store.db.execute("select kind from outbox where chat_id = ? order by id", [chat]).fetchall()
    store.db.execute("delete from outbox where chat_id = ?", [chat])
    return [kind for (kind,) in rows]


def consensus(store: Store) -> tuple[float, str]:
    (found,) = (level for level in store.levels.present("BABA") if level.kind == "consensus")
    return found.price, found.source


def crossings(store: Store) -> int:
    return store.crossings.count()


def test_who_watches_the_stock_is_asked_once_which_consensus_counts(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(desk.store, said(185.41))
    assert (owed(desk.store), owed(desk.store, OTHER)) == (["consensusdrift"], [])
    hear(desk.store, said(185.30), NOW + DAY)
    assert owed(desk.store) == []


def test_it_is_asked_again_when_the_provider_has_moved_on(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    for place, (mean, asked) in enumerate([(185.41, 1), (183.0, 0), (181.0, 1), (182.0, 0)]):
        hear(desk.store, said(mean), NOW + place * DAY)
        assert len(owed(desk.store)) == asked, mean


def test_a_difference_that_a_rate_of_exchange_makes_asks_nobody(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(desk.store, said(191.1))
    assert owed(desk.store) == []


def test_the_question_names_both_with_their_day_and_the_median(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(desk.store, said(185.41))
    (facts,) = desk.store.db.execute("select facts from outbox").fetchone()
    assert from_json("consensusdrift", facts) == ConsensusDrift(
        "BABA", "Yahoo", 192.0, "2025-12-06", 185.41, 187.87, 39, NOW
    )


def test_adopting_moves_the_alerts_and_is_no_crossing(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    say("/alert above consensus", chat=OTHER)
    hear(desk.store, said(150.0))  # below the price of 158.20
    owed(desk.store), owed(desk.store, OTHER)
    assert "192.00 → 150.00" in say("/consensus adopt").html
    assert consensus(desk.store) == (150.0, "Yahoo, mean")
    assert (owed(desk.store), owed(desk.store, OTHER), crossings(desk.store)) == ([], ["revised"], 0)
    assert [alert.threshold for alert in desk.store.alerts.of_chat(ME)] == [150.0]


def test_what_is_kept_stays_and_nobody_is_asked_until_it_moves(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(desk.store, said(185.41))
    owed(desk.store)
    say("/consensus keep")
    hear(desk.store, said(184.9), NOW + DAY)
    assert (consensus(desk.store), owed(desk.store)) == ((192.0, "report of 2025-12-06"), [])


def test_what_is_followed_moves_with_the_provider_until_that_is_ended(desk: Desk, say: Keyboard) -> None:
    say("/alert above consensus")
    hear(desk.store, said(185.41))
    say("/consensus BABA follow")
    owed(desk.store)
    hear(desk.store, said(190.02), NOW + DAY)
    assert (consensus(desk.store), owed(desk.store)) == ((190.02, "Yahoo, mean"), ["analystnews"])
    say("/consensus keep", at=NOW + DAY)
    hear(desk.store, said(170.0), NOW + 2 * DAY)
    assert consensus(desk.store) == (190.02, "Yahoo, mean")


def test_what_is_followed_and_how_far_it_has_moved_are_one_message(desk: Desk, say: Keyboard) -> None:
    hear(desk.store, said(185.41))
    for command in ("/alert above consensus", "/alert consensus moves 2%", "/consensus follow"):
        say(command)
    owed(desk.store)
    hear(desk.store, said(150.0), NOW + DAY)
    assert (owed(desk.store), crossings(desk.store)) == (["analystnews"], 1)


def test_what_is_followed_stands_still_where_only_the_rate_of_exchange_moves(desk: Desk, say: Keyboard) -> None:
    hear(desk.store, said(185.41))
    say("/consensus follow")
    for place in range(1, 6):
        hear(desk.store, said(185.41 * (1 + 0.0009 * place)), NOW + place * DAY)
    assert consensus(desk.store) == (185.41, "Yahoo, mean")
    hear(desk.store, said(185.41 * 1.0054), NOW + 9 * DAY)  # and yet it does not drift away unseen
    assert consensus(desk.store)[0] == round(185.41 * 1.0054, 2)


def test_a_stock_without_a_consensus_can_take_the_providers(desk: Desk, say: Keyboard) -> None:
    desk.store.levels.end("BABA", "consensus", NOW)
    hear(desk.store, said(185.41))
    assert "none is stored" in say("/consensus").html
    say("/consensus adopt")
    assert consensus(desk.store) == (185.41, "Yahoo, mean")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("folow", "/consensus follow"),
        ("BABA adopted", "/consensus BABA adopt"),
        ("folow NVDA", None),
        ("adopt NVDA", None),
        ("tomorrow", None),
    ],
)
def test_a_choice_mistyped_is_asked_for_and_never_taken(say: Keyboard, typed: str, asked: str | None) -> None:
    reply = say(f"/consensus {typed}")
    if asked is None:
        assert reply.html.endswith(" is not watched. Watched: BABA.")
    else:
        assert (reply.html, reply.buttons[0][0].command) == (f"Did you mean {asked}?", asked)


def test_the_choice_may_stand_before_the_stock(desk: Desk, say: Keyboard) -> None:
    hear(desk.store, said(185.41))
    assert "192.00 → 185.41" in say("/consensus adopt BABA").html
    assert say("/consensus adopt NVDA").html == "NVDA is not watched. Watched: BABA."


def test_of_a_consensus_that_follows_nothing_is_said_twice(desk: Desk, say: Keyboard) -> None:
    hear(desk.store, said(185.41))
    say("/consensus follow")
    reply = say("/consensus")
    assert reply.html == (
        "<b>BABA consensus</b>: Yahoo's mean 185.41, median 187.87 of 39 analysts (2 Oct), which it follows."
    )
    assert labels(reply) == ["Stop following Yahoo", "Levels"]
    assert "the stored one counts" in say.tap(reply, "Stop following Yahoo").html


def test_below_one_a_consensus_is_followed_to_its_last_decimal(desk: Desk, say: Keyboard) -> None:
    put_price(desk.store, 0.2)
    hear(desk.store, said(0.185412, median=0.19))
    say("/consensus follow")
    assert "which it follows" in say("/consensus").html


def test_before_the_first_look_there_is_nothing_to_adopt(desk: Desk, say: Keyboard) -> None:
    assert "has not said" in say("/consensus adopt").html
    assert "as soon as it does" in say("/consensus follow").html
    hear(desk.store, said(185.41))
    assert consensus(desk.store) == (185.41, "Yahoo, mean")


BEFORE = Targets(185.41, 187.87, 95.27, 238.38)


@pytest.mark.parametrize(
    ("after", "jitter"),
    [
        (BEFORE, True),
        (Targets(185.9, 188.4, 95.5, 239.0), True),  # 0.26 %
        (Targets(185.41 * 1.015, 187.87 * 1.015, 95.27 * 1.015, 238.38 * 1.015), True),  # all alike: a currency
        (Targets(185.41 * 1.025, 187.87 * 1.025, 95.27 * 1.025, 238.38 * 1.025), False),  # too far for a day
        (Targets(185.41 * 1.015, 187.87, 95.27, 238.38), False),  # somebody raised
        (Targets(185.41 * 1.015, None, None, None), False),
    ],
)
def test_what_an_analyst_moves_is_told_from_what_a_currency_does(after: Targets, jitter: bool) -> None:
    assert is_jitter(BEFORE, after) is jitter


def test_one_analyst_alone_is_no_currency() -> None:
    assert not is_jitter(Targets(100, 100, 100, 100), Targets(101, 101, 101, 101))
