"""Read who fills in which lines of a school's returns."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Area
from kpis.queries.catalogue import trust_indicators
from returns.models import LineAssignment
from schools.models import School
from tables.lists import in_order
from trusts.models import Membership, Role, Trust, User


@dataclass(frozen=True, kw_only=True)
class Contributor:
    """A contributor of a school, with the areas and individual lines that they fill in."""

    user: User
    areas: frozenset[str]
    codes: frozenset[str]
    titles: tuple[str, ...]  # Of the individual lines, in the Board's order.

    @property
    def words(self) -> list[str]:
        """Describe what the contributor fills in, in the order of the Board's areas."""
        return [*(f"{area.label}: every line" for area in Area if area in self.areas), *self.titles]

    def fills_in(self, line: Indicator) -> bool:
        """Return whether the contributor fills in a line, assigned alone or with its area."""
        return line.code in self.codes or line.area in self.areas


@dataclass(frozen=True, kw_only=True)
class ContributorRow:
    """A contributor in the list, with the lines they fill in."""

    person: Contributor
    lines: tuple[Indicator, ...]


CONTRIBUTOR_SORTS: dict[str, tuple[str, Callable[[ContributorRow], Any]]] = {
    "name": ("Contributor", lambda row: row.person.user.name.casefold()),
    "lines": ("Lines", lambda row: len(row.lines)),
}
CONTRIBUTOR_HEADINGS = ["Contributor", "Email", "Lines", "Fills in"]


def contributor_rows(
    people: Iterable[Contributor], asked: Sequence[Indicator], *, area: str, sort: str
) -> list[ContributorRow]:
    """Return the contributors who fill in lines in an area, or all contributors if no area is given, sorted."""
    rows = [
        ContributorRow(person=person, lines=tuple(line for line in asked if person.fills_in(line))) for person in people
    ]
    chosen = [row for row in rows if not area or any(line.area == area for line in row.lines)]
    return in_order(chosen, CONTRIBUTOR_SORTS, sort)


def contributor_table(rows: Iterable[ContributorRow]) -> list[list[object]]:
    """Return the contributors as a table with column headings, for a file."""
    cells = [[row.person.user.name, row.person.user.email, len(row.lines), "; ".join(row.person.words)] for row in rows]
    return [list(CONTRIBUTOR_HEADINGS), *cells]


def contributors_of(trust: Trust, school: School, *, on: date) -> list[Contributor]:
    """Return the school's contributors on a date, by name. Three queries."""
    held = Membership.objects.of(trust).current(on=on).filter(school_id=school.pk, role=Role.SCHOOL_CONTRIBUTOR)
    people = {
        membership.user_id: membership.user
        for membership in held.select_related("user").order_by("user__name", "user_id")
    }
    areas, codes = defaultdict(set), defaultdict(set)
    for assignment in LineAssignment.objects.filter(school=school).order_by("pk"):
        if assignment.indicator_id is None:
            areas[assignment.user_id].add(assignment.area)
        else:
            codes[assignment.user_id].add(assignment.indicator_id)
    known = trust_indicators(on=on)
    return [
        Contributor(
            user=user,
            areas=frozenset(areas[pk]),
            codes=frozenset(codes[pk]),
            titles=tuple(indicator.title for code, indicator in known.items() if code in codes[pk]),
        )
        for pk, user in people.items()
    ]


def people_by_line(school: School, lines: Iterable[Indicator]) -> Mapping[str, tuple[User, ...]]:
    """Return the people that each line is assigned to, by code. One query."""
    found: dict[str, tuple[User, ...]] = defaultdict(tuple)
    asked = list(lines)
    assignments = LineAssignment.objects.filter(school=school).select_related("user")
    for assignment in assignments.order_by("user__name", "pk"):
        for line in asked:
            if line.code == assignment.indicator_id or line.area == assignment.area:
                found[line.code] += () if assignment.user in found[line.code] else (assignment.user,)
    return found
