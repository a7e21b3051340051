"""Read the trust's returns over terms: on time, complete, and every school's state in each term."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kpis.charts.chart_values import Chart
from kpis.charts.shares_over_terms import ShareLine, SharesOverTerms, shares_chart
from returns.models import Return
from returns.queries.return_list import (
    OnTimeAndComplete,
    ReturnRow,
    on_time_and_complete,
    returns_of_terms,
    returns_table,
)
from schools.models import School, Term
from schools.queries import period_of
from tables.lists import in_order
from trusts.models import Trust

SHOWN = 6  # Terms: two school years.
TERM_HEADINGS = [
    "Term",
    "Asked",
    "Submitted or due",
    "On time",
    "Complete",
    "Not due yet",
    "Given more time",
    "Exempt",
]


@dataclass(frozen=True, kw_only=True)
class TermReturnsRow:
    """A term with its measures."""

    term: Term
    measures: OnTimeAndComplete


@dataclass(frozen=True, kw_only=True)
class SchoolReturnsRow:
    """A school's returns, newest term first, with its measures over these terms."""

    school: School
    returns: tuple[ReturnRow, ...]
    measures: OnTimeAndComplete


SCHOOL_RETURNS_SORTS: dict[str, tuple[str, Callable[[SchoolReturnsRow], Any]]] = {
    "school": ("School", lambda row: row.school.name.casefold()),
    "on_time": ("On time", lambda row: (_share(row.measures.on_time, row.measures.counted), row.measures.counted)),
    "complete": ("Complete", lambda row: (_share(row.measures.complete, row.measures.counted), row.measures.counted)),
}


@dataclass(frozen=True, kw_only=True)
class ReturnsOverTerms:
    """The newest terms with returns, every school's returns in them, and the chart."""

    terms: tuple[TermReturnsRow, ...]  # Newest first.
    schools: tuple[SchoolReturnsRow, ...]
    chart: Chart | None

    def chosen(self, *, phase: str, sort: str) -> list[SchoolReturnsRow]:
        """Return the schools in a phase of education, or all schools if it is empty, sorted."""
        return in_order((row for row in self.schools if phase in ("", row.school.phase)), SCHOOL_RETURNS_SORTS, sort)

    @property
    def phases(self) -> list[tuple[str, str]]:
        """Return the phases of education of the trust's schools: code and label."""
        return sorted({(row.school.phase, row.school.get_phase_display()) for row in self.schools})


def read_returns_over_terms(trust: Trust, *, on: date) -> ReturnsOverTerms:
    """Return the returns of the newest terms. Six queries.

    Terms without a return are left out, except the current term: a trust that started in spring had no autumn returns.
    """
    opened = set(Return.objects.order_by().values_list("term_id", flat=True).distinct())
    begun = list(Term.objects.filter(starts_date__lte=on).newest_first())
    terms = [term for place, term in enumerate(begun) if place == 0 or term.pk in opened][:SHOWN]
    found = returns_of_terms(trust, terms, on=on)
    rows = tuple(TermReturnsRow(term=term, measures=on_time_and_complete(found[term.pk])) for term in terms)
    by_school: dict[int, list[ReturnRow]] = {}
    for term in terms:
        for return_row in found[term.pk]:
            by_school.setdefault(return_row.school.pk, []).append(return_row)
    schools = tuple(
        SchoolReturnsRow(school=returns[0].school, returns=tuple(returns), measures=on_time_and_complete(returns))
        for returns in by_school.values()
    )
    return ReturnsOverTerms(terms=rows, schools=schools, chart=_chart(rows) if schools and rows else None)


def term_returns_table(rows: Iterable[TermReturnsRow]) -> list[list[object]]:
    """Return the terms and their measures as a table with column headings, for a file."""
    table: list[list[object]] = [list(TERM_HEADINGS)]
    for row in rows:
        found = row.measures
        counts = [found.asked, found.counted, found.on_time, found.complete, found.not_due, found.extended]
        table.append([str(row.term), *counts, found.exempt])
    return table


def school_returns_table(rows: Iterable[SchoolReturnsRow]) -> list[list[object]]:
    """Return every school's return for every term as a table with column headings, for a file."""
    return returns_table(return_row for row in rows for return_row in row.returns)


def _share(count: int, total: int) -> float:
    return count / total if total else -1.0


def _chart(rows: Sequence[TermReturnsRow]) -> Chart:
    oldest_first = list(reversed(rows))
    found = [row.measures for row in oldest_first]
    shares = SharesOverTerms(
        title="Returns on time and complete",
        counted="returns",
        periods=tuple(period_of(row.term.school_year, row.term.season) for row in oldest_first),
        lines=(
            ShareLine(name="On time", counts=tuple((measures.on_time, measures.counted) for measures in found)),
            ShareLine(name="Complete", counts=tuple((measures.complete, measures.counted) for measures in found)),
        ),
    )
    return shares_chart(shares, element_id="over-terms")
