"""Let the Executive Director extend a return or exempt a school from it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from returns.actions.allowances import AlreadySubmitted, ask_again, exempt_return, extend_return
from returns.forms.decisions import AllowanceForm
from returns.models import Allowance
from returns.queries.allowances import NO_ALLOWANCES, allowances
from schools.models import School, Term
from schools.permissions import requires_for_school
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest

ACTIONS = {Allowance.Kind.EXEMPT: exempt_return, Allowance.Kind.ASKED: ask_again}


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_RETURN)
def return_allow(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Extend a school's return, exempt it or end its exemption, with a reason."""
    term = get_object_or_404(Term, pk=term_id)
    form = AllowanceForm(term, request.POST if request.method == "POST" else None)
    grid = reverse("returns:returns_grid", args=[trust.pk], query={"term": term.pk})
    if not form.is_valid():
        allowed = allowances([term]).get((school.pk, term.pk), NO_ALLOWANCES)
        given = Allowance.objects.filter(school=school, term=term).select_related("given_by").order_by("-given_at")
        context = {"trust": trust, "school": school, "term": term, "form": form, "grid_url": grid}
        context |= {"allowed": allowed, "due": allowed.due(term), "given": list(given)}
        return render(request, "returns/return_allow.html", context, status=422 if form.errors else 200)
    cleaned = form.cleaned_data
    allowance = {"school": school, "term": term, "reason": cleaned["reason"], "by": request.user, "at": timezone.now()}
    try:
        if cleaned["kind"] == Allowance.Kind.EXTENDED:
            extend_return(**allowance, due_date=cleaned["due_date"])
        else:
            ACTIONS[cleaned["kind"]](**allowance)
    except AlreadySubmitted:
        messages.error(request, f"Nothing was changed. {school.name} has already submitted its return.")
    else:
        messages.success(request, f"{school.name}: {form.in_words}")
    return redirect(grid)
