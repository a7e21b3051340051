"""Fill a database with other trusts: as many copies of the demonstration trust as wanted, by COPY.

Everything of the trust is copied but its audit trail: schools, people, memberships, calendar, targets, returns,
accepted and published figures, and what was worked out. So the volumes of a copy are those of a real tenant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.bench.stacks import TRUST

# A key of a copy is made of digits, so that one template serves all: 1, the copy's number, the key it copies.
MARK = "\x01"  # Stands for the copy's number in a template; in no text of ours.
MOST = 9999
FIRST_FICTIONAL = 990000  # Keys of fictional trusts and schools begin after it (schools/models.py).
TRUST_KEY = "'1' || chr(1) || lpad(({} - 990000)::text, 4, '0')"  # 1 0001 0001: fits an integer, clear of the demo's.
ROW_KEY = "'1' || chr(1) || lpad({}::text, 7, '0')"
NOT_COPIED = "trusts_auditentry"

# Tables without trust_id that belong to a trust all the same, and which of their rows do.
ALSO = {
    "trusts_trust": "uid = %(trust)s",
    "trusts_user": "id IN (SELECT user_id FROM trusts_membership WHERE trust_id = %(trust)s)",
    "published_publishedresult": "urn IN (SELECT urn FROM schools_school WHERE trust_id = %(trust)s)",
}
# Columns that no foreign key or primary key tells apart.
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
    """One table's rows of the demonstration trust as COPY writes them, with a mark in place of the copy's number."""

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
    """Add ``copies`` trusts to the database of the application's role; return the rows added by table.

    The role owns the tables, and so may take off what makes loading slow or refuses it, and put it back as it was:
    COPY is refused under row-level security, nobody audits an invention, and indexes and foreign keys are made and
    checked faster for all rows at once.
    """
    if not 0 <= copies <= MOST:
        raise ValueError(f"0 to {MOST} other trusts, not {copies}")
    with psycopg.connect(url, autocommit=True) as connection:
        enter(connection, [TRUST])
        templates = list(_templates(connection))
        tables = [each.table for each in templates]
        undo = [statement for table in tables for statement in _take_off(connection, table)]
        for each in templates:
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(each.table), sql.SQL(", ").join(map(sql.Identifier, each.columns))
            )
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                for rows in each.filled(copies):
                    copy.write(rows)
        for statement in sorted(undo, key=_order):
            connection.execute(statement)
        connection.execute("VACUUM (ANALYZE)")  # As the database's own housekeeping would, a while later.
    return {each.table: each.count * copies for each in templates}


def _take_off(connection: psycopg.Connection, table: str) -> Iterator[str]:
    """Take the table's foreign keys, plain indexes, forced security and audit off; return what puts them back."""
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
    """Indexes first, then foreign keys, which use them and are checked by the owner; the protection last."""
    return 0 if statement.startswith("CREATE") else 2 if "SECURITY" in statement else 1


def _templates(connection: psycopg.Connection) -> Iterator[Template]:
    """Read the demonstration trust's rows of every table, in an order in which each follows what it points to."""
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
    """Return the SQL for a column of a copy: a key with the copy's number in it, or the column as it is."""
    if (table, column) in SPECIAL:
        return SPECIAL[table, column]
    of = points_to or (table if is_key else "")
    if of in ("trusts_trust", "schools_school"):
        return TRUST_KEY.format(column)
    return ROW_KEY.format(column) if of in copied else f'"{column}"'


def enter(connection: psycopg.Connection, trusts: list[int]) -> None:
    """Let the bench's own connection, not a transaction alone, see these trusts as the application's role sees them."""
    ids = "{" + ",".join(map(str, trusts)) + "}"
    for name, value in [("trust_ids", ids), ("school_ids", "all"), ("user_id", "0"), ("actor", "bench")]:
        connection.execute("SELECT set_config(%s, %s, false)", [f"app.{name}", value])
