"""Test the trust's calendar: its rules, its pages and starting a new school year."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kpis.models import Target, TargetProposal
from returns.actions.new_year import begin_school_year
from schools.actions.calendar import plan_school_year, set_terms
from schools.models import Term
from schools.queries import calendar_years
from schools.rules import terms
from schools.rules.bank_holidays import bank_holidays, is_working
from schools.rules.calendar import TermPlan, calendar_faults, calendar_warnings, next_year, usual_plan
from schools.rules.terms import Period, school_year_on
from tests.factories import TargetFactory, UserFactory
from trusts.models import Role

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
AUTUMN = TermPlan(
    period=Period(2026, terms.TermOfYear.AUTUMN),
    starts=date(2025, 9, 2),
    ends=date(2025, 12, 19),
    due=date(2025, 12, 12),
    break_starts=date(2025, 10, 27),
    break_ends=date(2025, 10, 31),
)
SPRING = TermPlan(
    period=Period(2026, terms.TermOfYear.SPRING),
    starts=date(2026, 1, 5),
    ends=date(2026, 3, 27),
    due=date(2026, 3, 20),
    break_starts=date(2026, 2, 16),
    break_ends=date(2026, 2, 20),
)
SUMMER = TermPlan(
    period=Period(2026, terms.TermOfYear.SUMMER),
    starts=date(2026, 4, 13),
    ends=date(2026, 7, 22),
    due=date(2026, 7, 15),
    break_starts=date(2026, 5, 25),
    break_ends=date(2026, 5, 29),
)
YEAR = [AUTUMN, SPRING, SUMMER]


# Source: gov.uk/bank-holidays, England and Wales: holidays that a simple rule would miss.
@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2020, "1 Jan, 10 Apr, 13 Apr, 8 May, 25 May, 31 Aug, 25 Dec, 28 Dec"),
        (2021, "1 Jan, 2 Apr, 5 Apr, 3 May, 31 May, 30 Aug, 27 Dec, 28 Dec"),
        (2022, "3 Jan, 15 Apr, 18 Apr, 2 May, 2 Jun, 3 Jun, 29 Aug, 19 Sep, 26 Dec, 27 Dec"),
        (2023, "2 Jan, 7 Apr, 10 Apr, 1 May, 8 May, 29 May, 28 Aug, 25 Dec, 26 Dec"),
        (2025, "1 Jan, 18 Apr, 21 Apr, 5 May, 26 May, 25 Aug, 25 Dec, 26 Dec"),
        (2027, "1 Jan, 26 Mar, 29 Mar, 3 May, 31 May, 30 Aug, 27 Dec, 28 Dec"),
    ],
)
def test_bank_holidays_are_the_published_ones(year, days):
    assert ", ".join(f"{day:%-d %b}" for day in bank_holidays(year)) == days


@given(st.integers(2010, 2090))
def test_every_year_has_eight_bank_holidays_on_weekdays(year):
    days = bank_holidays(year)

    assert len(days) >= 8
    assert all(day.weekday() < 5 and day.year == year for day in days)


def messages(*plans, others=()):
    return [(fault.term.value, fault.field, fault.message) for fault in calendar_faults(plans, others)]


def test_good_year_has_no_faults_and_no_warnings():
    assert messages(*YEAR) == []
    assert calendar_warnings(YEAR) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends": date(2026, 1, 5)}, "starts"),
        ({"due": date(2026, 1, 5)}, "due"),
        ({"due": date(2026, 5, 9)}, "due"),
        ({"break_ends": None}, "break_ends"),
        ({"break_starts": None}, "break_starts"),
        ({"break_starts": date(2026, 2, 21)}, "break_starts"),
        ({"break_ends": date(2026, 3, 27)}, "break_starts"),
        ({"starts": date(2025, 12, 19)}, "starts"),
        ({"starts": date(2026, 4, 13), "ends": date(2026, 6, 1), "due": date(2026, 5, 1)}, "starts"),
    ],
)
def test_faulty_term_gets_a_message(change, field):
    found = messages(AUTUMN, replace(SPRING, **change), SUMMER)

    if "ends" in change and len(change) == 1:
        assert ("spring", "ends", "Spring 2026 must end after it starts") in found
    else:
        assert ("spring", field) in {fault[:2] for fault in found}
    assert all(message.startswith(("Spring 2026", "Summer 2026")) for _, _, message in found)


def test_term_must_not_overlap_a_term_of_another_school_year():
    late = replace(SUMMER, ends=date(2026, 9, 3), due=date(2026, 7, 15))
    assert messages(*next_year(YEAR)[:1], others=[late]) == [
        ("autumn", "starts", "Autumn 2026 must start after summer 2026 ends, on 3 September 2026")
    ]
    assert messages(*YEAR[:2], late, others=next_year(YEAR)) == [
        ("summer", "ends", "Summer 2026 must end before autumn 2026 starts, on 1 September 2026")
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"due": date(2026, 3, 21)}, "Spring 2026: returns are due on a Saturday, 21 March 2026."),
        ({"ends": date(2026, 4, 3)}, "Spring 2026: the term ends on Good Friday, 3 April 2026."),
        ({"starts": date(2026, 1, 4)}, "Spring 2026: the term starts on a Sunday, 4 January 2026."),
        ({"due": date(2026, 2, 17)}, "Spring 2026: returns are due in the holidays, on 17 February 2026."),
        ({"due": date(2026, 3, 30)}, "Spring 2026: returns are due in the holidays, on 30 March 2026."),
    ],
)
def test_unusual_days_get_a_warning(change, words):
    assert calendar_warnings([replace(SPRING, **change)]) == [words]


def test_next_year_is_52_weeks_later_and_avoids_bank_holidays_and_august():
    autumn, spring, summer = next_year(YEAR)

    assert autumn.period == Period(2027, terms.TermOfYear.AUTUMN)
    assert (autumn.starts, autumn.ends, autumn.due) == (date(2026, 9, 1), date(2026, 12, 18), date(2026, 12, 11))
    assert (spring.starts, spring.ends) == (date(2027, 1, 4), date(2027, 3, 25))  # 26 March 2027 is Good Friday.
    assert (summer.break_starts, summer.break_ends) == (date(2027, 5, 24), date(2027, 5, 28))
    assert next_year([replace(AUTUMN, starts=date(2025, 9, 1))])[0].starts == date(2026, 9, 1)


def test_ten_years_stay_without_faults_and_on_working_days():
    plans = YEAR
    for _ in range(10):
        before, plans = plans, next_year(plans)
        assert calendar_faults(plans, before) == []
        assert all(is_working(day) for plan in plans for day in (plan.starts, plan.ends, plan.due))


def test_planning_usual_days_keeps_the_trusts_own_days(trust, in_scope):
    with in_scope(trust):
        set_terms(trust_id=trust.pk, plans=[AUTUMN])
        plan_school_year(trust_id=trust.pk, school_year=2026)
        (year,) = calendar_years()

        assert year.plans[0] == AUTUMN
        assert len(year.plans) == 3
        set_terms(trust_id=trust.pk, plans=YEAR)
        assert calendar_years()[0].plans == tuple(YEAR)
        assert ("Monday 25 May 2026", "Spring bank holiday") in year.holidays
        assert len(year.holidays) == 8


def test_starting_a_year_proposes_last_years_targets_once(trust, school, in_scope):
    by = UserFactory()
    with in_scope(trust):
        TargetFactory(school=school, school_year=2026, value=5)
        TargetFactory(school=school, school_year=2026, indicator=None, indicator_id="AB2", value=12)
        TargetFactory(school=school, school_year=2027, indicator=None, indicator_id="AB2", value=11)
        begin = {"trust": trust, "school_year": 2027, "plans": next_year(YEAR), "by": by, "at": AT}

        assert begin_school_year(**begin, with_targets=False) == 0
        assert begin_school_year(**begin, with_targets=True) == 1
        assert begin_school_year(**begin, with_targets=True) == 0

        made = TargetProposal.objects.get()
        assert (made.indicator_id, made.school_year, made.value) == ("AB1", 2027, Decimal(5))
        assert made.reason == "As in 2025–26"
        assert Target.objects.filter(school_year=2027).count() == 1
        assert Term.objects.filter(school_year=2027).count() == 3


def sent(plans, **changes):
    found = {
        f"{plan.period.term}_{name}": day.isoformat()
        for plan in plans
        for name in ("starts", "break_starts", "break_ends", "ends", "due")
        if (day := getattr(plan, name))
    }
    return found | changes


@pytest.fixture
def planned(trust, in_scope):
    with in_scope(trust):
        set_terms(trust_id=trust.pk, plans=YEAR)


def test_administrator_changes_days_and_confirms_unusual_ones(client, as_role, trust, planned, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    page = reverse("schools:calendar_change", args=[trust.pk, 2026])
    assert 'value="2025-09-02"' in client.get(page).text

    unusual = client.post(page, sent(YEAR, spring_due="2026-03-21"))
    assert unusual.status_code == 422
    assert "returns are due on a Saturday, 21 March 2026" in unusual.text
    meant = client.post(page, sent(YEAR, spring_due="2026-03-21", anyway="on"), follow=True)

    assert "You saved the calendar for 2025–26" in meant.text
    assert "returns are due on a Saturday" in meant.text
    with in_scope(trust):
        assert Term.objects.get(season=2).due_date == date(2026, 3, 21)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spring_starts": "2025-12-19"}, "Spring 2026 must start after autumn 2025 ends, on 19 December 2025"),
        ({"spring_due": ""}, "Spring 2026, returns due: enter a day"),
        ({"spring_ends": "soon"}, "Spring 2026, last day: enter a day"),
        ({"spring_break_ends": ""}, "enter both days of the half-term holiday, or neither"),
    ],
)
def test_faulty_calendar_is_not_saved(client, as_role, trust, planned, in_scope, changes, words):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(reverse("schools:calendar_change", args=[trust.pk, 2026]), sent(YEAR, **changes))

    assert response.status_code == 422
    assert words in response.text
    with in_scope(trust):
        assert calendar_years()[0].plans == tuple(YEAR)


def test_year_is_checked_against_the_years_around_it(client, as_role, trust, planned, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    begin, change = (
        reverse(name, args=[trust.pk, year])
        for name, year in (("returns:year_begin", 2027), ("schools:calendar_change", 2026))
    )

    early = client.post(begin, sent(next_year(YEAR), autumn_starts="2026-07-22", anyway="on"))
    with in_scope(trust):
        set_terms(trust_id=trust.pk, plans=next_year(YEAR))
    late = client.post(change, sent(YEAR, summer_ends="2026-09-04", anyway="on"))

    assert (early.status_code, late.status_code) == (422, 422)
    assert "Autumn 2026 must start after summer 2026 ends, on 22 July 2026" in early.text
    assert "Summer 2026 must end before autumn 2026 starts, on 1 September 2026" in late.text


def test_calendar_can_be_read_and_downloaded(client, as_role, trust, planned, django_assert_num_queries):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    page = reverse("schools:calendar_detail", args=[trust.pk])

    with django_assert_num_queries(8):
        text = client.get(page).text

    assert "Tuesday 2 September 2025" in text
    assert "Begin 2026–27" in text
    assert "2025–26,Autumn 2025,2025-09-02,2025-10-27,2025-10-31,2025-12-19,2025-12-12" in (
        client.get(page, {"format": "csv"}).text
    )


def test_page_says_that_the_calendar_is_empty(client, as_role, trust):
    as_role(Role.TRUST_ADMINISTRATOR, trust)

    assert "No terms yet" in client.get(reverse("schools:calendar_detail", args=[trust.pk])).text
    assert client.get(reverse("schools:calendar_change", args=[trust.pk, 2026])).status_code == 404


def test_year_starts_after_a_confirmation(client, as_role, trust, school, planned, in_scope):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    page = reverse("returns:year_begin", args=[trust.pk, 2027])
    with in_scope(trust):
        TargetFactory(school=school, school_year=2026)

    looked = client.get(page).text
    assert "1 target from 2025–26 will be proposed to the Board" in looked
    assert 'value="2026-09-01"' in looked
    with in_scope(trust):
        assert Term.objects.count() == 3

    begun = client.post(page, sent(next_year(YEAR)), follow=True).text

    assert "2026–27 is in the calendar, and the Board has 1 target to decide on" in begun
    assert "is already in the calendar" in client.get(page, follow=True).text
    with in_scope(trust):
        assert Term.objects.count() == 6
        assert school_year_on(Term.objects.newest_first()[0].starts_date - timedelta(1)) == 2027


def test_term_missing_in_the_previous_year_gets_the_usual_days(client, as_role, trust, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    page = reverse("returns:year_begin", args=[trust.pk, 2027])
    with in_scope(trust):
        set_terms(trust_id=trust.pk, plans=[AUTUMN, SUMMER])

    looked = client.get(page)
    form = looked.context["form"]
    shown = {field.html_name: field.value() for _, fields in form.terms for field in fields}
    begun = client.post(page, {name: day.isoformat() for name, day in shown.items()})

    assert "Any term missing from 2025–26 has the usual dates" in looked.text
    assert begun.status_code == 302
    autumn, summer = next_year([AUTUMN, SUMMER])
    with in_scope(trust):
        assert calendar_years()[0].plans == (autumn, usual_plan(Period(2027, terms.TermOfYear.SPRING)), summer)


def test_administrator_starts_a_year_without_proposing_targets(client, as_role, trust, school, planned, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    page = reverse("returns:year_begin", args=[trust.pk, 2027])
    with in_scope(trust):
        TargetFactory(school=school, school_year=2026)

    assert "No targets will be proposed" in client.get(page).text
    client.post(page, sent(next_year(YEAR)))

    with in_scope(trust):
        assert Term.objects.count() == 6
        assert not TargetProposal.objects.exists()


def test_terms_can_be_added_one_by_one(client, as_role, trust, planned, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)
    autumn, spring, summer = next_year(YEAR)

    begun = client.post(reverse("returns:year_begin", args=[trust.pk, 2027]), sent([autumn]))
    page = reverse("schools:calendar_change", args=[trust.pk, 2027])
    half_filled = client.post(page, sent([autumn, summer], spring_starts="2027-01-05"))
    added = client.post(page, sent([autumn, spring]))

    assert (begun.status_code, half_filled.status_code, added.status_code) == (302, 422, 302)
    assert "Spring 2027, last day: enter a day" in half_filled.text
    with in_scope(trust):
        assert calendar_years()[0].plans == (autumn, spring)


def test_year_without_terms_or_without_a_term_it_has_is_refused(client, as_role, trust, planned, in_scope):
    as_role(Role.TRUST_ADMINISTRATOR, trust)

    empty = client.post(reverse("returns:year_begin", args=[trust.pk, 2027]), {})
    without_summer = client.post(reverse("schools:calendar_change", args=[trust.pk, 2026]), sent(YEAR[:2]))

    assert "Enter the days of at least one term" in empty.text
    assert "Summer 2026, first day: enter a day" in without_summer.text
    with in_scope(trust):
        assert calendar_years()[0].plans == tuple(YEAR)


def test_autumn_term_that_starts_in_august_does_so_next_year_too():
    early = replace(AUTUMN, starts=date(2025, 8, 26))

    assert next_year([early])[0].starts == date(2026, 8, 25)
