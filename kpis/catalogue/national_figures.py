"""Read the national figures that indicators are compared with, each with its year, status and source."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from kpis.catalogue.catalogue_files import CatalogueFault
from kpis.catalogue.indicator import Indicator
from kpis.catalogue.kinds import FigureUnit, Labelled, PhaseOfEducation, PupilGroup
from schools.rules.terms import school_year_label

ALL_SCHOOLS = "all"  # In the phase column: every state-funded school, whatever its phase of education.
COLUMNS = ("indicator", "phase", "school_year", "term", "pupil_group", "value", "status", "source")
TERMS = ("", "autumn", "spring", "summer")
# Units in which the figure of a year is about that of its three terms together.
ADDS_UP = (FigureUnit.PER_100_PUPILS, FigureUnit.DAYS, FigureUnit.COUNT)


class NationalFigureStatus(Labelled):
    """Whether a national figure may still change."""

    PROVISIONAL = "provisional", "Provisional"
    FINAL = "final", "Final"
    ESTIMATE = "estimate", "Estimate"


YEAR, NUMBER = re.compile("20[0-9]{2}"), re.compile(r"-?[0-9]+(\.[0-9]+)?")
CLOSED: dict[str, tuple[str, ...]] = {
    "phase": (ALL_SCHOOLS, *PhaseOfEducation),
    "term": TERMS,
    "pupil_group": tuple(PupilGroup),
    "status": tuple(NationalFigureStatus),
}


@dataclass(frozen=True, kw_only=True)
class EnglandFigure:
    """England's figure for one indicator, phase, school year, term (or whole year) and pupil group."""

    indicator: str
    phase: str  # A phase of education, or ``ALL_SCHOOLS``.
    school_year: int  # The calendar year it ends in.
    term: str  # Empty for the whole year.
    pupil_group: PupilGroup
    value: Decimal  # In the indicator's unit.
    status: NationalFigureStatus
    source: str

    @property
    def schools(self) -> str:
        """Say which schools it is about: "primary schools", say."""
        return "all schools" if self.phase == ALL_SCHOOLS else f"{self.phase} schools"

    @property
    def when(self) -> str:
        """Say which term or school year it is about: "autumn term 2025–26", say."""
        year = school_year_label(self.school_year)
        return f"{self.term} term {year}" if self.term else year

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """Return the columns that must be unique in the file."""
        return self.indicator, self.phase, self.school_year, self.term, self.pupil_group


def load_national(path: Path, indicators: Mapping[str, Indicator]) -> tuple[EnglandFigure, ...]:
    """Read the national figures strictly; every code must be one of ``indicators``.

    Raises:
        CatalogueFault: with the row and the column.
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
    figures: Iterable[EnglandFigure],
    indicator: Indicator,
    *,
    phase: str,
    school_year: int,
    term: str = "",
    pupil_group: PupilGroup | None = None,
) -> EnglandFigure | None:
    """Return the national figure to compare a school's figure with, or None if there is no fair one.

    It is never of a later year. The same term is preferred to the whole year, because terms differ. If terms add up to
    the year's figure, as for suspensions, a whole year is never compared with one term. The school's phase of
    education is preferred to all schools, and then the newest year. A forecast is compared with the national figure
    for the result that it forecasts.

    The result has its year, term and phase: show them with it.
    """
    code = indicator.comparator.same_as or indicator.code
    group = pupil_group or indicator.pupil_group
    terms = [term, ""] if term and indicator.unit not in ADDS_UP else [term]
    if indicator.comparator.same_as:
        terms = [""]
    fair = [
        figure
        for figure in figures
        if figure.indicator == code
        and figure.phase in (phase, ALL_SCHOOLS)
        and figure.pupil_group == group
        and figure.school_year <= school_year
        and figure.term in terms
    ]
    return max(fair, key=lambda figure: (figure.phase == phase, figure.term == term, figure.school_year), default=None)


def _figure(file: str, line: int, row: dict[str, str], indicators: Mapping[str, Indicator]) -> EnglandFigure:
    if fault := _fault(row, indicators):
        raise CatalogueFault(file, f"row {line}, {fault[0]}", fault[1])
    return EnglandFigure(
        indicator=row["indicator"],
        phase=row["phase"],
        school_year=int(row["school_year"]),
        term=row["term"],
        pupil_group=PupilGroup(row["pupil_group"]),
        value=Decimal(row["value"]),
        status=NationalFigureStatus(row["status"]),
        source=row["source"],
    )


def _fault(row: dict[str, str], indicators: Mapping[str, Indicator]) -> tuple[str, str] | None:
    if None in row or None in row.values():
        return "row", f"must have {len(COLUMNS)} cells"
    for column, allowed in (CLOSED | {"indicator": tuple(indicators)}).items():
        if row[column] not in allowed:
            return column, f"{row[column]!r} is not one of: {', '.join(allowed)}"
    if not YEAR.fullmatch(row["school_year"]):
        return "school_year", f"{row['school_year']!r} is not a year"
    if not NUMBER.fullmatch(row["value"]):
        return "value", f"{row['value']!r} is not a number"
    if not indicators[row["indicator"]].limits.allow(Decimal(row["value"])):
        return "value", f"{row['value']} is outside the limits of {row['indicator']}"
    return None if row["source"].strip() else ("source", "is empty")
