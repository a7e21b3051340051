"""Who may do what, and the one gate every view goes through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, auto
from functools import wraps
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from trusts import tenancy
from trusts.models import INVITATION_SALT, Invitation, Membership, Role, Trust, User


class Permission(StrEnum):
    VIEW_TRUST = auto()  # The trust's own front door, which leads each role to its home page.
    VIEW_BOARD = auto()  # Every school's accepted figures, exceptions, phases.
    VIEW_DESK = auto()  # What needs the Executive Director.
    VIEW_SCHOOL = auto()  # One school's accepted figures.
    VIEW_HEADLINES = auto()  # The trust's headline comparison of its schools.
    VIEW_RETURNS = auto()  # A return before it is accepted.
    ENTER_RETURN = auto()
    SUBMIT_RETURN = auto()
    ASSIGN_LINES = auto()  # Which contributor fills in which lines of a return.
    MODERATE_LINES = auto()  # Accepting lines of a submitted return or sending them back: those of one's areas.
    MODERATE_RETURN = auto()  # The return as a whole, its due date, and whether it is asked for.
    CORRECT_RETURN = auto()  # Opening lines of an accepted return for correction.
    JUDGE_SCHOOL = auto()  # The school's voice on a line of the phase rubric.
    MODERATE_SCHOOL = auto()  # The trust's voice, which counts before the school's.
    DESCRIBE_SCHOOL = auto()  # Which units a school has, and what it can give and needs.
    SET_REFERENCE = auto()  # The lines that the trust's schools are held against.
    VIEW_PANELS = auto()
    PREPARE_PANEL = auto()
    MANAGE_PEOPLE = auto()
    SET_UP = auto()  # What returns ask, and the calendar.
    PROPOSE_TARGETS = auto()
    APPROVE_TARGETS = auto()  # Only what the Board approved rates a figure.


P = Permission
_TRUST_READER = frozenset({P.VIEW_TRUST, P.VIEW_BOARD, P.VIEW_SCHOOL, P.VIEW_HEADLINES, P.VIEW_PANELS})
_SCHOOL_READER = frozenset({P.VIEW_TRUST, P.VIEW_SCHOOL})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.BOARD_MEMBER: _TRUST_READER | {P.SET_REFERENCE, P.APPROVE_TARGETS},
    Role.EXECUTIVE_DIRECTOR: _TRUST_READER
    | {P.VIEW_DESK, P.VIEW_RETURNS, P.MODERATE_LINES, P.MODERATE_RETURN, P.CORRECT_RETURN, P.MODERATE_SCHOOL}
    | {P.DESCRIBE_SCHOOL, P.SET_REFERENCE, P.PREPARE_PANEL, P.MANAGE_PEOPLE, P.SET_UP}
    | {P.PROPOSE_TARGETS},
    Role.TEACHING_CONSULTANT: _TRUST_READER | {P.VIEW_DESK, P.VIEW_RETURNS},
    Role.BUSINESS_MANAGER: _TRUST_READER | {P.VIEW_DESK, P.VIEW_RETURNS, P.MODERATE_LINES},
    Role.IMPROVEMENT_PARTNER: _TRUST_READER,
    Role.GOVERNANCE_PROFESSIONAL: frozenset({P.VIEW_TRUST, P.VIEW_HEADLINES, P.VIEW_PANELS}),
    Role.TRUST_ADMINISTRATOR: frozenset({P.VIEW_TRUST, P.VIEW_HEADLINES, P.MANAGE_PEOPLE, P.SET_UP}),
    Role.HEADTEACHER: _SCHOOL_READER
    | {P.VIEW_HEADLINES, P.VIEW_RETURNS, P.ENTER_RETURN, P.SUBMIT_RETURN, P.ASSIGN_LINES, P.CORRECT_RETURN}
    | {P.JUDGE_SCHOOL, P.DESCRIBE_SCHOOL},
    Role.SCHOOL_CONTRIBUTOR: _SCHOOL_READER | {P.VIEW_RETURNS, P.ENTER_RETURN},
    Role.LOCAL_GOVERNOR: _SCHOOL_READER,
    Role.EXTERNAL_REVIEWER: _SCHOOL_READER,
}

EVERY_AREA = None
# The areas whose lines a role with MODERATE_LINES decides on: codes of kpis.catalogue.kinds.Area.
MODERATED_AREAS: dict[Role, frozenset[str] | None] = {
    Role.EXECUTIVE_DIRECTOR: EVERY_AREA,
    Role.BUSINESS_MANAGER: frozenset({"finance", "staffing"}),
}


@dataclass(frozen=True)
class Access:
    """What one person may do in one trust today: every permission with the schools it holds for (None: all)."""

    trust: Trust
    memberships: tuple[Membership, ...]
    trusts: tuple[Trust, ...] = ()  # Every trust this person has a role in today, by name: for the way between them.

    def roles(self) -> frozenset[Role]:
        return frozenset(Role(membership.role) for membership in self.memberships)

    def schools_for(self, permission: Permission) -> frozenset[int] | None:
        """Return the URNs that ``permission`` holds for, None for every school, or an empty set without it."""
        granting = [each for each in self.memberships if permission in GRANTS[Role(each.role)]]
        if any(each.school_id is None for each in granting):
            return tenancy.ALL_SCHOOLS
        return frozenset(each.school_id for each in granting if each.school_id is not None)

    def can(self, permission: Permission, school_id: int | None = None) -> bool:
        """Say whether ``permission`` holds anywhere in the trust, or for one school."""
        schools = self.schools_for(permission)
        if schools is tenancy.ALL_SCHOOLS:
            return True
        return bool(schools) if school_id is None else school_id in schools

    def areas_moderated(self) -> frozenset[str] | None:
        """Return the areas whose lines this person accepts or sends back, None for every area."""
        areas = [MODERATED_AREAS[role] for role in self.roles() if role in MODERATED_AREAS]
        if any(each is EVERY_AREA for each in areas):
            return EVERY_AREA
        return frozenset().union(*(each for each in areas if each is not None))

    def own_schools(self) -> tuple[int, ...]:
        """Return the URNs of the schools this person holds a school role in, lowest first."""
        return tuple(sorted({each.school_id for each in self.memberships if each.school_id is not None}))


class TrustRequest(HttpRequest):
    """A request that has been through the gate."""

    user: User
    access: Access


def memberships_of(user: User, *, on: date) -> list[Membership]:
    """Return a person's current memberships in every trust, by trust name; narrows the transaction to that reading."""
    tenancy.identify(user.pk)
    return list(
        Membership.objects.current(on=on).filter(user=user).select_related("trust").order_by("trust__name", "pk")
    )


