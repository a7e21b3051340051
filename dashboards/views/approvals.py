"""What waits for the Board's approval. It is here because an approved target starts a recomputation."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboards.queries.approvals import SORTS, approval_rows, approval_table
from kpis.actions.targets import OwnProposal, approve_targets, decline_targets
from kpis.forms.targets import DecideTargetsForm
from trajectories.tasks import recompute_school
from trusts.lists import csv_response, sort_heads
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.rules import in_order


@require_http_methods(["GET", "POST"])
@requires(Permission.APPROVE_TARGETS)
def target_approvals(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the targets that wait for the Board, and approve or decline those that are chosen."""
    sort = request.GET.get("sort", "")
    rows = in_order(approval_rows(trust), SORTS, sort)
    if request.GET.get("format") == "csv":
        return csv_response(approval_table(rows), f"approvals-{trust.pk}")
    form = DecideTargetsForm([row.proposal for row in rows], request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _decide(request, trust, form)
    ticked = {int(pk) for pk in request.POST.getlist("proposals") if pk.isdecimal()}
    context = {"trust": trust, "rows": rows, "form": form, "ticked": ticked, "sort": sort}
    context |= {"heads": sort_heads(SORTS, sort, {})}
    return render(request, "dashboards/target_approvals.html", context, status=422 if form.errors else 200)


def _decide(request: TrustRequest, trust: Trust, form: DecideTargetsForm) -> HttpResponse:
    said, by, at = form.cleaned_data, request.user, timezone.now()
    back = redirect("dashboards:target_approvals", trust.pk)
    try:
        if said["decision"] == "decline":
            count = decline_targets(proposals=said["proposals"], reason=said["reason"], by=by, at=at)
            messages.success(request, f"{count} declined with your reason. The targets before them stay.")
            return back
        schools = approve_targets(trust_id=trust.pk, proposals=said["proposals"], by=by, at=at)
    except OwnProposal:
        messages.error(request, "Nothing was decided: another member of the Board decides on what you proposed")
        return back
    for school_id in [each.pk for each in schools]:
        _recompute_on_commit(trust.pk, school_id)
    messages.success(request, f"{len(said['proposals'])} approved. The schools’ ratings are being worked out again.")
    return back


def _recompute_on_commit(trust_id: int, school_id: int) -> None:
    transaction.on_commit(lambda: recompute_school.delay(trust_id=trust_id, school_id=school_id), robust=True)
