"""Show the pages of one school."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.queries.indicators import FIGURE_KINDS, FIGURE_SORTS, figures_table, filtered_figures, indicator_page
from dashboards.queries.line_list import (
    SCHOOL_SORTS,
    ScoreLineFilter,
    filtered_score_lines,
    lines_table,
    score_line_filter_choices,
)
from dashboards.queries.school import lines_off_target, school_page, score_lines_by_area
from dashboards.queries.school_home import school_home_page
from kpis.queries.catalogue import trust_indicators
from kpis.queries.small_numbers import reader_of
from schools.models import School
from schools.permissions import requires_for_school
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def school_home(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show people with a role in a school their school: its return, its indicators and its journey."""
    access = request.access
    page = school_home_page(school, on=timezone.localdate(), access=access, user=request.user)
    context = {
        "trust": trust,
        "school": school,
        "page": page,
        "can_enter": access.can(Permission.ENTER_RETURN, school.pk),
        "can_submit": access.can(Permission.SUBMIT_RETURN, school.pk),
    }
    return render(request, "dashboards/school_home.html", context)


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def school_detail(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show a school's journey, phase, capacity and indicators. Its lines are also a CSV file."""
    page = school_page(school, on=timezone.localdate(), reader=reader_of(request.access))
    given = {name: request.GET[name] for name in ("area", "rating", "sort") if name in request.GET}
    chosen = ScoreLineFilter(**{"sort": ""} | given)
    areas = score_lines_by_area(filtered_score_lines(page.lines, chosen, sorts=SCHOOL_SORTS))
    if request.GET.get("format") == "csv":
        return csv_response(lines_table(row for area in areas for row in area.rows), f"lines-{school.pk}")
    context = {
        "trust": trust,
        "school": school,
        "page": page,
        "areas": areas,
        "chosen": chosen,
        "headings": {heading["name"]: heading for heading in sort_headings(SCHOOL_SORTS, chosen.sort, chosen.query)},
        "choices": score_line_filter_choices(),
        "exceptions": lines_off_target(page.lines)[:5],
        "can_decide": request.access.can(Permission.MODERATE_SCHOOL, school.pk),
        "can_see_board": request.access.can(Permission.VIEW_BOARD),
        "can_see_returns": request.access.can(Permission.VIEW_RETURNS, school.pk),
    }
    return render(request, "dashboards/school_detail.html", context)


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def indicator_detail(request: TrustRequest, trust: Trust, school: School, code: str) -> HttpResponse:
    """Show one indicator of a school over time. Its figures are also a CSV file."""
    known = trust_indicators(on=timezone.localdate())
    indicator = known.get(code)
    if indicator is None or school.phase not in indicator.phases:
        raise Http404("No such indicator for this school")
    page = indicator_page(school, indicator, known, reader_of(request.access))
    kind, sort = request.GET.get("kind", ""), request.GET.get("sort", "-period")
    rows = filtered_figures(page.rows, kind=kind, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(figures_table(school, indicator, rows), f"{code}-{school.pk}")
    context = {
        "trust": trust,
        "school": school,
        "page": page,
        "rows": rows,
        "kind": kind,
        "kinds": FIGURE_KINDS,
        "sort": sort,
        "headings": {heading["name"]: heading for heading in sort_headings(FIGURE_SORTS, sort, {"kind": kind})},
        "can_compare": request.access.can(Permission.VIEW_BOARD)
        or (indicator.headline and request.access.can(Permission.VIEW_HEADLINES)),
    }
    return render(request, "dashboards/indicator_detail.html", context)
