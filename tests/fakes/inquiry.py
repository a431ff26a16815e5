"""The child process of the research in a nursery: what a fresh one would be but for its imports."""

import io
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bot.feeds import FaultKind, Researched
from bot.feeds.yahoo_lines import Hearing, Question, asked
from tests.fakes.nursery import shared


def inquire(question: Question, folder: Path, environment: Mapping[str, str]) -> Researched:
    """What such a child says of it; in the file `errors` how nice it was, and how many seconds were left to it."""
    log = folder / "said"
    log.unlink(missing_ok=True)
    child = shared().bear("tests.fakes.inquiry:main", [asked(question)], folder, environment, log, folder / "errors")
    child.wait(30)
    hearing = Hearing(question.symbol, question.parts)
    for line in log.read_bytes().splitlines():
        hearing.hear(line)
    return hearing.end(FaultKind.NO_DATA)  # which no child says: it kept something to itself


def main() -> None:
    from bot.feeds.yahoo_analysts import main as program

    time.tzset()
    sys.stdin = io.StringIO(sys.argv[1])
    program()
    sys.stderr.write(f"{os.nice(0)} {signal.alarm(0)}\n")
