"""Set which trusts' and schools' rows the transaction may see, and who is acting.

PostgreSQL enforces it, not Python: every table of a trust's rows has a row-level security policy that compares its
columns with these settings. Without a scope the settings are not arrays, so the query raises an error. It can never
return another trust's rows.

``app.trust_ids``   an array of group UIDs, like ``{16545}``
``app.school_ids``  an array of URNs, or ``all``
``app.user_id``     the person who may read their own memberships and their own typed text, or 0
``app.actor``       who is acting, for the audit trail: ``user:42``, ``task:trajectories.recompute_school``
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

SETTINGS = ("app.trust_ids", "app.school_ids", "app.user_id", "app.actor")
ALL_SCHOOLS = None  # A scope that includes every school.


def enter(
    trust_ids: Iterable[int], *, actor: str, school_ids: Iterable[int] | None = ALL_SCHOOLS, user_id: int = 0
) -> None:
    """Limit the rest of the current transaction to ``trust_ids``, and to ``school_ids`` unless it is None.

    Raises:
        TransactionManagementError: outside a transaction, where the settings would be lost.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("tenancy.enter() needs a transaction")
    schools = "all" if school_ids is ALL_SCHOOLS else _array(school_ids)
    _write((_array(trust_ids), schools, str(int(user_id)), actor))


def identify(user_id: int) -> None:
    """Let the current transaction read only this person's own memberships."""
    enter([], actor=f"user:{user_id}", school_ids=[], user_id=user_id)


@contextmanager
def scope(
    trust_ids: Iterable[int], *, actor: str, school_ids: Iterable[int] | None = ALL_SCHOOLS, user_id: int = 0
) -> Iterator[None]:
    """Run a block in one transaction limited to ``trust_ids``, then restore the scope that was there before."""
    with transaction.atomic():
        before = _read()
        enter(trust_ids, actor=actor, school_ids=school_ids, user_id=user_id)
        yield
        _write(before)  # On an exception the rollback to the savepoint restores it for us.


def _array(ids: Iterable[int]) -> str:
    return "{" + ",".join(str(int(pk)) for pk in ids) + "}"


def _read() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}', true)" for name in SETTINGS))
        return tuple(value or "" for value in cursor.fetchone())


def _write(values: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS), values)
