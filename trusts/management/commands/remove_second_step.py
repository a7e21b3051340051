"""Remove a person's second step, when they have lost it or a change of SECRET_KEY has made it unreadable."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trusts import actions
from trusts.models import User


class Command(BaseCommand):
    help = "Remove a person's authenticator app and recovery codes. Check first that it is this person who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody has an account with the address {options['email']}")
        if not actions.remove_second_step(user=user):
            raise CommandError(f"{user.email} has no authenticator app and no recovery codes")
        self.stdout.write(f"{user.email} now signs in with the password or a passkey, and can set up a new app.")
