"""Checking and submitting a return, and the receipt."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions import returns as actions
from kpis.forms import DeclarationForm
from kpis.models import Term
from kpis.queries.returns import return_page
from schools.models import School
from schools.permissions import requires_for_school
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.SUBMIT_RETURN)
def return_submit(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """List what is left to do; when nothing is, ask for the declaration and submit."""
    page = return_page(school, get_object_or_404(Term, pk=term_id))
    if page is None:
        raise Http404("This return was not opened")
    if not page.termly_return.is_open:
        return redirect("kpis:return_receipt", trust.pk, school.pk, term_id)
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.submit_return(termly_return=page.termly_return, by=request.user, at=timezone.now())
        except (actions.NotReady, actions.NotOpen):  # Somebody else changed or submitted it: look again.
            return redirect("kpis:return_submit", trust.pk, school.pk, term_id)
        return redirect("kpis:return_receipt", trust.pk, school.pk, term_id)
    context = {"trust": trust, "school": school, "term": page.termly_return.term, "page": page, "form": form}
    return render(request, "kpis/return_submit.html", context, status=422 if form.errors else 200)


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def return_receipt(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    page = return_page(school, get_object_or_404(Term, pk=term_id))
    if page is None or page.termly_return.is_open:
        return redirect("kpis:return_detail", trust.pk, school.pk, term_id)
    context = {"trust": trust, "school": school, "term": page.termly_return.term, "page": page}
    return render(request, "kpis/return_receipt.html", context)
