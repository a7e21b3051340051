"""Write a database of this version, filled with the demonstration, to a file: python -m tests.upgrade FILE.

Run it once for each release, with the servers of `python -m config.embedded run --throwaway --`. `test_upgrade.py`
restores the file, migrates it and checks that nothing was lost.
"""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import django
from django.core.management import call_command

from config.embedded.postgres import PROGRAMS

NOT_KEPT = ("django_session", "trusts_auditentry")  # Sessions end; the audit trail would be most of the file.


def main(file: Path) -> None:
    """Migrate the empty database of DATABASE_URL, load the demonstration and dump it as SQL, packed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from trusts.models import Trust  # noqa: PLC0415  # Models need the set-up.

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_demo")
    tenants = ",".join(str(pk) for pk in Trust.objects.tenants().values_list("pk", flat=True))
    # The role obeys row-level security also when it dumps, so it enters every trust.
    scope = {"app.trust_ids": f"{{{tenants}}}", "app.school_ids": "all", "app.user_id": "0", "app.actor": "test"}
    options = " ".join(f"-c {name}={value}" for name, value in scope.items())
    dumped = subprocess.run(
        [
            PROGRAMS / "pg_dump", "--no-owner", "--no-privileges", "--enable-row-security", "--restrict-key=sightline",
            *(f"--exclude-table-data={table}" for table in NOT_KEPT), "--dbname", os.environ["DATABASE_URL"],
        ],
        env=os.environ | {"PGOPTIONS": options},
        check=True,
        capture_output=True,
    ).stdout  # fmt: skip
    file.write_bytes(gzip.compress(dumped, mtime=0))
    print(f"{file}: {file.stat().st_size / 1024:,.0f} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
