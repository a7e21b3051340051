"""Describe what is wrong with a file: each fault with its place, what is wrong, and what to do.

``SpreadsheetFault`` and ``SpreadsheetRefused`` are about a file as a table: its kind, its sheets, its rows and columns.
``FileFault`` and ``FaultyFile`` are about the values in a published file that a command reads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

MOST_FAULTS = 100  # Listed one by one; the rest are only counted.


@dataclass(frozen=True, kw_only=True)
class SpreadsheetFault:
    """One thing wrong with a file, for the person who sent it."""

    what: str  # What was found and what was expected.
    todo: str
    sheet: str = ""
    row: int | None = None  # As in the spreadsheet, from 1.
    column: str = ""

    @property
    def place(self) -> str:
        """Return the place in words.

        >>> SpreadsheetFault(sheet="Return", row=7, column="L, Figure", what="", todo="").place
        'Sheet “Return”, row 7, column L, Figure'
        >>> SpreadsheetFault(what="", todo="").place
        'The file'
        """
        parts = [f"sheet “{self.sheet}”"] if self.sheet else []
        parts += [f"row {self.row}"] if self.row else []
        parts += [f"column {self.column}"] if self.column else []
        words = ", ".join(parts) or "the file"
        return words[0].upper() + words[1:]

    def as_data(self) -> dict[str, str | int | None]:
        """Return the fault as we store it."""
        return asdict(self)


class FileRefused(Exception):
    """A file that must not be imported. The message says why."""


class SpreadsheetRefused(FileRefused):
    """The file cannot be used. ``faults`` says why, place by place."""

    def __init__(self, faults: Iterable[SpreadsheetFault]) -> None:
        found = list(faults)
        self.faults = tuple(found[:MOST_FAULTS])
        if len(found) > MOST_FAULTS:
            more = SpreadsheetFault(
                what=f"{len(found) - MOST_FAULTS:,} more faults that are not listed here", todo="Correct these first"
            )
            self.faults = (*self.faults, more)
        super().__init__("; ".join(f"{fault.place}: {fault.what}. {fault.todo}" for fault in self.faults))


class SeveralSheets(SpreadsheetRefused):
    """Any of several sheets could be meant. ``sheets`` has their names, to ask which."""

    def __init__(self, sheets: Sequence[str], fault: SpreadsheetFault) -> None:
        self.sheets = tuple(sheets)
        super().__init__([fault])


def refuse_spreadsheet(
    what: str, todo: str, *, sheet: str = "", row: int | None = None, column: str = ""
) -> SpreadsheetRefused:
    """Return a refusal with one fault."""
    return SpreadsheetRefused([SpreadsheetFault(what=what, todo=todo, sheet=sheet, row=row, column=column)])


class FileNotRecognised(FileRefused):
    """A file whose columns match no known layout."""


@dataclass(frozen=True, order=True)
class FileFault:
    """One fault in a file. ``row`` is the row that a spreadsheet shows: the header is row 1."""

    row: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"Row {self.row}, column {self.column}" if self.column else f"Row {self.row}"
        return f"{where}: found {self.found}; expected {self.expected}"


class FaultyFile(FileRefused):
    """A recognised file with faults. The whole file is refused.

    ``faults`` has the first faults by row; ``count`` is the number of all faults.
    """

    def __init__(self, faults: Sequence[FileFault], *, count: int | None = None) -> None:
        self.faults = tuple(sorted(faults))
        self.count = len(self.faults) if count is None else count
        super().__init__(f"{self.count} fault{'s' * (self.count != 1)}. First: {self.faults[0]}")
