"""Who fills in which lines of a school's returns."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from kpis.catalogue import by_code
from kpis.catalogue.kinds import Area
from kpis.models import LineAssignment
from schools.models import School
from trusts.models import Membership, Role, Trust, User


@dataclass(frozen=True, kw_only=True)
class Contributor:
    """One contributor of a school, with the areas and the single lines that they fill in."""

    user: User
    areas: frozenset[str]
    codes: frozenset[str]

    @property
    def words(self) -> list[str]:
        """Name what they fill in, in the order of the Board's areas."""
        lines = by_code()
        named = [f"{area.label}: every line" for area in Area if area in self.areas]
        return named + [indicator.title for code, indicator in lines.items() if code in self.codes]


def contributors(trust: Trust, school: School, *, on: date) -> list[Contributor]:
    """Return the people who are contributors of the school on a day, by name. Two queries."""
    held = Membership.objects.of(trust).current(on=on).filter(school_id=school.pk, role=Role.SCHOOL_CONTRIBUTOR)
    people = {each.user_id: each.user for each in held.select_related("user").order_by("user__name", "user_id")}
    areas, codes = defaultdict(set), defaultdict(set)
    for each in LineAssignment.objects.filter(school=school).order_by("pk"):
        if each.indicator_id is None:
            areas[each.user_id].add(each.area)
        else:
            codes[each.user_id].add(each.indicator_id)
    return [
        Contributor(user=user, areas=frozenset(areas[pk]), codes=frozenset(codes[pk])) for pk, user in people.items()
    ]


def assigned(school: School, codes: Collection[str]) -> Mapping[str, tuple[User, ...]]:
    """Return the people that each of these lines is assigned to. One query."""
    found: dict[str, tuple[User, ...]] = defaultdict(tuple)
    known = by_code()
    assignments = LineAssignment.objects.filter(school=school).select_related("user")
    for each in assignments.order_by("user__name", "pk"):
        for code in codes:
            if each.indicator_id == code or (each.area and code in known and known[code].area == each.area):
                found[code] += () if each.user in found[code] else (each.user,)
    return found
