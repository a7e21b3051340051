"""What schools can give and need, by area and by dimension, since when and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils import timezone

from schools.models import School
from tables.lists import in_order
from trajectories.models import AreaCapacity, CapacityStatus, DimensionRecord
from trajectories.queries.latest_answers import NOT_WORKED_OUT
from trajectories.rules.areas import CapacityArea, areas
from trajectories.rules.capacity import FLAGS, STATUSES, Journey, cause_of, journeys, status_code
from trajectories.rules.dimensions import Dimension, dimensions

ORDER = ["giver", "potential giver", "taker", "not placed"]  # The order of sorting: givers first.
PHASES = ["", "stabilise", "repair", "improve", "sustain"]


@dataclass(frozen=True, kw_only=True)
class CapacityChange:
    """One change of a status: what it was, what it became, why, and which of its inputs changed."""

    before: str
    after: str
    reason: str
    cause: str
    on: date


@dataclass(frozen=True, kw_only=True)
class AreaCapacityCell:
    """What one school can give or needs in one area; ``row`` is None where nothing has been calculated.

    ``applies`` is false for an area that the school does not have, such as early years in a secondary school.
    """

    area: CapacityArea
    row: AreaCapacity | None
    applies: bool = True
    steps: tuple[CapacityChange, ...] = ()  # Newest first.
    since: date | None = None

    @property
    def status(self) -> str:
        return self.row.status if self.row else ""

    @property
    def code(self) -> str:
        """The status in the form that components/capacity.html takes."""
        return status_code(self.row.status) if self.row else ""

    @property
    def phase(self) -> str:
        return self.row.inputs.get("area_phase", "") if self.row else ""

    @property
    def says(self) -> str:
        if self.row:
            return str(self.row.inputs.get("says", ""))
        return "Not calculated yet." if self.applies else "The school does not have this area."

    @property
    def reason(self) -> str:
        return self.row.reason if self.row else self.says


@dataclass(frozen=True, kw_only=True)
class DimensionRow:
    """One dimension of capacity at one school, with its newest record and the earlier ones, newest first."""

    dimension: Dimension
    record: DimensionRecord | None
    earlier: tuple[DimensionRecord, ...]


@dataclass(frozen=True, kw_only=True)
class CapacityPage:
    """All that a school's capacity page shows."""

    answer: CapacityStatus | None
    journey: Journey | None
    since: date | None
    steps: tuple[CapacityChange, ...]
    areas: tuple[AreaCapacityCell, ...]
    dimensions: tuple[DimensionRow, ...]

    @property
    def code(self) -> str:
        return status_code(self.answer.status) if self.answer else ""

    @property
    def reason(self) -> str:
        return self.answer.reason if self.answer else NOT_WORKED_OUT

    @property
    def flags(self) -> list[str]:
        codes = self.answer.flag.split(", ") if self.answer and self.answer.flag else []
        return [FLAGS.get(code, code) for code in codes]

    def in_areas(self, status: str) -> list[str]:
        """Return the names of the areas that have a status."""
        return [cell.area.name for cell in self.areas if cell.status == status]


@dataclass(frozen=True, kw_only=True)
class SchoolAreas:
    """One school with what it can give or needs as a whole and in each area."""

    school: School
    status: str
    phase: str
    cells: tuple[AreaCapacityCell, ...]

    @property
    def code(self) -> str:
        return status_code(self.status) if self.status else ""

    def cell(self, area: str) -> AreaCapacityCell:
        return next(cell for cell in self.cells if cell.area.code == area)


def capacity_page(school: School) -> CapacityPage:
    """Return a school's capacity page. Three queries: its statuses, its areas' statuses, its dimensions."""
    rows = list(CapacityStatus.objects.filter(school=school).order_by("pk"))
    by_area: dict[str, list[AreaCapacity]] = {}
    for row in AreaCapacity.objects.filter(school=school).order_by("pk"):
        by_area.setdefault(row.area, []).append(row)
    last = rows[-1] if rows else None
    return CapacityPage(
        answer=last,
        journey=journeys().get((last.inputs.get("letter") or "") if last else ""),
        since=_since(rows),
        steps=_steps(rows),
        areas=tuple(
            _cell(area, by_area.get(area.code, [])) for area in areas().values() if area.in_phase(school.phase)
        ),
        dimensions=dimension_rows(school),
    )


def dimension_rows(school: School) -> tuple[DimensionRow, ...]:
    """Return the five dimensions of a school with their records, newest first. One query."""
    records: dict[str, list[DimensionRecord]] = {}
    rows = DimensionRecord.objects.filter(school=school).select_related("recorded_by")
    for row in rows.order_by("-recorded_at", "-pk"):
        records.setdefault(row.dimension, []).append(row)
    return tuple(
        DimensionRow(
            dimension=dimension,
            record=records[dimension.code][0] if dimension.code in records else None,
            earlier=tuple(records.get(dimension.code, [])[1:]),
        )
        for dimension in dimensions().values()
    )


