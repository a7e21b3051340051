"""Check and submit a return, and show its receipt and versions."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from returns.actions import returns as actions
from returns.forms.decisions import DeclarationForm
from returns.models import Return
from returns.queries.submitted_returns import (
    differences_table,
    submitted_differences,
    submitted_returns,
    submitted_table,
)
from returns.views.opened_return import opened_return
from schools.models import School, Term
from schools.permissions import requires_for_school
from trusts.lists import csv_response
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.SUBMIT_RETURN)
def return_submit(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """List what is left to do. If nothing is left, ask for the declaration and submit."""
    page = opened_return(school, term_id)
    if not page.termly_return.is_open:
        return redirect("returns:return_receipt", trust.pk, school.pk, term_id)
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.submit_return(termly_return=page.termly_return, by=request.user, at=timezone.now())
        except (actions.ReturnNotReady, actions.LineNotOpen):  # Somebody else has changed or submitted it.
            return redirect("returns:return_submit", trust.pk, school.pk, term_id)
        return redirect("returns:return_receipt", trust.pk, school.pk, term_id)
    context = {"trust": trust, "school": school, "term": page.termly_return.term, "page": page, "form": form}
    return render(request, "returns/return_submit.html", context, status=422 if form.errors else 200)


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def return_receipt(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Show the return as it was submitted: the latest submission, or the number in ``version``."""
    term = get_object_or_404(Term, pk=term_id)
    termly_return = Return.objects.filter(school=school, term=term, submitted_at__isnull=False).first()
    kept = submitted_returns(termly_return) if termly_return else []
    if termly_return is None or not kept:
        return redirect("returns:return_detail", trust.pk, school.pk, term_id)
    version = next(
        (submission for submission in kept if str(submission.number) == request.GET.get("version")), kept[-1]
    )
    if request.GET.get("format") == "csv":
        return csv_response(submitted_table(version), f"return-{school.pk}-{term.pk}-submission-{version.number}")
    context = {
        "trust": trust,
        "school": school,
        "term": term,
        "termly_return": termly_return,
        "version": version,
        "versions": kept,
    }
    return render(request, "returns/return_receipt.html", context)


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def return_versions(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Show what changed between two submissions of a return. The default is the last two."""
    term = get_object_or_404(Term, pk=term_id)
    kept = submitted_returns(get_object_or_404(Return, school=school, term=term))
    numbers = {str(submission.number): submission for submission in kept}
    after = numbers.get(request.GET.get("to", ""), kept[-1] if kept else None)
    before = numbers.get(request.GET.get("from", ""), kept[-2] if len(kept) > 1 else None)
    changed = submitted_differences(before, after) if before and after else []
    context = {"trust": trust, "school": school, "term": term, "versions": kept}
    context |= {"before": before, "after": after, "changed": changed}
    if request.GET.get("format") == "csv":
        return csv_response(differences_table(changed), f"return-{school.pk}-{term.pk}-changes")
    return render(request, "returns/return_versions.html", context)
