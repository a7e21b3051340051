"""Write people, their roles and invitations."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from tables.dates import day_in_words
from trusts.locks import locked
from trusts.models import (
    LONGEST_TIMES,
    PRIVILEGED_ROLES,
    DecisionDeputy,
    Invitation,
    Membership,
    Role,
    RoleNotice,
    Trust,
    User,
)
from trusts.permissions import GRANTS, Permission
from trusts.reasons import ReasonNeeded
from trusts.rules.role_days import RoleDaysRefused, check_ending, check_time
from trusts.two_people import DecisionKind, refuse_own

INVITATION_LASTS = timedelta(days=14)
MANAGING_ROLES = tuple(role for role, permissions in GRANTS.items() if Permission.MANAGE_PEOPLE in permissions)


class AccountExists(ValueError):
    """The address has an account already, so its owner signs in to accept."""


class AlreadyHasRole(ValueError):
    """The person already has this role."""


class InvitationUsed(ValueError):
    """The invitation was already accepted or withdrawn, or it has expired."""


class InvitationUnconfirmed(ValueError):
    """Nobody has confirmed the invitation yet, so its link is not sent and does not work."""


class InvitedOneself(ValueError):
    """People cannot invite themselves to a role."""


class NamedOneself(ValueError):
    """People cannot name themselves as deputies."""


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
    invitation: Invitation | None = None,
) -> Membership:
    """Give a person a role in the trust in scope. The role keeps who invited the person, who confirmed it and why.

    No role gets more time. If the person has this role already, they get it again from the day after its last day.

    Raises:
        AlreadyHasRole: they already have this role in this school for at least as long.
        RoleDaysRefused: the role is for a limited time, and would have more.
    """
    check_time(first_day=starts_date, last_day=ends_date, longest=LONGEST_TIMES.get(role))
    locked(User.objects.all()).get(pk=user.pk)  # Nobody gives this person two roles at once.
    held = Membership.objects.of(trust).filter(user=user, role=role, school_id=school_id)
    running = held.filter(models.Q(ends_date__isnull=True) | models.Q(ends_date__gte=starts_date))
    last_days = [membership.ends_date for membership in running.order_by("pk")]
    known = [day for day in last_days if day is not None]
    if len(known) < len(last_days) or (known and ends_date is not None and ends_date <= max(known)):
        raise AlreadyHasRole(f"{user} is already {role.label} here")
    return Membership.objects.create(
        trust=trust,
        user=user,
        role=role,
        school_id=school_id,
        starts_date=max(known) + timedelta(days=1) if known else starts_date,
        ends_date=ends_date,
        granted_by=invitation.invited_by if invitation else None,
        granted_at=invitation.invited_at if invitation else None,
        confirmed_by=invitation.confirmed_by if invitation else None,
        reason=invitation.reason if invitation else "",
    )


@transaction.atomic
def end_role(*, membership: Membership, on: date, at: datetime, by: User) -> Membership:
    """End a role; ``on`` is its last day. The row stays, to explain what the person saw and did.

    A role that has not started yet is deleted; the audit trail keeps it. The end of a privileged role is made known.

    Raises:
        RoleDaysRefused: the role has ended, or would end later than it does.
        LastManagingRole: ``by`` would end their own last role that manages people.
    """
    trust = membership.trust
    membership = locked(Membership.objects.of(trust)).select_related("user").get(pk=membership.pk)
    today = timezone.localdate(at)
    check_ending(last_day=membership.ends_date, new_last_day=on, today=today)
    if membership.was_left_behind(on=today):
        raise RoleDaysRefused("This role ended when the school left the trust")
    if membership.user_id == by.pk and membership.role in MANAGING_ROLES:
        others = Membership.objects.of(membership.trust).filter(user=by, role__in=MANAGING_ROLES)
        if not others.exclude(pk=membership.pk).current(on=on + timedelta(days=1)).exists():
            raise LastManagingRole(membership.role)
    if membership.role in PRIVILEGED_ROLES:
        role, person = Role(membership.role).label, membership.user
        words = f"{by.name} ended the role of {person.name} as {role}. The last day is {day_in_words(on)}."
        _make_known(trust, words, at=at, to=[person])
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
    reason: str = "",
) -> Invitation:
    """Record an invitation to one role; the caller sends it. ``by`` is None only on the command line.

    Somebody has to confirm an invitation to a privileged role.

    Raises:
        InvitedOneself: the address belongs to the person who invites.
        ReasonNeeded: the role is privileged, and there is no reason.
    """
    if by is not None and by.email.lower() == email.lower():
        raise InvitedOneself(email)
    if by is not None and role in PRIVILEGED_ROLES and not reason.strip():
        raise ReasonNeeded("Say why, so that the person who confirms it knows")
    invitation = Invitation.objects.create(
        trust=trust,
        email=email.lower(),
        name=name,
        role=role,
        school_id=school_id,
        ends_date=ends_date,
        invited_by=by,
        invited_at=at,
        expires_at=at + INVITATION_LASTS,
        reason=reason.strip(),
    )
    if by is not None and invitation.is_unconfirmed:
        asked = f"{by.name} wants to invite {name} as {role.label}: {invitation.reason}"
        _make_known(trust, f"{asked}\n\nA Board member or the Executive Director has to confirm it.", at=at)
    return invitation


@transaction.atomic
def confirm_invitation(*, invitation: Invitation, at: datetime, by: User) -> Invitation:
    """Confirm an invitation to a privileged role; the caller sends it. Its link works for as long as any from now.

    Raises:
        InvitationUsed: it was already confirmed, accepted or withdrawn.
        OwnDecision: it came from the person who confirms, or is for them.
    """
    invitation = _locked(invitation)
    if not invitation.is_unconfirmed:
        raise InvitationUsed(invitation.email)
    is_for_oneself = by.email.lower() == invitation.email.lower()
    refuse_own(
        DecisionKind.ROLES, decider=by.pk, proposers=[invitation.invited_by_id, by.pk if is_for_oneself else None]
    )
    invitation.confirmed_by, invitation.confirmed_at, invitation.expires_at = by, at, at + INVITATION_LASTS
    invitation.save(update_fields=["confirmed_by", "confirmed_at", "expires_at"])
    role = Role(invitation.role).label
    _make_known(invitation.trust, f"{by.name} confirmed that {invitation.name} is invited as {role}.", at=at)
    return invitation


@transaction.atomic
def renew_invitation(*, invitation: Invitation, at: datetime, by: User) -> Invitation:
    """Renew an open invitation from now, with a new link; the caller sends it.

    An invitation to a privileged role stays in the name of whoever invited the person first.

    Raises:
        InvitationUsed: it was already accepted or withdrawn.
        InvitationUnconfirmed: nobody has confirmed it yet.
        InvitedOneself: the invitation is for the person who renews it.
    """
    invitation = _locked(invitation)
    if invitation.is_unconfirmed:
        raise InvitationUnconfirmed(invitation.email)
    if by.email.lower() == invitation.email.lower():
        raise InvitedOneself(invitation.email)
    if invitation.role not in PRIVILEGED_ROLES:
        invitation.invited_by = by
    invitation.expires_at, invitation.sent_at = at + INVITATION_LASTS, None
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
    if invitation.role in PRIVILEGED_ROLES:
        role = Role(invitation.role).label
        _make_known(invitation.trust, f"{by.name} withdrew the invitation of {invitation.name} as {role}.", at=at)
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
        InvitationUnconfirmed: nobody has confirmed it yet.
        AccountExists: there is a password for a new account, but the address has one by now.
    """
    invitation = _locked(invitation)
    if invitation.is_unconfirmed:
        raise InvitationUnconfirmed(invitation.email)
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
            invitation=invitation,
        )
    if invitation.role in PRIVILEGED_ROLES:
        _make_known(invitation.trust, f"{user.name} is now {Role(invitation.role).label}.", at=at, to=[user])
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


