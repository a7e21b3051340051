"""Describe a sheet as rows of cells, and say which cells are not plain values."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from tables.faults import SeveralSheets, SpreadsheetFault, refuse_spreadsheet
from tables.file_safety import FileLimits
from tables.text_decoding import unquote

LONGEST = 10_000  # Characters in a cell.
UNKEPT = re.compile("[\x00\ud800-\udfff]")
TEXT_AS_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
SEND_LESS = "Send only the rows and columns that are asked for"


class SheetCell(NamedTuple):
    """The text of a cell, and what the cell is if it is not a plain value."""

    text: str = ""
    problem: str = ""


EMPTY = SheetCell()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty, with its number in the file."""

    number: int
    cells: tuple[SheetCell, ...]

    def cell(self, at: int) -> SheetCell:
        return self.cells[at] if at < len(self.cells) else EMPTY


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet of a workbook that are not empty."""

    name: str
    rows: tuple[SheetRow, ...]
    merged: tuple[tuple[str, int], ...] = ()  # Column letter and row of the first cell of each merged block.
    hidden_rows: frozenset[int] = frozenset()  # Their numbers.
    hidden_columns: frozenset[int] = frozenset()  # Their positions, from 0.


def column_name(at: int, heading: str) -> str:
    """Name a column by its letter and its heading.

    >>> column_name(11, "Figure")
    'L, Figure'
    """
    return ", ".join(part for part in (get_column_letter(at + 1), heading) if part)


def rows_within_limits(
    records: Iterable[tuple[int, tuple[SheetCell, ...]]], name: str, most_rows: int, limits: FileLimits
) -> Iterator[SheetRow]:
    """Return the rows that are not empty, or refuse a sheet far larger than anything that we ask for."""
    rows = count = letters = 0
    for number, cells in records:
        if not any(cell.text or cell.problem for cell in cells):
            continue
        rows += 1
        if rows > most_rows:
            raise refuse_spreadsheet(
                f"The sheet has more than {most_rows:,} rows, more than we can read",
                SEND_LESS,
                sheet=name,
                row=number,
            )
        if len(cells) > limits.columns:
            last = column_name(len(cells) - 1, "")
            raise refuse_spreadsheet("More columns than we can read", SEND_LESS, sheet=name, row=number, column=last)
        count += len(cells)
        letters += sum(len(cell.text) for cell in cells)
        if count > limits.cells or letters > limits.letters:
            what = "More cells, or more text in them, than we can read"
            raise refuse_spreadsheet(what, SEND_LESS, sheet=name, row=number)
        yield SheetRow(number, cells)


def chosen_sheet(sheets: list[tuple[str, bool]], asked: str) -> str:
    """Return the name of the sheet called ``asked``, or of the only visible one. Each has a name and is visible or not.

    Raises:
        SeveralSheets: there are several, and none is called ``asked``.
        SpreadsheetRefused: the sheet is hidden, or no sheet is visible.
    """
    visible = [name for name, is_visible in sheets if is_visible]
    same = [name for name, _ in sheets if asked and name.strip().lower() == asked.strip().lower()]
    if same and same[0] not in visible:
        raise refuse_spreadsheet(
            "The sheet is hidden", "Show the sheet, check it, and send the file again", sheet=same[0]
        )
    if same:
        return same[0]
    if len(visible) == 1:
        return visible[0]
    if not visible:
        raise refuse_spreadsheet("The workbook has no visible sheet", "Show the sheet with the data and send it again")
    raise several_sheets(visible, asked)


def several_sheets(names: list[str], asked: str = "") -> SeveralSheets:
    """Return the refusal of a workbook of which several sheets could be meant."""
    expected = f"a sheet called “{asked}”" if asked else "one sheet"
    found = ", ".join(f"“{name[:40]}”" for name in names[:8])
    todo = f"Call the sheet “{asked}” again" if asked else "Choose the sheet, or delete or hide the others"
    return SeveralSheets(names, SpreadsheetFault(what=f"Expected {expected}; found {found}", todo=todo))


def cell_of_number(value: int | float, is_percentage: bool) -> SheetCell:
    """Return a number as people write it.

    >>> cell_of_number(0.942, True).text, cell_of_number(12.0, False).text
    ('94.2%', '12')
    """
    if isinstance(value, int) and not is_percentage and abs(value) <= 10**15:
        return SheetCell(str(value))  # Same result as below. Most cells of an export are whole numbers.
    # A cell shown as 94.2% contains 0.942. Six decimals keep what people type and drop what binary fractions add.
    exact = Decimal(repr(value)) * (100 if is_percentage else 1)
    if not exact.is_finite() or abs(exact) > Decimal(10) ** 15:
        return SheetCell("", "a number that is too large")
    text = f"{round(exact, 6):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return SheetCell(f"{text}%" if is_percentage else text)


def cell_of_moment(value: datetime | date | time | timedelta) -> SheetCell:
    """Return a date as 2026-01-31. It is a problem where a number or a text is expected."""
    if isinstance(value, datetime):
        value = value.date()
    return SheetCell(value.isoformat() if isinstance(value, (date, time)) else str(value), "a date or a time")


def cell_of_text(text: str) -> SheetCell:
    """Return a text that a person can have typed."""
    if len(text) > LONGEST:  # First, so that nothing searches it.
        return SheetCell(text[:100], f"a text of {len(text):,} characters")
    if found := UNKEPT.search(text):
        is_nul = found[0] == "\x00"
        what = "an invisible character (NUL)" if is_nul else "half a character (a lone surrogate)"
        return SheetCell("", f"text with {what}")
    return SheetCell(unquote(text))


def cell_of_typed(text: str) -> SheetCell:
    """Return a cell of a text file. A figure or a comment may begin with a minus or a plus.

    >>> cell_of_typed('="0123"'), cell_of_typed("=1+1")
    (SheetCell(text='0123', problem=''), SheetCell(text='', problem='a formula'))
    """
    stripped = text.strip()
    if not stripped.startswith("="):
        return cell_of_text(text)
    kept = text_in_formula(stripped)
    return SheetCell("", "a formula") if kept is None else cell_of_text(kept)


def text_in_formula(formula: str) -> str | None:
    """Return the text that a system wrote as a formula so that a spreadsheet keeps it as text, or None.

    >>> text_in_formula('="0123"'), text_in_formula('="a"&"b"')
    ('0123', None)
    """
    found = TEXT_AS_FORMULA.fullmatch(formula.strip())
    return found[1].replace('""', '"') if found else None
