"""Read the Executive Director's tasks: returns to accept and chase, changes of status, the next Panel."""

from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.queries.school_positions import SchoolChange, SchoolPosition, school_changes, school_positions
from dashboards.queries.warnings import HomePageWarnings, first_warnings, outlook_rows
from kpis.models import Recomputation
from meetings.models import Panel
from returns.models import Return
from returns.queries.return_list import ReturnRow, returns_of_term
from schools.models import School, Term
from trusts.models import Trust

LOOK_BACK = timedelta(days=90)  # Used before the first Panel.
TERMS_CHASED = 2  # The current term and the one before it.


@dataclass(frozen=True, kw_only=True)
class DeskPage:
    """The content of the Executive Director's page."""

    to_accept: list[ReturnRow]
    to_chase: list[ReturnRow]
    accepted: int
    asked: int  # Returns asked for in the current term.
    term: Term | None
    recomputing: list[School]
    to_confirm: list[SchoolPosition]  # Nobody has decided on the proposed phase, or it has changed since.
    to_decide: list[SchoolPosition]  # The engine does not place them, or its answer has changed since a decision.
    changed: list[SchoolChange]
    since: date
    last_panel: Panel | None
    next_panel: Panel | None
    warnings: HomePageWarnings

    @property
    def needs(self) -> int:
        return len(self.to_accept) + len(self.to_chase)


def desk_page(trust: Trust, *, on: date) -> DeskPage:
    """Return the tasks of the Executive Director of the trust in scope.

    Twenty-three queries, however many schools: the schools, the terms, four for the returns of each of two terms, five
    for phases, journeys and capacity, five for their changes, the outlooks, the recomputations and the Panels.
    """
    schools = list(School.objects.filter(trust=trust).by_name())
    terms = list(Term.objects.filter(starts_date__lte=on).newest_first()[:TERMS_CHASED])
    returns = [submission for term in terms for submission in returns_of_term(trust, term, on=on)]
    current_term = [submission for submission in returns if submission.term == terms[0]]
    panels = list(Panel.objects.order_by("held_date", "pk"))
    last = next((panel for panel in reversed(panels) if panel.held_date < on), None)
    since = last.held_date if last else on - LOOK_BACK
    stale = set(Recomputation.objects.stale().values_list("school_id", flat=True))
    stand = school_positions(schools)
    return DeskPage(
        to_accept=[submission for submission in returns if submission.state == Return.State.SUBMITTED],
        to_chase=_to_chase(returns, terms),
        accepted=sum(submission.state == Return.State.ACCEPTED for submission in current_term),
        asked=sum(not submission.is_exempt for submission in current_term),
        term=terms[0] if terms else None,
        recomputing=[school for school in schools if school.pk in stale],
        to_confirm=[place for place in stand if place.in_force.to_decide],
        to_decide=[place for place in stand if place.placement and place.journey_in_force.to_decide],
        changed=school_changes(schools, since=since),
        since=since,
        last_panel=last,
        next_panel=next((panel for panel in panels if panel.held_date >= on), None),
        warnings=first_warnings(outlook_rows(schools)),
    )


def _to_chase(returns: list[ReturnRow], terms: list[Term]) -> list[ReturnRow]:
    """Return the returns that schools still owe, the most overdue first and those not entered last.

    From the previous term, include only returns that were started: a trust that joins in spring does not owe autumn.
    """
    owed = (Return.State.NOT_STARTED, Return.State.IN_PROGRESS, Return.State.SENT_BACK)
    chased = [
        submission
        for submission in returns
        if submission.state in owed and (submission.term == terms[0] or submission.state != Return.State.NOT_STARTED)
    ]
    return sorted(
        chased,
        key=lambda submission: (
            submission.punctuality.is_not_entered,
            -submission.punctuality.days,
            submission.school.name,
        ),
    )
