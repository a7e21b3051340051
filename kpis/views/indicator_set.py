"""The list of indicators that returns can ask for, and the page of one indicator."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions.indicator_set import choose_for_school, choose_indicator
from kpis.catalogue.kinds import Area
from kpis.forms.indicator_set import IndicatorChoiceForm, SchoolChoiceForm
from kpis.queries.catalogue import own_versions, trust_indicators_from
from kpis.queries.indicator_set import INDICATOR_SET_SORTS, areas_without_a_line, choices_about, set_rows, set_table
from schools.models import School
from schools.rules.terms import school_year_on
from tables.lists import in_order
from trusts.form_posts import sent_from
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.SET_UP)
def setup(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show links to everything that is set up before a term's returns open."""
    context = {
        "trust": trust,
        "school_year": school_year_on(timezone.localdate()),
        "can_propose": request.access.can(Permission.PROPOSE_TARGETS),
    }
    return render(request, "kpis/setup.html", context)


@require_GET
@requires(Permission.SET_UP)
def set_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List every indicator that a return can ask for, and whether it is asked for now."""
    rows = set_rows(trust, on=timezone.localdate())
    area, asked, defined_by, sort = (request.GET.get(name, "") for name in ("area", "asked", "defined_by", "sort"))
    chosen = [
        row
        for row in rows
        if area in ("", row.indicator.area)
        and asked in ("", "yes" if row.is_asked else "no")
        and defined_by in ("", "trust" if row.is_own else "catalogue")
    ]
    shown = in_order(chosen, INDICATOR_SET_SORTS, sort)
    if request.GET.get("format") == "csv":
        return csv_response(set_table(shown), f"indicators-{trust.pk}")
    context = {
        "trust": trust,
        "rows": shown,
        "total": len(rows),
        "bare": areas_without_a_line(rows),
        "areas": list(Area),
        "area": area,
        "asked": asked,
        "defined_by": defined_by,
        "sort": sort,
        "headings": sort_headings(INDICATOR_SET_SORTS, sort, {"area": area, "asked": asked, "defined_by": defined_by}),
    }
    return render(request, "kpis/set_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def set_indicator(request: TrustRequest, trust: Trust, code: str) -> HttpResponse:
    """Show one indicator with its definition, and choose whether all schools are asked for it."""
    form = IndicatorChoiceForm(on=timezone.localdate(), data=request.POST if request.method == "POST" else None)
    context = _context(trust, code)
    if form.is_valid():
        now = timezone.now()
        on = timezone.localdate(now)
        choose_indicator(trust_id=trust.pk, code=code, by=request.user, at=now, on=on, **form.cleaned_data)
        messages.success(request, f"{context['indicator'].title}: your choice is saved")
        return redirect("kpis:set_indicator", trust.pk, code)
    context |= {"form": form, "school_form": SchoolChoiceForm(context["schools"])}
    return render(request, "kpis/set_indicator.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
@sent_from("kpis:set_indicator", "trust_id", "code")
def set_school(request: TrustRequest, trust: Trust, code: str) -> HttpResponse:
    """Switch an indicator off for one school for a time, or on again."""
    context = _context(trust, code)
    form = SchoolChoiceForm(context["schools"], request.POST)
    if not form.is_valid():
        context |= {"form": IndicatorChoiceForm(on=timezone.localdate()), "school_form": form}
        return render(request, "kpis/set_indicator.html", context, status=422)
    choice = form.cleaned_data | {"school": form.schools[form.cleaned_data["school"]]}
    choose_for_school(trust_id=trust.pk, code=code, by=request.user, at=timezone.now(), **choice)
    messages.success(request, f"{context['indicator'].title} at {choice['school'].name}: your choice is saved")
    return redirect("kpis:set_indicator", trust.pk, code)


def _context(trust: Trust, code: str) -> dict[str, Any]:
    own = own_versions()
    indicator = trust_indicators_from(own, on=timezone.localdate()).get(code)
    if indicator is None or not indicator.in_return:
        raise Http404("No return asks for this indicator")
    schools = [school for school in School.objects.filter(trust=trust).by_name() if indicator.asked_of(school.phase)]
    choices, off = choices_about(trust, code)
    # Newest first. Versions are numbered from the oldest.
    versions = [*enumerate(own.get(code, ()), start=1)][::-1]
    about = {"trust": trust, "indicator": indicator, "versions": versions}
    return about | {"schools": schools, "choices": choices, "off": off}
