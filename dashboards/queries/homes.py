"""Which page is home for whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.urls import reverse

from schools.models import School
from trusts.models import Membership, Role
from trusts.permissions import Access, Permission


@dataclass(frozen=True, kw_only=True)
class Home:
    """One page that a person may call home, and as what."""

    label: str
    place: str  # The trust, and the school where it is one.
    roles: str
    url: str


def homes_of(memberships: Iterable[Membership]) -> list[Home]:
    """Return every home page of a person, by trust and then the trust's page before those of schools.

    At most one query, for the names of schools.
    """
    by_trust: dict[int, list[Membership]] = defaultdict(list)
    for each in memberships:
        if each.trust.is_tenant:
            by_trust[each.trust_id].append(each)
    names = school_names(each.school_id for held in by_trust.values() for each in held if each.school_id)
    return [
        home
        for held in by_trust.values()
        for home in _homes_in(Access(trust=held[0].trust, memberships=tuple(held)), names)
    ]


def school_names(urns: Iterable[int]) -> dict[int, str]:
    """Return the names of schools under their URNs; no query where there are none."""
    wanted = sorted(set(urns))
    return dict(School.objects.filter(pk__in=wanted).values_list("urn", "name")) if wanted else {}


def roles_in_words(memberships: Collection[Membership], names: dict[int, str]) -> str:
    """Say what a person is in one trust, like *Headteacher, Invented Quay School*."""
    said = [
        f"{Role(each.role).label}, {names.get(each.school_id, f'URN {each.school_id}')}"
        if each.school_id
        else Role(each.role).label
        for each in memberships
    ]
    return "; ".join(dict.fromkeys(said))


def _homes_in(access: Access, names: dict[int, str]) -> Iterable[Home]:
    trust = access.trust
    wide = [each for each in access.memberships if each.school_id is None]
    if wide:
        label, name = _trust_page(Access(trust=trust, memberships=tuple(wide)))
        yield Home(label=label, place=trust.name, roles=roles_in_words(wide, names), url=reverse(name, args=[trust.pk]))
    for urn in access.own_schools():
        own = [each for each in access.memberships if each.school_id == urn]
        yield Home(
            label=names.get(urn, f"URN {urn}"),
            place=trust.name,
            roles=", ".join(dict.fromkeys(Role(each.role).label for each in own)),
            url=reverse("dashboards:school_home", args=[trust.pk, urn]),
        )


def _trust_page(access: Access) -> tuple[str, str]:
    """Return the label and URL name of a trust-wide person's home: the first page that they may open."""
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
