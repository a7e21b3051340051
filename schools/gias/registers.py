"""Read the register's files: trusts, their academies, links between schools, and the schools."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tables.date_columns import read_dates
from tables.faults import FaultyFile, FileFault, FileNotRecognised, SpreadsheetRefused
from tables.file_safety import LOCAL
from tables.headings import normal_name
from tables.hidden import HiddenParts, WithoutDoubt
from tables.table_reader import FoundTable, LeftOut, Table, find_table
from tables.unread_cells import unread_cells

TRUST_TYPES = ("Multi-academy trust", "Single-academy trust", "Secure single-academy trust")
NO_DATE = pd.Timestamp("1902-01-01")  # the register's date for a group with an unknown opening date

# In small letters and without hyphens, because the register's files differ in both.
PHASES = {
    "nursery": "nursery",
    "primary": "primary",
    "middle deemed primary": "primary",
    "secondary": "secondary",
    "middle deemed secondary": "secondary",
    "all through": "all-through",
    "16 plus": "16 plus",
}
EXPECTED_DATE = "a date as DD-MM-YYYY, with the day first in every date of the file"


@dataclass(frozen=True)
class RegisterFile:
    """One of the register's files, recognised by its columns (normal names)."""

    code: str
    title: str
    required: tuple[str, ...]
    age: tuple[str, ...]  # The columns of dates whose newest says how old the file is,
    newest: str  # and what that date is about.


REGISTERS = (
    RegisterFile(
        "groups",
        "All groups",
        ("GROUP UID", "GROUP NAME", "GROUP TYPE", "GROUP STATUS", "UKPRN"),
        ("OPEN DATE", "INCORPORATED ON (OPEN DATE)", "CLOSED DATE"),
        "newest opening or closing of a group",
    ),
    RegisterFile(
        "group_links",
        "Academies in trusts",
        ("URN", "LINKED UID", "GROUP TYPE", "JOINED DATE"),
        ("JOINED DATE",),
        "newest membership",
    ),
    RegisterFile(
        "links",
        "Links between schools",
        ("URN", "LINKURN", "LINKNAME", "LINKTYPE"),
        ("LINKESTABLISHEDDATE",),
        "newest link",
    ),
    RegisterFile(
        "spine",
        "Schools",
        ("URN", "LA", "ESTAB", "SCHNAME", "NFTYPE", "ISPRIMARY", "ISSECONDARY"),
        ("OPENDATE",),
        "newest opening of a school",
    ),
    RegisterFile(
        "establishments",
        "All schools, the full extract",
        ("URN", "LA (CODE)", "ESTABLISHMENTNAME", "ESTABLISHMENTSTATUS (NAME)", "TYPEOFESTABLISHMENT (NAME)"),
        ("LASTCHANGEDDATE", "OPENDATE"),
        "newest change of a school",
    ),
)


DATE_COLUMNS = frozenset(name for register in REGISTERS for name in register.age) | {"CLOSEDATE", "CLOSED DATE"}
# The columns that are read of a file with many more.
ONLY = {
    "establishments": (
        "URN",
        "LA (CODE)",
        "LA (NAME)",
        "ESTABLISHMENTNUMBER",
        "ESTABLISHMENTNAME",
        "TYPEOFESTABLISHMENT (NAME)",
        "ESTABLISHMENTTYPEGROUP (NAME)",
        "ESTABLISHMENTSTATUS (NAME)",
        "OPENDATE",
        "CLOSEDATE",
        "PHASEOFEDUCATION (NAME)",
        "STATUTORYLOWAGE",
        "STATUTORYHIGHAGE",
        "TRUSTSCHOOLFLAG (NAME)",
        "TRUSTS (CODE)",
        "TRUSTS (NAME)",
        "LASTCHANGEDDATE",
        "TOWN",
        "POSTCODE",
    )
}


def recognise_register(path: Path | str) -> RegisterFile:
    """Return which of the register's files a file is, by its columns. The file's name does not matter.

    Raises:
        NotRecognised: it is none of them. The message names the nearest file and the missing columns.
    """
    path = Path(path)
    return _register_of(_found(path), path)


def _found(path: Path) -> FoundTable:
    return find_table(path.read_bytes(), fits=_fits_a_register, limits=LOCAL)


def _missing(headings: Sequence[str]) -> dict[RegisterFile, list[str]]:
    present = {normal_name(heading) for heading in headings}
    return {register: [name for name in register.required if name not in present] for register in REGISTERS}


def _fits_a_register(headings: Sequence[str]) -> bool:
    return not all(_missing(headings).values())


def _register_of(table: FoundTable, path: Path, *, expected: str = "") -> RegisterFile:
    """Return which of the register's files a table is; it must be ``expected`` if that is given."""
    missing = _missing(table.headings)
    found = min(REGISTERS, key=lambda register: len(missing[register]) / len(register.required))
    if missing[found]:
        raise FileNotRecognised(
            f"{path.name} is not recognised as one of the register's files. "
            f"It is most like {found.title}, but has no {', '.join(missing[found])}."
        )
    if expected and found.code != expected:
        title = next(register.title for register in REGISTERS if register.code == expected)
        raise FileNotRecognised(f"{path.name} is the register's file '{found.title}'. Expected '{title}'.")
    return found


