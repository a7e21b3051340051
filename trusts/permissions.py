"""Say who may do what, and check it for every view."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, auto
from functools import wraps
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from trusts import tenancy
from trusts.form_posts import answer_form
from trusts.models import INVITATION_SALT, DecisionDeputy, Invitation, Membership, Role, Trust, User
from trusts.two_people import DecisionKind


class Permission(StrEnum):
    VIEW_TRUST = auto()  # The trust's front page, which sends each role to its home page.
    VIEW_BOARD = auto()  # Every school's accepted figures, exceptions, phases.
    VIEW_DESK = auto()  # The Executive Director's tasks.
    VIEW_SCHOOL = auto()  # One school's accepted figures.
    VIEW_HEADLINES = auto()  # The trust's headline comparison of its schools.
    VIEW_RETURNS = auto()  # A return before it is accepted.
    ENTER_RETURN = auto()
    SUBMIT_RETURN = auto()
    ASSIGN_LINES = auto()  # Which contributor fills in which lines of a return.
    MODERATE_LINES = auto()  # Accept or send back lines of a submitted return, in one's own areas.
    MODERATE_RETURN = auto()  # The whole return, its due date, and exemptions.
    CORRECT_RETURN = auto()  # Open lines of an accepted return for correction.
    JUDGE_SCHOOL = auto()  # The school's judgement on a line of the phase rubric.
    MODERATE_SCHOOL = auto()  # The trust's judgement, which overrides the school's.
    DESCRIBE_SCHOOL = auto()  # Which units a school has, and which capacity it can give or needs.
    PROPOSE_REFERENCE = auto()  # The lines that the trust's schools are compared with.
    APPROVE_REFERENCE = auto()
    PROPOSE_SMALL_NUMBERS = auto()  # Who sees figures about few people.
    APPROVE_SMALL_NUMBERS = auto()
    VIEW_PANELS = auto()
    PREPARE_PANEL = auto()
    MANAGE_PEOPLE = auto()
    CONFIRM_ROLES = auto()  # Who becomes Board member, Executive Director or Trust Improvement Partner.
    NAME_DEPUTIES = auto()  # Who takes a kind of decision where nobody else may.
    SET_UP = auto()  # What returns ask for, and the calendar.
    PROPOSE_TARGETS = auto()
    APPROVE_TARGETS = auto()  # Figures are rated only against targets that the Board approved.


P = Permission
_TRUST_READER = frozenset({P.VIEW_TRUST, P.VIEW_BOARD, P.VIEW_SCHOOL, P.VIEW_HEADLINES, P.VIEW_PANELS})
_SCHOOL_READER = frozenset({P.VIEW_TRUST, P.VIEW_SCHOOL})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.BOARD_MEMBER: _TRUST_READER
    | {P.PROPOSE_REFERENCE, P.APPROVE_REFERENCE, P.PROPOSE_SMALL_NUMBERS, P.APPROVE_SMALL_NUMBERS}
    | {P.APPROVE_TARGETS, P.CONFIRM_ROLES, P.NAME_DEPUTIES},
    Role.EXECUTIVE_DIRECTOR: _TRUST_READER
    | {P.VIEW_DESK, P.VIEW_RETURNS, P.MODERATE_LINES, P.MODERATE_RETURN, P.CORRECT_RETURN, P.MODERATE_SCHOOL}
    | {P.DESCRIBE_SCHOOL, P.PROPOSE_REFERENCE, P.APPROVE_REFERENCE, P.PREPARE_PANEL, P.MANAGE_PEOPLE}
    | {P.CONFIRM_ROLES, P.SET_UP, P.PROPOSE_TARGETS},
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

# The permission that each kind of decision needs. A deputy gets it, so it allows the decision and nothing else.
DECISION_PERMISSIONS: dict[DecisionKind, Permission] = {
    DecisionKind.RETURNS: P.MODERATE_LINES,
    DecisionKind.TARGETS: P.APPROVE_TARGETS,
    DecisionKind.REFERENCE_LINES: P.APPROVE_REFERENCE,
    DecisionKind.SMALL_NUMBERS: P.APPROVE_SMALL_NUMBERS,
    DecisionKind.ROLES: P.CONFIRM_ROLES,
    DecisionKind.SCHOOL_POSITION: P.MODERATE_SCHOOL,
}
# What a deputy for a kind of decision needs from their own roles, to open the pages that lead to it.
DEPUTY_READS: dict[DecisionKind, Permission] = {
    DecisionKind.RETURNS: P.VIEW_DESK,
    DecisionKind.TARGETS: P.VIEW_BOARD,
    DecisionKind.REFERENCE_LINES: P.VIEW_BOARD,
    DecisionKind.SMALL_NUMBERS: P.VIEW_HEADLINES,
    DecisionKind.ROLES: P.VIEW_HEADLINES,
    DecisionKind.SCHOOL_POSITION: P.VIEW_BOARD,
}

EVERY_AREA = None
# The areas in which a role with MODERATE_LINES decides on lines: codes of kpis.catalogue.kinds.Area.
MODERATED_AREAS: dict[Role, frozenset[str] | None] = {
    Role.EXECUTIVE_DIRECTOR: EVERY_AREA,
    Role.BUSINESS_MANAGER: frozenset({"finance", "staffing"}),
}


@dataclass(frozen=True)
class Access:
    """What one person may do in one trust today, and for which schools."""

    trust: Trust
    memberships: tuple[Membership, ...]
    trusts: tuple[Trust, ...] = ()  # Every trust this person has a role in today, by name.
    deputy_for: frozenset[DecisionKind] = frozenset()  # The kinds of decision that the Board named them for.

    def roles(self) -> frozenset[Role]:
        return frozenset(Role(membership.role) for membership in self.memberships)

    def schools_for(self, permission: Permission) -> frozenset[int] | None:
        """Return the URNs that ``permission`` covers: None for every school, an empty set without the permission."""
        if any(DECISION_PERMISSIONS[kind] == permission for kind in self.deputy_for):
            return tenancy.ALL_SCHOOLS
        granting = [membership for membership in self.memberships if permission in GRANTS[Role(membership.role)]]
        if any(membership.school_id is None for membership in granting):
            return tenancy.ALL_SCHOOLS
        return frozenset(membership.school_id for membership in granting if membership.school_id is not None)

    def can(self, permission: Permission, school_id: int | None = None) -> bool:
        """Return whether the person has ``permission`` for the school, or without one, anywhere in the trust."""
        schools = self.schools_for(permission)
        if schools is tenancy.ALL_SCHOOLS:
            return True
        return bool(schools) if school_id is None else school_id in schools

    def areas_moderated(self) -> frozenset[str] | None:
        """Return the areas in which this person decides on lines; None for every area."""
        if DecisionKind.RETURNS in self.deputy_for:
            return EVERY_AREA
        areas = [MODERATED_AREAS[role] for role in self.roles() if role in MODERATED_AREAS]
        if any(allowed is EVERY_AREA for allowed in areas):
            return EVERY_AREA
        return frozenset().union(*(allowed for allowed in areas if allowed is not None))

    def heads(self, school_id: int) -> bool:
        """Return whether this person is a headteacher of the school."""
        held = {(membership.role, membership.school_id) for membership in self.memberships}
        return (Role.HEADTEACHER, school_id) in held

    def own_schools(self) -> tuple[int, ...]:
        """Return the URNs of the schools in which this person has a school role, lowest first."""
        urns = {membership.school_id for membership in self.memberships}
        return tuple(sorted(urn for urn in urns if urn is not None))


class TrustRequest(HttpRequest):
    """A request whose permission has been checked."""

    user: User
    access: Access


def memberships_of(user: User, *, on: date) -> list[Membership]:
    """Return a person's current memberships in every trust, by trust name. The transaction can read nothing else."""
    tenancy.identify(user.pk)
    return list(
        Membership.objects.current(on=on).filter(user=user).select_related("trust").order_by("trust__name", "pk")
    )


