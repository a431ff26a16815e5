"""Stocks chosen in a chat: /watch, /unwatch, /level, and what becomes of a choice in the polls."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot import commands
from bot.app import House, build
from bot.commands.desk import Desk
from bot.core import events
from bot.core.clock import Place
from bot.core.market import Quote, Session, Stock
from bot.core.wording import render
from bot.core.wording.view import View
from bot.exchange import CalendarError, Exchange
from bot.feeds import FaultKind, FeedError, Fetched
from bot.jobs.chosen import choose
from bot.jobs.watch import Watch
from bot.jobs.watchlist import Watchlist
from bot.liveness.health import beat
from bot.settings import load
from bot.store import Store, open_store
from tests.conftest import Clock
from tests.fakes.analysts import level
from tests.fakes.desk import GROUP, ME, NOW, OTHER, Keyboard, labels, own, typed, watchlist
from tests.fakes.feed import ScriptedFeed, minute

MINUTE = NOW - 60


def quoted(price: float = 178.2, currency: str | None = "USD", symbol: str = "NVDA", at: int = MINUTE) -> Fetched:
    """What Yahoo answers for it."""
    bars = (minute(at, price),)
    return Fetched(symbol, currency, bars, at + 60, price, "Yahoo", name="NVIDIA Corporation")


def failure(kind: FaultKind) -> FeedError:
    return FeedError("NVDA", kind)


def told(store: Store) -> list[tuple[int, events.Event]]:
    """Every pending message and its chat."""
    rows = store.db.execute("select chat_id, kind, facts from outbox where status = 'pending' order by id")
    return [(chat_id, events.from_json(kind, facts)) for chat_id, kind, facts in rows]


def chosen(store: Store) -> list[tuple[str, str | None, bool]]:
    """Symbol, currency, and whether it is confirmed."""
    return [(one.stock.symbol, one.stock.currency, one.confirmed_at is not None) for one in store.stocks.every()]


async def poll(store: Store, *script: Fetched | FeedError, now: int = NOW, symbol: str = "NVDA") -> None:
    """Look at the stock as long as it is watched, a minute apart."""
    clock, stocks = Clock(now), watchlist(store)
    stocks.open()
    watch = Watch(store, ScriptedFeed(*script), clock, jitter=lambda: 0.5)
    for _ in script:
        if (one := stocks.find(symbol)) is not None:
            await watch.poll(one)
        clock.now += 60


def words(event: events.Event) -> str:
    return render(event, View(NOW, Place("America/New_York"), (), None)).html


# /watch


def test_a_stock_is_looked_up_and_every_command_knows_it_at_once(desk: Desk, say: Keyboard) -> None:
    assert say("/watch nvda").html == "NVDA is looked up; its first price follows in a moment."
    assert chosen(desk.store) == [("NVDA", None, False)]
    assert say("/price NVDA").html == "<b>NVDA</b> · no price yet; the first look is under way"
    assert "NVDA" in say("/status").html
    assert say("/alert NVDA above 190").html.startswith("✅ #1 NVDA above 190.00 · no price is known yet")
    assert say("/levels NVDA").html.endswith('This adds one: /level NVDA "Morgan Stanley" 200')


def test_several_are_watched_at_once_and_what_is_watched_is_said_with_its_price(say: Keyboard) -> None:
    lines = say("/watch NVDA BABA $amd").html.splitlines()
    assert lines[0] == "NVDA and AMD are looked up; their first prices follow in a moment."
    assert lines[1].startswith("BABA is watched already: <b>BABA 158.20</b>")


def test_the_plan_is_renewed_only_where_something_was_chosen(desk: Desk) -> None:
    calls: list[int] = []
    counting = replace(desk, replan=lambda: calls.append(1))
    for text, count in (("/watch NVDA", 1), ("/watch NVDA", 1), ("/watch <b>", 1), ("/unwatch NVDA", 2)):
        commands.respond(counting, typed(text), NOW)
        assert len(calls) == count


def test_one_bad_word_and_nothing_is_chosen(desk: Desk, say: Keyboard) -> None:
    assert "is no symbol" in say("/watch NVDA <b>").html
    assert chosen(desk.store) == []


def test_there_is_an_end_to_choosing(desk: Desk, say: Keyboard) -> None:
    for tens in range(3):
        say("/watch " + " ".join(f"S{tens}{n}" for n in range(10)))
    assert say("/watch NVDA").html.startswith("30 stocks chosen in chats are watched; 30 are the most")
    assert len(chosen(desk.store)) == 30


def test_where_nothing_unasked_is_sent_it_is_said_how_to_ask(desk: Desk) -> None:
    reply = commands.respond(desk, typed("/watch NVDA", -555, ME), NOW)
    assert reply is not None
    assert reply.html.endswith("so ask a moment later: /price NVDA")


# The first price


async def test_the_first_price_is_told_once_to_the_chat_that_asked(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA", chat=GROUP)
    await poll(desk.store, quoted(178.2), quoted(178.4), quoted(178.6))
    assert chosen(desk.store) == [("NVDA", "USD", True)]
    ((chat, event),) = told(desk.store)
    assert chat == GROUP
    assert words(event) == (
        "✅ <b>NVDA 178.20</b> · 10:00 New York · NVIDIA Corporation, USD\n"
        "NVDA is watched now. /alert NVDA above 200 makes an alert."
    )
    assert say("/price NVDA").html.startswith("<b>NVDA 178.60</b>")


async def test_what_the_source_calls_a_stock_is_foreign_text(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, replace(quoted(), name="<b>" + "x" * 500))
    assert "&lt;b&gt;xxx" in words(told(desk.store)[0][1])
    assert len(words(told(desk.store)[0][1])) < 300


async def test_the_currency_is_adopted_and_another_one_refused_from_then_on(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, quoted(178.2, "HKD"), quoted(200.0, "USD", at=NOW))
    assert chosen(desk.store) == [("NVDA", "HKD", True)]
    assert desk.store.history.feed("NVDA").fault == "wrong currency"
    assert "178.20" in say("/price NVDA").html


async def test_a_currency_told_late_is_adopted_late(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, quoted(178.2, None), quoted(178.3, "HKD", at=NOW))
    assert chosen(desk.store) == [("NVDA", "HKD", True)]
    assert len(told(desk.store)) == 1


async def test_two_looks_that_began_together_adopt_one_currency(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    one = watchlist(desk.store).find("NVDA")
    assert one is not None
    watch = Watch(desk.store, ScriptedFeed(quoted(178.2, "USD"), quoted(181.0, "HKD", at=NOW)), Clock(NOW))
    await asyncio.gather(watch.poll(one), watch.poll(one))
    assert "178.20" in say("/price NVDA").html


async def test_a_currency_that_was_typed_and_is_not_the_sources_is_told_and_given_up(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA XNYS EUR")
    await poll(desk.store, quoted(178.2, "USD"))
    ((_, event),) = told(desk.store)
    assert words(event) == (
        "NVDA is not watched: Yahoo quotes it in USD, not in EUR. /watch NVDA takes the currency as it comes."
    )
    assert chosen(desk.store) == []


# A symbol nobody knows


async def test_an_unknown_symbol_is_told_once_and_asked_for_no_more(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, failure(FaultKind.UNKNOWN_SYMBOL), failure(FaultKind.UNKNOWN_SYMBOL))
    ((chat, event),) = told(desk.store)
    assert (chat, chosen(desk.store)) == (ME, [])
    assert words(event).startswith("NVDA is not watched: Yahoo does not know it.")
    assert say("/price NVDA").html == "NVDA is not watched. Watched: BABA."


@pytest.mark.parametrize(
    ("faults", "remains"),
    [
        ([FaultKind.NO_DATA] * 2, True),
        ([FaultKind.NO_DATA] * 3, False),
        ([FaultKind.TIMEOUT, FaultKind.UNREACHABLE, FaultKind.SERVER_ERROR] * 5, True),
        ([FaultKind.RATE_LIMITED] * 5, True),
        ([FaultKind.TIMEOUT, FaultKind.TIMEOUT, FaultKind.NO_DATA], True),
    ],
)
async def test_a_stock_without_prices_is_given_up_after_three_looks_and_never_for_the_networks_faults(
    desk: Desk, say: Keyboard, faults: Sequence[FaultKind], remains: bool
) -> None:
    say("/watch NVDA")
    await poll(desk.store, *map(failure, faults))
    assert bool(chosen(desk.store)) is remains
    assert len(told(desk.store)) == (0 if remains else 1)


async def test_answers_about_another_stock_are_no_answer(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, *[quoted(symbol="AMD")] * 3)
    assert chosen(desk.store) == []
    assert "no prices of it" in words(told(desk.store)[0][1])


async def test_a_stock_once_confirmed_is_never_given_up(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, quoted(), *[failure(FaultKind.UNKNOWN_SYMBOL)] * 5)
    assert chosen(desk.store) == [("NVDA", "USD", True)]


async def test_the_looks_that_failed_are_counted_across_a_restart(tmp_path: Path) -> None:
    for run in range(3):
        store = open_store(tmp_path / "t.db")
        if run == 0:
            store.chats.add(ME, "private", "paired", ME, NOW)
            choose(store, Stock("NVDA", "NVDA", "XNYS", None), ME, NOW)
        await poll(store, failure(FaultKind.NO_DATA))
        assert bool(chosen(store)) is (run < 2)
        store.close()


async def test_earlier_failures_do_not_count_against_a_stock_chosen_again(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, *[failure(FaultKind.NO_DATA)] * 3)
    say("/watch NVDA")
    await poll(desk.store, failure(FaultKind.NO_DATA), quoted())
    assert chosen(desk.store) == [("NVDA", "USD", True)]


# While it is being looked up


async def test_an_unconfirmed_stock_neither_warns_of_silence_nor_makes_the_daemon_sick(
    desk: Desk, say: Keyboard
) -> None:
    say("/watch NVDA")
    say("/alert NVDA above 190")
    await poll(desk.store, *[failure(FaultKind.TIMEOUT)] * 10)
    assert told(desk.store) == []
    beat(desk.store, [one for one in watchlist(desk.store).watched() if one.is_confirmed], 30, NOW + 20)
    assert "NVDA" not in (desk.store.fact("ailment") or "")


async def test_a_confirmed_stock_that_falls_silent_is_warned_of(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    say("/alert NVDA above 190")
    await poll(desk.store, quoted(), *[failure(FaultKind.TIMEOUT)] * 10)
    assert [type(event).__name__ for _, event in told(desk.store)] == ["Watching", "Silent"]


class Interrupted(ScriptedFeed):
    """Something is typed while the answer is on its way."""

    def __init__(self, say: Keyboard, text: str, step: Fetched | FeedError) -> None:
        super().__init__(step)
        self.say, self.text = say, text

    async def fetch(self, stock: Stock, since: int | None, now: int) -> Fetched:
        self.say(self.text)
        return await super().fetch(stock, since, now)


@pytest.mark.parametrize("step", [quoted(), failure(FaultKind.TIMEOUT), failure(FaultKind.UNKNOWN_SYMBOL)])
async def test_a_stock_unwatched_during_its_poll_stays_unwatched(
    desk: Desk, say: Keyboard, step: Fetched | FeedError
) -> None:
    say("/watch NVDA")
    one = watchlist(desk.store).find("NVDA")
    assert one is not None
    await Watch(desk.store, Interrupted(say, "/unwatch NVDA", step), Clock(NOW)).poll(one)
    assert (chosen(desk.store), told(desk.store)) == ([], [])
    assert desk.store.history.last_quote("NVDA") is None
    assert desk.store.history.feed("NVDA").failures == 0


# /unwatch


def test_a_stock_without_alerts_is_unwatched_at_once_and_may_come_back(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    reply = say("/unwatch nvda")
    assert reply.html == "NVDA is watched no more. Its history, levels and alerts are kept."
    assert chosen(desk.store) == []
    assert say.tap(reply, "Watch it again").html.startswith("NVDA is looked up")


def test_alerts_on_it_are_asked_about_and_rest(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    for chat, text in ((ME, "/alert NVDA above 190"), (ME, "/alert NVDA below 90"), (OTHER, "/alert NVDA 200")):
        say(text, chat)
    question = say("/unwatch NVDA")
    assert question.html == (
        "2 alerts of this chat and 1 alert of other chats watch NVDA; they would rest until it is watched again."
    )
    assert labels(question) == ["Stop watching", "Keep"]
    assert say.tap(question, "Keep").html == "Nothing was changed."
    assert len(chosen(desk.store)) == 1
    say.tap(question, "Stop watching")
    assert (chosen(desk.store), own(desk)) == ([], ["#1 above 190", "#2 below 90"])
    assert say("/alerts").html.count("not watched any more") == 2


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("/unwatch", "Which one? /unwatch takes one symbol. Chosen in a chat: NVDA."),
        ("/unwatch NVDA AMD", "Which one? /unwatch takes one symbol."),
        ("/unwatch AMD", "AMD is not watched. Chosen in a chat: NVDA."),
        ("/unwatch <b>", "&lt;B&gt; is not watched."),
        (
            "/unwatch BABA",
            "BABA is in the settings file, which a chat does not change. Take the table [watch.BABA] out",
        ),
    ],
)
def test_what_cannot_be_unwatched_is_answered_with_what_can(say: Keyboard, text: str, beginning: str) -> None:
    say("/watch NVDA")
    assert say(text).html.startswith(beginning)


async def test_what_happened_while_an_alert_rested_is_not_told(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    await poll(desk.store, quoted(178.2))
    say("/alert NVDA above 190")
    say("/unwatch NVDA anyway")
    back = NOW + 600
    commands.respond(desk, typed("/watch NVDA"), back)
    up_and_down = [minute(NOW + 60 * n, price) for n, price in enumerate((185, 195, 180, 180))]
    rested = Fetched("NVDA", "USD", tuple(up_and_down), NOW + 240, 180.0, "Yahoo")
    rising = Fetched("NVDA", "USD", (minute(back + 60, 191.0),), back + 120, 191.0, "Yahoo")
    await poll(desk.store, rested, now=back)
    assert [type(event).__name__ for _, event in told(desk.store)] == ["Watching", "Watching"]
    await poll(desk.store, rising, now=back + 120)
    assert [type(event).__name__ for _, event in told(desk.store)][2:] == ["Crossed"]


# The list


def test_a_stock_that_has_come_into_the_file_is_the_files(store: Store) -> None:
    choose(store, Stock("BABA", "BABA", "XHKG", "HKD"), ME, NOW)
    stocks = watchlist(store)
    stocks.open()
    assert (dict(stocks.stocks)["BABA"].exchange, chosen(store)) == ("XNYS", [])


async def test_a_calendar_is_built_once_for_all_stocks_of_its_exchange(store: Store) -> None:
    built: list[str] = []

    def build_one(code: str) -> Exchange:
        built.append(code)
        return Exchange("always", NOW)

    stocks = Watchlist(store, watchlist(store).watched(), build_one, lambda: NOW)
    for symbol in ("0700.HK", "9988.HK", "NVDA"):
        choose(store, Stock(symbol, symbol, "XNYS" if symbol == "NVDA" else "XHKG", None), ME, NOW)
    assert list(stocks.stocks) == ["BABA", "NVDA"]
    await stocks.learn()
    await stocks.learn()
    assert (list(stocks.stocks), built) == (["BABA", "0700.HK", "9988.HK", "NVDA"], ["XHKG"])
    assert {symbol: stocks.zones[symbol] for symbol in ("BABA", "0700.HK")} == {
        "BABA": "America/New_York", "0700.HK": "UTC",
    }  # fmt: skip


async def test_a_stock_whose_calendar_cannot_be_built_is_given_up(store: Store) -> None:
    def build_none(code: str) -> Exchange:
        raise CalendarError(code)

    store.chats.add(ME, "private", "paired", ME, NOW)
    choose(store, Stock("TEVA.TA", "TEVA.TA", "XTAE", None), ME, NOW)
    await Watchlist(store, watchlist(store).watched(), build_none, lambda: NOW).learn()
    assert chosen(store) == []
    assert words(told(store)[0][1]) == (
        "TEVA.TA is not watched: the hours of XTAE cannot be found out here. "
        "Another exchange can be named: /watch TEVA.TA XNYS"
    )


def test_a_command_that_is_rolled_back_has_chosen_nothing(desk: Desk) -> None:
    with pytest.raises(RuntimeError), desk.store.transaction():
        commands.respond(desk, typed("/watch NVDA"), NOW)
        assert "NVDA" in desk.stocks
        raise RuntimeError
    assert "NVDA" not in desk.stocks


def test_a_chat_that_moves_takes_its_choices_along(store: Store) -> None:
    choose(store, Stock("NVDA", "NVDA", "XNYS", None), GROUP, NOW)
    store.chats.migrate(GROUP, -200)
    assert [one.added_by for one in store.stocks.every()] == [-200]


# The plan


@pytest.fixture
async def house(store: Store, tmp_path: Path) -> AsyncIterator[House]:
    built = build(load(None, {"TARGETWATCH_STORAGE__PATH": str(tmp_path / "t.db")}), store)
    built.rota.scheduler.start(paused=True)
    built.rota.plan_stocks()
    yield built
    built.rota.scheduler.shutdown()
    built.feed.close()


def jobs(house: House) -> list[str]:
    return sorted(job.id for job in house.rota.scheduler.get_jobs() if "/" in job.id)


async def test_the_plan_follows_the_list(house: House) -> None:
    choose(house.store, Stock("NVDA", "NVDA", "XNYS", None), ME, NOW)
    assert house.rota.plan_stocks() == ["NVDA"]
    assert house.rota.plan_stocks() == []
    (one,) = [one for one in house.rota.watched if one.stock.symbol == "NVDA"]
    house.store.history.note_feed(replace(house.store.history.feed("NVDA"), failures=1, retry_at=2**31))
    house.rota.look_again(one, NOW)
    assert jobs(house)[-2:] == ["poll/BABA", "poll/NVDA"]
    house.store.stocks.remove("NVDA")
    house.rota.plan_stocks()
    assert jobs(house) == ["poll/BABA"]


async def test_a_stock_chosen_anew_is_new_to_the_plan(house: House) -> None:
    for at in (NOW, NOW + 1):
        choose(house.store, Stock("NVDA", "NVDA", "XNYS", None), ME, at)
        assert house.rota.plan_stocks() == ["NVDA"]
        house.store.stocks.remove("NVDA")


# /level


def test_a_level_is_stored_and_offers_an_alert(desk: Desk, say: Keyboard) -> None:
    reply = say('/level BABA "Morgan Stanley" 200')
    assert reply.html == (
        "📝 BABA Morgan Stanley: 200.00 · price target · 2025-10-02\nIt lies +26.4 % from the price, 158.20."
    )
    assert say.tap(reply, "Alert on it").html.startswith("✅ #1 BABA crosses 200.00 (Morgan Stanley)")
    stored = next(one for one in desk.levels("BABA") if one.firm == "Morgan Stanley")
    assert (stored.kind, stored.rating, stored.source) == ("price target", None, "typed in the chat")


def test_the_day_is_that_of_the_exchange(desk: Desk, say: Keyboard) -> None:
    late = NOW + 12 * 3600  # 22:00 in New York, the next day in UTC
    assert " · 2025-10-02\n" in say("/level BABA Citi 200", at=late).html
    assert "is still to come" in say("/level BABA Citi 200 2025-10-03", at=late).html


def test_a_revision_moves_the_alerts_that_follow_and_is_told_to_the_other_chats(desk: Desk, say: Keyboard) -> None:
    say("/alert BABA above bernstein")
    say("/alert BABA crosses bernstein", OTHER)
    reply = say("/level bernstein 150")
    assert reply.html == (
        "📝 BABA Bernstein SocGen: 190.00 → 150.00 · price target, Outperform · 2025-10-02\n"
        "It lies −5.2 % from the price, 158.20, which is now above it without having moved.\n"
        "#1 and 1 alert of other chats follow it and moved along."
    )
    assert [alert.threshold for alert in desk.store.alerts.on("BABA")] == [150.0, 150.0]
    ((chat, event),) = told(desk.store)
    assert (chat, type(event).__name__) == (OTHER, "Revised")


def test_what_is_not_typed_stays_as_it_was(desk: Desk, say: Keyboard) -> None:
    say("/level BABA morningstar 260")
    stored = next(one for one in desk.levels("BABA") if one.firm == "Morningstar")
    assert (stored.kind, stored.price) == ("fair value", 260.0)


@pytest.mark.parametrize("price", ["5000", "20", "474.60", "52.73"])
def test_a_level_far_from_the_price_is_asked_about_first(desk: Desk, say: Keyboard, price: str) -> None:
    question = say(f'/level BABA "Morgan Stanley" {price} 2025-09-01 rating Buy')
    assert question.html.endswith("away. Is that meant?") or "If so, type: /level" in question.html
    assert len(desk.levels("BABA")) == 4


def test_a_far_level_is_stored_where_it_is_meant(desk: Desk, say: Keyboard) -> None:
    say.tap(say('/level BABA "Morgan Stanley" 5000'), "Yes")
    assert desk.levels("BABA")[0].price == 5000.0


def test_a_level_is_ended_and_its_alerts_keep_the_number(desk: Desk, say: Keyboard) -> None:
    say("/alert BABA above consensus")
    reply = say("/level BABA consensus off")
    assert reply.html == "🗑 BABA consensus at 192.00 is ended.\n#1 keeps 192.00 as a number of its own."
    assert own(desk) == ["#1 above 192"]
    assert "consensus" not in say("/levels").html


def test_there_is_an_end_to_the_levels_of_one_stock(desk: Desk, say: Keyboard) -> None:
    for n in range(56):
        desk.store.levels.revise(level(f"Firm {n}", 100.0 + n), NOW)
    assert "has 60 levels, the most there may be" in say("/level BABA Citi 200").html
    assert "190.00 → 191.00" in say("/level BABA bernstein 191").html


@pytest.mark.parametrize("text", ["/level", "/level BABA", "/level 200", "/level BABA <i> 0", '/level BABA "above" 1'])
def test_what_is_no_level_is_answered_with_one_that_is(desk: Desk, say: Keyboard, text: str) -> None:
    assert "/level BABA &quot;Morgan Stanley&quot; 200" in say(text).html
    assert len(desk.levels("BABA")) == 4


def test_levels_of_a_chosen_stock_have_their_ladder(desk: Desk, say: Keyboard) -> None:
    say("/watch NVDA")
    say('/level NVDA "Morgan Stanley" 200')
    desk.store.history.add_quote(Quote("NVDA", NOW, 160.0, Session.REGULAR, "Yahoo"))
    assert say("/levels NVDA").html.splitlines()[1:] == [
        "<b>200.00</b>  Morgan Stanley, price target  +25.0 % · 2025-10-02, today",
        "── price 160.00 ──",
    ]
