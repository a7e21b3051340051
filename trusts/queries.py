"""Read who has which role in a trust."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.utils import timezone

from tables.lists import in_order
from tables.word_lists import join_in_words
from trusts.models import DecisionDeputy, Invitation, Membership, Role, Trust, User
from trusts.permissions import DECISION_PERMISSIONS, GRANTS, Permission
from trusts.two_people import DecisionKind, is_own

PEOPLE_HEADINGS = (
    "Name", "Email", "Role", "School", "URN", "From", "Last day", "State", "Two-step sign-in", "Last signed in",
    "Invited by", "Invited on", "Confirmed by", "Reason",
)  # fmt: skip
NOT_RECORDED = date.min  # Sorts a missing date before every date.


@dataclass(frozen=True)
class PersonRow:
    """One role of one person, as the list of people shows it."""

    membership_id: int
    name: str
    email: str
    role: Role
    school_id: int | None
    school_name: str
    starts_date: date
    ends_date: date | None
    state: str  # current, past, future, or left if the school has left the trust
    left_date: date | None
    two_step: bool
    last_sign_in: datetime | None
    granted_by: str
    granted_at: datetime | None
    confirmed_by: str
    reason: str


@dataclass(frozen=True)
class InvitationRow:
    """One invitation that has no answer yet."""

    invitation_id: int
    name: str
    email: str
    role: Role
    school_name: str
    invited_by: str
    invited_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    is_expired: bool


@dataclass(frozen=True)
class PeopleFilter:
    """The filters and the order of the list of people. A leading minus reverses the order."""

    role: str = ""
    school_id: int | None = None
    when: str = "current"  # current, past or all
    sort: str = "name"


PEOPLE_SORTS: dict[str, tuple[str, Callable[[PersonRow], Any]]] = {
    "name": ("Name", lambda row: row.name.casefold()),
    "role": ("Role", lambda row: row.role.label),
    "school": ("School", lambda row: row.school_name.casefold()),
    "starts": ("From", lambda row: row.starts_date),
    "ends": ("Last day", lambda row: row.ends_date or date.max),
    "two_step": ("Two-step sign-in", lambda row: row.two_step),
    "last_sign_in": ("Last signed in", lambda row: _day(row.last_sign_in) or NOT_RECORDED),
}


def people(trust: Trust, *, on: date, chosen: PeopleFilter) -> list[PersonRow]:
    """Return people's roles in the trust in scope, in the order asked for, then by name.

    Four queries: the schools, when schools left, the roles, and who has two-step sign-in.
    """
    schools = school_names(trust)
    memberships = Membership.objects.of(trust).select_related("user", "granted_by", "confirmed_by")
    if chosen.role:
        memberships = memberships.filter(role=chosen.role)
    if chosen.school_id:
        memberships = memberships.filter(school_id=chosen.school_id)
    held = list(memberships.order_by("user__name", "pk"))
    two_step = people_with_two_step(membership.user_id for membership in held)
    left = dict(trust.departures.order_by("left_date", "pk").values_list("school_id", "left_date"))
    rows = [
        _row(membership, on=on, schools=schools, left=left, two_step=membership.user_id in two_step)
        for membership in held
    ]
    rows = [
        row
        for row in rows
        if chosen.when in ("all", row.state) or (chosen.when, row.state) in [("current", "future"), ("past", "left")]
    ]
    return in_order(in_order(rows, PEOPLE_SORTS, "name"), PEOPLE_SORTS, chosen.sort)


def people_with_two_step(user_ids: Iterable[int]) -> set[int]:
    """Return which of these people have a second step or a passkey."""
    steps = Authenticator.objects.filter(user_id__in=set(user_ids)).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(steps.values_list("user_id", flat=True))


def school_names(trust: Trust) -> dict[int, str]:
    """Return the names of the trust's schools by URN, in order of name."""
    return dict(trust.schools.order_by("name", "urn").values_list("urn", "name"))


def school_name(trust: Trust, school_id: int | None) -> str:
    """Return the name of a school of the trust, or an empty text for None."""
    return _school_name(school_id, school_names(trust)) if school_id else ""


