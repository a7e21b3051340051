from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from demonstration.trust.story import PASSWORD, TRUSTS


class Command(BaseCommand):
    help = "List the people who can sign in to the demonstration, with something to try as each of them."

    def handle(self, **options: Any) -> None:
        for story in TRUSTS:
            self.stdout.write(f"\n{story.name} (the trust and everyone in it are invented)")
            for person in story.people:
                roles = ", ".join(dict.fromkeys(role.label for role, _ in person.roles))
                self.stdout.write(f"  {person.email:<33}{roles:<42}{person.tries}")
        self.stdout.write(f"\nEveryone has the same password: {PASSWORD}")
        self.stdout.write(f"Sign in at {settings.SITE_ADDRESS}")
