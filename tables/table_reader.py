"""Read a table from any file that people send or publish: the only reader for tables.

CSV text and workbooks give the same: column headings, a frame of texts, and what was left out. Rows and columns keep
the numbers and letters that they have in the file.
"""

import csv
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Protocol

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter
from pandas.api.types import union_categoricals

from tables.faults import SpreadsheetFault, SpreadsheetRefused, refuse_spreadsheet
from tables.file_safety import SAVE_AS, SENT, FileKind, FileLimits, file_kind
from tables.headings import Fits, Headings, find_headings, letter_heading, normal_name, notes_below
from tables.numbers import with_decimal_points
from tables.open_documents import OpenDocumentBook
from tables.sheets import (
    SEND_LESS,
    Sheet,
    SheetCell,
    SheetRow,
    cell_of_typed,
    chosen_sheet,
    column_name,
    several_sheets,
    text_in_formula,
)
from tables.text_decoding import decode_text
from tables.text_rows import TextStart, records_of, start_of
from tables.workbooks import ExcelBook

ABOVE = "above the column headings"
BELOW = "a note below the table"
HIDDEN = "hidden in the file"
MANY_QUOTES = 10_000
ROWS_AT_ONCE = 100_000
LAST_ROWS = 40  # Search these for notes below the table.
MOST_ROWS = 2_000_000


@dataclass(frozen=True, order=True)
class LeftOut:
    """Rows of a file that are not in its table, and why. ``row`` and ``last`` are their numbers in the file."""

    row: int
    reason: str
    last: int = 0

    def __str__(self) -> str:
        rows = f"Rows {self.row} to {self.last}" if self.last > self.row else f"Row {self.row}"
        return f"{rows}: {self.reason}"


@dataclass(frozen=True)
class Table:
    """A table, read.

    ``frame`` has a row for each row under the headings that is not empty, with the row's number in the file as its
    index, and a column for each of ``headings``, named by its position in the file from 0. Its cells are texts, as the
    file writes them. A column that has cells but no heading is headed "Column D"; one that has neither is left out.
    """

    headings: tuple[str, ...]
    frame: pd.DataFrame
    head_row: int
    left_out: tuple[LeftOut, ...] = ()
    sheet: str = ""  # Empty for a text file.
    hidden_rows: tuple[int, ...] = ()  # Numbers of the rows of ``frame`` that are hidden in the file.
    hidden_columns: tuple[str, ...] = ()  # Letters of the columns of ``frame`` that are hidden in the file.
    merged: tuple[tuple[str, int], ...] = ()  # Column letter and row of the first cell of each merged block.
    repaired: tuple[int, ...] = ()  # Numbers of the rows whose unquoted separators were repaired.
    problems: Mapping[tuple[int, int], str] = field(default_factory=dict)  # By row number and column position.
    is_text: bool = False

    def named(self) -> pd.DataFrame:
        """Return the frame with the normal names of the headings.

        Raises:
            SpreadsheetRefused: two columns have the same name.
        """
        names = [normal_name(heading) for heading in self.headings]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise SpreadsheetRefused(
                SpreadsheetFault(
                    sheet=self.sheet,
                    row=self.head_row,
                    what=f"The column “{name}” is in the file twice",
                    todo="Delete or rename one of them",
                )
                for name in doubled
            )
        return self.frame.set_axis(names, axis="columns")

    @property
    def positions(self) -> list[int]:
        """Return the position in the file, from 0, of each of ``headings``."""
        return [int(position) for position in self.frame.columns]

    def place(self, at: int) -> str:
        """Name the column at a position of ``headings`` by its letter and its heading: "L, Figure"."""
        heading, position = self.headings[at], self.positions[at]
        return column_name(position, "" if heading == letter_heading(position) else heading)

    def rows(self) -> Iterator[SheetRow]:
        """Return the rows as cells, one for each of ``headings``, that say which of them are not plain values."""
        for number, texts in zip(self.frame.index, self.frame.itertuples(index=False, name=None), strict=True):
            if self.is_text:
                yield SheetRow(number, tuple(map(cell_of_typed, texts)))
            else:
                problems = (self.problems.get((number, position), "") for position in self.positions)
                yield SheetRow(number, tuple(map(SheetCell, texts, problems)))

    def as_csv(self) -> str:
        """Return the table as CSV with its headings in row 1, and each row as far below them as in the file."""
        rows: list[list[str]] = [list(self.headings)]
        for number, texts in zip(self.frame.index, self.frame.to_numpy().tolist(), strict=True):
            rows += [[]] * (number - self.head_row - len(rows))
            rows.append(texts)
        out = StringIO()
        csv.writer(out).writerows(rows)
        return out.getvalue()

    def without_hidden(self) -> "Table":
        """Return the table without its hidden rows and columns, which it then has left out."""
        shown = [get_column_letter(position + 1) not in self.hidden_columns for position in self.positions]
        frame = self.frame.loc[~self.frame.index.isin(self.hidden_rows), shown]
        left_out = tuple(sorted([*self.left_out, *_ranges(self.hidden_rows, HIDDEN)]))
        headings = tuple(heading for heading, is_shown in zip(self.headings, shown, strict=True) if is_shown)
        return replace(self, headings=headings, frame=frame, left_out=left_out, hidden_rows=(), hidden_columns=())


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


