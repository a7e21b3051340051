"""Sort the rows of tables, and write them as CSV that a spreadsheet does not run as formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

Row = TypeVar("Row")

FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # A spreadsheet reads a cell that begins with one of these as a formula.


def in_order(rows: Iterable[Row], sorts: Mapping[str, tuple[str, Callable[[Row], Any]]], sort: str) -> list[Row]:
    """Sort rows by the key that ``sort`` names in ``sorts`` (label and key), or by the first key.

    A leading minus reverses the order. Rows with equal keys keep their order.

    >>> in_order(["b", "aa"], {"name": ("Name", str), "size": ("Size", len)}, "-size")
    ['aa', 'b']
    """
    _, key = sorts.get(sort.removeprefix("-")) or next(iter(sorts.values()))
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def without_formula(cell: str) -> str:
    """Return a cell's text, quoted if a spreadsheet would run it as a formula.

    Source: OWASP, CSV injection.

    >>> without_formula("=1+1"), without_formula("Ann")
    ("'=1+1", 'Ann')
    """
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Write rows, the column headings first, as CSV. Numbers stay numbers; None is an empty cell.

    >>> as_csv([["School", "Lines", "Out of"], ["=Oak", -3, 209.0], ["Elm", None, 4.5]])
    "School,Lines,Out of\\r\\n'=Oak,-3,209\\r\\nElm,,4.5\\r\\n"
    """
    out = io.StringIO()
    csv.writer(out).writerows([_written(cell) for cell in row] for row in rows)
    return out.getvalue()


def _written(cell: object) -> object:
    if isinstance(cell, str):
        return without_formula(cell)
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
