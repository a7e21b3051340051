"""Sort a file's rows into schools or trusts, England and local authorities, and rows to leave out."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from published.dfe.layouts import AREA, KEY_COLUMNS, MAINSTREAM, SCHOOL, SPECIAL, STATE_FUNDED, FileLayout
from tables.faults import FileFault
from tables.table_reader import LeftOut

SCHOOL_ROWS = (SCHOOL, MAINSTREAM, SPECIAL)
# Files without a record type have a phase in place of a number in the rows of England and authorities, usually of the
# establishment's and in 2015-16 of the authority's. England's rows are marked NAT.
PHASE_ROWS = {
    "PRI": "state-funded primary",
    "SEC": "state-funded secondary",
    "SPE": "state-funded special",
}
_LA, _ESTAB = ("LEA", "LA", "LA NUMBER"), ("ESTAB", "ESTABLISHMENT NUMBER")
PERIOD, MONTHS = "PERIOD COVERED BY RETURN", 12
_NAMES, _TYPES = ("SCHNAME", "SCHOOL NAME"), ("NFTYPE", "SCHOOLTYPE")
_TRUST_ID, _TRUST_NAME = ("GROUP-ID", "CHAINID", "TRUST_ID"), ("GROUP-NAME", "CHAINNAME", "TRUST_NAME")
_TRUST_TYPE, _MEMBERS = ("GROUP-TYPE", "TRUST_GROUP_TYPE"), ("SCHOOL-URNS", "INSTITUTIONS_MATPTINC")
# The columns that say what a row is about, and have no measure.
DESCRIPTIVE = frozenset(
    {
        *KEY_COLUMNS["urn"],
        *KEY_COLUMNS["uid"],
        "RECTYPE",
        PERIOD,
        *_LA,
        *_ESTAB,
        *_NAMES,
        *_TYPES,
        *_TRUST_ID,
        *_TRUST_NAME,
        *_TRUST_TYPE,
        *_MEMBERS,
    }
)
KEY_RANGES = {"urn": (100_000, 999_999), "uid": (1, 9_999_999)}
_KEY = re.compile(r"\s*(\d+)(\.0+)?\s*", re.ASCII)
_SHORTENED = re.compile(r"\s*\d([.,]\d+)?E\+?\d+\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class RowPositions:
    """The positions of a table's rows by what they are about.

    ``about`` has the words for every row, ``keys`` the URN or UID of the rows in ``kept``, and
    ``places`` the rows of England and of the local authorities.
    """

    about: np.ndarray
    kept: np.ndarray
    keys: np.ndarray
    places: np.ndarray
    repeated: tuple[LeftOut, ...]
    faults: tuple[FileFault, ...]


def rows_of(frame: pd.DataFrame, layout: FileLayout) -> RowPositions:
    """Return which rows of a frame are about schools or trusts, which about places, and which about neither.

    The frame is indexed by the numbers of its rows in the file. A row that repeats another word for word is left
    out. It is a fault if two rows of a school or trust differ, or if a row is about something unknown.
    """
    key = layout.key_column(frame.columns)
    keys = keys_of(frame[key])
    about, faults = _about(frame, layout, key)
    short = _short_periods(frame)
    about[list(short)] = "nothing"
    kept = np.flatnonzero(np.isin(about, SCHOOL_ROWS))
    low, high = KEY_RANGES[layout.key]
    good = (keys[kept] >= low) & (keys[kept] <= high)
    numbers = frame.index.to_numpy()
    faults += [key_fault(int(numbers[at]), key, str(frame[key].iat[at]), layout.key) for at in kept[~good]]
    kept = kept[good]
    kept, repeated, clashes = _once(frame, kept, keys[kept], key)
    left_out = [LeftOut(int(numbers[at]), f"it covers {months} months, not a year") for at, months in short.items()]
    places = np.flatnonzero(~np.isin(about, (*SCHOOL_ROWS, "nothing", "")))
    return RowPositions(about, kept, keys[kept].astype(np.int64), places, (*left_out, *repeated), (*faults, *clashes))


def _short_periods(frame: pd.DataFrame) -> dict[int, int]:
    """Return the months of each row of accounts that are not about a whole year, by its position.

    An academy that changes trust in the year has two such rows.
    """
    months = _numbers(frame, (PERIOD,))
    return {int(at): int(months[at]) for at in np.flatnonzero(~np.isnan(months) & (months != MONTHS))}


def keys_of(cells: "pd.Series[str]") -> np.ndarray:
    """Return URNs or UIDs as numbers; NaN for a cell that is not digits, with at most a ".0" after them."""
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, copy=True)
    doubtful = np.flatnonzero(~cells.str.isdecimal().to_numpy(dtype=bool))
    for at in doubtful.tolist():
        match = _KEY.fullmatch(str(cells.iat[at]))
        numbers[at] = float(match[1]) if match else nan
    return numbers


def key_fault(row: int, column: str, found: str, key: str) -> FileFault:
    """Describe a cell that is no URN or UID."""
    low, high = KEY_RANGES[key]
    expected = "six digits" if key == "urn" else f"a number from {low} to {high}"
    if _SHORTENED.fullmatch(found):
        expected += ": a spreadsheet has shortened the number, so use the file as it was downloaded"
    return FileFault(row, column, repr(found), expected)


def _about(frame: pd.DataFrame, layout: FileLayout, key: str) -> tuple[np.ndarray, list[FileFault]]:
    """Return what each row is about, or "" and a fault if that is unknown."""
    if layout.row_types and "RECTYPE" in frame:
        column, found = "RECTYPE", _column(frame, ("RECTYPE",))
        about = _column(frame, ("RECTYPE",), lambda text: layout.row_types.get(text.strip(), ""))
        expected = f"one of {', '.join(layout.row_types)}"
    else:
        column, found = "ESTAB", _column(frame, _ESTAB)
        authority = _column(frame, _LA)
        about = np.full(len(frame), SCHOOL, dtype=object)
        england = (frame[key].to_numpy() == "NAT") | (authority == "NAT")
        phases = np.where(np.isin(found, list(PHASE_ROWS)), found, authority)
        about[england] = [PHASE_ROWS.get(phase, "") for phase in phases[england]]
        area = np.isin(phases, list(PHASE_ROWS)) & ~england
        about[area] = [f"{AREA}, {PHASE_ROWS[phase]}" for phase in phases[area]]
        expected = f"for England one of {', '.join(PHASE_ROWS)}"
    unknown = np.flatnonzero(about == "")
    return about, [FileFault(int(frame.index.to_numpy()[at]), column, repr(found[at]), expected) for at in unknown]


def _once(
    frame: pd.DataFrame, kept: np.ndarray, keys: np.ndarray, key: str
) -> tuple[np.ndarray, list[LeftOut], list[FileFault]]:
    """Keep the first row of each key. The others are repetitions (the same in every cell) or faults."""
    later = pd.Series(keys).duplicated().to_numpy()
    if not later.any():
        return kept, [], []
    first = dict(zip(keys[~later], kept[~later], strict=True))
    repeated, clashes = [], []
    for at, number in zip(kept[later], keys[later], strict=True):
        row, earlier = (int(frame.index.to_numpy()[place]) for place in (at, first[number]))
        if (frame.iloc[at] == frame.iloc[first[number]]).all():
            repeated.append(LeftOut(row, f"the same as row {earlier}"))
        else:
            found = f"{number:.0f}, which row {earlier} has too, with other values"
            clashes.append(FileFault(row, key, found, f"each {key} once"))
    return kept[~later], repeated, clashes


def _column(frame: pd.DataFrame, names: Iterable[str], convert: Callable = str.strip) -> np.ndarray:
    """Return the first of these columns that the table has. Each different text is converted once.

    By default ``convert`` removes outer spaces. Without any of the columns, the result is empty texts, converted.
    """
    name = next((name for name in names if name in frame), None)
    if name is None:
        return np.full(len(frame), convert(""), dtype=object)
    positions, texts = pd.factorize(frame[name].to_numpy())
    converted = np.empty(len(texts), dtype=object)
    converted[:] = [convert(text) for text in texts]
    return converted[positions]


def _whole(text: str) -> float:
    """Read a local authority's or establishment's number; NaN for a cell without one."""
    digits = text.strip()
    return float(digits) if digits.isascii() and digits.isdigit() else nan


def _numbers(frame: pd.DataFrame, names: Iterable[str]) -> np.ndarray:
    return _column(frame, names, _whole).astype(float)


def schools_of(frame: pd.DataFrame, rows: RowPositions) -> pd.DataFrame:
    """Return the schools: urn, name, la, estab, school_type, is_mainstream (None: the file does not say)."""
    frame = frame.iloc[rows.kept]
    about = rows.about[rows.kept]
    return pd.DataFrame(
        {
            "urn": rows.keys,
            "name": _column(frame, _NAMES),
            "la": pd.array(_numbers(frame, _LA), "Int64"),
            "estab": pd.array(_numbers(frame, _ESTAB), "Int64"),
            "school_type": _column(frame, _TYPES),
            "is_mainstream": pd.arrays.BooleanArray(about == MAINSTREAM, about == SCHOOL),
        }
    )


def places_of(frame: pd.DataFrame, rows: RowPositions) -> pd.DataFrame:
    """Return the places: geography, la (0 for England), scope."""
    about = rows.about[rows.places].astype(str)
    is_area = np.char.startswith(about, AREA)
    scopes = [words.removeprefix(AREA).removeprefix(", ") or STATE_FUNDED for words in about]
    frame = frame.iloc[rows.places]
    # The census of 2024-25 has an authority's number in the column of the school's type.
    la = np.fmax(_numbers(frame, _LA), _numbers(frame, _TYPES))
    return pd.DataFrame(
        {
            "geography": np.where(is_area, AREA, "England"),
            "la": np.where(is_area, np.nan_to_num(la).astype(np.int64), 0),
            "scope": scopes,
        }
    )


def trusts_of(frame: pd.DataFrame, rows: RowPositions) -> pd.DataFrame:
    """Return the trusts of a trust-level file: uid, group_id, name, group_type."""
    frame = frame.iloc[rows.kept]
    return pd.DataFrame(
        {
            "uid": rows.keys,
            "group_id": _column(frame, _TRUST_ID),
            "name": _column(frame, _TRUST_NAME),
            "group_type": _column(frame, _TRUST_TYPE),
        }
    )


def members_of(frame: pd.DataFrame, rows: RowPositions) -> pd.DataFrame:
    """Return the schools that a trust's figures count: uid, urn."""
    texts = _column(frame.iloc[rows.kept], _MEMBERS)
    lists = [[int(urn) for urn in re.findall(r"\d{6}", text)] for text in texts]
    counts = [len(urns) for urns in lists]
    urns = np.array([urn for listed in lists for urn in listed], dtype=np.int64)
    return pd.DataFrame({"uid": np.repeat(rows.keys, counts), "urn": urns})