def _no_rows(sheet: str, head: int) -> SpreadsheetRefused:
    return refuse_spreadsheet(
        "The file has column headings but no rows",
        "Export or download the table again, with its rows",
        sheet=sheet,
        row=head,
    )


def _empty_sheet(sheet: str = "") -> SpreadsheetRefused:
    return refuse_spreadsheet("The sheet is empty", "Choose the file or the sheet with the data", sheet=sheet)


def _no_headings(row: int, sheet: str = "") -> NoHeadings:
    # Data instead of column headings could be about pupils, so it is neither quoted nor offered as a choice.
    what, todo = "We could not find any column headings", "Send the table with its column headings"
    return NoHeadings([SpreadsheetFault(sheet=sheet, row=row, what=what, todo=todo)])


# Workbooks


@dataclass(frozen=True)
class _SheetTable:
    sheet: Sheet
    found: Headings

    @property
    def headings(self) -> tuple[str, ...]:
        return self.found.names

    def read(self, *, free_text: str = "", only: Sequence[str] = ()) -> Table:
        sheet, found = self.sheet, self.found
        head, rows = sheet.rows[found.last], sheet.rows[found.last + 1 :]
        width = max((len(row.cells) for row in (head, *rows)), default=0)
        width = max(width, len(found.names))
        notes = notes_below([_as_texts(row) for row in rows[-LAST_ROWS:]], _width(found.names))
        kept, below = rows[: len(rows) - notes], rows[len(rows) - notes :]
        if not kept:
            raise _no_rows(sheet.name, head.number)
        texts = [[cell.text for cell in row.cells] + [""] * (width - len(row.cells)) for row in kept]
        frame = pd.DataFrame(texts, index=[row.number for row in kept], columns=range(width), dtype=object)
        problems = {(row.number, at): cell.problem for row in kept for at, cell in enumerate(row.cells) if cell.problem}
        has_cells = (frame != "").any().to_numpy(copy=True)
        has_cells[sorted({at for _, at in problems})] = True
        headings, frame = _only(*_headed(found.names, frame, has_cells), only)
        left_out = [
            *_above([row.number for row in sheet.rows[: found.first]]),
            *_ranges([row.number for row in below], BELOW),
            *_gaps(head.number, frame.index.to_numpy()),
        ]
        return Table(
            headings,
            frame,
            head.number,
            tuple(sorted(left_out)),
            sheet=sheet.name,
            hidden_rows=tuple(row.number for row in kept if row.number in sheet.hidden_rows),
            hidden_columns=tuple(
                get_column_letter(at + 1) for at in map(int, frame.columns) if at in sheet.hidden_columns
            ),
            merged=sheet.merged,
            problems=problems,
        )


def _book_table(
    book: ExcelBook | OpenDocumentBook, sheet_name: str, fits: Fits | None, read: Callable[[str], Sheet]
) -> _SheetTable:
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


def _of_sheet_that_fits(sheet: Sheet, fits: Fits) -> _SheetTable | None:
    found = find_headings([_as_texts(row) for row in sheet.rows[:LAST_ROWS]], fits)
    return _SheetTable(sheet, found) if found and fits(found.names) else None


def _of_sheet(sheet: Sheet, fits: Fits | None) -> _SheetTable:
    if not sheet.rows:
        raise _empty_sheet(sheet.name)
    found = find_headings([_as_texts(row) for row in sheet.rows[:LAST_ROWS]], fits)
    if not found:
        raise _no_headings(sheet.rows[0].number, sheet.name)
    return _SheetTable(sheet, found)


def _as_texts(row: SheetRow) -> tuple[int, list[str]]:
    return row.number, [cell.text or cell.problem for cell in row.cells]


# Text files


