"""Capacity: who gives and who takes in which area, and what schools have and need. Also the trust's map of phases."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from schools.models import School
from schools.permissions import requires_for_school
from trajectories.actions.capacity import record_dimension
from trajectories.forms.dimensions import DimensionForm
from trajectories.queries.capacity import (
    CapacityFilter,
    areas_table,
    capacity_page,
    dimension_rows,
    filtered_school_areas,
    school_area_sorts,
    school_areas,
)
from trajectories.queries.capacity_words import areas_in_words
from trajectories.queries.units import terms_before
from trajectories.rules.areas import areas
from trajectories.rules.capacity import STATUSES
from trajectories.rules.dimensions import dimensions
from trajectories.rules.rubric import standard_rubric
from trajectories.views.phases import work_out_again
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def capacity_detail(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show what a school can give and needs as a whole, in each area and in each dimension, since when and why."""
    context = {
        "trust": trust,
        "school": school,
        "page": capacity_page(school),
        "can_describe": request.access.can(Permission.DESCRIBE_SCHOOL, school.pk),
    }
    return render(request, "trajectories/capacity_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.DESCRIBE_SCHOOL)
def dimension_record(request: TrustRequest, trust: Trust, school: School, dimension: str) -> HttpResponse:
    """Record what the school has and needs in one dimension of capacity."""
    asked = dimensions().get(dimension)
    if asked is None:
        raise Http404("There is no such dimension")
    row = next(row for row in dimension_rows(school) if row.dimension is asked)
    names = ("has_level", "has_text", "needs_level", "needs_text")
    now = {name: getattr(row.record, name) for name in names} if row.record else {}
    form = DimensionForm(request.POST if request.method == "POST" else None, initial=now, dimension=asked)
    if form.is_valid():
        record_dimension(
            trust_id=trust.pk, school=school, dimension=asked.code, by=request.user, at=timezone.now(),
            **form.cleaned_data,
        )  # fmt: skip
        work_out_again(trust, school)
        messages.success(request, f"{asked.name} recorded")
        return redirect("trajectories:capacity_detail", trust.pk, school.pk)
    context = {"trust": trust, "school": school, "row": row, "form": form}
    return render(request, "trajectories/dimension_record.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Permission.VIEW_BOARD)
def capacity_across(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show who gives and who takes in each area across the trust's schools, on a page or as a file."""
    return _across(request, trust, by_phase=False)


@require_GET
@requires(Permission.VIEW_BOARD)
def phases_across(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the phase of each area across the trust's schools (the heat map), on a page or as a file."""
    return _across(request, trust, by_phase=True)


def _across(request: TrustRequest, trust: Trust, *, by_phase: bool) -> HttpResponse:
    names = ("area", "status", "phase", "term", "sort")
    chosen = CapacityFilter(**{name: request.GET[name] for name in names if name in request.GET})
    terms = terms_before(timezone.localdate())
    term = next((earlier for earlier in terms if str(earlier.pk) == chosen.term), None)
    schools = list(School.objects.filter(trust=trust).by_name())
    rows = filtered_school_areas(
        school_areas(schools, until=term.ends_date if term else None), chosen, by_phase=by_phase
    )
    if request.GET.get("format") == "csv":
        return csv_response(areas_table(rows, chosen), f"areas-{trust.pk}")
    headings = {
        heading["name"]: heading
        for heading in sort_headings(school_area_sorts(by_phase=by_phase), chosen.sort, chosen.query)
    }
    context = {
        "trust": trust,
        "rows": rows,
        "chosen": chosen,
        "by_phase": by_phase,
        "terms": terms,
        "term": term,
        "says": areas_in_words(rows, chosen, by_phase=by_phase, is_now=term is None),
        "absent": "Not calculated by then" if term else "Not calculated yet",
        "first_headings": [headings["school"], headings["whole"]],
        "area_headings": [headings[area.code] for area in chosen.areas],
        "areas": list(areas().values()),
        "statuses": STATUSES.items(),
        "phases": standard_rubric().phases,
    }
    return render(request, "trajectories/across.html", context)
