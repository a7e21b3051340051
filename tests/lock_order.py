"""Watch the locks of every test, and fail on a lock out of the order of ``trusts.locks`` or without ``no_key``."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from django.apps import apps
from django.db import connection

from trusts.locks import LOCK_ORDER

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "demonstration"}
LOCKS = re.compile(r"\s*(UPDATE|DELETE|INSERT .* ON CONFLICT|SELECT .*( FOR (NO KEY )?UPDATE|pg_advisory))", re.DOTALL)
CHANGE = re.compile(r'\s*(?:UPDATE "?(\w+)|DELETE FROM "?(\w+)|INSERT INTO "?(\w+)"?.* ON CONFLICT)', re.DOTALL)
TURN = re.compile(r"\s*SELECT pg_advisory_xact_lock")
LOCK = re.compile(r'\s*SELECT\b.*? FROM "?(\w+)"?.* FOR (NO KEY )?UPDATE', re.DOTALL)


class LockWatch:
    """Wraps the statements of a connection.

    What is locked is remembered for one transaction of the product. In most tests all of them are savepoints of the
    test's own transaction, so a transaction is told by the function of ours that was called first, and by its block.
    """

    def __init__(self) -> None:
        ours = {"published", "schools", "kpis", "trajectories", "returns", "meetings", "followup", "trusts"}
        self.tables = {model._meta.db_table for model in apps.get_models() if model._meta.app_label in ours}
        self.transaction: tuple[Any, ...] = ()
        self.held: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Mapping[str, Any]
    ) -> Any:
        if isinstance(sql, str) and LOCKS.match(sql) and (caller := first_of_ours()):
            what = self._locked_by(sql, params)
            if what in LOCK_ORDER:
                self._note(what, (caller, *connection.atomic_blocks[:1], *connection.savepoint_ids[:1]))
        return execute(sql, params, many, context)

    def _locked_by(self, sql: str, params: Any) -> str:
        """Return the table or the turn that a statement locks."""
        if TURN.match(sql):
            return str(params[0])
        if changed := CHANGE.match(sql):
            return next(filter(None, changed.groups()))
        locks = LOCK.match(sql)
        assert locks
        table, no_key = locks.groups()
        if table in self.tables:
            assert no_key, f"{table} is locked without no_key: use trusts.locks.locked()"
            assert table in LOCK_ORDER, f"give {table} a place in trusts.locks.LOCK_ORDER"
        return str(table)

    def _note(self, what: str, transaction: tuple[Any, ...]) -> None:
        if len(transaction) != len(self.transaction) or any(
            one is not other and one != other for one, other in zip(transaction, self.transaction, strict=True)
        ):
            self.transaction, self.held = transaction, []
        if what in self.held:
            return
        later = [held for held in self.held if LOCK_ORDER.index(held) > LOCK_ORDER.index(what)]
        assert not later, f"{what} is locked after {', '.join(later)}: see trusts.locks.LOCK_ORDER"
        self.held.append(what)


def first_of_ours() -> FrameType | None:
    """Return the outermost call of the product's own code, or None in a test's preparation."""
    frame, found = sys._getframe(1), None
    while frame:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES:
            found = frame
        frame = frame.f_back  # type: ignore[assignment]  # The outermost frame ends the loop.
    return found
