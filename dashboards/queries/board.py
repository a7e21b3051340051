"""Read the Board's page: exceptions first, then every school by area, movements and overdue returns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Q, Sum

from dashboards.queries.school_positions import JOURNEYS_IN_ORDER, PHASES_IN_ORDER, SchoolPosition, school_positions
from dashboards.queries.warnings import HomePageWarnings, first_warnings, outlook_rows
from kpis.catalogue import Area
from kpis.models import Recomputation
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import WORST_FIRST, ScoreRow, old_year, score_rows, worst_rating
from kpis.queries.targets import waiting_count
from kpis.rules.privacy import FigureReader
from kpis.rules.rating import RatingCode
from meetings.models import Panel
from returns.models import Return
from returns.queries.return_list import ReturnRow, returns_of_term
from schools.models import School, Term
from tables.lists import in_order
from trusts.models import Trust

EXCEPTIONS_SHOWN = 7  # As many as a reader takes in before a meeting.
OF_ONE_SCHOOL = 3  # One school in trouble must not hide the others.
MOVERS_SHOWN = 4  # Better, and worse.
SHORT = {
    Area.OUTCOMES: "Headline outcomes",
    Area.ATTENDANCE: "Attendance, behaviour",
    Area.STAFFING: "Staffing",
}


@dataclass(frozen=True, kw_only=True)
class AreaRating:
    """One school in one area: its lowest rating, and how many lines have it."""

    area: Area
    rating: RatingCode
    count: int  # Lines with that rating.
    total: int

    @property
    def label(self) -> str:
        return SHORT.get(self.area, self.area.label)

    @property
    def note(self) -> str:
        """Return how many lines have the rating, in words."""
        if self.total == 0:
            return "No figures yet"
        return f"{self.count} of {self.total} line{'' if self.total == 1 else 's'}"


@dataclass(frozen=True, kw_only=True)
class BoardSchoolRow:
    """One school on the Board's page."""

    place: SchoolPosition
    cells: tuple[AreaRating, ...]

    @property
    def school(self) -> School:
        return self.place.school


@dataclass(frozen=True, kw_only=True)
class BoardPage:
    """The content of the Board's page."""

    version: str
    as_at: datetime | None
    waiting: int  # Schools whose accepted figures are still being processed.
    schools: int
    phases: list[tuple[str, str]]  # Phases of education to choose from; empty if there is only one.
    rows: list[BoardSchoolRow]
    lines: int
    off_target: int
    exceptions: list[ScoreRow]
    better: list[ScoreRow]
    worse: list[ScoreRow]
    term: Term | None
    accepted: int
    submitted: int
    overdue: list[ReturnRow]
    capacity: Mapping[str, int]
    next_panel: Panel | None
    old_year: str  # The school year of the newest figure, if that is long ago.
    warnings: HomePageWarnings
    approvals: int  # Targets that the Board has to decide on.

    @property
    def unplaced(self) -> int:
        return self.capacity[""]


def _by_area(area: Area) -> Callable[[BoardSchoolRow], Any]:
    return lambda row: _gravity(row.cells[area.order])


BOARD_SORTS: dict[str, tuple[str, Callable[[BoardSchoolRow], Any]]] = {
    "school": ("School", lambda row: row.school.name),
    "phase": ("Phase", lambda row: PHASES_IN_ORDER.index(row.place.phase) if row.place.phase else -1),
    "trajectory": ("Trajectory", lambda row: JOURNEYS_IN_ORDER.find(row.place.letter) if row.place.letter else 99),
    "capacity": ("Capacity", lambda row: row.place.capacity_code),
    **{area.value: (SHORT.get(area, area.label), _by_area(area)) for area in Area},
}

# The latest time alone would miss a school: if two are calculated at the same time, the first to start may finish last.
# The count alone would miss the nightly run, which nothing asks for.
WORKED_OUT = {"latest": Max("done_at"), "count": Sum("done")}


def version_of_results() -> str:
    """Return a mark that changes whenever results of the trust in scope are recalculated. One query."""
    return _mark(Recomputation.objects.aggregate(**WORKED_OUT))


def _mark(state: Mapping[str, Any]) -> str:
    latest = state["latest"]
    return f"{state['count']}-{int(latest.timestamp() * 1_000_000)}" if latest else "0"


