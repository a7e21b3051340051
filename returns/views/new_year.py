"""Begin a new school year."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from returns.actions.new_year import begin_school_year
from returns.queries.new_year import carried_over
from schools.forms import CalendarForm
from schools.queries import calendar_years
from schools.rules.calendar import next_year, whole_year
from schools.rules.terms import TermOfYear, school_year_label
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_UP)
def year_begin(request: TrustRequest, trust: Trust, school_year: int) -> HttpResponse:
    """Show what a new school year will have, and begin it."""
    years = calendar_years()
    if not years or school_year != years[0].school_year + 1:
        messages.info(
            request, f"{school_year_label(school_year)} is already in the calendar, or is not the next school year"
        )
        return redirect("schools:calendar_detail", trust.pk)
    others = [plan for year in years for plan in year.plans]
    data = request.POST if request.method == "POST" else None
    form = CalendarForm(school_year, whole_year(school_year, next_year(years[0].plans)), others, data)
    with_targets = request.access.can(Permission.PROPOSE_TARGETS)
    if form.is_valid():
        count = begin_school_year(
            trust=trust, school_year=school_year, plans=form.plans(), with_targets=with_targets, by=request.user,
            at=timezone.now(),
        )  # fmt: skip
        targets = f", and the Board has {count} target{'' if count == 1 else 's'} to decide on" if with_targets else ""
        messages.success(request, f"{school_year_label(school_year)} is in the calendar{targets}")
        return redirect("schools:calendar_detail", trust.pk)
    context = {"trust": trust, "form": form, "label": school_year_label(school_year), "before": years[0].label}
    context |= {"carried": carried_over(trust, school_year), "with_targets": with_targets}
    context |= {"lacks_a_term": len(years[0].plans) < len(TermOfYear)}
    return render(request, "returns/year_begin.html", context, status=422 if form.errors else 200)
