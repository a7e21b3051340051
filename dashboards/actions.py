"""Load the demonstration: rows of every app, through the same actions that people's work goes through where it can."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from django.db import transaction

from dashboards.demo.calendar import Calendar
from dashboards.demo.figures import TermFigure, term_figures
from dashboards.demo.results import published_results
from dashboards.demo.story import PASSWORD, SchoolStory, TrustStory
from dashboards.demo.targets import school_targets
from kpis.actions import returns
from kpis.actions.calendar import plan_term
from kpis.actions.returns import Entry
from kpis.models import ImportedFile, Observation, PublishedResult, Return, ReturnDecision, ReturnLine, Target, Term
from kpis.queries.history import season_of
from kpis.queries.returns import return_page
from kpis.rules.terms import Period, half_term_on
from meetings.actions import plan_panel, publish_report
from schools.models import School
from trajectories.actions import judge_line, recompute_school, recompute_trust
from trajectories.models import LineJudgement
from trusts.actions import give_role, make_person
from trusts.models import Role, Trust, User

RETURNS_KEPT = 3  # Terms of accepted returns with all their lines; before that the accepted figures alone.
LINES_DONE = 14  # Of the return that is in progress.


@transaction.atomic
def load_trust(*, story: TrustStory, on: date, at: datetime) -> dict[str, int]:
    """Load one invented trust, as it looks on a day; the trust must be in scope. Return how many rows of each kind."""
    calendar = Calendar(on)
    trust, _ = Trust.objects.update_or_create(
        uid=story.uid,
        defaults={"name": story.name, "group_type": "Multi-academy trust", "is_tenant": True, "is_fictional": True},
    )
    schools = {each.urn: _school(trust, each, on) for each in story.schools}
    people = _people(trust, story, on)
    ed = people[Role.EXECUTIVE_DIRECTOR]
    terms = {period: plan_term(trust_id=trust.pk, period=period) for period in [*calendar.past, calendar.current]}
    counts = {"schools": len(schools), "people": len(story.people), "terms": len(terms)}
    counts["published figures"] = _publish(story, calendar, at)
    counts["targets"] = sum(_set_targets(trust, schools[each.urn], each, calendar) for each in story.schools)
    counts["accepted figures"] = sum(
        _accept_history(trust, schools[each.urn], each, calendar, terms, ed, at) for each in story.schools
    )
    for each in story.schools:
        _judge(trust, schools[each.urn], each, ed, at)
    counts["Panels"] = _hold_panels(trust, schools, calendar, ed, at)
    for each in story.schools:
        _open_current(schools[each.urn], each, calendar, terms[calendar.current], people, at)
    _recompute(trust, schools, at)
    return counts


def _recompute(trust: Trust, schools: dict[int, School], at: datetime) -> None:
    for school in schools.values():
        recompute_school(trust_id=trust.pk, school=school, at=at)
    recompute_trust(trust_id=trust.pk)


def _hold_panels(trust: Trust, schools: dict[int, School], calendar: Calendar, ed: User, at: datetime) -> int:
    """Hold the Panel of the half-term before, with its published report, and plan this half-term's."""
    now = half_term_on(calendar.on)
    held = calendar.on - timedelta(days=28)
    past = plan_panel(
        trust=trust,
        title=f"Panel, {now.previous().label}",
        held_date=held,
        by=ed,
        school_year=now.previous().school_year,
        half_term=now.previous().half_term or 1,
    )
    plan_panel(
        trust=trust,
        title=f"Panel, {now.label}",
        held_date=calendar.on + timedelta(days=12),
        by=ed,
        school_year=now.school_year,
        half_term=now.half_term or 1,
    )
    then = _noon(held, at)
    _recompute(trust, schools, then)
    publish_report(trust=trust, panel=past, by=ed, at=then)
    return 2


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
    """Make the people; return them by role, heads by their school's URN."""
    found: dict[Role | int, User] = {}
    for person in story.people:
        user = User.objects.filter(email=person.email).first() or make_person(
            email=person.email, name=person.name, password=PASSWORD
        )
        ends = on + timedelta(days=30 * person.months) if person.months else None
        for role, urn in person.roles:
            give_role(
                trust=trust, user=user, role=role, school_id=urn, starts_date=date(on.year - 5, 9, 1), ends_date=ends
            )
            found[urn if role is Role.HEADTEACHER and urn else role] = user
    return found


def _publish(story: TrustStory, calendar: Calendar, at: datetime) -> int:
    file = ImportedFile.objects.create(
        sha256=sha256(f"invented for {story.name}".encode()).hexdigest(),
        name=f"Invented results of {story.name}: not a published file",
        layout="demonstration",
        release="final",
        summary={},
        imported_at=at,
    )
    rows = [
        PublishedResult(
            urn=each.urn,
            measure=each.measure,
            school_year=each.school_year,
            release="final",
            pupil_group=each.pupil_group,
            value=each.value,
            status=each.status.value,
            lower=each.lower,
            upper=each.upper,
            cohort=each.cohort,
            file=file,
        )
        for school in story.schools
        for each in published_results(school, calendar.result_years)
    ]
    PublishedResult.objects.bulk_create(rows)
    return len(rows)


def _set_targets(trust: Trust, school: School, story: SchoolStory, calendar: Calendar) -> int:
    years = [*calendar.result_years, calendar.current.school_year]
    rows = [
        Target(
            trust=trust,
            school=school,
            indicator_id=each.code,
            school_year=each.school_year,
            value=each.value,
            tolerance=each.tolerance,
            provenance=f"set by the Board, 14 October {each.school_year - 1}",
        )
        for each in school_targets(story, years)
    ]
    Target.objects.bulk_create(rows)
    return len(rows)


