"""The lines that a trust's schools are compared with: reading them, setting them, going back to the standard ones."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from schools.models import School
from schools.rules.terms import school_year_on
from trajectories.actions import replace_reference
from trajectories.forms.references import ProvenanceForm, ReferenceForm
from trajectories.queries.references import own_percentiles, reference_page, reference_table
from trajectories.rules.reference_lines import standard_reference
from trajectories.tasks import recompute_school
from trusts.lists import csv_response
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_BOARD)
def reference_detail(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the lines in force with their sources, and every version that the trust has set."""
    page = reference_page(trust, last_year=_last_year())
    if request.GET.get("format") == "csv":
        return csv_response(reference_table(page), f"reference-{trust.pk}")
    context = {"trust": trust, "page": page, "can_set": request.access.can(Permission.SET_REFERENCE)}
    return render(request, "trajectories/reference_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_REFERENCE)
def reference_set(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Set the trust's own lines as a new version, and recalculate every school."""
    own, first_year = own_percentiles(trust.pk)
    data = request.POST if request.method == "POST" else None
    form = ReferenceForm(data, standard=standard_reference(), own=own, first_year=first_year, last_year=_last_year())
    if form.is_valid():
        provenance = form.cleaned_data["provenance"]
        replace_reference(trust=trust, lines=form.lines(), provenance=provenance, by=request.user, at=timezone.now())
        return _replaced(request, trust, "The trust now uses its own lines")
    context = {"trust": trust, "form": form, "has_own": bool(own)}
    return render(request, "trajectories/reference_set.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SET_REFERENCE)
def reference_standard(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Go back to the standard lines. The trust's own versions stay in the history."""
    if not own_percentiles(trust.pk)[0]:
        messages.info(request, "The trust already uses the standard lines")
        return redirect("trajectories:reference_detail", trust.pk)
    form = ProvenanceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        replace_reference(trust=trust, lines=[], by=request.user, at=timezone.now(), **form.cleaned_data)
        return _replaced(request, trust, "The trust now uses the standard lines again")
    context = {"trust": trust, "form": form}
    return render(request, "trajectories/reference_standard.html", context, status=422 if form.errors else 200)


def _last_year() -> int:
    """Return the newest school year whose results may be out: the one before the current one."""
    return school_year_on(timezone.localdate()) - 1


def _replaced(request: TrustRequest, trust: Trust, outcome: str) -> HttpResponse:
    schools = list(School.objects.filter(trust=trust).values_list("pk", flat=True).order_by("pk"))

    def send() -> None:
        for school_id in schools:
            recompute_school.delay(trust_id=trust.pk, school_id=school_id)

    transaction.on_commit(send, robust=True)
    messages.success(request, f"{outcome}. Sightline is recalculating every school.")
    return redirect("trajectories:reference_detail", trust.pk)
