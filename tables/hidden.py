"""Decide about the rows and columns that somebody has hidden in a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tables.faults import refuse_spreadsheet
from tables.table import Table
from tables.table_reader import FoundTable

HIDDEN_AND_USED = "hidden in the file, and read like the rest"
SAY_WHAT = (
    "Read the file again with --hidden use to use hidden rows like the others, or with --hidden leave-out. Hidden "
    "columns are used in both cases"
)


class HiddenParts(StrEnum):
    """What to do with the hidden rows and columns of a file."""

    ASK = "ask"
    USE = "use"
    LEAVE_OUT = "leave-out"


@dataclass(frozen=True)
class WithoutDoubt:
    """A table that was found, whose hidden rows and columns are used, left out or asked about."""

    found: FoundTable
    choice: HiddenParts

    @property
    def headings(self) -> tuple[str, ...]:
        return self.found.headings

    def read(self, *, free_text: str = "", only: Sequence[str] = ()) -> Table:
        """Read the rows, as ``FoundTable`` does.

        Raises:
            SpreadsheetRefused: rows or columns are hidden, and nobody has said what to do with them.
        """
        table = self.found.read(free_text=free_text, only=only)
        if self.choice is HiddenParts.USE or not table.hidden:
            return table
        if self.choice is HiddenParts.ASK:
            raise refuse_spreadsheet(f"Hidden in the file: {', '.join(table.hidden)}", SAY_WHAT, sheet=table.sheet)
        # A hidden column is still one of the columns by which the file is known.
        return replace(table, hidden_columns=()).without_hidden()
