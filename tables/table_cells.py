"""Read the rows of a table that was found in a file: the cells of a sheet or of a text, below the headings."""

import csv
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter
from pandas.api.types import union_categoricals

from tables.faults import SpreadsheetFault, SpreadsheetRefused, refuse_spreadsheet
from tables.file_safety import FileLimits
from tables.headings import Headings, letter_heading, normal_name, notes_below
from tables.numbers import with_decimal_points
from tables.sheets import SEND_LESS, Sheet, SheetRow, text_in_formula
from tables.table import BELOW, Table, above_left_out, gaps_left_out, ranges_left_out
from tables.text_rows import TextStart, records_of

MANY_QUOTES = 10_000
ROWS_AT_ONCE = 100_000
LAST_ROWS = 40  # Search these for notes below the table.
MOST_ROWS = 2_000_000


@dataclass(frozen=True)
class SheetTable:
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
        notes = notes_below([texts_of(row) for row in rows[-LAST_ROWS:]], _width(found.names))
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
            *above_left_out([row.number for row in sheet.rows[: found.first]]),
            *ranges_left_out([row.number for row in below], BELOW),
            *gaps_left_out(head.number, frame.index.to_numpy()),
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


def texts_of(row: SheetRow) -> tuple[int, list[str]]:
    return row.number, [cell.text or cell.problem for cell in row.cells]


@dataclass(frozen=True)
class TextTable:
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
            *above_left_out([self.start.records[at].number for at in self.near[: self.found.first]]),
            *ranges_left_out(below, BELOW),
            *ranges_left_out(blank_rows, "an empty row"),
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


def _no_rows(sheet: str, head: int) -> SpreadsheetRefused:
    return refuse_spreadsheet(
        "The file has column headings but no rows",
        "Export or download the table again, with its rows",
        sheet=sheet,
        row=head,
    )
