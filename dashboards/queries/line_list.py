"""Filter, sort and export the score lines of a trust."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kpis.catalogue import Area
from kpis.queries.score_lines import WORST_FIRST, ScoreRow
from kpis.rules.rating import RatingCode
from schools.models import School
from tables.lists import in_order

SCORE_LINE_HEADINGS = [
    "School", "URN", "Area", "Indicator", "Code", "Period", "Unit", "Figure", "Status", "Out of", "Target",
    "Target in words", "Target set by", "National", "National figure for", "Rating", "Reason", "Movement", "Source",
    "Note",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ScoreLineFilter:
    """The filters and the order of the list of lines. ``school`` is a URN as text, ``phase`` a phase of education."""

    area: str = ""
    rating: str = ""
    school: str = ""
    phase: str = ""
    sort: str = "distance"

    @property
    def query(self) -> dict[str, str]:
        return {"area": self.area, "rating": self.rating, "school": self.school, "phase": self.phase}


Sorts = Mapping[str, tuple[str, Callable[[ScoreRow], Any]]]
SCORE_LINE_SORTS: Sorts = {
    "distance": ("Rating", lambda row: (_gravity(row), row.line.distance or 0.0)),
    "school": ("School", lambda row: row.school.name),
    "indicator": ("Indicator", lambda row: (row.indicator.area.order, row.indicator.title)),
    "movement": ("Movement", lambda row: row.line.movement_size or 0.0),
}
ACROSS_SORTS = {
    name: SCORE_LINE_SORTS[name] for name in ("school", "distance", "movement")
}  # For the list of one indicator.
# For the list of one school, by default in the Board's order.
SCHOOL_SORTS: Sorts = {
    "": ("", lambda row: 0),
    **{name: SCORE_LINE_SORTS[name] for name in ("indicator", "distance", "movement")},
}


def filtered_score_lines(
    rows: Iterable[ScoreRow], chosen: ScoreLineFilter, *, sorts: Sorts = SCORE_LINE_SORTS
) -> list[ScoreRow]:
    """Filter and sort the lines, by default by the first of ``sorts``."""
    kept = [
        row
        for row in rows
        if chosen.area in ("", row.indicator.area.value)
        and chosen.rating in ("", row.line.rating)
        and chosen.school in ("", str(row.school.pk))
        and chosen.phase in ("", row.school.phase)
    ]
    return in_order(kept, sorts, chosen.sort)


def score_line_filter_choices() -> dict[str, list[tuple[str, str]]]:
    """Return the areas and ratings to choose from, as values and labels."""
    return {
        "areas": [(area.value, area.label) for area in Area],
        "ratings": [(rating.value, rating.label) for rating in RatingCode],
    }


def phases_of_education(schools: Iterable[School]) -> list[tuple[str, str]]:
    """Return the phases of education of some schools, as values and labels."""
    return list({school.phase: str(school.get_phase_display()) for school in schools}.items())


def lines_table(rows: Iterable[ScoreRow]) -> list[list[object]]:
    """Return lines as a table with column headings, for a file. *Status* says why a number is missing.

    Figure, target and national figure are numbers in the unit of the line. The words have both ends of a range.
    """
    return [list(SCORE_LINE_HEADINGS), *(_cells(row) for row in rows)]


def _cells(row: ScoreRow) -> list[object]:
    line = row.line
    return [
        row.school.name,
        row.school.pk,
        row.indicator.area.label,
        row.indicator.title,
        row.indicator.code,
        row.period,
        row.indicator.unit.label,
        None if line.value is None else float(line.value),
        row.status.label,
        None if line.cohort is None or line.value is None else float(line.cohort),
        None if line.target is None else float(line.target),
        row.target,
        row.target_provenance,
        line.national,
        line.national_text,
        row.rating_label,
        row.reason,
        row.movement,
        line.source,
        row.mark,
    ]


def _gravity(row: ScoreRow) -> int:
    return WORST_FIRST.index(RatingCode(row.line.rating))
