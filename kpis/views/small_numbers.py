"""Show who sees figures about few people, and let the Board change it: one person proposes, another approves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions.small_numbers import RulesDecided, decide_small_numbers, propose_small_numbers
from kpis.forms.small_numbers import SmallNumbersForm
from kpis.models import SmallNumberProposal
from kpis.queries.small_numbers import rules_in_force, small_numbers_page
from trusts.form_posts import sent_from
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.queries import second_person
from trusts.two_people import DecisionKind


@require_GET
@requires(Permission.VIEW_HEADLINES)
def small_numbers(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the rules in force in words, proposed rules, and the Board's decisions."""
    page, can_approve = small_numbers_page(), request.access.can(Permission.APPROVE_SMALL_NUMBERS)
    context = {"trust": trust, "page": page, "can_approve": can_approve}
    context["can_propose"] = request.access.can(Permission.PROPOSE_SMALL_NUMBERS)
    if page.proposal and can_approve:
        proposers, on = [page.proposal.proposed_by_id], timezone.localdate()
        context["second_person"] = second_person(
            DecisionKind.SMALL_NUMBERS, trust, reader=request.user, proposers=proposers, on=on
        )
    return render(request, "kpis/small_numbers.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROPOSE_SMALL_NUMBERS)
def small_numbers_change(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Propose rules that the Board decided on. They apply once another person has approved them."""
    now = timezone.now()
    today = timezone.localdate(now)
    form = SmallNumbersForm(now=rules_in_force(), on=today, data=request.POST if request.method == "POST" else None)
    if form.is_valid():
        propose_small_numbers(
            trust=trust,
            rules=form.rules,
            decided_on=form.cleaned_data["decided_on"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=now,
            on=today,
        )
        messages.success(request, "The rules are proposed. They apply once another person has approved them.")
        return redirect("kpis:small_numbers", trust.pk)
    return render(
        request, "kpis/small_numbers_change.html", {"trust": trust, "form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.APPROVE_SMALL_NUMBERS)
@sent_from("kpis:small_numbers", "trust_id")
def small_numbers_decide(request: TrustRequest, trust: Trust, proposal_id: int) -> HttpResponse:
    """Approve the proposed rules, which then apply at once, or decline them."""
    now = timezone.now()
    proposal = get_object_or_404(SmallNumberProposal, pk=proposal_id)
    decision = request.POST.get("decision")
    if decision not in ("approve", "decline"):
        messages.error(request, "Nothing was changed. Choose whether to approve or decline the proposed rules.")
        return redirect("kpis:small_numbers", trust.pk)
    approve = decision == "approve"
    try:
        decide_small_numbers(proposal=proposal, approve=approve, by=request.user, at=now, on=timezone.localdate(now))
    except RulesDecided:
        messages.error(request, "Nothing was changed. The proposed rules were decided on or replaced since.")
        return redirect("kpis:small_numbers", trust.pk)
    if approve:
        messages.success(request, "The new rules apply. Sightline is recalculating every school.")
    else:
        messages.success(request, "You declined the proposed rules. The rules in force still apply.")
    return redirect("kpis:small_numbers", trust.pk)
