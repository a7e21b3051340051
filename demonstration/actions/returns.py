"""Load accepted returns of past terms, and current returns in every state."""

from collections import defaultdict
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from demonstration.trust.calendar import StoryCalendar
from demonstration.trust.explanations import explanation_for
from demonstration.trust.figures import TermFigure, own_figure, term_figures
from demonstration.trust.story import SchoolStory
from kpis.actions.definitions import keep_definitions
from kpis.catalogue import catalogue_by_code
from kpis.catalogue.kinds import Area
from kpis.models import Observation
from kpis.queries.indicator_set import lines_asked_of
from kpis.rules.explanations import NO_EXPLANATION, Explanation
from returns.actions import corrections, moderation, returns
from returns.actions.contributors import assign_lines
from returns.actions.figure_proposals import ProposedFigure, propose_figures
from returns.actions.returns import LineEntry
from returns.models import FigureProposal, LineChange, Return, ReturnDecision, ReturnLine
from returns.queries.return_reading import return_page
from returns.queries.submitted_returns import snapshot_of
from returns.rules.return_lines import LineState
from schools.models import School, Term
from schools.queries import season_of
from schools.rules.terms import Period, TermOfYear
from trusts.models import Trust, User

YEARS_WITH_RETURNS = 2  # This school year and the last. Earlier terms have only accepted figures.
LINES_DONE = 14  # Lines filled in of the return in progress.


def accept_history(
    trust: Trust,
    school: School,
    story: SchoolStory,
    calendar: StoryCalendar,
    terms: dict[Period, Term],
    headteacher: User,
    ed: User,
    at: datetime,
) -> int:
    """Accept the figures of every past term, with whole returns in this school year and the last.

    Return the number of figures.
    """
    by_period: dict[Period, list[TermFigure]] = defaultdict(list)
    for figure in term_figures(story, calendar.past):
        by_period[figure.period].append(figure)
    rows = []
    for period, figures in by_period.items():
        has_return = period.school_year > calendar.current.school_year - YEARS_WITH_RETURNS
        if has_return:
            figures += _own_figures(story, school, terms[period], period)
        accepted = min(noon(terms[period].due_date + timedelta(days=4), at), at)
        explained: dict[str, Explanation] = {}
        if has_return:
            # The day before the due date, or the day after.
            submitted = accepted - timedelta(days=3 if story.is_late else 5)
            explained = _accepted_return(trust, school, terms[period], figures, headteacher, ed, submitted, accepted)
        rows += [_observation(trust, school, figure, explained, ed, accepted) for figure in figures]
    Observation.objects.bulk_create(rows)
    return len(rows)


def _own_figures(story: SchoolStory, school: School, term: Term, period: Period) -> list[TermFigure]:
    """Return the figures for the trust's own indicators in the return."""
    asked = lines_asked_of(school, on=term.starts_date)
    return [own_figure(story, indicator, period) for indicator in asked if indicator.code not in catalogue_by_code()]


def _observation(
    trust: Trust, school: School, figure: TermFigure, explained: dict[str, Explanation], ed: User, accepted: datetime
) -> Observation:
    explanation = explained.get(figure.indicator.code, NO_EXPLANATION)
    return Observation(
        trust=trust,
        school=school,
        indicator_id=figure.indicator.code,
        school_year=figure.period.school_year,
        season=season_of(figure.period),
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        status=figure.status.value,
        source="return",
        comment=figure.comment,
        **asdict(explanation),
        accepted_by=ed,
        accepted_at=accepted,
    )


