"""Deciding on a journey, and setting the trust's own lines: what is saved, what follows, what is refused."""

from datetime import timedelta

import pytest

from kpis.models import Recomputation
from tests.factories import NOON, PublishedResultFactory, SchoolFactory, UserFactory
from trajectories.actions import decide_journey, recompute_school, replace_reference
from trajectories.models import CapacityStatus, JourneyDecision, Placement, TrustReference
from trajectories.queries.outlooks import newest_outlooks
from trajectories.queries.references import reference_in_force
from trajectories.rules.percentiles import table_for, value_at
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.trust_lines import TrustLine
from trusts.models import AuditEntry

LATER = NOON + timedelta(days=1)


def line(code="average", phase="secondary", percentile=75.0, first_year=2016):
    return TrustLine(code=code, phase=phase, percentile=percentile, first_year=first_year)


@pytest.fixture
def steady(school):
    """Publish steady results for the school, at the 62nd national percentile of each year."""
    for year in (2016, 2017, 2018, 2019):
        value = round(value_at(table_for("ATT8SCR", "secondary", year), 62.0), 1)
        PublishedResultFactory(urn=school.pk, series__measure="ATT8SCR", series__school_year=year, value=value)


@pytest.fixture
def decide(trust, school, in_scope):
    """Decide on the school's journey."""

    def keep(letter, reason="Seen in lessons and books", at=NOON, by=None):
        by = by or UserFactory(name="Invented Director")
        with in_scope(trust, actor=f"user:{by.pk}"):
            return decide_journey(trust_id=trust.pk, school=school, letter=letter, reason=reason, by=by, at=at)

    return keep


@pytest.fixture
def work_out(trust, school, in_scope):
    def now(at=NOON):
        with in_scope(trust):
            recompute_school(trust_id=trust.pk, school=school, at=at)

    return now


def test_a_decision_is_saved_with_the_engines_answer_and_audited_and_asks_for_a_recomputation(
    trust, school, in_scope, steady, decide, work_out
):
    work_out()
    director = UserFactory()
    decide("D", by=director)

    with in_scope(trust):
        row = JourneyDecision.objects.get()
        assert (row.letter, row.engine_letter, row.decided_by) == ("D", "E", director)
        assert Recomputation.objects.stale().get().school_id == school.pk
        entry = AuditEntry.objects.get(table="trajectories_journeydecision")
        assert entry.actor == f"user:{director.pk}"


def test_what_is_expected_of_the_school_starts_from_the_journey_that_a_person_decided(
    trust, school, in_scope, steady, decide, work_out
):
    def letters():
        with in_scope(trust):
            return {row.inputs["letter"] for row in newest_outlooks([school])[school.pk] if row.expected is not None}

    work_out()
    by_the_engine = letters()
    decide("D")
    work_out(LATER)

    assert (by_the_engine, letters()) == ({"E"}, {"D"})


def test_capacity_follows_the_decision_and_the_engines_answer_stays(trust, in_scope, steady, decide, work_out):
    work_out()
    decide("D")
    work_out(LATER)

    with in_scope(trust):
        capacity = CapacityStatus.objects.latest("pk")
        assert capacity.status == "taker"
        assert capacity.reason.endswith("The journey was decided by Invented Director, not by Sightline.")
        assert capacity.inputs["letter"] == "D"
        assert [row.letter for row in Placement.objects.order_by("pk")] == ["E"]


def test_withdrawing_a_decision_restores_the_engines_answer(trust, in_scope, steady, decide, work_out):
    decide("D")
    decide("", reason="The summer results settled it", at=LATER)
    work_out(LATER)

    with in_scope(trust):
        assert CapacityStatus.objects.latest("pk").status == "giver"
        assert JourneyDecision.objects.count() == 2


@pytest.mark.parametrize(
    ("letter", "reason", "message"),
    [("Z", "Seen", "not one of the eight"), ("none", "Seen", "not one of"), ("A", " \n", "needs a reason"),
     ("", "Seen", "no decision to withdraw")],
)  # fmt: skip
def test_an_invalid_decision_is_refused(trust, in_scope, decide, letter, reason, message):
    with pytest.raises(ValueError, match=message):
        decide(letter, reason)
    with in_scope(trust):
        assert not JourneyDecision.objects.exists()
        assert not Recomputation.objects.exists()


def test_the_trusts_own_lines_place_its_schools_and_every_placement_names_them(
    trust, school, in_scope, steady, work_out
):
    with in_scope(trust):
        work_out()
        assert Placement.objects.get().letter == "E"
        replace_reference(
            trust=trust, lines=[line()], provenance="set by the Board, 14 October", by=UserFactory(), at=NOON
        )
        work_out(LATER)

        placement = Placement.objects.latest("pk")
        assert placement.letter == "none"
        assert placement.reference_set.endswith("+trust-1")
        drawn = [drawn_line for drawn_line in placement.inputs["lines"] if drawn_line["name"] == "National average"]
        assert {(drawn_line["percentile"], drawn_line["provenance"]) for drawn_line in drawn} == {(75.0, "trust")}


def test_changing_the_lines_marks_only_the_trusts_own_schools(trust, other_trust, school, in_scope):
    second, elsewhere = SchoolFactory(trust=trust), SchoolFactory(trust=other_trust)
    with in_scope(trust, other_trust):
        replace_reference(trust=trust, lines=[line()], provenance="set in June", by=UserFactory(), at=NOON)

        stale = set(Recomputation.objects.stale().values_list("school_id", flat=True))
        assert stale == {school.pk, second.pk}
        assert elsewhere.pk not in stale
        assert reference_in_force(other_trust.pk) == standard_reference()


def test_versions_are_kept_when_the_trust_returns_to_the_standard_lines(trust, in_scope):
    with in_scope(trust):
        for lines in ([line()], [line(percentile=60.0)], []):
            replace_reference(trust=trust, lines=lines, provenance="set in June", by=UserFactory(), at=NOON)

        assert list(TrustReference.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
        assert reference_in_force(trust.pk) == standard_reference()


@pytest.mark.parametrize(
    ("lines", "provenance", "message"),
    [
        ([line(percentile=90.0)], "set in June", r"the national average \(90\) must be below the top 15% \(85\)"),
        ([line(code="floor", percentile=0.5)], "set in June", "must be between 1 and 99, not 0.5"),
        ([line(code="luck")], "set in June", "a trust may set"),
        ([line()], "  ", "needs its provenance"),
        ([], "set in June", "the trust already uses the standard lines"),
    ],
)
def test_invalid_lines_are_refused(trust, school, in_scope, lines, provenance, message):
    with in_scope(trust):
        with pytest.raises(ValueError, match=message):
            replace_reference(trust=trust, lines=lines, provenance=provenance, by=UserFactory(), at=NOON)
        assert not TrustReference.objects.exists()
        assert not Recomputation.objects.exists()
