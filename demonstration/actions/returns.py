"""The returns of the demonstration: those of past terms as they were accepted, and the current one in every state."""

from collections import defaultdict
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from demonstration.trust.calendar import Calendar
from demonstration.trust.explained import EXPLAINED
from demonstration.trust.figures import TermFigure, own_figure, term_figures
from demonstration.trust.story import SchoolStory
from kpis.actions.definitions import keep_definitions
from kpis.catalogue import by_code
from kpis.catalogue.kinds import Area
from kpis.models import Observation
from kpis.queries.sets import asked_of
from kpis.rules.explaining import NOTHING_SAID, Explanation
from returns.actions import correcting, moderating, returns
from returns.actions.contributing import assign_lines
from returns.actions.proposing import Proposed, propose_figures
from returns.actions.returns import Entry
from returns.models import LineChange, Proposal, Return, ReturnDecision, ReturnLine
from returns.queries.returns import return_page
from returns.queries.versions import snapshot_of
from returns.rules.lines import LineState
from schools.models import School, Term
from schools.queries import season_of
from schools.rules.terms import Period
from trusts.models import Role, Trust, User

RETURNS_KEPT = 3  # Terms of accepted returns with all their lines; before that the accepted figures alone.
LINES_DONE = 14  # Of the return that is in progress.


def accept_history(
    trust: Trust,
    school: School,
    story: SchoolStory,
    calendar: Calendar,
    terms: dict[Period, Term],
    ed: User,
    at: datetime,
) -> int:
    """Accept the figures of every past term, the last of them with whole returns; return how many figures."""
    by_period: dict[Period, list[TermFigure]] = defaultdict(list)
    for each in term_figures(story, calendar.past):
        by_period[each.period].append(each)
    rows = []
    for period, figures in by_period.items():
        if period in calendar.past[-RETURNS_KEPT:]:
            figures += _own_figures(story, school, terms[period], period)
        accepted = min(noon(terms[period].due_date + timedelta(days=4), at), at)
        said: dict[str, Explanation] = {}
        if period in calendar.past[-RETURNS_KEPT:]:
            # The day before they were due, or the day after.
            submitted = accepted - timedelta(days=3 if story.is_late else 5)
            said = _accepted_return(trust, school, terms[period], figures, ed, submitted, accepted)
        rows += [_observation(trust, school, each, said, ed, accepted) for each in figures]
    Observation.objects.bulk_create(rows)
    return len(rows)


def _own_figures(story: SchoolStory, school: School, term: Term, period: Period) -> list[TermFigure]:
    """Return the figures of the indicators of the trust's own that its return asks."""
    asked = asked_of(school, on=term.starts_date)
    return [own_figure(story, each, period) for each in asked if each.code not in by_code()]


def _observation(
    trust: Trust, school: School, each: TermFigure, said: dict[str, Explanation], ed: User, accepted: datetime
) -> Observation:
    explanation = said.get(each.indicator.code, NOTHING_SAID)
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
        **asdict(explanation),
        accepted_by=ed,
        accepted_at=accepted,
    )


