"""The child process that asks Yahoo of a stock's analysts, through the unmodified yfinance.

A program: one question on standard input, then a line on standard output for each thing there is to tell. A process
of its own, since yfinance keeps one session, one lock and one time-out for all that a process asks.
"""

import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from bot.feeds import FaultKind, Part
from bot.feeds.yahoo_answers import Values, actions, content, dates, recommendations, targets
from bot.feeds.yahoo_lines import Question, Said, failed, question, sent, told

if TYPE_CHECKING:
    from bot.feeds.yahoo_sparing import SparingSession

_NICE = 10
_SPOKEN = (200, 404)  # with a 404 Yahoo says that it has nothing of what was asked, or does not know the stock

_NAMES = {
    Part.TARGETS: ("analyst_price_targets", "financialData", None),
    Part.ACTIONS: ("upgrades_downgrades", "upgradeDowngradeHistory", "history"),
    Part.RECOMMENDATIONS: ("recommendations", "recommendationTrend", "trend"),
    Part.DATES: ("calendar", "calendarEvents", None),
}
"""yfinance's name, Yahoo's, and where the rows are in Yahoo's answer."""


def main() -> None:
    begun_at = monotonic()
    with suppress(OSError):  # a filter on system calls may refuse it, such as that of the systemd unit
        os.nice(_NICE)  # importing yfinance takes a second of a core that prices are waiting for
    asked = question(sys.stdin.readline())
    # Should nobody be left to end it: the signal does, in whatever it is stuck.
    signal.alarm(math.ceil(asked.seconds) + 1)

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    answer(asked, begun_at + asked.seconds, tell)


def answer(asked: Question, ends_at: float, tell: Callable[[str], None]) -> None:
    """Ask part by part until `ends_at` (monotonic), or until one shows that the others would fail alike."""
    import yfinance

    from bot.feeds.yahoo_sparing import SparingSession
    from bot.feeds.yahoo_wire import set_up

    set_up(asked.cache_dir)
    session = SparingSession(asked.most_requests, lambda requests: tell(sent(requests)))
    session.start(ends_at - monotonic(), 0)
    ticker = yfinance.Ticker(asked.symbol, session=session)
    ill: FaultKind | None = None
    for part in asked.parts:
        if ill is not None:
            tell(failed(part, ill, "not asked"))
            continue
        session.begin()
        try:
            tell(told(part, _ask(ticker, session, part, asked)))
        except Exception as error:  # noqa: BLE001 - whatever Yahoo did has to be told
            kind = session.fault(error)
            tell(failed(part, kind, type(error).__name__))
            ill = kind if session.is_ill(kind) else None


def _ask(ticker: Any, session: "SparingSession", part: Part, asked: Question) -> Said:
    """The answer to one part; raises what yfinance and curl raise where there is none."""
    name, module, rows = _NAMES[part]
    given: Any = None
    fault: Exception | None = None
    try:
        given = getattr(ticker, name)
    except Exception as error:  # noqa: BLE001 - an empty answer is an error to yfinance, and none to us
        fault = error
    said = content(session.text, module) if session.status in _SPOKEN else None
    if said == {} or (said is not None and rows is not None and not said.get(rows)):
        return () if part in (Part.ACTIONS, Part.DATES) else None
    if said is not None and part is Part.DATES:
        return dates(said, asked.zone)  # yfinance's own are not needed, and it fails at what is {"raw": …}
    if fault is not None or said is None:
        raise fault or ValueError(module)  # yfinance takes a null for an empty table
    if part is Part.TARGETS:
        return targets(given, said)
    return actions(_rows(given), asked.now) if part is Part.ACTIONS else recommendations(given.to_dict("records"))


def _rows(frame: Any) -> Iterator[Values]:
    """Each row with the moment it is of; the index is UTC, without saying so."""
    moments = frame.index.as_unit("s").asi8.tolist()
    for at, row in zip(moments, frame.to_dict("records"), strict=True):
        yield {**row, "at": at}


if __name__ == "__main__":
    main()
