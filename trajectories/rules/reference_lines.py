"""Carter's four lines as dated data with a provenance: official, derived, or set by the trust."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trajectories.rules import DATA
from trajectories.rules.percentiles import PercentileTable, percentile_in, value_at

LINES = ("floor", "coasting", "average", "top")
PROVENANCES = ("trust", "official", "derived")  # In order: the first that covers the year wins.
BANDS = (
    "Below the floor",
    "Floor to coasting",
    "Coasting to national average",
    "National average to top 15%",
    "Top 15%",
)
Floats = npt.NDArray[np.float64]
Test = tuple[str, str, float]  # Measure, "<", number.


@dataclass(frozen=True, kw_only=True)
class CarterLine:
    """One line for one phase of education over some years, with its source.

    ``values`` are its levels in a measure's own unit, where the definition names any. ``all`` and ``any`` are the
    official test that puts a school below the line.
    """

    code: str
    phase: str
    first_year: int
    provenance: str
    says: str
    source: str
    last_year: int | None = None
    percentile: float | None = None
    percentile_by_year: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    all: tuple[Test, ...] = ()
    any: tuple[Test, ...] = ()

    def covers(self, year: int) -> bool:
        """Return whether the line is in force for the results of a school year."""
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)

    def percentile_in(self, year: int) -> float | None:
        """Return the line's national percentile in a year, or None if only a value is set."""
        return self.percentile_by_year.get(str(year), self.percentile)


@dataclass(frozen=True, kw_only=True)
class ReferenceSet:
    """A versioned set of lines. A trust's own lines take precedence over official and derived ones."""

    version: str
    title: str
    names: Mapping[str, str]
    lines: tuple[CarterLine, ...]


@dataclass(frozen=True, kw_only=True)
class DrawnLine:
    """One line as a chart draws it: its percentile, and its value in the measure's unit."""

    code: str
    name: str
    year: int
    measure: str
    percentile: float
    value: float
    provenance: str
    says: str
    source: str
    estimated: bool


@cache
def standard_reference() -> ReferenceSet:
    """Return the reference set that ships with Sightline."""
    return read_reference(DATA / "reference_lines.toml")


def read_reference(path: Path) -> ReferenceSet:
    """Read a reference set from a TOML file in the layout of ``trajectories/data/reference_lines.toml``.

    Raises:
        ValueError, TypeError, KeyError: the file is not TOML, a key is missing, or a key is not known.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    tests = ("all", "any")
    lines = tuple(
        CarterLine(**row | {name: tuple(map(tuple, row.get(name, ()))) for name in tests}) for row in data["line"]
    )
    return ReferenceSet(version=data["version"], title=data["title"], names=data["names"], lines=lines)


def with_line(reference: ReferenceSet, line: CarterLine, *, version: str) -> ReferenceSet:
    """Return the reference set with one more line, set by the trust, under a new version.

    Raises:
        ValueError: the line is not one of the four, is not the trust's, or has neither percentile nor value.
    """
    if line.code not in LINES or line.provenance != "trust":
        raise ValueError(f"a trust may set {', '.join(LINES)}, not a {line.provenance} {line.code!r} line")
    if line.percentile is None and not line.values:
        raise ValueError(f"the trust's {line.code} line needs a percentile or a value")
    return replace(reference, version=version, lines=(line, *reference.lines))


def line_for(reference: ReferenceSet, code: str, phase: str, year: int) -> CarterLine | None:
    """Return the line in force: the trust's own, or else the official one, or else the derived one."""
    lines = [line for line in reference.lines if (line.code, line.phase) == (code, phase) and line.covers(year)]
    return min(lines, key=lambda line: PROVENANCES.index(line.provenance), default=None)


def line_percentiles_of(reference: ReferenceSet, phase: str) -> dict[str, float]:
    """Return the percentile of each newest line of a phase, by code.

    A level over several years is compared with these, whatever the years. A line that the trust set only as a value
    keeps its derived percentile here.

    >>> line_percentiles_of(standard_reference(), "secondary")
    {'floor': 13.9, 'coasting': 29.3, 'average': 49.0, 'top': 85.0}
    """
    answer: dict[str, float] = {}
    for line in sorted(reference.lines, key=lambda line: (PROVENANCES.index(line.provenance), -line.first_year)):
        if line.phase == phase and line.percentile is not None:
            answer.setdefault(line.code, line.percentile)
    return {code: answer[code] for code in LINES if code in answer}


def below_official(line: CarterLine, values: Mapping[str, float | None]) -> bool | None:
    """Return whether a school's figures of one year fail a line's own test, or None if they do not show it.

    A missing figure is unknown and not a pass: unknown with failed is unknown, unknown with passed is passed.

    >>> line = line_for(standard_reference(), "floor", "secondary", 2018)
    >>> below_official(line, {"P8MEA": -0.6, "P8CIUPP": -0.3}), below_official(line, {"P8MEA": -0.6})
    (True, None)
    """
    known = {measure: np.array([np.nan if value is None else value]) for measure, value in values.items()}
    fails = fail_own_test(line, known, 1)[0]
    return None if np.isnan(fails) else bool(fails)


