"""What needs the Executive Director: returns to accept and to chase, changes of status, the next Panel."""

from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.queries.places import Change, Place, changes, places
from dashboards.queries.warnings import FirstWarnings, first_warnings, outlook_rows
from kpis.models import Recomputation
from meetings.models import Panel
from returns.models import Return
from returns.queries.submissions import Submission, submissions_of_term
from schools.models import School, Term
from trusts.models import Trust

LOOK_BACK = timedelta(days=90)  # Where no Panel has been held yet.
TERMS_CHASED = 2  # The current term and the one before it.


@dataclass(frozen=True, kw_only=True)
class DeskPage:
    """All that the Executive Director's page shows."""

    to_accept: list[Submission]
    to_chase: list[Submission]
    accepted: int
    asked: int  # Returns of the current term.
    term: Term | None
    recomputing: list[School]
    to_confirm: list[Place]  # A phase is proposed that nobody has decided on, or it has changed since.
    to_decide: list[Place]  # The engine does not place them, or answers otherwise since a person decided.
    changed: list[Change]
    since: date
    last_panel: Panel | None
    next_panel: Panel | None
    warnings: FirstWarnings

    @property
    def needs(self) -> int:
        return len(self.to_accept) + len(self.to_chase)


def desk_page(trust: Trust, *, on: date) -> DeskPage:
    """Return what needs the Executive Director of the trust in scope.

    Twenty-three queries, whatever the number of schools: the schools, the terms, four of returns for each of two terms,
    five of where schools stand, five of their changes, what is expected of them, the recomputations and the Panels.
    """
    schools = list(School.objects.filter(trust=trust).by_name())
    terms = list(Term.objects.filter(starts_date__lte=on).newest_first()[:TERMS_CHASED])
    returns = [each for term in terms for each in submissions_of_term(trust, term, on=on)]
    current_term = [each for each in returns if each.term == terms[0]]
    panels = list(Panel.objects.order_by("held_date", "pk"))
    last = next((each for each in reversed(panels) if each.held_date < on), None)
    since = last.held_date if last else on - LOOK_BACK
    stale = set(Recomputation.objects.stale().values_list("school_id", flat=True))
    stand = places(schools)
    return DeskPage(
        to_accept=[each for each in returns if each.state == Return.State.SUBMITTED],
        to_chase=_to_chase(returns, terms),
        accepted=sum(each.state == Return.State.ACCEPTED for each in current_term),
        asked=sum(not each.is_exempt for each in current_term),
        term=terms[0] if terms else None,
        recomputing=[school for school in schools if school.pk in stale],
        to_confirm=[place for place in stand if place.in_force.to_decide],
        to_decide=[place for place in stand if place.placement and place.journey_in_force.to_decide],
        changed=changes(schools, since=since),
        since=since,
        last_panel=last,
        next_panel=next((each for each in panels if each.held_date >= on), None),
        warnings=first_warnings(outlook_rows(schools)),
    )


def _to_chase(returns: list[Submission], terms: list[Term]) -> list[Submission]:
    """Return the returns that schools still owe, the latest first.

    Of the term before, only those that were begun: a trust that starts in spring is not asked for autumn.
    """
    owed = (Return.State.NOT_STARTED, Return.State.IN_PROGRESS, Return.State.SENT_BACK)
    chased = [
        each
        for each in returns
        if each.state in owed and (each.term == terms[0] or each.state != Return.State.NOT_STARTED)
    ]
    return sorted(chased, key=lambda each: (-each.punctuality.days, each.school.name))
