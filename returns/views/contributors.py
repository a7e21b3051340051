"""Let the headteacher choose who fills in which lines."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.catalogue.kinds import Area
from kpis.queries.indicator_set import lines_asked_of
from returns.actions.contributors import assign_lines, set_default_areas
from returns.forms.decisions import AssignmentForm, DefaultAreasForm
from returns.models import ContributorArea
from returns.queries.contributors import CONTRIBUTOR_SORTS, contributor_rows, contributor_table, contributors_of
from schools.models import School
from schools.permissions import requires_for_school
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires_for_school(Permission.ASSIGN_LINES)
def contributor_list(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """List who fills in which lines, and which are left to the headteacher."""
    area, sort = request.GET.get("area", ""), request.GET.get("sort", "name")
    people, asked = (
        contributors_of(trust, school, on=timezone.localdate()),
        lines_asked_of(school, on=timezone.localdate()),
    )
    rows = contributor_rows(people, asked, area=area, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(contributor_table(rows), f"contributors-{school.pk}")
    context = {
        "trust": trust,
        "school": school,
        "people": people,
        "rows": rows,
        "left": [line for line in asked if not any(person.fills_in(line) for person in people)],
        "areas": list(Area),
        "area": area,
        "sort": sort,
        "headings": sort_headings(CONTRIBUTOR_SORTS, sort, {"area": area}),
    }
    return render_page(request, "returns/contributor_list.html", "returns/_contributor_table.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ASSIGN_LINES)
def contributor_lines(request: TrustRequest, trust: Trust, school: School, user_id: int) -> HttpResponse:
    """Choose the areas and lines that a contributor fills in."""
    people = contributors_of(trust, school, on=timezone.localdate())
    person = next((contributor for contributor in people if contributor.user.pk == user_id), None)
    if person is None:
        raise Http404("This school has no such contributor")
    lines = lines_asked_of(school, on=timezone.localdate())
    form = AssignmentForm(person, lines, request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = {"areas": form.cleaned_data["areas"], "codes": form.cleaned_data["codes"]}
        assign_lines(trust_id=trust.pk, school=school, user=person.user, **chosen, by=request.user, at=timezone.now())
        messages.success(request, f"You saved the lines that {person.user.name} fills in")
        return redirect("returns:contributor_list", trust.pk, school.pk)
    context = {"trust": trust, "school": school, "person": person, "form": form}
    return render(request, "returns/contributor_lines.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def default_areas(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Choose the areas that contributors fill in if the headteacher has assigned nothing to them."""
    set_ = list(ContributorArea.objects.select_related("set_by").order_by("area"))
    form = DefaultAreasForm(request.POST if request.method == "POST" else None, now=[default.area for default in set_])
    if form.is_valid():
        set_default_areas(trust_id=trust.pk, areas=form.cleaned_data["areas"], by=request.user, at=timezone.now())
        messages.success(request, "You saved the areas that contributors fill in by default")
        return redirect("kpis:setup", trust.pk)
    named = [(Area(default.area).label, default) for default in set_]
    context = {"trust": trust, "form": form, "named": named}
    return render(request, "returns/default_areas.html", context, status=422 if form.errors else 200)
