from datetime import timedelta
from decimal import Decimal as D

import pytest

from kpis.actions.recomputation import want_recomputation, want_recomputation_after_imports
from kpis.models import Recomputation, ScoreLine
from kpis.queries.known_figures import known_figures
from published.models import PublishedResult
from schools.models import School, SchoolLink, Term
from tests.factories import NOON, ObservationFactory, PublishedResultFactory, SchoolFactory, UserFactory
from trajectories import tasks
from trajectories.actions import judge_line, recompute_school
from trajectories.models import CapacityStatus, LineJudgement, PhaseProposal, Placement
from trusts.models import AuditEntry


@pytest.fixture
def publish(db):
    """Publish Attainment 8 of one URN by year."""

    def make(urn, values, measure="ATT8SCR"):
        for year, value in values.items():
            PublishedResultFactory(urn=urn, series__measure=measure, series__school_year=year, value=value)

    return make


RISING = {2016: 38.0, 2017: 39.0, 2018: 46.0, 2019: 52.0}


def test_a_school_with_published_results_is_placed_with_its_rule(trust, school, in_scope, publish):
    publish(school.pk, RISING)

    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        placement = Placement.objects.get()
        assert placement.letter in ("B", "F")
        assert placement.rule
        assert placement.runner_up
        assert placement.data_cutoff == 2019
        assert CapacityStatus.objects.get().status == "giver"


def test_progress_8_without_limits_is_used_as_it_is(trust, school, in_scope, publish):
    publish(school.pk, {2017: -0.1, 2018: 0.0, 2019: 0.1}, measure="P8MEA")

    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        assert Placement.objects.get().data_cutoff == 2019


def test_a_school_without_results_is_not_placed_and_says_why(trust, school, in_scope):
    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        placement = Placement.objects.get()
        assert placement.letter == ""
        assert "no published results" in placement.reason
        assert PhaseProposal.objects.get().phase == ""


def test_results_before_conversion_are_the_schools_own(trust, school, in_scope, publish):
    publish(124000, {2016: 38.0, 2017: 39.0})
    publish(school.pk, {2018: 46.0, 2019: 52.0})
    SchoolLink.objects.create(urn=school.pk, link_urn=124000, direction="predecessor", kind="one_to_one")

    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        years = {point["year"] for point in Placement.objects.get().inputs["placement"]["inputs"]}
        assert years == {2016, 2017, 2018, 2019}
        sources = {
            figure.period.school_year: figure.source for figure in known_figures([school.pk])[school.pk]["OUT11"]
        }
        as_before = "Published, final, as URN 124000 before it became an academy"
        assert sources == {2016: as_before, 2017: as_before, 2018: "Published, final", 2019: "Published, final"}
        assert ScoreLine.objects.get(indicator="OUT11").source == sources[2019]


def test_only_a_new_answer_adds_a_row(trust, school, in_scope, publish):
    publish(school.pk, RISING)
    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)
        recompute_school(trust_id=trust.pk, school=school, at=NOON + timedelta(days=1))
        assert Placement.objects.count() == PhaseProposal.objects.count() == CapacityStatus.objects.count() == 1

        PublishedResult.objects.filter(series__school_year=2019).update(value=30.0)
        recompute_school(trust_id=trust.pk, school=school, at=NOON + timedelta(days=2))
        assert Placement.objects.count() == 2


def test_five_judged_lines_give_a_phase_and_unstable_leadership_caps_it(trust, school, in_scope, publish):
    publish(school.pk, RISING)
    ed = UserFactory()
    with in_scope(trust):
        for line in ("leadership", "governance", "teaching", "external_support", "behaviour"):
            judge_line(
                trust_id=trust.pk, school=school, line=line, voice="trust", phase="improve", reason="Seen in term",
                by=ed, at=NOON,
            )  # fmt: skip
        recompute_school(trust_id=trust.pk, school=school, at=NOON)
        assert PhaseProposal.objects.latest("pk").phase == "improve"

        judge_line(
            trust_id=trust.pk, school=school, line="leadership", voice="trust", phase="stabilise",
            reason="The headteacher has left", by=ed, at=NOON + timedelta(days=1),
        )  # fmt: skip
        recompute_school(trust_id=trust.pk, school=school, at=NOON + timedelta(days=1))
        assert PhaseProposal.objects.latest("pk").phase == "stabilise"


@pytest.mark.parametrize(
    ("line", "phase", "reason"),
    [("luck", "improve", "Seen"), ("leadership", "perfect", "Seen"), ("leadership", "improve", " \n")],
)
def test_a_judgement_outside_the_rubric_or_without_a_reason_is_refused(trust, school, in_scope, line, phase, reason):
    with in_scope(trust):
        with pytest.raises(ValueError, match=r"is not a|needs a reason"):
            judge_line(
                trust_id=trust.pk, school=school, line=line, voice="trust", phase=phase, reason=reason,
                by=UserFactory(), at=NOON,
            )  # fmt: skip
        assert not LineJudgement.objects.exists()
        assert not Recomputation.objects.exists()


