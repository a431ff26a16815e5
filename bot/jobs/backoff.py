"""How long to wait after failures in a row; never waits itself."""

_MOST_DOUBLINGS = 10


def backoff_s(failures: int, first_s: float = 1.0, longest_s: float = 60.0, jitter: float = 0.5) -> float:
    """Seconds: `first_s` after the first failure, doubled by each further one up to `longest_s`.

    `jitter` in [0, 1) spreads it from three to five quarters, so that not everybody comes back at once;
    in the middle it is none.
    """
    doubled = min(first_s * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), longest_s)
    return doubled * (0.75 + jitter / 2)