def _accepted_return(
    trust: Trust,
    school: School,
    term: Term,
    figures: list[TermFigure],
    headteacher: User,
    ed: User,
    submitted: datetime,
    accepted: datetime,
) -> dict[str, Explanation]:
    """Store a past return with all its lines. Return the explanations of lines off target, by code."""
    kept = keep_definitions(trust_id=trust.pk, indicators=[figure.indicator for figure in figures])
    made = Return.objects.create(
        trust=trust,
        school=school,
        term=term,
        state=Return.State.ACCEPTED,
        submitted_at=submitted,
        submitted_by=headteacher,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            trust=trust,
            school=school,
            termly_return=made,
            indicator_id=figure.indicator.code,
            definition=kept[figure.indicator.code],
            value=figure.value,
            numerator=figure.numerator,
            denominator=figure.denominator,
            missing_reason="" if figure.value is not None else figure.status.value,
            comment=figure.comment,
            version=1,
            saved_by=headteacher,
            saved_at=submitted,
        )
        for figure in figures
    )
    explained = _explain_off_target(school, term)
    LineChange.objects.bulk_create(
        LineChange(
            trust=trust, school=school, line=line, line_version=1, value=line.value, numerator=line.numerator,
            denominator=line.denominator, missing_reason=line.missing_reason, comment=line.comment, what=line.what,
            why=line.why, what_next=line.what_next, changed_by=headteacher, changed_at=submitted,
        )
        for line in made.lines.order_by("pk")
    )  # fmt: skip
    page = return_page(school, term)
    submission = snapshot_of(page) if page else None
    made.lines.update(state=ReturnLine.State.ACCEPTED)
    steps = [
        (ReturnDecision.Step.SUBMITTED, headteacher, submitted, submission),
        (ReturnDecision.Step.ACCEPTED, ed, accepted, None),
    ]
    ReturnDecision.objects.bulk_create(
        ReturnDecision(
            trust=trust,
            school=school,
            termly_return=made,
            step=step,
            snapshot=snapshot,
            decided_by=person,
            decided_at=when,
        )
        for step, person, when, snapshot in steps
    )
    return explained


def _explain_off_target(school: School, term: Term) -> dict[str, Explanation]:
    page = return_page(school, term)
    off_target = page.off_target if page else []
    explained = {row.code: _explanation(row.code, term) for row in off_target}
    for row in off_target:
        line, explanation = row.line, explained[row.code]
        line.what, line.why, line.what_next = explanation.what, explanation.why, explanation.what_next
    ReturnLine.objects.bulk_update([row.line for row in off_target], list(asdict(NO_EXPLANATION)))
    return explained


def _explanation(code: str, term: Term) -> Explanation:
    return explanation_for(code, term.school_year * len(TermOfYear) + term.season)


def open_current(
    school: School,
    story: SchoolStory,
    calendar: StoryCalendar,
    term: Term,
    headteacher: User,
    ed: User,
    at: datetime,
) -> None:
    """Open the current term's return and bring it to the state in its story."""
    known = term_figures(story, [*calendar.past, calendar.current])
    figures = [figure for figure in known if figure.period == calendar.current]
    asked = {indicator.code for indicator in lines_asked_of(school, on=term.starts_date)}
    figures = [figure for figure in figures if figure.indicator.code in asked]
    figures += _own_figures(story, school, term, calendar.current)
    made = returns.open_return(school=school, term=term, indicator_codes=[figure.indicator.code for figure in figures])
    if story.state == "not_started":
        _propose(school, term, figures, headteacher, at)
        return
    lines = {line.indicator_id: line for line in made.lines.order_by("pk")}
    done = figures[:LINES_DONE] if story.state == "in_progress" else figures
    for figure in done:
        entry = _entry(figure, story.state)
        returns.save_line(line=lines[figure.indicator.code], entry=entry, version=0, by=headteacher, at=at)
    if story.state != "in_progress":
        _explain(school, term, headteacher, at)
    if story.state in ("submitted", "sent_back", "accepted"):
        returns.submit_return(termly_return=made, by=headteacher, at=at)
    if story.state == "sent_back":
        back = moderation.LineVerdict(code="STF3", accepted=False, reason=SENT_BACK_BECAUSE)
        moderation.decide_lines(termly_return=made, verdicts=[back], areas=None, by=ed, at=at)
    if story.state == "accepted":
        moderation.accept_return(termly_return=made, by=ed, at=at)


