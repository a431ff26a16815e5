"""How the program says how it is doing: the lines that /status and `targetwatch health` share, as plain text."""

from collections.abc import Mapping, Sequence

from bot.core.analysts import PROVIDER
from bot.core.clock import Place, lasting
from bot.core.message import clipped, enumerated
from bot.core.metrics.price import money


def price(price: float | None, at: int | None, now: int) -> str:
    """158.20, 20 s old."""
    return "no price yet" if price is None or at is None else f"{money(price)}, {lasting(now - at)} old"


def asked(polled_at: int | None, good_at: int | None, failures: int, fault: str | None, now: int) -> list[str]:
    """When a source of prices was last asked, and how it did: asked 12 s ago, answered well."""
    if polled_at is None:
        return ["not asked yet"]
    said = [f"asked {lasting(now - polled_at)} ago"]
    if failures:
        last = f"last good {lasting(now - good_at)} ago" if good_at else "never good yet"
        return [*said, failing(failures, fault), last]
    return [*said, f"last answer had: {fault}" if fault else "answered well"]


def failing(failures: int, fault: str | None) -> str:
    """3 failed in a row (timeout)."""
    return f"{failures} failed in a row ({fault or 'unknown'})"


def analysts(good_at: int | None, faults: Sequence[tuple[str, str]], place: Place, now: int) -> str:
    """When the provider of what analysts say last answered in full, and what it did not give of late; else nothing."""
    if not faults:
        return f"{PROVIDER} checked {place.recent(good_at, now)}" if good_at is not None else ""
    parts, kinds = (list(dict.fromkeys(clipped(text) for text in texts)) for texts in zip(*faults, strict=True))
    whole = f"; last complete answer {place.recent(good_at, now)}" if good_at is not None else ""
    return f"{PROVIDER} gave no usable {enumerated(parts)} ({', '.join(kinds)}){whole}"


def unheard(symbol: str, since: str) -> str:
    """What has been missing for so long that it was told, without its end: since when, as people read it."""
    return f"{PROVIDER} has not told all of {symbol}'s analysts since {since}"


def session(exchange: str, session: str, opens_at: int | None, place: Place, now: int) -> str:
    """New York: closed, watched again 3 Oct 04:00 New York; without `opens_at` it is watched now."""
    following = "watched" if opens_at is None else f"watched again {place.recent(opens_at, now)}"
    return f"{exchange}: {session}, {following}"


def owed(due: int, due_since: int | None, kept: int, dead: int, most: int, now: int) -> str:
    """Outbox: 2 waiting, the oldest for 3 min · 1 refused for good; nothing was counted beyond `most`."""
    said = []
    if due and due_since is not None:
        said.append(f"{up_to(due, most)} waiting, the oldest for {lasting(now - due_since)}")
    if kept:
        said.append(f"{up_to(kept, most)} kept for later")
    if dead:
        said.append(f"{up_to(dead, most)} refused for good")
    return "Outbox: " + " · ".join(said if due or kept else ["empty", *said])


def up_to(count: int, most: int) -> str:
    """A number that was not counted beyond `most`."""
    return str(count) if count < most else f"{most} or more"


def errors(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Of counts by source and kind. Last 24 h: errors in prices (rate limited 3, timeout 1), Telegram (unclear 2)."""
    said = [f"{source} ({_counts(kinds)})" for source, kinds in counts.items()]
    return f"Last 24 h: errors in {', '.join(said)}" if said else "Last 24 h: no errors"


def _counts(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in kinds.items())


def backup(at: int | None, fault: str, now: int) -> list[str]:
    """Last backup 12 min ago; nothing where backups are not known of."""
    if fault:
        good = f"; the last good one is {lasting(now - at)} old" if at else ""
        return [f"Last backup failed ({fault.removesuffix('.')}){good}"]
    return [f"Last backup {lasting(now - at)} ago"] if at else []


NOBODY_IS_TOLD = "no chat is known, so nobody is told: `targetwatch pair` lets one in"
"""What a daemon lacks whose alerts reach nobody, however well it is otherwise."""


def space(size_bytes: int, free_bytes: int) -> str:
    """database 1.2 MB, 11.3 GB free."""
    return f"database {size_bytes / 1e6:.1f} MB, {room(free_bytes)} free"


def room(free_bytes: int) -> str:
    """A size of a disk: 37 MB, 11.3 GB."""
    return f"{free_bytes / 1e6:.0f} MB" if free_bytes < 1e9 else f"{free_bytes / 1e9:.1f} GB"
