"""List returns with their progress, and count which were on time and complete."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from kpis.models import Recomputation
from published.dfe.value_statuses import ValueStatus
from returns.models import Return, ReturnDecision
from returns.queries.allowances import NO_ALLOWANCES, AllowancesInForce, allowances
from returns.rules.punctuality import Punctuality, punctuality_of
from schools.models import School, Term
from tables.lists import in_order
from trusts.models import Trust

ANSWERED = Q(lines__unread={}) & (Q(lines__value__isnull=False) | Q(lines__missing_reason__gt=""))
# A line gives what was asked for if it has a figure, or if no figure is possible.
GIVEN = Q(lines__unread={}) & (
    Q(lines__value__isnull=False)
    | Q(lines__missing_reason__in=[ValueStatus.NOT_APPLICABLE.value, ValueStatus.TOO_FEW_PUPILS.value])
)
EXEMPT = "exempt"
RETURN_STATES = [*Return.State.choices, (EXEMPT, "Exempt")]  # The states of a return in a list.
RETURN_STATE_ORDER = [state for state, _ in RETURN_STATES]


@dataclass(frozen=True, kw_only=True)
class ReturnRow:
    """A school's return for a term, as a list shows it, even if it was not opened yet."""

    school: School
    term: Term
    state: str
    answered: int
    open: int  # Lines that the school can change.
    given: int  # Lines with a figure, or where no figure is possible.
    total: int
    due: date
    allowed: AllowancesInForce
    first_submitted_at: datetime | None
    punctuality: Punctuality
    is_recomputing: bool  # Accepted, but its results are still being calculated.

    @property
    def label(self) -> str:
        return str(dict(RETURN_STATES)[self.state])

    @property
    def progress(self) -> str:
        if self.state in (Return.State.SENT_BACK, Return.State.CORRECTING):
            return f"{self.open} of {self.total} lines with the school"
        return f"{self.answered} of {self.total} lines answered" if self.state == Return.State.IN_PROGRESS else ""

    @property
    def is_exempt(self) -> bool:
        return self.state == EXEMPT

    @property
    def was_submitted(self) -> bool:
        return self.first_submitted_at is not None

    @property
    def is_on_time(self) -> bool:
        return self.was_submitted and not self.punctuality.is_late

    @property
    def is_complete(self) -> bool:
        """Return whether the school gave every line that was asked for, on time or not."""
        return self.was_submitted and 0 < self.total == self.given

    @property
    def completeness(self) -> str:
        """Write how many of the lines the school gave; empty before the first submission."""
        if not self.was_submitted or self.is_exempt:
            return ""
        return f"All {self.total} lines" if self.is_complete else f"{self.given} of {self.total} lines"


@dataclass(frozen=True, kw_only=True)
class OnTimeAndComplete:
    """How many of the returns that were asked for are on time, and how many are complete."""

    asked: int
    counted: int  # Submitted or past their due date: the total for on time and complete.
    submitted: int
    on_time: int
    complete: int
    extended: int  # Asked for, with a later due date.
    exempt: int

    @property
    def not_due(self) -> int:
        """Return how many are neither submitted nor due yet."""
        return self.asked - self.counted


Key = Callable[[ReturnRow], Any]
RETURN_SORTS: dict[str, tuple[str, Key]] = {
    "school": ("School", lambda row: row.school.name),
    "term": ("Term", lambda row: row.term.starts_date),
    "state": ("State", lambda row: RETURN_STATE_ORDER.index(row.state)),
    "due": ("Due", lambda row: row.due),
    "submitted": ("First submitted", lambda row: (row.first_submitted_at is not None, row.first_submitted_at)),
    "punctuality": ("On time", lambda row: row.punctuality.days),
    "complete": ("Complete", lambda row: row.given / row.total if row.was_submitted and row.total else -1),
}
RETURN_HEADINGS = [
    "School", "URN", "Term", "State", "Lines answered", "Lines", "Due", "First submitted", "On time", "Complete",
    "Lines given", "Why exempt or extended",
]  # fmt: skip


def returns_of_school(school: School, *, on: date) -> list[ReturnRow]:
    """Return a school's returns for every term that has begun, newest first. Four queries."""
    terms = list(Term.objects.filter(starts_date__lte=on).newest_first())
    found = {termly_return.term_id: termly_return for termly_return in _counted(Return.objects.filter(school=school))}
    recomputing, allowed = _recomputing(), allowances(terms)
    return [
        _submission(
            school, term, found.get(term.pk), recomputing, allowed.get((school.pk, term.pk), NO_ALLOWANCES), on=on
        )
        for term in terms
    ]


