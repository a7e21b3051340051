"""Test the mark that tells the Board's page about new results."""

from datetime import UTC, datetime, timedelta

from dashboards.queries.board import board_page, version_of_results
from kpis.models import Recomputation
from kpis.rules.privacy import STANDARD_RULES, Audience, reader_for
from tests.factories import SchoolFactory

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
BOARD = reader_for(Audience.BOARD, STANDARD_RULES)


def test_mark_changes_when_the_first_school_to_start_finishes_last(trust, in_scope):
    """With two workers, the first to start waits for the other's trust figures, and commits an earlier time later."""
    first, second = SchoolFactory(trust=trust), SchoolFactory(trust=trust)
    with in_scope(trust):
        for school in (first, second):
            Recomputation.objects.create(trust=trust, school=school, wanted=1)
        Recomputation.objects.filter(school=second).update(done=1, done_at=NOON)
        shown = board_page(trust, on=NOON.date(), reader=BOARD).version

        Recomputation.objects.filter(school=first).update(done=1, done_at=NOON - timedelta(seconds=1))

        assert version_of_results() != shown


def test_mark_changes_when_nothing_asked_for_the_recomputation(trust, school, in_scope):
    with in_scope(trust):
        Recomputation.objects.create(trust=trust, school=school, wanted=1, done=1, done_at=NOON)
        shown = board_page(trust, on=NOON.date(), reader=BOARD).version
        assert version_of_results() == shown

        Recomputation.objects.update(done_at=NOON + timedelta(hours=14))

        assert version_of_results() != shown
