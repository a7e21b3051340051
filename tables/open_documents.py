"""Read the sheets of an OpenDocument spreadsheet (.ods).

Source: OpenDocument 1.3, part 3, sections 9 (tables) and 19 (attributes).
"""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from defusedxml.ElementTree import parse
from openpyxl.utils import get_column_letter

from tables.faults import refuse_spreadsheet
from tables.file_safety import SAVE_AS, FileLimits
from tables.sheets import (
    EMPTY,
    Sheet,
    SheetCell,
    cell_of_moment,
    cell_of_number,
    cell_of_text,
    rows_within_limits,
    text_in_formula,
)

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
HIDDEN = ("collapse", "filter")
GROUPS = {f"{TABLE}{name}" for name in ("table-header-rows", "table-row-group", "table-rows")}
COLUMN_GROUPS = {f"{TABLE}{name}" for name in ("table-header-columns", "table-column-group", "table-columns")}


class OpenDocumentBook:
    """An OpenDocument spreadsheet, opened."""

    def __init__(self, data: bytes) -> None:
        with ZipFile(BytesIO(data)) as archive, archive.open("content.xml") as part:
            root = parse(part).getroot()
        body = root.find(f"{OFFICE}body/{OFFICE}spreadsheet")
        if body is None:
            raise refuse_spreadsheet("It is an OpenDocument file, but not a spreadsheet", SAVE_AS)
        unseen = {
            style.get(f"{STYLE}name")
            for style in root.iter(f"{STYLE}style")
            for properties in style.iter(f"{STYLE}table-properties")
            if properties.get(f"{TABLE}display") == "false"
        }
        self._tables = {table.get(f"{TABLE}name", ""): table for table in body.findall(f"{TABLE}table")}
        self.sheets = [(name, table.get(f"{TABLE}style-name") not in unseen) for name, table in self._tables.items()]

    def close(self) -> None:
        self._tables = {}

    def read(self, name: str, most_rows: int, limits: FileLimits) -> Sheet:
        """Return a sheet. Repeated empty rows and cells, which fill a sheet to its edges, say nothing."""
        table = self._tables[name]
        merged: list[tuple[str, int]] = []
        hidden_rows: set[int] = set()
        records = _records(table, merged, hidden_rows, limits)
        rows = tuple(rows_within_limits(records, name, most_rows, limits))
        return Sheet(name, rows, tuple(merged), frozenset(hidden_rows), _hidden_columns(table, limits))


def _records(
    table: Any, merged: list[tuple[str, int]], hidden_rows: set[int], limits: FileLimits
) -> Iterator[tuple[int, tuple[SheetCell, ...]]]:
    number = 1
    for row in _within(table, f"{TABLE}table-row", GROUPS):
        times = _times(row, "rows")
        cells = _cells(row, number, merged, limits)
        if cells:
            for later in range(number, number + times):
                if row.get(f"{TABLE}visibility") in HIDDEN:
                    hidden_rows.add(later)
                yield later, cells
        number += times


def _within(parent: Any, tag: str, groups: set[str]) -> Iterator[Any]:
    """Return the children with a name, also in groups of them."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in groups:
            yield from _within(child, tag, groups)


def _cells(row: Any, number: int, merged: list[tuple[str, int]], limits: FileLimits) -> tuple[SheetCell, ...]:
    cells: list[SheetCell] = []
    empty = 0  # Cells since the last that is not empty.
    for cell in row:
        if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        times, read = _times(cell, "columns"), _cell(cell)
        if read == EMPTY:
            empty += times
            continue
        cells += [EMPTY] * min(empty, limits.columns + 1)
        empty = 0
        if (
            cell.get(f"{TABLE}number-columns-spanned", "1") != "1"
            or cell.get(f"{TABLE}number-rows-spanned", "1") != "1"
        ):
            merged.append((get_column_letter(len(cells) + 1), number))
        cells += [read] * min(times, limits.columns + 1)
    return tuple(cells)


def _times(element: Any, what: str) -> int:
    return max(int(element.get(f"{TABLE}number-{what}-repeated", "1")), 1)


def _cell(cell: Any) -> SheetCell:
    kind, formula = cell.get(f"{OFFICE}value-type", ""), cell.get(f"{TABLE}formula")
    text = "\n".join(_text(paragraph) for paragraph in cell.findall(f"{TEXT}p"))
    if formula is not None:
        kept = text_in_formula(formula.partition(":")[2])  # Its namespace comes first: of:="0123".
        return SheetCell("", "a formula") if kept is None else cell_of_text(kept)
    if kind in ("float", "currency", "percentage"):
        value = cell.get(f"{OFFICE}value", "")
        return cell_of_number(int(value) if value.isdigit() else float(value), kind == "percentage")
    if kind == "boolean":
        return SheetCell("yes" if cell.get(f"{OFFICE}boolean-value") == "true" else "no")
    if kind == "date":
        return cell_of_moment(date.fromisoformat(cell.get(f"{OFFICE}date-value", "")[:10]))
    if kind == "time":
        return SheetCell(text, "a date or a time")
    return cell_of_text(text)


def _text(element: Any) -> str:
    """Return the text of a paragraph, with its spaces and line ends, and without comments about it."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{TEXT}s":
            parts.append(" " * min(int(child.get(f"{TEXT}c", "1")), 100))
        elif child.tag in (f"{TEXT}tab", f"{TEXT}line-break"):
            parts.append("\t" if child.tag.endswith("tab") else "\n")
        elif child.tag != f"{OFFICE}annotation":
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _hidden_columns(table: Any, limits: FileLimits) -> frozenset[int]:
    found: set[int] = set()
    at = 0
    for column in _within(table, f"{TABLE}table-column", COLUMN_GROUPS):
        times = _times(column, "columns")
        if column.get(f"{TABLE}visibility") in HIDDEN:
            found.update(range(at, min(at + times, limits.columns)))
        at += times
    return frozenset(found)
