"""Tables: their rows in order, and as comma-separated values that a spreadsheet shows and does not run."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

Row = TypeVar("Row")

RUNS = ("=", "+", "-", "@", "\t", "\r")  # A cell that begins so is a formula to a spreadsheet.


def in_order(rows: Iterable[Row], sorts: Mapping[str, tuple[str, Callable[[Row], Any]]], sort: str) -> list[Row]:
    """Sort rows by the key that ``sort`` names among ``sorts`` (label and key), else by the first of them.

    A leading minus turns the order round. Rows alike in that key stay as they came.

    >>> in_order(["b", "aa"], {"name": ("Name", str), "size": ("Size", len)}, "-size")
    ['aa', 'b']
    """
    _, key = sorts.get(sort.removeprefix("-")) or next(iter(sorts.values()))
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def harmless(cell: str) -> str:
    """Return the text of a cell so that it is never a formula.

    Source: OWASP, CSV injection.

    >>> harmless("=1+1"), harmless("Ann")
    ("'=1+1", 'Ann')
    """
    return f"'{cell}" if cell.startswith(RUNS) else cell


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Write rows, the first of them the heads; numbers stay numbers, None is an empty cell.

    >>> as_csv([["School", "Lines"], ["=Oak", -3], ["Elm", None]])
    "School,Lines\\r\\n'=Oak,-3\\r\\nElm,\\r\\n"
    """
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()
