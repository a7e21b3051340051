from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from kpis.rules.score import Figure
from schools.models import School, Season
from schools.rules.terms import Period, TermOfYear
from tests.factories import ObservationFactory, PublishedResultFactory, SchoolFactory
from trajectories.actions import recompute_school
from trajectories.models import Outlook
from trajectories.queries.forecast_inputs import accepted_absence
from trajectories.queries.outlooks import in_year_figures, newest_outlooks
from trajectories.rules.in_year_figures import PastSchoolForecast
from trajectories.rules.outlook import next_year

NOVEMBER = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # In the school year 2026–27.
FALLING = {2022: 52.0, 2023: 50.0, 2024: 48.0, 2025: 46.0, 2026: 44.0}


@pytest.fixture
def publish(db):
    """Publish one measure of one URN by year."""

    def make(urn, values, measure="ATT8SCR"):
        for year, value in values.items():
            PublishedResultFactory(urn=urn, series__measure=measure, series__school_year=year, value=value, cohort=180)

    return make


@pytest.fixture
def outlooks(trust, in_scope):
    """Recompute a school and return the newest outlook of each measure."""

    def make(school, at=NOVEMBER):
        with in_scope(trust):
            recompute_school(trust_id=trust.pk, school=school, at=at)
            return {row.measure: row for row in newest_outlooks([school])[school.pk]}

    return make


def accept(school, code, value, year=2027, season=Season.AUTUMN, **more):
    return ObservationFactory(
        school=school, indicator__code=code, school_year=year, season=season, value=D(str(value)), **more
    )


def test_a_school_with_results_gets_a_forecast_with_reasons(school, publish, outlooks):
    publish(school.pk, FALLING)

    row = outlooks(school)["ATT8SCR"]

    assert row.school_year == 2027
    assert row.data_cutoff == 2026
    assert row.low80 < row.expected < row.high80
    assert row.percentile_low80 < row.percentile < row.percentile_high80
    assert 0 <= row.p_below_floor <= row.p_below_coasting <= row.p_below_average <= 1
    assert 0 <= row.p_decline <= 1
    assert row.inputs["standing"]["value"] == 44.0
    assert [line["code"] for line in row.inputs["lines"]] == ["floor", "coasting", "average", "top"]
    assert row.inputs["drivers"][0]["name"] == "Attainment 8"
    assert row.inputs["effects"] == []


def test_a_better_result_never_worsens_the_outlook(trust, publish, outlooks):
    worse, better = SchoolFactory.create_batch(2, trust=trust)
    publish(worse.pk, FALLING)
    publish(better.pk, FALLING | {2024: 53.0})

    first, second = (outlooks(school)["ATT8SCR"] for school in (worse, better))

    assert second.expected > first.expected
    assert second.p_below_coasting <= first.p_below_coasting


def test_an_accepted_figure_moves_the_outlook_and_is_named(trust, school, in_scope, publish, outlooks):
    publish(school.pk, FALLING)
    before = outlooks(school)["ATT8SCR"]
    with in_scope(trust):
        accept(school, "AB1", 6.0, year=2026)
        accept(school, "AB1", 9.0)

    after = outlooks(school, NOVEMBER + timedelta(hours=1))["ATT8SCR"]

    assert after.expected < before.expected
    assert after.p_below_coasting > before.p_below_coasting
    assert after.inputs["effects"][0]["name"] == "Overall absence this year"
    assert after.inputs["forecast"]["expected"] == before.expected


def test_the_schools_forecast_of_attainment_8_moves_progress_8_too(trust, school, in_scope, publish, outlooks):
    publish(school.pk, FALLING)
    publish(school.pk, {2022: 0.1, 2023: 0.0, 2024: -0.1}, measure="P8MEA")
    before = outlooks(school)
    with in_scope(trust):
        for year, value in FALLING.items():
            accept(school, "OUT21", value + 0.5, year=year)
        accept(school, "OUT21", 55.0)

    after = outlooks(school, NOVEMBER + timedelta(hours=1))

    for measure in ("ATT8SCR", "P8MEA"):
        assert after[measure].expected > before[measure].expected
        width = after[measure].percentile_high80 - after[measure].percentile_low80
        assert width < before[measure].percentile_high80 - before[measure].percentile_low80
    (effect,) = after["P8MEA"].inputs["effects"]
    assert effect["name"] == "The school’s own forecast of Attainment 8"
    assert "on average 0.5 points above the result" in effect["sentence"]


def test_the_same_answer_again_adds_no_row(trust, school, in_scope, publish, outlooks):
    publish(school.pk, FALLING)
    outlooks(school)
    outlooks(school, NOVEMBER + timedelta(days=1))

    with in_scope(trust):
        assert Outlook.objects.filter(measure="ATT8SCR").count() == 1


def test_a_new_school_year_moves_the_forecast_a_year_on(school, publish, outlooks):
    publish(school.pk, FALLING)

    assert outlooks(school)["ATT8SCR"].school_year == 2027
    assert outlooks(school, NOVEMBER + timedelta(days=365))["ATT8SCR"].school_year == 2028


