"""Find the table in any file that people send or publish, and read it: the only reader for tables.

CSV text and workbooks give the same: column headings, a frame of texts, and what was left out. Rows and columns keep
the numbers and letters that they have in the file.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from tables.faults import SpreadsheetFault, SpreadsheetRefused, refuse_spreadsheet
from tables.file_safety import SAVE_AS, SENT, FileKind, FileLimits, file_kind
from tables.headings import Fits, find_headings
from tables.open_documents import OpenDocumentBook
from tables.sheets import SEND_LESS, Sheet, chosen_sheet, column_name, several_sheets
from tables.table import ABOVE, BELOW, HIDDEN, LeftOut, Table
from tables.table_cells import LAST_ROWS, MOST_ROWS, SheetTable, TextTable, texts_of
from tables.text_decoding import decode_text
from tables.text_rows import start_of
from tables.workbooks import ExcelBook

__all__ = [
    "ABOVE",
    "BELOW",
    "HIDDEN",
    "FoundTable",
    "LeftOut",
    "NoHeadings",
    "Table",
    "find_table",
    "read_table",
]


class NoHeadings(SpreadsheetRefused):
    """A file without column headings."""


class FoundTable(Protocol):
    """A table that was found in a file: its headings are known, and its rows are still to be read."""

    @property
    def headings(self) -> tuple[str, ...]: ...

    def read(self, *, free_text: str = "", only: Sequence[str] = ()) -> Table:
        """Read the rows.

        ``free_text`` is the normal name of a column whose unquoted separators are repaired. With ``only``, the table
        has only the columns with these normal names, in the file's order: a file of a million rows takes little memory.
        """
        ...


def read_table(
    data: bytes,
    *,
    sheet_name: str = "",
    fits: Fits | None = None,
    most_rows: int = MOST_ROWS,
    limits: FileLimits = SENT,
) -> Table:
    """Return the table in a file. See ``find_table``.

    Raises:
        SpreadsheetRefused: also if there are no rows under the headings, or the file ends in the middle of one.
    """
    return find_table(data, sheet_name=sheet_name, fits=fits, most_rows=most_rows, limits=limits).read()


def find_table(
    data: bytes,
    *,
    sheet_name: str = "",
    fits: Fits | None = None,
    most_rows: int = MOST_ROWS,
    limits: FileLimits = SENT,
) -> FoundTable:
    """Find the table in a file and its column headings, below any titles.

    ``fits`` says whether headings are those of a table that is looked for. It chooses the row of headings, and the
    sheet of several: without it or ``sheet_name``, a workbook must have only one visible sheet that is not empty.

    Raises:
        SeveralSheets: more than one sheet could be meant; ask which.
        SpreadsheetRefused: the file cannot be read, or no row can be its column headings. Each fault has its place.
    """
    kind = file_kind(data, limits)
    if kind is FileKind.TEXT:
        return _text_table(decode_text(data), fits, most_rows, limits)
    try:
        book = (ExcelBook if kind is FileKind.WORKBOOK else OpenDocumentBook)(data)
        try:
            return _book_table(book, sheet_name, fits, lambda name: book.read(name, most_rows, limits))
        finally:
            book.close()
    except SpreadsheetRefused:
        raise
    except Exception as fault:
        # openpyxl raises a dozen kinds of exception for a part that is not what it should be.
        raise refuse_spreadsheet("The workbook is damaged: we cannot read it to the end", SAVE_AS) from fault


def _empty_sheet(sheet: str = "") -> SpreadsheetRefused:
    return refuse_spreadsheet("The sheet is empty", "Choose the file or the sheet with the data", sheet=sheet)


def _no_headings(row: int, sheet: str = "") -> NoHeadings:
    # Data instead of column headings could be about pupils, so it is neither quoted nor offered as a choice.
    what, todo = "We could not find any column headings", "Send the table with its column headings"
    return NoHeadings([SpreadsheetFault(sheet=sheet, row=row, what=what, todo=todo)])


def _book_table(
    book: ExcelBook | OpenDocumentBook, sheet_name: str, fits: Fits | None, read: Callable[[str], Sheet]
) -> SheetTable:
    visible = [name for name, is_visible in book.sheets if is_visible]
    if sheet_name or len(visible) < 2:
        return _of_sheet(read(chosen_sheet(book.sheets, sheet_name)), fits)
    if not fits:
        with_rows = [sheet for name in visible if (sheet := read(name)).rows]
        if len(with_rows) != 1:
            raise several_sheets([sheet.name for sheet in with_rows] or visible)
        return _of_sheet(with_rows[0], fits)
    found = [_of_sheet_that_fits(read(name), fits) for name in visible]
    fitting = [table for table in found if table]
    if len(fitting) != 1:
        raise several_sheets([table.sheet.name for table in fitting] or visible)
    return fitting[0]


def _of_sheet_that_fits(sheet: Sheet, fits: Fits) -> SheetTable | None:
    found = find_headings([texts_of(row) for row in sheet.rows[:LAST_ROWS]], fits)
    return SheetTable(sheet, found) if found and fits(found.names) else None


def _of_sheet(sheet: Sheet, fits: Fits | None) -> SheetTable:
    if not sheet.rows:
        raise _empty_sheet(sheet.name)
    found = find_headings([texts_of(row) for row in sheet.rows[:LAST_ROWS]], fits)
    if not found:
        raise _no_headings(sheet.rows[0].number, sheet.name)
    return SheetTable(sheet, found)


def _text_table(text: str, fits: Fits | None, most_rows: int, limits: FileLimits) -> TextTable:
    start = start_of(text)
    near = [at for at, record in enumerate(start.records) if any(cell.strip() for cell in record.cells)]
    found = find_headings([(start.records[at].number, start.records[at].cells) for at in near], fits)
    if not near:
        raise _empty_sheet()
    for at in near:
        cells = start.records[at].cells
        width = max(place for place, cell in enumerate(cells, 1) if cell.strip())
        if width > limits.columns:
            last, number = column_name(width - 1, ""), start.records[at].number
            raise refuse_spreadsheet("More columns than we can read", SEND_LESS, row=number, column=last)
    if not found:
        raise _no_headings(start.records[near[0]].number)
    return TextTable(text, start, found, near, most_rows, limits)
