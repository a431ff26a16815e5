"""Where bars go on from those recorded before, be they of another width: nothing is walked twice, nothing left out."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.market import Bar

_MINUTE_S = 60


def joined(bars: Sequence[Bar], recorded: Sequence[Bar]) -> tuple[Bar, ...]:
    """The bars, in order, as they go on from the recorded ones, of which the last was walked last.

    A coarser bar around the end of what is recorded becomes the later form of the last one there. A finer
    bar inside the last one was walked with it, and so was everything in a coarser one that is over by then.
    """
    if not recorded:
        return tuple(bars)
    last = recorded[-1]
    return tuple(_rest(bar, recorded) if _is_around(bar, last) else bar for bar in bars if not _is_known(bar, last))


def _is_around(bar: Bar, last: Bar) -> bool:
    return bar.at < last.at < bar.ends_at


def _is_known(bar: Bar, last: Bar) -> bool:
    is_inside = last.at <= bar.at and bar.ends_at <= last.ends_at and bar.width_s < last.width_s
    return is_inside or (bar.ends_at <= last.at and bar.width_s > _MINUTE_S)


def _rest(bar: Bar, recorded: Sequence[Bar]) -> Bar:
    """The last recorded bar up to the end of a coarser one, with the extremes that none of those inside had.

    What is no higher than something recorded in it may have been that, and has been walked.
    """
    inside, last = [one for one in recorded if one.at >= bar.at], recorded[-1]
    high, low = max(one.high for one in inside), min(one.low for one in inside)
    return replace(
        last,
        high=max(last.high, bar.close, bar.high if bar.high > high else 0.0),
        low=min(last.low, bar.close, bar.low if bar.low < low else bar.close),
        close=bar.close,
        volume=max(last.volume, bar.volume - sum(one.volume for one in inside[:-1])),
        width_s=bar.ends_at - last.at,
    )