@dataclass(frozen=True)
class _TextTable:
    text: str
    start: TextStart
    found: Headings
    near: list[int]  # Positions in ``start.records`` of the rows that were searched for headings.
    most_rows: int
    limits: FileLimits

    @property
    def headings(self) -> tuple[str, ...]:
        return self.found.names

    @property
    def head(self) -> int:
        return self.start.records[self.near[self.found.last]].number

    def read(self, *, free_text: str = "", only: Sequence[str] = ()) -> Table:
        names = self._with_unheaded()
        begin = self.start.records[self.near[self.found.last]].start
        places = _places(names, only)
        frame = _quickly(self.text, begin, self.start.separator, len(names), places)
        repaired: tuple[int, ...] = ()
        if frame is None:
            frame, repaired = self._slowly(begin, names, free_text)
            frame = frame[places]
        frame.index = pd.RangeIndex(self.head + 1, self.head + 1 + len(frame))
        if len(frame) > self.most_rows:
            raise refuse_spreadsheet(
                f"The file has more than {self.most_rows:,} rows, more than we can read",
                SEND_LESS,
                row=self.head + self.most_rows + 1,
            )
        blank = _blank_rows(frame)
        blank_rows = frame.index[blank]
        frame = frame[~blank] if blank.any() else frame
        tail = frame.tail(LAST_ROWS)
        notes = notes_below(list(zip(tail.index, tail.to_numpy().tolist(), strict=True)), _width(names))
        below = frame.index[len(frame) - notes :]
        frame = frame.iloc[: len(frame) - notes]
        if frame.empty:
            raise _no_rows("", self.head)
        if not notes:
            self._check_end(frame, len(self.found.names))
        frame = _plain(frame, self.text, self.start.separator)
        if only:
            headings = tuple(names[place] for place in places)
        else:
            headings, frame = _headed(names, frame, (frame != "").any().to_numpy() if "" in names else None)
        left_out = [
            *_above([self.start.records[at].number for at in self.near[: self.found.first]]),
            *_ranges(below, BELOW),
            *_ranges(blank_rows, "an empty row"),
        ]
        return Table(headings, frame, self.head, tuple(sorted(left_out)), repaired=repaired, is_text=True)

    def _with_unheaded(self) -> tuple[str, ...]:
        """Return the headings, with "" for columns to the right of them that every one of the first rows fills."""
        names = self.found.names
        rows = [self.start.records[at].cells for at in self.near[self.found.last + 1 :]]
        rows = rows[: -(notes_below([(0, cells) for cells in rows], len(names)) or len(rows)) or None] or rows
        width = len(names)
        while rows and all(len(cells) > width and cells[width].strip() for cells in rows):
            width += 1
        return (*names, *[""] * (width - len(names)))

    def _slowly(self, begin: int, names: tuple[str, ...], free_text: str) -> tuple[pd.DataFrame, tuple[int, ...]]:
        """Read record by record, to repair or report what the fast reader could not read."""
        rows, faults, repaired = [], [], []
        width = len(names)
        normal = [normal_name(name) for name in names]
        at = normal.index(free_text) if free_text in normal else None
        number = self.head
        try:
            for number, cells in records_of(self.text, self.start.separator, begin, self.head):
                surplus = cells[width:]
                if any(cell.strip() for cell in surplus):
                    if at is None:
                        faults.append(
                            SpreadsheetFault(
                                row=number,
                                what=f"Found {len(cells)} cells; expected at most {width}, one for each column",
                                todo="Put quotation marks around a text that contains the separator",
                            )
                        )
                        continue
                    cells = _rejoined(cells, at, len(surplus), self.start.separator)
                    repaired.append(number)
                rows.append(cells[:width] + [""] * (width - len(cells)))
        except csv.Error:
            faults.append(
                SpreadsheetFault(
                    row=number + 1,
                    what="A quotation mark is missing or in the wrong place, or a cell is far too long",
                    todo="Check the quotation marks in this row and the row before, or save the sheet as CSV again",
                )
            )
        if faults:
            raise SpreadsheetRefused(faults)
        return pd.DataFrame(rows[1:], columns=range(width), dtype=object), tuple(repaired)

    def _check_end(self, frame: pd.DataFrame, width: int) -> None:
        """Refuse a file whose last row is not complete, where the rows above it are."""
        if len(frame) < 2 or self.text.endswith(("\n", "\r")):
            return
        line = self.text[max(self.text.rfind("\n"), self.text.rfind("\r")) + 1 :]
        cells = next(csv.reader([line], delimiter=self.start.separator), [])
        full = [len(self.start.records[at].cells) for at in self.near[self.found.last + 1 :]][: len(frame) - 1]
        if '"' not in line and len(cells) < width and full and min(full) >= width:
            raise refuse_spreadsheet(
                f"The file ends in the middle of a row: {len(cells)} of {width} cells are there",
                "Download or copy the file again: it is not complete",
                row=int(frame.index[-1]),
            )


def _text_table(text: str, fits: Fits | None, most_rows: int, limits: FileLimits) -> _TextTable:
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
    return _TextTable(text, start, found, near, most_rows, limits)


