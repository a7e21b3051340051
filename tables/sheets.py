"""Read a workbook or a text file into rows of cells, and say which cells are not plain values."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import islice, pairwise
from typing import Any, NamedTuple, TypeVar
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from tables.faults import SpreadsheetRefused, refuse_spreadsheet
from tables.file_safety import SAVE_AS, FileKind, file_kind
from tables.text_decoding import decode_text, unquote

MOST_COLUMNS = 80
MOST_CELLS = 500_000
MOST_LETTERS = 20_000_000  # In all cells together, because a workbook can show one long text in every cell.
LONGEST = 10_000  # Characters in a cell.
SEPARATORS = (",", ";", "\t", "|")
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\sref="([A-Za-z]+)([0-9]+):')
NUMBERED = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="([0-9]{1,7})"')
Raw = TypeVar("Raw")  # A cell as the reading library gives it.
UNKEPT = re.compile("[\x00\ud800-\udfff]")


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
    """The rows of one sheet that are not empty. A text file is a sheet without a name."""

    name: str
    rows: tuple[SheetRow, ...]
    merged: tuple[tuple[str, int], ...] = ()  # Column letter and row of the first cell of each merged block.


def read_sheet(data: bytes, *, sheet_name: str = "", most_rows: int) -> Sheet:
    """Return the sheet called ``sheet_name``, or the only visible one.

    Raises:
        SpreadsheetRefused: we cannot read the file or the sheet.
    """
    if file_kind(data) is FileKind.TEXT:
        records = ((number, _trimmed(texts, str.strip)) for number, texts in _records(decode_text(data)))
        return Sheet("", tuple(_rows(records, _text_cell, "", most_rows)))
    try:
        return _of_workbook(data, sheet_name, most_rows)
    except SpreadsheetRefused:
        raise
    except Exception as fault:
        # openpyxl raises a dozen kinds of exception for a part that is not what it should be.
        raise refuse_spreadsheet("The workbook is damaged: we cannot read it to the end", SAVE_AS) from fault


def column_name(at: int, head: str) -> str:
    """Name a column by its letter and its heading.

    >>> column_name(11, "Figure")
    'L, Figure'
    """
    return ", ".join(part for part in (get_column_letter(at + 1), head) if part)


def _of_workbook(data: bytes, sheet_name: str, most_rows: int) -> Sheet:
    book = load_workbook(BytesIO(data), read_only=True, keep_links=False)
    try:
        name = _chosen([(worksheet.title, worksheet.sheet_state) for worksheet in book.worksheets], sheet_name)
        sheet = book[name]
        sheet.reset_dimensions()  # The size that the file gives may be wrong.
        part = _part(data, sheet._worksheet_path)  # type: ignore[attr-defined]  # Only with read_only.
        _check_order(part, name)
        found = enumerate(islice(sheet.iter_rows(), most_rows + 1), 1)
        records = ((number, _trimmed(cells, lambda cell: cell.value is not None)) for number, cells in found)
        rows = _rows(records, _cell, name, most_rows)
        return Sheet(name, tuple(rows), _merged(part))
    finally:
        book.close()


def _trimmed(cells: Sequence[Raw], says_something: Callable[[Raw], object]) -> Sequence[Raw]:
    """Return the cells of a row up to the last that is not empty."""
    last = len(cells)
    while last and not says_something(cells[last - 1]):
        last -= 1
    return cells[:last]


def _rows(
    records: Iterable[tuple[int, Sequence[Raw]]], read: Callable[[Raw], SheetCell], name: str, most_rows: int
) -> Iterator[SheetRow]:
    """Return the rows that are not empty, or refuse a sheet far larger than any return or export."""
    count = letters = 0
    todo = "Send only the rows and columns that are asked for"
    for number, found in records:
        if number > most_rows:
            raise _too_long(name, most_rows)
        if len(found) > MOST_COLUMNS:
            last = column_name(len(found) - 1, "")
            raise refuse_spreadsheet("More columns than we can read", todo, sheet=name, row=number, column=last)
        cells = tuple(read(cell) for cell in found)
        count += len(cells)
        letters += sum(len(cell.text) for cell in cells)
        if count > MOST_CELLS or letters > MOST_LETTERS:
            raise refuse_spreadsheet("More cells, or more text in them, than we can read", todo, sheet=name, row=number)
        if any(cell.text or cell.problem for cell in cells):
            yield SheetRow(number, cells)


def _chosen(sheets: list[tuple[str, str]], sheet_name: str) -> str:
    seen = [name for name, state in sheets if state == "visible"]
    hidden = [name for name, state in sheets if state != "visible"]
    same = [name for name, _ in sheets if sheet_name and name.strip().lower() == sheet_name.lower()]
    if same and same[0] in hidden:
        raise refuse_spreadsheet(
            "The sheet is hidden", "Show the sheet, check it, and send the file again", sheet=same[0]
        )
    if same:
        return same[0]
    if len(seen) == 1:
        return seen[0]
    if not seen:
        raise refuse_spreadsheet("The workbook has no visible sheet", "Show the sheet with the data and send it again")
    asked = f"a sheet called “{sheet_name}”" if sheet_name else "one sheet"
    todo = f"Call the sheet “{sheet_name}” again" if sheet_name else "Delete or hide the sheets that are not the export"
    raise refuse_spreadsheet(f"Expected {asked}; found {', '.join(f'“{name[:40]}”' for name in seen[:8])}", todo)


def _too_long(name: str, most_rows: int) -> SpreadsheetRefused:
    return refuse_spreadsheet(
        f"The sheet has more than {most_rows:,} rows, more than we can read",
        "Delete all rows below your data, even if they look empty, and save",
        sheet=name,
        row=most_rows + 1,
    )


def _part(data: bytes, part: str) -> bytes:
    with ZipFile(BytesIO(data)) as archive:
        return archive.read(part.lstrip("/"))


def _merged(part: bytes) -> tuple[tuple[str, int], ...]:
    # openpyxl leaves out merged cells when it reads row by row, and reading row by row saves memory.
    return tuple((column.decode().upper(), int(row[:7])) for column, row in MERGED.findall(part))


def _check_order(part: bytes, name: str) -> None:
    # openpyxl silently leaves out a row below a row with a higher number. No program writes such files.
    numbers = [int(number) for number in NUMBERED.findall(part)]
    if wrong := next((later for earlier, later in pairwise(numbers) if later <= earlier), None):
        raise refuse_spreadsheet("The rows are not in order, or one is there twice", SAVE_AS, sheet=name, row=wrong)


def _cell(cell: Any) -> SheetCell:
    value, kind = cell.value, cell.data_type
    if value is None:
        return SheetCell()
    if kind == "f":
        return SheetCell("", "a formula")
    if kind == "e":
        return SheetCell("", f"the error {str(value)[:20]}")
    if isinstance(value, bool):
        return SheetCell("yes" if value else "no")
    if isinstance(value, (datetime, date, time, timedelta)):
        return SheetCell(_written(value), "a date or a time")
    if isinstance(value, (int, float)):
        return _number(value, "%" in (cell.number_format or ""))
    return _text(str(value))


def _written(value: datetime | date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _number(value: int | float, is_percentage: bool) -> SheetCell:
    if isinstance(value, int) and not is_percentage and abs(value) <= 10**15:
        return SheetCell(str(value))  # Same result as below. Most cells of an export are whole numbers.
    # A cell shown as 94.2% contains 0.942. Six decimals keep what people type and drop what binary fractions add.
    exact = Decimal(repr(value)) * (100 if is_percentage else 1)
    if not exact.is_finite() or abs(exact) > Decimal(10) ** 15:
        return SheetCell("", "a number that is too large")
    text = f"{round(exact, 6):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return SheetCell(f"{text}%" if is_percentage else text)


def _text(text: str) -> SheetCell:
    if len(text) > LONGEST:  # First, so that nothing searches it.
        return SheetCell(text[:100], f"a text of {len(text):,} characters")
    if found := UNKEPT.search(text):
        is_nul = found[0] == "\x00"
        what = "an invisible character (NUL)" if is_nul else "half a character (a lone surrogate)"
        return SheetCell("", f"text with {what}")
    return SheetCell(unquote(text))


def _text_cell(text: str) -> SheetCell:
    stripped = text.strip()
    # "=1+1" is a formula that a spreadsheet saved. A figure or a comment may begin with a minus or a plus.
    return SheetCell("", "a formula") if stripped.startswith("=") else _text(text)


def _records(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Read the records of a text file, numbered as in a spreadsheet."""
    separator = _separator(text)
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            yield number, record
    except csv.Error as fault:
        raise refuse_spreadsheet(
            "We cannot read the row: a quotation mark is missing or in the wrong place, or a cell is far too long",
            "Check the quotation marks in this row and the row before, or save the sheet as CSV again",
            row=number + 1,
        ) from fault


def _separator(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first[:4].lower() == "sep=" and first[4:5] not in ("", '"'):  # A quotation mark cannot be a separator.
        return first[4]
    outside = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=outside.count)