class RegisterColumns:
    """Read a table's columns by type, and collect faults until ``checked``."""

    def __init__(self, register: RegisterFile, table: Table) -> None:
        self.register = register
        self.frame = table.named()
        self.row_numbers = self.frame.index.to_numpy()
        self.left_out: tuple[LeftOut, ...] = table.left_out
        self.hidden = table.hidden
        self.faults: list[FileFault] = unread_cells(table, set(self.frame.columns))
        self._dates: pd.DataFrame | None = None

    def text(self, name: str) -> np.ndarray:
        """Return texts without outer spaces, or empty texts if the file does not have the column."""
        if name not in self.frame:
            return np.full(len(self.frame), "", dtype=object)
        return np.array([text.strip() for text in self.frame[name]], dtype=object)

    def number(self, name: str) -> np.ndarray:
        """Return whole numbers. A cell without one is a fault."""
        texts = self.text(name)
        good = _are_whole(texts)
        self._note(name, texts, ~good, "a whole number")
        return np.where(good, texts, "0").astype(np.int64)

    def number_or_none(self, name: str) -> np.ndarray:
        """Return whole numbers, with None for an empty cell."""
        texts = self.text(name)
        good = _are_whole(texts)
        self._note(name, texts, ~good & (texts != ""), "a whole number or an empty cell")
        return np.array([int(text) if is_good else None for text, is_good in zip(texts, good, strict=True)], object)

    def date(self, name: str) -> pd.Series:
        """Return dates, or NaT for an empty cell. All columns of dates of a file have the same order of day and month.

        The register writes the day first. If the dates of a file can only have the month first, because a spreadsheet
        has saved it, they are read with the month first. A file with both orders is refused.
        """
        dates = self._read_dates()
        return dates[name] if name in dates else pd.Series(pd.NaT, index=self.frame.index)

    def ages(self) -> pd.Series:
        """Return all dates that say how old the file is."""
        return pd.concat([self.date(name) for name in self.register.age], ignore_index=True).dropna()

    def _read_dates(self) -> pd.DataFrame:
        if self._dates is None:
            names = [name for name in self.frame if name in DATE_COLUMNS]
            texts = self.frame[names].astype(object)
            try:
                self._dates = read_dates(texts, usual_day_first=True)
            except SpreadsheetRefused as refusal:
                self._dates = pd.DataFrame({name: pd.Series(pd.NaT, index=texts.index) for name in names})
                cells = {(fault.row, fault.column) for fault in refusal.faults if fault.row}
                self.faults += [
                    FileFault(row, column, repr(str(texts.at[row, column]).strip()), EXPECTED_DATE)
                    for row, column in cells
                ]
        return self._dates

    def _note(self, name: str, texts: np.ndarray, wrong: np.ndarray, expected: str) -> None:
        self.faults += [
            FileFault(int(self.row_numbers[at]), name, repr(texts[at]), expected) for at in np.flatnonzero(wrong)
        ]

    def checked(self, frame: pd.DataFrame, *, key: str = "") -> pd.DataFrame:
        """Return ``frame``, or raise the faults, which include repeated values of ``key``."""
        if key:
            twice = frame[key].duplicated().to_numpy()
            self._note(key, frame[key].astype(str).to_numpy(), twice, f"each {key} once")
        if self.faults:
            raise FaultyFile(self.faults)
        return frame


def _are_whole(texts: np.ndarray) -> np.ndarray:
    return np.array([text.isascii() and text.isdigit() for text in texts], dtype=bool)


def columns_of(path: Path | str, code: str = "", hidden: HiddenParts = HiddenParts.USE) -> RegisterColumns:
    """Open one of the register's files, which must be the file with this code if one is given."""
    path = Path(path)
    found = WithoutDoubt(_found(path), hidden)
    register = _register_of(found, path, expected=code)
    return RegisterColumns(register, found.read(only=ONLY.get(register.code, ())))


def read_groups(path: Path | str) -> pd.DataFrame:
    """Read the register's groups: trusts, federations, sponsors and others, told apart by ``group_type``.

    Columns: uid, group_id, name, companies_house_number, group_type, status (open, closed, proposed
    to open), opened, closed (dates or NaT), ukprn, street, locality, address3, town, county, postcode.
    A trust's opening date is the date of its incorporation.

    Raises:
        NotRecognised: it is another file. FaultyFile: a cell or row cannot be read.
    """
    return groups_in(columns_of(path, "groups"))


