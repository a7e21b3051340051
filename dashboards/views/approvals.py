"""Let the Board decide on proposed targets. An approved target starts a recomputation, so this is not in kpis."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboards.queries.approvals import (
    APPROVAL_SORTS,
    ApprovalFilter,
    approval_filter_choices,
    approval_rows,
    approval_table,
    filtered_approvals,
)
from kpis.actions.targets import approve_targets, decline_targets
from kpis.forms.targets import DecideTargetsForm
from kpis.queries.small_numbers import reader_of
from trajectories.tasks import recompute_school
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.queries import second_person
from trusts.two_people import DecisionKind, OwnDecision


@require_http_methods(["GET", "POST"])
@requires(Permission.APPROVE_TARGETS)
def target_approvals(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the proposed targets, and approve or decline the chosen ones."""
    chosen = ApprovalFilter(**{name: request.GET[name] for name in ("area", "school", "sort") if name in request.GET})
    all_rows = approval_rows(trust, on=timezone.localdate(), reader=reader_of(request.access))
    rows = filtered_approvals(all_rows, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(approval_table(rows), f"approvals-{trust.pk}")
    form = DecideTargetsForm([row.proposal for row in rows], request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _decide(request, trust, form, chosen)
    ticked = {int(pk) for pk in request.POST.getlist("proposals") if pk.isdecimal()}
    if request.method == "GET" and request.GET.get("choose") == "all":
        ticked = {row.proposal.pk for row in rows if row.proposal.proposed_by_id != request.user.pk}
    own = {row.proposal.proposed_by_id for row in rows} & {request.user.pk}
    second = second_person(DecisionKind.TARGETS, trust, reader=request.user, proposers=own, on=timezone.localdate())
    context = {"trust": trust, "all_rows": all_rows, "rows": rows, "form": form, "ticked": ticked, "chosen": chosen}
    context |= {"second_person": second, "can_decide": any(row.proposal.proposed_by_id not in own for row in rows)}
    context |= {
        "headings": sort_headings(APPROVAL_SORTS, chosen.sort, chosen.query),
        **approval_filter_choices(all_rows),
    }
    return render(request, "dashboards/target_approvals.html", context, status=422 if form.errors else 200)


def _decide(request: TrustRequest, trust: Trust, form: DecideTargetsForm, chosen: ApprovalFilter) -> HttpResponse:
    decided, by, at = form.cleaned_data, request.user, timezone.now()
    shown = {name: value for name, value in (chosen.query | {"sort": chosen.sort}).items() if value}
    back = redirect(reverse("dashboards:target_approvals", args=[trust.pk], query=shown))
    try:
        if decided["decision"] == "decline":
            count = decline_targets(proposals=decided["proposals"], reason=decided["reason"], by=by, at=at)
            messages.success(
                request, f"You declined {count} target{'' if count == 1 else 's'}. The previous targets stay in force."
            )
            return back
        schools = approve_targets(trust_id=trust.pk, proposals=decided["proposals"], by=by, at=at)
    except OwnDecision:
        messages.error(
            request, "Nothing was decided. Another Board member has to decide on the targets that you proposed."
        )
        return back
    for school_id in [school.pk for school in schools]:
        _recompute_on_commit(trust.pk, school_id)
    approved = len(decided["proposals"])
    messages.success(
        request,
        f"You approved {approved} target{'' if approved == 1 else 's'}. The schools’ ratings are being updated.",
    )
    return back


def _recompute_on_commit(trust_id: int, school_id: int) -> None:
    transaction.on_commit(lambda: recompute_school.delay(trust_id=trust_id, school_id=school_id), robust=True)
