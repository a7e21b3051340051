"""Say why a file is refused, in words that a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass


class FileRefused(Exception):
    """A file that must not be imported. The message says why."""


class NotRecognised(FileRefused):
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
