"""Read one of the DfE's files into long frames: schools' values, the schools, and England's values."""

from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from published.dfe.cells import STATUSES, VALUE_POSITION, CellUnit, ParsedColumn, parse_columns
from published.dfe.fractions import fraction_faults
from published.dfe.layouts import FileLayout, find_results, layout_of, normal_names, release_of, year_of
from published.dfe.long_reader import read_long_table
from published.dfe.measures import MeasureColumns, measure_columns
from published.dfe.results_file import ReadingSummary, ResultsFile
from published.dfe.rows import (
    DESCRIPTIVE,
    RowPositions,
    members_of,
    places_of,
    rows_of,
    schools_of,
    trusts_of,
)
from published.dfe.value_statuses import ValueStatus
from tables.faults import FaultyFile, FileFault, FileNotRecognised
from tables.headings import normal_name
from tables.table_reader import FoundTable, Table
from tables.unread_cells import unread_cells

STATUS_WORDS = pd.Index([str(status) for status in STATUSES])
PERIOD = "TIME_PERIOD"
MOST_FAULTS = 100  # listed one by one; the rest are only counted


def read_results_file(path: Path | str, *, year: int | None = None, release: str | None = None) -> ResultsFile:
    """Read a file of any known layout.

    ``year`` is the calendar year in which the school year ends. Give it and ``release`` only if
    neither the columns nor the names of file and folder have them.

    Raises:
        FileNotRecognised, YearUnknown, ReleaseUnknown: it is not clear what the file is.
        FaultyFile: the file has faults, each with its row and column.
    """
    path = Path(path)
    refuse_empty(path)
    return results_in(path, find_results(path), year=year, release=release)


def refuse_empty(path: Path) -> None:
    """Refuse a file without any text. The Department publishes one where the figures are to follow.

    Raises:
        FileNotRecognised: the file is empty.
    """
    if not path.read_bytes().strip(b" \r\n\t\xef\xbb\xbf"):
        raise FileNotRecognised(f"{path.name} is empty: these figures are not published yet.")


def results_in(path: Path, found: FoundTable, *, year: int | None, release: str | None) -> ResultsFile:
    """Read the results of a table that was found in a file. See ``read_results_file``."""
    columns = normal_names(found)
    layout = layout_of(columns, path.name)
    if layout.long is not None:
        return read_long_table(path, found, columns, layout, year=year, release=release)
    table = found.read(free_text=layout.free_text)
    frame = table.named()
    periods = frame[PERIOD].unique() if PERIOD in frame else ()
    dated = (year_of(path, columns, year, periods), release_of(path, layout, release))
    rows = rows_of(frame, layout)
    plan = measure_columns(layout.code, columns)
    parsed = _Columns(frame, plan, layout)
    read_columns = {column for measure_column in plan for _, column, _ in _roles(measure_column)} | DESCRIPTIVE
    if faults := [*rows.faults, *parsed.faults(rows), *unread_cells(table, read_columns)]:
        raise FaultyFile(sorted(faults)[:MOST_FAULTS], count=len(faults))
    return _results(table, frame, rows, parsed, dated)


