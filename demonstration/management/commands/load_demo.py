from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from demonstration.actions.loading import load_trust
from demonstration.trust.story import TRUSTS
from kpis.actions.catalogue import sync_catalogue
from trusts import tenancy
from trusts.models import Trust


class Command(BaseCommand):
    help = "Load the demonstration: two invented trusts with five years of history. A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--on",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="load it as it looks on this day; by default today",
        )

    def handle(self, *, on: date | None, **options: Any) -> None:
        sync_catalogue()
        day = on or timezone.localdate()
        at = timezone.make_aware(datetime.combine(day, time(9, 30)))
        if on is None:
            at = min(at, timezone.now())  # Before 9:30, nothing can have happened at 9:30 today.
        for story in tqdm(TRUSTS, unit="trust", disable=None):  # None: no bar unless a person is watching.
            if Trust.objects.filter(uid=story.uid).exists():
                self.stdout.write(f"{story.name} is already loaded")
                continue
            with tenancy.scope([story.uid], actor="command:load_demo"):
                counts = load_trust(story=story, on=day, at=at)
            written = ", ".join(f"{count:,} {what}" for what, count in counts.items())
            self.stdout.write(self.style.SUCCESS(f"{story.name}: {written}"))
