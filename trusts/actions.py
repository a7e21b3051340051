"""Every write about people and their roles."""

from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from trusts.models import Invitation, Membership, Role, Trust, User

INVITATION_LASTS = timedelta(days=14)


class AlreadyHasRole(ValueError):
    """The person already holds this role here."""


class InvitationUsed(ValueError):
    """The invitation was accepted before, or its time is over."""


@transaction.atomic
def make_person(*, email: str, name: str, password: str | None) -> User:
    """Make an account with a verified address; it can see nothing until it is given a role."""
    user = User.objects.create_user(email=email, name=name, password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def give_role(
    *,
    trust: Trust,
    user: User,
    role: Role,
    starts_date: date,
    school_id: int | None = None,
    ends_date: date | None = None,
) -> Membership:
    """Give a person a role in the trust in scope, from a day on; the audit trail keeps who did it.

    Raises:
        AlreadyHasRole: the same role, in the same school, is already theirs.
    """
    held = Membership.objects.filter(trust=trust, user=user, role=role, school_id=school_id)
    if held.exists():
        raise AlreadyHasRole(f"{user} already is {role.label} here")
    return Membership.objects.create(
        trust=trust, user=user, role=role, school_id=school_id, starts_date=starts_date, ends_date=ends_date
    )


@transaction.atomic
def end_role(*, membership: Membership, on: date, by: User) -> Membership:
    """End a role; ``on`` is its last day. The row stays, so that the past can still be explained."""
    membership.ends_date = max(on, membership.starts_date)
    membership.save(update_fields=["ends_date"])
    return membership


@transaction.atomic
def invite(
    *,
    trust: Trust,
    email: str,
    name: str,
    role: Role,
    school_id: int | None,
    ends_date: date | None,
    at: datetime,
    by: User,
) -> Invitation:
    """Record an invitation to one role; the caller sends it."""
    return Invitation.objects.create(
        trust=trust,
        email=email.lower(),
        name=name,
        role=role,
        school_id=school_id,
        ends_date=ends_date,
        invited_by=by,
        invited_at=at,
        expires_at=at + INVITATION_LASTS,
    )


@transaction.atomic
def accept_invitation(*, invitation: Invitation, password: str | None, at: datetime) -> User:
    """Give the invited person their account, if they have none yet, and the role.

    Raises:
        InvitationUsed: it was accepted before, or has expired.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at or invitation.expires_at < at:
        raise InvitationUsed(invitation.email)
    user = User.objects.filter(email__iexact=invitation.email).first()
    user = user or make_person(email=invitation.email, name=invitation.name, password=password)
    give_role(
        trust=invitation.trust,
        user=user,
        role=Role(invitation.role),
        school_id=invitation.school_id,
        starts_date=at.date(),
        ends_date=invitation.ends_date,
    )
    invitation.accepted_by, invitation.accepted_at = user, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    return user
