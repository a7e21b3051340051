"""Say whether a test database that was kept fits the code of today: whether it was made by the same migrations."""

import hashlib
from pathlib import Path

import psycopg
from django.db import connection

ROOT = Path(__file__).parent.parent
# What makes a schema. Anything else that a migration reads must be added here.
SCHEMA = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "*/protection.py", "requirements-dev.txt")


def schema_key() -> str:
    """Return a fingerprint of every file that makes the schema; it changes when a file is added, changed or removed."""
    fingerprint = hashlib.sha256()
    for path in sorted(path for pattern in SCHEMA for path in ROOT.glob(pattern)):
        fingerprint.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return fingerprint.hexdigest()


def is_of_today(name: str) -> bool:
    """Say whether the database ``name`` exists and was made, to the end, from the schema's files as they are now."""
    with psycopg.connect(**connection.get_connection_params()) as outside:
        row = outside.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    return row == (schema_key(),)


def mark() -> None:
    """Note in the test database, which the connection now leads to, what it was made from."""
    with connection.cursor() as cursor:
        database = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"COMMENT ON DATABASE {database} IS '{schema_key()}'")