def open_invitations(trust: Trust, *, at: datetime) -> list[InvitationRow]:
    """Return the invitations without an answer that need no confirmation, newest first. Two queries."""
    schools = school_names(trust)
    found = Invitation.objects.confirmed().filter(trust=trust).select_related("invited_by")
    return [
        InvitationRow(
            invitation_id=invitation.pk,
            name=invitation.name,
            email=invitation.email,
            role=Role(invitation.role),
            school_name=_school_name(invitation.school_id, schools),
            invited_by=invitation.invited_by.name if invitation.invited_by else "the command line",
            invited_at=invitation.invited_at,
            sent_at=invitation.sent_at,
            expires_at=invitation.expires_at,
            is_expired=invitation.expires_at < at,
        )
        for invitation in found.order_by("-invited_at", "-pk")
    ]


@dataclass(frozen=True)
class RoleRequest:
    """An invitation to a privileged role that somebody has to confirm."""

    invitation: Invitation
    is_own: bool  # The reader invited the person or is the person, so somebody else has to confirm it.
    could_confirm: str  # The names of everyone who may, in words.

    @property
    def role(self) -> Role:
        return Role(self.invitation.role)


def role_requests(trust: Trust, *, reader: User, on: date) -> list[RoleRequest]:
    """Return the invitations to privileged roles that nobody has confirmed yet, oldest first. At most three queries."""
    waiting = Invitation.objects.unconfirmed().filter(trust=trust).select_related("invited_by")
    found = list(waiting.order_by("invited_at", "pk"))
    deciders = people_who_decide(DecisionKind.ROLES, trust, on=on) if found else []
    return [
        RoleRequest(
            invitation=invitation,
            is_own=_is_about(invitation, reader),
            could_confirm=join_in_words(
                [person.name for person in deciders if not _is_about(invitation, person)], "or"
            ),
        )
        for invitation in found
    ]


def count_role_requests(trust: Trust, *, reader: User) -> int:
    """Return how many invitations to privileged roles the reader could confirm. One query."""
    waiting = Invitation.objects.unconfirmed().filter(trust=trust)
    return waiting.exclude(invited_by=reader).exclude(email__iexact=reader.email).count()


@dataclass(frozen=True)
class SecondPerson:
    """Why the reader may not decide: they submitted or proposed it. ``names`` are the people they could ask."""

    kind: DecisionKind
    names: tuple[str, ...]

    @property
    def in_words(self) -> str:
        return join_in_words(self.names, "or")


def second_person(
    kind: DecisionKind, trust: Trust, *, reader: User, proposers: Iterable[int | None], on: date
) -> SecondPerson | None:
    """Return who could decide instead of the reader, or None if the reader may. At most two queries."""
    own = set(proposers)
    if not is_own(reader.pk, own):
        return None
    others = [person.name for person in people_who_decide(kind, trust, on=on) if not is_own(person.pk, own)]
    return SecondPerson(kind=kind, names=tuple(others))


def people_who_decide(kind: DecisionKind, trust: Trust, *, on: date) -> list[User]:
    """Return who may take a kind of decision in the trust on a day, by role or as a deputy, by name. Two queries."""
    people = people_with(DECISION_PERMISSIONS[kind], trust, on=on)
    named = DecisionDeputy.objects.current(on=on).filter(trust=trust, kind=kind, user__is_active=True)
    people |= {deputy.user_id: deputy.user for deputy in named.select_related("user").order_by("pk")}
    return sorted(people.values(), key=lambda person: (person.name.casefold(), person.pk))


def people_with(permission: Permission, trust: Trust, *, on: date) -> dict[int, User]:
    """Return who has a permission by a role in the whole trust on a day. One query."""
    roles = [role for role, permissions in GRANTS.items() if permission in permissions]
    held = Membership.objects.of(trust).current(on=on).filter(role__in=roles, school_id=None, user__is_active=True)
    return {membership.user_id: membership.user for membership in held.select_related("user").order_by("pk")}


def deputies(trust: Trust, *, on: date) -> list[DecisionDeputy]:
    """Return the deputies who may decide on a day or later, the first to begin first. One query."""
    found = DecisionDeputy.objects.filter(trust=trust, ends_date__gte=on, ended_at__isnull=True)
    return list(found.select_related("user", "named_by").order_by("starts_date", "pk"))


def deputy_meanwhile(trust: Trust, asked: Mapping[str, Any]) -> DecisionDeputy | None:
    """Return the deputy who is the same person for the same kind of decision on any of the same days. One query."""
    same = DecisionDeputy.objects.filter(trust=trust, user=asked["user"], kind=asked["kind"], ended_at__isnull=True)
    overlapping = same.filter(starts_date__lte=asked["ends_date"], ends_date__gte=asked["starts_date"])
    return overlapping.select_related("user").order_by("starts_date", "pk").first()


