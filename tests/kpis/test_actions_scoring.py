from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis.actions.scoring import rescore_school, rescore_trust
from kpis.models import Headline, ScoreLine, TrustFigure
from kpis.queries.known_figures import known_figures
from schools.models import Season
from tests.factories import IndicatorFactory, ObservationFactory, PublishedResultFactory, SchoolFactory, TargetFactory
from trusts.models import AuditEntry

ABSENCE = {"indicator__code": "AB1", "indicator__title": "Overall absence"}


@pytest.fixture
def absence(school):
    """Make one accepted absence figure, for the autumn term by default."""

    def make(school=school, *, missed=60, possible=1000, year=2026, season=Season.AUTUMN):
        return ObservationFactory(
            **ABSENCE, school=school, school_year=year, season=season, value=D(missed) * 100 / possible,
            numerator=missed, denominator=possible,
        )  # fmt: skip

    return make


def rescore(school):
    return rescore_school(
        trust_id=school.trust_id,
        school=school,
        figures=known_figures([school.pk]).get(school.pk, {}),
        on=timezone.localdate(),
    )


def test_school_is_scored_from_its_accepted_figures(trust, school, in_scope, absence):
    with in_scope(trust):
        absence()
        TargetFactory(school=school, **ABSENCE, value=5, tolerance=2)

        assert rescore(school) == 1

        line = ScoreLine.objects.get()
        assert (line.rating, line.value, line.cohort) == ("close", D(6), D(1000))
        assert line.reason == "6.0% against a target of 5.0% or less; 7.0% or less is close"


def test_scoring_again_changes_nothing_and_adds_no_audit_entry(trust, school, in_scope, absence):
    with in_scope(trust):
        absence(missed=1, possible=3)
        rescore(school)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())
        entries = AuditEntry.objects.count()

        assert rescore(school) == 0
        assert rescore_trust(trust_id=trust.pk, on=timezone.localdate()) == 0
        assert AuditEntry.objects.count() == entries


def test_changed_figure_changes_its_score_line(trust, school, in_scope, absence):
    with in_scope(trust):
        figure = absence()
        rescore(school)
        figure.value, figure.version, figure.reason = D(9), 2, "Counted again"
        figure.save()

        assert rescore(school) == 1
        assert ScoreLine.objects.get().value == D(9)


def test_score_line_is_removed_when_its_published_figure_is(trust, school, in_scope):
    IndicatorFactory(code="OUT11")
    with in_scope(trust):
        figure = PublishedResultFactory(urn=school.pk, series__measure="ATT8SCR", series__school_year=2025)
        assert rescore(school) == 1

        figure.delete()
        assert rescore(school) == 1
        assert not ScoreLine.objects.exists()


def test_trust_figure_is_calculated_from_pupils_not_percentages(trust, school, in_scope, absence):
    with in_scope(trust):
        absence(missed=10, possible=100)
        absence(SchoolFactory(trust=trust), missed=50, possible=900)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        figure = TrustFigure.objects.get()
        assert figure.value == D(6)  # 60 of 1,000; the mean of 10% and 5.6% would be 7.8%
        assert (figure.schools_counted, figure.schools_expected) == (2, 2)


def test_trust_figure_ignores_a_term_that_only_one_school_has(trust, school, in_scope, absence):
    with in_scope(trust):
        others = [SchoolFactory(trust=trust) for _ in range(3)]
        for one_school in [school, *others]:
            absence(one_school, year=2025, season=Season.SUMMER)
        absence(missed=500)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        assert TrustFigure.objects.get().season == Season.SUMMER


@pytest.mark.parametrize(("new", "season"), [(1, Season.SUMMER), (2, Season.AUTUMN)])
def test_trust_figure_uses_a_new_term_once_half_of_the_schools_have_it(trust, school, in_scope, absence, new, season):
    with in_scope(trust):
        schools = [school, *SchoolFactory.create_batch(3, trust=trust)]
        for one_school in schools:
            absence(one_school, year=2025, season=Season.SUMMER)
        for one_school in schools[:new]:
            absence(one_school)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        assert TrustFigure.objects.get().season == season


def test_school_is_not_compared_on_an_indicator_that_does_not_apply(trust, school, in_scope, absence):
    with in_scope(trust):
        absence(missed=60)
        absence(SchoolFactory(trust=trust, phase="nursery"), missed=500)
        absence(SchoolFactory(trust=trust, phase="nursery"), missed=500, season=Season.SUMMER)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        assert TrustFigure.objects.get().value == 6
        assert [headline.school for headline in Headline.objects.all()] == [school]


def test_headline_comparison_hides_a_small_cohort(trust, school, in_scope, absence):
    with in_scope(trust):
        absence(missed=1, possible=4)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        headline = Headline.objects.get()
        assert (headline.value, headline.status) == (None, "hidden")


def test_trust_figure_is_made_of_what_other_schools_may_see(trust, school, in_scope):
    with in_scope(trust):
        indicator = IndicatorFactory(code="AB6")
        fields = {"indicator": indicator, "denominator": 500}
        few = ObservationFactory(school=school, **fields, value=D("0.4"), numerator=2)
        for numerator in (10, 20):
            value = D(numerator) / 5
            ObservationFactory(school=SchoolFactory(trust=trust), **fields, value=value, numerator=numerator)
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())
        before = TrustFigure.objects.get()
        few.value, few.numerator, few.version, few.reason = D("0.8"), 4, 2, "Two were left out"
        few.save()
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())
        after = TrustFigure.objects.get()

        assert (before.value, before.schools_counted, before.schools_expected) == (3, 2, 3)
        assert f"Without {school.name} (hidden: small number)" in before.method
        assert (after.value, after.method) == (before.value, before.method), "a correction of the hidden figure"


def test_scoring_a_trust_takes_as_many_queries_for_five_schools_as_for_one(trust, school, in_scope, absence):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            rescore_trust(trust_id=trust.pk, on=timezone.localdate())
        return len(captured)

    with in_scope(trust):
        absence()
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())
        one = queries()
        for _ in range(4):
            absence(SchoolFactory(trust=trust))
        rescore_trust(trust_id=trust.pk, on=timezone.localdate())

        assert queries() == one
