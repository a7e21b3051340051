from typing import Any

from django.core.management.base import BaseCommand

from kpis.actions.catalogue import sync_catalogue


class Command(BaseCommand):
    help = "Update the database's indicators from the catalogue's files. Safe to run again."

    def handle(self, **options: Any) -> None:
        count = sync_catalogue()
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS(f"{count} indicators"))
