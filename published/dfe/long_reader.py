"""Read the Department's long tables, with several rows for each school: one for each year, pupil group or subject."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from published.dfe.cells import STATUSES, VALUE_POSITION, CellUnit, ParsedColumn, parse_columns
from published.dfe.faults import YearUnknown
from published.dfe.fractions import fraction_faults
from published.dfe.layouts import RELEASES, FileLayout, release_of, school_year, year_of_period
from published.dfe.long_tables import LongMeasure, LongTable, RowTexts
from published.dfe.measures import LayoutMeasure, layout_measures
from published.dfe.results_file import ReadingSummary, ResultsFile
from published.dfe.rows import KEY_RANGES, key_fault, keys_of
from published.dfe.value_statuses import ValueStatus
from tables.faults import FaultyFile, FileFault, FileNotRecognised
from tables.table_reader import FoundTable, Table
from tables.unread_cells import unread_cells

MOST_FAULTS = 100
NO_ROW = -1
BLANK_POSITION = STATUSES.index(ValueStatus.BLANK)
LEVEL, VERSION, NAME = "GEOGRAPHIC_LEVEL", "VERSION", "SCHOOL_NAME"
PERIODS = ("TIME_PERIOD", "YEAR")
AUTHORITIES, NUMBERS = ("OLD_LA_CODE",), ("SCHOOL_LAESTAB", "LAESTAB")
DESCRIPTIVE = (*PERIODS, VERSION, NAME, *AUTHORITIES, *NUMBERS)

Positions = npt.NDArray[np.int64]  # For each school and year, the position of its row, or NO_ROW.


@dataclass(frozen=True)
class ReadMeasure:
    """One measure of one pupil group: a number and a status for each school and year, and where there is a row."""

    measure: LayoutMeasure
    pupil_group: str
    cohort_column: str
    numbers: Mapping[str, npt.NDArray[np.float64]]  # value, lower, upper, cohort
    statuses: npt.NDArray[np.int8]
    has_row: npt.NDArray[np.bool_]


def read_long_table(
    path: Path, found: FoundTable, columns: list[str], layout: FileLayout, *, year: int | None, release: str | None
) -> ResultsFile:
    """Read a long table. Its years are in its rows, so ``year`` only selects one of them.

    Raises:
        YearUnknown, FileNotRecognised: it has no rows of that year, or none about a school and a whole year.
        ReleaseUnknown: neither its rows nor its name nor the caller gives the release.
        FaultyFile: it has faults, each with its row and column.
    """
    declared = layout.long
    assert declared is not None
    key = layout.key_column(columns)
    named = {*declared.named_columns(), *DESCRIPTIVE, key}
    table = found.read(only=[name for name in columns if name in named])
    frame = table.named().astype("category")  # A workbook's columns are not categories yet.
    rows = _Rows(frame, declared, key, path, year)
    parsed = _Parsed(rows.frame, declared, columns, layout)
    measures = [read for measure in declared.measures for read in rows.read(measure, parsed, columns)]
    if faults := [*rows.faults, *parsed.faults(rows.used), *unread_cells(table, named)]:
        raise FaultyFile(sorted(faults)[:MOST_FAULTS], count=len(faults))
    releases = rows.releases(path, layout, release)
    values = pd.concat([_long(read, rows, releases) for read in measures], ignore_index=True)
    values = _repack(values)
    return ResultsFile(
        layout,
        values,
        _no_places(values),
        _summary(table, frame, columns, rows, releases, measures, values),
        rows.schools(),
    )


class _Rows:
    """The rows of a long table that are about a school and a whole year, and the schools and years they are about."""

    def __init__(self, frame: pd.DataFrame, declared: LongTable, key: str, path: Path, year: int | None) -> None:
        self.declared, self.key = declared, key
        self.faults: list[FileFault] = []
        self.left_out: list[str] = []
        selected = _selected(frame, declared.rows)
        if not selected.any():
            raise FileNotRecognised(f"{path.name}: {_no_rows(frame, declared.rows)}")
        frame = frame[selected]
        period_column = next(name for name in PERIODS if name in frame)
        years = _converted(frame[period_column], lambda text: year_of_period(text) or 0)
        for at in np.flatnonzero(years == 0)[:MOST_FAULTS]:
            found = repr(frame[period_column].iat[at])
            self.faults.append(FileFault(int(frame.index[at]), period_column, found, "a school year: 202425"))
        years = years + declared.years_later
        frame, years = self._whole_years(frame, years, path)
        if year is not None:
            frame, years = frame[years == year], years[years == year]
            if not len(frame):
                raise YearUnknown(f"{path.name} has no rows of {school_year(year)}.")
        self.frame, self.years = frame, years
        codes, texts = frame[key].cat.codes.to_numpy(), pd.Series(frame[key].cat.categories, dtype=object)
        urns = keys_of(texts)
        low, high = KEY_RANGES["urn"]
        bad = ~((urns >= low) & (urns <= high))
        for at in np.flatnonzero(bad[codes])[:MOST_FAULTS]:
            self.faults.append(key_fault(int(frame.index[at]), key, str(frame[key].iat[at]), "urn"))
        urns[bad] = 0
        keys = years.astype(np.int64) * 10_000_000 + urns[codes].astype(np.int64)
        self.unit_of_row, units = pd.factorize(keys, sort=True)
        self.unit_years, self.unit_urns = np.divmod(units, 10_000_000)
        self.used = np.zeros(len(frame), dtype=bool)
        self._selections: dict[tuple, Positions] = {}

    @property
    def newest(self) -> int:
        return int(self.unit_years.max())

    def _whole_years(
        self, frame: pd.DataFrame, years: npt.NDArray[np.int64], path: Path
    ) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
        """Leave out the years that lack a part, such as a term."""
        if not self.declared.add_up:
            return frame, years
        parts = _converted(frame[self.declared.add_up], str.casefold)
        for year in np.unique(years):
            lacking = [part for part in self.declared.parts if part not in set(parts[years == year])]
            if lacking:
                words = (
                    f"{school_year(int(year))}: it is not a whole year, without rows for the {' and '.join(lacking)}"
                )
                self.left_out.append(words)
                frame, parts, years = frame[years != year], parts[years != year], years[years != year]
        if not len(frame):
            raise YearUnknown(f"{path.name}: nothing can be read. {'; '.join(self.left_out)}.")
        return frame, years

    def read(self, measure: LongMeasure, parsed: "_Parsed", columns: Iterable[str]) -> Iterator[ReadMeasure]:
        """Yield a measure for each pupil group that the file has."""
        for group, texts in self.declared.groups.items():
            selections = [
                self._positions({**self.declared.rows, **texts, **measure.rows, **part}) for part in self._parts()
            ]
            has_row = np.logical_and.reduce([positions != NO_ROW for positions in selections])
            read = parsed.measure(measure, group, selections, has_row, self.declared.parts)
            if read is not None and has_row.any():
                for positions in selections:
                    self.used[positions[positions != NO_ROW]] = True
                yield read

    def _parts(self) -> list[RowTexts]:
        if not self.declared.add_up:
            return [{}]
        return [{self.declared.add_up: frozenset({part})} for part in self.declared.parts]

    def _positions(self, texts: RowTexts) -> Positions:
        """Return the row of each school and year that the texts select. Two different rows are a fault."""
        known = tuple(sorted((column, *sorted(several)) for column, several in texts.items()))
        if known in self._selections:
            return self._selections[known]
        rows = np.flatnonzero(_selected(self.frame, texts))
        units = self.unit_of_row[rows]
        later = pd.Series(units).duplicated().to_numpy()
        positions = np.full(len(self.unit_urns), NO_ROW, dtype=np.int64)
        positions[units[~later]] = rows[~later]
        for row, unit in zip(rows[later], units[later], strict=True):
            earlier = int(positions[unit])
            if not self.frame.iloc[row].equals(self.frame.iloc[earlier]) and len(self.faults) < MOST_FAULTS:
                what = f"a second row for school {self.unit_urns[unit]}, after row {self.frame.index[earlier]}"
                expected = "one row for each school, year and pupil group"
                self.faults.append(FileFault(int(self.frame.index[row]), self.key, what, expected))
        self._selections[known] = positions
        return positions

    def releases(self, path: Path, layout: FileLayout, asked: str | None) -> Mapping[int, str]:
        """Return the release of each year."""
        found = {}
        for year in np.unique(self.unit_years):
            words = set()
            if VERSION in self.frame and asked is None and not layout.release:
                words = {text.strip().lower() for text in self.frame[VERSION][self.years == year].unique()}
            word = words.pop() if len(words) == 1 else ""
            found[int(year)] = word if word in RELEASES else release_of(path, layout, asked)
        return found

    def schools(self) -> pd.DataFrame:
        """Return the schools of the newest year: urn, name, la, estab, school_type, is_mainstream.

        The type is empty, because these tables have words of their own for it, and not the wide tables' codes.
        """
        newest = np.flatnonzero(self.unit_years == self.newest)
        _, first = np.unique(self.unit_of_row, return_index=True)  # The first row of each school and year, in order.
        frame = self.frame.iloc[first[newest]]
        numbers = _numbers(frame, NUMBERS)
        la = np.where(np.isnan(authority := _numbers(frame, AUTHORITIES)), numbers // 10_000, authority)
        return pd.DataFrame(
            {
                "urn": self.unit_urns[newest],
                "name": _texts(frame, (NAME,)),
                "la": pd.Series(la).astype("Int64").array,
                "estab": pd.Series(numbers % 10_000).astype("Int64").array,
                "school_type": "",
                "is_mainstream": pd.arrays.BooleanArray(np.zeros(len(frame), bool), np.ones(len(frame), bool)),
            }
        )


class _Parsed:
    """The columns with figures, each parsed once."""

    def __init__(self, frame: pd.DataFrame, declared: LongTable, columns: list[str], layout: FileLayout) -> None:
        self.frame = frame
        self.known = {measure.code: measure for measure in layout_measures(declared.layout)}
        self.present = set(columns)
        by_unit: dict[CellUnit, dict[str, None]] = {}
        for measure in declared.measures:
            unit = self.known[measure.code].unit
            for column in filter(
                None, (self.first(names) for names in (measure.columns, measure.lower, measure.upper))
            ):
                by_unit.setdefault(unit, {})[column] = None
            counted = [self.first(measure.cohort), *measure.per_hundred, measure.whole]
            for column in self.present.intersection(counted):
                by_unit.setdefault(CellUnit.COUNT, {})[column] = None
        self.parsed = {
            (unit, column): parsed
            for unit, several in by_unit.items()
            for column, parsed in parse_columns(frame, list(several), unit, layout.codes).items()
        }

    def first(self, names: Iterable[str]) -> str:
        return next((name for name in names if name in self.present), "")

    def faults(self, used: npt.NDArray[np.bool_]) -> list[FileFault]:
        """Return a fault for each unreadable cell of a row that is read, and each percentage column of fractions."""
        percentages = {
            column: (self.frame[column].astype(object), parsed)
            for (unit, column), parsed in self.parsed.items()
            if unit is CellUnit.PERCENT
        }
        return fraction_faults(percentages, np.flatnonzero(used)) + [
            FileFault(int(self.frame.index[at]), column, repr(wrong.text), wrong.expected)
            for (_, column), parsed in self.parsed.items()
            for wrong in parsed.unreadable
            for at in wrong.positions[used[wrong.positions]]
        ]

    def measure(
        self,
        measure: LongMeasure,
        group: str,
        selections: list[Positions],
        has_row: npt.NDArray[np.bool_],
        parts: tuple[str, ...],
    ) -> ReadMeasure | None:
        """Return the numbers and statuses of a measure, or None if the file lacks its columns."""
        known = self.known[measure.code]
        if measure.per_hundred:
            if not self.present.issuperset((*measure.per_hundred, measure.whole)):
                return None
            value, statuses = self._rate(measure, selections, parts)
            return ReadMeasure(known, group, "", {"value": value}, statuses, has_row)
        column = self.first(measure.columns)
        if not column:
            return None
        value, statuses = self._sum([(known.unit, column)], selections)
        roles = [("lower", known.unit, measure.lower), ("upper", known.unit, measure.upper)]
        roles.append(("cohort", CellUnit.COUNT, measure.cohort))
        others = {
            role: self._sum([(unit, found)], selections)[0]
            for role, unit, names in roles
            if (found := self.first(names))
        }
        return ReadMeasure(known, group, self.first(measure.cohort), {"value": value, **others}, statuses, has_row)

    def _sum(
        self, columns: Iterable[tuple[CellUnit, str]], selections: Iterable[Positions]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
        """Add up columns and rows. The status is the first that is not a number."""
        total: npt.NDArray[np.float64] | None = None
        statuses = np.empty(0, dtype=np.int8)
        for column in columns:
            for positions in selections:
                values, status = _at(self.parsed[column], positions)
                if total is None:
                    total, statuses = values, status
                else:
                    total = total + values
                    statuses = np.where(statuses == VALUE_POSITION, status, statuses).astype(np.int8)
        assert total is not None
        return np.where(statuses == VALUE_POSITION, total, nan), statuses

    def _rate(
        self, measure: LongMeasure, selections: list[Positions], parts: tuple[str, ...]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
        count, statuses = self._sum([(CellUnit.COUNT, column) for column in measure.per_hundred], selections)
        whole_rows = selections[parts.index(measure.whole_part)] if measure.whole_part else selections[0]
        whole, whole_statuses = _at(self.parsed[CellUnit.COUNT, measure.whole], whole_rows)
        statuses = np.where(statuses == VALUE_POSITION, whole_statuses, statuses).astype(np.int8)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = 100 * count / whole
        nobody = (statuses == VALUE_POSITION) & ~np.isfinite(rate)
        statuses[nobody] = STATUSES.index(ValueStatus.NOT_APPLICABLE)
        return np.where(statuses == VALUE_POSITION, rate, nan), statuses


def _at(parsed: ParsedColumn, positions: Positions) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
    """Return a column's numbers and statuses at these positions. Without a row, they are blank."""
    has_row = positions != NO_ROW
    values = np.where(has_row, parsed.values[positions], nan)
    return values, np.where(has_row, parsed.statuses[positions], BLANK_POSITION).astype(np.int8)


