"""Small files in the layouts of the Department and the register, made for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

KS4 = {"RECTYPE": "1", "LEA": "999", "NFTYPE": "ACC", "TPUP": "150", "PTEBACC_E_PTQ_EE": "40%"}
KS2 = {"RECTYPE": "1", "LEA": "999", "NFTYPE": "CY", "TELIG": "30"}


def ks4(folder: Path, year: int, schools: Mapping[int, Mapping[str, object]], *, release: str = "final") -> Path:
    """Write a key stage 4 file with Progress 8 and Attainment 8 by URN."""
    rows = [
        {**KS4, "ESTAB": 4000 + at, "URN": urn, "SCHNAME": f"Invented School {urn}", "ATT8SCR": 46.0, "P8MEA": ""} | row
        for at, (urn, row) in enumerate(schools.items())
    ]
    return write(folder / season(year) / f"england_ks4{release}.csv", rows)


def ks2(folder: Path, year: int, schools: Mapping[int, Mapping[str, object]], *, release: str = "final") -> Path:
    """Write a key stage 2 file with the expected standard and progress by URN."""
    blank = dict.fromkeys(("PTRWM_EXP", "READPROG", "WRITPROG", "MATPROG"), "")
    rows = [
        {**KS2, "ESTAB": 2000 + at, "URN": urn, "SCHNAME": f"Invented School {urn}", **blank} | row
        for at, (urn, row) in enumerate(schools.items())
    ]
    return write(folder / season(year) / f"england_ks2{release}.csv", rows)


def absence(folder: Path, year: int, schools: Mapping[int, float]) -> Path:
    """Write an absence file with overall absence by URN, in per cent."""
    rows = [
        {"LA": 999, "ESTAB": 4000, "URN": urn, "PERCTOT": value, "PPERSABS10": 2 * value}
        for urn, value in schools.items()
    ]
    return write(folder / season(year) / "england_abs.csv", rows)


def links(folder: Path, pairs: Sequence[tuple[int, int, str]], *, kind: str = "Predecessor") -> Path:
    """Write the register's links. Each pair is a school, its predecessor and the date, DD-MM-YYYY."""
    rows = [
        {"URN": urn, "LinkURN": old, "LinkName": "Invented", "LinkType": kind, "LinkEstablishedDate": on}
        for urn, old, on in pairs
    ]
    return write(folder / "links.csv", rows)


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def season(year: int) -> str:
    return f"{year - 1}-{year % 100:02d}"
