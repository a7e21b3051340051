"""What is wrong with a file: each fault with its place, what is wrong, and what to do."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

MOST_FAULTS = 100  # Named one by one; the rest are counted.


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with a file, for the person who sent it."""

    what: str  # What was found and what was expected.
    todo: str
    sheet: str = ""
    row: int | None = None  # As the spreadsheet counts, from 1.
    column: str = ""

    @property
    def place(self) -> str:
        """Name where it is.

        >>> Fault(sheet="Return", row=7, column="L, Figure", what="", todo="").place
        'Sheet “Return”, row 7, column L, Figure'
        >>> Fault(what="", todo="").place
        'The file'
        """
        parts = [f"sheet “{self.sheet}”"] if self.sheet else []
        parts += [f"row {self.row}"] if self.row else []
        parts += [f"column {self.column}"] if self.column else []
        words = ", ".join(parts) or "the file"
        return words[0].upper() + words[1:]

    def as_data(self) -> dict[str, str | int | None]:
        """Return the fault as it is kept."""
        return asdict(self)


class Refused(Exception):
    """The file cannot be used; ``faults`` says why, place by place."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = list(faults)
        self.faults = tuple(found[:MOST_FAULTS])
        if len(found) > MOST_FAULTS:
            more = Fault(what=f"{len(found) - MOST_FAULTS:,} more faults, not named here", todo="Put these right first")
            self.faults = (*self.faults, more)
        super().__init__("; ".join(f"{fault.place}: {fault.what}" for fault in self.faults))


def refuse(what: str, todo: str, *, sheet: str = "", row: int | None = None, column: str = "") -> Refused:
    """Return a refusal for one reason."""
    return Refused([Fault(what=what, todo=todo, sheet=sheet, row=row, column=column)])