def _selected(frame: pd.DataFrame, texts: RowTexts) -> npt.NDArray[np.bool_]:
    """Return which rows have one of the texts in each column. A column that the file lacks selects nothing."""
    selected = np.ones(len(frame), dtype=bool)
    for column, several in texts.items():
        if column in frame:
            selected &= _converted(frame[column], lambda text: text.strip().casefold() in several)  # noqa: B023 - at once
    return selected


def _converted(cells: "pd.Series[str]", convert: Callable[[str], Any]) -> np.ndarray:
    """Convert a column, each different text once."""
    return np.array([convert(text) for text in cells.cat.categories])[cells.cat.codes.to_numpy()]


def _no_rows(frame: pd.DataFrame, texts: RowTexts) -> str:
    """Say that no row is about a school and a whole year, and what the rows are about."""
    for column in texts:
        if column in frame and not _selected(frame, {column: texts[column]}).any():
            found = ", ".join(sorted(map(str, frame[column].unique()))[:5])
            expected = " or ".join(sorted(texts[column]))
            return f"its rows say {found} in {column}, and Sightline reads those that say {expected}."
    return "no row is about a school and a whole year."


def _long(read: ReadMeasure, rows: _Rows, releases: Mapping[int, str]) -> pd.DataFrame:
    """Return a measure as rows. For earlier years only numbers count, because what is missing is in other files."""
    kept = np.flatnonzero(read.has_row & ((rows.unit_years == rows.newest) | (read.statuses == VALUE_POSITION)))
    statuses = read.statuses[kept]
    numbers = {
        name: read.numbers[name][kept] if name in read.numbers else np.full(len(kept), nan)
        for name in ("value", "lower", "upper", "cohort")
    }
    for name in ("lower", "upper"):
        numbers[name] = np.where(statuses == VALUE_POSITION, numbers[name], nan)
    years = rows.unit_years[kept]
    return pd.DataFrame(
        {
            "urn": rows.unit_urns[kept],
            "measure": read.measure.code,
            "year": years,
            "release": [releases[int(year)] for year in years],
            "pupil_group": read.pupil_group,
            "value": numbers["value"],
            "status": statuses,
            **{name: numbers[name] for name in ("lower", "upper", "cohort")},
        }
    )


