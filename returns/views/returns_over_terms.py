"""Show over several terms whether returns were on time and complete."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from returns.queries.returns_over_terms import (
    SCHOOL_RETURNS_SORTS,
    read_returns_over_terms,
    school_returns_table,
    term_returns_table,
)
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_DESK)
def returns_over_terms(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show both measures by term, and every school's returns."""
    phase, sort = request.GET.get("phase", ""), request.GET.get("sort", "school")
    page = read_returns_over_terms(trust, on=timezone.localdate())
    rows = page.chosen(phase=phase, sort=sort)
    file_format = request.GET.get("format")
    if file_format == "csv":
        return csv_response(school_returns_table(rows), f"returns-by-school-and-term-{trust.pk}")
    if file_format == "terms.csv":
        return csv_response(term_returns_table(page.terms), f"returns-by-term-{trust.pk}")
    context = {"trust": trust, "page": page, "rows": rows, "phase": phase, "sort": sort}
    context |= {"headings": sort_headings(SCHOOL_RETURNS_SORTS, sort, {"phase": phase})}
    if not page.terms:
        return render(request, "returns/returns_over_terms.html", context)
    return render_page(request, "returns/returns_over_terms.html", "returns/_returns_over_terms_table.html", context)