def headteachers_of(trust_id: int, school_id: int, *, on: date) -> set[int]:
    """Return the people who are headteacher of a school on a day. One query."""
    held = Membership.objects.filter(trust_id=trust_id, school_id=school_id, role=Role.HEADTEACHER)
    return set(held.current(on=on).values_list("user_id", flat=True))


def has_or_is_invited_to(role: Role, trust: Trust, *, at: datetime) -> bool:
    """Return whether anybody has a role now or later, or has an open invitation to it. Two queries."""
    not_past = Q(ends_date__isnull=True) | Q(ends_date__gte=timezone.localdate(at))
    held = Membership.objects.of(trust).filter(not_past, role=role).exists()
    return held or Invitation.objects.open().filter(trust=trust, role=role, expires_at__gte=at).exists()


def _is_about(invitation: Invitation, person: User) -> bool:
    return person.pk == invitation.invited_by_id or person.email.lower() == invitation.email.lower()


def is_already_invited(trust: Trust, *, email: str, role: str, school_id: int | None, at: datetime) -> bool:
    """Return whether this address has an open invitation to this role that has not expired."""
    return (
        Invitation.objects.open()
        .filter(trust=trust, email=email, role=role, school_id=school_id, expires_at__gte=at)
        .exists()
    )


def already_has_role(trust: Trust, *, email: str, role: str, school_id: int | None, ends_date: date | None) -> bool:
    """Return whether the person with this address has the role without an end, or at least until ``ends_date``."""
    held = Membership.objects.of(trust).filter(user__email__iexact=email, role=role, school_id=school_id)
    last_days = list(held.values_list("ends_date", flat=True))
    return any(last is None or (ends_date is not None and ends_date <= last) for last in last_days)


def has_role(trust: Trust, *, email: str, role: str, school_id: int | None, on: date) -> bool:
    """Return whether the person with this address has the role on a day or later."""
    held = Membership.objects.of(trust).filter(user__email__iexact=email, role=role, school_id=school_id)
    return held.filter(Q(ends_date__isnull=True) | Q(ends_date__gte=on)).exists()


def people_table(rows: Iterable[PersonRow]) -> list[Sequence[object]]:
    """Return the rows as a table with column headings, for a file."""
    return [PEOPLE_HEADINGS, *(_cells(row) for row in rows)]


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None


def _cells(row: PersonRow) -> list[str]:
    last_day = _day(row.last_sign_in)
    last_seen = last_day.isoformat() if last_day else "never"
    two_step = "on" if row.two_step else "off"
    school = [row.school_name, str(row.school_id or "")]
    days = [row.starts_date.isoformat(), row.ends_date.isoformat() if row.ends_date else ""]
    invited_on = _day(row.granted_at)
    granted = [row.granted_by, invited_on.isoformat() if invited_on else "", row.confirmed_by, row.reason]
    return [row.name, row.email, row.role.label, *school, *days, row.state, two_step, last_seen, *granted]


def _row(
    membership: Membership, *, on: date, schools: dict[int, str], left: dict[int, date], two_step: bool
) -> PersonRow:
    urn = membership.school_id
    left_date = left.get(urn) if urn else None
    if left_date is not None and left_date < membership.starts_date and urn in schools:
        left_date = None  # The school came back, and the role is newer.
    if membership.ends_date is not None and membership.ends_date < on:
        state = "past"
    elif urn and (urn not in schools or left_date is not None):
        state = "left"
    else:
        state = "future" if membership.starts_date > on else "current"
    return PersonRow(
        membership_id=membership.pk,
        name=membership.user.name,
        email=membership.user.email,
        role=Role(membership.role),
        school_id=urn,
        school_name=_school_name(urn, schools),
        starts_date=membership.starts_date,
        ends_date=membership.ends_date,
        state=state,
        left_date=left_date,
        two_step=two_step,
        last_sign_in=membership.user.last_login,
        granted_by=membership.granted_by.name if membership.granted_by else "",
        granted_at=membership.granted_at,
        confirmed_by=membership.confirmed_by.name if membership.confirmed_by else "",
        reason=membership.reason,
    )


def _school_name(urn: int | None, schools: dict[int, str]) -> str:
    return schools.get(urn, f"URN {urn}, no longer in this trust") if urn else ""
