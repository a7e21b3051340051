from datetime import date, datetime

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from dashboards.queries.warnings import outlook_rows
from demonstration.actions.loading import load_trust
from demonstration.trust.calendar import StoryCalendar
from demonstration.trust.figures import FORECASTS, USUAL, term_figures
from demonstration.trust.results import published_results
from demonstration.trust.story import NURSERY_RHYME, STORYBOOK, TRUSTS
from demonstration.trust.targets import school_targets
from kpis.actions.catalogue import sync_catalogue
from kpis.catalogue import return_lines
from kpis.models import Observation, SchoolChoice, ScoreLine, Target, TargetProposal
from published.dfe.value_statuses import ValueStatus
from published.models import PublishedResult
from returns.models import Return
from schools.models import School
from schools.rules.terms import Period, TermOfYear, usual_days
from trajectories.models import Outlook, Placement
from trusts import tenancy
from trusts.models import AuditEntry, Membership, Role, Trust

DAY = date(2026, 11, 21)
SCHOOLS = [school for trust in TRUSTS for school in trust.schools]
PERIODS = StoryCalendar(DAY).past


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Load the trust once for all tests that only read it, and roll it back afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        sync_catalogue()
        with tenancy.scope([STORYBOOK.uid], actor="command:load_demo"):
            load_trust(story=STORYBOOK, on=DAY, at=timezone.make_aware(datetime(2026, 11, 21, 9, 30)))
            yield
        transaction.set_rollback(True)


def test_trust_has_the_size_in_the_story():
    assert [school.phase for school in STORYBOOK.schools].count("secondary") == 2
    assert [school.phase for school in STORYBOOK.schools].count("primary") == 3
    assert 2500 <= sum(school.pupils for school in STORYBOOK.schools) <= 4000


def test_five_years_come_before_the_current_term():
    calendar = StoryCalendar(DAY)

    assert calendar.current == Period(2027, TermOfYear.AUTUMN)
    assert calendar.past[0] == Period(2022, TermOfYear.AUTUMN)
    assert len(calendar.past) == 15
    assert calendar.result_years == [2022, 2023, 2024, 2025, 2026]


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2027, 8, 15), date(2026, 9, 1), date(2027, 4, 10)])
def test_calendar_has_a_term_for_any_day(day):
    calendar = StoryCalendar(day)
    for period in [*calendar.past, calendar.current]:
        days = usual_days(period)
        assert days.starts < days.due < days.ends


@pytest.mark.parametrize("school", SCHOOLS, ids=lambda school: school.name)
def test_every_figure_agrees_with_its_parts(school):
    figures = list(term_figures(school, PERIODS))

    assert len(figures) == len(PERIODS) * len(return_lines(school.phase))
    for figure in figures:
        assert figure.value is not None or (figure.status is not ValueStatus.VALUE and figure.comment)
        if figure.value is not None:
            assert figure.indicator.limits.allow(figure.value), figure
        if figure.numerator is not None and figure.denominator is not None and figure.value is not None:
            made = figure.numerator / figure.denominator * figure.indicator.unit.multiplier
            assert abs(made - figure.value) < 0.001


def test_same_day_makes_the_same_figures():
    first, again = (list(term_figures(SCHOOLS[0], PERIODS)) for _ in range(2))

    assert first == again


def test_every_line_of_a_return_has_a_usual_level():
    asked = {indicator.code for phase in ("primary", "secondary") for indicator in return_lines(phase)}

    assert asked <= {*USUAL, *FORECASTS}


def test_progress_8_is_missing_in_the_years_without_it():
    rows = [row for row in published_results(SCHOOLS[0], [2022, 2023, 2024, 2025, 2026]) if row.measure == "P8MEA"]

    assert [row.status for row in rows[-2:]] == [ValueStatus.NOT_PUBLISHED] * 2
    assert all(row.lower < row.value < row.upper for row in rows[:3])


def test_targets_are_possible():
    assert all(target.tolerance >= 0 and target.value > -50 for target in school_targets(SCHOOLS[0], [2026]))


def test_engine_finds_the_journeys_in_the_story(loaded):
    letters = {row.school_id: row.letter for row in Placement.objects.order_by("pk")}

    assert letters == {990001: "D", 990002: "F", 990003: "A", 990004: "G", 990005: "H"}


def test_some_schools_have_a_warning_and_some_do_not(loaded):
    rows = outlook_rows(list(School.objects.filter(trust_id=STORYBOOK.uid)))

    codes = {row.school.pk: row.code for row in rows if row.outlook.measure in ("P8MEA", "PTRWM_EXP")}
    assert codes[990005] == "warning"
    assert codes[990003] == "none"
    assert len(codes) == len(STORYBOOK.schools)


def test_accepted_return_of_this_term_moved_an_outlook(loaded):
    row = Outlook.objects.filter(school_id=990003, measure="PTRWM_EXP").order_by("-pk").first()

    names = [effect["name"] for effect in row.inputs["effects"]]
    assert names == ["Overall absence this year", "The school’s own forecast"]


def test_returns_are_in_every_state(loaded):
    states = Return.objects.filter(term__school_year=2027, term__season=1).values_list("state", flat=True)

    assert sorted(states) == ["accepted", "in_progress", "not_started", "sent_back", "submitted"]


def test_school_is_not_asked_for_a_line_and_the_board_has_a_target_to_decide(loaded):
    not_asked_for, proposal = SchoolChoice.objects.get(), TargetProposal.objects.get()

    lines = Return.objects.get(school=not_asked_for.school, term__school_year=2027).lines
    assert not_asked_for.reason
    assert not lines.filter(indicator=not_asked_for.indicator).exists()
    assert lines.count() == len(return_lines(not_asked_for.school.phase)) - 1
    held = Target.objects.get(school=proposal.school, indicator=proposal.indicator, school_year=2027)
    assert proposal.state == TargetProposal.State.WAITING
    assert 0 < proposal.value < held.value


def test_every_role_has_a_person(loaded):
    assert set(Membership.objects.values_list("role", flat=True)) == set(Role.values)


def test_score_lines_have_every_rating(loaded):
    ratings = set(ScoreLine.objects.values_list("rating", flat=True))

    assert {"on_target", "close", "off_target"} <= ratings


def test_nothing_can_be_mistaken_for_a_real_school(loaded):
    assert not School.objects.filter(is_fictional=False).exists()
    assert not Trust.objects.filter(is_fictional=False).exists()
    assert not PublishedResult.objects.filter(urn__lt=990001).exists()
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {"command:load_demo"}


def test_loading_again_changes_nothing(db, capsys):
    call_command("load_demo", on=DAY)
    with tenancy.scope([STORYBOOK.uid, NURSERY_RHYME.uid], actor="test"):
        before = Observation.objects.count(), AuditEntry.objects.count()

    call_command("load_demo", on=DAY)

    assert "is already loaded" in capsys.readouterr().out
    with tenancy.scope([STORYBOOK.uid, NURSERY_RHYME.uid], actor="test"):
        assert (Observation.objects.count(), AuditEntry.objects.count()) == before
