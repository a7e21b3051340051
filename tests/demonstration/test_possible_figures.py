"""Test that the demonstration's figures are possible, fit together and are explained by what they are about."""

import re
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from demonstration.actions.loading import load_trust, panel_days
from demonstration.trust.calendar import StoryCalendar
from demonstration.trust.explanations import EXPLANATIONS
from demonstration.trust.figures import AT_MOST, FORECASTS, GROUP_OF, USUAL, term_figures
from demonstration.trust.pupils import disadvantaged, disadvantaged_in_year_group, on_roll, year_group
from demonstration.trust.results import published_results
from demonstration.trust.similar_schools import similar_stories
from demonstration.trust.story import NURSERY_RHYME, STORYBOOK, TRUSTS
from followup.queries import school_days
from kpis.actions.catalogue import sync_catalogue
from kpis.actions.similar_schools import ALL_INVENTED
from kpis.catalogue.kinds import FigureUnit
from kpis.models import Observation, SimilarSchools
from kpis.queries.similar_context import national_context
from meetings.models import Panel
from published.dfe.value_statuses import ValueStatus
from returns.models import Return, ReturnLine
from schools.actions.calendar import plan_term
from schools.models import Term
from schools.queries import half_term_on, newest_half_term
from schools.rules.terms import TermOfYear
from trajectories.rules.measures import measures
from trusts import tenancy
from trusts.models import Trust

