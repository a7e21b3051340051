"""Who fills in which lines of a school's returns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Area
from kpis.models import LineAssignment
from kpis.queries.catalogue import indicators
from schools.models import School
from trusts.models import Membership, Role, Trust, User


@dataclass(frozen=True, kw_only=True)
class Contributor:
    """One contributor of a school, with the areas and the single lines that they fill in."""

    user: User
    areas: frozenset[str]
    codes: frozenset[str]
    titles: tuple[str, ...]  # Of the single lines, in the Board's order.

    @property
    def words(self) -> list[str]:
        """Name what they fill in, in the order of the Board's areas."""
        return [*(f"{area.label}: every line" for area in Area if area in self.areas), *self.titles]


def contributors(trust: Trust, school: School, *, on: date) -> list[Contributor]:
    """Return the people who are contributors of the school on a day, by name. Three queries."""
    held = Membership.objects.of(trust).current(on=on).filter(school_id=school.pk, role=Role.SCHOOL_CONTRIBUTOR)
    people = {each.user_id: each.user for each in held.select_related("user").order_by("user__name", "user_id")}
    areas, codes = defaultdict(set), defaultdict(set)
    for each in LineAssignment.objects.filter(school=school).order_by("pk"):
        if each.indicator_id is None:
            areas[each.user_id].add(each.area)
        else:
            codes[each.user_id].add(each.indicator_id)
    known = indicators(on=on)
    return [
        Contributor(
            user=user,
            areas=frozenset(areas[pk]),
            codes=frozenset(codes[pk]),
            titles=tuple(each.title for code, each in known.items() if code in codes[pk]),
        )
        for pk, user in people.items()
    ]


def assigned(school: School, lines: Iterable[Indicator]) -> Mapping[str, tuple[User, ...]]:
    """Return the people that each of these lines is assigned to. One query."""
    found: dict[str, tuple[User, ...]] = defaultdict(tuple)
    of = list(lines)
    assignments = LineAssignment.objects.filter(school=school).select_related("user")
    for each in assignments.order_by("user__name", "pk"):
        for line in of:
            if line.code == each.indicator_id or line.area == each.area:
                found[line.code] += () if each.user in found[line.code] else (each.user,)
    return found
