"""School years, terms and half-terms in their English order."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schools.rules.terms import (
    NotAPeriod,
    Period,
    TermOfYear,
    half_term_on,
    newest_half_term,
    school_year_code,
    school_year_label,
    school_year_on,
    term_of,
    term_on,
    usual_starts,
)

DAYS = st.dates(date(2005, 1, 1), date(2095, 12, 31))
HALVES = st.builds(lambda year, half: Period(year, term_of(half), half), st.integers(2005, 2095), st.integers(1, 6))
PERIODS = st.one_of(
    HALVES,
    HALVES.map(lambda half: Period(half.school_year, half.term)),
    HALVES.map(lambda half: Period(half.school_year)),
)


@pytest.mark.parametrize(
    ("period", "name"),
    [
        (Period(2026), "2025–26"),
        (Period(2026, TermOfYear.AUTUMN), "autumn 2025"),
        (Period(2026, TermOfYear.SUMMER), "summer 2026"),
        (Period(2026, TermOfYear.AUTUMN, 2), "second half of autumn 2025"),
        (Period(2026, TermOfYear.SPRING, 3), "first half of spring 2026"),
    ],
)
def test_period_is_named_by_when_it_is(period, name):
    assert period.label == name


def test_year_labels_for_screen_and_files():
    assert (school_year_label(2026), school_year_code(2026), school_year_label(2010), school_year_label(2100)) == (
        "2025–26",
        "2025-26",
        "2009–10",
        "2099–00",
    )


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 8, 31), "second half of summer 2025"),
        (date(2025, 9, 1), "first half of autumn 2025"),
        (date(2025, 11, 1), "second half of autumn 2025"),
        (date(2025, 12, 31), "second half of autumn 2025"),
        (date(2026, 1, 1), "first half of spring 2026"),
        (date(2026, 2, 23), "second half of spring 2026"),
        (date(2026, 4, 7), "second half of spring 2026"),
        (date(2026, 4, 20), "first half of summer 2026"),
        (date(2026, 6, 1), "second half of summer 2026"),
    ],
)
def test_half_term_of_a_day_in_the_usual_calendar(day, name):
    assert half_term_on(day).label == name


def test_half_term_of_a_day_in_the_trusts_calendar():
    starts = {Period(2026, TermOfYear.AUTUMN, 2): date(2025, 10, 27)}

    assert half_term_on(date(2025, 10, 28), starts).half_term == 2
    assert half_term_on(date(2025, 10, 28)).half_term == 1


def test_autumn_term_that_starts_in_august_starts_the_school_year():
    starts = {Period(2028, TermOfYear.AUTUMN, 1): date(2027, 8, 25)}

    assert half_term_on(date(2027, 8, 24), starts).label == "second half of summer 2027"
    assert half_term_on(date(2027, 8, 25), starts).label == "first half of autumn 2027"
    assert half_term_on(date(2027, 8, 25)).label == "second half of summer 2027"


def test_autumn_term_that_starts_later_than_1_september_has_that_day_too():
    starts = {Period(2028, TermOfYear.AUTUMN, 1): date(2027, 9, 6)}

    assert half_term_on(date(2027, 9, 1), starts).label == "first half of autumn 2027"


@pytest.mark.parametrize(
    ("half_term", "day", "school_year"),
    [
        (1, date(2027, 8, 24), 2027),
        (1, date(2027, 8, 27), 2028),
        (6, date(2027, 9, 15), 2027),
        (6, date(2027, 6, 1), 2027),
        (6, date(2027, 5, 31), 2026),
        (2, date(2027, 9, 15), 2027),
        (2, date(2027, 11, 1), 2028),
    ],
)
def test_newest_half_term_of_a_number_has_started(half_term, day, school_year):
    starts = {Period(2028, TermOfYear.AUTUMN, 1): date(2027, 8, 25)}

    assert newest_half_term(half_term, day, starts).school_year == school_year


def test_period_goes_round_the_year():
    assert Period(2026, TermOfYear.AUTUMN).previous() == Period(2025, TermOfYear.SUMMER)
    assert Period(2026, TermOfYear.SUMMER, 6).next() == Period(2027, TermOfYear.AUTUMN, 1)
    assert Period(2026).previous() == Period(2025)
    assert Period(2026, TermOfYear.SPRING).same_a_year_earlier() == Period(2025, TermOfYear.SPRING)


def test_half_term_outside_its_term_is_refused():
    with pytest.raises(NotAPeriod):
        Period(2026, TermOfYear.AUTUMN, 3)
    with pytest.raises(NotAPeriod):
        Period(2026, None, 1)
    with pytest.raises(NotAPeriod):
        Period(2026, TermOfYear.SUMMER, 7)


@given(period=PERIODS)
def test_next_and_previous_undo_each_other_and_keep_order(period):
    assert period.next().previous() == period
    assert period.previous().order < period.order < period.next().order


@given(day=DAYS)
def test_every_day_is_in_one_half_term_of_its_school_year(day):
    half, term = half_term_on(day), term_on(day)

    assert half.school_year == term.school_year == school_year_on(day)
    assert half.term is term.term
    assert half_term_on(day + timedelta(days=1)).order >= half.order


@given(year=st.integers(1990, 2100))
def test_usual_half_terms_begin_in_order(year):
    starts = list(usual_starts(year).values())

    assert starts == sorted(starts)
    assert all(school_year_on(start) == year for start in starts)