class _Columns:
    """The measures' columns of a table, each parsed once."""

    def __init__(self, frame: pd.DataFrame, plan: list[MeasureColumns], layout: FileLayout) -> None:
        self.layout, self._row_numbers = layout, frame.index
        by_unit: dict[CellUnit, list[str]] = {}
        for measure_column in plan:
            for _, column, unit in _roles(measure_column):
                if column and column not in by_unit.setdefault(unit, []):
                    by_unit[unit].append(column)
        self._parsed = {
            (unit, column): parsed
            for unit, columns in by_unit.items()
            for column, parsed in parse_columns(frame, columns, unit, layout.codes).items()
        }
        # Nothing rests on a band, which follows from its score: one in unknown words never refuses a file.
        self.left_out = {
            column: parsed.unreadable[0].text
            for (unit, column), parsed in self._parsed.items()
            if unit is CellUnit.BAND and parsed.unreadable
        }
        self.plan = [measure_column for measure_column in plan if measure_column.column not in self.left_out]
        for column in self.left_out:
            del self._parsed[CellUnit.BAND, column]
        self._percentages = {
            column: (frame[column], parsed)
            for (unit, column), parsed in self._parsed.items()
            if unit is CellUnit.PERCENT
        }

    def faults(self, rows: RowPositions) -> list[FileFault]:
        """Return a fault for each unreadable cell of a row that is read, and each percentage column of fractions."""
        used = np.union1d(rows.kept, rows.places)
        return fraction_faults(self._percentages, rows.kept) + [
            FileFault(int(self._row_numbers[at]), column, repr(wrong.text), wrong.expected)
            for (_, column), parsed in self._parsed.items()
            for wrong in parsed.unreadable
            for at in np.intersect1d(wrong.positions, used)
        ]

    def long(self, positions: np.ndarray, dated: tuple[int, str]) -> pd.DataFrame:
        """Return the measures of some rows: for each measure in turn, all the rows in order."""
        shape = len(self.plan), len(positions)
        numbers = {name: np.full(shape, nan) for name in ("value", "lower", "upper", "cohort")}
        statuses = np.zeros(shape, dtype=np.int8)
        for place, measure_column in enumerate(self.plan):
            for role, column, unit in _roles(measure_column):
                if column and role == "whole":
                    self._divide(numbers["value"][place], statuses[place], self._parsed[unit, column], positions)
                elif column:
                    numbers[role][place] = self._parsed[unit, column].values[positions]
                    if role == "value":
                        statuses[place] = self._parsed[unit, column].statuses[positions]
        for name in ("lower", "upper"):  # a limit without its value means nothing
            numbers[name][statuses != VALUE_POSITION] = nan
        year, release = dated
        return pd.DataFrame(
            {
                "measure": _repeated([measure_column.measure.code for measure_column in self.plan], shape),
                "year": np.full(statuses.size, year, dtype=np.int64),
                "release": _repeated([release], (1, statuses.size)),
                "pupil_group": _repeated([measure_column.pupil_group for measure_column in self.plan], shape),
                "value": numbers["value"].ravel(),
                "status": pd.Categorical.from_codes(statuses.ravel(), STATUS_WORDS),
                **{name: numbers[name].ravel() for name in ("lower", "upper", "cohort")},
            },
            copy=False,
        )

    @staticmethod
    def _divide(values: np.ndarray, statuses: np.ndarray, whole: ParsedColumn, positions: np.ndarray) -> None:
        """Turn amounts into percentages of a whole, in place. Of nothing, there is no percentage."""
        known = statuses == VALUE_POSITION
        statuses[known] = whole.statuses[positions][known]
        statuses[(statuses == VALUE_POSITION) & (whole.values[positions] <= 0)] = STATUSES.index(
            ValueStatus.NOT_APPLICABLE
        )
        known = statuses == VALUE_POSITION
        values[known] = 100 * values[known] / whole.values[positions][known]
        values[~known] = nan


def _roles(reading: MeasureColumns) -> list[tuple[str, str, CellUnit]]:
    """Return what each column of a reading is for, its name (or ""), and its unit."""
    unit = CellUnit.POUNDS if reading.whole else reading.measure.unit
    return [
        ("value", reading.column, unit),
        ("whole", reading.whole, unit),
        ("lower", reading.lower, unit),
        ("upper", reading.upper, unit),
        ("cohort", reading.cohort, CellUnit.COUNT),
    ]


def _repeated(words: list[str], shape: tuple[int, int]) -> "pd.Categorical[str]":
    """Return each word once for each row, as a categorical."""
    different = list(dict.fromkeys(words))
    codes = np.array([different.index(word) for word in words], dtype=np.int16)
    return pd.Categorical.from_codes(np.repeat(codes, shape[1]), pd.Index(different))


def _results(
    table: Table, frame: pd.DataFrame, rows: RowPositions, columns: _Columns, dated: tuple[int, str]
) -> ResultsFile:
    layout, plan = columns.layout, columns.plan
    values = columns.long(rows.kept, dated)
    values.insert(0, layout.key, np.tile(rows.keys, len(plan)))
    places = places_of(frame, rows)
    national = pd.concat(
        [pd.concat([places] * len(plan), ignore_index=True), columns.long(rows.places, dated)], axis="columns"
    )
    national = national[national["status"] != ValueStatus.BLANK].reset_index(drop=True)
    if layout.key == "uid":
        about = {"trusts": trusts_of(frame, rows), "members": members_of(frame, rows)}
    else:
        about = {"schools": schools_of(frame, rows)}
    return ResultsFile(layout, values, national, _summary(table, rows, columns, values, dated), **about)


def _summary(
    table: Table, rows: RowPositions, columns: _Columns, values: pd.DataFrame, dated: tuple[int, str]
) -> ReadingSummary:
    plan = columns.plan
    counts = values["status"].value_counts()
    read_columns = {name for measure_column in plan for _, name, _ in _roles(measure_column)}
    return ReadingSummary(
        layout=columns.layout.code,
        year=dated[0],
        years=(dated[0],),
        release=dated[1],
        rows=len(table.frame),
        schools=len(rows.kept),
        values=len(values),
        by_status={str(status): int(count) for status, count in counts[counts > 0].items()},
        left_out=tuple(sorted([*table.left_out, *rows.repeated])),
        hidden=table.hidden,
        repaired=table.repaired,
        unread=tuple(name for name in map(normal_name, table.headings) if name not in read_columns | DESCRIPTIVE),
        left_out_columns=tuple(
            f"column {column}: its texts, such as “{text}”, are neither bands nor numbers"
            for column, text in columns.left_out.items()
        ),
        cohorts={
            measure_column.measure.code: measure_column.cohort
            for measure_column in plan
            if measure_column.pupil_group == "all"
        },
    )
