"""Propose targets: the list for a year, the grid for an indicator, and the file."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions.targets import ProposedTarget, propose_targets
from kpis.catalogue.kinds import Area
from kpis.forms.targets import TargetFileForm, TargetGridForm
from kpis.queries import targets
from kpis.queries.catalogue import trust_indicators
from kpis.queries.small_numbers import reader_of
from schools.rules.terms import school_year_label
from tables.lists import in_order
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires

YEARS = range(2001, 2100)


@require_GET
@requires(Permission.PROPOSE_TARGETS)
def target_list(request: TrustRequest, trust: Trust, school_year: int) -> HttpResponse:
    """List the indicators with their targets for one school year, or send the targets as a CSV file."""
    year = _year(school_year)
    if request.GET.get("format") == "csv":
        return csv_response(targets.targets_table(trust, year, on=timezone.localdate()), f"targets-{trust.pk}-{year}")
    area, sort = request.GET.get("area", ""), request.GET.get("sort", "")
    rows = [
        row
        for row in targets.target_year_rows(trust, year, on=timezone.localdate())
        if area in ("", row.indicator.area)
    ]
    context = {
        "trust": trust,
        "year": year,
        "label": school_year_label(year),
        "years": [(choice, school_year_label(choice)) for choice in range(year - 1, year + 2)],
        "rows": in_order(rows, targets.TARGET_YEAR_SORTS, sort),
        "areas": list(Area),
        "area": area,
        "sort": sort,
        "headings": sort_headings(targets.TARGET_YEAR_SORTS, sort, {"area": area}),
    }
    return render(request, "kpis/target_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROPOSE_TARGETS)
def target_grid(request: TrustRequest, trust: Trust, school_year: int, code: str) -> HttpResponse:
    """Show every school's target for an indicator with figures of earlier years, and propose the changed targets."""
    year, known = _year(school_year), trust_indicators(on=timezone.localdate())
    if (indicator := known.get(code)) is None:
        raise Http404("No such indicator")
    rows = targets.target_grid(trust, indicator, year, known=known, reader=reader_of(request.access))
    data = request.POST if request.method == "POST" else None
    copy, fill = "copy" in request.GET, request.GET.get("fill", "")[:40]
    form = TargetGridForm(indicator, rows, data, copy=copy, fill=fill)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        proposed = [
            ProposedTarget(school=line.row.school, code=code, school_year=year, target=line.typed, reason=reason)
            for line in form.changed
            if line.typed
        ]
        return _propose(request, trust, proposed, redirect("kpis:target_grid", trust.pk, year, code))
    context = {
        "trust": trust,
        "indicator": indicator,
        "year": year,
        "label": school_year_label(year),
        "form": form,
        "fill": fill,
    }
    context |= {"before": school_year_label(year - 1), "proposals": targets.decided_proposals(indicator, year)}
    return render(request, "kpis/target_grid.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROPOSE_TARGETS)
def target_file(request: TrustRequest, trust: Trust, school_year: int) -> HttpResponse:
    """Read a file of targets, show what it would change, and propose the changes when they are confirmed."""
    year = _year(school_year)
    confirmed = request.POST.get("text", "")
    form = TargetFileForm(request.POST or None, request.FILES or None)
    context = {"trust": trust, "year": year, "label": school_year_label(year), "form": form}
    if not confirmed and not (request.method == "POST" and form.is_valid()):
        return render(request, "kpis/target_file.html", context, status=422 if form.errors else 200)
    text = confirmed or form.cleaned_data["file"]
    file = targets.check_target_file(trust, text, year, on=timezone.localdate())
    if not confirmed or not file.changes:
        context |= {"faults": file.faults, "changes": file.changes, "text": text, "unchanged": file.unchanged}
        return render(request, "kpis/target_check.html", context, status=422 if file.faults else 200)
    proposed = [
        ProposedTarget(
            school=change.school,
            code=change.row.code,
            school_year=year,
            target=change.row.target,
            reason=change.row.reason,
        )
        for change in file.changes
    ]
    return _propose(request, trust, proposed, redirect("kpis:target_list", trust.pk, year))


def _propose(
    request: TrustRequest, trust: Trust, proposed: Sequence[ProposedTarget], then: HttpResponse
) -> HttpResponse:
    propose_targets(trust_id=trust.pk, proposed=proposed, by=request.user, at=timezone.now())
    count = "1 target" if len(proposed) == 1 else f"{len(proposed)} targets"
    messages.success(request, f"{count} proposed. Until the Board approves, the previous targets apply.")
    return then


def _year(school_year: int) -> int:
    if school_year not in YEARS:
        raise Http404("No such school year")
    return school_year