def fail_own_test(line: CarterLine, values: Mapping[str, Floats], schools: int) -> Floats:
    """Return for many schools whether they fail a line's own test: 1 fails, 0 passes, NaN is not known.

    ``values`` are the schools' figures of one year by measure, with NaN for a missing figure.
    """
    if not line.all and not line.any:
        return np.full(schools, np.nan)
    unknown = np.full(schools, np.nan)

    def under(test: Test) -> Floats:
        figures = values.get(test[0], unknown)
        return np.where(np.isnan(figures), np.nan, figures < test[2])

    parts = [under(test) for test in line.all]
    if line.any:
        some = np.stack([under(test) for test in line.any])
        some_unknown = np.isnan(some).any(axis=0)
        parts.append(np.where((some == 1).any(axis=0), 1.0, np.where(some_unknown, np.nan, 0.0)))
    tests = np.stack(parts)
    passed, not_told = (tests == 0).any(axis=0), np.isnan(tests).any(axis=0)
    return np.where(passed, 0.0, np.where(not_told, np.nan, 1.0))


def drawn_lines(reference: ReferenceSet, table: PercentileTable) -> tuple[DrawnLine, ...]:
    """Return the four lines on the scale of one measure, phase and year, from floor to top.

    A line with a value in the measure's unit keeps that value. The national average is that year's average. Any other
    line is read from the table at its percentile. ``estimated`` says that this table is an estimate.
    """
    answer = []
    for code in LINES:
        line = line_for(reference, code, table.phase, table.year)
        if line is None or _is_of_another_measure(line, table):
            continue
        percentile, value = _place(line, table)
        answer.append(
            DrawnLine(
                code=code,
                name=reference.names[code],
                year=table.year,
                measure=table.measure,
                percentile=round(percentile, 2),
                value=round(value, 3),
                provenance=line.provenance,
                says=line.says,
                source=line.source,
                estimated=table.estimated,
            )
        )
    return tuple(answer)


def _is_of_another_measure(line: CarterLine, table: PercentileTable) -> bool:
    """Return whether an official line is defined by other measures than this table's, as those before 2016 were."""
    is_placed = line.percentile_in(table.year) is not None or table.measure in line.values or line.code == "average"
    return line.provenance == "official" and not is_placed


def _place(line: CarterLine, table: PercentileTable) -> tuple[float, float]:
    if table.measure in line.values:
        value = line.values[table.measure]
        percentile = line.percentile_in(table.year)
        return (float(percentile_in(table, value)) if percentile is None else percentile), value
    if line.code == "average" and line.provenance != "trust":
        return float(percentile_in(table, table.average)), table.average
    percentile = line.percentile_in(table.year)
    if percentile is None:
        raise ValueError(f"the {line.provenance} {line.code} line has no percentile and no {table.measure} value")
    return percentile, value_at(table, percentile)


def band_of(
    percentile: float, values: Mapping[str, float], lines: Sequence[tuple[CarterLine, DrawnLine]]
) -> tuple[int, str]:
    """Return one school's band, 0 to 4, and the provenance of the line that decided it. See ``bands_of``."""
    known = {measure: np.array([value], dtype=float) for measure, value in values.items()}
    bands, settled_by = bands_of(np.array([percentile]), known, lines)
    return int(bands[0]), str(settled_by[0])


def bands_of(
    percentiles: Floats, values: Mapping[str, Floats], lines: Sequence[tuple[CarterLine, DrawnLine]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Return many schools' bands, 0 to 4, and the provenance of the line that decided each.

    ``values`` are the schools' figures of that year by measure, ``lines`` the four from ``lines_on``. The lines are
    tried from the floor up, and a school is in the band under the first line that it is below. An official line is
    decided by its own test. If a figure for the test is missing, and for every other line, the percentile is compared
    with the line's.

    Source: trajectories/README.md, rule S5.
    """
    bands = np.full(len(percentiles), len(LINES), dtype=np.int64)
    settled_by = np.full(len(percentiles), "", dtype=object)
    open_still = np.full(len(percentiles), True)
    for line, drawn in lines:
        official = fail_own_test(line, values, len(percentiles))
        told = ~np.isnan(official)
        below = np.where(told, official == 1, percentiles < drawn.percentile)
        unsettled = "derived" if line.provenance == "official" else line.provenance
        settled_by[open_still] = np.where(told, line.provenance, unsettled)[open_still]
        bands[open_still & below] = LINES.index(line.code)
        open_still &= ~below
    return bands, settled_by


def lines_on(reference: ReferenceSet, table: PercentileTable) -> list[tuple[CarterLine, DrawnLine]]:
    """Return the lines in force on a table, each with its definition and its level, from floor to top."""
    drawn = drawn_lines(reference, table)
    lines = [line_for(reference, row.code, table.phase, table.year) for row in drawn]
    return [(line, row) for line, row in zip(lines, drawn, strict=True) if line is not None]
