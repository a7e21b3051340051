"""Test the watch over the order of locks. Every other test runs under it (tests/conftest.py)."""

from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from kpis.models import Recomputation, ScoreLine, Target
from tests import lock_order
from trusts import tenancy
from trusts.locks import LOCK_ORDER, TRUST_FIGURES, locked, wait_for_turn
from trusts.models import Trust


@pytest.fixture
def as_our_code(monkeypatch, trust):
    """Let the watch take these tests for code of the product, which otherwise does not lock out of order."""
    caller = SimpleNamespace()
    monkeypatch.setattr(lock_order, "first_of_ours", lambda: caller)
    with tenancy.scope([trust.pk], actor="test"):
        yield


def test_locks_in_the_order_are_allowed(trust, as_our_code):
    list(locked(Trust.objects.order_by("pk")))
    list(locked(Recomputation.objects.order_by("pk")))
    wait_for_turn(TRUST_FIGURES, trust.pk)
    list(locked(Trust.objects.order_by("pk")))  # Locked before, so it waits for nobody.


@pytest.mark.parametrize(
    "second",
    [
        lambda: list(locked(Trust.objects.order_by("pk"))),
        lambda: Trust.objects.update(is_tenant=True),
        lambda: Target.objects.all().delete(),
    ],
    ids=["lock", "change", "deletion"],
)
def test_lock_out_of_the_order_is_found(as_our_code, second):
    Recomputation.objects.update(wanted=1)

    with pytest.raises(AssertionError, match="is locked after kpis_recomputation"), transaction.atomic():
        second()


def test_lock_that_keeps_others_from_adding_rows_is_found(as_our_code):
    with pytest.raises(AssertionError, match="without no_key"):
        list(Trust.objects.select_for_update())


def test_locked_table_without_a_place_is_found(as_our_code):
    with pytest.raises(AssertionError, match="give kpis_scoreline a place"):
        list(locked(ScoreLine.objects.order_by("pk")))


def test_every_table_in_the_order_exists():
    tables = set(connection.introspection.django_table_names())

    assert {name for name in LOCK_ORDER if " " not in name} <= tables
    assert len(set(LOCK_ORDER)) == len(LOCK_ORDER)
