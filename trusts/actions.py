"""Write people, their roles and invitations."""

from contextlib import suppress
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from trusts.locks import locked
from trusts.models import Invitation, Membership, Role, Trust, User
from trusts.permissions import GRANTS, Permission

INVITATION_LASTS = timedelta(days=14)
MANAGING_ROLES = tuple(role for role, permissions in GRANTS.items() if Permission.MANAGE_PEOPLE in permissions)


class AccountExists(ValueError):
    """The address has an account already, so its owner signs in to accept."""


class AlreadyHasRole(ValueError):
    """The person already has this role."""


class InvitationUsed(ValueError):
    """The invitation was already accepted or withdrawn, or it has expired."""


class InvitedOneself(ValueError):
    """People cannot invite themselves to a role."""


class LastManagingRole(ValueError):
    """It is this person's last role that manages people, so a colleague has to end it."""


@transaction.atomic
def make_person(*, email: str, name: str, password: str | None) -> User:
    """Create an account with a verified address. It sees nothing until it has a role."""
    user = User.objects.create_user(email=email, name=name, password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def remove_second_step(*, user: User) -> int:
    """Remove a person's authenticator app and recovery codes; return how many there were. Passkeys stay."""
    removed, _ = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN).delete()
    return int(removed)


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
    """Give a person a role in the trust in scope. The audit trail records who gave it.

    If the person has this role already, its last day moves to the later of the two. A role that ended earlier stays
    unchanged as history.

    Raises:
        AlreadyHasRole: they already have this role in this school for at least as long.
    """
    held = Membership.objects.of(trust).filter(user=user, role=role, school_id=school_id)
    running = held.filter(models.Q(ends_date__isnull=True) | models.Q(ends_date__gte=starts_date))
    membership = locked(running).order_by("-starts_date", "-pk").first()
    if membership is None:
        return Membership.objects.create(
            trust=trust, user=user, role=role, school_id=school_id, starts_date=starts_date, ends_date=ends_date
        )
    if membership.ends_date is None or (ends_date is not None and ends_date <= membership.ends_date):
        raise AlreadyHasRole(f"{user} is already {role.label} here")
    membership.ends_date = ends_date
    membership.save(update_fields=["ends_date"])
    return membership


@transaction.atomic
def end_role(*, membership: Membership, on: date, by: User) -> Membership:
    """End a role; ``on`` is its last day. The row stays, to explain what the person saw and did.

    A role that has not started yet is deleted; the audit trail keeps it.

    Raises:
        LastManagingRole: ``by`` would end their own last role that manages people.
    """
    if membership.user_id == by.pk and membership.role in MANAGING_ROLES:
        others = Membership.objects.of(membership.trust).filter(user=by, role__in=MANAGING_ROLES)
        if not others.exclude(pk=membership.pk).current(on=on + timedelta(days=1)).exists():
            raise LastManagingRole(membership.role)
    if on < membership.starts_date:
        membership.delete()
        return membership
    membership.ends_date = on
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
    by: User | None,
) -> Invitation:
    """Record an invitation to one role; the caller sends it. ``by`` is None only on the command line.

    Raises:
        InvitedOneself: the address belongs to the person who invites.
    """
    if by is not None and by.email.lower() == email.lower():
        raise InvitedOneself(email)
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
def renew_invitation(*, invitation: Invitation, at: datetime, by: User) -> Invitation:
    """Renew an open invitation from now, with a new link; the caller sends it.

    Raises:
        InvitationUsed: it was already accepted or withdrawn.
        InvitedOneself: the invitation is for the person who renews it.
    """
    invitation = _locked(invitation)
    if by.email.lower() == invitation.email.lower():
        raise InvitedOneself(invitation.email)
    invitation.invited_by, invitation.expires_at, invitation.sent_at = by, at + INVITATION_LASTS, None
    invitation.save(update_fields=["invited_by", "expires_at", "sent_at"])
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, at: datetime, by: User) -> Invitation:
    """Close an open invitation, so that its link stops working.

    Raises:
        InvitationUsed: it was already accepted or withdrawn.
    """
    invitation = _locked(invitation)
    invitation.withdrawn_at = at
    invitation.save(update_fields=["withdrawn_at"])
    return invitation


@transaction.atomic
def mark_invitation_sent(*, invitation: Invitation, at: datetime) -> None:
    """Record that the invitation's newest link was sent."""
    Invitation.objects.filter(pk=invitation.pk, expires_at=invitation.expires_at).update(sent_at=at)


@transaction.atomic
def accept_invitation(*, invitation: Invitation, password: str | None, at: datetime, name: str = "") -> User:
    """Give the invited person the role, and an account if they do not have one.

    ``name`` is the name that a new person typed, and ``password`` their password. Without a name, the account has the
    name on the invitation.

    Raises:
        InvitationUsed: it was already accepted or withdrawn, or has expired.
        AccountExists: there is a password for a new account, but the address has one by now.
    """
    invitation = _locked(invitation)
    if invitation.expires_at < at:
        raise InvitationUsed(invitation.email)
    user = User.objects.filter(email__iexact=invitation.email).first()
    if user and password is not None:
        raise AccountExists(invitation.email)
    user = user or _new_person(email=invitation.email, name=name or invitation.name, password=password)
    with suppress(AlreadyHasRole):  # They were invited twice: accepting the second invitation changes nothing.
        give_role(
            trust=invitation.trust,
            user=user,
            role=Role(invitation.role),
            school_id=invitation.school_id,
            starts_date=timezone.localdate(at),
            ends_date=invitation.ends_date,
        )
    invitation.accepted_by, invitation.accepted_at = user, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    return user


def _new_person(*, email: str, name: str, password: str | None) -> User:
    try:
        with transaction.atomic():
            return make_person(email=email, name=name, password=password)
    except IntegrityError:  # Two invitations to one address were accepted at once.
        raise AccountExists(email) from None


def _locked(invitation: Invitation) -> Invitation:
    found = locked(Invitation.objects.open().filter(pk=invitation.pk)).first()
    if found is None:
        raise InvitationUsed(invitation.email)
    return found
