"""Read a plain file of percentiles: school, year, percentile and, optionally, a standard error."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from tables.faults import FaultyFile, FileFault, FileNotRecognised
from tables.file_safety import LOCAL
from tables.headings import normal_name
from tables.table_reader import find_table

NEEDED = ("SCHOOL", "YEAR", "PERCENTILE")
ERROR = "STANDARD_ERROR"
_SEASON = re.compile(r"(\d{4})[-/–](\d\d|\d{4})")


def read_history(path: Path | str) -> pd.DataFrame:
    """Read a CSV file with the columns ``school, year, percentile`` and, optionally, ``standard_error``.

    A year is a whole number (the year in which the school year ends) or written like 2018-19. An empty percentile is a
    gap: nothing is known about that year. An empty standard error, or no such column, means the usual one. The answer
    has the same four columns. Schools are whole numbers if all of them are, or else texts.

    Raises:
        NotRecognised: a column is missing. FaultyFile: a cell cannot be read, a percentile is not from 0 to 100, or a
            school has a year twice; each is named by row.
    """
    path = Path(path)
    found = find_table(path.read_bytes(), limits=LOCAL)
    columns = [normal_name(heading) for heading in found.headings]
    if missing := [name.lower() for name in NEEDED if name not in columns]:
        expected = "school, year, percentile and, optionally, standard_error"
        raise FileNotRecognised(
            f"{path.name} is not recognised: it has no {', '.join(missing)} column. Expected: {expected}."
        )
    table = found.read().named().map(str.strip)
    faults: list[FileFault] = []
    years = _years(table["YEAR"], faults)
    percentiles = _numbers(table, "PERCENTILE", faults, (0, 100), "a percentile from 0 to 100, or an empty cell")
    errors = _numbers(table, ERROR, faults, (1e-6, 1000), "a standard error above 0, or an empty cell")
    faults += [
        FileFault(row, "SCHOOL", "an empty cell", "a school") for row in table.index[table["SCHOOL"] == ""].tolist()
    ]
    faults += _twice(table["SCHOOL"], years)
    if faults:
        raise FaultyFile(sorted(faults)[:100], count=len(faults))
    schools = table["SCHOOL"]
    numbers = schools.str.fullmatch(r"[1-9]\d{0,17}").all()
    return pd.DataFrame(
        {
            "school": schools.astype(np.int64) if numbers else schools,
            "year": years.astype(np.int64),
            "percentile": percentiles,
            "standard_error": errors,
        }
    )


def _years(texts: pd.Series, faults: list[FileFault]) -> pd.Series:
    known = {text: _year(text) for text in texts.unique()}
    years = texts.map(known).astype(float)
    wrong = texts[years.isna()]
    expected = "a whole number, or a school year like 2018-19"
    faults += [
        FileFault(row, "YEAR", repr(text), expected) for row, text in zip(wrong.index.tolist(), wrong, strict=True)
    ]
    return years


def _year(text: str) -> int | None:
    if season := _SEASON.fullmatch(text):
        start, end = int(season[1]), int(season[2])
        return start + 1 if end % 100 == (start + 1) % 100 else None
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None


def _numbers(
    table: pd.DataFrame, name: str, faults: list[FileFault], limits: tuple[float, float], expected: str
) -> pd.Series:
    """Return a column's numbers, NaN if a cell is empty or the file does not have the column."""
    if name not in table:
        return pd.Series(np.nan, index=table.index)
    texts = table[name]
    numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce").astype(float)
    wrong = texts[(texts != "") & ~numbers.between(*limits)]
    faults += [
        FileFault(row, name, repr(text), expected) for row, text in zip(wrong.index.tolist(), wrong, strict=True)
    ]
    return numbers


def _twice(schools: pd.Series, years: pd.Series) -> list[FileFault]:
    pairs = pd.DataFrame({"school": schools, "year": years}).dropna()
    again = pairs[pairs.duplicated()]
    first = pairs.drop_duplicates().reset_index().set_index(["school", "year"])["index"]
    return [
        FileFault(
            row,
            "SCHOOL",
            f"{school} in {year:.0f}, which is also in row {first.loc[(school, year)]}",
            "each school and year once",
        )
        for row, school, year in zip(again.index.tolist(), again["school"], again["year"], strict=True)
    ]
