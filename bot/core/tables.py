"""Rows as text for other programs: CSV with a header, or a JSON list of objects. Moments are ISO 8601, UTC."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.clock import iso


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; `rows` may be very many and can be walked once.

    The columns in `moments` are epoch seconds UTC or None, those in `flags` 0 or 1.
    """

    columns: tuple[str, ...]
    rows: Iterable[Sequence[object]]
    moments: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()

    def readable(self) -> Iterator[list[object]]:
        """The rows with moments and flags as people and programs expect them."""
        kinds = [_moment if name in self.moments else _flag if name in self.flags else None for name in self.columns]
        for row in self.rows:
            yield [cell if kind is None else kind(cell) for kind, cell in zip(kinds, row, strict=True)]


class _Echo:
    """What a csv writer writes to; it gives the text back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def as_csv(table: Table) -> Iterator[str]:
    """The header and the rows, a line each; what is not there is empty."""
    line: Callable[[Iterable[object]], str] = csv.writer(_Echo(), lineterminator="\n").writerow
    yield line(table.columns)
    for row in table.readable():
        yield line(row)


def as_json(table: Table) -> Iterator[str]:
    """A list with an object a line; what is not there is null."""
    before = "[\n"
    for row in table.readable():
        yield before + json.dumps(dict(zip(table.columns, row, strict=True)), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


FORMATS: dict[str, Callable[[Table], Iterator[str]]] = {"csv": as_csv, "json": as_json}
"""The ways of writing a table, by what a file of it is called."""


def _moment(cell: object) -> str | None:
    return iso(cell) if isinstance(cell, int) else None


def _flag(cell: object) -> bool:
    return bool(cell)