def _quickly(text: str, begin: int, separator: str, width: int, places: list[int]) -> pd.DataFrame | None:
    """Return the rows below the headings at a position, or None if a row has too many cells or unusual quotation.

    If they are only some of the columns, they are categories, read so many rows at a time that their texts never fill
    the memory.
    """
    if not _quotes_are_usual(text[begin:], separator):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # The first row is too wide.
            chunks = pd.read_csv(
                StringIO(text[begin:], newline=""),
                sep=separator,
                names=range(width),
                header=0,
                index_col=False,
                dtype=object,  # Plain Python strings compare faster than those of pandas.
                na_filter=False,
                skip_blank_lines=False,
                chunksize=MOST_ROWS if len(places) == width else ROWS_AT_ONCE,
            )
            if len(places) == width:
                return pd.concat(chunks)
            parts = [chunk[places].astype("category") for chunk in chunks]
            return pd.DataFrame({place: union_categoricals([part[place] for part in parts]) for place in places})
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        return None


def _quotes_are_usual(text: str, separator: str) -> bool:
    """Whether quotation marks are only around whole cells, where the fast reader needs no check of them."""
    ends = (separator, "\n", "\r")
    total = text.count('"')
    if total > MANY_QUOTES:  # To count is faster than to split.
        opened = sum(text.count(f'{end}"') for end in ends) + text.startswith('"')
        closed = sum(text.count(f'"{end}') for end in ends) + text.endswith('"')
        if total == 2 * opened == 2 * closed:
            return True
    pieces = text.split('"')  # Every second one is within quotation marks; an empty one is a doubled mark.
    outside = [f"\n{pieces[0]}", *(piece for piece in pieces[2:-1:2] if piece), f"{pieces[-1]}\n"]
    return (
        total % 2 == 0
        and all(piece.startswith(ends) for piece in outside[1:])
        and all(piece.endswith(ends) for piece in outside[:-1])
    )


def _rejoined(cells: Sequence[str], at: int, surplus: int, separator: str) -> list[str]:
    """Join the cells that unquoted separators split off the cell at a position."""
    return [*cells[:at], separator.join(cells[at : at + surplus + 1]), *cells[at + surplus + 1 :]]


def _blank_rows(frame: pd.DataFrame) -> np.ndarray:
    """Return which rows have no text. Few rows have an empty first cell, so only these are looked at as a whole."""
    blank = np.zeros(len(frame), dtype=bool)
    maybe = np.flatnonzero([not text or text.isspace() for text in frame.iloc[:, 0]])
    blank[maybe] = [not "".join(texts).strip() for texts in frame.iloc[maybe].to_numpy().tolist()]
    return blank


def _plain(frame: pd.DataFrame, text: str, separator: str) -> pd.DataFrame:
    """Return the frame with what text files write in their own way: texts as formulas, and decimal commas."""
    if '="' in text:
        frame = frame.map(lambda cell: cell if cell[:2] != '="' else _kept_text(cell))
    return with_decimal_points(frame) if separator in (";", "\t") else frame


def _kept_text(cell: str) -> str:
    kept = text_in_formula(cell)
    return cell if kept is None else kept


# Both


def _places(names: Sequence[str], only: Sequence[str]) -> list[int]:
    return [at for at, name in enumerate(names) if not only or normal_name(name) in only]


def _only(headings: tuple[str, ...], frame: pd.DataFrame, only: Sequence[str]) -> tuple[tuple[str, ...], pd.DataFrame]:
    places = _places(headings, only)
    return tuple(headings[place] for place in places), frame.iloc[:, places]


def _width(names: Sequence[str]) -> int:
    return sum(bool(name) for name in names)


def _headed(
    names: Sequence[str], frame: pd.DataFrame, has_cells: np.ndarray | None
) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Name the columns without a heading by their letters, and leave out those without cells either."""
    if has_cells is None:
        return tuple(names), frame
    names = [*names, *[""] * (frame.shape[1] - len(names))]
    kept = [at for at, name in enumerate(names) if name or has_cells[at]]
    return tuple(names[at] or letter_heading(at) for at in kept), frame[kept]


def _above(numbers: Sequence[int]) -> list[LeftOut]:
    return _ranges(numbers, ABOVE)


def _gaps(head: int, numbers: np.ndarray) -> list[LeftOut]:
    """Return the empty rows between the rows of a sheet."""
    before = np.concatenate([[head], numbers[:-1]]) if len(numbers) else numbers
    return [
        LeftOut(int(earlier) + 1, _empty(int(later - earlier) - 1), int(later) - 1)
        for earlier, later in zip(before, numbers, strict=True)
        if later > earlier + 1
    ]


def _empty(count: int) -> str:
    return "an empty row" if count == 1 else "empty rows"


def _ranges(numbers: Sequence[int] | pd.Index, reason: str) -> list[LeftOut]:
    """Return one ``LeftOut`` for each run of neighbouring rows."""
    runs: list[list[int]] = []
    for number in map(int, numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [LeftOut(first, reason, last) for first, last in runs]
