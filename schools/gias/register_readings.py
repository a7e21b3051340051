"""Read any of the register's files, with what there is to say about the reading."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from schools.gias.establishments import establishments_in
from schools.gias.links import links_in
from schools.gias.registers import (
    RegisterColumns,
    RegisterFile,
    columns_of,
    group_links_in,
    groups_in,
    spine_in,
)
from tables.hidden import HIDDEN_AND_USED, HiddenParts
from tables.table_reader import LeftOut

READERS: dict[str, Callable[[RegisterColumns], pd.DataFrame]] = {
    "groups": groups_in,
    "spine": spine_in,
    "establishments": establishments_in,
    "group_links": group_links_in,
    "links": links_in,
}
OLD = 365  # Days after which a file is called old.


@dataclass(frozen=True)
class RegisterReading:
    """One of the register's files, read: its rows, the rows left out, and the dates that say how old it is."""

    register: RegisterFile
    frame: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    dates: pd.Series
    hidden: tuple[str, ...] = ()  # Rows and columns that were used although they are hidden in the file, in words.

    def newest(self, *, on: date) -> date | None:
        """Return the newest date of the file, without dates after ``on``: the register knows of some in advance."""
        past = self.dates[self.dates <= pd.Timestamp(on)]
        return past.max().date() if len(past) else None

    def notes(self, *, on: date) -> list[str]:
        """Say what was left out or is hidden, and how old the file is."""
        left_out = [f"left out: {left_out}" for left_out in self.left_out]
        hidden = [f"{HIDDEN_AND_USED}: {', '.join(self.hidden)}"] if self.hidden else []
        return [*left_out, *hidden, self.age_in_words(on=on)]

    def age_in_words(self, *, on: date) -> str:
        """Say how old the file is.

        >>> from schools.gias import REGISTERS
        >>> register = next(register for register in REGISTERS if register.code == "group_links")
        >>> reading = RegisterReading(register, pd.DataFrame(), (), pd.Series([pd.Timestamp("2016-12-01")]))
        >>> reading.age_in_words(on=date(2017, 3, 1))
        'the newest membership in this file is of December 2016'
        """
        newest = self.newest(on=on)
        if newest is None:
            return "the file has no dates that say how old it is"
        words = f"the {self.register.newest} in this file is of {newest:%B %Y}"
        return f"{words}: more than a year ago, so download a newer file" if (on - newest).days > OLD else words


def read_register(path: Path | str, *, hidden: HiddenParts = HiddenParts.USE) -> RegisterReading:
    """Read one of the register's files, whichever it is.

    Raises:
        NotRecognised: it is none of them. FaultyFile: a cell or row cannot be read.
        SpreadsheetRefused: rows or columns are hidden, and ``hidden`` is to ask.
    """
    columns = columns_of(path, hidden=hidden)
    frame = READERS[columns.register.code](columns)
    return RegisterReading(columns.register, frame, columns.left_out, columns.ages(), columns.hidden)