def test_an_unpublished_measure_has_a_reason_and_no_forecast(school, publish, outlooks):
    publish(school.pk, {2022: 0.1, 2023: 0.0, 2024: -0.1}, measure="P8MEA")

    row = outlooks(school, datetime(2025, 11, 20, 12, 0, tzinfo=UTC))["P8MEA"]

    assert row.school_year == 2026
    assert row.expected is None
    assert "not published" in row.reason


def test_old_results_forecast_the_first_missing_year(school, publish, outlooks):
    publish(school.pk, {2017: 45.0, 2018: 46.0, 2019: 47.0})

    row = outlooks(school)["ATT8SCR"]

    assert row.school_year == 2022
    assert row.inputs["is_old"] is True
    assert row.expected is not None


def test_a_school_without_results_gets_the_reason(school, outlooks):
    rows = outlooks(school)

    assert {row.expected for row in rows.values()} == {None}
    assert "no published results for Attainment 8" in rows["ATT8SCR"].reason


def test_a_special_school_gets_the_reason_that_it_is_not_compared(trust, outlooks):
    special = SchoolFactory(trust=trust, phase=School.Phase.SPECIAL)

    (row,) = outlooks(special).values()

    assert row.measure == ""
    assert "not compared with mainstream schools" in row.reason


def test_an_all_through_school_has_forecasts_in_both_phases(trust, publish, outlooks):
    whole = SchoolFactory(trust=trust, phase=School.Phase.ALL_THROUGH)
    publish(whole.pk, FALLING)
    publish(whole.pk, {2024: 60.0, 2025: 62.0, 2026: 64.0}, measure="PTRWM_EXP")

    rows = outlooks(whole)

    assert list(rows) == ["P8MEA", "ATT8SCR", "PTRWM_EXP", "KS2PROGRESS"]
    assert rows["ATT8SCR"].expected is not None
    assert rows["PTRWM_EXP"].expected is not None


def figure(period, value, **parts):
    return Figure(period=period, value=None if value is None else D(str(value)), **parts)


def test_figures_are_compared_with_the_same_term_a_year_earlier():
    figures = {
        "AB1": [
            figure(Period(2027, TermOfYear.AUTUMN), 9.0), figure(Period(2026, TermOfYear.AUTUMN), 8.0),
            figure(Period(2026, TermOfYear.SPRING), 7.0), figure(Period(2027, TermOfYear.SPRING), None),
            figure(Period(2026), 7.5),
        ],
    }  # fmt: skip

    (rate,) = in_year_figures(figures, "ATT8SCR", 2027).rates

    assert (rate.indicator, rate.term, rate.now, rate.before) == ("AB1", "autumn 2026", 9.0, 8.0)


def test_a_forecast_is_judged_by_earlier_forecasts_of_the_same_term():
    figures = {
        "OUT21": [
            figure(Period(2027, TermOfYear.AUTUMN), 46.0), figure(Period(2026, TermOfYear.AUTUMN), 45.0),
            figure(Period(2026, TermOfYear.SUMMER), 44.0), figure(Period(2025, TermOfYear.AUTUMN), 47.0),
            figure(Period(2024, TermOfYear.AUTUMN), 48.0),
        ],
        "OUT11": [figure(Period(2026), 43.0), figure(Period(2024), 47.5), figure(Period(2025), None)],
    }  # fmt: skip

    found = in_year_figures(figures, "ATT8SCR", 2027)

    assert (found.own.term, found.own.value) == ("autumn 2026", 46.0)
    assert found.past == (
        PastSchoolForecast(year=2024, expected=48.0, was=47.5),
        PastSchoolForecast(year=2026, expected=45.0, was=43.0),
    )
    assert in_year_figures(figures, "ATT8SCR", 2028).own is None
    assert in_year_figures(figures, "P8MEA", 2027).own is None


def test_a_years_absence_needs_all_three_terms_with_their_sessions():
    terms = [
        figure(Period(2026, term), missed / 10, numerator=D(missed), denominator=D(1000))
        for term, missed in zip(TermOfYear, (60, 90, 90), strict=True)
    ]

    assert accepted_absence(terms) == {2026: 8.0}
    assert accepted_absence(terms[:2]) == {}
    assert accepted_absence([*terms[:2], figure(Period(2026, TermOfYear.SUMMER), 9.0)]) == {}


@pytest.mark.parametrize(
    ("latest", "now", "measure", "year"),
    [(2026, 2027, "ATT8SCR", 2027), (2023, 2027, "ATT8SCR", 2027), (2022, 2027, "ATT8SCR", 2023),
     (2019, 2027, "P8MEA", 2022), (2019, 2027, "KS2PROGRESS", 2023), (2019, 2023, "P8MEA", 2023)],
)  # fmt: skip
def test_the_year_of_the_forecast_is_never_further_ahead_than_was_tested(latest, now, measure, year):
    assert next_year(latest, now=now, measure=measure) == year
