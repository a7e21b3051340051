"""Units, areas and dimensions: what people record, what a recomputation makes of it, and what the database refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kpis.models import Recomputation
from tests.factories import NOON, PublishedResultFactory, SchoolFactory, UserFactory
from trajectories.actions import recompute_school
from trajectories.actions.capacity import record_dimension
from trajectories.actions.units import UnitNameTaken, add_unit, change_unit, close_unit, judge_unit
from trajectories.models import AreaCapacity, CapacityStatus, DimensionRecord, Unit, UnitJudgement, UnitPhase
from trajectories.queries.capacity import capacity_page
from trajectories.rules.dimensions import dimensions

SEEN = {"outcomes": "repair", "teaching": "repair", "leadership": "improve"}


@pytest.fixture
def unit(trust, school, in_scope):
    with in_scope(trust):
        return add_unit(
            trust_id=trust.pk, school=school, name=" Mathematics ", kind="subject", area="mathematics",
            by=UserFactory(), at=NOON,
        )  # fmt: skip


@pytest.fixture
def judge(trust, in_scope, unit):
    def now(levels=SEEN, voice="trust", on=NOON, other_unit=None):
        with in_scope(trust):
            return judge_unit(
                unit=other_unit or unit, voice=voice, levels=levels, reason="Seen in May", evidence=" Six books ",
                by=UserFactory(), at=on,
            )  # fmt: skip

    return now


@pytest.fixture
def work_out(trust, school, in_scope):
    def now(on=NOON):
        with in_scope(trust):
            recompute_school(trust_id=trust.pk, school=school, at=on)

    return now


def record(trust, school, dimension="people", has="some", needs="none", on=NOON):
    return record_dimension(
        trust_id=trust.pk, school=school, dimension=dimension, has_level=has,
        has_text="A mathematics lead, a day a week" if has != "none" else "",
        needs_level=needs, needs_text="A deputy" if needs != "none" else "", by=UserFactory(), at=on,
    )  # fmt: skip


def test_a_unit_that_is_added_and_judged_has_a_phase(trust, school, in_scope, unit, judge, work_out):
    judge()
    work_out()

    with in_scope(trust):
        assert unit.name == "Mathematics"
        row = UnitPhase.objects.get()
        assert (row.unit, row.phase) == (unit, "repair")
        assert row.inputs["rule"] == "U3"
        assert UnitJudgement.objects.get().evidence == "Six books"


def test_a_unit_with_too_few_judged_lines_has_no_phase_and_says_why(trust, in_scope, unit, judge, work_out):
    judge({"outcomes": "improve"})
    work_out()

    with in_scope(trust):
        row = UnitPhase.objects.get()
        assert (row.phase, row.inputs["rule"]) == ("", "U2")
        assert "3 of the 5 lines must be judged, and 1 has been" in row.reason
        assert AreaCapacity.objects.get(area="mathematics").status == "not placed"


def test_a_line_left_out_keeps_the_voices_earlier_judgement(trust, in_scope, unit, judge, work_out):
    judge()
    judge({"outcomes": "improve", "teaching": "improve"}, on=NOON + timedelta(days=1))
    work_out(NOON + timedelta(days=1))

    with in_scope(trust):
        row = UnitPhase.objects.get()
        assert row.phase == "improve"
        assert {line: level["phase"] for line, level in row.inputs["levels"].items()} == {
            "outcomes": "improve", "teaching": "improve", "leadership": "improve",
        }  # fmt: skip


def test_only_a_new_answer_adds_a_row_for_its_own_unit(trust, school, in_scope, unit, judge, work_out):
    with in_scope(trust):
        other = add_unit(
            trust_id=trust.pk, school=school, name="Year 9", kind="year_group", area="", by=UserFactory(), at=NOON
        )
    judge()
    work_out()
    work_out(NOON + timedelta(days=1))
    with in_scope(trust):
        assert UnitPhase.objects.count() == 2

    judge(dict.fromkeys(SEEN, "improve"), other_unit=other, on=NOON + timedelta(days=2))
    work_out(NOON + timedelta(days=2))
    with in_scope(trust):
        assert [answer.phase for answer in UnitPhase.objects.filter(unit=other).order_by("pk")] == ["", "improve"]
        assert UnitPhase.objects.filter(unit=unit).count() == 1


def test_published_progress_suggests_a_primary_subjects_outcomes_from_the_best_release(trust, in_scope):
    school = SchoolFactory(trust=trust, phase="primary")
    for year, release, value in ((2018, "final", 3.0), (2019, "revised", 9.0), (2019, "final", -2.0)):
        PublishedResultFactory(
            urn=school.pk, series__measure="MATPROG", series__school_year=year, series__release=release, value=value
        )
    with in_scope(trust):
        for name, kind in (("Mathematics", "subject"), ("Year 6", "year_group")):
            add_unit(
                trust_id=trust.pk, school=school, name=name, kind=kind, area="mathematics", by=UserFactory(), at=NOON
            )
        recompute_school(trust_id=trust.pk, school=school, at=NOON)

        suggested = UnitPhase.objects.get(unit__name="Mathematics").inputs["suggested"]["outcomes"]
        assert (suggested["phase"], suggested["voice"]) == ("repair", "data")
        assert suggested["reason"].endswith("Mathematics progress, 2018–19.")
        assert UnitPhase.objects.get(unit__name="Year 6").inputs["suggested"] == {}


def test_an_area_in_sustain_gives_when_nothing_is_known_about_the_school(trust, in_scope, unit, judge, work_out):
    judge(dict.fromkeys(SEEN, "stabilise"))
    work_out()
    with in_scope(trust):
        assert AreaCapacity.objects.get(area="mathematics").status == "taker"

    judge(dict.fromkeys(SEEN, "sustain"), on=NOON + timedelta(days=1))
    work_out(NOON + timedelta(days=1))
    with in_scope(trust):
        row = AreaCapacity.objects.latest("pk")
        assert (row.area, row.status, row.inputs["rule"]) == ("mathematics", "giver", "C10")
        assert "Mathematics is in Sustain." in row.reason
        cell = next(area for area in capacity_page(unit.school).areas if area.area.code == "mathematics")
        (step,) = cell.steps
        assert (step.before, step.after) == ("Capacity taker", "Capacity giver")
        assert step.cause == "Phase of the area changed from Stabilise to Sustain."
        assert cell.since == (NOON + timedelta(days=1)).date()


def test_a_secondary_school_has_no_early_years_area(trust, school, in_scope, work_out):
    work_out()

    with in_scope(trust):
        assert not AreaCapacity.objects.filter(area="early_years").exists()
        assert set(AreaCapacity.objects.values_list("status", flat=True)) == {"not placed"}


def test_a_closed_unit_keeps_its_history_and_no_longer_counts(trust, school, in_scope, unit, judge, work_out):
    judge(dict.fromkeys(SEEN, "sustain"))
    work_out()
    with in_scope(trust):
        close_unit(unit=unit, reason="Taught in two departments now", by=UserFactory(), at=NOON)
    work_out(NOON + timedelta(days=1))

    with in_scope(trust):
        assert Unit.objects.get().closed_reason == "Taught in two departments now"
        assert UnitPhase.objects.count() == 1
        assert AreaCapacity.objects.filter(area="mathematics").latest("pk").status == "not placed"
        unit.refresh_from_db()
        for refused in (
            lambda: judge_unit(unit=unit, voice="trust", levels=SEEN, reason="Seen", by=UserFactory(), at=NOON),
            lambda: change_unit(unit=unit, name="Maths", kind="subject", area="", at=NOON),
            lambda: close_unit(unit=unit, reason="Again", by=UserFactory(), at=NOON),
        ):
            with pytest.raises(ValueError, match="closed"):
                refused()


def test_a_unit_is_renamed_and_keeps_its_phases(trust, in_scope, unit, judge, work_out):
    judge()
    work_out()
    with in_scope(trust):
        change_unit(unit=unit, name="Mathematics and statistics", kind="department", area="mathematics", at=NOON)

        assert UnitPhase.objects.get().unit.name == "Mathematics and statistics"


@pytest.mark.parametrize(
    ("name", "kind", "area"), [(" ", "subject", ""), ("Art", "club", ""), ("Art", "subject", "luck")]
)
def test_a_unit_needs_a_name_a_kind_and_an_area_that_exists(trust, school, in_scope, name, kind, area):
    with in_scope(trust), pytest.raises(ValueError, match=r"needs a name|not a kind"):
        add_unit(trust_id=trust.pk, school=school, name=name, kind=kind, area=area, by=UserFactory(), at=NOON)


def test_open_units_of_a_school_have_different_names_ignoring_capitals(trust, school, in_scope, unit):
    def again():
        return add_unit(
            trust_id=trust.pk, school=school, name="MATHEMATICS", kind="subject", area="", by=UserFactory(), at=NOON
        )

    with in_scope(trust):
        with pytest.raises(UnitNameTaken):
            again()
        other = add_unit(
            trust_id=trust.pk, school=school, name="Art", kind="subject", area="", by=UserFactory(), at=NOON
        )
        with pytest.raises(UnitNameTaken):
            change_unit(unit=other, name="mathematics", kind="subject", area="", at=NOON)
        close_unit(unit=unit, reason="Merged", by=UserFactory(), at=NOON)
        assert again().pk


def test_unit_is_closed_with_a_reason_and_added_by_somebody(trust, school, in_scope, unit):
    with in_scope(trust):
        with pytest.raises(ValueError, match="needs a reason"):
            close_unit(unit=unit, reason=" ", by=UserFactory(), at=NOON)
        assert Unit.objects.get().closed_at is None
        with pytest.raises(IntegrityError, match="added_by"), transaction.atomic():
            add_unit(trust_id=trust.pk, school=school, name="Art", kind="subject", area="", by=None, at=NOON)


@pytest.mark.parametrize(
    ("levels", "reason"),
    [({}, "Seen"), (SEEN, " "), ({"luck": "repair"}, "Seen"), ({"outcomes": "perfect"}, "Seen")],
)
def test_a_judgement_without_a_line_or_a_reason_is_refused(trust, in_scope, unit, levels, reason):
    with in_scope(trust), pytest.raises(ValueError, match=r"is not a|needs at least one line"):
        judge_unit(unit=unit, voice="trust", levels=levels, reason=reason, by=UserFactory(), at=NOON)


def test_judgements_and_records_cannot_be_changed(trust, school, in_scope, judge):
    judge()
    with in_scope(trust):
        record(trust, school)
        assert UnitJudgement.objects.update(reason="Other") == 0
        assert DimensionRecord.objects.update(has_level="none") == 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM trajectories_unitjudgement")
            assert cursor.rowcount == 0


def test_records_of_the_dimensions_raise_and_clear_the_flags(trust, school, in_scope, work_out):
    for year, value in {2016: 38.0, 2017: 39.0, 2018: 46.0, 2019: 52.0}.items():
        PublishedResultFactory(urn=school.pk, series__measure="ATT8SCR", series__school_year=year, value=value)
    with in_scope(trust):
        for dimension in dimensions():
            record(trust, school, dimension, has="none")
    work_out()
    with in_scope(trust):
        assert (CapacityStatus.objects.get().status, CapacityStatus.objects.get().flag) == ("giver", "under_used")
        record(trust, school, "time", on=NOON + timedelta(days=1))
        assert Recomputation.objects.stale().exists()
    work_out(NOON + timedelta(days=1))

    with in_scope(trust):
        assert CapacityStatus.objects.latest("pk").flag == ""
        assert capacity_page(school).dimensions[1].record.has_level == "some"
        assert len(capacity_page(school).dimensions[1].earlier) == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"dimension": "luck"},
        {"has_level": "plenty"},
        {"has_level": "some", "has_text": " "},
        {"needs_level": "much", "needs_text": ""},
    ],
)
def test_a_record_without_a_known_dimension_or_a_description_is_refused(trust, school, in_scope, typed):
    good = {"dimension": "people", "has_level": "none", "has_text": "", "needs_level": "none", "needs_text": ""}
    with in_scope(trust), pytest.raises(ValueError, match=r"is not a dimension|describe what the school"):
        record_dimension(trust_id=trust.pk, school=school, by=UserFactory(), at=NOON, **good | typed)


def test_recomputing_takes_as_many_queries_for_many_units_as_for_one(
    trust, school, in_scope, unit, judge, django_assert_max_num_queries
):
    judge()
    with in_scope(trust):
        recompute_school(trust_id=trust.pk, school=school, at=NOON)
        with django_assert_max_num_queries(60) as once:
            recompute_school(trust_id=trust.pk, school=school, at=NOON)
        assert sum('FROM "published_publishedresult"' in query["sql"] for query in once.captured_queries) == 1
        for number in range(6):
            made = add_unit(
                trust_id=trust.pk, school=school, name=f"Year {number}", kind="year_group", area="", by=UserFactory(),
                at=NOON,
            )  # fmt: skip
            judge(other_unit=made)
        recompute_school(trust_id=trust.pk, school=school, at=NOON)
        with django_assert_max_num_queries(len(once)):
            recompute_school(trust_id=trust.pk, school=school, at=NOON)
