"""Fill a database with other trusts: copies of the demonstration trust, loaded with COPY.

Everything in the trust is copied except its audit trail: schools, people, memberships, calendar, targets, returns,
accepted and published figures, and calculated results. So a copy has as many rows as a real tenant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.bench.stacks import TRUST

# A copy's keys are digits, so that one template works for all: 1, the copy's number, the copied key.
MARK = "\x01"  # Replaces the copy's number in a template. None of our texts has it.
MOST = 9999
FIRST_FICTIONAL = 990000  # Keys of invented trusts and schools come after this (schools/models.py).
TRUST_KEY = "'1' || chr(1) || lpad(({} - 990000)::text, 4, '0')"  # 1 0001 0001: fits an integer, clear of the demo's.
ROW_KEY = "'1' || chr(1) || lpad({}::text, 7, '0')"
NOT_COPIED = "trusts_auditentry"

# Tables without trust_id that still belong to a trust, and how to find their rows.
ALSO = {
    "trusts_trust": "uid = %(trust)s",
    "trusts_user": "id IN (SELECT user_id FROM trusts_membership WHERE trust_id = %(trust)s)",
    "published_publishedresult": "urn IN (SELECT urn FROM schools_school WHERE trust_id = %(trust)s)",
}
# Columns with keys that are neither a foreign key nor a primary key.
SPECIAL = {
    ("published_publishedresult", "urn"): TRUST_KEY.format("urn"),
    ("trusts_user", "email"): "'copy' || chr(1) || '.' || email",
}

TABLES = """
SELECT table_name::text FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = 'trust_id' AND table_name <> %s ORDER BY 1"""
IS_PROTECTED = "SELECT 1 FROM pg_class WHERE oid = %s::regclass AND relforcerowsecurity"
FOREIGN_KEYS = """
SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1"""
PLAIN_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT indisunique ORDER BY 1"""
COLUMNS = """
SELECT a.attname::text,
       coalesce(max(k.confrelid::regclass::text) FILTER (WHERE k.contype = 'f'), ''),
       bool_or(k.contype = 'p') IS TRUE
FROM pg_attribute a LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.conkey = ARRAY[a.attnum]
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY a.attname, a.attnum ORDER BY a.attnum"""


@dataclass(frozen=True)
class Template:
    """One table's rows of the demonstration trust in COPY's format, with a mark instead of the copy's number."""

    table: str
    columns: tuple[str, ...]
    rows: bytes

    def filled(self, copies: int) -> Iterator[bytes]:
        for number in range(1, copies + 1):
            yield self.rows.replace(MARK.encode(), f"{number:04d}".encode())

    @property
    def count(self) -> int:
        return self.rows.count(b"\n")


def add_other_trusts(url: str, copies: int) -> Mapping[str, int]:
    """Add ``copies`` trusts to the database of the application's role. Return the number of added rows by table.

    The role owns the tables, so it may remove what slows down or refuses loading, and restore it afterwards: COPY is
    refused under row-level security, copies need no audit, and indexes and foreign keys are faster for all rows at
    once.
    """
    if not 0 <= copies <= MOST:
        raise ValueError(f"0 to {MOST} other trusts, not {copies}")
    with psycopg.connect(url, autocommit=True) as connection:
        enter(connection, [TRUST])
        templates = list(_templates(connection))
        tables = [template.table for template in templates]
        undo = [statement for table in tables for statement in _take_off(connection, table)]
        for template in templates:
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(template.table), sql.SQL(", ").join(map(sql.Identifier, template.columns))
            )
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                for rows in template.filled(copies):
                    copy.write(rows)
        for statement in sorted(undo, key=_order):
            connection.execute(statement)
        connection.execute("VACUUM (ANALYZE)")  # As the database's own maintenance would do later.
    return {template.table: template.count * copies for template in templates}


def _take_off(connection: psycopg.Connection, table: str) -> Iterator[str]:
    """Remove the table's foreign keys, plain indexes, forced security and audit. Yield statements that restore them."""
    for name, definition in connection.execute(FOREIGN_KEYS, [table]).fetchall():
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        yield f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
    for name, definition in connection.execute(PLAIN_INDEXES, [table]).fetchall():
        connection.execute(f'DROP INDEX "{name}"')
        yield definition
    if connection.execute(IS_PROTECTED, [table]).fetchone():
        connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER audit")
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY, ENABLE TRIGGER audit"


def _order(statement: str) -> int:
    """Return the order of a statement: indexes, then foreign keys, which use them, then the protection."""
    return 0 if statement.startswith("CREATE") else 2 if "SECURITY" in statement else 1


def _templates(connection: psycopg.Connection) -> Iterator[Template]:
    """Read the demonstration trust's rows of every table, each table after the tables it refers to."""
    belongs = ALSO | {name: "trust_id = %(trust)s" for (name,) in connection.execute(TABLES, [NOT_COPIED])}
    columns = {table: connection.execute(COLUMNS, [table]).fetchall() for table in belongs}
    points_to = {table: {to for _, to, _ in columns[table]} & belongs.keys() - {table} for table in belongs}
    done: list[str] = []
    while len(done) < len(belongs):
        done += sorted(table for table in belongs if table not in done and points_to[table] <= set(done))
    for table in done:
        names = tuple(name for name, _, _ in columns[table])
        shown = ", ".join(_expression(table, *column, belongs) for column in columns[table])
        query = f"COPY (SELECT {shown} FROM {table} WHERE {belongs[table] % {'trust': TRUST}}) TO STDOUT"
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            yield Template(table, names, b"".join(copy))


def _expression(table: str, column: str, points_to: str, is_key: bool, copied: Mapping[str, str]) -> str:
    """Return the SQL for a column of a copy: a key with the copy's number, or the unchanged column."""
    if (table, column) in SPECIAL:
        return SPECIAL[table, column]
    table_named = points_to or (table if is_key else "")
    if table_named in ("trusts_trust", "schools_school"):
        return TRUST_KEY.format(column)
    return ROW_KEY.format(column) if table_named in copied else f'"{column}"'


def enter(connection: psycopg.Connection, trusts: list[int]) -> None:
    """Let this connection, beyond one transaction, see these trusts as the application's role."""
    ids = "{" + ",".join(map(str, trusts)) + "}"
    for name, value in [("trust_ids", ids), ("school_ids", "all"), ("user_id", "0"), ("actor", "bench")]:
        connection.execute("SELECT set_config(%s, %s, false)", [f"app.{name}", value])
