"""python -m tests.crash: kills a daemon a thousand times, ours and the two usual ways beside it, and counts."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

import click

from tests.crash.controls import WAYS
from tests.crash.kills import ALL_MOMENTS, AT_RANDOM, IMPORTS, Deadly, Run, Tally
from tests.fakes.nursery import Nursery

_Rows = Mapping[str, Callable[[Tally], object]]

_ROWS: _Rows = {
    "kills": lambda tally: tally.kills.total(),
    "commands typed meanwhile": lambda tally: tally.commands,
    "crossings due": lambda tally: tally.due,
    "crossings lost": lambda tally: len(tally.lost),
    "messages that tell what did not happen": lambda tally: len(tally.false),
    "messages repeated, marked": lambda tally: len(tally.repeated),
    "messages repeated, not marked": lambda tally: len(tally.unmarked),
    "commands carried out twice or never, history wrong": lambda tally: len(tally.amiss),
}


@click.command()
@click.option("--lives", default=1000, help="How many lives each way has.")
@click.option("--seed", default=1, help="Of the prices, the moments and the pauses.")
@click.option("--way", "ways", multiple=True, type=click.Choice(list(WAYS)), default=list(WAYS))
def main(lives: int, seed: int, ways: tuple[str, ...]) -> None:
    """Half of the lives end at random, the other half at named moments in turn."""
    begun = monotonic()
    with Nursery(*IMPORTS) as nursery:
        tallies = {way: _lived(way, lives, seed, nursery) for way in ways}
    _table("", tallies, _ROWS)
    _table("\nkilled", tallies, {moment: partial(_killed, moment) for moment in (AT_RANDOM, *ALL_MOMENTS)})
    click.echo(f"\nseed {seed}, {monotonic() - begun:.0f} s")
    if ours := tallies.get("ours"):
        click.echo(f"ours: {ours.in_flight} sends were in flight at a kill")
        raise SystemExit(bool(ours.lost or ours.unmarked or ours.false or ours.amiss))


def _lived(way: str, lives: int, seed: int, nursery: Nursery) -> Tally:
    with Deadly() as telegram, TemporaryDirectory(prefix="crash-") as folder:
        return Run(way, seed, nursery, telegram, Path(folder)).lives(islice(_moments(seed), lives))


def _moments(seed: int) -> Iterator[str]:
    random, named = Random(seed), cycle(ALL_MOMENTS)
    while True:
        yield AT_RANDOM if random.random() < 0.5 else next(named)


def _killed(moment: str, tally: Tally) -> int:
    return tally.kills[moment]


def _table(title: str, tallies: Mapping[str, Tally], rows: _Rows) -> None:
    click.echo(f"{title:52}" + "".join(f"{way:>17}" for way in tallies))
    for name, value in rows.items():
        click.echo(f"{name:52}" + "".join(f"{value(tally)!s:>17}" for tally in tallies.values()))


if __name__ == "__main__":
    main()
