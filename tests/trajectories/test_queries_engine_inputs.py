"""The figures that the phase rubric reads: a year is three terms in a row, and rates of terms are never averaged."""

from decimal import Decimal as D

import pytest

from kpis.rules.score import Figure
from schools.models import School
from schools.rules.terms import Period, TermOfYear
from trajectories.queries.engine_inputs import rubric_figures
from trajectories.rules.percentiles import percentile_of

SCHOOL = School(urn=990001, name="Invented Quay School", phase="secondary")
AUTUMN, SPRING, SUMMER = (Period(2026, term) for term in TermOfYear)
ROW = (AUTUMN.previous(), AUTUMN, SPRING)


def figures(*values, periods=ROW, **parts):
    return [Figure(period=period, value=value, **parts) for period, value in zip(periods, values, strict=True)]


def read(**by_code):
    return rubric_figures(SCHOOL, [], by_code)


def test_three_terms_in_a_row_make_a_year_of_sickness():
    assert read(STF1=figures(D("2.1"), D("2.5"), D("3.0")))["sickness_days"] == pytest.approx(7.6)


@pytest.mark.parametrize(
    "periods",
    [(Period(2025, TermOfYear.SPRING), AUTUMN, SPRING), (AUTUMN.previous(), AUTUMN, SUMMER)],
    ids=["before", "between"],
)
def test_three_terms_with_a_gap_do_not_make_a_year(periods):
    assert read(STF1=figures(D(2), D(2), D(2), periods=periods))["sickness_days"] is None


def test_a_term_without_a_figure_is_missing_and_not_zero():
    assert read(STF1=figures(D(2), None, D(2)))["sickness_days"] is None


def test_a_years_absence_is_calculated_from_sessions_and_not_from_rates():
    terms = [
        Figure(period=period, value=D(absent) / D(possible) * 100, numerator=D(absent), denominator=D(possible))
        for period, absent, possible in zip(ROW, (100, 800, 800), (5000, 9000, 9000), strict=True)
    ]

    expected = percentile_of("PERCTOT", "secondary", 2026, "final", 1700 / 23000 * 100)
    averaged = percentile_of("PERCTOT", "secondary", 2026, "final", (2 + 2 * 800 / 90) / 3)

    assert read(AB1=terms)["absence_percentile"] == expected != averaged


def test_without_sessions_the_published_year_counts():
    published = Figure(period=Period(2025), value=D("7.4"))

    known = read(AB1=[published, *figures(D(2), D(2), D(2))])["absence_percentile"]

    assert known == percentile_of("PERCTOT", "secondary", 2025, "final", 7.4)


def test_an_unknown_figure_suggests_nothing():
    assert set(read().values()) == {None}


@pytest.mark.parametrize(("phase", "ratio"), [("secondary", 8.19), ("primary", 0.83), ("special", 5.22)])
def test_suspensions_are_held_against_the_national_rate_of_the_schools_own_phase_of_education(phase, ratio):
    own = School(urn=990002, name="Invented Cove School", phase=phase)
    suspensions = [Figure(period=Period(2026, TermOfYear.AUTUMN), value=D("16.38"))]

    assert rubric_figures(own, [], {"AB6": suspensions})["suspensions_ratio"] == pytest.approx(16.38 / ratio)


@pytest.mark.parametrize("phase", ["all-through", "nursery"])
def test_suspensions_have_no_ratio_where_only_another_phases_national_rate_is_known(phase):
    own = School(urn=990002, name="Invented Cove School", phase=phase)
    suspensions = [Figure(period=Period(2026, TermOfYear.AUTUMN), value=D("16.38"))]

    assert rubric_figures(own, [], {"AB6": suspensions})["suspensions_ratio"] is None


def test_suspensions_of_a_term_without_a_national_rate_of_that_term_give_way_to_an_earlier_term():
    spring = Figure(period=SPRING, value=D(50))

    alone, with_autumn = read(AB6=[spring]), read(AB6=[Figure(period=AUTUMN, value=D("16.38")), spring])

    assert alone["suspensions_ratio"] is None
    assert with_autumn["suspensions_ratio"] == pytest.approx(2)
