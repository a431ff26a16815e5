"""The words of what analysts have changed: each fact once, with its day, its source and where the price is."""

import pytest

from bot.core.analysts import RatingAction
from bot.core.clock import Place
from bot.core.news import AnalystNews, ConsensusMove, LevelMove
from bot.core.wording import render
from bot.core.wording.view import View

AT = 1_793_626_200  # 2 November 2026, 08:30 in New York
JPMORGAN = LevelMove("JPMorgan", "price target", 245.0, 155.0, "Neutral", "Overweight", "2026-10-30", passed=True)
FOLLOWED = LevelMove("consensus", "consensus", 182.2, 152.0, None, None, "2026-11-02", passed=True)
IN_A_DAY = ConsensusMove("Yahoo", 1, -16.6, 152.0, 182.2, 150.0, 185.0, 39)
IN_A_WEEK = ConsensusMove("Yahoo", 7, -18.0, 152.0, 185.41, 150.0, 187.87, 39)
WOLFE = RatingAction("Wolfe Research", AT - 7200, "init", "Outperform", None, 200.0)
UPGRADE = RatingAction("Morgan Stanley", AT - 9000, "up", "Buy", "Hold", 200.0, 180.0)


def words(
    *of: LevelMove | ConsensusMove | RatingAction, price: float | None = 156.54, alerts: tuple[int, ...] = (7,)
) -> list[str]:
    levels = tuple(one for one in of if isinstance(one, LevelMove))
    moves = tuple(one for one in of if isinstance(one, ConsensusMove))
    actions = tuple(one for one in of if isinstance(one, RatingAction))
    event = AnalystNews("BABA", "Yahoo", levels, actions, moves, price, alerts, AT, zone="America/New_York")
    return render(event, View(AT + 60, Place("America/New_York"), (), None)).html.splitlines()


SEEN, BY_7 = "BABA 156.54 · Yahoo, seen 08:30 New York", "Told by #7"


@pytest.mark.parametrize(
    ("of", "lines"),
    [
        ([JPMORGAN],
         ["<b>📝 BABA: JPMorgan cut its price target to 155.00</b>",
          "<s>245.00</s> 155.00 JPMorgan, Neutral (was Overweight) · 30 Oct 2026 · −1.0 %",
          "BABA at 156.54 is now above it; the price did not move."]),
        ([IN_A_DAY],
         ["<b>📝 BABA: the consensus is down 16.6 % in a day</b>",
          "Yahoo's mean 182.20 → 152.00, down 16.6 % in a day; median 185.00 → 150.00; 39 analysts"]),
        ([FOLLOWED, IN_A_DAY, IN_A_WEEK],  # its figures are said once, and how many analysts
         ["<b>📝 BABA: consensus cut to 152.00</b>",
          "<s>182.20</s> 152.00 consensus (Yahoo, mean) · 2 Nov 2026 · −2.9 %",
          "BABA at 156.54 is now above it; the price did not move.",
          "Yahoo's mean down 16.6 % in a day; median 185.00 → 150.00; 39 analysts",
          "Yahoo's mean 185.41 → 152.00, down 18.0 % in 7 days; median 187.87 → 150.00"]),
        ([FOLLOWED, JPMORGAN],
         ["<b>📝 BABA: consensus cut to 152.00, and 1 more</b>",
          "<s>182.20</s> 152.00 consensus (Yahoo, mean) · 2 Nov 2026 · −2.9 %",
          "BABA at 156.54 is now above it; the price did not move.",
          "<s>245.00</s> 155.00 JPMorgan, Neutral (was Overweight) · 30 Oct 2026 · −1.0 %",
          "BABA at 156.54 is now above it; the price did not move."]),
        ([WOLFE, UPGRADE],
         ["<b>📝 BABA: 2 changes by analysts</b>",
          "2 Nov Morgan Stanley upgraded it from Hold to Buy, raised its target from 180.00 to 200.00 · +27.8 %",
          "2 Nov Wolfe Research begins to rate it: Outperform, sees a target of 200.00 · +27.8 %"]),
    ],
)  # fmt: skip
def test_what_a_look_found_is_one_message(of: list[LevelMove | ConsensusMove | RatingAction], lines: list[str]) -> None:
    assert words(*of) == [*lines, SEEN, BY_7]


def test_without_a_price_and_without_an_alert_neither_is_spoken_of() -> None:
    assert words(JPMORGAN, price=None, alerts=())[1:] == [
        "<s>245.00</s> 155.00 JPMorgan, Neutral (was Overweight) · 30 Oct 2026",
        "Yahoo, seen 08:30 New York",
    ]
