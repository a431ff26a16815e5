"""How long a message takes from the bars of a feed to the acceptance by a loopback Telegram.

Against the least that tells somebody durably: one synced write, then python-telegram-bot's own
`send_message` of the same words and buttons.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figure import Figure, alternate
from benchmarks.tellings import Bare, Ours
from benchmarks.witnesses import Telegram


def measure(quick: bool) -> Iterator[Figure]:
    pairs, turns = (2, 1) if quick else (40, 10)
    with (
        tempfile.TemporaryDirectory() as folder,
        without_proxies(),
        Telegram() as telegram,
        asyncio.Runner() as runner,
    ):
        ours = Ours(Path(folder) / "ours.db", telegram)
        bare = Bare(Path(folder) / "bare.db", telegram)
        runner.run(ours.open())
        runner.run(bare.open())
        yield Figure(
            "latency", "from the feed's bars to an accepted message", "a synced write and a bare send_message",
            alternate(lambda: runner.run(ours.tell()), lambda: runner.run(bare.tell(ours.told)), pairs, turns),
            at_most=1.6,
        )  # fmt: skip
        runner.run(ours.close())
        runner.run(bare.close())


@contextmanager
def without_proxies() -> Iterator[None]:
    """The loopback is reached directly, whatever proxy the environment names."""
    before = dict(os.environ)
    os.environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
