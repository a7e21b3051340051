"""What waits for the Board's approval. It is here because an approved target starts a recomputation."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboards.queries.approvals import (
    SORTS,
    ApprovalsWanted,
    approval_rows,
    approval_table,
    choices_among,
    chosen_approvals,
)
from kpis.actions.targets import OwnProposal, approve_targets, decline_targets
from kpis.forms.targets import DecideTargetsForm
from trajectories.tasks import recompute_school
from trusts.lists import csv_response, sort_heads
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_http_methods(["GET", "POST"])
@requires(Permission.APPROVE_TARGETS)
def target_approvals(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the targets that wait for the Board, and approve or decline those that are chosen."""
    wanted = ApprovalsWanted(**{name: request.GET[name] for name in ("area", "school", "sort") if name in request.GET})
    every = approval_rows(trust, on=timezone.localdate())
    rows = chosen_approvals(every, wanted)
    if request.GET.get("format") == "csv":
        return csv_response(approval_table(rows), f"approvals-{trust.pk}")
    form = DecideTargetsForm([row.proposal for row in rows], request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _decide(request, trust, form, wanted)
    ticked = {int(pk) for pk in request.POST.getlist("proposals") if pk.isdecimal()}
    if request.method == "GET" and request.GET.get("choose") == "all":
        ticked = {row.proposal.pk for row in rows}
    context = {"trust": trust, "every": every, "rows": rows, "form": form, "ticked": ticked, "wanted": wanted}
    context |= {"heads": sort_heads(SORTS, wanted.sort, wanted.query), **choices_among(every)}
    return render(request, "dashboards/target_approvals.html", context, status=422 if form.errors else 200)


def _decide(request: TrustRequest, trust: Trust, form: DecideTargetsForm, wanted: ApprovalsWanted) -> HttpResponse:
    said, by, at = form.cleaned_data, request.user, timezone.now()
    shown = {name: value for name, value in (wanted.query | {"sort": wanted.sort}).items() if value}
    back = redirect(reverse("dashboards:target_approvals", args=[trust.pk], query=shown))
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
