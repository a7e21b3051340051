"""Returns as the trust sees them: who has submitted, and accepting a return or sending it back.

It lives here because accepting starts a recomputation of trajectories, which are above the returns.
"""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kpis.actions.returns import NotSubmitted, accept_return, send_back_return
from kpis.forms import SendBackForm
from kpis.models import Return, Term
from kpis.queries.returns import ReturnPage, return_page
from kpis.queries.submissions import SORTS, as_table, chosen, submissions_of_term, term_in_view
from schools.models import School
from schools.permissions import requires_for_school
from trajectories.tasks import recompute_school
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_heads
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires

IN_GRID = {name: head for name, head in SORTS.items() if name != "term"}


@require_GET
@requires(Permission.VIEW_DESK)
def returns_grid(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show every school's return of one term, the current one unless another is chosen."""
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "school")
    terms = list(Term.objects.filter(starts_date__lte=timezone.localdate()).newest_first())
    term = term_in_view(terms, request.GET.get("term", ""))
    every = submissions_of_term(trust, term, on=timezone.localdate()) if term else []
    rows = chosen(every, state=state, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(as_table(rows), f"returns-{trust.pk}")
    query = {"term": str(term.pk) if term else "", "state": state}
    context = {
        "trust": trust,
        "terms": terms,
        "term": term,
        "rows": rows,
        "every": every,
        "states": Return.State.choices,
        "query": query | {"sort": sort},
        "heads": sort_heads(IN_GRID, sort, query),
        "is_recomputing": any(row.is_recomputing for row in rows),
        "can_moderate": request.access.can(Permission.MODERATE_RETURN),
    }
    return render_page(request, "dashboards/returns_grid.html", "dashboards/_returns_table.html", context)


@require_GET
@requires_for_school(Permission.MODERATE_RETURN)
def moderate_return(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    return _render(request, trust, _page(school, term_id), SendBackForm())


@require_POST
@requires_for_school(Permission.MODERATE_RETURN)
def return_accept(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    of = _page(school, term_id).termly_return
    try:
        accept_return(termly_return=of, by=request.user, at=timezone.now())
    except NotSubmitted:
        return _already_decided(request, trust, school, term_id)
    # After the commit, when the worker finds the new figures. Robust: a broker that is away loses only time, for the
    # recomputation is noted in the database and the sweep sends it again.
    transaction.on_commit(lambda: recompute_school.delay(trust_id=trust.pk, school_id=school.pk), robust=True)
    messages.success(request, f"Return of {school.name} accepted. Its results are being recomputed.")
    return redirect(grid_url(trust, term_id))


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_RETURN)
def return_send_back(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    if request.method == "GET":  # The page that showed an error was loaded again.
        return redirect("dashboards:moderate_return", trust.pk, school.pk, term_id)
    page, form = _page(school, term_id), SendBackForm(request.POST)
    if not form.is_valid():
        return _render(request, trust, page, form, status=422)
    reason = form.cleaned_data["reason"]
    try:
        send_back_return(termly_return=page.termly_return, reason=reason, by=request.user, at=timezone.now())
    except NotSubmitted:
        return _already_decided(request, trust, school, term_id)
    messages.success(request, f"Return sent back to {school.name} with your reason")
    return redirect(grid_url(trust, term_id))


def _page(school: School, term_id: int) -> ReturnPage:
    page = return_page(school, get_object_or_404(Term, pk=term_id))
    if page is None:
        raise Http404("This return was not opened")
    return page


def _render(
    request: TrustRequest, trust: Trust, page: ReturnPage, form: SendBackForm, *, status: int = 200
) -> HttpResponse:
    of = page.termly_return
    context = {
        "trust": trust,
        "school": of.school,
        "term": of.term,
        "page": page,
        "form": form,
        "grid_url": grid_url(trust, of.term_id),
    }
    return render(request, "dashboards/moderate_return.html", context, status=status)


def _already_decided(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    messages.error(request, "Nothing was changed: this return is no longer waiting for a decision")
    return redirect("dashboards:moderate_return", trust.pk, school.pk, term_id)


def grid_url(trust: Trust, term_id: int) -> str:
    """Return the address of the grid of one term."""
    return reverse("dashboards:returns_grid", args=[trust.pk], query={"term": term_id})
