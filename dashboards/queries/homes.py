"""Find the home pages of a person."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from schools.models import Departure, School
from trusts.models import Membership, Role
from trusts.permissions import Access, Permission

LEAVING_IS_SHOWN = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class HomePage:
    """One home page of a person, with the roles that lead to it."""

    label: str
    place: str  # The trust's name.
    roles: str
    url: str


@dataclass(frozen=True, kw_only=True)
class LeftSchool:
    """A school that left a trust, for a person whose role there ended with it."""

    school: str
    role: str
    old_trust: str
    left_date: date | None  # None if the school left before departures were recorded.
    new_trust: str  # Empty if the school is in no trust.
    url: str  # The school's page in its new trust, if the person has a role there.


def left_schools(left_behind: Iterable[Membership], current: Iterable[Membership], *, on: date) -> list[LeftSchool]:
    """Return the schools whose leaving ended a person's roles in the last 90 days. At most two queries."""
    held = list(left_behind)
    if not held:
        return []
    schools = School.objects.select_related("trust").in_bulk({membership.school_id for membership in held})
    departures = {
        (departure.school_id, departure.trust_id): departure.left_date
        for departure in Departure.objects.filter(school__in=schools).order_by("left_date", "pk")
    }
    own = {(membership.school_id, membership.trust_id) for membership in current}
    found = []
    for membership in held:
        school = schools[membership.school_id or 0]
        left_date = departures.get((school.pk, membership.trust_id))
        if left_date is not None and on - left_date > LEAVING_IS_SHOWN:
            continue
        has_role = (school.pk, school.trust_id) in own
        found.append(
            LeftSchool(
                school=school.name,
                role=Role(membership.role).label,
                old_trust=membership.trust.name,
                left_date=left_date,
                new_trust=school.trust.name if school.trust else "",
                url=reverse("dashboards:school_home", args=[school.trust_id, school.pk]) if has_role else "",
            )
        )
    return found


def homes_of(memberships: Iterable[Membership]) -> list[HomePage]:
    """Return every home page of a person by trust, the trust's page before the schools' pages.

    At most one query, for the schools' names.
    """
    by_trust: dict[int, list[Membership]] = defaultdict(list)
    for membership in memberships:
        if membership.trust.is_tenant:
            by_trust[membership.trust_id].append(membership)
    names = school_names(
        membership.school_id for held in by_trust.values() for membership in held if membership.school_id
    )
    return [
        home
        for held in by_trust.values()
        for home in _homes_in(Access(trust=held[0].trust, memberships=tuple(held)), names)
    ]


def school_names(urns: Iterable[int]) -> dict[int, str]:
    """Return the names of schools by URN. No query if there are no URNs."""
    distinct = sorted(set(urns))
    return dict(School.objects.filter(pk__in=distinct).values_list("urn", "name")) if distinct else {}


def roles_in_words(memberships: Collection[Membership], names: dict[int, str]) -> str:
    """Return a person's roles in one trust in words, like *Headteacher, Invented Quay School*."""
    roles = [
        f"{Role(membership.role).label}, {names.get(membership.school_id, f'URN {membership.school_id}')}"
        if membership.school_id
        else Role(membership.role).label
        for membership in memberships
    ]
    return "; ".join(dict.fromkeys(roles))


def _homes_in(access: Access, names: dict[int, str]) -> Iterable[HomePage]:
    trust = access.trust
    wide = [membership for membership in access.memberships if membership.school_id is None]
    if wide:
        label, name = _trust_page(Access(trust=trust, memberships=tuple(wide)))
        yield HomePage(
            label=label, place=trust.name, roles=roles_in_words(wide, names), url=reverse(name, args=[trust.pk])
        )
    for urn in access.own_schools():
        own = [membership for membership in access.memberships if membership.school_id == urn]
        yield HomePage(
            label=names.get(urn, f"URN {urn}"),
            place=trust.name,
            roles=", ".join(dict.fromkeys(Role(membership.role).label for membership in own)),
            url=reverse("dashboards:school_home", args=[trust.pk, urn]),
        )


def _trust_page(access: Access) -> tuple[str, str]:
    """Return the label and URL name of the first page that a person with a role in the trust may open."""
    pages = [
        (Permission.VIEW_DESK, "What needs you", "dashboards:desk"),
        (Permission.VIEW_BOARD, "How our schools are doing", "dashboards:board"),
        (Permission.VIEW_PANELS, "Panels and their reports", "meetings:panel_list"),
        (Permission.MANAGE_PEOPLE, "People", "trusts:people"),
    ]
    return next(
        ((label, name) for permission, label, name in pages if access.can(permission)),
        ("Headline comparison", "dashboards:headlines"),
    )
