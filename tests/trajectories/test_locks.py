"""Test that setting reference lines and recomputing schools do not wait for each other. Each has its own connection."""

from concurrent.futures import Future
from threading import Event

import pytest

from kpis.models import Recomputation
from tests.connections import PATIENCE_SECONDS, at_the_same_time, wait_until_waiting
from tests.factories import NOON, SchoolFactory, UserFactory
from trajectories.actions import recompute_school, recompute_trust, replace_reference
from trajectories.models import TrustReference
from trajectories.rules.trust_lines import TrustLine
from trusts import tenancy

LINES = [TrustLine(code="floor", phase="primary", first_year=2019, percentile=10.0)]


@pytest.fixture
def schools(transactional_db, trust, school):
    return [school, *(SchoolFactory(trust=trust) for _ in range(2))]


def test_reference_lines_are_set_while_schools_are_recomputed(trust, schools):
    director = UserFactory()
    in_the_middle, may_end = Event(), Event()

    def recompute() -> None:
        with tenancy.scope([trust.pk], actor="test"):
            recompute_school(trust_id=trust.pk, school=schools[1], at=NOON)
            in_the_middle.set()
            assert may_end.wait(PATIENCE_SECONDS)
            recompute_trust(trust_id=trust.pk, on=NOON.date())

    def set_lines() -> None:
        with tenancy.scope([trust.pk], actor="test"):
            replace_reference(trust=trust, lines=LINES, provenance="set in June", by=director, at=NOON)

    with at_the_same_time() as start:
        running: list[Future[None]] = [start(recompute)]
        assert in_the_middle.wait(PATIENCE_SECONDS)
        running.append(start(set_lines))
        wait_until_waiting()
        may_end.set()
        for work in running:
            work.result(PATIENCE_SECONDS)

    with tenancy.scope([trust.pk], actor="test"):
        assert TrustReference.objects.get().number == 1
        assert set(Recomputation.objects.values_list("wanted", flat=True)) == {1}