def returns_of_term(trust: Trust, term: Term, *, on: date) -> list[ReturnRow]:
    """Return every school's return for a term, by school. Four queries."""
    return returns_of_terms(trust, [term], on=on)[term.pk]


def returns_of_terms(trust: Trust, terms: Sequence[Term], *, on: date) -> dict[int, list[ReturnRow]]:
    """Return every school's return for each term, by term and then by school. Four queries."""
    schools = list(School.objects.filter(trust=trust).by_name())
    found = {
        (termly_return.school_id, termly_return.term_id): termly_return
        for termly_return in _counted(Return.objects.filter(term__in=terms))
    }
    recomputing, allowed = _recomputing(), allowances(terms)
    return {
        term.pk: [
            _submission(school, term, found.get(key), recomputing, allowed.get(key, NO_ALLOWANCES), on=on)
            for school in schools
            for key in [(school.pk, term.pk)]
        ]
        for term in terms
    }


def on_time_and_complete(rows: Iterable[ReturnRow]) -> OnTimeAndComplete:
    """Count the returns that are on time and complete."""
    all_rows = list(rows)
    asked = [row for row in all_rows if not row.is_exempt]
    return OnTimeAndComplete(
        asked=len(asked),
        counted=sum(row.was_submitted or row.punctuality.days > 0 for row in asked),
        submitted=sum(row.was_submitted for row in asked),
        on_time=sum(row.is_on_time for row in asked),
        complete=sum(row.is_complete for row in asked),
        extended=sum(row.allowed.extension is not None for row in asked),
        exempt=len(all_rows) - len(asked),
    )


def filtered_returns(rows: Iterable[ReturnRow], *, state: str, sort: str) -> list[ReturnRow]:
    """Return the rows in a state, or all rows if it is empty, sorted. A minus sign reverses the order.

    Sorted by how late they are, returns that were not entered come last in both directions.
    """
    found = in_order((row for row in rows if state in ("", row.state)), RETURN_SORTS, sort)
    is_by_lateness = sort.removeprefix("-") == "punctuality"
    return sorted(found, key=lambda row: row.punctuality.is_not_entered) if is_by_lateness else found


def returns_table(rows: Iterable[ReturnRow]) -> list[list[object]]:
    """Return the rows as a table with column headings, for a file."""
    return [list(RETURN_HEADINGS), *(_cells(row) for row in rows)]


def _cells(row: ReturnRow) -> list[object]:
    submitted = timezone.localtime(row.first_submitted_at) if row.first_submitted_at else None
    return [
        row.school.name,
        row.school.pk,
        str(row.term),
        row.label,
        row.answered,
        row.total,
        row.due.isoformat(),
        submitted.strftime("%Y-%m-%d %H:%M") if submitted else None,
        row.punctuality.words,
        row.completeness or None,
        row.given if row.was_submitted else None,
        "; ".join(one.reason for one in (row.allowed.exemption, row.allowed.extension) if one),
    ]


def _counted(returns: QuerySet[Return]) -> QuerySet[Return]:
    submitted = Q(decisions__step=ReturnDecision.Step.SUBMITTED)
    return returns.annotate(
        answered=Count("lines", filter=ANSWERED, distinct=True),
        given=Count("lines", filter=GIVEN, distinct=True),
        open=Count("lines", filter=Q(lines__state__in=["open", "sent_back"]), distinct=True),
        total=Count("lines", distinct=True),
        first_submitted_at=Min("decisions__decided_at", filter=submitted),
    ).order_by("pk")


def _recomputing() -> set[int]:
    return set(Recomputation.objects.stale().values_list("school_id", flat=True))


def _submission(
    school: School, term: Term, found: Any, recomputing: set[int], allowed: AllowancesInForce, *, on: date
) -> ReturnRow:
    first = found.first_submitted_at if found else None
    state = found.state if found else Return.State.NOT_STARTED
    due = allowed.due(term)
    how = punctuality_of(
        due, submitted=timezone.localdate(first) if first else None, on=on, is_opened=found is not None
    )
    if allowed.exemption and first is None:
        state, how = EXEMPT, Punctuality(words="Not asked for", is_late=False, days=0)
    return ReturnRow(
        school=school,
        term=term,
        state=state,
        answered=found.answered if found else 0,
        given=found.given if found else 0,
        open=found.open if found else 0,
        total=found.total if found else 0,
        due=due,
        allowed=allowed,
        first_submitted_at=first,
        punctuality=how,
        is_recomputing=state == Return.State.ACCEPTED and school.pk in recomputing,
    )
