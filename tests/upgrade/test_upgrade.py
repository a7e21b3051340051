"""A filled database of an earlier release is migrated: nothing is lost, and its pages open."""

import gzip
import hashlib
import importlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import migrations

from config.embedded.postgres import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
RELEASES = sorted(HERE.glob("filled-*.sql.gz"))
# The migrations that a release brought, with their checksums: nobody changes what others have run.
RELEASED = dict(line.split()[::-1] for line in (HERE / "migrations.sums").read_text().splitlines())
AUDIT = "trusts_auditentry"
TAKES_AWAY = (
    migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RenameModel,
    migrations.AlterModelTable,
)  # fmt: skip
OPEN_THE_BOARD = """
from django.test import Client
from django.utils import timezone
from trusts.models import Role, User
from trusts import tenancy
from trusts.models import Membership
with tenancy.scope([990001], actor="test"):
    member = Membership.objects.filter(trust_id=990001, role=Role.BOARD_MEMBER).first().user
client = Client()
client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
for address in ("/trusts/990001/board/", "/trusts/990001/map/", "/trusts/990001/schools/990001/"):
    print(address, client.get(address, HTTP_HOST="localhost").status_code)
"""


def our_migrations() -> list[Path]:
    names = [config.name for config in apps.get_app_configs() if (ROOT / config.name).is_dir()]
    return sorted(path for name in names for path in (ROOT / name / "migrations").glob("0*.py"))


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(params=RELEASES, ids=lambda file: file.name.split(".sql")[0])
def restored(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a new database with the content of an earlier release."""
    name, server = f"upgrade_{uuid.uuid4().hex[:12]}", os.environ["DATABASE_URL"]
    address = f"{server.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        psql = [PROGRAMS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", address]
        restore = subprocess.run(psql, input=gzip.decompress(request.param.read_bytes()), capture_output=True)
        assert restore.returncode == 0, restore.stderr.decode()
        yield address
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(address: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=os.environ | {"DATABASE_URL": address},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows_by_table(address: str) -> dict[str, int]:
    with psycopg.connect(address) as connection:
        tenants = connection.execute("SELECT uid FROM trusts_trust WHERE is_tenant").fetchall()
        scope = {"trust_ids": "{" + ",".join(str(uid) for (uid,) in tenants) + "}", "school_ids": "all", "user_id": "0"}
        for name, value in scope.items():
            connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for (table,) in tables
            if table not in ("django_migrations", "django_content_type", "auth_permission")
        }


def test_filled_release_is_migrated_without_losing_a_row(restored):
    before = rows_by_table(restored)
    assert before["kpis_observation"] > 2000
    assert before["returns_linechange"] > 0

    manage(restored, "migrate", "--verbosity", "0")

    after = rows_by_table(restored)
    before.pop(AUDIT)  # A migration may change rows, which the audit trail records.
    assert {table: after[table] for table in before} == before
    assert "No planned migration operations" in manage(restored, "migrate", "--plan")
    manage(restored, "check", "--database", "default")
    assert manage(restored, "shell", "--no-imports", "-c", OPEN_THE_BOARD).split()[1::2] == ["200"] * 3
    with psycopg.connect(restored) as connection, pytest.raises(psycopg.errors.UndefinedObject):
        connection.execute("SELECT count(*) FROM kpis_observation")  # Without a scope it raises, as ever.


def test_released_migrations_stay_as_they_are():
    now = {path.relative_to(ROOT).as_posix(): checksum(path) for path in our_migrations()}

    assert {name: now.get(name) for name in RELEASED} == RELEASED


def test_later_migrations_only_add():
    later = [path for path in our_migrations() if path.relative_to(ROOT).as_posix() not in RELEASED]
    found = [
        f"{path.relative_to(ROOT)}: {type(operation).__name__}"
        for path in later
        for module in [importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))]
        for operation in module.Migration.operations
        if isinstance(operation, TAKES_AWAY)
    ]

    assert found == []