def memberships_left_behind(user: User, *, on: date) -> list[Membership]:
    """Return a person's roles that ended because the school left the trust. The transaction can read nothing else."""
    tenancy.identify(user.pk)
    left = Membership.objects.left_behind(on=on).filter(user=user, trust__is_tenant=True)
    return list(left.select_related("trust").order_by("trust__name", "pk"))


def access_for(user: User, trust_id: int, *, on: date) -> Access:
    """Return what ``user`` may do in the trust.

    Raises:
        Http404: the user has no role there today, so we do not confirm that it exists.
    """
    tenancy.identify(user.pk)
    mine = Membership.objects.current(on=on).filter(user=user, trust__is_tenant=True)
    deputy = DecisionDeputy.objects.current(on=on).filter(user=user, trust=OuterRef("trust_id"))
    mine = mine.annotate(deputy_for=ArraySubquery(deputy.values("kind")))
    everywhere = list(mine.select_related("trust").order_by("trust__name", "pk"))
    memberships = tuple(membership for membership in everywhere if membership.trust_id == trust_id)
    if not memberships:
        raise Http404("No current role in this trust")
    trusts = tuple({membership.trust_id: membership.trust for membership in everywhere}.values())
    kinds = frozenset(DecisionKind(kind) for kind in memberships[0].deputy_for) & DECISION_PERMISSIONS.keys()
    return Access(trust=memberships[0].trust, memberships=memberships, trusts=trusts, deputy_for=kinds)


