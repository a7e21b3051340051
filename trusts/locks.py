"""The order in which transactions lock rows, and the only way to lock them.

Two transactions that lock the same rows in opposite orders wait for each other, until the database ends one of them.
So every transaction locks the tables of ``LOCK_ORDER`` from top to bottom. It may leave tables out, and lock again
what it has locked. It locks several rows of one table in the order of their keys. Changing a row locks it too.
"""

from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

IMPORTS, TRUST_FIGURES = "imports of published results", "a trust's own figures"
# Tables, and turns that ``wait_for_turn`` gives. Rows that are only changed under a lock on another table, such as the
# lines of a score, need no place. tests/lock_order.py watches the order in every test.
LOCK_ORDER = (
    IMPORTS,
    "schools_term",
    "trusts_trust",
    "trusts_invitation",
    "trusts_user",
    "trusts_membership",
    "trajectories_referenceproposal",
    "kpis_smallnumberproposal",
    "kpis_targetproposal",
    "kpis_target",
    "meetings_panel",
    "returns_receivedfile",
    "returns_return",
    "returns_returnline",
    "returns_figureproposal",
    "kpis_observation",
    "trajectories_unit",
    "kpis_recomputation",
    TRUST_FIGURES,
    "followup_reminderturn",
)

Row = TypeVar("Row", bound=Model)


def locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Lock these rows until the transaction ends, but not the rows joined to them.

    Others may still add rows that point to a locked row: adding one needs its key, which a lock does not change.
    """
    return rows.select_for_update(of=("self",), no_key=True)


def wait_for_turn(work: str, key: int = 0) -> None:
    """Wait until no other transaction does this ``work`` for ``key``, and keep others waiting until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [work, key])