def _accept_history(
    trust: Trust,
    school: School,
    story: SchoolStory,
    calendar: Calendar,
    terms: dict[Period, Term],
    ed: User,
    at: datetime,
) -> int:
    by_period: dict[Period, list[TermFigure]] = defaultdict(list)
    for each in term_figures(story, calendar.past):
        by_period[each.period].append(each)
    rows = []
    for period, figures in by_period.items():
        accepted = min(_noon(terms[period].due_date + timedelta(days=4), at), at)
        rows += [_observation(trust, school, each, ed, accepted) for each in figures]
        if period in calendar.past[-RETURNS_KEPT:]:
            _accepted_return(trust, school, terms[period], figures, ed, accepted)
    Observation.objects.bulk_create(rows)
    return len(rows)


def _observation(trust: Trust, school: School, each: TermFigure, ed: User, accepted: datetime) -> Observation:
    return Observation(
        trust=trust,
        school=school,
        indicator_id=each.indicator.code,
        school_year=each.period.school_year,
        season=season_of(each.period),
        value=each.value,
        numerator=each.numerator,
        denominator=each.denominator,
        status=each.status.value,
        source="return",
        comment=each.comment,
        accepted_by=ed,
        accepted_at=accepted,
    )


def _accepted_return(
    trust: Trust, school: School, term: Term, figures: list[TermFigure], ed: User, accepted: datetime
) -> None:
    submitted = accepted - timedelta(days=3)
    made = Return.objects.create(
        trust=trust, school=school, term=term, state=Return.State.ACCEPTED, submitted_at=submitted, submitted_by=ed
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            trust=trust,
            school=school,
            termly_return=made,
            indicator_id=each.indicator.code,
            value=each.value,
            numerator=each.numerator,
            denominator=each.denominator,
            missing_reason="" if each.value is not None else each.status.value,
            comment=each.comment,
            version=1,
            saved_by=ed,
            saved_at=submitted,
        )
        for each in figures
    )
    steps = [(ReturnDecision.Step.SUBMITTED, submitted), (ReturnDecision.Step.ACCEPTED, accepted)]
    ReturnDecision.objects.bulk_create(
        ReturnDecision(trust=trust, school=school, termly_return=made, step=step, decided_by=ed, decided_at=when)
        for step, when in steps
    )


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


def _open_current(
    school: School,
    story: SchoolStory,
    calendar: Calendar,
    term: Term,
    people: dict[Role | int, User],
    at: datetime,
) -> None:
    """Open the current term's return and bring it to the state its story says."""
    known = term_figures(story, [*calendar.past, calendar.current])
    figures = [each for each in known if each.period == calendar.current]
    made = returns.open_return(school=school, term=term, indicator_codes=[each.indicator.code for each in figures])
    ed = people[Role.EXECUTIVE_DIRECTOR]
    head = people.get(story.urn, ed)
    if story.state == "not_started":
        return
    lines = {line.indicator_id: line for line in made.lines.order_by("pk")}
    done = figures[:LINES_DONE] if story.state == "in_progress" else figures
    for each in done:
        entry = _entry(each, story.state)
        returns.save_line(line=lines[each.indicator.code], entry=entry, version=0, by=head, at=at)
    if story.state != "in_progress":
        _explain(school, term, head, at)
    if story.state in ("submitted", "sent_back", "accepted"):
        returns.submit_return(termly_return=made, by=head, at=at)
    if story.state == "sent_back":
        returns.send_back_return(termly_return=made, reason=SENT_BACK_BECAUSE, by=ed, at=at)
    if story.state == "accepted":
        returns.accept_return(termly_return=made, by=ed, at=at)


def _explain(school: School, term: Term, head: User, at: datetime) -> None:
    """Give each figure that the page asks about the comment that a head would give."""
    page = return_page(school, term)
    for row in page.unfinished if page else []:
        line = row.line
        entry = Entry(value=line.value, numerator=line.numerator, denominator=line.denominator, comment=CHECKED)
        returns.save_line(line=line, entry=entry, version=line.version, by=head, at=at)


CHECKED = "Checked with the office: the figure is right"
SENT_BACK_BECAUSE = (
    "Staff turnover is down to a third of last term. Is it leavers this term only? "
    "We count twelve months, so that terms can be compared."
)


def _entry(each: TermFigure, state: str) -> Entry:
    """Return what the school typed.

    The school that was sent back had counted one term's leavers for twelve months'; the one in progress has an absence
    that the page will ask about.
    """
    numerator, denominator = each.numerator, each.denominator
    if state == "sent_back" and each.indicator.code == "STF3" and numerator:
        numerator = Decimal(round(numerator / 3))
    if state == "in_progress" and each.indicator.code == "AB1" and numerator:
        numerator = numerator * 2
    value = each.value
    if value is not None and numerator is not None and denominator:
        value = (numerator / denominator * each.indicator.unit.multiplier).quantize(Decimal("0.0001"))
    return Entry(
        value=value,
        numerator=numerator,
        denominator=denominator,
        missing_reason="" if value is not None else each.status.value,
        comment=each.comment,
    )


def _noon(day: date, like: datetime) -> datetime:
    return like.replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0, second=0, microsecond=0)
