from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def database_role_obeys_policies(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Report a database role that ignores row-level security (superuser or BYPASSRLS)."""
    errors: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() == (True,):
                hint = "Connect as an ordinary role: see config/postgres.sql."
                errors.append(Error("This database role ignores row-level security.", hint=hint, id="trusts.E001"))
    return errors
