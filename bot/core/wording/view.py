"""What is known at the moment when words are made of facts."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.clock import Place
from bot.core.levels import Level
from bot.core.market import Quote


@dataclass(frozen=True, slots=True)
class View:
    """What is known when the words are made: the time, the place, the present levels and quote."""

    now: int
    place: Place
    levels: Sequence[Level]
    quote: Quote | None
