"""Read the register's files: trusts, their academies, links between schools, and the schools."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tables.faults import FaultyFile, FileFault, FileNotRecognised
from tables.file_safety import LOCAL
from tables.headings import normal_name
from tables.table_reader import FoundTable, Table, find_table

TRUST_TYPES = ("Multi-academy trust", "Single-academy trust", "Secure single-academy trust")
NO_DATE = pd.Timestamp("1902-01-01")  # the register's date for a group with an unknown opening date

PHASES = {
    "Nursery": "nursery",
    "Primary": "primary",
    "Middle Deemed Primary": "primary",
    "Secondary": "secondary",
    "Middle Deemed Secondary": "secondary",
    "All Through": "all-through",
    "16 Plus": "16 plus",
}


@dataclass(frozen=True)
class RegisterFile:
    """One of the register's files, recognised by its columns (normal names)."""

    code: str
    title: str
    required: tuple[str, ...]


REGISTERS = (
    RegisterFile("groups", "All groups", ("GROUP UID", "GROUP NAME", "GROUP TYPE", "GROUP STATUS", "UKPRN")),
    RegisterFile("group_links", "Academies in trusts", ("URN", "LINKED UID", "GROUP TYPE", "JOINED DATE")),
    RegisterFile("links", "Links between schools", ("URN", "LINKURN", "LINKNAME", "LINKTYPE")),
    RegisterFile("spine", "Schools", ("URN", "LA", "ESTAB", "SCHNAME", "NFTYPE", "ISPRIMARY", "ISSECONDARY")),
)


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

    def __init__(self, table: Table) -> None:
        self.frame = table.named()
        self.row_numbers = self.frame.index.to_numpy()
        self.faults: list[FileFault] = []

    def text(self, name: str) -> np.ndarray:
        """Return texts without outer spaces, or empty texts if the file does not have the column."""
        if name not in self.frame:
            return np.full(len(self.frame), "", dtype=object)
        return np.array([text.strip() for text in self.frame[name]], dtype=object)

    def number(self, name: str) -> np.ndarray:
        """Return whole numbers. A cell without one is a fault."""
        texts = self.text(name)
        good = np.array([text.isascii() and text.isdigit() for text in texts], dtype=bool)
        self._note(name, texts, ~good, "a whole number")
        return np.where(good, texts, "0").astype(np.int64)

    def date(self, name: str) -> pd.Series:
        """Return dates, written as DD-MM-YYYY, DD/MM/YYYY or as a workbook's dates, with NaT for an empty cell."""
        texts = self.text(name)
        written = pd.Series(texts, dtype=str).str.replace("/", "-")
        dates = pd.to_datetime(written, format="%d-%m-%Y", errors="coerce")
        dates = dates.fillna(pd.to_datetime(written, format="%Y-%m-%d", errors="coerce"))
        self._note(name, texts, dates.isna().to_numpy() & (texts != ""), "a date as DD-MM-YYYY")
        return dates

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


def columns_of(path: Path | str, code: str) -> RegisterColumns:
    """Open one of the register's files, which must be the file with this code."""
    path = Path(path)
    found = _found(path)
    _register_of(found, path, expected=code)
    return RegisterColumns(found.read())


def read_groups(path: Path | str) -> pd.DataFrame:
    """Read the register's groups: trusts, federations, sponsors and others, told apart by ``group_type``.

    Columns: uid, group_id, name, companies_house_number, group_type, status (open, closed, proposed
    to open), opened, closed (dates or NaT), ukprn, street, locality, address3, town, county, postcode.
    A trust's opening date is the date of its incorporation.

    Raises:
        NotRecognised: it is another file. FaultyFile: a cell or row cannot be read.
    """
    columns = columns_of(path, "groups")
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
    columns = columns_of(path, "group_links")
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
            "phase": [_phase(phase, kind) for phase, kind in zip(phases, types, strict=True)],
            "la_code": columns.number("LA (CODE)"),
            "la_name": columns.text("LA (NAME)"),
        }
    )
    frame = columns.checked(frame)
    trusts = frame[frame["group_type"].isin(TRUST_TYPES)].sort_values(["urn", "joined_date", "uid"])
    return trusts.drop_duplicates("urn", keep="last").reset_index(drop=True)


def _phase(phase: str, kind: str) -> str:
    """Return the phase of education. The school's type shows special schools and alternative provision."""
    if "Alternative Provision" in kind or "Pupil referral" in kind:
        return "alternative provision"
    if "special" in kind.lower():
        return "special"
    return PHASES.get(phase, "16 plus" if "16-19" in kind else "")


def read_spine(path: Path | str) -> pd.DataFrame:
    """Read the schools in the DfE's spine.

    Columns: urn, name, street, locality, address3, town, postcode, type, phase ("" if the file
    does not say), age_low, age_high, la, estab, opened, closed (dates or NaT: within the file's year).

    Raises:
        NotRecognised: it is another file. FaultyFile: a URN is not a number, or is there twice.
    """
    columns = columns_of(path, "spine")
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