DAY = date(2026, 11, 21)
# Days in each term, in holidays, on a weekend, and on the first day of a school year.
DAYS = [date(2026, 11, 21), date(2026, 9, 1), date(2027, 2, 17), date(2027, 6, 12), date(2027, 8, 15)]
SCHOOLS = {school.urn: school for trust in TRUSTS for school in trust.schools}
by_school = pytest.mark.parametrize("school", SCHOOLS.values(), ids=lambda school: school.name)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Load both trusts once for all tests of this module, and roll them back afterwards."""
    at = timezone.make_aware(datetime(DAY.year, DAY.month, DAY.day, 9, 30))
    with django_db_blocker.unblock(), transaction.atomic():
        sync_catalogue()
        for story in TRUSTS:
            with tenancy.scope([story.uid], actor="command:load_demo"):
                load_trust(story=story, on=DAY, at=at)
        with tenancy.scope([STORYBOOK.uid, NURSERY_RHYME.uid], actor="test"):
            yield
        transaction.set_rollback(True)


def terms_of(school, day=DAY):
    calendar = StoryCalendar(day)
    found = defaultdict(dict)
    for figure in term_figures(school, [*calendar.past, calendar.current]):
        found[figure.period][figure.indicator.code] = figure
    return found


@by_school
def test_groups_fit_the_whole_school(school):
    for period, figures in terms_of(school).items():
        for part, whole in [*GROUP_OF.items(), *AT_MOST.items()]:
            if part in figures:
                few, all_ = figures[part], figures[whole]
                assert few.numerator <= all_.numerator, (period, part)
                assert few.denominator <= all_.denominator, (period, part)
                if part in GROUP_OF:  # The others are enough for the rest.
                    others = all_.denominator - few.denominator
                    assert all_.numerator - few.numerator <= others, (period, part)


@by_school
def test_counts_are_of_the_pupils_that_the_school_has(school):
    for period, figures in terms_of(school).items():
        roll = on_roll(school, period)
        sizes = {
            **dict.fromkeys(("AB2", "AB3", "AB6", "AB7"), roll),
            **dict.fromkeys(("DIS6", "DIS7"), disadvantaged(school)),
            **dict.fromkeys(("OUT19", "OUT20"), year_group(school)),
            **dict.fromkeys(("DIS9", "DIS10"), disadvantaged_in_year_group(school)),
        }
        assert {code: figures[code].denominator for code in sizes if code in figures} == {
            code: size for code, size in sizes.items() if code in figures
        }
        assert figures["FIN11"].numerator == roll
        assert figures["WB3"].denominator <= roll
        assert figures["AB1"].denominator % roll == 0
        assert figures["FIN1"].denominator == figures["FIN4"].denominator
        assert figures["FIN4"].value + figures["FIN1"].value <= 100
        if figures["WB2"].denominator:
            assert figures["WB2"].denominator <= figures["SG3"].denominator == figures["STF3"].denominator


@by_school
def test_absence_is_possible_with_the_pupils_who_missed_most(school):
    """Persistent absentees missed a tenth at least, severe ones half, and all others less than a tenth."""
    for period, figures in terms_of(school).items():
        missed, possible = figures["AB1"].numerator, figures["AB1"].denominator
        persistent, severe, roll = figures["AB2"].numerator, figures["AB3"].numerator, figures["AB2"].denominator
        sessions = possible / roll
        fewest = severe * sessions / 2 + (persistent - severe) * sessions / 10
        most = persistent * sessions + (roll - persistent) * sessions / 10
        assert fewest <= missed <= most, period


@by_school
def test_roll_moves_through_the_year_and_is_that_of_the_census_in_spring(school):
    terms = terms_of(school)
    spring = [on_roll(school, period) for period in terms if period.term is TermOfYear.SPRING]

    assert set(spring) == {school.pupils}
    assert len({on_roll(school, period) for period in terms}) > 2
    assert all(abs(on_roll(school, period) - school.pupils) <= 0.02 * school.pupils for period in terms)


@by_school
def test_published_percentages_are_of_whole_pupils(school):
    rows = list(published_results(school, StoryCalendar(DAY).result_years))
    census = {"PNUMFSMEVER", "PNUMEAL", "PSENELSE", "PSENELK"}
    percentages = [
        row
        for row in rows
        if row.value is not None
        and row.measure != "PERCTOT"
        and (row.measure in census or (row.measure in measures() and measures()[row.measure].unit == "%"))
    ]

    assert {row.measure for row in percentages} > census
    for row in percentages:
        assert row.value in {round(100 * count / row.cohort, 1) for count in range(int(row.cohort) + 1)} | {
            round(100 * count / row.cohort) for count in range(int(row.cohort) + 1)
        }, row


@by_school
def test_published_results_of_disadvantaged_pupils_fit_those_of_all(school):
    rows = {(row.measure, row.school_year, row.pupil_group): row for row in published_results(school, [2026] * 5)}
    for (measure, year, group), few in rows.items():
        if group == "disadvantaged" and few.value is not None and measures()[measure].unit == "%":
            all_ = rows[measure, year, "all"]
            counted, everyone = (round(row.value * row.cohort / 100) for row in (few, all_))
            assert counted <= everyone
            assert everyone - counted <= all_.cohort - few.cohort


def test_every_percentage_in_a_return_is_of_whole_things(loaded):
    lines = [line for line in ReturnLine.objects.select_related("definition") if line.value is not None]

    assert {line.school_id for line in lines} == set(SCHOOLS)
    shares = [line for line in lines if line.asked.unit in (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS)]
    assert len(shares) > 400
    for line in shares:
        part, whole = line.numerator, line.denominator
        assert part is not None, line
        assert line.value == (part / whole * 100).quantize(Decimal("0.0001")), line
        if line.indicator_id != "STF4":  # Part-time posts.
            assert (part % 1, whole % 1) == (0, 0), line
        # A balance may be below 0, and a school may have more pupils than it planned.
        if line.indicator_id not in ("FIN1", "FIN11") and line.asked.unit is FigureUnit.PERCENT:
            assert 0 <= part <= whole, line


def test_every_accepted_figure_is_that_of_its_return(loaded):
    accepted = ReturnLine.objects.filter(termly_return__state="accepted").select_related("termly_return__term")
    held = {
        (row.school_id, row.indicator_id, row.school_year, row.season): (row.value, row.numerator, row.denominator)
        for row in Observation.objects.order_by("version")
    }
    for line in accepted:
        term = line.termly_return.term
        key = (line.school_id, line.indicator_id, term.school_year, term.season)
        assert held[key] == (line.value, line.numerator, line.denominator)


# Words of which an explanation of the indicator has at least one. Later ones are of other indicators' matters.
MATTERS = {
    "SG1": "safeguarding", "SG2": "record", "SG3": "training", "SG8": "concerns", "HS1": "health and safety",
    "HS2": "accidents", "HS3": "checks", "OUT19": "Year 6", "OUT20": "English", "OUT21": "forecast|Attainment 8",
    "OWN1": "September", "DIS6": "absent|miss", "DIS7": "suspen", "DIS8": "pupil premium", "DIS9": "Year 6",
    "DIS10": "Year 11", "AB1": "absence", "AB2": "miss|absence", "AB3": "half of school", "AB6": "suspen",
    "AB7": "excluded", "FIN1": "income", "FIN4": "Staff costs", "FIN11": "on roll", "STF1": "sick", "STF3": "left",
    "STF4": "posts", "WB2": "recommend", "WB3": "safe",
}  # fmt: skip


def test_every_indicator_has_its_own_explanations():
    texts = [(code, text) for code, explanations in EXPLANATIONS.items() for text in explanations]

    assert set(EXPLANATIONS) >= {*USUAL, *FORECASTS, "OWN1"}
    assert len({text.in_words for _, text in texts}) == len(texts)
    for code, text in texts:
        assert not text.missing
        assert re.search(MATTERS[code], text.what, re.IGNORECASE), (code, text.what)
        assert not re.search("has (risen|fallen|gone)|improved|less than last|more than last", text.what), text.what


def test_figures_off_target_are_explained_by_their_own_matter(loaded):
    explained = ReturnLine.objects.exclude(what="").values_list("indicator_id", "what", "why", "what_next")

    assert len(explained) > 30
    for code, what, why, what_next in explained:
        assert (what, why, what_next) in {(text.what, text.why, text.what_next) for text in EXPLANATIONS[code]}


def test_calendar_has_every_term_of_this_school_year_and_the_last(loaded):
    for trust in Trust.objects.filter(uid__in=(STORYBOOK.uid, NURSERY_RHYME.uid)):
        terms = Term.objects.filter(trust=trust, school_year__in=(2026, 2027))
        assert sorted(terms.values_list("school_year", "season")) == [
            (year, season) for year in (2026, 2027) for season in (1, 2, 3)
        ]


def test_every_term_that_has_begun_has_returns_in_a_possible_state(loaded):
    for term in Term.objects.filter(school_year__gte=2026):
        returns = Return.objects.filter(term=term)
        schools = [school for trust in TRUSTS if trust.uid == term.trust_id for school in trust.schools]
        if term.starts_date > DAY:
            assert not returns.exists()
        else:
            assert returns.count() == len(schools)
        if term.due_date < DAY:
            assert set(returns.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.parametrize("day", DAYS)
def test_terms_of_the_school_year_are_whole_on_any_day(day):
    calendar = StoryCalendar(day)
    year = calendar.current.school_year

    periods = [*calendar.past, calendar.current, *calendar.later]
    assert [period.term for period in periods if period.school_year == year] == list(TermOfYear)
    assert len(set(periods)) == len(periods)


def test_every_school_has_similar_schools_that_are_invented_and_say_so(loaded):
    found = {row.school_id: row for row in SimilarSchools.objects.all()}

    assert set(found) == set(SCHOOLS)
    for row in found.values():
        assert len(row.neighbours) == 50
        assert all("(invented)" in neighbour["name"] for neighbour in row.neighbours)
        assert row.caution.startswith(ALL_INVENTED)
        assert {"AB1", "OUT6" if SCHOOLS[row.school_id].phase == "primary" else "OUT11"} <= set(row.figures)


def test_similar_schools_have_names_and_numbers_of_their_own():
    stories = list(similar_stories())

    assert len({story.name for story in stories}) == len({story.urn for story in stories}) == len(stories)
    assert not {story.urn for story in stories} & set(SCHOOLS)
    assert all(story.pupils > 40 and len(story.percentiles) == 1 for story in stories)


def test_panels_are_on_school_days(loaded):
    for panel in Panel.objects.select_related("trust"):
        with tenancy.scope([panel.trust_id], actor="test"):
            assert panel.held_date in school_days(panel.trust, on=panel.held_date), panel
            assert newest_half_term(panel.half_term, panel.held_date).school_year == panel.school_year


@pytest.mark.parametrize("day", DAYS)
def test_panels_are_on_school_days_whenever_the_demonstration_is_loaded(trust, in_scope, day):
    calendar = StoryCalendar(day)
    periods = [*calendar.past[-4:], calendar.current, *calendar.later]
    with in_scope(trust):
        terms = [plan_term(trust_id=trust.pk, period=period) for period in periods]
        now = half_term_on(day)

        held, planned = panel_days(terms, now, day)

        assert held < day < planned
        for half_term, panel_day in ((now.previous(), held), (now, planned)):
            assert panel_day in school_days(trust, on=panel_day)
            assert newest_half_term(half_term.half_term, panel_day) == half_term


def test_real_schools_are_never_compared_with_invented_ones(loaded):
    assert national_context("primary").year is None
    assert national_context("primary").pool.empty
    assert national_context("secondary").schools.empty


def test_no_figure_is_missing_without_a_reason(loaded):
    assert not ReturnLine.objects.filter(value=None, missing_reason="", termly_return__state="accepted").exists()
    assert not Observation.objects.filter(value=None, status=ValueStatus.VALUE).exists()
