"""The trust's calendar: to read, to change, and to roll over into a new school year."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions.calendar import begin_school_year, set_terms
from kpis.forms.calendar import CalendarForm
from kpis.queries.calendar import calendar_table, calendar_years, carried_over
from kpis.rules.calendar import next_year, whole_year
from kpis.rules.terms import Term, label, school_year_on
from trusts.lists import csv_response
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.SET_UP)
def calendar_detail(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show every school year with its terms, its bank holidays and what is odd."""
    years = calendar_years()
    year, odd, sort = (request.GET.get(each, "") for each in ("year", "odd", "sort"))
    shown = [each for each in years if year in ("", str(each.school_year)) and (not odd or each.warnings)]
    shown = shown[::-1] if sort == "oldest" else shown
    if request.GET.get("format") == "csv":
        return csv_response(calendar_table(shown), f"calendar-{trust.pk}")
    following = years[0].school_year + 1 if years else school_year_on(timezone.localdate())
    context = {
        "trust": trust,
        "years": shown,
        "choices": [(str(each.school_year), each.label) for each in years],
        "year": year,
        "odd": odd,
        "sort": sort,
        "following": following,
        "following_label": label(following),
    }
    return render(request, "kpis/calendar_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def calendar_change(request: TrustRequest, trust: Trust, school_year: int) -> HttpResponse:
    """Change the days of a school year that is in the calendar."""
    years = {each.school_year: each for each in calendar_years()}
    if school_year not in years:
        raise Http404("This school year is not in the calendar")
    others = [plan for year in years.values() if year.school_year != school_year for plan in year.plans]
    data = request.POST if request.method == "POST" else None
    form = CalendarForm(school_year, years[school_year].plans, others, data)
    if form.is_valid():
        set_terms(trust_id=trust.pk, plans=form.plans())
        messages.success(request, f"The calendar of {label(school_year)} is saved")
        return redirect("kpis:calendar_detail", trust.pk)
    context = {"trust": trust, "form": form, "label": label(school_year)}
    return render(request, "kpis/calendar_change.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def year_begin(request: TrustRequest, trust: Trust, school_year: int) -> HttpResponse:
    """Show what a new school year would be, and begin it."""
    years = calendar_years()
    if not years or school_year != years[0].school_year + 1:
        messages.info(request, f"{label(school_year)} is in the calendar already, or does not follow it")
        return redirect("kpis:calendar_detail", trust.pk)
    others = [plan for year in years for plan in year.plans]
    data = request.POST if request.method == "POST" else None
    form = CalendarForm(school_year, whole_year(school_year, next_year(years[0].plans)), others, data)
    with_targets = request.access.can(Permission.PROPOSE_TARGETS)
    if form.is_valid():
        count = begin_school_year(
            trust=trust, school_year=school_year, plans=form.plans(), with_targets=with_targets, by=request.user,
            at=timezone.now(),
        )  # fmt: skip
        said = (
            f", and {'1 target waits' if count == 1 else f'{count} targets wait'} for the Board" if with_targets else ""
        )
        messages.success(request, f"{label(school_year)} is in the calendar{said}")
        return redirect("kpis:calendar_detail", trust.pk)
    context = {"trust": trust, "form": form, "label": label(school_year), "before": years[0].label}
    context |= {"carried": carried_over(trust, school_year), "with_targets": with_targets}
    context |= {"lacks_a_term": len(years[0].plans) < len(Term)}
    return render(request, "kpis/year_begin.html", context, status=422 if form.errors else 200)