def correct_last(school: School, term: Term, headteacher: User, ed: User, at: datetime) -> None:
    """Correct one figure of an accepted return. The headteacher gives a reason, and the ED accepts the new version."""
    termly_return = Return.objects.get(school=school, term=term)
    corrections.open_correction(
        termly_return=termly_return, codes=["AB1"], reason=CORRECTED_BECAUSE, by=headteacher, at=at
    )
    line = termly_return.lines.get(indicator_id="AB1")
    missed, possible = (line.numerator or 0) - PUPILS_AWAY * SESSIONS_AWAY, line.denominator or Decimal(1)
    value = (Decimal(missed) / possible * 100).quantize(Decimal("0.0001"))
    entry = LineEntry(value=value, numerator=Decimal(missed), denominator=possible, comment=CORRECTED_BECAUSE)
    returns.save_line(line=line, entry=entry, version=line.version, by=headteacher, at=at + timedelta(minutes=4))
    returns.submit_return(termly_return=termly_return, by=headteacher, at=at + timedelta(minutes=6))
    moderation.accept_return(termly_return=termly_return, by=ed, at=at + timedelta(hours=1))


def assign_contributor(trust: Trust, school: School, person: User, headteacher: User, at: datetime) -> None:
    """Give a contributor the finance and staffing lines, as for a school business manager."""
    areas = [Area.FINANCE.value, Area.STAFFING.value]
    assign_lines(trust_id=trust.pk, school=school, user=person, areas=areas, codes=[], by=headteacher, at=at)


def _explain(school: School, term: Term, headteacher: User, at: datetime) -> None:
    """Explain each figure that the page asks about, as a headteacher would."""
    page = return_page(school, term)
    for row in page.unfinished if page else []:
        line = row.line
        comment = "" if row.state is LineState.RED else CHECKED
        explanation = _explanation(row.code, term) if row.is_off_target else NO_EXPLANATION
        entry = LineEntry(
            value=line.value,
            numerator=line.numerator,
            denominator=line.denominator,
            comment=comment,
            **asdict(explanation),
        )
        returns.save_line(line=line, entry=entry, version=line.version, by=headteacher, at=at)


def _propose(school: School, term: Term, figures: list[TermFigure], headteacher: User, at: datetime) -> None:
    """Suggest figures from exports of the school's own systems."""
    for system, codes in EXPORTS.items():
        proposed = [
            ProposedFigure(
                code=figure.indicator.code,
                value=figure.value,
                numerator=figure.numerator,
                denominator=figure.denominator,
            )
            for figure in figures
            if figure.indicator.code in codes and figure.value is not None
        ]
        propose_figures(
            school=school, term=term, figures=proposed, kind=FigureProposal.Kind.IMPORT,
            source=f"{system}, an invented export for this demonstration", by=headteacher, at=at,
        )  # fmt: skip


EXPORTS = {  # 15 of the 24 lines of a primary school.
    "Attendance and behaviour": ("DIS6", "DIS7", "AB1", "AB2", "AB3", "AB6", "AB7"),
    "Finance and staff records": ("FIN1", "FIN4", "FIN11", "STF1", "STF3", "STF4"),
    "Single central record": ("SG2", "SG3"),
    "Register of premises checks": ("HS3",),
}
PUPILS_AWAY, SESSIONS_AWAY = 12, 4
CORRECTED_BECAUSE = "Twelve pupils in Year 5 were on a residential for two days, but the register had them as absent"
CHECKED = "I have checked this with the office and it is correct"
SENT_BACK_BECAUSE = (
    "Staff turnover is only a third of last term's. Did you count leavers in this term only? "
    "Please count all leavers in the last 12 months, so that we can compare terms."
)


def _entry(figure: TermFigure, state: str) -> LineEntry:
    """Return what the school typed.

    The school with the line sent back counted the leavers of one term instead of 12 months. The school with the return
    in progress has an absence figure that the page asks about.
    """
    numerator, denominator = figure.numerator, figure.denominator
    if state == "sent_back" and figure.indicator.code == "STF3" and numerator:
        numerator = Decimal(round(numerator / 3))
    if state == "in_progress" and figure.indicator.code == "AB1" and numerator:
        numerator = numerator * 2
    value = figure.value
    if value is not None and numerator is not None and denominator:
        value = (numerator / denominator * figure.indicator.unit.multiplier).quantize(Decimal("0.0001"))
    return LineEntry(
        value=value,
        numerator=numerator,
        denominator=denominator,
        missing_reason="" if value is not None else figure.status.value,
        comment=figure.comment,
    )


def noon(day: date, like: datetime) -> datetime:
    """Return noon on a day, in the time zone of ``like``."""
    return like.replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0, second=0, microsecond=0)
