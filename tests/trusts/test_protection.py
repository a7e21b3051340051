"""What a protected table shows and takes, on tables that are made for the test and protected as a migration does it."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, migrations, transaction

from trusts import tenancy
from trusts.models import AuditEntry
from trusts.protection import protect, protect_audit, protect_memberships

TABLE = "invented_rows"
OURS, THEIRS = 990801, 990802  # Trusts.
QUAY, COVE = 991801, 991802  # Schools.


def run(sql: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def table(db):
    """An empty table with the columns that policies read."""
    run(
        f"CREATE TABLE {TABLE} (id bigint GENERATED ALWAYS AS IDENTITY, trust_id bigint NOT NULL, school_id bigint,"
        " user_id bigint, words text DEFAULT '')"
    )


@pytest.fixture
def protected(table):
    """Protect the table, and say how it is undone: protected(protect, by_school=True)."""

    def by(step, **options) -> str:
        operation = step(TABLE, **options)
        assert isinstance(operation, migrations.RunSQL)
        run(operation.sql)
        return operation.reverse_sql

    return by


def add(trust_id=OURS, school_id=QUAY, user_id=1) -> None:
    run(f"INSERT INTO {TABLE} (trust_id, school_id, user_id) VALUES (%s, %s, %s)", trust_id, school_id, user_id)


def seen(column="trust_id") -> list[int]:
    return sorted(value for (value,) in run(f"SELECT {column} FROM {TABLE}"))


def everything_in_scope():
    return tenancy.scope([OURS, THEIRS], actor="test")


def policies() -> list[tuple]:
    return run("SELECT policyname FROM pg_policies WHERE tablename = %s ORDER BY 1", TABLE)


def is_enforced() -> tuple:
    (flags,) = run("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", TABLE)
    return flags


def triggers() -> list[tuple]:
    return run("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", TABLE)


def in_words(value: object) -> str:
    """Name a case for the list of tests, the same in every process."""
    return value.__name__ if callable(value) else " ".join(map(str, value)) or "as usual"


EVERY_WAY = [
    (protect, {}),
    (protect, {"by_school": True}),
    (protect, {"append_only": True}),
    (protect, {"by_school": True, "append_only": True}),
    (protect_memberships, {}),
    (protect_audit, {}),
]


@pytest.mark.parametrize(("step", "options"), EVERY_WAY, ids=in_words)
def test_a_protected_table_shows_and_takes_only_the_rows_of_the_trusts_in_scope(protected, step, options):
    protected(step, **options)
    with everything_in_scope():
        add(OURS)
        add(THEIRS)

    with tenancy.scope([OURS], actor="test"):
        assert seen() == [OURS]
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            add(THEIRS)


@pytest.mark.parametrize(("step", "options"), EVERY_WAY, ids=in_words)
def test_the_owner_of_a_protected_table_is_held_to_it_too(protected, step, options):
    protected(step, **options)

    assert is_enforced() == (True, True)


@pytest.mark.parametrize(("step", "options"), EVERY_WAY, ids=in_words)
def test_protection_is_undone_without_a_trace(protected, step, options):
    run(protected(step, **options))

    assert (is_enforced(), policies(), triggers()) == ((False, False), [], [])
    add(THEIRS)
    assert seen() == [THEIRS]  # Without any scope.


@pytest.mark.parametrize("append_only", [True, False])
def test_by_school_narrows_to_the_schools_in_scope_and_all_means_every_school(protected, append_only):
    protected(protect, by_school=True, append_only=append_only)
    with everything_in_scope():
        add(school_id=QUAY)
        add(school_id=COVE)
        assert seen("school_id") == [QUAY, COVE]

    with tenancy.scope([OURS], school_ids=[QUAY], actor="test"):
        assert seen("school_id") == [QUAY]
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            add(school_id=COVE)


@pytest.mark.parametrize("append_only", [True, False])
def test_a_table_that_is_not_by_school_is_open_to_every_school_role_of_the_trust(protected, append_only):
    protected(protect, append_only=append_only)
    with tenancy.scope([OURS], school_ids=[QUAY], actor="test"):
        add(school_id=COVE)
        assert seen("school_id") == [COVE]


def change_and_remove() -> tuple[int, int]:
    """Try both on every row in scope; return how many rows each touched."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET words = 'changed'")
        changed = cursor.rowcount
        cursor.execute(f"DELETE FROM {TABLE}")
        return changed, cursor.rowcount


@pytest.mark.parametrize(
    ("step", "options", "touched"),
    [
        (protect, {}, (1, 1)),
        (protect, {"by_school": True}, (1, 1)),
        (protect, {"append_only": True}, (0, 0)),
        (protect, {"by_school": True, "append_only": True}, (0, 0)),
        (protect_memberships, {}, (1, 1)),
        (protect_audit, {}, (0, 0)),
    ],
    ids=in_words,
)
def test_rows_in_scope_are_changed_and_removed_unless_the_table_is_append_only(protected, step, options, touched):
    protected(step, **options)
    with tenancy.scope([OURS], actor="test"):
        add()
        assert change_and_remove() == touched


