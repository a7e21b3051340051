from typing import Any

from django.core.management.base import BaseCommand

from kpis.actions.catalogue import sync_catalogue


class Command(BaseCommand):
    help = "Bring the database's indicators up to date with the catalogue's files. Safe to run again."

    def handle(self, **options: Any) -> None:
        self.stdout.write(self.style.SUCCESS(f"{sync_catalogue()} indicators"))
