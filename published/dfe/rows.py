"""Sort a file's rows into schools or trusts, England and local authorities, and rows to leave out."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from published.dfe.layouts import AREA, MAINSTREAM, SCHOOL, SPECIAL, FileLayout
from tables.faults import FileFault
from tables.table_reader import LeftOut

SCHOOL_ROWS = (SCHOOL, MAINSTREAM, SPECIAL)
# Files without a record type mark England's rows with NAT, and have the phase in place of the establishment number.
PHASE_ROWS = {
    "PRI": "state-funded primary",
    "SEC": "state-funded secondary",
    "SPE": "state-funded special",
}
_LA, _ESTAB = ("LEA", "LA", "LA NUMBER"), ("ESTAB", "ESTABLISHMENT NUMBER")
_NAMES, _TYPES = ("SCHNAME",), ("NFTYPE", "SCHOOLTYPE")
_TRUST = ("UID", "GROUP-ID", "CHAINID", "GROUP-NAME", "CHAINNAME", "GROUP-TYPE", "SCHOOL-URNS")
# The columns that say what a row is about, and have no measure.
DESCRIPTIVE = frozenset({"URN", "RECTYPE", *_LA, *_ESTAB, *_NAMES, *_TYPES, *_TRUST})
_URN_RANGE, _UID_RANGE = (100_000, 999_999), (1, 9_999_999)


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
    key = layout.key.upper()
    keys = pd.to_numeric(frame[key], errors="coerce").to_numpy(dtype=float)
    about, faults = _about(frame, layout)
    kept = np.flatnonzero(np.isin(about, SCHOOL_ROWS))
    low, high = _URN_RANGE if layout.key == "urn" else _UID_RANGE
    good = (keys[kept] >= low) & (keys[kept] <= high) & (keys[kept] % 1 == 0)
    faults += [
        FileFault(int(frame.index.to_numpy()[at]), key, repr(frame[key].iat[at]), f"a number from {low} to {high}")
        for at in kept[~good]
    ]
    kept = kept[good]
    kept, repeated, clashes = _once(frame, kept, keys[kept], key)
    places = np.flatnonzero(~np.isin(about, (*SCHOOL_ROWS, "")))
    return RowPositions(about, kept, keys[kept].astype(np.int64), places, tuple(repeated), (*faults, *clashes))


def _about(frame: pd.DataFrame, layout: FileLayout) -> tuple[np.ndarray, list[FileFault]]:
    """Return what each row is about, or "" and a fault if that is unknown."""
    if layout.row_types and "RECTYPE" in frame:
        column, found = "RECTYPE", _column(frame, ("RECTYPE",))
        about = _column(frame, ("RECTYPE",), lambda text: layout.row_types.get(text.strip(), ""))
        expected = f"one of {', '.join(layout.row_types)}"
    else:
        column, found = "ESTAB", _column(frame, _ESTAB)
        about = np.full(len(frame), SCHOOL, dtype=object)
        england = (frame[layout.key.upper()].to_numpy() == "NAT") | (_column(frame, _LA) == "NAT")
        about[england] = [PHASE_ROWS.get(phase, "") for phase in found[england]]
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
    about = rows.about[rows.places]
    is_area = about == AREA
    la = np.nan_to_num(_numbers(frame.iloc[rows.places], _LA)).astype(np.int64)
    return pd.DataFrame(
        {
            "geography": np.where(is_area, AREA, "England"),
            "la": np.where(is_area, la, 0),
            "scope": np.where(is_area, "state-funded", about),
        }
    )


def trusts_of(frame: pd.DataFrame, rows: RowPositions) -> pd.DataFrame:
    """Return the trusts of a trust-level file: uid, group_id, name, group_type."""
    frame = frame.iloc[rows.kept]
    return pd.DataFrame(
        {
            "uid": rows.keys,
            "group_id": _column(frame, ("GROUP-ID", "CHAINID")),
            "name": _column(frame, ("GROUP-NAME", "CHAINNAME")),
            "group_type": _column(frame, ("GROUP-TYPE",)),
        }
    )


def members_of(frame: pd.DataFrame, rows: RowPositions) -> pd.DataFrame:
    """Return the schools that a trust's figures count: uid, urn."""
    texts = frame["SCHOOL-URNS"].iloc[rows.kept]
    lists = [[int(urn) for urn in re.findall(r"\d{6}", text)] for text in texts]
    counts = [len(urns) for urns in lists]
    urns = np.array([urn for listed in lists for urn in listed], dtype=np.int64)
    return pd.DataFrame({"uid": np.repeat(rows.keys, counts), "urn": urns})
