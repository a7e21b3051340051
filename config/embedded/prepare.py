"""Bring the demonstration's database up to date in one process, so that Django starts only once.

python -m config.embedded.prepare FILE writes the demonstration's sign-ins to FILE.
"""

import io
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

from config.embedded.servers import write_private


def main(sign_ins: Path) -> None:
    """Migrate, load the demonstration trust if it is missing, and write the list of people who can sign in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_demo")
    table = io.StringIO()
    call_command("demo_sign_ins", stdout=table)
    write_private(sign_ins, table.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