def test_a_judgement_is_added_and_audited_and_asks_for_a_recomputation(trust, school, in_scope):
    head = UserFactory()
    with in_scope(trust, actor=f"user:{head.pk}"):
        for phase in ("repair", "improve"):
            judge_line(
                trust_id=trust.pk, school=school, line="behaviour", voice="school", phase=phase, reason=" Calmer ",
                by=head, at=NOON,
            )  # fmt: skip

        assert list(LineJudgement.objects.order_by("pk").values_list("phase", "reason", "judged_by")) == [
            ("repair", "Calmer", head.pk),
            ("improve", "Calmer", head.pk),
        ]
        assert Recomputation.objects.stale().get().school_id == school.pk
        entries = AuditEntry.objects.filter(table="trajectories_linejudgement")
        assert {entry.actor for entry in entries} == {f"user:{head.pk}"}
        assert entries.count() == 2


def test_the_datas_suggestion_is_kept_when_a_persons_voice_counts(trust, school, in_scope, publish):
    publish(school.pk, RISING)
    with in_scope(trust):
        judge_line(
            trust_id=trust.pk, school=school, line="outcomes", voice="trust", phase="stabilise", reason="Mocks fell",
            by=UserFactory(), at=NOON,
        )  # fmt: skip
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        inputs = PhaseProposal.objects.get().inputs
        assert inputs["levels"]["outcomes"]["voice"] == "trust"
        assert inputs["suggested"]["outcomes"]["voice"] == "data"
        assert inputs["suggested"]["outcomes"]["reason"].startswith("D1: Outcomes band")


def test_recomputing_marks_the_request_as_done(trust, school, in_scope):
    with in_scope(trust):
        ObservationFactory(school=school, value=D(6))
        want_recomputation(school=school, trust_id=trust.pk, at=NOON)
        assert Recomputation.objects.stale().exists()

        recompute_school(trust_id=trust.pk, school=school, at=NOON)
        assert not Recomputation.objects.stale().exists()


def test_an_import_recomputes_every_school_that_rests_on_older_files(trust, school, in_scope, publish):
    """Schools are noted as waiting before the first is recomputed, and nothing is done twice."""
    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 0

    publish(school.pk, RISING)
    with in_scope(trust):
        assert want_recomputation_after_imports(trust_id=trust.pk, at=NOON) == [school.pk]
        assert Recomputation.objects.stale().get().school_id == school.pk
        Recomputation.objects.update(files_seen=0)
    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 1

    with in_scope(trust):
        assert Placement.objects.get(school=school).letter
        assert not Recomputation.objects.stale().exists()
    assert tasks.follow_imports_of_trust(trust_id=trust.pk) == 0


def test_the_task_recalculates_school_and_trust_in_its_own_scope(trust, school, in_scope):
    with in_scope(trust):
        ObservationFactory(school=school, value=D(6), numerator=60, denominator=1000)

    tasks.recompute_school(trust_id=trust.pk, school_id=school.pk)

    with in_scope(trust):
        assert ScoreLine.objects.get().value == D(6)


def test_the_sweep_sends_a_lost_message_again(trust, school, in_scope, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.recompute_school, "delay", lambda **ids: sent.append(ids))
    with in_scope(trust):
        want_recomputation(school=school, trust_id=trust.pk, at=NOON)

    assert tasks.catch_up() == 1
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]

    tasks.recompute_school(trust_id=trust.pk, school_id=school.pk)
    assert tasks.catch_up() == 0


def test_a_school_that_left_the_trust_is_not_recalculated_or_sent_again(trust, other_trust, school, in_scope):
    with in_scope(trust):
        want_recomputation(school=school, trust_id=trust.pk, at=NOON)
    School.objects.filter(pk=school.pk).update(trust=other_trust)

    tasks.recompute_school(trust_id=trust.pk, school_id=school.pk)

    assert tasks.catch_up() == 0
    with in_scope(trust):
        assert not ScoreLine.objects.exists()


def test_the_nightly_task_sends_one_message_for_each_trust(trust, other_trust, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.nightly_trust, "delay", lambda **ids: sent.append(ids["trust_id"]))

    tasks.nightly()

    assert sorted(sent) == sorted([trust.pk, other_trust.pk])


def test_the_nightly_task_of_a_trust_recalculates_all_its_schools(trust, school, in_scope):
    tasks.nightly_trust(trust_id=trust.pk)

    with in_scope(trust):
        assert Placement.objects.get().school == school
        assert Term.objects.count() == 3  # The terms of the current school year, planned on the usual days.

    tasks.nightly_trust(trust_id=trust.pk)

    with in_scope(trust):
        assert Term.objects.count() == 3


def test_another_schools_judgements_do_not_count_when_the_whole_trust_is_in_scope(trust, school, in_scope):
    with in_scope(trust):
        judge_line(
            trust_id=trust.pk, school=SchoolFactory(trust=trust), line="governance", voice="trust", phase="stabilise",
            reason="Seen", by=UserFactory(), at=NOON,
        )  # fmt: skip
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        assert PhaseProposal.objects.get(school=school).inputs["levels"] == {}
