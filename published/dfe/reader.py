"""Read one of the DfE's files into long frames: schools' values, the schools, and England's values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from published.dfe.cells import STATUSES, VALUE_POSITION, CellUnit, parse_columns
from published.dfe.layouts import FileLayout, find_results, layout_of, normal_names, release_of, year_of
from published.dfe.measures import MeasureColumns, measure_columns
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
from tables.faults import FaultyFile, FileFault
from tables.headings import normal_name
from tables.table_reader import LeftOut, Table

STATUS_WORDS = pd.Index([str(status) for status in STATUSES])
MOST_FAULTS = 100  # listed one by one; the rest are only counted


@dataclass(frozen=True)
class ReadingSummary:
    """What we read from a file, and what we left out."""

    layout: str
    year: int
    release: str
    rows: int
    schools: int  # or trusts
    values: int
    by_status: Mapping[str, int]
    left_out: tuple[LeftOut, ...]
    repaired: tuple[int, ...]  # numbers of the rows whose unquoted commas were repaired
    unread: tuple[str, ...]  # columns that are not read
    cohorts: Mapping[str, str]  # measure (all pupils) -> the column of its cohort

    @property
    def codes_are_blank(self) -> bool:
        """Whether the file has empty cells instead of codes, so that the reasons are unknown."""
        reasons = {ValueStatus.SUPPRESSED, ValueStatus.NOT_APPLICABLE, ValueStatus.NO_ENTRIES}
        return ValueStatus.BLANK in self.by_status and reasons.isdisjoint(self.by_status)


@dataclass(frozen=True)
class ResultsFile:
    """One file, read.

    ``values``: urn (or uid, for trusts), measure, year, release, pupil_group, value, status, lower,
    upper, cohort. One row for each school, measure and pupil group, with or without a number;
    missing numbers in value, lower, upper and cohort are NaN. Percentages are percent numbers.

    ``schools``: urn, name, la, estab, school_type, is_mainstream (True, False or None: unknown).
    Empty for trusts, whose frames are ``trusts`` (uid, group_id, name, group_type) and ``members``
    (uid, urn of the schools counted).

    ``national``: geography ("England" or "local authority"), la (0 for England), scope, then as
    ``values``, starting with measure. Empty cells are left out.
    """

    layout: FileLayout
    values: pd.DataFrame
    national: pd.DataFrame
    summary: ReadingSummary
    schools: pd.DataFrame = field(default_factory=pd.DataFrame)
    trusts: pd.DataFrame = field(default_factory=pd.DataFrame)
    members: pd.DataFrame = field(default_factory=pd.DataFrame)


def read_results_file(path: Path | str, *, year: int | None = None, release: str | None = None) -> ResultsFile:
    """Read a file of any known layout.

    ``year`` is the calendar year in which the school year ends. Give it and ``release`` only if
    neither the columns nor the names of file and folder have them.

    Raises:
        FileNotRecognised, YearUnknown, ReleaseUnknown: it is not clear what the file is.
        FaultyFile: the file has faults, each with its row and column.
    """
    path = Path(path)
    found = find_results(path)
    columns = normal_names(found)
    layout = layout_of(columns, path.name)
    dated = (year_of(path, columns, year), release_of(path, layout, release))
    table = found.read(free_text=layout.free_text)
    frame = table.named()
    rows = rows_of(frame, layout)
    plan = measure_columns(layout.code, columns)
    parsed = _Columns(frame, plan, layout)
    if faults := [*rows.faults, *parsed.faults(rows)]:
        raise FaultyFile(sorted(faults)[:MOST_FAULTS], count=len(faults))
    return _results(table, frame, rows, parsed, dated)


class _Columns:
    """The measures' columns of a table, each parsed once."""

    def __init__(self, frame: pd.DataFrame, plan: list[MeasureColumns], layout: FileLayout) -> None:
        self.plan, self.layout, self._row_numbers = plan, layout, frame.index
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

    def faults(self, rows: RowPositions) -> list[FileFault]:
        """Return a fault for each unreadable cell of a row that is read."""
        used = np.union1d(rows.kept, rows.places)
        return [
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
            statuses[place] = self._parsed[measure_column.measure.unit, measure_column.column].statuses[positions]
            for role, column, unit in _roles(measure_column):
                if column:
                    numbers[role][place] = self._parsed[unit, column].values[positions]
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


def _roles(reading: MeasureColumns) -> list[tuple[str, str, CellUnit]]:
    """Return what each column of a reading is for, its name (or ""), and its unit."""
    unit = reading.measure.unit
    return [
        ("value", reading.column, unit),
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
    read_columns = {
        name
        for measure_column in plan
        for name in (measure_column.column, measure_column.lower, measure_column.upper, measure_column.cohort)
    }
    return ReadingSummary(
        layout=columns.layout.code,
        year=dated[0],
        release=dated[1],
        rows=len(table.frame),
        schools=len(rows.kept),
        values=len(values),
        by_status={str(status): int(count) for status, count in counts[counts > 0].items()},
        left_out=tuple(sorted([*table.left_out, *rows.repeated])),
        repaired=table.repaired,
        unread=tuple(name for name in map(normal_name, table.headings) if name not in read_columns | DESCRIPTIVE),
        cohorts={
            measure_column.measure.code: measure_column.cohort
            for measure_column in plan
            if measure_column.pupil_group == "all"
        },
    )
