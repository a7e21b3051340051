"""The lines that a trust's schools are compared with: reading them, setting them, going back to the standard ones."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from schools.models import School
from schools.rules.terms import school_year_on
from trajectories.actions.references import ProposalDecided, decide_reference, propose_reference
from trajectories.forms.references import ProvenanceForm, ReferenceForm
from trajectories.models import ReferenceProposal
from trajectories.queries.references import own_percentiles, reference_page, reference_table
from trajectories.rules.reference_lines import standard_reference
from trajectories.tasks import recompute_school
from trusts.form_posts import sent_from
from trusts.lists import csv_response
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.queries import second_person
from trusts.two_people import DecisionKind


@require_GET
@requires(Permission.VIEW_BOARD)
def reference_detail(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the lines in force with their sources, and every version that the trust has set."""
    page = reference_page(trust, last_year=_last_year())
    if request.GET.get("format") == "csv":
        return csv_response(reference_table(page), f"reference-{trust.pk}")
    can_propose = request.access.can(Permission.PROPOSE_REFERENCE)
    can_approve = request.access.can(Permission.APPROVE_REFERENCE)
    context = {"trust": trust, "page": page, "can_propose": can_propose, "can_approve": can_approve}
    if page.proposal and can_approve:
        proposers, on = [page.proposal.proposed_by_id], timezone.localdate()
        context["second_person"] = second_person(
            DecisionKind.REFERENCE_LINES, trust, reader=request.user, proposers=proposers, on=on
        )
    return render(request, "trajectories/reference_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROPOSE_REFERENCE)
def reference_set(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Propose lines of the trust's own. They apply once another person has approved them."""
    own, first_year = own_percentiles(trust.pk)
    data = request.POST if request.method == "POST" else None
    form = ReferenceForm(data, standard=standard_reference(), own=own, first_year=first_year, last_year=_last_year())
    if form.is_valid():
        provenance = form.cleaned_data["provenance"]
        propose_reference(trust=trust, lines=form.lines(), provenance=provenance, by=request.user, at=timezone.now())
        return _proposed(request, trust)
    context = {"trust": trust, "form": form, "has_own": bool(own)}
    return render(request, "trajectories/reference_set.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROPOSE_REFERENCE)
def reference_standard(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Propose to go back to the standard lines. The trust's own versions stay in the history."""
    if not own_percentiles(trust.pk)[0]:
        messages.info(request, "The trust already uses the standard lines")
        return redirect("trajectories:reference_detail", trust.pk)
    form = ProvenanceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        propose_reference(trust=trust, lines=[], by=request.user, at=timezone.now(), **form.cleaned_data)
        return _proposed(request, trust)
    context = {"trust": trust, "form": form}
    return render(request, "trajectories/reference_standard.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.APPROVE_REFERENCE)
@sent_from("trajectories:reference_detail", "trust_id")
def reference_decide(request: TrustRequest, trust: Trust, proposal_id: int) -> HttpResponse:
    """Approve the proposed lines and recalculate every school, or decline them."""
    proposal, approve = get_object_or_404(ReferenceProposal, pk=proposal_id), request.POST.get("decision") == "approve"
    try:
        version = decide_reference(proposal=proposal, approve=approve, by=request.user, at=timezone.now())
    except (ProposalDecided, ValueError):
        messages.error(request, "Nothing was changed. The proposed lines were decided on or replaced since.")
        return redirect("trajectories:reference_detail", trust.pk)
    if version is None:
        messages.success(request, "You declined the proposed lines. The lines in force still apply.")
        return redirect("trajectories:reference_detail", trust.pk)
    uses = "its own lines" if version.lines else "the standard lines again"
    return _replaced(request, trust, f"The trust now uses {uses}")


def _proposed(request: TrustRequest, trust: Trust) -> HttpResponse:
    messages.success(request, "The lines are proposed. They apply once another person has approved them.")
    return redirect("trajectories:reference_detail", trust.pk)


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
