"""Read the register's files: trusts, their academies, links between schools, and the schools."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from tables.csv_tables import FIRST_ROW, CsvTable, header_of, normal_name, table_of, text_of
from tables.faults import FaultyFile, FileFault, FileNotRecognised

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
    if zipfile.is_zipfile(path):
        return _register_of([normal_name(str(cell or "")) for cell in next(_sheet(path), ())], path)
    return _register_of(header_of(text_of(path.read_bytes())), path)


def _register_of(columns: Iterable[str], path: Path, *, expected: str = "") -> RegisterFile:
    """Return the register's file that has these columns; it must be ``expected`` if that is given."""
    present = set(columns)
    missing = {register: [name for name in register.required if name not in present] for register in REGISTERS}
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

    def __init__(self, table: CsvTable) -> None:
        self.frame = table.frame
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
        """Return dates, written as DD-MM-YYYY or DD/MM/YYYY, with NaT for an empty cell."""
        texts = self.text(name)
        dates = pd.to_datetime(pd.Series(texts, dtype=str).str.replace("/", "-"), format="%d-%m-%Y", errors="coerce")
        self._note(name, texts, dates.isna().to_numpy() & (texts != ""), "a date as DD-MM-YYYY")
        return dates

    def _note(self, name: str, texts: np.ndarray, wrong: np.ndarray, expected: str) -> None:
        self.faults += [FileFault(int(at) + FIRST_ROW, name, repr(texts[at]), expected) for at in np.flatnonzero(wrong)]

    def checked(self, frame: pd.DataFrame, *, key: str = "") -> pd.DataFrame:
        """Return ``frame``, or raise the faults, which include repeated values of ``key``."""
        if key:
            twice = frame[key].duplicated().to_numpy()
            self._note(key, frame[key].astype(str).to_numpy(), twice, f"each {key} once")
        if self.faults:
            raise FaultyFile(self.faults)
        return frame


def columns_of(path: Path | str, code: str) -> RegisterColumns:
    """Open one of the register's CSV files, which must be the file with this code."""
    path = Path(path)
    text = text_of(path.read_bytes())
    header = header_of(text)
    _register_of(header, path, expected=code)
    return RegisterColumns(table_of(text, header))


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


def _sheet(path: Path) -> Iterator[tuple[Any, ...]]:
    # Closes the workbook for a caller that reads only the first row, too.
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:
        yield from book.worksheets[0].iter_rows(values_only=True)


def read_spine(path: Path | str) -> pd.DataFrame:
    """Read the schools in the DfE's spine, an Excel file.

    Columns: urn, name, street, locality, address3, town, postcode, type, phase ("" if the file
    does not say), age_low, age_high, la, estab, opened, closed (dates or NaT: within the file's year).

    Raises:
        NotRecognised: it is another file. FaultyFile: a URN is not a number, or is there twice.
    """
    path = Path(path)
    if not zipfile.is_zipfile(path):
        raise FileNotRecognised(f"{path.name} is not an Excel file. Expected the DfE's spine of schools.")
    header, *rows = _sheet(path)
    names = [normal_name(str(name or "")) for name in header]
    _register_of(names, path, expected="spine")
    frame = pd.DataFrame(rows, columns=pd.Index(names), dtype=object)
    columns = RegisterColumns(CsvTable(frame.drop(columns=["OPENDATE", "CLOSEDATE"]).fillna("").astype(str), names))
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
            "opened": pd.to_datetime(frame["OPENDATE"]),
            "closed": pd.to_datetime(frame["CLOSEDATE"]),
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
