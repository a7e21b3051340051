"""Which returns are there, how far they are and whether they were on time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from kpis.models import Recomputation, Return, ReturnDecision, Term
from kpis.rules.due import Punctuality, punctuality
from schools.models import School
from trusts.models import Trust
from trusts.rules import in_order

ANSWERED = Q(lines__unread={}) & (Q(lines__value__isnull=False) | Q(lines__missing_reason__gt=""))
STATE_ORDER = [state for state, _ in Return.State.choices]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One school's return of one term, as a list shows it; also where none was opened yet."""

    school: School
    term: Term
    state: str
    answered: int
    total: int
    first_submitted_at: datetime | None
    punctuality: Punctuality
    is_recomputing: bool  # Accepted, and its results are still being worked out.

    @property
    def label(self) -> str:
        return str(Return.State(self.state).label)

    @property
    def progress(self) -> str:
        if self.state not in (Return.State.IN_PROGRESS, Return.State.SENT_BACK):
            return ""
        return f"{self.answered} of {self.total} lines answered"


Key = Callable[[Submission], Any]
SORTS: dict[str, tuple[str, Key]] = {
    "school": ("School", lambda each: each.school.name),
    "term": ("Term", lambda each: each.term.starts_date),
    "state": ("State", lambda each: STATE_ORDER.index(each.state)),
    "due": ("Due", lambda each: each.term.due_date),
    "submitted": ("First submitted", lambda each: (each.first_submitted_at is not None, each.first_submitted_at)),
    "punctuality": ("On time", lambda each: each.punctuality.days),
}
HEADS = ["School", "URN", "Term", "State", "Lines answered", "Lines", "Due", "First submitted", "On time"]


def submissions_of_school(school: School, *, on: date) -> list[Submission]:
    """Return one school's returns of every term that has begun, newest first. Three queries."""
    terms = list(Term.objects.filter(starts_date__lte=on).newest_first())
    found = {each.term_id: each for each in _counted(Return.objects.filter(school=school))}
    recomputing = _recomputing()
    return [_submission(school, term, found.get(term.pk), recomputing, on=on) for term in terms]


def submissions_of_term(trust: Trust, term: Term, *, on: date) -> list[Submission]:
    """Return every school's return of one term, by school. Three queries."""
    schools = list(School.objects.filter(trust=trust).by_name())
    found = {each.school_id: each for each in _counted(Return.objects.filter(term=term))}
    recomputing = _recomputing()
    return [_submission(school, term, found.get(school.pk), recomputing, on=on) for school in schools]


def term_in_view(terms: list[Term], wanted: str) -> Term | None:
    """Return the term named by its number, else the newest; None when there are no terms. ``terms`` newest first."""
    return next((each for each in terms if str(each.pk) == wanted), terms[0] if terms else None)


def chosen(rows: Iterable[Submission], *, state: str, sort: str) -> list[Submission]:
    """Keep the rows in one state, if one is named, and sort them; a minus sign turns the order round."""
    return in_order((each for each in rows if state in ("", each.state)), SORTS, sort)


def as_table(rows: Iterable[Submission]) -> list[list[object]]:
    """Return the rows as a table with its heads, for a file."""
    return [list(HEADS), *(_cells(each) for each in rows)]


def _cells(each: Submission) -> list[object]:
    submitted = timezone.localtime(each.first_submitted_at) if each.first_submitted_at else None
    return [
        each.school.name,
        each.school.pk,
        str(each.term),
        each.label,
        each.answered,
        each.total,
        each.term.due_date.isoformat(),
        submitted.strftime("%Y-%m-%d %H:%M") if submitted else None,
        each.punctuality.words,
    ]


def _counted(returns: QuerySet[Return]) -> QuerySet[Return]:
    submitted = Q(decisions__step=ReturnDecision.Step.SUBMITTED)
    return returns.annotate(
        answered=Count("lines", filter=ANSWERED, distinct=True),
        total=Count("lines", distinct=True),
        first_submitted_at=Min("decisions__decided_at", filter=submitted),
    ).order_by("pk")


def _recomputing() -> set[int]:
    return set(Recomputation.objects.stale().values_list("school_id", flat=True))


def _submission(school: School, term: Term, found: Any, recomputing: set[int], *, on: date) -> Submission:
    first = found.first_submitted_at if found else None
    state = found.state if found else Return.State.NOT_STARTED
    return Submission(
        school=school,
        term=term,
        state=state,
        answered=found.answered if found else 0,
        total=found.total if found else 0,
        first_submitted_at=first,
        punctuality=punctuality(term.due_date, submitted=timezone.localdate(first) if first else None, on=on),
        is_recomputing=state == Return.State.ACCEPTED and school.pk in recomputing,
    )