@transaction.atomic
def name_deputy(
    *,
    trust: Trust,
    user: User,
    kind: DecisionKind,
    starts_date: date,
    ends_date: date,
    reason: str,
    by: User,
    at: datetime,
) -> DecisionDeputy:
    """Name a deputy for one kind of decision and a time. All who lead the trust are told, and so is the deputy.

    Raises:
        ReasonNeeded: the reason is empty.
        NamedOneself: the deputy is the person who names one.
    """
    if not (reason := reason.strip()):
        raise ReasonNeeded("Say why the trust needs a deputy")
    if user == by:
        raise NamedOneself(user.email)
    words = f"{by.name} named {user.name} as a deputy from {day_in_words(starts_date)} to {day_in_words(ends_date)}."
    _make_known(trust, f"{words} They may: {kind.label.lower()}. Reason: {reason}", at=at, to=[user])
    return DecisionDeputy.objects.create(
        trust=trust, user=user, kind=kind, starts_date=starts_date, ends_date=ends_date, reason=reason, named_by=by,
        named_at=at,
    )  # fmt: skip


@transaction.atomic
def end_deputy(*, deputy: DecisionDeputy, by: User, at: datetime) -> None:
    """End a deputy's time now. Run twice, it changes nothing."""
    if DecisionDeputy.objects.filter(pk=deputy.pk, ended_at__isnull=True).update(ended_at=at):
        words = f"{by.name} ended the time of {deputy.user.name} as a deputy ({deputy.get_kind_display().lower()})."
        _make_known(deputy.trust, words, at=at, to=[deputy.user])


@transaction.atomic
def mark_notice_sent(*, notice: RoleNotice, at: datetime) -> None:
    """Record that a notice was sent."""
    RoleNotice.objects.filter(pk=notice.pk).update(sent_at=at)


def _make_known(trust: Trust, words: str, *, at: datetime, to: Sequence[User] = ()) -> None:
    """Write a notice to everyone who has a privileged role today, and to the person that it is about."""
    held = Membership.objects.of(trust).current(on=timezone.localdate(at)).filter(role__in=PRIVILEGED_ROLES)
    people = {*held.filter(user__is_active=True).values_list("user_id", flat=True), *(user.pk for user in to)}
    RoleNotice.objects.bulk_create(
        RoleNotice(trust=trust, to_id=person, words=words, made_at=at) for person in sorted(people)
    )