def school_areas(schools: Sequence[School], *, until: date | None = None) -> list[SchoolAreas]:
    """Return each school with its status and areas, in the given order. Two queries, whatever the number of schools.

    With ``until``, return what had been calculated by the end of that day.
    """
    by_then = {"computed_at__date__lte": until} if until else {}
    newest = CapacityStatus.objects.filter(school__in=schools, **by_then).order_by("school_id", "-pk")
    statuses = {row.school_id: row for row in newest.distinct("school_id")}
    newest_by_area: dict[tuple[int, str], AreaCapacity] = {}
    rows = AreaCapacity.objects.filter(school__in=schools, **by_then).order_by("school_id", "area", "-pk")
    for row in rows.distinct("school_id", "area"):
        newest_by_area[row.school_id, row.area] = row
    return [
        SchoolAreas(
            school=school,
            status=statuses[school.pk].status if school.pk in statuses else "",
            phase=statuses[school.pk].inputs.get("phase", "") if school.pk in statuses else "",
            cells=tuple(
                AreaCapacityCell(
                    area=area, row=newest_by_area.get((school.pk, area.code)), applies=area.in_phase(school.phase)
                )
                for area in areas().values()
            ),
        )
        for school in schools
    ]


@dataclass(frozen=True, kw_only=True)
class CapacityFilter:
    """Which schools and areas to show (one area, status or phase), at the end of which term, and in which order."""

    area: str = ""
    status: str = ""
    phase: str = ""
    term: str = ""  # The number of an earlier term, to show the state at its end.
    sort: str = "school"

    @property
    def query(self) -> dict[str, str]:
        return {"area": self.area, "status": self.status, "phase": self.phase, "term": self.term}

    @property
    def areas(self) -> list[CapacityArea]:
        return [area for area in areas().values() if self.area in ("", area.code)]


def filtered_school_areas(rows: Iterable[SchoolAreas], chosen: CapacityFilter, *, by_phase: bool) -> list[SchoolAreas]:
    """Keep the schools that have the wanted status or phase in an area shown, and sort them."""
    codes = {area.code for area in chosen.areas}
    kept = [
        row
        for row in rows
        if any(
            cell.area.code in codes and chosen.status in ("", cell.status) and chosen.phase in ("", cell.phase)
            for cell in row.cells
        )
    ]
    return in_order(sorted(kept, key=lambda row: row.school.name), school_area_sorts(by_phase=by_phase), chosen.sort)


def school_area_sorts(*, by_phase: bool) -> dict[str, tuple[str, Any]]:
    """Return what the schools can be sorted by: name, the school's own status or phase, and those of every area."""
    own = ("School as a whole", _by_phase(None) if by_phase else _by_status(None))
    each_area = {
        area.code: (area.name, _by_phase(area.code) if by_phase else _by_status(area.code)) for area in areas().values()
    }
    return {"school": ("School", lambda row: row.school.name), "whole": own, **each_area}


def areas_table(rows: Iterable[SchoolAreas], chosen: CapacityFilter) -> list[list[object]]:
    """Return schools by areas as a long table with column headings, for a file: one row for each school and area."""
    headings: list[object] = [
        "School",
        "URN",
        "School's status",
        "Area",
        "Status",
        "Phase of the area",
        "Reason",
        "Calculated on",
    ]
    table: list[list[object]] = [headings]
    for row in rows:
        for cell in row.cells:
            if cell.row is None or cell.area not in chosen.areas:
                continue
            if chosen.status in ("", cell.status) and chosen.phase in ("", cell.phase):
                whole = [row.school.name, row.school.pk, STATUSES.get(row.status, "")]
                on = timezone.localdate(cell.row.computed_at)
                answer = [STATUSES.get(cell.status, cell.status), cell.phase.capitalize(), cell.reason, on]
                table.append([*whole, cell.area.name, *answer])
    return table


def _by_status(area: str | None) -> Any:
    return lambda row: ORDER.index((row.status if area is None else row.cell(area).status) or "not placed")


def _by_phase(area: str | None) -> Any:
    return lambda row: PHASES.index(row.phase if area is None else row.cell(area).phase)


def _cell(area: CapacityArea, rows: list[AreaCapacity]) -> AreaCapacityCell:
    return AreaCapacityCell(area=area, row=rows[-1] if rows else None, steps=_steps(rows), since=_since(rows))


def _steps(rows: Sequence[Any]) -> tuple[CapacityChange, ...]:
    """Return the changes of status of one school or area, newest first. The first answer is not a change."""
    steps = [
        CapacityChange(
            before=STATUSES.get(before.status, before.status),
            after=STATUSES.get(after.status, after.status),
            reason=after.reason,
            cause=cause_of(before.inputs, after.inputs),
            on=timezone.localdate(after.computed_at),
        )
        for before, after in pairwise(rows)
        if before.status != after.status
    ]
    return tuple(reversed(steps))


def _since(rows: Sequence[Any]) -> date | None:
    """Return the day since when the present status applies, or None where nothing has been calculated."""
    first = None
    for row in reversed(rows):
        if row.status != rows[-1].status:
            break
        first = row
    return timezone.localdate(first.computed_at) if first else None
