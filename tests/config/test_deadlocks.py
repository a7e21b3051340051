"""Test that a request whose transaction the database ended in a deadlock is tried once more."""

from collections.abc import Iterator

import psycopg
import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch, reverse

from config.deadlocks import RetryDeadlock
from config.errors import server_error
from kpis.actions.recomputation import want_recomputation
from schools.models import School
from tests.connections import PATIENCE_SECONDS, at_the_same_time, wait_until_waiting
from tests.factories import NOON, UserFactory
from trajectories.actions.references import propose_reference
from trajectories.models import TrustReference
from trajectories.rules.trust_lines import TrustLine
from trusts import tenancy
from trusts.models import Role, Trust

LINES = [TrustLine(code="floor", phase="primary", first_year=2019, percentile=10.0)]


@pytest.fixture
def approve_lines(transactional_db, client, trust, school, as_role):
    """Send the form that locks the trust, then the notes of its schools."""
    with tenancy.scope([trust.pk], actor="test"):
        want_recomputation(school=school, trust_id=trust.pk, at=NOON)
        proposal = propose_reference(trust=trust, lines=LINES, provenance="Set in June", by=UserFactory(), at=NOON)
    as_role(Role.BOARD_MEMBER, trust)
    path = reverse("trajectories:reference_decide", args=[trust.pk, proposal.pk])
    return lambda: client.post(path, {"decision": "approve"})


def lock_in_the_other_order(trust: Trust, school: School) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM kpis_recomputation WHERE school_id = %s FOR UPDATE", [school.pk])
        yield
        cursor.execute("SELECT 1 FROM trusts_trust WHERE uid = %s FOR UPDATE", [trust.pk])


def test_request_is_tried_again_after_a_deadlock(approve_lines, trust, school):
    with at_the_same_time() as start:
        # The request is the first to wait for the other, so the database ends its transaction.
        with tenancy.scope([trust.pk], actor="test"):
            locking = lock_in_the_other_order(trust, school)
            next(locking)
            sent = start(approve_lines)
            wait_until_waiting()
            next(locking, None)
        response = sent.result(PATIENCE_SECONDS)

    assert response.status_code == 302
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "The trust now uses its own lines. Sightline is recalculating every school."
    ]
    with tenancy.scope([trust.pk], actor="test"):
        assert TrustReference.objects.get().number == 1


def answer_to(error: type[Exception], cause: type[Exception] | None, method: str = "POST") -> HttpResponse:
    try:
        raise error from cause and cause()
    except error:
        return server_error(RequestFactory().generic(method, "/"))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OperationalError, None),
        (OperationalError, psycopg.OperationalError),  # The connection broke, or nobody answers.
        (OperationalError, psycopg.errors.AdminShutdown),
        (OperationalError, psycopg.errors.TooManyConnections),
        (InterfaceError, psycopg.InterfaceError),
    ],
)
def test_database_that_cannot_be_reached_is_said_to_be_away(error, cause):
    response = answer_to(error, cause)

    assert response.status_code == 503
    assert "Sightline is not available at the moment" in response.text


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OperationalError, psycopg.errors.DeadlockDetected),
        (OperationalError, psycopg.errors.QueryCanceled),
        (OperationalError, psycopg.errors.DiskFull),
        (InternalError, psycopg.errors.ReadOnlySqlTransaction),
    ],
)
def test_database_that_could_not_do_its_work_is_not_said_to_be_away(error, cause):
    response = answer_to(error, cause)

    assert response.status_code == 503
    assert "Sightline could not do that just now" in response.text
    assert "not available" not in response.text
    assert "What you last sent was not saved." in response.text
    assert "What you last sent" not in answer_to(error, cause, method="GET").text


def test_other_errors_are_our_fault():
    assert answer_to(IntegrityError, psycopg.errors.UniqueViolation).status_code == 500


def test_view_without_a_transaction_is_not_called_again(rf):
    @transaction.non_atomic_requests
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError("called again")

    request = rf.get("/")
    request.resolver_match = ResolverMatch(view, (), {})
    deadlock = OperationalError()
    deadlock.__cause__ = psycopg.errors.DeadlockDetected()

    assert RetryDeadlock(view).process_exception(request, deadlock) is None