def groups_in(columns: RegisterColumns) -> pd.DataFrame:
    """Return the groups of an opened file."""
    opened = columns.date("OPEN DATE").fillna(columns.date("INCORPORATED ON (OPEN DATE)"))
    frame = pd.DataFrame(
        {
            "uid": columns.number("GROUP UID"),
            "group_id": columns.text("GROUP ID"),
            "name": columns.text("GROUP NAME"),
            "companies_house_number": columns.text("COMPANIES HOUSE NUMBER"),
            "group_type": columns.text("GROUP TYPE"),
            "status": [status.lower() for status in columns.text("GROUP STATUS")],
            "opened": opened.mask(opened == NO_DATE),
            "closed": columns.date("CLOSED DATE"),
            "ukprn": columns.text("UKPRN"),
            "street": columns.text("GROUP STREET"),
            "locality": columns.text("GROUP LOCALITY"),
            "address3": columns.text("GROUP ADDRESS 3"),
            "town": columns.text("GROUP TOWN"),
            "county": [county.replace("Not recorded", "") for county in columns.text("GROUP COUNTY")],
            "postcode": columns.text("GROUP POSTCODE"),
        }
    )
    return columns.checked(frame, key="uid")


def read_group_links(path: Path | str) -> pd.DataFrame:
    """Read which academy is in which trust, one row for each school. Sponsors and umbrella trusts are left out.

    Columns: urn, uid, group_type, joined_date, name, type, phase, la_code, la_name. If a
    school is in two trusts, the row is for the trust it joined last.

    Raises:
        NotRecognised: it is another file. FaultyFile: a cell or row cannot be read.
    """
    return group_links_in(columns_of(path, "group_links"))


def group_links_in(columns: RegisterColumns) -> pd.DataFrame:
    """Return the academies of an opened file."""
    types = columns.text("TYPEOFESTABLISHMENT (NAME)")
    phases = columns.text("PHASEOFEDUCATION (NAME)")
    frame = pd.DataFrame(
        {
            "urn": columns.number("URN"),
            "uid": columns.number("LINKED UID"),
            "group_type": columns.text("GROUP TYPE"),
            "joined_date": columns.date("JOINED DATE"),
            "name": columns.text("ESTABLISHMENTNAME"),
            "type": types,
            "phase": [phase_of_education(phase, kind) for phase, kind in zip(phases, types, strict=True)],
            "la_code": columns.number("LA (CODE)"),
            "la_name": columns.text("LA (NAME)"),
        }
    )
    frame = columns.checked(frame)
    trusts = frame[frame["group_type"].isin(TRUST_TYPES)].sort_values(["urn", "joined_date", "uid"])
    return trusts.drop_duplicates("urn", keep="last").reset_index(drop=True)


def phase_of_education(phase: str, kind: str) -> str:
    """Return the phase of education. The school's type shows special schools and alternative provision.

    >>> phase_of_education("All-through", "Free schools"), phase_of_education("Not applicable", "Free schools special")
    ('all-through', 'special')
    """
    kind = kind.lower()
    if "alternative provision" in kind or "pupil referral" in kind:
        return "alternative provision"
    if "special" in kind:
        return "special"
    is_post_16 = "16-19" in kind or "16 to 19" in kind
    return PHASES.get(phase.lower().replace("-", " "), "16 plus" if is_post_16 else "")


def read_spine(path: Path | str) -> pd.DataFrame:
    """Read the schools in the DfE's spine.

    Columns: urn, name, street, locality, address3, town, postcode, type, phase ("" if the file
    does not say), age_low, age_high, la, estab, opened, closed (dates or NaT: within the file's year).

    Raises:
        NotRecognised: it is another file. FaultyFile: a URN is not a number, or is there twice.
    """
    return spine_in(columns_of(path, "spine"))


def spine_in(columns: RegisterColumns) -> pd.DataFrame:
    """Return the schools of an opened file."""
    flags = zip(*(columns.text(name) for name in _PHASE_COLUMNS), strict=True)
    result = pd.DataFrame(
        {
            "urn": columns.number("URN"),
            "name": columns.text("SCHNAME"),
            **{part.lower(): columns.text(part) for part in _ADDRESS},
            "type": columns.text("NFTYPE"),
            "phase": [_spine_phase(*school_flags) for school_flags in flags],
            "age_low": columns.number("AGEL"),
            "age_high": columns.number("AGEH"),
            "la": columns.number("LA"),
            "estab": columns.number("ESTAB"),
            "opened": columns.date("OPENDATE"),
            "closed": columns.date("CLOSEDATE"),
        }
    )
    return columns.checked(result, key="urn")


_ADDRESS = ("STREET", "LOCALITY", "ADDRESS3", "TOWN", "POSTCODE")
_PHASE_COLUMNS = ("MINORGROUP", "ISPRIMARY", "ISSECONDARY", "ISPOST16")


def _spine_phase(group: str, primary: str, secondary: str, post_16: str) -> str:
    if group == "Special School":
        return "special"
    stages = {"10": "primary", "01": "secondary", "11": "all-through"}
    return stages.get(primary + secondary, "16 plus" if post_16 == "1" else "")