def test_a_person_reads_their_own_memberships_anywhere_and_changes_none_of_them(protected):
    protected(protect_memberships)
    with everything_in_scope():
        add(OURS, user_id=1)
        add(THEIRS, user_id=1)
        add(THEIRS, user_id=2)

    with transaction.atomic():
        tenancy.identify(1)
        assert seen() == [OURS, THEIRS]
        assert change_and_remove() == (0, 0)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            add(OURS, user_id=1)
    with tenancy.scope([OURS], actor="test"):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            run(f"UPDATE {TABLE} SET trust_id = %s", THEIRS)
        assert seen() == [OURS]


@pytest.mark.parametrize(("step", "options"), [way for way in EVERY_WAY if way[0] is not protect_audit], ids=in_words)
def test_every_change_to_a_protected_table_is_audited(protected, step, options):
    protected(step, **options)
    with tenancy.scope([OURS], actor="user:42"):
        add()
        change_and_remove()

        entries = AuditEntry.objects.filter(table=TABLE).order_by("pk")
        expected = ["INSERT"] if options.get("append_only") else ["INSERT", "UPDATE", "DELETE"]
        assert [(entry.operation, entry.actor, entry.trust_id) for entry in entries] == [
            (operation, "user:42", OURS) for operation in expected
        ]


def test_the_audit_trail_itself_is_not_audited(protected):
    protected(protect_audit)

    assert triggers() == []


# --- Entering and leaving a scope


SETTINGS = ("app.trust_ids", "app.school_ids", "app.user_id", "app.actor")


def settings() -> dict[str, str]:
    return {name: run("SELECT current_setting(%s, true)", name)[0][0] for name in SETTINGS}


def test_entering_a_scope_sets_all_four_settings(db):
    tenancy.enter([OURS, THEIRS], school_ids=[QUAY, COVE], user_id=7, actor="user:7")

    assert list(settings().values()) == [f"{{{OURS},{THEIRS}}}", f"{{{QUAY},{COVE}}}", "7", "user:7"]


def test_a_scope_without_schools_or_a_person_has_every_school_and_nobodys_own_rows(db):
    tenancy.enter([OURS], actor="task")

    assert list(settings().values()) == [f"{{{OURS}}}", "all", "0", "task"]


def test_identifying_somebody_opens_no_trust_and_no_school(db):
    tenancy.identify(7)

    assert list(settings().values()) == ["{}", "{}", "7", "user:7"]


def test_a_scope_ends_with_its_transaction(transactional_db):
    with tenancy.scope([OURS], school_ids=[QUAY], actor="test"):
        assert settings()["app.trust_ids"] == f"{{{OURS}}}"

    assert set(settings().values()) <= {"", None}


def test_a_scope_leaves_nothing_behind_in_a_transaction_that_had_none(db):
    with tenancy.scope([OURS], school_ids=[QUAY], actor="test"):
        assert list(settings().values()) == [f"{{{OURS}}}", f"{{{QUAY}}}", "0", "test"]

    assert list(settings().values()) == ["", "", "", ""]


def test_a_scope_without_a_transaction_says_so(transactional_db):
    with pytest.raises(transaction.TransactionManagementError) as refused:
        tenancy.enter([OURS], actor="test")

    assert str(refused.value) == "tenancy.enter() needs a transaction"


def test_a_scope_inside_another_gives_all_four_settings_back(db):
    tenancy.enter([OURS], school_ids=[QUAY], user_id=7, actor="user:7")
    before = settings()

    with tenancy.scope([THEIRS], actor="task"):
        assert list(settings().values()) == [f"{{{THEIRS}}}", "all", "0", "task"]

    assert settings() == before


@pytest.mark.parametrize("ids", [["1}'); DROP TABLE x"], ["all"], [None]])
def test_only_numbers_enter_a_scope(db, ids):
    with pytest.raises((TypeError, ValueError)):
        tenancy.enter(ids, actor="test")
    with pytest.raises((TypeError, ValueError)):
        tenancy.enter([OURS], school_ids=ids, actor="test")


def test_a_scope_without_trusts_shows_nothing(protected):
    protected(protect)
    with everything_in_scope():
        add()

    with tenancy.scope([], actor="test"):
        assert seen() == []


def test_without_an_actor_nothing_is_written_to_a_protected_table(protected):
    protected(protect)

    with pytest.raises(IntegrityError, match="audit_has_an_actor"), tenancy.scope([OURS], actor=""):
        add()
