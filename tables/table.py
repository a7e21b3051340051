"""Describe a table that was read from a file: its headings, its texts and what was left out."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter

from tables.faults import SpreadsheetFault, SpreadsheetRefused
from tables.headings import letter_heading, normal_name
from tables.sheets import SheetCell, SheetRow, cell_of_typed, column_name

ABOVE = "above the column headings"
BELOW = "a note below the table"
HIDDEN = "hidden in the file"


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

    @property
    def hidden(self) -> tuple[str, ...]:
        """Return the rows and columns that were read although they are hidden in the file, in words."""
        rows = [str(left_out).partition(":")[0] for left_out in ranges_left_out(self.hidden_rows, HIDDEN)]
        return (*rows, *(f"Column {letter}" for letter in self.hidden_columns))

    def without_hidden(self) -> "Table":
        """Return the table without its hidden rows and columns, which it then has left out."""
        shown = [get_column_letter(position + 1) not in self.hidden_columns for position in self.positions]
        frame = self.frame.loc[~self.frame.index.isin(self.hidden_rows), shown]
        left_out = tuple(sorted([*self.left_out, *ranges_left_out(self.hidden_rows, HIDDEN)]))
        headings = tuple(heading for heading, is_shown in zip(self.headings, shown, strict=True) if is_shown)
        return replace(self, headings=headings, frame=frame, left_out=left_out, hidden_rows=(), hidden_columns=())


def above_left_out(numbers: Sequence[int]) -> list[LeftOut]:
    return ranges_left_out(numbers, ABOVE)


def gaps_left_out(head: int, numbers: np.ndarray) -> list[LeftOut]:
    """Return the empty rows between the rows of a sheet."""
    before = np.concatenate([[head], numbers[:-1]]) if len(numbers) else numbers
    return [
        LeftOut(int(earlier) + 1, _empty(int(later - earlier) - 1), int(later) - 1)
        for earlier, later in zip(before, numbers, strict=True)
        if later > earlier + 1
    ]


def _empty(count: int) -> str:
    return "an empty row" if count == 1 else "empty rows"


def ranges_left_out(numbers: Sequence[int] | pd.Index, reason: str) -> list[LeftOut]:
    """Return one ``LeftOut`` for each run of neighbouring rows."""
    runs: list[list[int]] = []
    for number in map(int, numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [LeftOut(first, reason, last) for first, last in runs]
