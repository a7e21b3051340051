"""Load the demonstration, where possible with the same actions that people's work uses."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256

import pandas as pd
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from demonstration.actions.reminders import add_reminders
from demonstration.actions.returns import accept_history, assign_contributor, correct_last, noon, open_current
from demonstration.actions.setup import set_up_school, set_up_trust
from demonstration.actions.units import begin_units, finish_units
from demonstration.trust.calendar import StoryCalendar
from demonstration.trust.results import StoryResult, published_results
from demonstration.trust.similar_schools import similar_stories
from demonstration.trust.story import PASSWORD, SchoolStory, TrustStory
from demonstration.trust.targets import school_targets
from followup.queries import school_days_of
from kpis.actions.similar_schools import find_similar_schools
from kpis.models import Target
from kpis.queries.similar_context import INVENTED_LAYOUT
from meetings.actions import plan_panel, publish_report
from published.actions import bulk_figures
from published.models import ImportedFile, SchoolList
from schools.actions.calendar import plan_term
from schools.models import School, Term
from schools.queries import half_term_on, plan_of
from schools.rules.calendar import half_term_starts
from schools.rules.terms import Period
from trajectories.actions import judge_line, recompute_school, recompute_trust
from trajectories.models import LineJudgement
from trusts.actions import give_role, make_person
from trusts.models import Role, Trust, User

FORMER_NAMES = ("Lena", "Nils", "Vera", "Arlo", "Ines", "Otis", "Thea")


@transaction.atomic
def load_trust(*, story: TrustStory, on: date, at: datetime) -> dict[str, int]:
    """Load one invented trust as it looks on a day, and return the number of rows of each kind. It must be in scope."""
    calendar = StoryCalendar(on)
    trust, _ = Trust.objects.update_or_create(
        uid=story.uid,
        defaults={"name": story.name, "group_type": "Multi-academy trust", "is_tenant": True, "is_fictional": True},
    )
    schools = {school_story.urn: _school(trust, school_story, on) for school_story in story.schools}
    people = _people(trust, story, on)
    ed = people[Role.EXECUTIVE_DIRECTOR]
    headteachers = {urn: people.get(urn) or _headteacher_who_left(urn) for urn in schools}
    periods = [*calendar.past, calendar.current, *calendar.later]
    terms = {period: plan_term(trust_id=trust.pk, period=period) for period in periods}
    counts = {"schools": len(schools), "people": len(story.people), "terms": len(terms)}
    counts["published figures"] = _publish(story, calendar, at)
    _publish_similar_schools(calendar, at)
    counts["targets"] = sum(
        _set_targets(trust, schools[school_story.urn], school_story, calendar) for school_story in story.schools
    )
    last, now = terms[calendar.past[-1]], terms[calendar.current]
    set_up_trust(trust, story, last, now, list(schools.values()), ed)
    counts["accepted figures"] = sum(
        accept_history(
            trust, schools[school_story.urn], school_story, calendar, terms, headteachers[school_story.urn], ed, at
        )
        for school_story in story.schools
    )
    for school_story in story.schools:
        _judge(trust, schools[school_story.urn], school_story, ed, at)
    past = [terms[period] for period in calendar.past[-3:]]
    counts["units"] = sum(begin_units(school, past, ed, headteachers[urn], at) for urn, school in schools.items())
    counts["Panels"] = _hold_panels(trust, schools, calendar, list(terms.values()), ed, at)
    for urn, school in schools.items():
        finish_units(school, ed, headteachers[urn], at)
    for school_story in story.schools:
        set_up_school(schools[school_story.urn], school_story, terms[calendar.current], ed, at)
        term = terms[calendar.current]
        open_current(schools[school_story.urn], school_story, calendar, term, headteachers[school_story.urn], ed, at)
    _correct_and_assign(trust, story, schools, terms[calendar.past[-1]], people, headteachers, at)
    for school_story in story.schools:
        if headteacher := people.get(school_story.urn):
            add_reminders(
                trust,
                schools[school_story.urn],
                terms[calendar.past[-1]],
                headteacher,
                was_late=school_story.is_late,
                at=at,
            )
    _recompute(trust, schools, at)
    find_similar_schools(trust_id=trust.pk, at=at)
    return counts


def _correct_and_assign(
    trust: Trust,
    story: TrustStory,
    schools: dict[int, School],
    last: Term,
    people: dict[Role | int, User],
    headteachers: dict[int, User],
    at: datetime,
) -> None:
    """Correct a figure of last term if the story says so, and give the contributor their lines."""
    ed = people[Role.EXECUTIVE_DIRECTOR]
    for school_story in story.schools:
        if school_story.corrects:
            correct_last(schools[school_story.urn], last, headteachers[school_story.urn], ed, at - timedelta(days=2))
    for person in story.people:
        for role, urn in person.roles:
            if role is Role.SCHOOL_CONTRIBUTOR and urn:
                assign_contributor(trust, schools[urn], people[role], headteachers[urn], at)


def _recompute(trust: Trust, schools: dict[int, School], at: datetime) -> None:
    for school in schools.values():
        recompute_school(trust_id=trust.pk, school=school, at=at)
    recompute_trust(trust_id=trust.pk, on=timezone.localdate(at))


def _hold_panels(
    trust: Trust, schools: dict[int, School], calendar: StoryCalendar, terms: list[Term], ed: User, at: datetime
) -> int:
    """Hold the Panel of the previous half-term and publish its report, and plan the Panel of this half-term.

    Both are on school days.
    """
    now = half_term_on(calendar.on)
    held, planned = panel_days(terms, now, calendar.on)
    past, _ = (
        plan_panel(
            trust=trust,
            title=f"Panel, {half_term.label}",
            held_date=day,
            by=ed,
            school_year=half_term.school_year,
            half_term=half_term.half_term or 1,
        )
        for half_term, day in ((now.previous(), held), (now, planned))
    )
    then = noon(held, at)
    _recompute(trust, schools, then)
    publish_report(trust=trust, panel=past, by=ed, at=then)
    return 2


def panel_days(terms: list[Term], now: Period, on: date) -> tuple[date, date]:
    """Return the school days of two Panels: about four weeks ago in the previous half-term, and in about two weeks."""
    days = school_days_of(terms, on=on)
    began = half_term_starts(map(plan_of, terms)).get(now, on)
    held = min(on - timedelta(days=28), began - timedelta(days=1))
    while held not in days:
        held -= timedelta(days=1)
    return held, days.first_from(on + timedelta(days=12))


def _school(trust: Trust, story: SchoolStory, on: date) -> School:
    low, high = (4, 11) if story.phase == "primary" else (11, 18)
    school, _ = School.objects.update_or_create(
        urn=story.urn,
        defaults={
            "name": story.name,
            "trust": trust,
            "phase": story.phase,
            "school_type": "Academy converter",
            "joined_date": date(on.year - 7, 9, 1),
            "lowest_age": low,
            "highest_age": high,
            "town": "Nowhere",
            "is_fictional": True,
        },
    )
    return school


def _people(trust: Trust, story: TrustStory, on: date) -> dict[Role | int, User]:
    """Make the people and return them by role, headteachers by the URN of their school."""
    found: dict[Role | int, User] = {}
    hashed = make_password(PASSWORD)  # Once: hashing is slow on purpose, and everyone has this password.
    for person in story.people:
        user = User.objects.filter(email=person.email).first()
        if user is None:
            user = make_person(email=person.email, name=person.name, password=None)
            user.password = hashed
            user.save(update_fields=["password"])
        starts, ends = date(on.year - 5, 9, 1), None
        if person.months:
            starts, ends = on, on + timedelta(days=30 * person.months)
        for role, urn in person.roles:
            give_role(trust=trust, user=user, role=role, school_id=urn, starts_date=starts, ends_date=ends)
            found[urn if role is Role.HEADTEACHER and urn else role] = user
    return found


def _headteacher_who_left(urn: int) -> User:
    """Return who submitted the returns of a school without a headteacher in the story. They have no role any more."""
    email = f"left.{urn}@storybook.example"
    found = User.objects.filter(email=email).first()
    return found or make_person(email=email, name=f"{FORMER_NAMES[urn % len(FORMER_NAMES)]} Example", password=None)


def _publish(story: TrustStory, calendar: StoryCalendar, at: datetime) -> int:
    rows = [row for school in story.schools for row in published_results(school, calendar.result_years)]
    return _import(f"Invented results of {story.name}: not a published file", rows, at)[1]


def _publish_similar_schools(calendar: StoryCalendar, at: datetime) -> None:
    """Publish the invented schools that all trusts of the demonstration are compared with, unless they are there."""
    name = "Invented similar schools: not a published file"
    if ImportedFile.objects.filter(name=name, layout=INVENTED_LAYOUT).exists():
        return
    schools, newest = list(similar_stories()), calendar.result_years[-1:]
    file, _ = _import(name, [row for school in schools for row in published_results(school, newest)], at)
    columns: dict[str, Sequence[object]] = {
        "urn": [school.urn for school in schools],
        "name": [school.name for school in schools],
        "la": [None] * len(schools),
        "phase": [school.phase for school in schools],
    }
    SchoolList.objects.create(file=file, packed=SchoolList.pack(columns))


def _import(name: str, rows: Sequence[StoryResult], at: datetime) -> tuple[ImportedFile, int]:
    """Import invented results. Return their file and the number of figures."""
    file = ImportedFile.objects.create(
        sha256=sha256(name.encode()).hexdigest(),
        name=name,
        layout=INVENTED_LAYOUT,
        school_year=max(row.school_year for row in rows),
        release="final",
        summary={},
        imported_at=at,
    )
    values = pd.DataFrame([vars(row) for row in rows]).rename(columns={"school_year": "year"}).assign(release="final")
    numbers = dict.fromkeys(("value", "lower", "upper", "cohort"), float)
    figures = bulk_figures.figures_to_load(values.astype(numbers))
    return file, bulk_figures.add_figures(figures, file_id=file.pk).added


def _set_targets(trust: Trust, school: School, story: SchoolStory, calendar: StoryCalendar) -> int:
    years = [*calendar.result_years, calendar.current.school_year]
    rows = [
        Target(
            trust=trust,
            school=school,
            indicator_id=target.code,
            school_year=target.school_year,
            value=target.value,
            tolerance=target.tolerance,
            provenance=f"set by the Board, 14 October {target.school_year - 1}",
        )
        for target in school_targets(story, years)
    ]
    Target.objects.bulk_create(rows)
    return len(rows)


def _judge(trust: Trust, school: School, story: SchoolStory, ed: User, at: datetime) -> None:
    for line, (phase, reason) in story.judged.items():
        judge_line(
            trust_id=trust.pk,
            school=school,
            line=line,
            voice=LineJudgement.Voice.TRUST,
            phase=phase,
            reason=reason,
            by=ed,
            at=at - timedelta(days=20),
        )