def enter_for(request: HttpRequest, trust_id: int, permission: Permission) -> Access:
    """Check ``permission`` in the trust, and narrow the transaction to the trust and the schools it covers.

    Raises:
        Http404: the person has no role there.
        PermissionDenied: no role there gives the permission.
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


def requires(permission: Permission) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Check ``permission`` in the trust that the URL names, and narrow the request to the schools it covers."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, trust_id: int, **kwargs: Any) -> HttpResponse:
            access = enter_for(request, trust_id, permission)
            return answer_form(request, lambda: view(request, access.trust, *args, **kwargs))

        gated.permission = permission  # type: ignore[attr-defined]  # what the URL guard looks for
        return gated

    return decorate


class InvitationClosed(Exception):
    """The link opens no invitation. ``why`` is the reason: unreadable, used, withdrawn, unconfirmed and so on.

    ``email`` is the address that was invited, empty if we do not know it.
    """

    def __init__(self, why: str, email: str = "") -> None:
        super().__init__(why)
        self.why, self.email = why, email


def enter_by_invitation(token: str, *, at: datetime) -> Invitation:
    """Return the invitation that a signed link names, and narrow the transaction to its trust and no school.

    We signed the link for one trust and one invitation. It allows nothing except accepting.

    Raises:
        InvitationClosed: we did not sign the link, or its invitation can no longer be accepted.
    """
    try:
        trust_id, invitation_id, expires = signing.loads(token, salt=INVITATION_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise InvitationClosed("unreadable") from None
    tenancy.enter([trust_id], school_ids=[], actor=f"invitation:{invitation_id}")
    invitation = Invitation.objects.select_related("trust", "invited_by").filter(pk=invitation_id).first()
    if invitation is None:
        raise InvitationClosed("unreadable")
    school_id = invitation.school_id
    has_left = school_id is not None and not invitation.trust.schools.filter(pk=school_id).exists()
    reasons = {
        "used": invitation.accepted_at is not None,
        "withdrawn": invitation.withdrawn_at is not None,
        "unconfirmed": invitation.is_unconfirmed,
        "left": has_left,
        "over": invitation.ends_date is not None and invitation.ends_date < timezone.localdate(at),
        "renewed": int(invitation.expires_at.timestamp()) != expires,
        "expired": invitation.expires_at < at,
    }
    if why := next((reason for reason, applies in reasons.items() if applies), None):
        raise InvitationClosed(why, invitation.email)
    return invitation
