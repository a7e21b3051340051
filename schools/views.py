"""Show and change the trust's calendar."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from schools.actions.calendar import set_terms
from schools.forms import CalendarForm
from schools.queries import calendar_table, calendar_years
from schools.rules.terms import TermOfYear, school_year_label, school_year_on
from trusts.lists import csv_response
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.SET_UP)
def calendar_detail(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show every school year with its terms, bank holidays and warnings."""
    years = calendar_years()
    year, odd, sort = (request.GET.get(name, "") for name in ("year", "odd", "sort"))
    shown = [row for row in years if year in ("", str(row.school_year)) and (not odd or row.warnings)]
    shown = shown[::-1] if sort == "oldest" else shown
    if request.GET.get("format") == "csv":
        return csv_response(calendar_table(shown), f"calendar-{trust.pk}")
    following = years[0].school_year + 1 if years else school_year_on(timezone.localdate())
    context = {
        "trust": trust,
        "years": shown,
        "choices": [(str(row.school_year), row.label) for row in years],
        "year": year,
        "odd": odd,
        "sort": sort,
        "following": following,
        "following_label": school_year_label(following),
    }
    return render(request, "schools/calendar_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def calendar_change(request: TrustRequest, trust: Trust, school_year: int) -> HttpResponse:
    """Change the days of a school year in the calendar."""
    years = {row.school_year: row for row in calendar_years()}
    if school_year not in years:
        raise Http404("This school year is not in the calendar")
    others = [plan for year in years.values() if year.school_year != school_year for plan in year.plans]
    data = request.POST if request.method == "POST" else None
    plans = years[school_year].plans
    form = CalendarForm(school_year, plans, others, data, in_calendar=[plan.period.term for plan in plans])
    if form.is_valid():
        set_terms(trust_id=trust.pk, plans=form.plans())
        messages.success(request, f"You saved the calendar for {school_year_label(school_year)}")
        return redirect("schools:calendar_detail", trust.pk)
    context = {"trust": trust, "form": form, "label": school_year_label(school_year)}
    context["can_add"] = len(plans) < len(TermOfYear)
    return render(request, "schools/calendar_change.html", context, status=422 if form.errors else 200)
