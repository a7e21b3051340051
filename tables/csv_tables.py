"""Read a published CSV file into a table of strings, with every row as wide as the header."""

import csv
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from tables.faults import FaultyFile, FileFault

FIRST_ROW = 2  # the first row under the header, as a spreadsheet counts
ROWS_AT_ONCE = 100_000
LONGEST_HEADER = 100_000  # characters; the widest real one, key stage 4, has about 8,000


def normal_name(column: str) -> str:
    """Return a column's name for comparison: in capitals, without outer or repeated spaces.

    >>> normal_name("Pupil:     Teacher Ratio ")
    'PUPIL: TEACHER RATIO'
    """
    return " ".join(column.split()).upper()


def text_of(content: bytes) -> str:
    """Decode a file as UTF-8, with or without a byte order mark, or as cp1252 like older files."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def header_of(text: str) -> list[str]:
    """Return the first row of a CSV text as normal names, or an empty list if the text is not CSV."""
    start = StringIO(text[:LONGEST_HEADER], newline="")
    try:
        return [normal_name(name) for name in next(csv.reader(start, strict=True), [])]
    except csv.Error:
        return []


@dataclass(frozen=True)
class CsvTable:
    """A file's rows as strings, with a column for each of ``columns`` (normal names) and an index from 0.

    ``repaired`` has the numbers of the rows whose surplus cells were joined.
    """

    frame: pd.DataFrame
    columns: list[str]
    repaired: tuple[int, ...] = ()


def table_of(text: str, columns: list[str], *, free_text: str = "", only: Sequence[str] = ()) -> CsvTable:
    """Return the table under a header with these ``columns``.

    With ``only``, the frame has only these columns, as categories: so a file of a million rows takes little memory.

    A row may have fewer cells than the header: missing cells are empty. Surplus cells must be empty, or be parts of one
    value in the column ``free_text`` that has unquoted commas.

    Raises:
        FaultyFile: two columns have the same name, a row has too many cells, a quotation mark is not closed,
            the file ends in the middle of a row, or there are no rows.
    """
    if doubled := [name for name, times in Counter(columns).items() if times > 1 and name]:
        raise FaultyFile([FileFault(1, name, "the column twice", "each column once") for name in doubled])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # the first row is too wide
            frame = (
                _categories(text, columns, only) if only else pd.read_csv(StringIO(text, newline=""), **_as(columns))
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        table = _slowly(text, columns, free_text)
        return CsvTable(table.frame[list(only)].astype("category"), columns, table.repaired) if only else table
    if frame.empty:
        raise FaultyFile([FileFault(FIRST_ROW, "", "no rows under the header", "at least one")])
    if width := _cut_off(text, len(columns)):
        row = len(frame) + FIRST_ROW - 1
        found, expected = f"only {width} cells where the file ends", "the whole file: download it again"
        raise FaultyFile([FileFault(row, "", found, expected)])
    return CsvTable(frame if only else frame.set_axis(columns, axis="columns"), columns)


def _cut_off(text: str, width: int) -> int:
    """Return the number of cells in the last row if the file ends in the middle of it, or else 0.

    Some whole files end without a line end, and some have shorter rows than the header. So the last row must have no
    line end and be shorter than every other.
    """
    *others, last = text.split("\n")
    cells = len(next(csv.reader([last]), []))
    if not last.strip() or cells >= width or len(others) < FIRST_ROW:
        return 0
    shortest = min((line.count(",") + 1 for line in others[1:] if line.strip()), default=0)
    return cells if cells < shortest else 0


def _as(columns: list[str]) -> dict[str, Any]:
    """Return how pandas is to read the cells under these columns: every one as it is written."""
    return {
        "names": range(len(columns)),
        "header": 0,
        "index_col": False,
        "dtype": object,  # plain Python strings compare faster than those of pandas
        "na_filter": False,
        "skip_blank_lines": False,
    }


def _categories(text: str, columns: list[str], only: Sequence[str]) -> pd.DataFrame:
    """Read some columns as categories, so many rows at a time that their texts never fill the memory."""
    places = [columns.index(name) for name in only]
    chunks = pd.read_csv(StringIO(text, newline=""), **_as(columns), usecols=places, chunksize=ROWS_AT_ONCE)
    parts: dict[str, list[pd.Categorical[str]]] = {name: [] for name in only}
    for chunk in chunks:
        for name, place in zip(only, places, strict=True):
            parts[name].append(pd.Categorical(chunk[place]))
    return pd.DataFrame({name: union_categoricals(several) for name, several in parts.items() if several})


def _slowly(text: str, columns: list[str], free_text: str) -> CsvTable:
    """Read row by row, to repair or report what the fast reader could not read."""
    rows, faults, repaired = [], [], []
    width = len(columns)
    at = columns.index(free_text) if free_text in columns else None
    try:
        for number, row in enumerate(csv.reader(StringIO(text, newline=""), strict=True), FIRST_ROW - 1):
            surplus = row[width:]
            if any(cell.strip() for cell in surplus):
                if at is None:
                    found, expected = f"{len(row)} cells", f"at most {width}, one for each column"
                    faults.append(FileFault(number, "", found, expected))
                    continue
                row = _joined(row, at, len(surplus))
                repaired.append(number)
            rows.append(row[:width] + [""] * (width - len(row)))
    except csv.Error:
        last = len(rows) + len(faults) + 1
        faults.append(FileFault(last, "", "a quotation mark that is not closed", "a pair of quotation marks"))
    if faults:
        raise FaultyFile(faults)
    return CsvTable(pd.DataFrame(rows[1:], columns=columns, dtype=object), columns, tuple(repaired))


def _joined(row: list[str], at: int, surplus: int) -> list[str]:
    """Join the cells that unquoted commas split off the cell at position ``at``."""
    return [*row[:at], ",".join(row[at : at + surplus + 1]), *row[at + surplus + 1 :]]