def _repack(values: pd.DataFrame) -> pd.DataFrame:
    """Keep repeated words once, as the reader of wide tables does."""
    status = pd.Categorical.from_codes(values["status"].to_numpy(), pd.Index([str(status) for status in STATUSES]))
    words = {name: values[name].astype("category") for name in ("measure", "release", "pupil_group")}
    return values.assign(status=status, **words)


def _no_places(values: pd.DataFrame) -> pd.DataFrame:
    places = {"geography": pd.Series(dtype=object), "la": pd.Series(dtype=np.int64), "scope": pd.Series(dtype=object)}
    return pd.DataFrame(places).join(values.drop(columns="urn").iloc[:0])


def _numbers(frame: pd.DataFrame, names: Iterable[str]) -> npt.NDArray[np.float64]:
    return pd.to_numeric(pd.Series(_texts(frame, names), dtype=object), errors="coerce").to_numpy(dtype=float)


def _texts(frame: pd.DataFrame, names: Iterable[str]) -> np.ndarray:
    """Return the first of these columns that the table has, or empty texts."""
    name = next((name for name in names if name in frame), None)
    return np.full(len(frame), "", dtype=object) if name is None else frame[name].astype(object).to_numpy()


def _summary(
    table: Table,
    frame: pd.DataFrame,
    columns: list[str],
    rows: _Rows,
    releases: Mapping[int, str],
    measures: list[ReadMeasure],
    values: pd.DataFrame,
) -> ReadingSummary:
    counts = values["status"].value_counts()
    return ReadingSummary(
        layout=rows.declared.layout,
        year=rows.newest,
        years=tuple(sorted(releases)),
        release=releases[rows.newest],
        rows=len(frame),
        schools=int((rows.unit_years == rows.newest).sum()),
        values=len(values),
        by_status={str(status): int(count) for status, count in counts[counts > 0].items()},
        left_out=tuple(table.left_out),
        hidden=table.hidden,
        repaired=table.repaired,
        unread=tuple(name for name in columns if name not in frame),
        left_out_columns=tuple(rows.left_out),
        cohorts={read.measure.code: read.cohort_column for read in measures if read.pupil_group == "all"},
    )