def _accepted_return(
    trust: Trust,
    school: School,
    term: Term,
    figures: list[TermFigure],
    ed: User,
    submitted: datetime,
    accepted: datetime,
) -> dict[str, Explanation]:
    """Keep a past return with all its lines; return what was said of those off target."""
    kept = keep_definitions(trust_id=trust.pk, indicators=[each.indicator for each in figures])
    made = Return.objects.create(
        trust=trust, school=school, term=term, state=Return.State.ACCEPTED, submitted_at=submitted, submitted_by=ed
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            trust=trust,
            school=school,
            termly_return=made,
            indicator_id=each.indicator.code,
            definition=kept[each.indicator.code],
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
    said = _explain_off_target(school, term)
    LineChange.objects.bulk_create(
        LineChange(
            trust=trust, school=school, line=line, line_version=1, value=line.value, numerator=line.numerator,
            denominator=line.denominator, missing_reason=line.missing_reason, comment=line.comment, what=line.what,
            why=line.why, what_next=line.what_next, changed_by=ed, changed_at=submitted,
        )
        for line in made.lines.order_by("pk")
    )  # fmt: skip
    page = return_page(school, term)
    handed_in = snapshot_of(page) if page else None
    made.lines.update(state=ReturnLine.State.ACCEPTED)
    steps = [(ReturnDecision.Step.SUBMITTED, submitted, handed_in), (ReturnDecision.Step.ACCEPTED, accepted, None)]
    ReturnDecision.objects.bulk_create(
        ReturnDecision(
            trust=trust,
            school=school,
            termly_return=made,
            step=step,
            snapshot=snapshot,
            decided_by=ed,
            decided_at=when,
        )
        for step, when, snapshot in steps
    )
    return said


def _explain_off_target(school: School, term: Term) -> dict[str, Explanation]:
    page = return_page(school, term)
    off_target = page.off_target if page else []
    said = {row.code: EXPLAINED[row.indicator.area] for row in off_target}
    for row in off_target:
        line, explanation = row.line, said[row.code]
        line.what, line.why, line.what_next = explanation.what, explanation.why, explanation.what_next
    ReturnLine.objects.bulk_update([row.line for row in off_target], list(asdict(NOTHING_SAID)))
    return said


def open_current(
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
    asked = {each.code for each in asked_of(school, on=term.starts_date)}
    figures = [each for each in figures if each.indicator.code in asked]
    figures += _own_figures(story, school, term, calendar.current)
    made = returns.open_return(school=school, term=term, indicator_codes=[each.indicator.code for each in figures])
    ed = people[Role.EXECUTIVE_DIRECTOR]
    head = people.get(story.urn, ed)
    if story.state == "not_started":
        _propose(school, term, figures, head, at)
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
        back = moderating.Verdict(code="STF3", accepted=False, reason=SENT_BACK_BECAUSE)
        moderating.decide_lines(termly_return=made, verdicts=[back], areas=None, by=ed, at=at)
    if story.state == "accepted":
        moderating.accept_return(termly_return=made, by=ed, at=at)


def correct_last(school: School, term: Term, head: User, ed: User, at: datetime) -> None:
    """Correct one figure of an accepted return: the head opens it with a reason, and the ED accepts the new version."""
    of = Return.objects.get(school=school, term=term)
    correcting.open_correction(termly_return=of, codes=["AB1"], reason=CORRECTED_BECAUSE, by=head, at=at)
    line = of.lines.get(indicator_id="AB1")
    missed, possible = (line.numerator or 0) - COUNTED_TWICE, line.denominator or Decimal(1)
    value = (Decimal(missed) / possible * 100).quantize(Decimal("0.0001"))
    entry = Entry(value=value, numerator=Decimal(missed), denominator=possible, comment=CORRECTED_BECAUSE)
    returns.save_line(line=line, entry=entry, version=line.version, by=head, at=at + timedelta(minutes=4))
    returns.submit_return(termly_return=of, by=head, at=at + timedelta(minutes=6))
    moderating.accept_return(termly_return=of, by=ed, at=at + timedelta(hours=1))


def assign_contributor(trust: Trust, school: School, person: User, head: User, at: datetime) -> None:
    """Let a contributor fill in the finance and staffing lines, as a school's business manager would."""
    areas = [Area.FINANCE.value, Area.STAFFING.value]
    assign_lines(trust_id=trust.pk, school=school, user=person, areas=areas, codes=[], by=head, at=at)


def _explain(school: School, term: Term, head: User, at: datetime) -> None:
    """Give each figure that the page asks about the words that a head would give."""
    page = return_page(school, term)
    for row in page.unfinished if page else []:
        line = row.line
        comment = "" if row.state is LineState.RED else CHECKED
        said = EXPLAINED[row.indicator.area] if row.is_off_target else NOTHING_SAID
        entry = Entry(
            value=line.value, numerator=line.numerator, denominator=line.denominator, comment=comment, **asdict(said)
        )
        returns.save_line(line=line, entry=entry, version=line.version, by=head, at=at)


def _propose(school: School, term: Term, figures: list[TermFigure], head: User, at: datetime) -> None:
    """Let the school's own systems know what they would: the areas that they keep the books of."""
    for system, codes in EXPORTS.items():
        proposed = [
            Proposed(code=each.indicator.code, value=each.value, numerator=each.numerator, denominator=each.denominator)
            for each in figures
            if each.indicator.code in codes and each.value is not None
        ]
        propose_figures(
            school=school, term=term, figures=proposed, kind=Proposal.Kind.IMPORT,
            source=f"{system}, an invented export for this demonstration", by=head, at=at,
        )  # fmt: skip


EXPORTS = {  # Fifteen of the 24 lines of a primary school.
    "Attendance and behaviour": ("DIS6", "DIS7", "AB1", "AB2", "AB3", "AB6", "AB7"),
    "Finance and staff records": ("FIN1", "FIN4", "FIN11", "STF1", "STF3", "STF4"),
    "Single central record": ("SG2", "SG3"),
    "Register of premises checks": ("HS3",),
}
COUNTED_TWICE = 46  # Sessions.
CORRECTED_BECAUSE = "Year 2's trip of a week was marked as absence for two days"
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


def noon(day: date, like: datetime) -> datetime:
    """Return noon of a day, in the time zone of another moment."""
    return like.replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0, second=0, microsecond=0)
