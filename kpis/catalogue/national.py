"""National figures that indicators are held against, each with its year, its status and its source."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kpis.catalogue.indicator import Indicator
from kpis.catalogue.kinds import Labelled, PhaseOfEducation, PupilGroup, Unit
from kpis.catalogue.reading import CatalogueFault

ALL_SCHOOLS = "all"  # In the phase column: every state-funded school, whatever its phase of education.
COLUMNS = ("indicator", "phase", "school_year", "term", "pupil_group", "value", "status", "source")
TERMS = ("", "autumn", "spring", "summer")
ADDS_UP = (Unit.PER_100_PUPILS, Unit.DAYS, Unit.COUNT)  # A year's figure is about three terms' together.


class FigureStatus(Labelled):
    """How firm a national figure is."""

    PROVISIONAL = "provisional", "Provisional"
    FINAL = "final", "Final"
    ESTIMATE = "estimate", "Estimate"


@dataclass(frozen=True, kw_only=True)
class NationalFigure:
    """England's figure for one indicator, phase, school year, term (or whole year) and pupil group."""

    indicator: str
    phase: str  # A phase of education, or ``ALL_SCHOOLS``.
    school_year: int  # The calendar year it ends in.
    term: str  # Empty for the whole year.
    pupil_group: PupilGroup
    value: Decimal  # In the indicator's unit.
    status: FigureStatus
    source: str

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """Return what may be in the file once only."""
        return self.indicator, self.phase, self.school_year, self.term, self.pupil_group


def load_national(path: Path, indicators: Mapping[str, Indicator]) -> tuple[NationalFigure, ...]:
    """Read the national figures strictly; every code must be one of ``indicators``.

    Raises:
        CatalogueFault: naming the row and the column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogueFault(path.name, "row 1", f"columns must be {', '.join(COLUMNS)}")
        figures = tuple(_figure(path.name, reader.line_num, row, indicators) for row in reader)
    seen: set[tuple[str, str, int, str, str]] = set()
    for figure in figures:
        if figure.key in seen:
            raise CatalogueFault(path.name, " ".join(map(str, figure.key)), "is there twice")
        seen.add(figure.key)
    return figures


def nearest_national(
    figures: Iterable[NationalFigure],
    indicator: Indicator,
    *,
    phase: str,
    school_year: int,
    term: str = "",
    pupil_group: PupilGroup | None = None,
) -> NationalFigure | None:
    """Return the national figure to hold a school's figure against, or None when no fair one is known.

    It is never of a later year. The same term is taken before the whole year, because the terms of a year
    differ; a whole year is never taken for one term of a figure that adds up over the year, such as
    suspensions. The school's phase of education is taken before all schools; within that, the newest year.
    A forecast is held against the figures of the result that it forecasts.

    The answer says which year, term and phase it is of: show them beside it.
    """
    code = indicator.comparator.same_as or indicator.code
    group = pupil_group or indicator.pupil_group
    terms = [term, ""] if term and indicator.unit not in ADDS_UP else [term]
    if indicator.comparator.same_as:
        terms = [""]
    fair = [
        each
        for each in figures
        if each.indicator == code
        and each.phase in (phase, ALL_SCHOOLS)
        and each.pupil_group == group
        and each.school_year <= school_year
        and each.term in terms
    ]
    return max(fair, key=lambda each: (each.phase == phase, each.term == term, each.school_year), default=None)


def _figure(file: str, line: int, row: dict[str, str], indicators: Mapping[str, Indicator]) -> NationalFigure:
    def fault(column: str, message: str) -> CatalogueFault:
        return CatalogueFault(file, f"row {line}, {column}", message)

    if None in row or None in row.values():
        raise fault("row", f"must have {len(COLUMNS)} cells")
    if (indicator := indicators.get(row["indicator"])) is None:
        raise fault("indicator", f"there is no indicator {row['indicator']!r}")
    for column, allowed in (
        ("phase", [ALL_SCHOOLS, *PhaseOfEducation]),
        ("term", TERMS),
        ("pupil_group", list(PupilGroup)),
        ("status", list(FigureStatus)),
    ):
        if row[column] not in allowed:
            raise fault(column, f"{row[column]!r} is not one of: {', '.join(allowed)}")
    try:
        school_year, value = int(row["school_year"]), Decimal(row["value"])
    except (ValueError, InvalidOperation):
        raise fault("value", "school year and value must be numbers") from None
    if not (value.is_finite() and indicator.limits.allow(value)):
        raise fault("value", f"{value} is outside the limits of {indicator.code}")
    if not row["source"].strip():
        raise fault("source", "is empty")
    return NationalFigure(
        indicator=indicator.code,
        phase=row["phase"],
        school_year=school_year,
        term=row["term"],
        pupil_group=PupilGroup(row["pupil_group"]),
        value=value,
        status=FigureStatus(row["status"]),
        source=row["source"],
    )
