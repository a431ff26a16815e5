"""The program's look back: `targetwatch backtest` and `targetwatch export`. Stores nothing."""


class RefusedError(Exception):
    """A question or a file that cannot be read; the text says what to do."""


class UnansweredError(Exception):
    """No bars could be had; the text says why."""