def access_for(user: User, trust_id: int, *, on: date) -> Access:
    """Return what ``user`` may do in the trust.

    Raises:
        Http404: the user has no role there today, so we do not confirm that it exists.
    """
    tenancy.identify(user.pk)
    mine = Membership.objects.current(on=on).filter(user=user, trust__is_tenant=True)
    everywhere = list(mine.select_related("trust").order_by("trust__name", "pk"))
    memberships = tuple(each for each in everywhere if each.trust_id == trust_id)
    if not memberships:
        raise Http404("No current role in this trust")
    trusts = tuple({each.trust_id: each.trust for each in everywhere}.values())
    return Access(trust=memberships[0].trust, memberships=memberships, trusts=trusts)


def enter_for(request: HttpRequest, trust_id: int, permission: Permission) -> Access:
    """Check ``permission`` in the trust and narrow the transaction to it, and to the schools it holds for.

    Raises:
        Http404: no role there.
        PermissionDenied: a role there, but too weak.
    """
    access = access_for(request.user, trust_id, on=timezone.localdate())  # type: ignore[arg-type]  # LoginRequired
    if not access.can(permission):
        raise PermissionDenied
    request.access = access  # type: ignore[attr-defined]  # declared on TrustRequest
    tenancy.enter(
        [access.trust.pk],
        school_ids=access.schools_for(permission),
        actor=f"user:{request.user.pk}",
        user_id=request.user.pk or 0,
    )
    return access


def kept_nowhere(response: HttpResponse) -> HttpResponse:
    """Keep a page behind the gate out of every cache, so that going back after signing out shows nothing."""
    if not response.has_header("Cache-Control"):
        add_never_cache_headers(response)
    return response


def requires(permission: Permission) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Check ``permission`` in the trust named by the URL and narrow the request to what it holds for."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, trust_id: int, **kwargs: Any) -> HttpResponse:
            access = enter_for(request, trust_id, permission)
            return kept_nowhere(view(request, access.trust, *args, **kwargs))

        gated.permission = permission  # type: ignore[attr-defined]  # what the URL guard looks for
        return gated

    return decorate


class InvitationClosed(Exception):
    """The link opens no invitation; ``why`` is unreadable, used, withdrawn, renewed or expired."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def enter_by_invitation(token: str, *, at: datetime) -> Invitation:
    """Return the invitation that a signed link names, and narrow the transaction to its trust and to no school.

    The link is the invited person's only pass: it was made by us for one trust and one invitation, and it opens
    nothing but the act of accepting.

    Raises:
        InvitationClosed: the link was not made by us, or its invitation cannot be accepted any more.
    """
    try:
        trust_id, invitation_id, expires = signing.loads(token, salt=INVITATION_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise InvitationClosed("unreadable") from None
    tenancy.enter([trust_id], school_ids=[], actor=f"invitation:{invitation_id}")
    invitation = Invitation.objects.select_related("trust", "invited_by").filter(pk=invitation_id).first()
    if invitation is None:
        raise InvitationClosed("unreadable")
    reasons = {
        "used": invitation.accepted_at is not None,
        "withdrawn": invitation.withdrawn_at is not None,
        "renewed": int(invitation.expires_at.timestamp()) != expires,
        "expired": invitation.expires_at < at,
    }
    if why := next((reason for reason, holds in reasons.items() if holds), None):
        raise InvitationClosed(why)
    return invitation
