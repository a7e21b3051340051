"""Open a correction of an accepted return, and withdraw it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from returns.actions.corrections import ReturnNotAccepted, open_correction, withdraw_correction
from returns.actions.returns import LineNotOpen
from returns.forms.decisions import CorrectionForm
from returns.tasks import send_decision
from returns.views.opened_return import opened_return
from schools.models import School
from schools.permissions import requires_for_school
from trusts.form_posts import sent_from
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.CORRECT_RETURN)
def correction_open(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Ask which lines to correct and why, and open them to the school."""
    page = opened_return(school, term_id)
    form = CorrectionForm(page, request.POST if request.method == "POST" else None)
    termly_return = page.termly_return
    if not form.is_valid():
        context = {"trust": trust, "school": school, "term": termly_return.term, "page": page, "form": form}
        return render(request, "returns/correction_open.html", context, status=422 if form.errors else 200)
    codes, reason = form.cleaned_data["lines"], form.cleaned_data["reason"]
    try:
        step = open_correction(
            termly_return=termly_return, codes=codes, reason=reason, by=request.user, at=timezone.now()
        )
    except ReturnNotAccepted:
        messages.error(request, "Nothing was changed. You can correct only an accepted return.")
    else:
        ids = {"trust_id": trust.pk, "school_id": school.pk, "decision_id": step.pk}
        transaction.on_commit(lambda: send_decision.delay(**ids), robust=True)
        messages.success(request, f"{len(codes)} line{'' if len(codes) == 1 else 's'} opened for correction")
    return redirect("returns:return_detail", trust.pk, school.pk, term_id)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.CORRECT_RETURN)
@sent_from("returns:return_detail", "trust_id", "school_id", "term_id")
def correction_withdraw(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Withdraw a correction and restore the accepted figures."""
    try:
        withdraw_correction(
            termly_return=opened_return(school, term_id).termly_return, by=request.user, at=timezone.now()
        )
    except LineNotOpen:
        messages.error(request, "Nothing was changed. This return has no open correction.")
    else:
        messages.success(request, "You withdrew the correction. The accepted figures still apply.")
    return redirect("returns:return_detail", trust.pk, school.pk, term_id)
