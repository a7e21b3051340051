"""Invite a trust's first person, or the first with a role that somebody in the trust would have to confirm."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from tables.dates import day_in_words
from trusts import actions, queries, tenancy
from trusts.models import LONGEST_TIMES, PRIVILEGED_ROLES, SCHOOL_ROLES, Role, Trust
from trusts.rules.role_days import RoleDaysRefused, check_time


class Command(BaseCommand):
    help = "Invite a person to a role in a trust and print the link to give them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--trust", type=int, required=True, metavar="UID", help="the trust's UID on the register")
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--school", type=int, metavar="URN", help="for a role in one school")
        parser.add_argument("--ends", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the role's last day")

    def handle(self, *args: Any, **options: Any) -> None:
        trust = Trust.objects.tenants().filter(pk=options["trust"]).first()
        if trust is None:
            raise CommandError(
                f"No trust with UID {options['trust']} uses Sightline. Add it first: ./sightline add_trust"
            )
        role, urn, ends_date = Role(options["role"]), options["school"], options["ends"]
        _check(trust, role=role, urn=urn, ends_date=ends_date, email=options["email"])
        now = timezone.now()
        with tenancy.scope([trust.pk], actor="command:invite_person"):
            if role in PRIVILEGED_ROLES and queries.has_or_is_invited_to(role, trust, at=now):
                raise CommandError(
                    f"{trust.name} has a {role.label} or has invited one, and this command invites only the first. "
                    "Ask somebody who manages people to invite the person in Sightline"
                )
            invitation = actions.invite(
                trust=trust,
                email=options["email"],
                name=options["name"],
                role=role,
                school_id=urn,
                ends_date=ends_date,
                at=now,
                by=None,
            )
            actions.mark_invitation_sent(
                invitation=invitation, at=now
            )  # The person who runs this command passes the link on.
        self.stdout.write(f"{invitation.name} is invited to {trust.name} as {role.label}. Give them this link. It")
        self.stdout.write(f"works once, until {day_in_words(timezone.localdate(invitation.expires_at))}:")
        self.stdout.write(settings.SITE_ADDRESS + reverse("invitation", args=[invitation.token()]))


def _check(trust: Trust, *, role: Role, urn: int | None, ends_date: date | None, email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as fault:
        raise CommandError(f"{email}: {fault.messages[0]}") from None
    if role in SCHOOL_ROLES and urn is None:
        raise CommandError(f"{role.label} is a role in one school: give its URN with --school")
    if role not in SCHOOL_ROLES and urn is not None:
        raise CommandError(f"{role.label} is a role in the whole trust: leave out --school")
    if urn is not None and not trust.schools.filter(pk=urn).exists():
        raise CommandError(f"{trust.name} has no school with URN {urn}")
    try:
        check_time(first_day=timezone.localdate(), last_day=ends_date, longest=LONGEST_TIMES.get(role))
    except RoleDaysRefused as refused:
        raise CommandError(f"{role.label} is a role for a limited time. {refused} with --ends") from None
