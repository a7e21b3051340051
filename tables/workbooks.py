"""Read the sheets of an Excel workbook (.xlsx), as any program writes it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet._reader import WorkSheetParser

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

# Strict Open XML has other names for the same elements, and openpyxl knows only the usual ones.
# Source: ISO/IEC 29500-1 and 29500-4, annex A.
STRICT = b"http://purl.oclc.org/ooxml/"
USUAL_NAMES = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/main": b"http://schemas.openxmlformats.org/drawingml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
}


class ExcelBook:
    """An Excel workbook, opened."""

    def __init__(self, data: bytes) -> None:
        self._book: Any = load_workbook(BytesIO(_with_usual_names(data)), read_only=True, keep_links=False)
        self.sheets = [(sheet.title, sheet.sheet_state == "visible") for sheet in self._book.worksheets]

    def close(self) -> None:
        self._book.close()

    def read(self, name: str, most_rows: int, limits: FileLimits) -> Sheet:
        """Return a sheet. Rows without a value are no rows, however many the file declares."""
        sheet: Any = self._book[name]
        with closing(sheet._get_source()) as source:
            # openpyxl's own loop over rows fills the gaps between them, up to row 1,048,576, and leaves out merged
            # cells and what is hidden.
            parser = WorkSheetParser(
                source,
                sheet._shared_strings,
                epoch=self._book.epoch,
                date_formats=self._book._date_formats,
                timedelta_formats=self._book._timedelta_formats,
            )
            rows = tuple(rows_within_limits(_records(parser, sheet, name), name, most_rows, limits))
        return Sheet(
            name,
            rows,
            _merged(parser),
            frozenset(int(row) for row, found in parser.row_dimensions.items() if _is_hidden(found)),
            _hidden_columns(parser, limits),
        )


def _with_usual_names(data: bytes) -> bytes:
    with ZipFile(BytesIO(data)) as archive:
        if STRICT not in archive.read("xl/workbook.xml"):
            return data
        out = BytesIO()
        with ZipFile(out, "w", ZIP_STORED) as copy:
            for part in archive.infolist():
                content = archive.read(part)
                for strict, usual in USUAL_NAMES.items():
                    content = content.replace(strict, usual)
                copy.writestr(part.filename, content)
    return out.getvalue()


def _records(parser: WorkSheetParser, sheet: Any, name: str) -> Iterator[tuple[int, tuple[SheetCell, ...]]]:
    earlier = 0
    for number, found in parser.parse():
        if number <= earlier:  # No program writes such files.
            raise refuse_spreadsheet(
                "The rows are not in order, or one is there twice", SAVE_AS, sheet=name, row=number
            )
        earlier = number
        cells = {cell["column"]: ReadOnlyCell(sheet, **cell) for cell in found if cell["value"] is not None}
        if cells:
            yield number, tuple(_cell(cells[at]) if at in cells else EMPTY for at in range(1, max(cells) + 1))


def _cell(cell: Any) -> SheetCell:
    value, kind = cell.value, cell.data_type
    if kind == "f":
        kept = text_in_formula(value) if isinstance(value, str) else None
        return SheetCell("", "a formula") if kept is None else cell_of_text(kept)
    if kind == "e":
        return SheetCell("", f"the error {str(value)[:20]}")
    if isinstance(value, bool):
        return SheetCell("yes" if value else "no")
    if isinstance(value, (datetime, date, time, timedelta)):
        return cell_of_moment(value)
    if isinstance(value, (int, float)):
        return cell_of_number(value, "%" in (cell.number_format or ""))
    text = str(value)
    kept = text_in_formula(text)
    return cell_of_text(text if kept is None else kept)


def _merged(parser: WorkSheetParser) -> tuple[tuple[str, int], ...]:
    blocks = parser.merged_cells.mergeCell if parser.merged_cells else ()
    starts = [block.coord.split(":")[0] for block in blocks]
    return tuple((start.rstrip("0123456789"), int(start.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))) for start in starts)


def _is_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("hidden") in ("1", "true")


def _hidden_columns(parser: WorkSheetParser, limits: FileLimits) -> frozenset[int]:
    found: set[int] = set()
    for letter, attributes in parser.column_dimensions.items():
        if _is_hidden(attributes):
            first = column_index_from_string(letter)
            last = min(int(attributes.get("max", first)), limits.columns)
            found.update(range(first - 1, last))
    return frozenset(found)
