"""Read the inspections of a school for its page: dated records, each in the words of its framework."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from published.dfe.inspection_layouts import frameworks, inspection_layouts
from published.models import Inspection
from published.queries import has_inspection_lists, inspections_of
from schools.models import School
from tables.dates import day_in_words


@dataclass(frozen=True, kw_only=True)
class InspectionRow:
    """One inspection as the page shows it."""

    inspection: Inspection
    framework: str
    source: str

    @property
    def inspected_as(self) -> str:
        """Name the school that was inspected, if it was not this one."""
        name, urn = self.inspection.inspected_name, f"URN {self.inspection.inspected_urn}"
        return f"{name} ({urn})" if name else urn


@dataclass(frozen=True, kw_only=True)
class InspectionSection:
    """The inspections of one school, newest first. Without any, ``is_imported`` says whether a list was imported."""

    rows: Sequence[InspectionRow]
    is_imported: bool

    @property
    def has_several_frameworks(self) -> bool:
        return len({row.framework for row in self.rows}) > 1


def inspection_section(school: School) -> InspectionSection:
    """Return the inspections of a school and its predecessors. Two queries, and a third without any."""
    titles = {layout.code: layout.title for layout in inspection_layouts()}
    rows = [
        InspectionRow(
            inspection=inspection,
            framework=frameworks()[inspection.framework].title,
            source=f"{titles[inspection.file.layout]}, imported on {_day(inspection.file.imported_at)}",
        )
        for inspection in inspections_of(school.pk)
    ]
    return InspectionSection(rows=rows, is_imported=bool(rows) or has_inspection_lists())


def _day(moment: datetime) -> str:
    return day_in_words(timezone.localdate(moment))