def board_page(trust: Trust, *, on: date, reader: FigureReader, sort: str = "school", phase: str = "") -> BoardPage:
    """Return the Board's page from the accepted and published figures of the trust in scope.

    Seventeen queries, however many schools: the schools, five for their phases, journeys and capacity, two for their
    lines, the outlooks, the recomputations, the term, four for its returns, the next Panel and the proposed targets.
    ``phase`` filters the table by phase of education. Exceptions, movers, warnings and counts include all schools.
    """
    # Read first: if results change during the other queries, the page has the old mark and asks again.
    state = Recomputation.objects.aggregate(**WORKED_OUT, waiting=Count("pk", filter=Q(wanted__gt=F("done"))))
    schools = list(School.objects.filter(trust=trust).by_name())
    stand = school_positions(schools)
    lines = score_rows(schools, trust_indicators(on=on), reader)
    term = Term.objects.filter(starts_date__lte=on).newest_first().first()
    returns = returns_of_term(trust, term, on=on) if term else []
    off = sorted((row for row in lines if row.line.rating == RatingCode.OFF_TARGET), key=_distance)
    return BoardPage(
        version=_mark(state),
        as_at=state["latest"],
        waiting=state["waiting"],
        schools=len(schools),
        phases=_phases(schools),
        rows=sorted_rows([row for row in school_rows(stand, lines) if phase in ("", row.school.phase)], sort),
        lines=sum(not row.hidden for row in lines),
        off_target=len(off),
        exceptions=_spread(off),
        better=_movers(lines, better=True),
        worse=_movers(lines, better=False),
        term=term,
        accepted=sum(submission.state == Return.State.ACCEPTED for submission in returns),
        submitted=sum(submission.state == Return.State.SUBMITTED for submission in returns),
        overdue=[row for row in returns if row.punctuality.is_late and row.first_submitted_at is None],
        capacity={
            code: sum(place.capacity_code == code for place in stand)
            for code in ("giver", "potential_giver", "taker", "")
        },
        next_panel=Panel.objects.filter(held_date__gte=on).order_by("held_date", "pk").first(),
        old_year=old_year(lines, on=on),
        warnings=first_warnings(outlook_rows(schools)),
        approvals=waiting_count(trust),
    )


def school_rows(stand: Iterable[SchoolPosition], lines: Sequence[ScoreRow]) -> list[BoardSchoolRow]:
    """Return each school with its lowest rating in each area."""
    return [
        BoardSchoolRow(place=place, cells=area_cells([row for row in lines if row.school == place.school]))
        for place in stand
    ]


def area_cells(lines: Sequence[ScoreRow]) -> tuple[AreaRating, ...]:
    """Return one school's lowest rating in each area, in the Board's order.

    Lines that are hidden from the reader do not count, unless all of them are.
    """
    cells = []
    for area in Area:
        of_area = [row for row in lines if row.indicator.area is area]
        own = [row for row in of_area if not row.hidden] or of_area
        rating = worst_rating(own)
        cells.append(
            AreaRating(area=area, rating=rating, count=sum(row.line.rating == rating for row in own), total=len(own))
        )
    return tuple(cells)


def sorted_rows(rows: Iterable[BoardSchoolRow], sort: str) -> list[BoardSchoolRow]:
    """Sort the schools by a column, then by name. A leading minus reverses the order."""
    return in_order(sorted(rows, key=lambda row: row.school.name), BOARD_SORTS, sort)


def board_table(rows: Iterable[BoardSchoolRow]) -> list[list[object]]:
    """Return the schools by area as a table with column headings, for a file."""
    headings = ["School", "URN", "Phase of education", "Phase", "Phase proposed", "Journey", "Journey name",
                "Journey by the engine", "Capacity"]  # fmt: skip
    table: list[list[object]] = [[*headings, *(area.label for area in Area)]]
    for row in rows:
        place = row.place
        status = place.capacity.status if place.capacity else ""
        own = [row.school.name, row.school.pk, row.school.get_phase_display(), place.phase.capitalize()]
        own.append(place.proposal.phase.capitalize() if place.proposal else "")
        own += [place.letter, place.journey_name, place.engine_letter, status.capitalize()]
        table.append([*own, *(cell.rating.label for cell in row.cells)])
    return table


def _phases(schools: Iterable[School]) -> list[tuple[str, str]]:
    found = {school.phase: str(school.get_phase_display()) for school in schools}
    return [("", "All schools"), *sorted(found.items())] if len(found) > 1 else []


def _gravity(cell: AreaRating) -> tuple[int, int]:
    return WORST_FIRST.index(cell.rating), -cell.count


def _distance(row: ScoreRow) -> tuple[float, str, str]:
    return row.line.distance or 0.0, row.school.name, row.indicator.code


def _spread(rows: Iterable[ScoreRow]) -> list[ScoreRow]:
    """Return the first rows in their order, with at most a few for each school."""
    kept: list[ScoreRow] = []
    for row in rows:
        if sum(other.school == row.school for other in kept) < OF_ONE_SCHOOL:
            kept.append(row)
    return kept[:EXCEPTIONS_SHOWN]


def _movers(lines: Iterable[ScoreRow], *, better: bool) -> list[ScoreRow]:
    sign = 1 if better else -1
    moved = [row for row in lines if (row.line.movement_size or 0) * sign > 0 and row.movement]
    return sorted(moved, key=lambda row: (-abs(row.line.movement_size or 0), row.school.name))[:MOVERS_SHOWN]
