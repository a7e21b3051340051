"""A school's similar schools."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kpis.queries.similar_page import (
    SIMILAR_SCHOOL_SORTS,
    filtered_similar_schools,
    similar_schools_page,
    similar_schools_table,
)
from kpis.rules.similar_schools import similarity_rules
from schools.models import School
from schools.permissions import requires_for_school
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def similar_schools(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show the schools most like a school and their published results, or send them as a CSV file."""
    code, authority, sort = (request.GET.get(name, "") for name in ("measure", "authority", "sort"))
    page = similar_schools_page(school, code=code)
    rows = filtered_similar_schools(page, authority=authority, sort=sort or "distance")
    if request.GET.get("format") == "csv":
        return csv_response(similar_schools_table(page, rows), f"similar-{school.pk}")
    shown = page.chosen.indicator.code if page.chosen else ""
    query = {"measure": shown, "authority": authority}
    headings = {head["name"]: head for head in sort_headings(SIMILAR_SCHOOL_SORTS, sort or "distance", query)}
    context = {
        "trust": trust,
        "school": school,
        "page": page,
        "rows": rows,
        "rules": similarity_rules(),
        "authority": authority,
        "sort": sort or "distance",
        "headings": headings,
        "context_headings": [headings[feature.code] for feature in page.columns],
    }
    return render(request, "kpis/similar_schools.html", context)
